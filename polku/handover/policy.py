"""Who may do what with documents on their way to a record system: whoever works with the client stores them there."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from polku.access.permissions import permit
from polku.access.queries import Who
from polku.access.states import ActorKind, Role
from polku.cases.policy import FULL, has_tie, in_own_unit
from polku.clients.policy import CARE


def tied_by_case(person: Who, at: datetime) -> Q:
    """The actor has a full tie to the client whose case the document belongs to."""
    return has_tie(person, at, FULL, client="case__client_id")


_own_unit = in_own_unit("unit")

permit("handover.read", roles=(*CARE, Role.LEAD), relation=tied_by_case)
permit("handover.read", roles=(*CARE, Role.LEAD), relation=_own_unit)
permit("handover.settle", roles=(*CARE, Role.LEAD), relation=tied_by_case)
permit("handover.settle", roles=(*CARE, Role.LEAD), relation=_own_unit)
permit("handover.make", kinds=(ActorKind.JOB,))
