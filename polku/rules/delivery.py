"""When a letter or message is deemed received (tiedoksisaanti): the day from which a review period counts.

The day itself is never moved off a holiday: only the end of the period that counts from it is (150/1930 5 §).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from polku.rules.calendar import day_text
from polku.rules.data import parameters
from polku.rules.errors import RuleError
from polku.rules.sentences import text
from polku.rules.versions import Source


@dataclass(frozen=True)
class Receipt:
    """The day on which something is deemed received, and by which rule."""

    way: str
    version: int
    sent: date
    day: date
    days: int
    in_force: bool
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
        """Return the sentence with its source in `fi`, `sv` or `en`."""
        received, sent = day_text(self.day, lang), day_text(self.sent, lang)
        if self.days:
            told = text("receipt", lang, received=received, sent=sent, days=self.days)
        else:
            told = text("receipt_same_day", lang, received=received)
        return f"{told} {text('source', lang, act=self.source.act(lang), section=self.source.section(lang))}"


def ways() -> dict[str, dict[str, str]]:
    """Return the ways of delivery and their names in three languages."""
    return {key: dict(way["name"]) for key, way in parameters("delivery")["ways"].items()}


def received(way: str, sent: date) -> Receipt:
    """Return the day on which something sent this way on a local day is deemed received.

    Raises:
        RuleError: there is no such way.
    """
    known: dict[str, Any] = parameters("delivery")["ways"]
    if way not in known:
        raise RuleError("unknown_way", f"There is no way of delivery {way!r}. The ways are: {', '.join(known)}.")
    versions = known[way]["versions"]
    before = [v for v in versions if v["valid_from"] <= sent]
    version = before[-1] if before else versions[0]
    source = Source(version["act"], version["section"], {})
    day = sent + timedelta(days=version["days"])
    return Receipt(way, version["version"], sent, day, version["days"], bool(before), source)
