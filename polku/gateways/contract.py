"""What the outbox hands to a gateway, and the four answers a gateway may give."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Outcome(StrEnum):
    """How one try ended, seen from this side of the wire."""

    ACCEPTED = "accepted"
    """The other end took responsibility for the message."""
    TEMPORARY = "temporary"
    """It certainly did not go, and a later try may succeed (busy, closed, our own settings wrong)."""
    PERMANENT = "permanent"
    """It did not go and the same message never will (no such address, content refused)."""
    UNKNOWN = "unknown"
    """The line was cut after the message was handed over: it may have gone. Repeat with the same id."""


@dataclass(frozen=True, slots=True)
class Result:
    """The end of one try. ``detail`` holds codes only: what servers write back may quote the recipient's address."""

    outcome: Outcome
    detail: str = ""
    provider_id: str = ""
    delivered: bool = False
    """True only when the other end says that the message has reached the recipient, not merely a queue."""


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that goes with an e-mail."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message as it leaves. Every repeat of the same message is equal to the first, ``message_id`` included."""

    message_id: str
    to: str
    subject: str
    body: str
    language: str
    written_at: datetime
    enclosures: tuple[Enclosure, ...] = ()

    def __repr__(self) -> str:
        """Name the message only: address and text stay out of logs and tracebacks."""
        return f"<Outgoing {self.message_id}>"


class Gateway(Protocol):
    """A way out. ``send`` returns within ``longest_seconds``, whatever the other end does."""

    @property
    def longest_seconds(self) -> float:
        """The longest time one ``send`` may take; a lease on a message must be longer."""

    def send(self, message: Outgoing) -> Result:
        """Hand the message to the outside system once."""
