"""Facts that rules ask for: known names, kinds and limits, read from `parameters/facts.yaml`."""

from collections.abc import Callable, Container, Mapping
from functools import cache
from typing import Any

from polku.rules.data import parameters
from polku.rules.errors import FactError, shown

_TRUE = {"true", "yes", "1", "kyllä", "ja"}
_FALSE = {"false", "no", "0", "ei", "nej"}


def known() -> Mapping[str, Any]:
    """Return the facts by name with their kind, limits and words."""
    facts: Mapping[str, Any] = parameters("facts")
    return facts


def checked(facts: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the facts with their values in the right kind.

    Raises:
        FactError: a fact is unknown, of the wrong kind, outside its limits, or contradicts another; it names the fact.
    """
    if not facts:
        return {}
    plain, right = _plain(), dict(facts)
    for name, value in facts.items():
        kind, allowed = plain.get(name, (None, ()))
        if type(value) is not kind or value not in allowed:
            right[name] = _value(name, known().get(name), value)
    age = right.get("age")
    if age is not None and age >= 18 and right.get("special_support_child"):
        raise _contradiction("special_support_child", f"a person of {age} is not a child")
    if age is not None and age >= 23 and right.get("under23_psychosocial"):
        raise _contradiction("under23_psychosocial", f"a person of {age} is not under 23")
    return right


@cache
def _plain() -> dict[str, tuple[type, Container[Any]]]:
    """Each fact's type and values as they are when nothing needs to be read from text."""
    found: dict[str, tuple[type, Container[Any]]] = {}
    for name, fact in known().items():
        if fact["kind"] == "boolean":
            found[name] = bool, (True, False)
        elif fact["kind"] == "integer":
            found[name] = int, range(fact["min"], fact["max"] + 1)
        else:
            found[name] = str, frozenset(fact["choices"])
    return found


def _contradiction(fact: str, why: str) -> FactError:
    return FactError("contradiction", f"{fact}: {why}.", fact)


def _value(name: str, fact: Mapping[str, Any] | None, value: Any) -> Any:
    if fact is None:
        raise FactError("unknown_fact", f"There is no fact {shown(name)}. Known facts: {', '.join(known())}.", name)
    kind = fact["kind"]
    if kind == "boolean":
        return _boolean(name, value)
    if kind == "integer":
        return _integer(name, value, fact["min"], fact["max"])
    if value not in fact["choices"]:
        raise FactError("wrong_value", f"{name}: {shown(value)} is not one of {', '.join(fact['choices'])}.", name)
    return value


def _boolean(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in _TRUE | _FALSE:
        return value.strip().lower() in _TRUE
    raise FactError("wrong_value", f"{name}: give true or false, not {shown(value)}.", name)


def _integer(name: str, value: Any, least: int, most: int) -> int:
    if isinstance(value, str) and value.strip().isdecimal() and len(value) < 10:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise FactError("wrong_value", f"{name}: give a whole number from {least} to {most}, not {shown(value)}.", name)
    return value


Condition = Callable[[Mapping[str, Any]], bool]


def condition(when: Mapping[str, Any]) -> Condition:
    """Return the test whether facts fulfil a condition of a rule; a fact that is not given fulfils only `not`."""
    tests = [_test(name, wanted) for name, wanted in when.items()]
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:
        first, second = tests
        return lambda facts: first(facts) and second(facts)
    return lambda facts: all(test(facts) for test in tests)


def _test(name: str, wanted: Any) -> Condition:
    if isinstance(wanted, dict):
        if "not" in wanted:
            unwanted = wanted["not"]
            return lambda facts: bool(facts.get(name) != unwanted)
        least = wanted["min"]
        return lambda facts: bool((value := facts.get(name)) is not None and value >= least)
    if isinstance(wanted, list):
        return lambda facts: facts.get(name) in wanted
    return lambda facts: bool(facts.get(name) == wanted)


def matches(when: Mapping[str, Any], facts: Mapping[str, Any]) -> bool:
    """Say whether facts fulfil a condition of a rule."""
    return condition(when)(facts)
