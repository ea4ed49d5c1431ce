"""Reading assessments: which there are, how far they are, two beside each other. These never write.

What a page draws of one section is made in `pages`, the whole as a document in `document`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.access.permissions import visible_to
from polku.assessments import policy as _policy  # noqa: F401 - declares who may
from polku.assessments import published, voices, wording
from polku.assessments.document import as_document
from polku.assessments.forms import answers as forms
from polku.assessments.forms import compare as sides
from polku.assessments.forms.definition import Definition
from polku.assessments.models import AnswerBeside, Assessment, FormVersion, Known
from polku.assessments.pages import section
from polku.assessments.reading import answers, as_truth, language, whose, writing_now
from polku.assessments.shown import CompareRow, Outline, SectionRow
from polku.assessments.states import OPEN, AssessmentState, KnownState
from polku.cases.models import Case
from polku.kit.errors import NotFound

__all__ = [
    "answers",
    "as_document",
    "as_truth",
    "chain",
    "changed_since",
    "compare",
    "get",
    "language",
    "latest_locked",
    "next_of",
    "of_case",
    "open_one",
    "section",
    "sections",
    "visible",
    "whose",
    "with_beside",
    "writing_now",
]


def visible(by: Actor, *, at: datetime) -> QuerySet[Assessment]:
    """Return the assessments that the actor may read now."""
    rows = Assessment.objects.select_related(
        "case__client", "case__unit", "case__work_item__unit", "form", "responsible", "started_by", "ready_by",
        "locked_by", "created_by",
    ).defer("form__content")  # fmt: skip
    return visible_to(by, "assessments.read", rows, at=at)


def get(public_id: str, *, by: Actor, at: datetime) -> Assessment:
    """Return an assessment that the actor may read.

    Raises:
        NotFound: it is not there, or not the reader's: the same answer.
    """
    row = visible(by, at=at).filter(public_id=public_id).first()
    if row is None:
        raise NotFound("not_found", _("There is no such assessment, or it is not yours to see."))
    return row


def of_case(case: Case, *, by: Actor, at: datetime) -> list[Assessment]:
    """Return the assessments of a case that the actor may read, newest first."""
    return list(visible(by, at=at).filter(case=case).order_by("-created_at", "-id"))


def _of_case(case: Case, form: FormVersion | str | None) -> QuerySet[Assessment]:
    rows = Assessment.objects.filter(case=case).select_related("form", "responsible", "locked_by", "case__client")
    if form:
        rows = rows.filter(form__key=form if isinstance(form, str) else form.key)
    return rows.defer("form__content")


def latest_locked(case: Case, form: FormVersion | str | None = None) -> Assessment | None:
    """Return the newest locked assessment of a case: of a form (any version of it, or its key), or of any form."""
    locked = _of_case(case, form).filter(state=AssessmentState.LOCKED)
    return locked.order_by("-locked_at", "-id").first()


def open_one(case: Case, form: FormVersion | str | None = None) -> Assessment | None:
    """Return the assessment of a case that is being written or waits to be locked, the newest."""
    return _of_case(case, form).filter(state__in=OPEN).order_by("-created_at", "-id").first()


def next_of(assessment: Assessment) -> Assessment | None:
    """Return the version that goes on from this one, unless it was broken off."""
    rows = Assessment.objects.filter(previous=assessment).exclude(state=AssessmentState.BROKEN_OFF)
    return rows.select_related("form", "responsible").defer("form__content").first()


# --- How far it is --------------------------------------------------------------------------------------------------


def sections(assessment: Assessment, *, by: Actor, at: datetime, opened: str = "") -> Outline:
    """Return the sections that are shown, each with how far it is and whose part it is.

    Args:
        opened: the key of the section that is open: `next` is looked for after it.
    """
    form = published.of(assessment)
    to_check, to_choose = _waiting(assessment)
    rows = [
        _section(form, place, found, to_check, to_choose, by=by, at=at)
        for place, found in enumerate(forms.progress(form, answers(assessment)), start=1)
    ]
    seen = [row for row in rows if row.state != "hidden"]
    keys = [row.key for row in seen]
    start = keys.index(opened) + 1 if opened in keys else 0
    unfinished = [row for row in (*seen[start:], *seen[:start]) if row.state != "ready" and row.key != opened]
    return Outline(
        sections=seen, done=sum(row.state == "ready" for row in seen), of=len(seen),
        next=next(iter(unfinished), None),
    )  # fmt: skip


def _section(
    form: Definition, place: int, found: forms.Progress, to_check: Counter[str], to_choose: Counter[str], *, by: Actor,
    at: datetime,
) -> SectionRow:  # fmt: skip
    section = form.of_section[found.section]
    return SectionRow(
        key=section.key,
        number=section.number or str(place),
        title=published.words(section.titles, language()),
        state=found.state,
        missing=len(found.missing),
        answered=found.answered,
        to_check=to_check[section.key],
        to_choose=to_choose[section.key],
        whose=tuple(voices.words(name) for name in section.filled_by),
        mine=voices.writes(by, section.filled_by, at=at),
    )


def _waiting(assessment: Assessment) -> tuple[Counter[str], Counter[str]]:
    """Return by section how much of what was known is not checked, and how many answers wait for a choice."""
    known = Known.objects.filter(assessment=assessment, state=KnownState.PROPOSED).values_list("path", flat=True)
    beside = AnswerBeside.objects.filter(assessment=assessment, settled_at__isnull=True).values_list("path", flat=True)
    return Counter(map(_key, known)), Counter(map(_key, beside))


def _key(path: str) -> str:
    return path.partition(".")[0]


def changed_since(assessment: Assessment, stamp: int) -> int | None:
    """Return the assessment's stamp when it is another one than the page has; None when nothing is new."""
    now: int = Assessment.objects.values_list("stamp", flat=True).get(pk=assessment.pk)
    return now if now != stamp else None


# --- Two beside each other ------------------------------------------------------------------------------------------


def compare(before: Assessment, now: Assessment) -> list[CompareRow]:
    """Return every answer that either of two assessments has, side by side, in the order of the newer form."""
    form_before, form_now = published.of(before), published.of(now)
    return [
        _compared(form_before, form_now, row)
        for row in sides.compare(form_before, answers(before), form_now, answers(now))
    ]


def _compared(before: Definition, now: Definition, row: sides.Row) -> CompareRow:
    form, question = (now, row.question_now) if row.question_now is not None else (before, row.question_before)
    return CompareRow(
        path=row.path,
        section=published.words(form.section(question.path).titles, language()) if question is not None else "",
        text=published.words(question.texts, language()) if question is not None else row.path,
        whose=whose(row.voice),
        state=row.state,
        asked=row.asked,
        before=_side(before, row.question_before, row.before),
        now=_side(now, row.question_now, row.now),
    )


def _side(form: Definition, question: Any, value: Any) -> str:
    if question is None:
        return "" if value is None else str(value)
    return wording.not_asked(value) or wording.answer(form, question, value, language())


def with_beside(assessments: Iterable[Assessment]) -> dict[int, int]:
    """Return of several assessments how many answers wait for a choice, by their ids."""
    rows = AnswerBeside.objects.filter(assessment__in=list(assessments), settled_at__isnull=True)
    return dict(Counter(rows.values_list("assessment_id", flat=True)))


def chain(assessment: Assessment, *, by: Actor, at: datetime) -> list[Assessment]:
    """Return the versions that this one goes on from, and itself, oldest first: what can be compared with it."""
    found = {row.pk: row for row in visible(by, at=at).filter(case=assessment.case_id, form__key=assessment.form.key)}
    way: list[Assessment] = []
    row: Assessment | None = found.get(assessment.pk)
    while row is not None:
        way.insert(0, row)
        row = found.get(row.previous_id) if row.previous_id is not None else None
    return way
