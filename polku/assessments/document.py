"""An assessment as a document: what was asked and answered, in one language, for print, hand-over and decisions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from django.utils.translation import override

from polku.assessments import measures, published, reading, wording
from polku.assessments.forms import paths
from polku.assessments.forms.conditions import Eye
from polku.assessments.forms.definition import Definition, Question, Section
from polku.assessments.forms.values import empty
from polku.assessments.models import Answer, Assessment, Measure
from polku.assessments.shown import Document, DocumentAnswer, DocumentMeasure, DocumentSection, Entry
from polku.assessments.states import StartedBy


def as_document(assessment: Assessment, language: str) -> Document:
    """Return the assessment as a document: only what is shown and answered, each answer in its voice with its writer.

    Args:
        language: `fi`, `sv` or `en`; what people wrote stays as they wrote it.
    """
    row = Assessment.objects.select_related("case__client", "case__unit", "form", "responsible", "locked_by")
    row = row.defer("form__content")
    found = row.get(pk=assessment.pk)
    with override(language):
        return _document(found, published.of(found), language)


def _document(row: Assessment, form: Definition, language: str) -> Document:
    answers: dict[str, list[Answer]] = defaultdict(list)
    for answer in Answer.objects.filter(assessment=row, value__isnull=False).order_by("id"):
        answers[answer.path].append(answer)
    eye = Eye(form, {path: {one.voice: one.value for one in given} for path, given in answers.items()})
    sections = []
    for place, section in enumerate(form.sections, start=1):
        entries = list(_entries(form, section, eye, answers, language))
        if entries:
            sections.append(
                DocumentSection(
                    key=section.key,
                    number=section.number or str(place),
                    title=published.words(section.titles, language),
                    entries=entries,
                )
            )
    return Document(
        public_id=row.public_id,
        form=row.form.key,
        title=published.words(form.titles, language),
        language=language,
        version=row.version,
        state=row.state,
        national_id=row.form.national_id,
        case_reference=row.case.reference,
        initiated_at=row.case.initiated_at,
        started_at=row.started_at,
        started_how=str(StartedBy(row.started_how).label) if row.started_how else "",
        ready_at=row.ready_at,
        locked_at=row.locked_at,
        locked_by=row.locked_by.name if row.locked_by is not None else "",
        responsible=row.responsible.name,
        unit=row.case.unit.name,
        special_support=row.special_support,
        authors=sorted({(one.author_name, one.author_title) for given in answers.values() for one in given}),
        sections=sections,
        measures=list(_measures(row, language)),
    )


def _entries(
    form: Definition, section: Section, eye: Eye, answers: dict[str, list[Answer]], language: str
) -> Iterator[Entry]:
    for path, question in eye.instances():
        if path.partition(".")[0] != section.key or not eye.sees(path):
            continue
        row = next(reversed(paths.rows(path).values()), 0)
        given = [_answer(form, question, one, language) for one in _in_order(question, answers.get(path, []))]
        told = [one for one in given if one.text or one.not_asked]
        if question.kind == "score":
            total = eye.total(question, paths.rows(path))
            heading = "" if total is None else wording.number(total, language)
            if heading:
                yield _entry(question, path, row, [], language, text=heading)
            continue
        if told or (question.kind == "group" and path.endswith("]") and eye.given_under(path)):
            yield _entry(question, path, row, told, language)
        elif question.kind == "group" and not question.rows and eye.given_under(path):
            yield _entry(question, path, row, [], language)


def _entry(
    question: Question, path: str, row: int, answers: list[DocumentAnswer], language: str, *, text: str = ""
) -> Entry:
    words = published.words(question.texts, language)
    return Entry(
        path=path, kind=question.kind, text=f"{words}: {text}" if text else words, depth=path.count(".") - 1, row=row,
        answers=answers,
    )  # fmt: skip


def _in_order(question: Question, given: list[Answer]) -> list[Answer]:
    places = {voice: place for place, voice in enumerate(question.answered_by)}
    return sorted((one for one in given if not empty(one.value)), key=lambda one: places.get(one.voice, len(places)))


def _answer(form: Definition, question: Question, row: Answer, language: str) -> DocumentAnswer:
    return DocumentAnswer(
        voice=row.voice,
        whose=reading.whose(row.voice),
        text=wording.answer(form, question, row.value, language),
        not_asked=wording.not_asked(row.value),
        source=row.source,
        author=row.author_name,
        author_title=row.author_title,
        written_at=row.written_at,
    )


def _measures(row: Assessment, language: str) -> Iterator[DocumentMeasure]:
    rows = Measure.objects.filter(assessment=row, withdrawn_at__isnull=True).order_by("done_on", "id")
    for measure in rows:
        yield DocumentMeasure(
            name=measures.name(measure, language),
            done_on=wording.day(measure.done_on),
            total="" if measure.total is None else measures.plain(measure.total, language),
            band=measures.band(measure, language),
        )
