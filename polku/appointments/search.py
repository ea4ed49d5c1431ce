"""Searching free times: the earliest inside the promise first, each with its reason; counts by worker and day.

Reads only. Shows exactly what `actions.hold` would accept (`freetimes`). `soonest` stops at the day on which there are
enough; `search` looks at whole weeks, because it also counts them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice

from polku.appointments.freetimes import Finder, Time
from polku.appointments.models import Appointment, Place, Resource
from polku.appointments.offers import Offer, Shown, Slot, Wanted
from polku.appointments.snapshot import Facts, Wish, away, facts, local_day, running_holds, standing, workers
from polku.appointments.spans import day_span, micros

__all__ = [
    "Offer", "Result", "Slot", "Wanted", "ahead", "next_free", "search", "servable", "slot_of", "soonest", "weekdays",
]  # fmt: skip
DAYS_SHOWN = 14
CALENDARS_READ = 100
"""How many calendars' days are read at first when the next free times are looked for."""


@dataclass(frozen=True, slots=True)
class Result:
    """What was found. `inside` and `after` are free or held times by start; `counts` free times by worker and day."""

    inside: list[Offer]
    after: list[Offer]
    servable: int
    days: list[date]
    workers: list[Resource]
    counts: Counter[tuple[int, date]]
    away: frozenset[tuple[int, date]]
    promise: date | None = None
    holds: list[Offer] = field(default_factory=list)

    @property
    def first(self) -> Offer | None:
        """The first time that can be taken: the earliest inside the promise, else the earliest late one."""
        return next((offer for offer in (*self.inside, *self.after) if not offer.held_by), None)


def search(wish: Wish, wanted: Wanted, *, at: datetime, first: date | None = None, late: int = 3) -> Result:
    """Find free times from `first` (today when left out).

    Reads the next 14 weekdays, further when the promise reaches further, and on to the horizon only when fewer than
    `late` times were found.

    Returns:
        All times inside the promise, the rest of the days shown after it.
    """
    first = max(first or local_day(at), local_day(at))
    days = weekdays(first, DAYS_SHOWN)
    last = max(days[-1], wanted.promise or days[-1])
    read = facts(wish, first=first, last=last, at=at)
    times = list(Finder(read.need, read.calendars).times(first, last))
    if len(times) < late:
        times += _whole_until(ahead(wish, last + timedelta(days=1), at=at), enough=late - len(times))
    leads = read.need.seats[0]
    shown = _behind(times, wanted, also=leads)
    offers = shown.rows(times, _matching_holds(wish, at=at, first=first, last=last))
    ends = micros(day_span(wanted.promise)[1]) if wanted.promise else None
    late_from = len(offers) if ends is None else bisect_left(offers, ends, key=lambda offer: offer.time.starts)
    people = {worker: shown.people[worker] for worker in leads}
    return Result(
        inside=offers[:late_from],
        after=offers[late_from:],
        servable=_served(times, read, first=first, last=wanted.promise or last),
        days=days,
        workers=list(people.values()),
        counts=Counter((time_.workers[0], time_.day) for time_ in times),
        away=_whole_days(away(people, first=first, last=last), days),
        promise=wanted.promise,
        holds=[offer for offer in offers if offer.held is not None],
    )


def soonest(wish: Wish, wanted: Wanted, *, at: datetime, most: int, first: date | None = None) -> list[Offer]:
    """The first free times from a local date on (today when left out): no more is worked out than the days they are on.

    Times that somebody holds are left out.
    """
    times = list(islice(ahead(wish, max(first or local_day(at), local_day(at)), at=at), most))
    return _behind(times, wanted).rows(times)


def ahead(wish: Wish, first: date, *, at: datetime) -> Iterator[Time]:
    """Times from a local date on, by start, until the horizon.

    What is taken is read for a few days, then for twice as many each time: most searches end on the first of them.
    """
    horizon = local_day(at + timedelta(days=wish.kind.horizon_days))
    if first > horizon:
        return
    read = standing(wish, first=first, last=horizon, at=at)
    finder = Finder(read.need, read.calendars)
    every = (first + timedelta(days=number) for number in range((horizon - first).days + 1))
    days = [day for day in every if finder.may_be_open(day)]
    # Many calendars have a free time on almost any day; of a few all days are read at once.
    reach = 1 + CALENDARS_READ // max(len(read.need.seats[0]), 1)
    while days:
        now, days, reach = days[:reach], days[reach:], reach * 2
        read.take(first=now[0], last=now[-1], at=at)
        for day in now:
            yield from finder.on(day)


def _whole_until(times: Iterable[Time], *, enough: int) -> list[Time]:
    """The times of whole days until there are enough."""
    found: list[Time] = []
    for time_ in times:
        if len(found) >= enough and time_.day != found[-1].day:
            break
        found.append(time_)
    return found


def next_free(wish: Wish, *, after: datetime, at: datetime) -> Time | None:
    """The first free time that begins at `after` or later, or before it when there is none later; None when none."""
    today, wanted = local_day(at), micros(after)
    day = max(local_day(after), today)
    found = next((time_ for time_ in ahead(wish, day, at=at) if time_.starts >= wanted), None)
    if found is None and day > today:
        found = next(ahead(wish, today, at=at), None)
    return found


def slot_of(time_: Time) -> Slot:
    """How a page or a machine names a time."""
    people = workers(time_.workers)
    return Slot(time_.start, tuple(people[worker].public_id for worker in time_.workers), time_.mode)


def _served(times: Sequence[Time], read: Facts, *, first: date, last: date) -> int:
    """The same as `servable`, from the times found where they share nothing."""
    if not read.need.shares:
        return sum(time_.day <= last for time_ in times)
    return servable(read, first=first, last=last)


def servable(read: Facts, *, first: date, last: date) -> int:
    """How many clients can all be given a time in these days, each time using up its workers and room."""
    finder = Finder(read.need, read.calendars)
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return sum(len(finder.on(day, share=False)) for day in days)


def _behind(times: Sequence[Time], wanted: Wanted, *, also: Collection[int] = ()) -> Shown:
    """What the rows of the times share, read for these times and `also` other workers."""
    people = workers({*also, *(worker for time_ in times for worker in time_.workers)})
    return Shown(wanted, people, Place.objects.in_bulk({time_.place for time_ in times} - {None}))


def _matching_holds(wish: Wish, *, at: datetime, first: date, last: date) -> list[Appointment]:
    rows = running_holds(kind=wish.kind, unit=wish.unit, first=first, last=last, at=at)
    return [
        row
        for row in rows
        if (not wish.places or row.place_id in wish.places)
        and (not wish.mode or row.mode == wish.mode)
        and (not wish.workers or any(claim.resource_id in wish.workers for claim in row.claims.all()))
    ]


def weekdays(first: date, count: int) -> list[date]:
    """So many days from Monday to Friday, from `first` on."""
    days: list[date] = []
    day = first
    while len(days) < count:
        if day.weekday() < 5:
            days.append(day)
        day += timedelta(days=1)
    return days


def _whole_days(away: Iterable[tuple[int, datetime, datetime]], days: Sequence[date]) -> frozenset[tuple[int, date]]:
    """Which workers are away for the whole of which days' office hours."""
    found = set()
    for worker, starts_at, ends_at in away:
        for day in days:
            midnight, next_midnight = day_span(day)
            if starts_at <= midnight + timedelta(hours=8) and ends_at >= next_midnight - timedelta(hours=8):
                found.add((worker, day))
    return frozenset(found)
