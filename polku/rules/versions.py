"""Rules as dated data: reads `parameters/clocks/*.yaml` into plain records and picks the version of a day.

A version that has landed is never edited; a change of law is a new version with its own `valid_from`. Two things may be
said of it later: `valid_to`, when it ends, and `withdrawn`, the reason, when it proves to have been wrong from the
beginning: then it counts nothing any more, but still explains what was counted by it. `parameters/landed.yaml` holds
the hash of each landed version.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from polku.rules.data import PARAMETERS, parameters, read
from polku.rules.errors import UnknownRule, shown
from polku.rules.facts import Condition, condition

KINDS = ("at_once", "same_or_next_working_day", "working_days", "days", "months", "none", "promise")
_BY_WORKING_DAYS = ("same_or_next_working_day", "promise")
Words = Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Where a rule stands: an act (a key of acts.yaml), its section, and the facts for which it is this one."""

    act_key: str
    section_words: Words
    when: Mapping[str, Any]
    holds: Condition = field(default=lambda facts: True, repr=False)

    @property
    def number(self) -> str:
        """The act's number in the statute book, e.g. `1301/2014`; "" for a unit's promise."""
        return str(parameters("acts")[self.act_key]["number"])

    def act(self, lang: str = "fi") -> str:
        """Return the act's name and number, e.g. `Sosiaalihuoltolaki 1301/2014`."""
        return f"{parameters('acts')[self.act_key][lang]} {self.number}".rstrip()

    def section(self, lang: str = "fi") -> str:
        """Return the section, subsection and paragraph as cited in the language."""
        return self.section_words[lang]


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """Facts that start a clock, and the words for why."""

    when: Mapping[str, Any]
    because: Words
    holds: Condition = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """One dated version of a rule. `length` is None where the law gives no number."""

    rule: str
    version: int
    valid_from: date
    valid_to: date | None
    kind: str
    unit: str  # what the length counts: working_days, days, months, or the kind itself where there is no number
    length: int | None
    name: Words
    sentence: Words
    trigger: Words
    stops_at: Words
    sources: tuple[Source, ...]
    needs: Mapping[str, Any]
    grounds: tuple[Ground, ...]
    unless_started: tuple[str, ...]
    routes: tuple[str, ...]
    restarts_on: tuple[str, ...]
    pauses: bool
    exceeding_needs_reason: bool
    withdrawn: str  # why it counts nothing any more; "" for a version that holds

    @property
    def counts(self) -> bool:
        """Whether the rule gives a last day at all."""
        return self.length is not None

    def in_force(self, day: date) -> bool:
        """Say whether this version is in force on the day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with all its versions, oldest first, and those of them that hold: the others have been withdrawn."""

    id: str
    versions: tuple[Version, ...]
    holding: tuple[Version, ...]

    def on(self, day: date) -> Version:
        """Return the version in force on the day; else the last one before it, else the first (see `in_force`)."""
        chosen = self.holding[0]
        for version in self.holding:
            if version.valid_from <= day:
                chosen = version
        return chosen

    def numbered(self, number: int) -> Version:
        """Return the version by its number.

        Raises:
            UnknownRule: the rule has no such version.
        """
        for version in self.versions:
            if version.version == number:
                return version
        raise UnknownRule("unknown_version", f"Rule {self.id} has no version {number}.", rule=self.id)


def _version(rule: str, given: Mapping[str, Any]) -> Version:
    applies, kind = given.get("applies_when", {}), given["length"]["kind"]
    grounds = [
        Ground(MappingProxyType(ground["when"]), ground["because"], condition(ground["when"]))
        for ground in applies.get("any", ())
    ]
    if "always" in applies:
        grounds.append(Ground(MappingProxyType({}), applies["always"], condition({})))
    return Version(
        rule=rule,
        version=given["version"],
        valid_from=given["valid_from"],
        valid_to=given.get("valid_to"),
        kind=kind,
        unit="working_days" if kind in _BY_WORKING_DAYS else kind,
        length=given["length"].get("n"),
        name=given["name"],
        sentence=given["sentence"],
        trigger=given["trigger"],
        stops_at=given["stops_at"],
        sources=tuple(_source(source) for source in given["sources"]),
        needs=MappingProxyType(applies.get("needs", {})),
        grounds=tuple(grounds),
        unless_started=tuple(applies.get("unless_started", ())),
        routes=tuple(given.get("routes", ())),
        restarts_on=tuple(given.get("restarts_on", ())),
        pauses=bool(given.get("pauses", False)),
        exceeding_needs_reason=bool(given.get("exceeding_needs_reason", False)),
        withdrawn=str(given.get("withdrawn", "")),
    )


def _source(given: Mapping[str, Any]) -> Source:
    when = given.get("when", {})
    return Source(given["act"], given["section"], MappingProxyType(when), condition(when))


def load(folder: Path) -> dict[str, Rule]:
    """Return the rules of a folder of YAML files by id, in the order that the files give themselves."""
    rules: dict[str, Rule] = {}
    for given in sorted(map(read, folder.glob("*.yaml")), key=lambda g: (g["order"], g["id"])):
        versions = [_version(given["id"], version) for version in given["versions"]]
        versions.sort(key=lambda v: (v.valid_from, v.version))
        holding = tuple(version for version in versions if not version.withdrawn)
        rules[given["id"]] = Rule(given["id"], tuple(versions), holding)
    return rules


@lru_cache(maxsize=1)
def all_rules() -> dict[str, Rule]:
    """Return every clock rule of the product by id."""
    return load(PARAMETERS / "clocks")


def rule(rule_id: str) -> Rule:
    """Return a rule by its id.

    Raises:
        UnknownRule: there is no such rule.
    """
    found = all_rules().get(rule_id)
    if found is None:
        known = ", ".join(all_rules())
        raise UnknownRule("unknown_rule", f"There is no rule {shown(rule_id)}. The rules are: {known}.", rule=rule_id)
    return found


def fingerprint(given: Mapping[str, Any]) -> str:
    """Return the hash of a version as written in YAML, without what may be said of it later."""
    told = {key: value for key, value in given.items() if key not in ("valid_to", "withdrawn")}
    text = json.dumps(told, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def fingerprints(folder: Path) -> dict[str, str]:
    """Return the hashes of all versions of a folder, by `rule/version`."""
    found: dict[str, str] = {}
    for path in sorted(folder.glob("*.yaml")):
        given = read(path)
        for version in given["versions"]:
            found[f"{given['id']}/{version['version']}"] = fingerprint(version)
    return found
