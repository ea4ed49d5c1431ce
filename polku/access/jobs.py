"""Steady work of access: counts of machines' requests and sessions that are over are forgotten."""

from __future__ import annotations

from polku.access.machines import forget_minutes
from polku.access.sessions import forget_ended
from polku.kit import clock


def forget() -> None:
    """Delete old counts of machines' requests, and sessions whose time is over."""
    forget_minutes(at=clock.now())
    forget_ended(at=clock.now())


TICKS = ((3600.0, forget),)
