"""What the stage does by itself, called by the worker."""

from __future__ import annotations

import logging

from polku.access.actions import job
from polku.decisions import delivering, sending
from polku.gateways.suomifi import NotNow
from polku.kit import clock

log = logging.getLogger("polku.decisions")

NAME = "Päätösten tiedoksianto"


def send() -> None:
    """Send the decisions that are due to clients' electronic mailboxes."""
    at = clock.now()
    sending.send_due(by=job(NAME, at=at), at=at)


def follow() -> None:
    """Read what has become of what was sent; mark what is deemed received, end review periods that have run out."""
    at = clock.now()
    by = job(NAME, at=at)
    try:
        sending.poll(at=at)
    except NotNow as error:
        log.warning("Suomi.fi messages told nothing of its events: %s", error)
    delivering.deem_received(by=by, at=at)
    delivering.end_reviews(by=by, at=at)


TICKS = ((5.0, send), (300.0, follow))
