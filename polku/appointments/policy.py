"""Who may do what with appointments and calendars. Who may book which kind in whose calendar is data: `BookingRule`."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from polku.access.models import Membership
from polku.access.permissions import permit
from polku.access.queries import Who, current
from polku.access.states import ActorKind, Role
from polku.appointments.models import Claim, ClientLink
from polku.appointments.spans import HELSINKI
from polku.cases.policy import FULL as FULL_TIES
from polku.cases.policy import has_tie, in_own_unit
from polku.clients.policy import CARE

BOOKERS = (*CARE, Role.HEALTH, Role.SECRETARY, Role.LEAD)
READERS = (*CARE, Role.SECRETARY, Role.LEAD)


def own_time(person: Who, at: datetime) -> Q:
    """The appointment is in the actor's own calendar, or in that of a colleague they stand in for."""
    return Q(pk__in=Claim.objects.filter(resource__actor_id__in=person.stands_for).values("appointment_id"))


def made_it(person: Who, at: datetime) -> Q:
    """The actor holds or booked it."""
    return Q(created_by_id=person.actor.pk) | Q(booked_by_id=person.actor.pk)


def client_in_hand(person: Who, at: datetime) -> Q:
    """The appointment's client is theirs: own worker, the unit's case, an appointment, an emergency opening."""
    return has_tie(person, at, FULL_TIES)


def by_its_link(person: Who, at: datetime) -> Q:
    """The actor came by a link that was sent for this appointment and runs."""
    links = ClientLink.objects.filter(actor_id=person.actor.pk, expires_at__gt=at, used_at__isnull=True)
    return Q(pk__in=links.filter(participant__isnull=True).values("appointment_id"))


def group_in_own_calendar(person: Who, at: datetime) -> Q:
    """The seat is in a group of the actor's own calendar, or of a colleague's they stand in for."""
    groups = Claim.objects.filter(resource__actor_id__in=person.stands_for).values("appointment_id")
    return Q(appointment_id__in=groups)


def gave_it(person: Who, at: datetime) -> Q:
    """The actor gave the seat, or booked the group."""
    return Q(created_by_id=person.actor.pk) | Q(appointment__booked_by_id=person.actor.pk)


def gave_the_seat(person: Who, at: datetime) -> Q:
    """The actor gave this very seat."""
    return Q(created_by_id=person.actor.pk)


def by_its_own_link(person: Who, at: datetime) -> Q:
    """The actor came by a link that was sent for this seat of a group and runs."""
    links = ClientLink.objects.filter(actor_id=person.actor.pk, expires_at__gt=at, used_at__isnull=True)
    return Q(pk__in=links.values("participant_id"))


def own_calendar(person: Who, at: datetime) -> Q:
    """The calendar is the actor's own, or that of a colleague they stand in for."""
    return Q(actor_id__in=person.stands_for)


def calendar_of_unit(person: Who, at: datetime) -> Q:
    """The calendar's worker has a post in a unit that the actor leads or keeps calendars for."""
    day = at.astimezone(HELSINKI).date()
    posts = Membership.objects.filter(current(day), unit_id__in=person.units((Role.LEAD, Role.SECRETARY)))
    return Q(actor_id__in=posts.values("actor_id"))


def rule_of_unit(person: Who, at: datetime) -> Q:
    """The booking rule is about a unit that the actor leads."""
    return Q(target_unit_id__in=person.units((Role.LEAD, Role.ADMIN)))


# Free times say nothing of any client.
permit("appointments.search", roles=BOOKERS, scopes=("appointments:read", "appointments:write"))
permit("appointments.book", roles=BOOKERS, scopes=("appointments:write",), kinds=(ActorKind.JOB,))

for action in ("appointments.read", "appointments.change"):
    permit(action, roles=READERS, relation=in_own_unit())
    permit(action, roles=BOOKERS, relation=own_time)
    permit(action, roles=BOOKERS, relation=made_it)
    permit(action, roles=CARE, relation=client_in_hand)
    permit(action, scopes=("appointments:write",), relation=made_it)
    permit(action, kinds=(ActorKind.LINK,), relation=by_its_link)
permit("appointments.change", kinds=(ActorKind.JOB,))

# Taking a cancellation back is for those who may cancel, but neither for the client's link nor for a machine.
permit("appointments.restore", roles=READERS, relation=in_own_unit())
permit("appointments.restore", roles=BOOKERS, relation=own_time)
permit("appointments.restore", roles=BOOKERS, relation=made_it)
permit("appointments.restore", roles=CARE, relation=client_in_hand)

# A seat in a group: for the group's unit and calendar, for who gave it, and by its own link, which opens no other.
# That a client has one is read by whoever works with the client, as any of the client's times.
permit("appointments.read_seat", roles=CARE, relation=client_in_hand)
for action in ("appointments.seat", "appointments.read_seat", "appointments.restore_seat"):
    permit(action, roles=READERS, relation=in_own_unit("appointment__unit"))
    permit(action, roles=BOOKERS, relation=group_in_own_calendar)
    permit(action, roles=BOOKERS, relation=gave_it)
permit("appointments.seat", kinds=(ActorKind.JOB,))
permit("appointments.seat", scopes=("appointments:write",), relation=gave_the_seat)
permit("appointments.seat", kinds=(ActorKind.LINK,), relation=by_its_own_link)

permit("appointments.attend", roles=READERS, relation=in_own_unit())
permit("appointments.attend", roles=BOOKERS, relation=own_time)
permit("appointments.attend", kinds=(ActorKind.JOB,))

permit("appointments.calendar", roles=READERS, relation=own_calendar)
permit("appointments.calendar", roles=(Role.LEAD, Role.SECRETARY), relation=calendar_of_unit)
permit("appointments.day", roles=(*READERS, Role.HEALTH))
permit("appointments.manage", roles=(Role.LEAD, Role.ADMIN))
permit("appointments.set_rule", roles=(Role.LEAD, Role.ADMIN), relation=rule_of_unit)
