"""Wall times turned to instants, and spans of time: joined, subtracted.

Pure. Instants are aware datetimes in UTC, or whole microseconds since 1970 (`micros`), which the search reckons in; a
span is half-open. A wall time is what the clocks show in Finland.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TypeVar
from zoneinfo import ZoneInfo

HELSINKI = ZoneInfo("Europe/Helsinki")
MIDNIGHT = time(0)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta.resolution

Span = tuple[datetime, datetime]
"""A half-open stretch of time in UTC: [start, end)."""
Stretch = tuple[int, int]
"""The same in whole microseconds since 1970."""
T = TypeVar("T", datetime, int)


def micros(moment: datetime) -> int:
    """The microseconds since 1970 of an instant."""
    return (moment - EPOCH) // _MICROSECOND


def instant(moment: int) -> datetime:
    """The instant (UTC) of microseconds since 1970."""
    return EPOCH + timedelta(microseconds=moment)


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


@lru_cache(maxsize=8192)
def local_day(moment: datetime) -> date:
    """The date in Finland at an instant."""
    return moment.astimezone(HELSINKI).date()


def day_span(day: date) -> Span:
    """The local day from midnight to midnight as a span in UTC: 23, 24 or 25 hours."""
    return at_wall_time(day, MIDNIGHT), at_wall_time(day + timedelta(days=1), MIDNIGHT)


def merge(spans: Iterable[tuple[T, T]]) -> list[tuple[T, T]]:
    """Sorted spans that neither touch nor overlap, covering the same instants."""
    merged: list[tuple[T, T]] = []
    for start, end in sorted(spans):
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            if end > merged[-1][1]:
                merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


def subtract(span: tuple[T, T], busy: Sequence[tuple[T, T]]) -> list[tuple[T, T]]:
    """What is left of `span` after `busy` (merged spans, see `merge`)."""
    start, end = span
    left: list[tuple[T, T]] = []
    for index in range(max(bisect_right(busy, (start, start)) - 1, 0), len(busy)):
        taken_from, taken_to = busy[index]
        if taken_from >= end:
            break
        if taken_to <= start:
            continue
        if taken_from > start:
            left.append((start, taken_from))
        start = taken_to
        if start >= end:
            return left
    left.append((start, end))
    return left


def overlaps(span: tuple[T, T], spans: Iterable[tuple[T, T]]) -> bool:
    """Whether the span shares a moment with any of the others."""
    return any(start < span[1] and span[0] < end for start, end in spans)
