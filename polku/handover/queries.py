"""Reading tasks of the hand-over: what waits, what is late, a document as it is taken along. These never write."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor, Unit
from polku.access.permissions import visible_to
from polku.assessments.models import Assessment, Plan
from polku.assessments.states import AssessmentState, PlanState
from polku.cases.models import Case
from polku.decisions.models import Decision
from polku.handover import documents, mapping
from polku.handover import policy as _policy  # noqa: F401 - declares who may
from polku.handover.models import RecordTask
from polku.handover.states import DocumentKind, TaskState
from polku.kit.errors import NotFound
from polku.kit.localtime import local_date


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A document to be stored, or stored: in which system, by when, its number there, who settled it and when."""

    public_id: str
    kind: str
    kind_words: str
    title: str
    client: str
    reference: str
    system: str
    due_on: date
    late: bool
    state: str
    state_words: str
    record_number: str
    note: str
    settled_by: str
    settled_at: datetime | None


def visible(by: Actor, *, at: datetime) -> QuerySet[RecordTask]:
    """Return the tasks that the actor may see now."""
    rows = RecordTask.objects.select_related("case__client", "unit", "work_item__unit", "settled_by")
    return visible_to(by, "handover.read", rows, at=at)


def get(public_id: str, *, by: Actor, at: datetime) -> RecordTask:
    """Return a task that the actor may see.

    Raises:
        NotFound: it is not there, or not the reader's: the same answer.
    """
    row = visible(by, at=at).filter(public_id=public_id).first()
    if row is None:
        raise NotFound("not_found", _("There is no such document, or it is not yours to see."))
    return row


def open_tasks(by: Actor, *, at: datetime, limit: int = 200) -> list[TaskRow]:
    """Return what waits to be stored, the nearest day first."""
    rows = visible(by, at=at).filter(state=TaskState.OPEN).order_by("due_on", "id")[:limit]
    return [_row(row, day=local_date(at)) for row in rows]


def overdue(by: Actor, *, at: datetime, limit: int = 200) -> list[TaskRow]:
    """Return what should have been stored already, the latest first."""
    day = local_date(at)
    rows = visible(by, at=at).filter(state=TaskState.OPEN, due_on__lt=day).order_by("due_on", "id")[:limit]
    return [_row(row, day=day) for row in rows]


def of_case(case: Case, *, by: Actor, at: datetime) -> list[TaskRow]:
    """Return every task of a case, newest first."""
    rows = visible(by, at=at).filter(case=case).order_by("-created_at", "-id")
    return [_row(row, day=local_date(at)) for row in rows]


def _row(row: RecordTask, *, day: date) -> TaskRow:
    system = mapping.systems().get(row.system)
    return TaskRow(
        public_id=row.public_id,
        kind=row.kind,
        kind_words=str(DocumentKind(row.kind).label),
        title=row.content["title"],
        client=str(row.case.client),
        reference=row.case.reference,
        system=system.name if system is not None else row.system,
        due_on=row.due_on,
        late=row.state == TaskState.OPEN and row.due_on < day,
        state=row.state,
        state_words=str(TaskState(row.state).label),
        record_number=row.record_number,
        note=row.note,
        settled_by=row.settled_by.name if row.settled_by is not None else "",
        settled_at=row.settled_at,
    )


def as_json(task: RecordTask) -> bytes:
    """Return the document as structured data; of a decision also how it has reached the client so far."""
    content: dict[str, Any] = {**task.content, "digest": task.digest}
    if task.kind == DocumentKind.DECISION:
        decision = Decision.objects.filter(public_id=task.thing).first()
        content["delivery"] = documents.delivered(decision) if decision is not None else {}
    return (json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


# --- Forward by query ------------------------------------------------------------------------------------------------


def without_task(limit: int = 100) -> list[Assessment | Plan | Decision]:
    """Return finished documents of units with a record system for which there is no task yet, oldest first."""
    found: list[Assessment | Plan | Decision] = []
    found += _untold(
        Assessment.objects.filter(state=AssessmentState.LOCKED).select_related("form").defer("form__content"),
        DocumentKind.ASSESSMENT, limit,
    )  # fmt: skip
    plans = Plan.objects.filter(confirmed_at__isnull=False).exclude(state=PlanState.DISCARDED)
    found += _untold(plans, DocumentKind.PLAN, limit)
    found += _untold(Decision.objects.filter(signed_at__isnull=False), DocumentKind.DECISION, limit)
    return found


def _untold(rows: QuerySet[Any], kind: str, limit: int) -> list[Any]:
    told = RecordTask.objects.filter(kind=kind, thing=OuterRef("public_id"))
    known = [name for system in mapping.systems().values() for name in (system.key, system.name)]
    return list(rows.filter(~Exists(told), case__unit__record_system__in=known).order_by("id")[:limit])


def unknown_systems() -> list[tuple[str, str]]:
    """Return units whose record system no mapping file knows, with its name: for `polku check` and the main user."""
    rows = Unit.objects.exclude(record_system="").order_by("key").values_list("key", "record_system")
    return [(key, name) for key, name in rows if mapping.named(name) is None]
