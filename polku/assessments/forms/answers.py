"""Answers to a form: one is checked, what is missing is listed, sections are counted, scores are calculated.

Answers are a mapping of path to voice to value: `{"housing.view": {"client": "…", "social_worker": "…"}}`; a question
without voices has the voice "". Values are plain JSON as `values` keeps them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from polku.assessments.forms import paths
from polku.assessments.forms.conditions import Answers, Eye
from polku.assessments.forms.definition import SHARED, UNANSWERED, Definition, Question
from polku.assessments.forms.problems import AnswerError
from polku.assessments.forms.values import TEXT_AT_MOST, Unfit, empty, fit
from polku.rules.errors import shown

NOT_ASKED = "not_asked"


@dataclass(frozen=True, slots=True)
class Missing:
    """A required answer that is not there: the question's path and whose answer it is."""

    path: str
    voice: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a section is: `state` is untouched, missing, ready or hidden."""

    section: str
    state: str
    missing: tuple[Missing, ...]
    answered: int


@dataclass(frozen=True, slots=True)
class Total:
    """A calculated score: the sum, or None; how many of its questions are answered, of how many that are shown."""

    value: Decimal | None
    answered: int
    of: int


def check(definition: Definition, path: str, voice: str, value: Any) -> Any:
    """Return the value as it is kept; None when the answer is taken away.

    A voice may also be left unheard for a reason, `{"not_asked": "reason"}`: the client's view is a part of the
    assessment unless there is an evident obstacle (1301/2014 37 §), and then the obstacle is told.

    Raises:
        AnswerError: there is no such question, the voice has no field in it, or the value does not fit.
    """
    question = asked(definition, path)
    if voice not in question.answered_by:
        whose = ", ".join(question.voices) or "whoever fills the section in"
        raise AnswerError(path, "unknown_voice", f"{shown(voice)} has no field here; {whose} has", voices=whose)
    if empty(value):
        return None
    try:
        if question.voices and isinstance(value, dict) and NOT_ASKED in value:
            return _not_asked(value)
        kept = fit(question, definition.code_lists.get(question.codes), value)
    except Unfit as error:
        raise AnswerError(path, error.code, error.message, **error.facts) from error
    return None if empty(kept) else kept


def asked(definition: Definition, path: str) -> Question:
    """Return the question that somebody may answer at this path.

    Raises:
        AnswerError: the path is badly written, leads nowhere, has rows where there are none, or nobody answers there.
    """
    question = definition.index.get(paths.plain(path)) if paths.written_well(path) else None
    if question is None:
        raise AnswerError(path[:100], "unknown_question", "there is no such question in this form")
    if question.kind in UNANSWERED:
        raise AnswerError(path, "not_answered", f"nobody writes an answer to a {question.kind}", kind=question.kind)
    rows = paths.rows(path)
    above = paths.parent(question.path)
    while above in definition.index:
        if definition.index[above].rows is not (above in rows):
            code = "row_needed" if definition.index[above].rows else "no_rows_here"
            raise AnswerError(path, code, f"{above} is filled in {'several times' if code == 'row_needed' else 'once'}")
        above = paths.parent(above)
    if question.path in rows:
        raise AnswerError(path, "no_rows_here", "several answers are given as a list")
    return question


def _not_asked(value: dict[str, Any]) -> dict[str, str]:
    reason = value[NOT_ASKED]
    if len(value) != 1 or not isinstance(reason, str) or not reason.strip():
        raise Unfit("reason_needed", "say why it was not asked")
    reason = " ".join(reason.split())
    if len(reason) > TEXT_AT_MOST or not reason.isprintable():
        raise Unfit("too_long", f"at most {TEXT_AT_MOST} readable characters", most=TEXT_AT_MOST)
    return {NOT_ASKED: reason}


def missing(definition: Definition, answers: Answers) -> list[Missing]:
    """Return what is required, shown and not answered, in the order of the form.

    In a repeating group only the rows that have been begun are asked for more; a required group asks for a first one.
    """
    return list(_missing(Eye(definition, answers)))


def _missing(eye: Eye) -> Iterator[Missing]:
    for path, question in eye.instances():
        if not question.required or path.endswith("]") or not eye.sees(path):
            continue
        if question.kind == "group":
            if not eye.given_under(path):
                yield Missing(path, SHARED)
        elif _begun(eye, path):
            given = eye.answers.get(path, {})
            yield from (Missing(path, voice) for voice in question.required if empty(given.get(voice)))


def _begun(eye: Eye, path: str) -> bool:
    """Say whether the rows that the path lies in have been begun; a first row that nobody has touched asks nothing."""
    return all(row in eye.rows(group) for group, row in paths.groups(path))


def progress(definition: Definition, answers: Answers) -> list[Progress]:
    """Return for each section how far it is; a section that is not shown is `hidden`."""
    eye = Eye(definition, answers)
    lacking: dict[str, list[Missing]] = {section.key: [] for section in definition.sections}
    for each in _missing(eye):
        lacking[each.path.partition(".")[0]].append(each)
    counts = dict.fromkeys(lacking, 0)
    for path, voices in answers.items():
        section = path.partition(".")[0]
        if section in counts and paths.plain(path) in definition.index and eye.sees(path):
            counts[section] += sum(not empty(value) for value in voices.values())
    return [
        Progress(key, _state(eye.sees(key), counts[key], missed), tuple(missed), counts[key])
        for key, missed in lacking.items()
    ]


def _state(seen: bool, answered: int, lacking: list[Missing]) -> str:
    if not seen:
        return "hidden"
    if not answered:
        return "untouched"
    return "missing" if lacking else "ready"


def totals(definition: Definition, answers: Answers) -> dict[str, Total]:
    """Return every score that is shown, by its path; answers that are hidden count nothing."""
    eye = Eye(definition, answers)
    return {
        path: Total(eye.total(question, paths.rows(path)), *_counted(eye, question, path))
        for path, question in eye.instances()
        if question.kind == "score" and eye.sees(path)
    }


def _counted(eye: Eye, score: Question, path: str) -> tuple[int, int]:
    rows = paths.rows(path)
    parts = [
        inside
        for inside, question in eye.instances()
        if question.path in score.sum_of
        and eye.sees(inside)
        and all(rows.get(group, row) == row for group, row in paths.rows(inside).items())
    ]
    return sum(_answered(eye, part) for part in parts), len(parts)


def _answered(eye: Eye, path: str) -> bool:
    question = eye.definition.index[paths.plain(path)]
    if question.kind == "score":
        return eye.total(question, paths.rows(path)) is not None
    return not empty(eye.answers.get(path, {}).get(SHARED))
