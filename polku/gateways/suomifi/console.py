"""A mailbox that leads nowhere: in the demo every person has one, and nothing leaves the house."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from polku.gateways.contract import Outcome, Result
from polku.gateways.suomifi.client import Event, Letter

log = logging.getLogger("polku.gateways.console")


class ConsoleMessages:
    """Takes every letter at once; the log gets its id and nothing else of it."""

    longest_seconds = 1.0

    def active(self, codes: Iterable[str]) -> set[str]:
        """Everybody has a mailbox."""
        return set(codes)

    def send(self, letter: Letter) -> Result:
        """Write one line to the log. A repeat is accepted like the first."""
        log.info("letter %s stays in the house", letter.external_id)
        return Result(Outcome.ACCEPTED, "console", provider_id=f"console-{letter.external_id}")

    def events(self, token: str = "") -> tuple[list[Event], str]:
        """Nothing ever happens."""
        return [], token
