"""What is shown. A hidden question's answer is kept, but counts in nothing: no condition, no score, no requirement."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from operator import eq, ge, gt, le, lt
from typing import Any

from polku.assessments.forms import paths
from polku.assessments.forms.definition import SHARED, Definition, Question, Section, Term, When
from polku.assessments.forms.values import empty

Answers = Mapping[str, Mapping[str, Any]]  # path -> voice -> value

_COMPARE = {"=": eq, ">": gt, "<": lt, ">=": ge, "<=": le}


def shown(definition: Definition, answers: Answers) -> set[str]:
    """Return the paths that are shown, groups and their rows too; a repeating group without rows shows a first one."""
    eye = Eye(definition, answers)
    return {path for path, _ in eye.instances() if eye.sees(path)}


class Eye:
    """Looks at one set of answers; asked about the same path again it remembers. Not kept when answers change."""

    def __init__(self, definition: Definition, answers: Answers) -> None:
        self.definition = definition
        self.answers = answers
        self._seen: dict[str, bool] = {}
        self._given: dict[str, list[str]] = defaultdict(list)
        self._rows: dict[str, set[int]] = defaultdict(set)
        for path, voices in answers.items():
            if all(empty(value) for value in voices.values()):
                continue
            self._given[paths.plain(path)].append(path)
            for group, row in paths.groups(path):
                self._rows[group].add(row)

    def rows(self, group: str) -> list[int]:
        """Return the numbers of the rows of a repeating group that hold an answer."""
        return sorted(self._rows.get(group, ()))

    def given_under(self, path: str) -> bool:
        """Say whether anything in a group (or this row of it) has been answered and is shown."""
        within = f"{path}.", f"{path}["
        return any(p.startswith(within) and self.sees(p) for given in self._given.values() for p in given)

    def instances(self) -> Iterator[tuple[str, Question]]:
        """Yield every path with its question, each row of a repeating group apart."""
        for section in self.definition.sections:
            yield from self._instances(section.key, section.questions)

    def _instances(self, above: str, questions: Iterable[Question]) -> Iterator[tuple[str, Question]]:
        for question in questions:
            path = f"{above}.{question.key}"
            yield path, question
            if not question.rows:
                yield from self._instances(path, question.children)
                continue
            for row in self.rows(path) or [1]:
                yield f"{path}[{row}]", question
                yield from self._instances(f"{path}[{row}]", question.children)

    def sees(self, path: str) -> bool:
        """Say whether the path, and all that it lies in, is shown."""
        if path not in self._seen:
            above = paths.parent(path)
            self._seen[path] = (not above or self.sees(above)) and self._holds(path)
        return self._seen[path]

    def _holds(self, path: str) -> bool:
        plain = paths.plain(path)
        asker: Question | Section | None = self.definition.index.get(plain) or self.definition.of_section.get(plain)
        if asker is None:
            return False
        if asker.when is None:
            return True
        outcomes = (self._fulfilled(path, term) for term in asker.when.terms)
        return all(outcomes) if asker.when.every else any(outcomes)

    def _fulfilled(self, path: str, term: Term) -> bool:
        values = list(self.values(term.question, paths.rows(path)))
        if term.operator == "exists":
            return bool(values) is bool(term.value)
        question = self.definition.index[term.question]
        wanted = comparable(question, term.value)
        if term.operator == "!=":  # needs an answer, and none of the answers may be that one
            return bool(values) and all(comparable(question, value) != wanted for value in values)
        return any(_compared(term.operator, comparable(question, value), wanted) for value in values)

    def values(self, plain: str, rows: Mapping[str, int]) -> Iterator[Any]:
        """Yield the answers to a question that are shown, of the given rows where it lies in the same groups."""
        if self.definition.index[plain].kind == "score":
            total = self.total(self.definition.index[plain], rows)
            if total is not None:
                yield total
            return
        for path in self._given.get(plain, ()):
            its_rows = paths.rows(path)
            if any(rows.get(group, row) != row for group, row in its_rows.items()) or not self.sees(path):
                continue
            value = self.answers[path].get(SHARED)
            if isinstance(value, list):
                yield from value
            elif not empty(value):
                yield value

    def total(self, score: Question, rows: Mapping[str, int]) -> Decimal | None:
        """Return the sum of what a score counts, or None when nothing of it has been answered."""
        numbers: list[Decimal] = []
        for plain in score.sum_of:
            question = self.definition.index[plain]
            for value in self.values(plain, rows):
                number = self._worth(question, value)
                if number is not None:
                    numbers.append(number)
        return sum(numbers, Decimal(0)) if numbers else None

    def _worth(self, question: Question, value: Any) -> Decimal | None:
        if isinstance(value, Decimal):
            return value
        if not question.codes:
            return Decimal(str(value))
        code = self.definition.code_list(question).code(str(value))
        return None if code is None else code.score


def comparable(question: Question, value: Any) -> Any:
    """Return a value as it is compared: numbers as numbers, a quantity as its unit and number."""
    if question.kind in ("integer", "decimal", "score"):
        return Decimal(str(value))
    if question.kind == "quantity" and isinstance(value, Mapping):
        return value.get("unit", ""), Decimal(str(value["value"]))
    return value


def _compared(operator: str, value: Any, wanted: Any) -> bool:
    if isinstance(value, tuple) and isinstance(wanted, tuple) and value[0] != wanted[0]:
        return False  # hours are not compared with minutes
    return bool(_COMPARE[operator](value, wanted))


def loops(definition: Definition) -> list[tuple[str, ...]]:
    """Return the circles in which showing a question depends on itself, each as the paths in turn."""
    left, _ = _settled(definition)
    found: dict[frozenset[str], tuple[str, ...]] = {}
    for path in left:
        way: list[str] = []
        while path not in way:
            way.append(path)
            path = next(needed for needed in left[path] if needed in left)
        circle = tuple(way[way.index(path) :])
        found.setdefault(frozenset(circle), circle)
    return list(found.values())


def depth(definition: Definition) -> int:
    """Return how many conditions, groups and scores at most hang one on another."""
    return _settled(definition)[1]


def _settled(definition: Definition) -> tuple[dict[str, list[str]], int]:
    """Take away what depends on nothing that is left, again and again; what stays hangs on a circle."""
    left = {path: _needs(definition, path) for path in (*definition.of_section, *definition.index)}
    waiting: dict[str, set[str]] = {path: {each for each in needs if each in left} for path, needs in left.items()}
    needed_by: dict[str, list[str]] = defaultdict(list)
    for path, needs in waiting.items():
        for each in needs:
            needed_by[each].append(path)
    steps, free = 0, [path for path, needs in waiting.items() if not needs]
    while free:
        steps += 1
        freed = []
        for path in free:
            del left[path]
            for each in needed_by[path]:
                waiting[each].discard(path)
                if not waiting[each]:
                    freed.append(each)
        free = freed
    return left, steps


def _needs(definition: Definition, path: str) -> list[str]:
    asker: Question | Section = definition.index.get(path) or definition.of_section[path]
    when: When | None = asker.when
    needed = [term.question for term in when.terms] if when else []
    if isinstance(asker, Question):
        needed += [paths.parent(path), *asker.sum_of]
    return needed
