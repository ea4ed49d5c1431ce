"""Steady work of access: counts of machines' requests are forgotten."""

from __future__ import annotations

from polku.access.machines import forget_minutes
from polku.kit import clock


def forget() -> None:
    """Delete old counts of machines' requests."""
    forget_minutes(at=clock.now())


TICKS = ((3600.0, forget),)
