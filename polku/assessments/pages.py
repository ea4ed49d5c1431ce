"""One section of an assessment as its page draws it: questions, each voice's field, what was known, who writes now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.access.permissions import can
from polku.assessments import published, reading, voices, wording
from polku.assessments.forms import answers as forms
from polku.assessments.forms import paths
from polku.assessments.forms.conditions import Eye
from polku.assessments.forms.definition import Definition, Question, Section, walk
from polku.assessments.forms.values import empty
from polku.assessments.models import Answer, AnswerBeside, Assessment, Known
from polku.assessments.shown import (
    BesideRow,
    Choice,
    GroupRow,
    KnownRow,
    QuestionRow,
    SectionPage,
    VoiceField,
)
from polku.assessments.states import AssessmentState
from polku.kit.errors import NotFound


def section(assessment: Assessment, key: str, *, by: Actor, at: datetime) -> SectionPage:
    """Return a section with everything in it, as this reader sees and may write it.

    Raises:
        NotFound: the form has no such section.
    """
    form = published.of(assessment)
    asked = form.of_section.get(key)
    if asked is None:
        raise NotFound("no_section", _("The form has no such part."))
    sheet = _Sheet(assessment, form, asked, by=by, at=at)
    place = list(form.of_section).index(key) + 1
    return SectionPage(
        key=key,
        number=asked.number or str(place),
        title=published.words(asked.titles, sheet.language),
        hint=published.words(asked.hints, sheet.language) if asked.hints else "",
        questions=[sheet.row(question, f"{key}.{question.key}") for question in asked.questions],
        writing_now=reading.writing_now(assessment, at=at, but=by),
        stamp=assessment.stamp,
        may_write=sheet.may_write,
    )


@dataclass
class _Sheet:
    """What a section is drawn from: read once, in four questions."""

    assessment: Assessment
    form: Definition
    section: Section
    by: Actor = field(kw_only=True)
    at: datetime = field(kw_only=True)

    def __post_init__(self) -> None:
        self.language = reading.language()
        self.may_write = self.assessment.state == AssessmentState.DRAFT and can(
            self.by, "assessments.write", self.assessment, at=self.at
        )
        given = reading.answers(self.assessment)
        self.eye = Eye(self.form, given)
        self.missing = {(one.path, one.voice) for one in forms.missing(self.form, given)}
        self.totals = forms.totals(self.form, given)
        mine = {"assessment": self.assessment, "path__startswith": f"{self.section.key}."}
        self.answers = {(row.path, row.voice): row for row in Answer.objects.filter(**mine)}
        self.beside: dict[tuple[str, str], list[AnswerBeside]] = defaultdict(list)
        for row in (
            AnswerBeside.objects.filter(settled_at__isnull=True, **mine).select_related("written_by").order_by("id")
        ):
            self.beside[row.path, row.voice].append(row)
        self.known: dict[str, list[Known]] = defaultdict(list)
        for one in Known.objects.filter(**mine).select_related("contact", "earlier", "checked_by").order_by("id"):
            self.known[one.path].append(one)
        self.of_conditions = {term.question for one in _asking(self.form) for term in one.when.terms}  # type: ignore[union-attr]

    def row(self, question: Question, path: str) -> QuestionRow:
        """Return a question at a path with everything in it."""
        shown = self.eye.sees(path)
        total = self.totals.get(path)
        return QuestionRow(
            path=path,
            kind=question.kind,
            text=published.words(question.texts, self.language),
            hint=published.words(question.hints, self.language) if question.hints else "",
            number=question.number,
            shown=shown,
            decides=question.path in self.of_conditions,
            because=self._because(question, path) if shown else None,
            hidden_answers=0 if shown else self._answered(path),
            voices=[self._field(question, path, voice) for voice in question.answered_by],
            known=[self._known(question, one) for one in self.known[path]],
            children=[] if question.rows else [self.row(one, f"{path}.{one.key}") for one in question.children],
            rows=self._rows(question, path) if question.rows else [],
            next_row=f"{path}[{max(self.eye.rows(path), default=0) + 1}]" if question.rows else "",
            repeats=question.repeats,
            read_only=question.read_only,
            units=question.units,
            max_length=question.max_length,
            least=question.least,
            most=question.most,
            total=wording.number(total.value, self.language) if total is not None and total.value is not None else "",
            total_of=(total.answered, total.of) if total is not None else (0, 0),
        )

    def _rows(self, group: Question, path: str) -> list[GroupRow]:
        begun = self.eye.rows(path)
        return [
            GroupRow(
                number=number,
                path=f"{path}[{number}]",
                begun=number in begun,
                fields=[self.row(one, f"{path}[{number}].{one.key}") for one in group.children],
            )
            for number in begun or [1]
        ]

    def _because(self, question: Question, path: str) -> tuple[str, str] | None:
        """Return which other answer brought the question to be asked, and that answer: the first one that says so."""
        for term in question.when.terms if question.when is not None else ():
            asker = self.form.index[term.question]
            for value in self.eye.values(term.question, paths.rows(path)):
                return (
                    published.words(asker.texts, self.language).rstrip("?:"),
                    wording.answer(self.form, asker, value, self.language),
                )
        return None

    def _answered(self, path: str) -> int:
        within = (f"{path}.", f"{path}[")
        return sum(
            not empty(row.value) for (one, _voice), row in self.answers.items() if one == path or one.startswith(within)
        )

    def _field(self, question: Question, path: str, voice: str) -> VoiceField:
        there = self.answers.get((path, voice))
        value = there.value if there is not None else None
        speakers = voices.speakers(self.form, question, voice)
        others = there is not None and there.written_by_id != self.by.pk
        now = there is not None and others and there.written_at > self.at - reading.WRITES_NOW
        return VoiceField(
            path=path,
            voice=voice,
            label=reading.whose(voice),
            value=value,
            text=wording.answer(self.form, question, value, self.language),
            version=there.version if there is not None else 0,
            source=there.source if there is not None else "",
            author=there.author_name if there is not None else "",
            author_title=there.author_title if there is not None else "",
            written_at=there.written_at if there is not None else None,
            mine=there is not None and not others,
            may_write=self.may_write and not question.read_only and voices.writes(self.by, speakers, at=self.at),
            writing_now=there.author_name if there is not None and now else "",
            not_asked=wording.not_asked(value),
            required=voice in question.required,
            missing=(path, voice) in self.missing,
            choices=self._choices(question, value),
            beside=[self._beside(question, row) for row in self.beside[path, voice]],
        )

    def _choices(self, question: Question, value: Any) -> list[Choice]:
        if not question.codes:
            return []
        chosen = value if isinstance(value, list) else [value]
        return [
            Choice(code.key, published.words(code.texts, self.language), code.key in chosen, code.alone)
            for code in self.form.code_list(question).codes
        ]

    def _beside(self, question: Question, row: AnswerBeside) -> BesideRow:
        return BesideRow(
            public_id=row.public_id,
            text=wording.not_asked(row.value) or wording.answer(self.form, question, row.value, self.language),
            value=row.value,
            author=row.written_by.name,
            written_at=row.written_at,
            mine=row.written_by_id == self.by.pk,
        )

    def _known(self, question: Question, row: Known) -> KnownRow:
        source = row.contact.public_id if row.contact is not None else ""
        return KnownRow(
            public_id=row.public_id,
            voice=row.voice,
            whose=reading.whose(row.voice),
            text=wording.answer(self.form, question, row.value, self.language)
            if row.voice or not question.voices
            else str(row.value),
            source_kind=row.source_kind,
            source_at=row.source_at,
            source_id=row.earlier.public_id if row.earlier is not None else source,
            state=row.state,
            checked_by=row.checked_by.name if row.checked_by is not None else "",
            checked_at=row.checked_at,
        )


def _asking(form: Definition) -> Iterable[Section | Question]:
    """Return what is shown on a condition."""
    every: list[Section | Question] = [*form.sections, *(one for part in form.sections for one in walk(part.questions))]
    return [one for one in every if one.when is not None]
