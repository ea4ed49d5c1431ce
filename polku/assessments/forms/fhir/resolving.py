"""Conditions and sums of a Questionnaire: they name other items, and are looked at when all items have been read."""

from collections.abc import Mapping
from typing import Any

from polku.assessments.forms.definition import CODED, COUNTED, OPERATORS
from polku.assessments.forms.fhir.elements import value_of
from polku.assessments.forms.fhir.items import Items, Placed
from polku.assessments.forms.fhir.sums import summed
from polku.assessments.forms.problems import Loss
from polku.assessments.forms.values import Unfit, decimal, plain_number


def resolve(items: Items, losses: list[Loss]) -> None:
    """Put the conditions and sums of all items into their data; name those that cannot be kept."""
    for link, placed in items.placed.items():
        if placed.sum:
            _sum(items, link, placed, losses)
    for link, placed in items.placed.items():
        if placed.conditions:
            _when(items, link, placed, losses)


def _sum(items: Items, link: str, placed: Placed, losses: list[Loss]) -> None:
    def under(above: str) -> list[str]:
        beside = [(name, found) for name, found in items.placed.items() if found.above == above and found is not placed]
        return [name for name, found in beside if _counts(items, found)]

    links = summed(placed.sum, under)
    parts = [items.placed.get(each) for each in links or ()]
    known = [part for part in parts if part is not None and _counts(items, part) and part is not placed]
    if not known or len(known) != len(parts) or placed.data.get("children"):
        losses.append(Loss(link, f"calculatedExpression is no sum of questions that are here: {placed.sum[:100]}"))
        return
    for name in ("required", "repeats", "codes", "read_only", "least", "most", "units", "max_length"):
        if placed.data.pop(name, None) and name not in ("required", "read_only"):
            losses += [Loss(link, f"{name} of a calculated score is not kept")]
    placed.data |= {"kind": "score", "sum_of": [part.path for part in known]}


def _counts(items: Items, placed: Placed) -> bool:
    """Say whether an item has a number: its own, or the scores of its options."""
    kind = placed.data.get("kind")
    if placed.data.get("voices"):
        return False
    if kind in CODED:
        codes = items.choices.lists.get(placed.data.get("codes", ""), {}).get("codes", [])
        return any("score" in code for code in codes)
    return kind in COUNTED or bool(placed.sum)


def _when(items: Items, link: str, placed: Placed, losses: list[Loss]) -> None:
    terms = []
    for given in placed.conditions:
        term, why = _term(items, given)
        if term is None:
            losses.append(Loss(link, f"its conditions are not kept, it is always shown: {why}"))
            return
        terms.append(term)
    behaviour = placed.behaviour
    if behaviour not in ("all", "any"):
        if len(terms) > 1:
            losses.append(Loss(link, "enableBehavior does not say all or any; it is taken as any"))
        behaviour = "all" if len(terms) == 1 else "any"
    placed.data["when"] = {behaviour: terms}


def _term(items: Items, given: Any) -> tuple[dict[str, Any] | None, str]:
    if not isinstance(given, Mapping) or given.get("operator") not in OPERATORS:
        return None, "a condition has no operator that is known"
    asked = items.placed.get(str(given.get("question")))
    if asked is None:
        return None, f"there is no item {given.get('question')}"
    kind = asked.data.get("kind", "group")
    if kind in ("group", "display") or asked.data.get("voices"):
        return None, f"{given.get('question')} has no single answer here"
    answer = value_of({f"value{name[6:]}": each for name, each in given.items() if name.startswith("answer")})
    if given["operator"] == "exists":
        value = answer if isinstance(answer, bool) else None
    else:
        value = _value(items, asked, kind, answer)
    if value is None:
        return None, f"{given.get('question')} can have no such answer"
    return {"question": asked.path, "operator": given["operator"], "value": value}, ""


def _value(items: Items, asked: Placed, kind: str, answer: Any) -> Any:
    """Return the value of a condition as answers to that question are kept; None when it is no such answer."""
    if kind in CODED:
        return items.choices.key(asked.data["codes"], answer)
    try:
        if kind in ("decimal", "score"):
            return plain_number(decimal(answer))
        if kind == "quantity" and isinstance(answer, Mapping):
            return {
                "value": plain_number(decimal(answer.get("value"))),
                "unit": str(answer.get("unit", answer.get("code", ""))),
            }
    except Unfit:
        return None
    wanted = {"boolean": bool, "integer": int}.get(kind, str)
    return answer if type(answer) is wanted else None
