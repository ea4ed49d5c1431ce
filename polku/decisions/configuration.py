"""What decisions know of their surroundings; built at start by `polku.site.letters`, kept in Django's settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from django.conf import settings

from polku.gateways.contract import Result
from polku.gateways.suomifi import Event, Letter


class Messages(Protocol):
    """The way out to clients' electronic mailboxes."""

    @property
    def longest_seconds(self) -> float:
        """The longest time one `send` may take; a lease on a letter must be longer."""

    def active(self, codes: Iterable[str]) -> set[str]:
        """Return those identity codes whose holders have a mailbox."""

    def send(self, letter: Letter) -> Result:
        """Hand one letter over; a repeat with the same id is the same letter."""

    def events(self, token: str = "") -> tuple[list[Event], str]:
        """Return what has happened since the place that `token` names, and the place to go on from."""


@dataclass(frozen=True, slots=True)
class DecisionSettings:
    """The authority's words in a letter, its diary, where a review is requested, the way out.

    `county` and the texts of `review` are by language; `review` has the fields of the part `review`. Raises ValueError
    with a sentence when the values do not fit.
    """

    county: Mapping[str, str]
    web: str
    diary: str
    review: Mapping[str, Any]
    gateway: Messages | None = None
    lease: timedelta = timedelta(seconds=300)
    most_tries: int = 12
    first_pause: timedelta = timedelta(seconds=30)
    longest_pause: timedelta = timedelta(hours=4)

    def __post_init__(self) -> None:
        if not self.diary.isalpha() or not self.diary.isupper():
            raise ValueError("A diary's sign is capital letters only, such as LUHVA.")
        if self.gateway is not None and self.lease.total_seconds() <= self.gateway.longest_seconds:
            raise ValueError(f"The lease must be longer than the longest call, {self.gateway.longest_seconds:g} s.")


def current() -> DecisionSettings:
    """Return the settings of this process."""
    found: DecisionSettings = settings.DECISIONS
    return found
