"""What every change of an assessment shares: the lock, the move along the states, the trace."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.access.permissions import require_of_locked
from polku.asking import Question, value
from polku.assessments.models import Assessment
from polku.assessments.states import TRANSITIONS, AssessmentState
from polku.audit import actions as audit
from polku.cases import actions as cases
from polku.cases.models import Case
from polku.kit.errors import Conflict, Invalid

# The form without its content, which `published` has at hand.
_LOCKED = Question(
    lambda: (
        Assessment.objects.select_for_update(no_key=True, of=("self",))
        .select_related("case__client", "case__unit", "case__work_item__unit", "form")
        .defer("form__content")
        .filter(pk=value("pk"))
    )
)
RECORD_CLASS = "assessment"


def locked(assessment: Assessment) -> Assessment:
    """Return the assessment's row as it is now, locked until the transaction ends: one change at a time.

    Whoever changes an assessment locks it first, and the case's work item after it.
    """
    row = _LOCKED.first(pk=assessment.pk)
    if row is None:
        raise Assessment.DoesNotExist
    return row


def to_write(assessment: Assessment, *, by: Actor, at: datetime, action: str = "assessments.write") -> Assessment:
    """Return the locked row of an assessment that is still being written and that the actor may write.

    Raises:
        NotAllowed; Conflict `assessment_<state>`: it is ready, locked or broken off.
    """
    row = locked(assessment)
    require_of_locked(by, action, row, at=at)
    if row.state != AssessmentState.DRAFT:
        raise _no_longer_written(row)
    return row


def _no_longer_written(row: Assessment) -> Conflict:
    if row.state == AssessmentState.READY:
        message = _("The assessment has been marked ready. Take it back to write on.")
    elif row.state == AssessmentState.LOCKED:
        message = _("The assessment is locked. Make a new version to change something.")
    else:
        message = _("The assessment has been broken off.")
    return Conflict(f"assessment_{row.state}", message, state=row.state)


def move(assessment: Assessment, to: AssessmentState, **columns: object) -> Assessment:
    """Move a locked assessment to a state along TRANSITIONS in one conditional UPDATE; the row is then as stored.

    Raises:
        Conflict `assessment_moved`: it is in a state from which there is no such way; somebody was first.
    """
    origins = [state for state, ways in TRANSITIONS.items() if to in ways]
    columns = {"state": to, "stamp": assessment.stamp + 1, **columns}
    if not Assessment.objects.filter(pk=assessment.pk, state__in=origins).update(**columns):
        raise Conflict(
            "assessment_moved",
            _("Somebody has already changed this assessment. Open it again to see how it is."),
            state=Assessment.objects.values_list("state", flat=True).get(pk=assessment.pk),
        )
    for name, new in columns.items():
        setattr(assessment, name, new)
    return assessment


def reasoned(text: str, *, field: str, message: object, most: int = 300) -> str:
    """Return a reason or note as it is stored.

    Raises:
        Invalid `<field>_missing` with the message: there is none, it is too long, or has a character NUL.
    """
    text = text.replace("\r\n", "\n").strip()
    if not text or len(text) > most or "\x00" in text:
        raise Invalid(f"{field}_missing", message, field=field, most=most)
    return text


def trace(
    thing: Assessment,
    event: str,
    *,
    by: Actor,
    at: datetime,
    happened_at: datetime | None = None,
    text: str = "",
    data: Mapping[str, object] | None = None,
) -> None:
    """Write the case's timeline row and the log row of a change of an assessment."""
    of_case(
        thing.case, event, subject=thing.public_id, by=by, at=at, happened_at=happened_at, text=text,
        data={"form": thing.form.key, **(data or {})},
    )  # fmt: skip


def of_case(
    case: Case,
    event: str,
    *,
    subject: str,
    by: Actor,
    at: datetime,
    happened_at: datetime | None = None,
    text: str = "",
    data: Mapping[str, object] | None = None,
) -> None:
    """Write the timeline row and the log row of a change of something in a case."""
    cases.note(
        event=f"assessments.{event}", by=by, at=at, happened_at=happened_at, case=case, client=case.client, text=text,
        data=data,
    )  # fmt: skip
    log(case, event, subject=subject, by=by, at=at, happened_at=happened_at, details=data)


def log(
    case: Case,
    event: str,
    *,
    subject: str,
    by: Actor,
    at: datetime,
    happened_at: datetime | None = None,
    details: Mapping[str, object] | None = None,
) -> None:
    """Write the log row of a change that the timeline does not tell of."""
    audit.changed(
        by=by, at=at, happened_at=happened_at, what=f"assessments.{event}", subject=subject, clients=[case.client_id],
        unit=case.unit.key, record_class=RECORD_CLASS, details=details,
    )  # fmt: skip
