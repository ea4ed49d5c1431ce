"""Openings: local wall times in a rhythm, expanded for one local date at a time by one function.

Pure. An opening is kept as local wall time; each of its edges on a date is turned to UTC alone, so a day with a clock
change keeps its wall times.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import lru_cache

from polku.appointments.spans import MIDNIGHT, Span, Stretch, at_wall_time, micros


@dataclass(frozen=True, slots=True)
class Opening:
    """Local wall times in which a worker may be booked: every `every`-th week, or on one date (`on`).

    `ends` 00.00 means the end of the day. `anchor` is any date of a week in which the rhythm is on.
    `kinds` empty means every kind; `languages` empty means the worker's own languages apply. `shut_with` are the units
    whose closing days shut it: its own and the one that keeps its place. Many workers may share one opening.
    """

    starts: time
    ends: time
    weekday: int = 0
    every: int = 1
    anchor: date = date(2024, 1, 1)
    valid_from: date = date.min
    valid_until: date = date.max
    on: date | None = None
    place: int | None = None
    unit: int | None = None
    modes: tuple[str, ...] = ()
    kinds: frozenset[int] = frozenset()
    languages: frozenset[str] = frozenset()
    shut_with: tuple[int, ...] = ()


def is_on(opening: Opening, day: date) -> bool:
    """Whether the opening's rhythm and validity put it on this local date."""
    if not opening.valid_from <= day <= opening.valid_until:
        return False
    if opening.on is not None:
        return opening.on == day
    if opening.weekday != day.isoweekday():
        return False
    if opening.every == 1:
        return True
    weeks = (_monday(day) - _monday(opening.anchor)).days // 7
    return weeks % opening.every == 0


def expand(opening: Opening, day: date) -> Span | None:
    """The opening on a local date as a span in UTC, or None when it is not open then."""
    return edges(day, opening.starts, opening.ends) if is_on(opening, day) else None


def stretch(opening: Opening, day: date) -> Stretch | None:
    """The same in microseconds since 1970."""
    span = expand(opening, day)
    return None if span is None else (micros(span[0]), micros(span[1]))


@lru_cache(maxsize=8192)
def edges(day: date, starts: time, ends: time) -> Span | None:
    """Two wall times of a local date as a span in UTC; None when nothing is left of it (a removed hour)."""
    start = at_wall_time(day, starts)
    end = at_wall_time(day + timedelta(days=1) if ends == MIDNIGHT else day, ends)
    return (start, end) if start < end else None


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
