"""Urgency from the criteria that a worker ticks: urgent or not, why, and by which section.

An urgent need of help is assessed at once, whoever the person is and whatever the channel (1301/2014 36 § 1 mom.,
417/2007 26 § 2 mom.). The criteria are data in `parameters/urgency.yaml`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from polku.rules.data import parameters
from polku.rules.errors import RuleError
from polku.rules.sentences import text
from polku.rules.versions import Source

NONE = "none"


@dataclass(frozen=True)
class Urgency:
    """The result: urgent or not, the ticked criteria in order, and the version and source that say so."""

    urgent: bool
    criteria: tuple[str, ...]
    version: int
    alarm_minutes: int
    source: Source

    @property
    def act(self) -> str:
        """The act's Finnish name and number."""
        return self.source.act("fi")

    @property
    def section(self) -> str:
        """The section as cited in Finnish."""
        return self.source.section("fi")

    def because(self, lang: str) -> str:
        """Return the reason in `fi`, `sv` or `en`."""
        cited = text("source", lang, act=self.source.act(lang), section=self.source.section(lang))
        if not self.urgent:
            return f"{text('urgent_no', lang)} {cited}"
        words = {c["key"]: c[lang] for c in _numbered(self.version)["criteria"]}
        return f"{text('urgent_yes', lang, criteria=', '.join(words[key] for key in self.criteria))} {cited}"


def _versions() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = parameters("urgency")["versions"]
    return found


def _numbered(version: int) -> dict[str, Any]:
    return next(v for v in _versions() if v["version"] == version)


def _on(day: date) -> dict[str, Any]:
    before = [v for v in _versions() if v["valid_from"] <= day]
    return before[-1] if before else _versions()[0]


def criteria(on: date) -> list[Mapping[str, str]]:
    """Return the criteria to tick on a day, in order: key and words fi, sv, en; the last is `none`."""
    return [dict(c) for c in _on(on)["criteria"]]


def alarm_minutes(on: date) -> int:
    """Return after how many minutes a contact whose urgency is not assessed alarms, unless its unit says otherwise."""
    minutes: int = _on(on)["alarm_minutes"]
    return minutes


def assess(ticked: Iterable[str], on: date, *, child_protection: bool = False) -> Urgency:
    """Return the urgency that follows from the ticked criteria.

    Raises:
        RuleError: nothing is ticked, an unknown criterion, or `none` together with another.
    """
    given = set(ticked)
    version = _on(on)
    known = [c["key"] for c in version["criteria"]]
    unknown = sorted(given - set(known))
    if unknown:
        raise RuleError("unknown_criterion", f"Unknown criterion {unknown[0]!r}. Known: {', '.join(known)}.")
    if not given:
        raise RuleError("nothing_ticked", "Tick the criteria that are met, or that none is.")
    if NONE in given and len(given) > 1:
        raise RuleError("contradiction", "None of the criteria cannot be ticked together with one of them.")
    cited = version["sources"]["child_protection" if child_protection else "other"]
    met = tuple(key for key in known if key in given and key != NONE)
    source = Source(cited["act"], cited["section"], {})
    return Urgency(bool(met), met, version["version"], version["alarm_minutes"], source)
