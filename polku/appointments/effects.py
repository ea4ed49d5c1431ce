"""What a change of a calendar would do, before it is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from polku.appointments import openings
from polku.appointments.freetimes import Calendars
from polku.appointments.models import Appointment, Opening, Resource
from polku.appointments.queries import hit_by
from polku.appointments.snapshot import calendars, local_day
from polku.appointments.spans import HELSINKI, Span, day_span, merge, subtract

WEEKS = 8
DATES_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Effect:
    """What an opening would add in the coming weeks."""

    dates: list[date]
    hours: int
    overlapping: list[date]
    skipped: list[date]


def of_opening(worker: Resource, values: Mapping[str, Any], *, at: datetime) -> Effect:
    """The first dates of an opening, the hours it adds in the coming weeks, dates on which it overlaps what is open.

    `skipped` are dates on which it would be open but for a public holiday.
    """
    today = local_day(at)
    first = max(today, values["valid_from"])
    last = first + timedelta(weeks=WEEKS)
    once = values["weekday"] is None
    new = openings.Opening(
        starts=values["starts"],
        ends=values["ends"],
        weekday=values["weekday"] or 0,
        every=values["every_weeks"],
        anchor=values["valid_from"],
        valid_from=values["valid_from"],
        valid_until=values["valid_from"] if once else values["valid_until"] or date.max,
        on=values["valid_from"] if once else None,
    )
    read = calendars(worker, first=first, last=last, at=at)
    dates, overlapping, skipped, added = [], [], [], timedelta(0)
    for day in (first + timedelta(days=number) for number in range((last - first).days)):
        span = openings.expand(new, day)
        if span is None:
            continue
        if not once and day in read.holidays:
            skipped.append(day)
            continue
        dates.append(day)
        left = subtract(span, merge(_open_on(read, worker.pk, day)))
        added += sum((end - start for start, end in left), timedelta(0))
        if left != [span]:
            overlapping.append(day)
    return Effect(dates[:DATES_SHOWN], round(added / timedelta(hours=1)), overlapping[:DATES_SHOWN], skipped)


def _open_on(read: Calendars, worker: int, day: date) -> list[Span]:
    spans = (openings.expand(opening, day) for opening in read.openings.get(worker, ()))
    return [span for span in spans if span is not None]


def left_by(opening: Opening, last_day: date, *, at: datetime) -> list[Appointment]:
    """Agreed times after `last_day` that lie in an opening which would end then."""
    rule = openings.Opening(
        starts=opening.starts,
        ends=opening.ends,
        weekday=opening.weekday or 0,
        every=opening.every_weeks,
        anchor=opening.anchor or opening.valid_from,
        valid_from=opening.valid_from,
        valid_until=opening.valid_until or date.max,
        on=opening.on_date,
    )
    from_ = max(at, day_span(last_day)[1])
    rows = hit_by(opening.resource, starts_at=from_, ends_at=from_ + timedelta(days=400))
    found = []
    for row in rows:
        span = openings.expand(rule, row.starts_at.astimezone(HELSINKI).date())
        if span is not None and span[0] <= row.starts_at < span[1]:
            found.append(row)
    return found
