"""What the outbox knows of its surroundings; built at start by `polku.site.messaging`, kept in Django's settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta

from django.conf import settings

from polku.gateways.contract import Gateway
from polku.gateways.sms.receipts import ReceiptSettings
from polku.outbox.states import Channel


@dataclass(frozen=True, slots=True)
class OutboxSettings:
    """Ways out, hours and patience of the outbox. Raises ValueError with a sentence when the values do not fit."""

    gateways: Mapping[str, Gateway]
    """By channel. A channel that is missing is not in use and nothing can be queued to it."""
    mail_domain: str
    """The right side of every Message-ID."""
    sender_names: Mapping[str, str]
    """Who the messages are from, by language."""
    opens: time = time(8, 0)
    closes: time = time(18, 0)
    """Local hours of working days in which messages go that nobody is waiting for."""
    most_tries: int = 8
    lease: timedelta = timedelta(seconds=90)
    first_pause: timedelta = timedelta(seconds=30)
    longest_pause: timedelta = timedelta(hours=4)
    receipts: ReceiptSettings | None = field(default=None)

    def __post_init__(self) -> None:
        if not self.opens < self.closes:
            raise ValueError("Office hours end after they begin.")
        longest = max((gateway.longest_seconds for gateway in self.gateways.values()), default=0.0)
        if self.lease.total_seconds() <= longest:
            raise ValueError(f"The lease must be longer than the longest call, {longest:g} s.")

    def channels(self) -> tuple[str, ...]:
        """Return the channels in use; a letter needs no gateway."""
        return tuple(channel for channel in Channel.values if channel == Channel.LETTER or channel in self.gateways)


def current() -> OutboxSettings:
    """Return the settings of this process."""
    found: OutboxSettings = settings.MESSAGES
    return found
