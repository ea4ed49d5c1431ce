"""Who may do what with contacts.

A contact belongs to the unit that received it and to the unit that has it now; whoever has a tie to a person it
concerns reads what was said. Health staff see the referrals they made themselves, a machine the contacts it sent.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from polku.access.permissions import permit
from polku.access.queries import Who
from polku.access.states import ActorKind, Role
from polku.cases.policy import FULL, has_tie
from polku.clients.policy import CARE
from polku.contacts.models import PartyNumbers

READERS = (*CARE, Role.LEAD, Role.SECRETARY)


def in_hand(person: Who, at: datetime) -> Q:
    """The actor's unit received the contact or has it now, or it is on the desk of somebody they stand for."""
    units = person.units(READERS)
    return Q(unit_id__in=units) | Q(work_item__unit_id__in=units) | Q(work_item__assignee_id__in=person.stands_for)


def about_my_client(person: Who, at: datetime) -> Q:
    """The contact concerns a person to whom the actor has a full tie (own worker, unit's case, appointment)."""
    parties = PartyNumbers.objects.filter(has_tie(person, at, FULL), removed_at__isnull=True)
    return Q(Exists(parties.filter(contact_id=OuterRef("pk"))))


def made_by_me(person: Who, at: datetime) -> Q:
    """The actor wrote it."""
    return Q(created_by_id=person.actor.pk)


def sent_by_source(person: Who, at: datetime) -> Q:
    """The machine itself sent it."""
    return Q(source__actor_id=person.actor.pk)


def waits_in_unit(person: Who, at: datetime) -> Q:
    """The call-back waits in the actor's unit, or on the desk of somebody they stand for."""
    return Q(work_item__unit_id__in=person.units(READERS)) | Q(work_item__assignee_id__in=person.stands_for)


permit("contacts.read", roles=READERS, relation=in_hand)
permit("contacts.read", roles=CARE, relation=about_my_client)
permit("contacts.read", roles=(Role.HEALTH,), relation=made_by_me)
permit("contacts.read", scopes=("contacts:read", "contacts:write"), relation=sent_by_source)
permit("contacts.start", roles=(*READERS, Role.HEALTH), scopes=("contacts:write",), kinds=(ActorKind.JOB,))
permit("contacts.write", roles=READERS, relation=in_hand)
permit("contacts.write", roles=(Role.HEALTH,), relation=made_by_me)
permit("contacts.write", scopes=("contacts:write",), relation=sent_by_source)
permit("contacts.write", kinds=(ActorKind.JOB,))
# A private notifier's withheld name is for those who assess the need, not for the whole list.
permit("contacts.see_notifier", roles=CARE, relation=in_hand)
permit("contacts.advise", roles=(*CARE, Role.LEAD, Role.SECRETARY))
permit("contacts.call_back", roles=READERS, kinds=(ActorKind.JOB,))
permit("contacts.end_call_back", roles=READERS, relation=waits_in_unit)
