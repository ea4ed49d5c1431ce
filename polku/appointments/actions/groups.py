"""Group appointments: one claim on the workers and the room, many participants, each told and counted for oneself."""

from __future__ import annotations

from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.access.permissions import can, require
from polku.access.states import ActorKind
from polku.acting import action
from polku.appointments import attempts, links, notices, seats
from polku.appointments.actions.rows import changed_meanwhile
from polku.appointments.actions.seating import give_up, locked_seat, no_seat, seat_told, take
from polku.appointments.actions.tracing import trace
from polku.appointments.models import Appointment, Participant
from polku.appointments.rules import check_client_may_change, require_rule
from polku.appointments.states import CancelledBy, State
from polku.cases.models import Case
from polku.clients.models import Client
from polku.clients.queries import root, same_person
from polku.contacts.models import Contact
from polku.kit.errors import Conflict, Invalid, NotAllowed
from polku.ui import words


@action
def join_group(
    *,
    appointment: Appointment,
    client: Client,
    by: Actor,
    at: datetime,
    key: str,
    contact: Contact | None = None,
    case: Case | None = None,
    promised_by: date | None = None,
    write: bool = True,
) -> Participant:
    """Give a client a seat in a group appointment; the same client twice is one seat.

    As when a time of one's own is booked, the client gets a message with a link and the workers get the tie. A repeat
    with the same `key` gives the same seat.

    Raises:
        NotAllowed; Invalid when it is no group; Conflict `full`, or `not_booked` when it has begun or fallen away, with
        the next group that has room; Conflict `key_used` when the key gave another seat.
    """
    require(by, "appointments.book", at=at)
    need = contact.need if contact is not None else ""
    require_rule(by, appointment.kind, appointment.unit, at=at, need=need)
    row = Appointment.objects.select_for_update(no_key=True).get(pk=appointment.pk)
    if (made := seat_made_before(by, key, group=row, contact=contact, client=client)) is not None:
        return made
    if row.capacity == 1:
        raise Invalid("not_a_group", _("This time is for one client only."))
    client = root(client)
    seated = Participant.objects.filter(appointment=row, state__in=seats.SEATED)
    mine = seated.filter(client_id__in=same_person([client.pk])).first()
    if mine is not None:
        return mine
    if row.state != State.BOOKED or row.starts_at <= at:
        raise no_seat(row, "not_booked", _("This group is not open for new participants any more."), at=at)
    made = take(row, client=client, contact=contact, case=case, promised_by=promised_by, by=by, at=at, key=key)
    if write:
        own = seats.own(made)
        notices.confirmed(own, token=links.make(own, at=at), at=at, immediate=True)
    return made


def seat_made_before(
    by: Actor, key: str, *, group: Appointment, contact: Contact | None, client: Client | None = None
) -> Participant | None:
    """The seat that the actor gave with this key before: a repeat is answered from it.

    Raises:
        Conflict: `key_used`, when it was given in another group, for another contact or to another client.
    """
    row = Participant.objects.filter(created_by=by, key=key).first() if key else None
    if row is None:
        return None
    same = row.appointment_id == group.pk and row.contact_id == (contact.pk if contact else None)
    if not same or (client is not None and row.client_id not in same_person([client.pk])):
        raise Conflict("key_used", _("This key was used for another request. Use a new one."), field="Idempotency-Key")
    return row


@action
def tell_participant(*, participant: Participant, by: Actor, at: datetime) -> Participant:
    """Write down that day, time and place were read aloud to the participant just now (see `tell`).

    Raises:
        NotAllowed; Conflict when the seat is no longer booked.
    """
    require(by, "appointments.seat", participant, at=at)
    row = locked_seat(participant)
    if row.state != State.BOOKED:
        raise changed_meanwhile(row)
    if row.told_at is not None:
        return row
    seat_told(row, by=by, at=at)
    return row


@action
def leave_group(
    *, participant: Participant, side: CancelledBy, reason: str, by: Actor, at: datetime, write: bool = True
) -> None:
    """Take a client's seat back; leaving twice is no error. A client may by the link in their message.

    Raises:
        NotAllowed, to who works with the client but not with the group with the number to call; Invalid without a
        reason; Conflict when it is marked already what became of it; for the client also `too_late`.
    """
    _require_seat(participant, by=by, at=at)
    if not reason.strip() and by.kind not in (ActorKind.LINK, ActorKind.CLIENT):
        raise Invalid("reason_missing", _("Write why the time is cancelled or moved."), field="reason")
    row = locked_seat(participant)
    if row.state == State.CANCELLED:
        return
    own = seats.own(row)
    check_client_may_change(own, by=by, at=at)
    give_up(row, State.CANCELLED, side=side, reason=reason.strip()[:300] or "-", by=by, at=at)
    links.use_up_seat(row, at=at)
    trace(own, "group_left", by=by, at=at, text=reason.strip())
    if write:
        notices.cancelled(own, at=at)
    attempts.bring_back(own, at=at)


def _require_seat(participant: Participant, *, by: Actor, at: datetime) -> None:
    """Raise NotAllowed for whom the group is not; who may know of the seat is told whom to ask."""
    if can(by, "appointments.seat", participant, at=at):
        return
    if can(by, "appointments.read_seat", participant, at=at):
        unit = participant.appointment.unit
        sentence = _("The seat is in a group of %(unit)s. Ask them to give it up: %(phone)s.")
        if not unit.phone:
            sentence = _("The seat is in a group of %(unit)s. Ask them to give it up.")
        raise NotAllowed("group_of_another_unit", sentence % {"unit": unit.name, "phone": words.phone(unit.phone)})
    require(by, "appointments.seat", participant, at=at)
