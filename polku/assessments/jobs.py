"""What the stage does by itself, called by the worker."""

from __future__ import annotations

from datetime import datetime

from polku.access.actions import job
from polku.access.models import Actor
from polku.assessments import reviews
from polku.kit import clock
from polku.kit.localtime import local_date

_AT_ONCE = 200


def open_reviews(*, by: Actor, at: datetime) -> int:
    """Bring the reviews of plans that are near to the lists; returns how many came now. May run again at any time."""
    due = reviews.reviews_due(day=local_date(at))[:_AT_ONCE]
    return sum(reviews.open_review(plan=plan, by=by, at=at) for plan in due)


def review() -> None:
    """Bring due reviews of plans to the lists."""
    at = clock.now()
    open_reviews(by=job("Suunnitelmien tarkistukset", at=at), at=at)


TICKS = ((600.0, review),)
