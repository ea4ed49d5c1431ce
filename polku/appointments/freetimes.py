"""Free times: the one engine that shows a time and that checks it again when it is taken.

Pure: facts in, times out; no Django, no database, no clock. `queries.snapshot` reads the facts, `queries.search`
shows what `find` gives, and `actions.hold` asks `fitting` for the same answer under its locks.

Instants are aware datetimes in UTC; days are local dates in Finland; spans are half-open. An opening is kept as
local wall time and expanded for one local date at a time, each edge turned to UTC alone, so a day with a clock
change keeps its wall times. What is left of an opening is counted in UTC.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from polku.appointments.spans import HELSINKI, MIDNIGHT, Span, at_wall_time, overlaps, subtract

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
RESOLUTION = timedelta.resolution


@dataclass(frozen=True, slots=True)
class Opening:
    """Local wall times in which a worker may be booked: every `every`-th week, or on one date (`on`).

    `ends` 00.00 means the end of the day. `anchor` is any date of a week in which the rhythm is on.
    `kinds` empty means every kind; `languages` empty means the worker's own languages apply.
    """

    id: int
    resource: int
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


@dataclass(frozen=True, slots=True)
class Room:
    """A room: it has no openings of its own, it is free when nobody has claimed it."""

    resource: int
    place: int
    seats: int = 0


@dataclass(frozen=True, slots=True)
class Need:
    """What is looked for. A seat is one worker of the time: the resources that may sit in it, best first.

    `modes` and `places` empty mean any; `language` empty means any. `room_modes` are the modes in which
    a room is claimed too. `not_before` is now plus the lead time, `not_after` the horizon.
    """

    kind: int
    duration: timedelta
    seats: tuple[tuple[int, ...], ...]
    modes: tuple[str, ...]
    not_before: datetime
    not_after: datetime
    before: timedelta = timedelta(0)
    after: timedelta = timedelta(0)
    step: timedelta = timedelta(minutes=15)
    places: frozenset[int] = frozenset()
    language: str = ""
    room_modes: frozenset[str] = frozenset()
    room_size: int = 0
    units: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Time:
    """A time that can be booked: when, how, where and with whom. Equal to another when all of it is equal."""

    start: datetime
    end: datetime
    blocks: Span
    mode: str
    modes: tuple[str, ...]
    place: int | None
    workers: tuple[int, ...]
    room: int | None = None
    opening: int | None = None

    @property
    def resources(self) -> tuple[int, ...]:
        """Everything the time claims: its workers, and its room when it has one."""
        return self.workers if self.room is None else (*self.workers, self.room)

    @property
    def day(self) -> date:
        """The local date on which the time begins."""
        return local_day(self.start)


@dataclass(slots=True)
class Calendars:
    """The facts of a search: openings by worker, what is taken by resource, rooms by place, languages by worker.

    `busy` holds merged, sorted spans (`merge`): absences, live claims and imported busy times. `closed` holds, by
    opening, when its unit or place is shut. On `holidays` only openings of that very date are open.
    """

    openings: Mapping[int, Sequence[Opening]]
    busy: Mapping[int, Sequence[Span]] = field(default_factory=dict)
    rooms: Mapping[int, Sequence[Room]] = field(default_factory=dict)
    languages: Mapping[int, frozenset[str]] = field(default_factory=dict)
    closed: Mapping[int, Sequence[Span]] = field(default_factory=dict)
    holidays: frozenset[date] = frozenset()


@lru_cache(maxsize=8192)
def local_day(moment: datetime) -> date:
    """The date in Finland at an instant."""
    return moment.astimezone(HELSINKI).date()


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
    if not is_on(opening, day):
        return None
    start = at_wall_time(day, opening.starts)
    ends_on = day + timedelta(days=1) if opening.ends == MIDNIGHT else day
    end = at_wall_time(ends_on, opening.ends)
    return (start, end) if start < end else None


@dataclass(frozen=True, slots=True)
class Part:
    """A free stretch of one worker's opening that suits the need."""

    span: Span
    opening: Opening
    modes: tuple[str, ...]


def parts(resource: int, day: date, need: Need, calendars: Calendars) -> list[Part]:
    """The free stretches of one worker on one local date that suit the need, by time."""
    busy = calendars.busy.get(resource, ())
    found = []
    weekday, holiday = day.isoweekday(), day in calendars.holidays
    for opening in calendars.openings.get(resource, ()):
        # Most openings are of another weekday: not even asked.
        if opening.on is None and (holiday or opening.weekday != weekday):
            continue
        span = expand(opening, day)
        if span is None:
            continue
        modes = _suits(opening, need, calendars.languages.get(resource, frozenset()))
        if not modes:
            continue
        for open_ in subtract(span, calendars.closed.get(opening.id, ())):
            found += [Part(left, opening, modes) for left in subtract(open_, busy)]
    return sorted(found, key=lambda part: (part.span, part.opening.id))


def _suits(opening: Opening, need: Need, own_languages: frozenset[str]) -> tuple[str, ...]:
    """The wished modes this opening offers, best first; nothing when place, kind, unit or language do not match."""
    if opening.kinds and need.kind not in opening.kinds:
        return ()
    if need.units and opening.unit not in need.units:
        return ()
    if need.places and opening.place not in need.places:
        return ()
    if need.language and need.language not in (opening.languages or own_languages):
        return ()
    return tuple(mode for mode in need.modes if mode in opening.modes)


def times_on(day: date, need: Need, calendars: Calendars, *, share: bool = True) -> list[Time]:
    """Every time of one local date, by start: for each worker of the first seat the times that can be booked one
    after another, so that no two of the same worker overlap.

    With `share` two times may lean on the same room or second worker (a choice to show); without it each time uses
    up what it needs, so the number of times is a number of clients who can all be served.
    """
    free = {resource: parts(resource, day, need, calendars) for seat in need.seats for resource in seat}
    taken: dict[int, list[Span]] = {}
    found: list[Time] = []
    for lead in need.seats[0]:
        earliest = need.not_before
        for part in free[lead]:
            last = min(part.span[1] - need.after - need.duration, need.not_after - RESOLUTION)
            start = _aligned(max(part.span[0] + need.before, earliest), need.step)
            while start <= last:
                time_ = _complete(start, lead, part, need, free, calendars, taken)
                if time_ is None:
                    start += need.step
                    continue
                found.append(time_)
                earliest = time_.blocks[1] + need.before
                start = _aligned(earliest, need.step)
                if not share:
                    for resource in time_.resources:
                        taken.setdefault(resource, []).append(time_.blocks)
    order = {resource: number for number, resource in enumerate(need.seats[0])}
    return sorted(found, key=lambda found_: (found_.start, order[found_.workers[0]]))


def find(need: Need, calendars: Calendars, first: date, last: date, enough: int = 0) -> Iterator[Time]:
    """Times from the local date `first` to `last` (both included), by start; whole days until `enough` are found."""
    given = 0
    day = first
    while day <= last and not (enough and given >= enough):
        for time_ in times_on(day, need, calendars):
            given += 1
            yield time_
        day += timedelta(days=1)


def fitting(start: datetime, workers: Sequence[int], mode: str, need: Need, calendars: Calendars) -> Time | None:
    """The time that begins at `start` with exactly these workers in this mode, or None when it does not fit.

    The same test that `times_on` makes for each of its times; every time it has shown passes, until a fact changes.
    """
    if len(workers) != len(need.seats) or len(set(workers)) != len(workers) or mode not in need.modes:
        return None
    if any(worker not in seat for worker, seat in zip(workers, need.seats, strict=True)):
        return None
    if start < need.not_before or start >= need.not_after or not on_grid(start, need.step):
        return None
    day = start.astimezone(HELSINKI).date()
    exact = replace(need, modes=(mode,), seats=tuple((worker,) for worker in workers))
    free = {worker: parts(worker, day, exact, calendars) for worker in workers}
    for part in free[workers[0]]:
        if _holds(part.span, start, exact):
            time_ = _complete(start, workers[0], part, exact, free, calendars, {})
            if time_ is not None:
                return time_
    return None


def on_grid(start: datetime, step: timedelta) -> bool:
    """Whether a start falls on the kind's grid: whole steps from the full hour."""
    return (start - EPOCH) % step == timedelta(0)


def _aligned(moment: datetime, step: timedelta) -> datetime:
    """The first start on the grid at `moment` or after it."""
    return moment + (EPOCH - moment) % step


def _holds(span: Span, start: datetime, need: Need) -> bool:
    return span[0] <= start - need.before and start + need.duration + need.after <= span[1]


def _complete(
    start: datetime,
    lead: int,
    part: Part,
    need: Need,
    free: Mapping[int, Sequence[Part]],
    calendars: Calendars,
    taken: Mapping[int, Sequence[Span]],
) -> Time | None:
    """Fill the other seats and the room for a start that suits the first worker; best mode first."""
    blocks = (start - need.before, start + need.duration + need.after)
    place = part.opening.place
    if overlaps(blocks, taken.get(lead, ())):
        return None
    for mode in part.modes:
        workers = _seated(start, (lead,), mode, place, need, free, taken)
        if workers is None:
            continue
        room = None
        if mode in need.room_modes:
            room = _free_room(blocks, place, need.room_size, calendars, taken)
            if room is None:
                continue
        return Time(start, start + need.duration, blocks, mode, part.modes, place, workers, room, part.opening.id)
    return None


def _seated(
    start: datetime,
    seated: tuple[int, ...],
    mode: str,
    place: int | None,
    need: Need,
    free: Mapping[int, Sequence[Part]],
    taken: Mapping[int, Sequence[Span]],
) -> tuple[int, ...] | None:
    """One worker for each seat, all different, in the same place and mode; seats are few, so plain backtracking."""
    if len(seated) == len(need.seats):
        return seated
    blocks = (start - need.before, start + need.duration + need.after)
    for resource in need.seats[len(seated)]:
        if resource in seated or overlaps(blocks, taken.get(resource, ())):
            continue
        if any(
            mode in part.modes and part.opening.place == place and _holds(part.span, start, need)
            for part in free[resource]
        ):
            full = _seated(start, (*seated, resource), mode, place, need, free, taken)
            if full is not None:
                return full
    return None


def _free_room(
    blocks: Span, place: int | None, size: int, calendars: Calendars, taken: Mapping[int, Sequence[Span]]
) -> int | None:
    """The smallest free room of the place that is large enough."""
    if place is None:
        return None
    rooms = [room for room in calendars.rooms.get(place, ()) if room.seats >= size]
    for room in sorted(rooms, key=lambda room: (room.seats, room.resource)):
        if not overlaps(blocks, calendars.busy.get(room.resource, ())) and not overlaps(
            blocks, taken.get(room.resource, ())
        ):
            return room.resource
    return None


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
