"""The criteria that a group weighs: those of the series' rubric, a form with groups of finding and reason.

Every criterion has the same two questions (`finding`, `reason`); what the worker has written of them in the form of the
case is what the group begins with.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from polku.access.queries import current
from polku.assessments.forms.definition import Definition, Question, Words
from polku.assessments.forms.reading import read
from polku.assessments.models import Answer, Assessment, FormVersion
from polku.assessments.states import AssessmentState
from polku.meetings.models import Series
from polku.meetings.states import Fulfilled
from polku.ui import words

FINDING, REASON = "finding", "reason"


@dataclass(frozen=True, slots=True)
class Criterion:
    """A criterion of a rubric: the path of its group, its name and what to look at, in each language."""

    path: str
    names: Words
    hints: Words

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return self.names.get(words.language(), "")

    @property
    def hint(self) -> str:
        """What to look at, in the reader's language."""
        return self.hints.get(words.language(), "")


@dataclass(frozen=True, slots=True)
class Finding:
    """What the worker has written of a criterion before the meeting."""

    path: str
    fulfilled: str
    reason: str
    answer: Answer


def of(series: Series, *, day: date) -> tuple[Criterion, ...]:
    """Return the criteria that a series weighs on a day, in the rubric's order; none when it has no rubric."""
    if not series.rubric:
        return ()
    number = (
        FormVersion.objects.filter(current(day), key=series.rubric)
        .order_by("-version")
        .values_list("pk", flat=True)
        .first()
    )
    return _criteria(number) if number is not None else ()


@lru_cache(maxsize=64)
def _criteria(number: int) -> tuple[Criterion, ...]:
    """Return the criteria of a version of a form; a published version never changes."""
    definition = read(FormVersion.objects.values_list("content", flat=True).get(pk=number))
    return tuple(_found(definition))


def _found(definition: Definition) -> Iterable[Criterion]:
    for question in definition.questions():
        if _is_criterion(question):
            yield Criterion(question.path, question.texts, question.hints)


def _is_criterion(question: Question) -> bool:
    kinds = {child.key: child.kind for child in question.children}
    return question.kind == "group" and kinds.get(FINDING) == "choice" and REASON in kinds


def findings(assessment: Assessment, criteria: Iterable[Criterion]) -> list[Finding]:
    """Return what a form of the case says of the criteria: where both the finding and its reason are written."""
    wanted = {f"{one.path}.{part}": one.path for one in criteria for part in (FINDING, REASON)}
    rows = Answer.objects.filter(assessment=assessment, path__in=wanted, voice="")
    given = {row.path: row for row in rows if row.value not in (None, "")}
    found = []
    for path in dict.fromkeys(wanted.values()):
        finding, reason = given.get(f"{path}.{FINDING}"), given.get(f"{path}.{REASON}")
        if finding and reason and finding.value in Fulfilled.values:
            found.append(Finding(path, finding.value, str(reason.value), reason))
    return found


def filled(case_id: int, series: Series) -> Assessment | None:
    """Return the newest finished rubric of a case: what it says is what the group begins with."""
    rows = Assessment.objects.filter(case_id=case_id, form__key=series.rubric, state=AssessmentState.LOCKED)
    return rows.order_by("-version", "-pk").first() if series.rubric else None
