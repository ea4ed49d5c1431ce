"""Two assessments side by side: what is the same, what has changed, what only one of them says (feature A6).

They may be of different versions of the form: then a question may be gone, new, or asked in another way.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from polku.assessments.forms import paths
from polku.assessments.forms.conditions import Answers
from polku.assessments.forms.definition import Definition, Question
from polku.assessments.forms.values import empty

SAME, CHANGED, ONLY_BEFORE, ONLY_NOW = "same", "changed", "only_before", "only_now"
ASKED_ALIKE, ASKED_OTHERWISE, NO_LONGER_ASKED, NEWLY_ASKED = "alike", "otherwise", "no_longer", "newly"


@dataclass(frozen=True, slots=True)
class Row:
    """One answer of one voice in both. `asked` says how the question itself has fared between the versions."""

    path: str
    voice: str
    state: str
    asked: str
    before: Any
    now: Any
    question_before: Question | None
    question_now: Question | None


def compare(before: Definition, answers_before: Answers, now: Definition, answers_now: Answers) -> list[Row]:
    """Return every answer that either of them has, in the order of the newer form; what it no longer asks comes last.

    Rows of a repeating group are compared by their number. An answer to a question that neither version knows is
    there too, with no question: nothing that somebody wrote is left out.
    """
    found = []
    for path in _in_order(now, before, {*answers_before, *answers_now}):
        old, new = answers_before.get(path, {}), answers_now.get(path, {})
        question_old, question_new = before.index.get(paths.plain(path)), now.index.get(paths.plain(path))
        for voice in dict.fromkeys((*new, *old)):
            had, has = old.get(voice), new.get(voice)
            if empty(had) and empty(has):
                continue
            asked = _asked(before, question_old, now, question_new)
            found.append(Row(path, voice, _state(had, has), asked, had, has, question_old, question_new))
    return found


def _state(had: Any, has: Any) -> str:
    if empty(has):
        return ONLY_BEFORE
    if empty(had):
        return ONLY_NOW
    return SAME if had == has and type(had) is type(has) else CHANGED


def _asked(before: Definition, old: Question | None, now: Definition, new: Question | None) -> str:
    if new is None:
        return NO_LONGER_ASKED
    if old is None:
        return NEWLY_ASKED
    alike = (old.kind, old.texts, old.units, old.repeats) == (new.kind, new.texts, new.units, new.repeats)
    if alike and old.codes:
        mine, other = before.code_list(old).codes, now.code_list(new).codes
        alike = [(code.key, code.texts) for code in mine] == [(code.key, code.texts) for code in other]
    return ASKED_ALIKE if alike else ASKED_OTHERWISE


def _in_order(now: Definition, before: Definition, given: Iterable[str]) -> list[str]:
    places = {path: place for place, path in enumerate(now.index)}
    later = {path: len(places) + place for place, path in enumerate(before.index) if path not in places}
    places |= later

    def place(path: str) -> tuple[list[tuple[int, int]], str]:
        # Of each part of the way its place and row: so a whole row of a group comes before the next one.
        steps, way = [], ""
        for step in path.split("."):
            way = f"{way}.{step}" if way else step
            plain = paths.plain(way)
            steps.append((places.get(plain, _first(places, plain)), paths.rows(way).get(plain, 0)))
        return steps, path

    return sorted(given, key=place)


def _first(places: dict[str, int], section: str) -> int:
    """The place of a section is that of its first question; of what nobody knows, after everything."""
    return next((place for path, place in places.items() if path.startswith(f"{section}.")), len(places))
