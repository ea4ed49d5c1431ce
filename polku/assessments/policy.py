"""Who may do what with assessments, measures and plans.

Whoever works with the client reads them and writes their own part; who may answer which question is a matter of the
form (`voices`). Professionals of social care begin, finish and lock (1301/2014 36.5 §); special support narrows that
further, when its answer is known (`office`).
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from polku.access.permissions import permit
from polku.access.queries import Who
from polku.access.states import ActorKind, Role
from polku.cases.policy import FULL, has_tie, in_own_unit, tied
from polku.clients.policy import CARE

ASSESSORS = (Role.GUIDANCE, Role.SOCIAL_WORKER, Role.COUNSELLOR)


def tied_by_case(person: Who, at: datetime) -> Q:
    """The actor has a full tie to the client whose case the thing belongs to."""
    return has_tie(person, at, FULL, client="case__client_id")


_units_case = in_own_unit("case__unit")

# Of an assessment, a measure or a plan.
permit("assessments.read", roles=CARE, relation=tied_by_case)
permit("assessments.read", roles=(*CARE, Role.LEAD), relation=_units_case)
permit("assessments.write", roles=CARE, relation=tied_by_case)
permit("assessments.finish", roles=ASSESSORS, relation=tied_by_case)
# Of a case.
permit("assessments.begin", roles=ASSESSORS, relation=tied("client_id"))
permit("assessments.measure", roles=CARE, relation=tied("client_id"))
permit("assessments.plan", roles=ASSESSORS, relation=tied("client_id"))
# The automatic task that brings reviews to the lists.
permit("assessments.remind", kinds=(ActorKind.JOB,))
permit("assessments.forms", roles=(Role.ADMIN,))
