"""The clocks that a meeting meets: those whose rules its kind names (`Kind.rules`), on its case or contact."""

from __future__ import annotations

from datetime import datetime

from polku.access.models import Actor
from polku.appointments.models import Appointment


def meet(row: Appointment, *, by: Actor, at: datetime, met_at: datetime) -> None:
    """Meet the running clocks that this meeting answers."""


def unmeet(row: Appointment, *, by: Actor, at: datetime) -> None:
    """Let the clocks run again: the meeting was marked by mistake."""
