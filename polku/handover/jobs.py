"""What the stage does by itself, called by the worker: finds finished documents that nobody has taken along yet."""

from __future__ import annotations

import logging
from datetime import datetime

from polku.access.actions import job
from polku.access.models import Actor
from polku.handover import queries, tasks
from polku.kit import clock
from polku.kit.errors import Refused

log = logging.getLogger("polku.handover")


def make_missing(*, by: Actor, at: datetime) -> int:
    """Make the tasks that are missing; returns how many. One that cannot be made holds up no other."""
    made = 0
    for thing in queries.without_task():
        try:
            made += tasks.make(thing=thing, by=by, at=at) is not None
        except Refused as error:
            log.warning("document %s cannot be handed over: %s", thing.public_id, error.code)
    return made


def make() -> None:
    """Make a task for each finished document without one."""
    at = clock.now()
    make_missing(by=job("Asiakirjojen vienti", at=at), at=at)


TICKS = ((60.0, make),)
"""The steady work of the hand-over."""
