"""Wall times turned to instants, and spans of time: joined, subtracted.

Pure. Instants are aware datetimes in UTC; a span is half-open. A wall time is what the clocks show in Finland.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

HELSINKI = ZoneInfo("Europe/Helsinki")
MIDNIGHT = time(0)

Span = tuple[datetime, datetime]
"""A half-open stretch of time in UTC: [start, end)."""


@lru_cache(maxsize=8192)
def at_wall_time(day: date, wall: time) -> datetime:
    """The instant (UTC) at which the clocks in Finland show `wall` on `day`.

    A wall time that the clock change removes becomes the moment of the change; one that comes twice is the first.
    """
    instant = datetime.combine(day, wall, HELSINKI).astimezone(UTC)
    if instant.astimezone(HELSINKI).time() == wall:
        return instant
    # Read with the offset of before the change it lands within the hour after it; the clocks change on a full hour.
    return instant.replace(minute=0, second=0, microsecond=0)


def wall_time_exists(day: date, wall: time) -> bool:
    """Whether the clocks in Finland show `wall` on `day` at all (not in the hour that summer time removes)."""
    instant = datetime.combine(day, wall, HELSINKI).astimezone(UTC)
    return instant.astimezone(HELSINKI).replace(tzinfo=None) == datetime.combine(day, wall)


def day_span(day: date) -> Span:
    """The local day from midnight to midnight as a span in UTC: 23, 24 or 25 hours."""
    return at_wall_time(day, MIDNIGHT), at_wall_time(day + timedelta(days=1), MIDNIGHT)


def merge(spans: Iterable[Span]) -> list[Span]:
    """Sorted spans that neither touch nor overlap, covering the same instants."""
    merged: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if merged and start <= merged[-1][1]:
            if end > merged[-1][1]:
                merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


def subtract(span: Span, busy: Sequence[Span]) -> list[Span]:
    """What is left of `span` after `busy` (merged spans, see `merge`)."""
    start, end = span
    left: list[Span] = []
    index = max(bisect_right(busy, (start, start)) - 1, 0)
    for taken_from, taken_to in busy[index:]:
        if taken_from >= end:
            break
        if taken_to <= start:
            continue
        if taken_from > start:
            left.append((start, taken_from))
        start = max(start, taken_to)
        if start >= end:
            return left
    left.append((start, end))
    return left


def overlaps(span: Span, spans: Iterable[Span]) -> bool:
    """Whether the span shares a moment with any of the others."""
    return any(start < span[1] and span[0] < end for start, end in spans)
