"""One row of each table of assessments about a case, for tests of who sees what."""

from __future__ import annotations

from datetime import date, datetime

from polku.access.models import Actor
from polku.assessments.models import (
    Answer,
    AnswerBeside,
    Assessment,
    FormVersion,
    Goal,
    Known,
    Measure,
    Plan,
    PlannedService,
)
from polku.assessments.states import PlanState
from polku.cases.models import Case


def one_of_each(case: Case, *, by: Actor, at: datetime) -> None:
    """Write an assessment with an answer, one beside it and something known, a measure, a plan with a goal and a service."""
    form = FormVersion.objects.create(
        key="rows", version=1, title_fi="x", title_sv="x", title_en="x", content={}, digest="x",
        valid_from=date(2026, 1, 1), published_at=at, published_by=by,
    )  # fmt: skip
    row = Assessment.objects.create(case=case, form=form, responsible=by, created_at=at, created_by=by)
    Answer.objects.create(assessment=row, path="a.b", value="x", written_at=at, written_by=by, author_name="x")
    AnswerBeside.objects.create(assessment=row, path="a.b", value="y", based_on=0, written_at=at, written_by=by)
    Known.objects.create(assessment=row, path="a.b", value="z", source_kind="contact")
    Measure.objects.create(
        case=case, instrument="phq9", instrument_version=1, done_on=at.date(), recorded_at=at, recorded_by=by
    )
    # Beside one that may be drafted already.
    plan = Plan.objects.create(case=case, version=99, state=PlanState.DISCARDED, created_at=at, created_by=by)
    Goal.objects.create(plan=plan, place=1, text="x")
    PlannedService.objects.create(plan=plan, place=1, service="x", responsible="x")
