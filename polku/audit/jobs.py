"""Steady work of the log: sealing, anchoring, and months made ahead."""

from polku.audit import actions, seals
from polku.kit import clock


def seal() -> None:
    """Seal what has been committed since the last time."""
    seals.seal_all(at=clock.now())


def anchor() -> None:
    """Keep the chain's head outside the database when it is time."""
    seals.anchor(at=clock.now())


def prepare() -> None:
    """Make the log's coming months."""
    actions.prepare(clock.now())


# Read by the worker: how often in seconds, and what.
TICKS = ((1.0, seal), (60.0, anchor), (6 * 3600.0, prepare))
