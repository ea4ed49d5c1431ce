"""Writes a definition as plain data, in the form that `reading.read` reads; what has its usual value is left out."""

from decimal import Decimal
from typing import Any

from polku.assessments.forms.definition import (
    LANGUAGES,
    SHARED,
    CodeList,
    Concept,
    Definition,
    Question,
    Section,
    When,
)
from polku.assessments.forms.values import plain_number


def as_data(definition: Definition) -> dict[str, Any]:
    """Return the definition as plain data, ready for JSON."""
    return _told(
        {
            "key": definition.key,
            "version": definition.version,
            "titles": dict(definition.titles),
            "languages": list(definition.languages) if definition.languages != LANGUAGES else [],
            "national_id": definition.national_id,
            "url": definition.url,
            "instruments": list(definition.instruments),
            "concepts": _concepts(definition.concepts),
            "code_lists": {key: _code_list(found) for key, found in definition.code_lists.items()},
            "sections": [_section(section) for section in definition.sections],
        }
    )


def _section(section: Section) -> dict[str, Any]:
    return _told(
        {
            "key": section.key,
            "titles": dict(section.titles),
            "hints": dict(section.hints),
            "filled_by": list(section.filled_by),
            "when": _when(section.when),
            "number": section.number,
            "concepts": _concepts(section.concepts),
            "link": section.link,
            "bare": section.bare,
            "questions": [_question(question) for question in section.questions],
        }
    )


def _question(question: Question) -> dict[str, Any]:
    told = {
        "key": question.key,
        "kind": question.kind,
        "texts": dict(question.texts),
        "hints": dict(question.hints),
        "required": _required(question),
        "when": _when(question.when),
        "concepts": _concepts(question.concepts),
        "children": [_question(child) for child in question.children],
    }
    told |= {name: list(getattr(question, name)) for name in ("filled_by", "voices", "units", "sum_of")}
    plain = "repeats codes national_set prefill max_length least most read_only number link"
    told |= {name: getattr(question, name) for name in plain.split()}
    return _told(told)


def _required(question: Question) -> bool | list[str]:
    everybody = question.voices or (SHARED,)
    return True if question.required == everybody else list(question.required)


def _when(when: When | None) -> dict[str, Any] | None:
    if when is None:
        return None
    terms = [{"question": term.question, "operator": term.operator, "value": term.value} for term in when.terms]
    return {"all" if when.every else "any": terms}


def _code_list(found: CodeList) -> dict[str, Any]:
    codes = []
    for code in found.codes:
        told: dict[str, Any] = {"key": code.key, "texts": dict(code.texts), "national": code.national}
        told |= {"alone": code.alone, "system": code.system, "code": code.code}
        codes.append(_told(told | {"score": _score(code.score)}))
    holds = found.holds if found.holds != "coding" else ""
    told = {"national_set": found.national_set, "system": found.system, "holds": holds, "inline": found.inline}
    return _told(told | {"codes": codes})


def _score(score: Decimal | None) -> str | None:
    return None if score is None else plain_number(score)


def _concepts(concepts: tuple[Concept, ...]) -> list[dict[str, str]]:
    return [_told({"system": each.system, "code": each.code, "display": each.display}) for each in concepts]


def _told(data: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in data.items()
        if value is not None and value is not False and value not in ("", [], {})
    }
