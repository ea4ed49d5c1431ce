"""Clocks of work items with a face, from their rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from polku.cases.models import WorkItem
from polku.deadlines import faces
from polku.deadlines import queries as deadlines
from polku.ui.clocks import Clock


def of_items(items: Iterable[WorkItem], *, at: datetime) -> list[Clock]:
    """Return the clocks of work items: running ones first, the nearest first, then those that were met; one query."""
    rows = deadlines.of_items(item.pk for item in items)
    rows.sort(key=lambda row: (row.met_at is not None, row.due_at is None, row.due_at or row.opened_at))
    return [faces.shown(row, at=at) for row in rows]
