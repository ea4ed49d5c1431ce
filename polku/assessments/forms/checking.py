"""What is wrong between the parts of a definition that are each well written: conditions, codes, scores."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from polku.assessments.forms import paths
from polku.assessments.forms.conditions import comparable, depth, loops
from polku.assessments.forms.definition import CODED, COUNTED, UNANSWERED, Definition, Question, Section, Term
from polku.assessments.forms.problems import Problem
from polku.assessments.forms.values import Unfit, decimal, fit
from polku.rules.errors import shown

QUESTIONS_AT_MOST = 2000
CONDITIONS_DEEP = 40
_ORDERED = ("integer", "decimal", "date", "quantity", "score")
_OID = re.compile(r"[0-2](\.(0|[1-9]\d*))+")


def faults(definition: Definition) -> list[Problem]:
    """Return everything that is wrong between the parts of a definition, in the order of the form."""
    found = [*_identifiers(definition)]
    count = len(definition.index)
    if count > QUESTIONS_AT_MOST:
        found.append(Problem("", "too_many", f"{count} questions; at most {QUESTIONS_AT_MOST} are allowed"))
        return found
    for section in definition.sections:
        found += _conditions(definition, section)
    for question in definition.questions():
        found += [*_choice(definition, question), *_shape(question), *_limits(question)]
        found += [*_conditions(definition, question), *_score(definition, question)]
    found += [
        Problem(
            circle[0], "condition_loop", f"is shown only when it is shown itself: {' -> '.join((*circle, circle[0]))}"
        )
        for circle in loops(definition)
    ]
    if not found and depth(definition) > CONDITIONS_DEEP:
        found.append(Problem("", "too_deep", f"conditions hang on one another more than {CONDITIONS_DEEP} deep"))
    if not found:
        found += _never_shown(definition)
    return found


def _identifiers(definition: Definition) -> Iterator[Problem]:
    given = [("national_id", definition.national_id)]
    given += [(f"code_lists.{key}", codes.national_set) for key, codes in definition.code_lists.items()]
    given += [(question.path, question.national_set) for question in definition.questions()]
    for path, oid in given:
        if oid and not _OID.fullmatch(oid):
            yield Problem(path, "not_an_oid", f"{shown(oid)} is no object identifier such as 1.2.246.537.6.1282")
    links: dict[str, str] = {}
    askers: list[Question | Section] = [*definition.sections, *definition.questions()]
    for asker in askers:
        link = asker.link or asker.path
        if links.setdefault(link, asker.path) != asker.path:
            yield Problem(asker.path, "duplicate_link", f"{shown(link)} is already the link of {links[link]}")


def _choice(definition: Definition, question: Question) -> Iterator[Problem]:
    if question.kind in CODED and not question.codes:
        yield Problem(question.path, "no_code_list", "a choice names its code list")
    elif question.codes and question.kind not in CODED:
        yield Problem(question.path, "needless_code_list", f"a {question.kind} has no code list")
    elif question.codes and question.codes not in definition.code_lists:
        known = ", ".join(definition.code_lists) or "none"
        words = f"there is no code list {shown(question.codes)}; the lists are: {known}"
        yield Problem(question.path, "unknown_code_list", words)


def _shape(question: Question) -> Iterator[Problem]:
    if question.kind == "group" and not question.children:
        yield Problem(question.path, "empty_group", "a group has at least one question")
    if question.children and (question.kind in ("display", "score") or (question.kind != "group" and question.repeats)):
        yield Problem(question.path, "no_children_here", "only a group or a question with one answer has others in it")
    if question.kind in UNANSWERED and question.voices:
        yield Problem(question.path, "no_voices_here", f"nobody answers a {question.kind}")
    if question.required and question.kind in ("display", "score"):
        yield Problem(question.path, "required_of_nobody", f"nobody answers a {question.kind}")
    if question.repeats and question.kind in ("display", "score", "boolean", "choice"):
        yield Problem(
            question.path, "no_repeats_here", f"a {question.kind} has one answer; several choices are choices"
        )
    if question.max_length is not None and question.kind not in ("text", "paragraph"):
        yield Problem(question.path, "no_length_here", f"a {question.kind} has no length")
    if question.units and question.kind != "quantity":
        yield Problem(question.path, "no_units_here", f"a {question.kind} has no units")
    if len(set(question.voices)) != len(question.voices):
        yield Problem(question.path, "duplicate_voice", "each voice has one field")


def _limits(question: Question) -> Iterator[Problem]:
    limits: list[Any] = []
    for name, limit in (("least", question.least), ("most", question.most)):
        if limit is None:
            continue
        try:
            limits.append(_limit(question, limit))
        except (Unfit, ValueError):
            yield Problem(question.path, "bad_limit", f"{name} {shown(limit)} is no limit for a {question.kind}")
    if len(limits) == 2 and limits[0] > limits[1]:
        yield Problem(question.path, "bad_limit", f"least {question.least} is more than most {question.most}")


def _limit(question: Question, limit: str) -> Any:
    if question.kind == "date":
        return date.fromisoformat(limit)
    if question.kind not in (*COUNTED, "quantity"):
        raise ValueError(limit)
    return decimal(limit)


def _conditions(definition: Definition, asker: Question | Section) -> Iterator[Problem]:
    for term in asker.when.terms if asker.when else ():
        asked = definition.index.get(term.question)
        if asked is None:
            yield Problem(
                asker.path, "unknown_question", f"the condition asks for {shown(term.question)}, which is not there"
            )
        elif asked.kind in ("group", "display") or asked.voices:
            words = f"{asked.path} has no single answer that a condition could look at"
            yield Problem(asker.path, "condition_on_no_answer", words)
        elif term.operator == "exists":
            if not isinstance(term.value, bool):
                yield Problem(asker.path, "condition_value", f"exists is true or false, not {shown(term.value)}")
        elif term.operator in (">", "<", ">=", "<=") and asked.kind not in _ORDERED:
            yield Problem(
                asker.path, "condition_operator", f"{term.operator} does not fit {asked.path}: a {asked.kind}"
            )
        elif words := _misfit(definition, asked, term):
            yield Problem(asker.path, "condition_value", words)


def _misfit(definition: Definition, asked: Question, term: Term) -> str:
    """Say why the value of a condition is none that the question could have; "" when it is."""
    if asked.codes and asked.codes not in definition.code_lists:
        return ""  # said of the question itself
    codes = definition.code_lists.get(asked.codes)
    try:
        if asked.kind == "score":
            decimal(term.value)
        else:
            kind = "choice" if asked.kind == "choices" else asked.kind
            single = replace(asked, kind=kind, repeats=False, least=None, most=None, max_length=None)
            if fit(single, codes, term.value) != term.value:
                return f"{shown(term.value)} is not written as answers to {asked.path} are kept"
    except Unfit as error:
        return f"{asked.path}: {error.message}"
    return ""


def _score(definition: Definition, question: Question) -> Iterator[Problem]:
    if question.kind != "score":
        if question.sum_of:
            yield Problem(question.path, "needless_sum", f"a {question.kind} is not calculated")
        return
    if not question.sum_of:
        yield Problem(question.path, "empty_sum", "a score names the questions that it is the sum of")
    for path in question.sum_of:
        part = definition.index.get(path)
        if part is None:
            yield Problem(question.path, "unknown_question", f"the sum counts {shown(path)}, which is not there")
        elif part.kind not in (*CODED, *COUNTED, "score") or part.voices:
            yield Problem(question.path, "sum_of_no_number", f"{path} has no single answer that is a number")
        elif part.kind in CODED and part.codes in definition.code_lists:
            lacking = [code.key for code in definition.code_list(part).codes if code.score is None]
            if len(lacking) == len(definition.code_list(part).codes):
                yield Problem(question.path, "sum_of_no_number", f"no choice of {path} has a score")


def _never_shown(definition: Definition) -> Iterator[Problem]:
    """A required question whose conditions, with those of all that it lies in, can never hold together."""
    for question in definition.questions():
        if not question.required:
            continue
        needed = list(_needed(definition, question.path))
        if any(_contrary(definition, one, other) for i, one in enumerate(needed) for other in needed[:i]) or any(
            _out_of_reach(definition, term) for term in needed
        ):
            yield Problem(question.path, "required_never_shown", "is required, but its conditions can never hold")


def _needed(definition: Definition, path: str) -> Iterator[Term]:
    while path:
        asker: Question | Section = definition.index.get(path) or definition.of_section[path]
        if asker.when and (asker.when.every or len(asker.when.terms) == 1):
            yield from asker.when.terms
        path = paths.parent(path)


def _contrary(definition: Definition, one: Term, other: Term) -> bool:
    """Say whether two conditions on the same question exclude each other."""
    asked = definition.index[one.question]
    in_rows = (
        asked.repeats
        or asked.kind == "choices"
        or any(definition.index[path].repeats for path in _above(definition, asked.path))
    )
    if one.question != other.question or in_rows:
        return False
    if "exists" in (one.operator, other.operator):
        absent = [term.operator == "exists" and term.value is False for term in (one, other)]
        return absent[0] is not absent[1]
    first, second = comparable(asked, one.value), comparable(asked, other.value)
    if one.operator == other.operator == "=":
        return bool(first != second)
    if {one.operator, other.operator} == {"=", "!="}:
        return bool(first == second)
    return False


def _above(definition: Definition, path: str) -> Iterator[str]:
    while (path := paths.parent(path)) in definition.index:
        yield path


def _out_of_reach(definition: Definition, term: Term) -> bool:
    """Say whether a condition asks for a number or day beyond the limits of its question."""
    asked = definition.index[term.question]
    if term.operator == "exists" or asked.kind not in (*COUNTED, "date"):
        return False
    value: Any = term.value if asked.kind == "date" else Decimal(str(term.value))
    least: Any = asked.least if asked.kind == "date" or asked.least is None else Decimal(asked.least)
    most: Any = asked.most if asked.kind == "date" or asked.most is None else Decimal(asked.most)
    if term.operator in (">", ">=", "=") and most is not None:
        return bool(value > most or (term.operator == ">" and value == most))
    if term.operator in ("<", "<=", "=") and least is not None:
        return bool(value < least or (term.operator == "<" and value == least))
    return False
