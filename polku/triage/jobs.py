"""What triage does by itself, called by the worker: waiting work comes back on its day."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from polku.access.actions import job
from polku.access.models import Actor
from polku.cases.models import WorkItem
from polku.kit import clock
from polku.kit.localtime import local_date
from polku.triage.sharing import end_hold

_AT_ONCE = 500


def return_from_hold(*, by: Actor, at: datetime) -> int:
    """Clear the wait of work items whose day has come and write it on their timeline; returns how many.

    Lists show them from the day itself whether or not this has run: the day is compared when they are read. Each is
    a transaction of its own, and a row that somebody has locked is left for the next time.
    """
    came_back = 0
    while True:
        with transaction.atomic():
            rows = WorkItem.objects.select_for_update(skip_locked=True, of=("self",)).filter(
                closed_at__isnull=True, hold_until__lte=local_date(at)
            )
            found = list(rows.order_by("hold_until", "id")[:_AT_ONCE])
            for item in found:
                end_hold(item=item, by=by, at=at)
        came_back += len(found)
        if len(found) < _AT_ONCE:
            return came_back


def come_back() -> None:
    """Let waiting work come back."""
    at = clock.now()
    return_from_hold(by=job("Odottavien palautus", at=at), at=at)


TICKS = ((300.0, come_back),)
