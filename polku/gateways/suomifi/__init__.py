"""Suomi.fi messages: a decision to the client's own electronic mailbox, and what became of it."""

from polku.gateways.suomifi.client import Event, Letter, NotNow, SuomiFi
from polku.gateways.suomifi.settings import SuomiFiSettings

__all__ = ["Event", "Letter", "NotNow", "SuomiFi", "SuomiFiSettings"]
