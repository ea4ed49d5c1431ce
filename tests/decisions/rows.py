"""One row of each table of decisions and hand-overs about a case, for tests of who sees what."""

from __future__ import annotations

from datetime import date, datetime

from polku.access.models import Actor
from polku.cases.models import Case, WorkItem
from polku.decisions.models import Decision, Delivery, Reasoning, UsedReasoning
from polku.handover.models import RecordTask


def one_of_each(case: Case, *, by: Actor, at: datetime) -> None:
    """Write a draft with a reasoning, a letter that waits, and a task of the hand-over."""
    work = [WorkItem.objects.create(kind=kind, unit=case.unit, opened_at=at) for kind in ("decision", "record")]
    decision = Decision.objects.create(
        case=case, work_item=work[0], unit=case.unit, kind="social_work-granted", template_version=1, language="fi",
        created_at=at, created_by=by,
    )  # fmt: skip
    text = Reasoning.objects.create(code="x", version=1, text_fi="x", created_at=at, created_by=by)
    UsedReasoning.objects.create(decision=decision, reasoning=text, place=1, text_fi="x", text_sv="x")
    Delivery.objects.create(decision=decision, way="post", language="fi", created_at=at, created_by=by)
    RecordTask.objects.create(
        case=case, work_item=work[1], unit=case.unit, kind="decision", thing=decision.public_id, system="apotti",
        mapping_version=1, language="fi", content={"title": "x"}, text="x", digest="x", due_on=date(2026, 12, 1),
        created_at=at, created_by=by,
    )  # fmt: skip
