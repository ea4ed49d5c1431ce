"""Suomi.fi messages: a decision to the client's own electronic mailbox, and what became of it."""

from polku.gateways.suomifi.client import NO_MAILBOX, Event, Letter, NotNow, SuomiFi
from polku.gateways.suomifi.console import ConsoleMessages
from polku.gateways.suomifi.settings import SuomiFiSettings

__all__ = ["NO_MAILBOX", "ConsoleMessages", "Event", "Letter", "NotNow", "SuomiFi", "SuomiFiSettings"]
