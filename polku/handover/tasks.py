"""A finished document goes to the unit's record system, and the task stays open until somebody says it is there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.access.permissions import require, require_of_locked
from polku.acting import action
from polku.assessments.models import Assessment, Plan
from polku.assessments.states import AssessmentState, PlanState
from polku.audit import actions as audit
from polku.cases import actions as cases
from polku.cases.models import Case, NamedWorker
from polku.cases.states import RelationKind, WorkKind
from polku.clients.queries import root
from polku.decisions.models import Decision
from polku.handover import documents, mapping
from polku.handover import policy as _policy  # noqa: F401 - declares who may
from polku.handover.models import RecordTask
from polku.handover.states import TRANSITIONS, DocumentKind, TaskState
from polku.kit.errors import Conflict, Invalid
from polku.kit.localtime import local_date
from polku.rules.calendar import working_day_after
from polku.storing import insert

LANGUAGES = ("fi", "sv")


@action
def make(*, thing: Assessment | Plan | Decision, by: Actor, at: datetime) -> RecordTask | None:
    """Make the task of a finished document; None when its unit has no record system. A repeat gives the same task.

    Raises:
        NotAllowed; Conflict `not_finished`; Invalid `unknown_system`: the unit names one that no mapping file knows.
    """
    require(by, "handover.make", at=at)
    kind = _kind(thing)
    case = Case.objects.select_related("client", "unit__organisation").get(pk=thing.case_id)
    system = _system(case)
    if system is None:
        return None
    same = RecordTask.objects.filter(kind=kind, thing=thing.public_id, system=system.key)
    if made := same.first():
        return made
    content = _content(thing, case)
    client = root(case.client)
    named = NamedWorker.objects.filter(case=case, valid_until__isnull=True).select_related("actor").first()
    work = cases.open_work(
        kind=WorkKind.RECORD, unit=case.unit, at=at, assignee=named.actor if named is not None else None,
        language=client.contact_language, interpreter=client.interpreter_language != "",
    )  # fmt: skip
    row = RecordTask(
        case=case, work_item=work, unit=case.unit, kind=kind, thing=thing.public_id, system=system.key,
        mapping_version=system.version, language=content["language"], content=content,
        text=mapping.text(system, content), digest=_digest(content),
        due_on=working_day_after(local_date(at), system.days, eves=True), created_at=at, created_by=by,
    )  # fmt: skip
    if not insert(row, unless_there=True):
        # Another worker was first: what it made stands, and this one's work item is none.
        cases.close_work(item=work, at=at)
        return same.get()
    _tie(row, by=by, at=at)
    _trace(row, "made", by=by, at=at)
    return row


def _tie(row: RecordTask, *, by: Actor, at: datetime) -> None:
    """Let the list know whose document it is."""
    cases.relate(
        kind=RelationKind.UNIT_CASE, client=root(row.case.client), unit=row.unit, case=row.case,
        work_item=row.work_item, by=by, at=at,
    )  # fmt: skip


def _kind(thing: Assessment | Plan | Decision) -> DocumentKind:
    if isinstance(thing, Assessment):
        finished, kind = thing.state == AssessmentState.LOCKED, DocumentKind.ASSESSMENT
    elif isinstance(thing, Plan):
        finished, kind = thing.state not in (PlanState.DRAFT, PlanState.DISCARDED), DocumentKind.PLAN
    else:
        finished, kind = thing.signed_at is not None, DocumentKind.DECISION
    if not finished:
        raise Conflict("not_finished", _("Only a finished document is stored in the record system."))
    return kind


def _system(case: Case) -> mapping.System | None:
    name = case.unit.record_system
    if not name.strip():
        return None
    found = mapping.named(name)
    if found is None:
        known = ", ".join(system.name for system in mapping.systems().values())
        raise Invalid(
            "unknown_system",
            _("%(unit)s stores its documents in %(system)s, whose headings are not known. Known are: %(known)s.")
            % {"unit": case.unit.name, "system": name, "known": known},
            system=name,
        )
    return found


def _content(thing: Assessment | Plan | Decision, case: Case) -> dict[str, Any]:
    thing.case = case
    if isinstance(thing, Decision):
        return documents.of_decision(thing, thing.language)
    language = case.language if case.language in LANGUAGES else "fi"
    if isinstance(thing, Assessment):
        return documents.of_assessment(thing, language)
    return documents.of_plan(thing, language)


def _digest(content: Mapping[str, Any]) -> str:
    told = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()


# --- Settling --------------------------------------------------------------------------------------------------------


@action
def confirm(*, task: RecordTask, number: str, by: Actor, at: datetime) -> RecordTask:
    """Say that the document is in the record system, with its number there.

    Raises:
        NotAllowed; Conflict `task_moved`; Invalid `number_missing`, `wrong_number`.
    """
    row = _to_settle(task, by=by, at=at)
    number = number.strip()
    if not number:
        raise Invalid("number_missing", _("Write the document's number in the record system."), field="number")
    system = mapping.systems().get(row.system)
    if len(number) > 80 or (system is not None and not system.number.fullmatch(number)):
        raise Invalid(
            "wrong_number",
            _("This does not look like a document's number in %(system)s. Copy it from there.")
            % {"system": system.name if system is not None else row.system},
            field="number",
        )
    return _settle(row, TaskState.CONFIRMED, by=by, at=at, record_number=number)


@action
def not_needed(*, task: RecordTask, reason: str, by: Actor, at: datetime) -> RecordTask:
    """Say that the document is not stored in the record system, with the reason.

    Raises:
        NotAllowed; Conflict `task_moved`; Invalid `reason_missing`.
    """
    row = _to_settle(task, by=by, at=at)
    if not reason.strip():
        raise Invalid("reason_missing", _("Write why the document is not stored there."), field="reason")
    return _settle(row, TaskState.NOT_NEEDED, by=by, at=at, note=reason.strip()[:300])


def _settle(row: RecordTask, to: TaskState, *, by: Actor, at: datetime, **columns: object) -> RecordTask:
    _move(row, to, settled_at=at, settled_by=by, **columns)
    cases.close_work(item=row.work_item, at=at)
    cases.end_relations(at=at, case=row.case, work_item=row.work_item)
    _trace(row, to.value, by=by, at=at, number=row.record_number, text=row.note)
    return row


@action
def reopen(*, task: RecordTask, reason: str, by: Actor, at: datetime) -> RecordTask:
    """Open a settled task again: the number was another document's, or it must be stored after all.

    Raises:
        NotAllowed; Conflict `task_moved`; Invalid `reason_missing`.
    """
    row = _to_settle(task, by=by, at=at)
    if not reason.strip():
        raise Invalid("reason_missing", _("Write why the task is opened again."), field="reason")
    before = row.record_number
    _move(row, TaskState.OPEN, settled_at=None, settled_by=None, record_number="", note="")
    cases.reopen_work(item=row.work_item, assignee=by)
    _tie(row, by=by, at=at)
    _trace(row, "reopened", by=by, at=at, number=before, text=reason.strip())
    return row


def _to_settle(task: RecordTask, *, by: Actor, at: datetime) -> RecordTask:
    rows = RecordTask.objects.select_for_update(no_key=True, of=("self",))
    row = rows.select_related("case__client", "unit", "work_item__unit").get(pk=task.pk)
    require_of_locked(by, "handover.settle", row, at=at)
    return row


def _move(row: RecordTask, to: TaskState, **columns: object) -> None:
    origins = [state for state, ways in TRANSITIONS.items() if to in ways]
    if not RecordTask.objects.filter(pk=row.pk, state__in=origins).update(state=to, **columns):
        raise Conflict(
            "task_moved",
            _("Somebody has already settled this task. Open it again to see how."),
            state=RecordTask.objects.values_list("state", flat=True).get(pk=row.pk),
        )
    for name, value in {"state": to, **columns}.items():
        setattr(row, name, value)


def _trace(row: RecordTask, event: str, *, by: Actor, at: datetime, number: str = "", text: str = "") -> None:
    data = {"document": row.kind, "system": row.system, "number": number}
    cases.note(event=f"handover.{event}", by=by, at=at, case=row.case, client=row.case.client, text=text, data=data)
    audit.changed(
        by=by, at=at, what=f"handover.{event}", subject=row.public_id, clients=[row.case.client_id], unit=row.unit.key,
        record_class=row.kind, details=data,
    )  # fmt: skip
