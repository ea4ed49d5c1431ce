"""Steady work of the log: sealing, anchoring, months made ahead, and the daily check."""

import logging
from datetime import timedelta

from polku.audit import actions, queries, seals
from polku.audit.verify import verify
from polku.kit import clock

log = logging.getLogger("polku.audit")


def seal() -> None:
    """Seal what has been committed since the last time."""
    seals.seal_all(at=clock.now())


def anchor() -> None:
    """Keep the chain's head outside the database when it is time."""
    seals.anchor(at=clock.now())


def prepare() -> None:
    """Make the log's coming months."""
    actions.prepare(clock.now())


def check() -> None:
    """Verify the whole log once a day and note what came of it; a fault is told to the technical log as well."""
    at = clock.now()
    last = queries.last_check()
    if last is not None and at - last.at < timedelta(hours=20):
        return
    report = verify(at=at)
    actions.checked(by=None, at=at, report=report)
    if not report.sound:
        log.error("the access log is not sound", extra={"findings": len(report.findings) + report.more})


# Read by the worker: how often in seconds, and what.
TICKS = ((1.0, seal), (60.0, anchor), (6 * 3600.0, prepare), (3600.0, check))
