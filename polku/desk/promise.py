"""The promise of the last five working days, for a glance beside the worklist."""

from __future__ import annotations

from datetime import datetime

from polku.access.models import Actor
from polku.ui.charts import Meter


def promise_meter(*, by: Actor, at: datetime) -> Meter | None:
    """Return how many contacts of the actor's units were answered in time, None while nothing can be counted."""
    return None
