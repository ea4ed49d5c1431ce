"""Reviews of plans: some days before its day each comes to the list of whoever answers for the client."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from polku.access.models import Actor
from polku.access.permissions import require
from polku.acting import action
from polku.assessments import moves, plans
from polku.assessments import policy as _policy  # noqa: F401 - declares who may
from polku.assessments.models import Plan
from polku.assessments.states import PlanState
from polku.cases import actions as cases
from polku.cases.queries import own_worker
from polku.cases.states import RelationKind, WorkKind
from polku.clients.queries import root
from polku.kit.localtime import local_date

# So long before its day a review comes to the list.
REVIEW_DAYS_BEFORE = 14


@action
def open_review(*, plan: Plan, by: Actor, at: datetime) -> bool:
    """Bring the review of a plan in force to the list of its case's unit, on the own worker's desk; once.

    Raises:
        NotAllowed: it is no automatic task.
    """
    require(by, "assessments.remind", at=at)
    row = plans.locked(plan)
    if row.state != PlanState.IN_FORCE or row.review_item is not None or row.case.closed_at is not None:
        return False
    client, day = root(row.case.client), local_date(at)
    row.review_item = cases.open_work(
        kind=WorkKind.REVIEW, unit=row.case.unit, at=at, assignee=own_worker(row.case, day=day),
        language=client.contact_language, interpreter=client.interpreter_language != "",
    )  # fmt: skip
    row.save(update_fields=["review_item"])
    # By this tie the list knows whose plan it is.
    cases.relate(
        kind=RelationKind.UNIT_CASE, client=client, unit=row.case.unit, case=row.case, work_item=row.review_item,
        by=by, at=at,
    )  # fmt: skip
    told = {"review_on": row.review_on and row.review_on.isoformat()}
    moves.of_case(row.case, "plan_review_due", subject=row.public_id, by=by, at=at, data=told)
    return True


def reviews_due(*, day: date) -> QuerySet[Plan]:
    """Return the plans in force whose review is near and not on any list yet, the nearest first."""
    near = day + timedelta(days=REVIEW_DAYS_BEFORE)
    rows = Plan.objects.filter(
        state=PlanState.IN_FORCE, review_on__lte=near, review_item__isnull=True, case__closed_at__isnull=True
    )
    return rows.order_by("review_on", "id")
