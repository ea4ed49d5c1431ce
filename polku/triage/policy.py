"""Who assesses, directs and shares out work.

What stands on somebody's desk is theirs and their deputy's, in whichever unit it is; what nobody has is the unit's.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from polku.access.permissions import permit
from polku.access.queries import Who
from polku.access.states import ActorKind, Role
from polku.clients.policy import CARE
from polku.contacts.policy import READERS, in_hand, made_by_me


def on_my_desk(person: Who, at: datetime) -> Q:
    """The work item is the actor's own, or of somebody they stand in for today."""
    return Q(assignee_id__in=person.stands_for)


def in_secretarys_unit(person: Who, at: datetime) -> Q:
    """The secretary's unit has it: letters and bookings to see to."""
    return Q(unit_id__in=person.units((Role.SECRETARY,)))


def own(person: Who, at: datetime) -> Q:
    """The saved list is the actor's own."""
    return Q(actor_id=person.actor.pk)


permit("work.read", roles=(*READERS, Role.HEALTH), relation=on_my_desk)
permit("work.read", roles=(Role.SECRETARY,), relation=in_secretarys_unit)
permit("work.change", roles=(*READERS, Role.HEALTH), relation=on_my_desk)
permit("work.change", roles=(Role.SECRETARY,), relation=in_secretarys_unit)
permit("work.change", kinds=(ActorKind.JOB,))
# Urgency is weighed by whoever answers; a machine never decides it (434/2003 53 e §).
permit("triage.assess", roles=CARE, relation=in_hand)
# Health staff tell what makes a matter urgent; it goes on top, and social care still assesses it (1301/2014 36.1 §).
permit("triage.report_urgent", roles=(Role.HEALTH,), relation=made_by_me)
permit("triage.see_routing", roles=(*READERS, Role.ADMIN))
permit("triage.set_routing", roles=(Role.LEAD, Role.ADMIN))
# How much waits where nobody is present: figures only, for those who can see to it that somebody comes.
permit("triage.see_unattended", roles=(Role.LEAD, Role.ADMIN))
# What makes a matter urgent is the same in the whole county.
permit("triage.set_criteria", roles=(Role.LEAD, Role.ADMIN))
permit("triage.saved_filter", roles=(*READERS, Role.HEALTH), relation=own)
