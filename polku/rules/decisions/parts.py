"""The fourteen parts of a decision: which are asked for, which are there, and by which section.

What has been written is given as `{part: {field: value}}`. A blank text, an empty list and None count as not written. A
text may be given in several languages, `{"fi": ..., "sv": ...}`: `said_in` takes one of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from functools import lru_cache
from typing import Any

from polku.rules.data import parameters
from polku.rules.errors import RuleError, shown
from polku.rules.facts import matches
from polku.rules.versions import Source, Words

Given = Mapping[str, Mapping[str, Any]]

DONE, MISSING, NOT_NEEDED = "done", "missing", "not_needed"


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One thing written in a part; fields that share `one_of` stand in for each other."""

    key: str
    kind: str  # text | list | date | time | boolean | way | language
    one_of: str
    when: Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A part of a decision, with its place in the list, what to ask for, and the sections that demand it."""

    key: str
    number: int
    name: Words
    ask: Words
    sources: tuple[Source, ...]
    when: Mapping[str, Any]
    fields: tuple[Field, ...]

    def missing(self, lang: str) -> str:
        """Return what to do about the part, with its first source: `Kerro, miksi ... (... 45 § 4 mom.)`."""
        source = self.sources[0]
        return f"{self.ask[lang]} ({parameters('acts')[source.act_key][lang]} {source.section(lang)})"


@dataclass(frozen=True, slots=True)
class State:
    """How a part stands: `done`, `missing` (with the fields that are) or `not_needed`."""

    part: Part
    state: str
    fields: tuple[str, ...] = ()

    def word(self, lang: str) -> str:
        """Return the state in a word: valmis, puuttuu, ei tarvita."""
        return str(parameters("decisions")["states"][self.state][lang])


@dataclass(frozen=True, slots=True, eq=False)
class Obligation:
    """What the law in force on a day says of deciding on a service."""

    service: str
    version: int
    section: str  # of the Social Welfare Act, e.g. `21 b`
    decision: str  # required | optional | none


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of decision: a service and an outcome, written `community_housing-granted`."""

    service: str
    outcome: str

    @property
    def key(self) -> str:
        """Both in one word."""
        return f"{self.service}-{self.outcome}"

    @property
    def housing(self) -> bool:
        """Whether the service is a place to live (1301/2014 21-21 c §)."""
        return bool(parameters("decisions")["services"][self.service]["housing"])

    def name(self, lang: str) -> str:
        """Return service and outcome in words, e.g. `Yhteisöllinen asuminen: myönnetään`."""
        known = parameters("decisions")
        outcome = known["outcomes"][self.outcome][lang]
        return f"{known['services'][self.service]['name'][lang]}: {outcome[0].lower()}{outcome[1:]}"


def kinds() -> tuple[Kind, ...]:
    """Return every kind of decision: each service with each outcome."""
    known = parameters("decisions")
    return tuple(Kind(service, outcome) for service in known["services"] for outcome in known["outcomes"])


def kind(key: str) -> Kind:
    """Return a kind by its key.

    Raises:
        RuleError: there is no such kind; the words name what there is.
    """
    known = parameters("decisions")
    service, _, outcome = key.partition("-")
    if service not in known["services"]:
        raise RuleError(
            "unknown_service",
            f"There is no service {shown(service)}. The services are: {', '.join(known['services'])}.",
        )
    if outcome not in known["outcomes"]:
        raise RuleError(
            "unknown_outcome",
            f"There is no outcome {shown(outcome)}. The outcomes are: {', '.join(known['outcomes'])}.",
        )
    return Kind(service, outcome)


def obligation(service: str, on: date) -> Obligation | None:
    """Return what the law in force on a day says of deciding on a service; None before its section was in force.

    Raises:
        RuleError: there is no such service.
    """
    versions = parameters("decisions")["services"][kind(f"{service}-granted").service]["versions"]
    for version in reversed(versions):
        if version["valid_from"] <= on and on <= version.get("valid_to", date.max):
            return Obligation(service, version["version"], version["section"], version["decision"])
    return None


@lru_cache(maxsize=1)
def parts() -> tuple[Part, ...]:
    """Return the parts in the order in which they are written."""
    return tuple(_part(number, given) for number, given in enumerate(parameters("decisions")["parts"], 1))


def _part(number: int, given: Mapping[str, Any]) -> Part:
    return Part(
        key=given["key"],
        number=number,
        name=given["name"],
        ask=given["ask"],
        sources=tuple(Source(source["act"], source["section"], {}) for source in given["sources"]),
        when=given.get("when", {}),
        fields=tuple(
            Field(field["key"], field["kind"], field.get("one_of", ""), field.get("when", {}))
            for field in given["fields"]
        ),
    )


def part(key: str) -> Part:
    """Return a part by its key.

    Raises:
        RuleError: there is no such part.
    """
    for found in parts():
        if found.key == key:
            return found
    known = ", ".join(found.key for found in parts())
    raise RuleError("unknown_part", f"There is no part {shown(key)}. The parts are: {known}.")


def states(kind: Kind, given: Given, facts: Mapping[str, Any] | None = None) -> tuple[State, ...]:
    """Return how each part stands, in order.

    Args:
        kind: service and outcome.
        given: what has been written, `{part: {field: value}}`.
        facts: `plan` (the client has a plan), `late` (the service begins after the limit of 45 § 2 mom.).

    Raises:
        RuleError: `given` names a part or field that there is not.
    """
    known = {"service": kind.service, "outcome": kind.outcome, **(facts or {})}
    for key, fields in given.items():
        allowed = {field.key for field in part(key).fields} | _EXTRA.get(key, frozenset())
        for name, value in fields.items():
            if name not in allowed:
                raise RuleError("unknown_field", f"Part {key} has no field {shown(name)}.", part=key, field=name)
            known[f"{key}.{name}"] = value
    return tuple(_state(found, given.get(found.key, {}), known) for found in parts())


# Written in a part when there is reason to, never demanded.
_EXTRA: Mapping[str, frozenset[str]] = {
    "resolution": frozenset({"conditional", "provider", "amount"}),
    "information": frozenset({"email", "role"}),
}


def said_in(given: Given, lang: str) -> dict[str, dict[str, Any]]:
    """Return what has been written with each text in one language; "" where it has not been written in it."""
    return {
        key: {name: value.get(lang, "") if isinstance(value, Mapping) else value for name, value in fields.items()}
        for key, fields in given.items()
    }


def to_json(given: Given) -> dict[str, dict[str, Any]]:
    """Return what has been written as plain JSON values: days as `2026-11-25`, times as `16:00`."""
    return {key: {name: _plain(value) for name, value in fields.items()} for key, fields in given.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, time):
        return value.isoformat("minutes")
    return value.isoformat() if isinstance(value, date) else value


def from_json(stored: Given) -> dict[str, dict[str, Any]]:
    """Return what was stored by `to_json` with its days and times.

    Raises:
        RuleError: there is no such part or field, or a day or time cannot be read; `part` and `field` name it.
    """
    return {
        key: {name: _read(part(key), name, value) for name, value in fields.items()} for key, fields in stored.items()
    }


def _read(found: Part, name: str, value: Any) -> Any:
    kind = {field.key: field.kind for field in found.fields}.get(name, "")
    if not kind and name not in _EXTRA.get(found.key, ()):
        raise RuleError("unknown_field", f"Part {found.key} has no field {shown(name)}.", part=found.key, field=name)
    if kind not in ("date", "time") or value is None or value == "":
        return None if kind in ("date", "time") else value
    try:
        return date.fromisoformat(value) if kind == "date" else time.fromisoformat(value)
    except (TypeError, ValueError):
        raise RuleError(
            f"wrong_{kind}", f"{found.key}: {name} is not a {kind}: {shown(value)}.", part=found.key, field=name
        ) from None


def missing(kind: Kind, given: Given, facts: Mapping[str, Any] | None = None) -> list[Part]:
    """Return the parts without which the decision cannot be signed, in order; see `states`."""
    return [state.part for state in states(kind, given, facts) if state.state == MISSING]


def _state(found: Part, written: Mapping[str, Any], known: Mapping[str, Any]) -> State:
    if not matches(found.when, known):
        return State(found, NOT_NEEDED)
    groups: dict[str, list[Field]] = {}
    for field in found.fields:
        if matches(field.when, known):
            groups.setdefault(field.one_of or f"={field.key}", []).append(field)
    wanting = [group[0].key for group in groups.values() if not any(_is_written(f, written) for f in group)]
    return State(found, MISSING if wanting else DONE, tuple(wanting))


def _is_written(field: Field, written: Mapping[str, Any]) -> bool:
    value = written.get(field.key)
    if isinstance(value, str):
        return bool(value.strip())
    if isinstance(value, bool):
        return value or not field.one_of  # "until further notice: no" asks for the last day
    return value is not None and value != [] and value != ()


def provisions(kind: Kind, on: date, lang: str) -> str:
    """Return the provisions that every decision of the kind applies, as cited in the language.

    E.g. `Sosiaalihuoltolaki (1301/2014) 21 b, 36, 45 ja 46 §. Hallintolaki (434/2003) 43–46 §.`

    Raises:
        RuleError: the service's section was not in force on the day.
    """
    found = obligation(kind.service, on)
    if found is None:
        raise RuleError("not_in_force", f"The section on {kind.service} is not in force on {on.isoformat()}.")
    acts, always = parameters("acts"), parameters("decisions")["provisions"]
    sections = [found.section, *always["shl"]]
    listed = f"{', '.join(sections[:-1])} {parameters('letter_' + lang)['and']} {sections[-1]}"
    shl, hl = acts["shl"], acts["hl"]
    return f"{shl[lang]} ({shl['number']}) {listed} §. {hl[lang]} ({hl['number']}) {always['hl']} §."
