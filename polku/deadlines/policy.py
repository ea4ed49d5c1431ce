"""Who may see how a clock was counted, and who may pause, restart or cancel one.

Opening and meeting follow from another stage's action, which has asked for itself.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from polku.access.permissions import permit
from polku.access.queries import Who
from polku.access.states import ActorKind, Role
from polku.cases.models import CaseNumbers
from polku.cases.policy import FULL, has_tie, in_own_unit
from polku.clients.policy import CARE


def of_own_clients_case(person: Who, at: datetime) -> Q:
    """The clock belongs to a case of a client to whom the actor has a tie."""
    cases = CaseNumbers.objects.filter(has_tie(person, at, FULL))
    return Q(Exists(cases.filter(work_item_id=OuterRef("work_item_id"))))


def assigned(person: Who, at: datetime) -> Q:
    """The clock's work item is the actor's own, or of somebody for whom they stand in."""
    return Q(work_item__assignee_id__in=person.stands_for)


for _action in ("deadlines.read", "deadlines.change"):
    permit(_action, roles=(*CARE, Role.LEAD), relation=in_own_unit("work_item__unit"))
    permit(_action, roles=CARE, relation=of_own_clients_case)
    permit(_action, roles=CARE, relation=assigned)
permit("deadlines.read", roles=(Role.HEALTH,), relation=assigned)
permit("deadlines.change", kinds=(ActorKind.JOB,))
