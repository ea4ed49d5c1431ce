"""Clocks of work items with a face, from their rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _

from polku.cases.models import WorkItem
from polku.deadlines import queries as deadlines
from polku.deadlines.models import Clock as Row
from polku.deadlines.states import AGREED
from polku.desk.clocks import working_days_left
from polku.desk.frame import address
from polku.ui import words
from polku.ui.clocks import Clock, face


def of_items(items: Iterable[WorkItem], *, at: datetime) -> list[Clock]:
    """Return the clocks of work items: running ones first, the nearest first, then those that were met."""
    rows = [row for item in items for row in deadlines.of_item(item)]
    rows.sort(key=lambda row: (row.met_at is not None, row.due_at is None, row.due_at or row.opened_at))
    return [clock(row, at=at) for row in rows]


def clock(row: Row, *, at: datetime) -> Clock:
    """Return a row's face: time left, what, by when and by which section."""
    why = address("deadlines:why", row.public_id)
    if row.met_at is not None:
        text = _("%(what)s %(time)s. The limit was %(day)s.") % {
            "what": row.name,
            "time": words.short_moment(row.met_at),
            "day": words.short_day(row.last_day) if row.last_day else words.short_moment(row.due_at),
        }
        return face(at=at, due=row.last_day, met=True, until=text, why_url=why)
    left = working_days_left(row.last_day, at=at) if row.counts_working_days else None
    due = row.due_at if row.rule == AGREED or row.last_day is None else row.last_day
    return face(
        at=at,
        due=due,
        working_days=left,
        waiting=bool(getattr(row, "paused", False)),
        what=row.name,
        until=_until(row),
        why_url=why,
    )


def _until(row: Row) -> str:
    source = words.nbsp(", ".join(part for part in (row.act, row.section) if part))
    if row.last_day is None:
        moment = words.short_moment(row.due_at) if row.due_at else ""
        return " – ".join(part for part in (moment, source) if part)
    return _("by %(day)s – %(source)s") % {"day": words.day(row.last_day), "source": source}
