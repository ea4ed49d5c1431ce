"""Free times: the one engine that shows a time and that checks it again when it is taken.

Pure: facts in, times out; no Django, no database, no clock. `snapshot` reads the facts, `search` shows what
`Finder.on` gives day by day, and `actions.hold` asks `fitting` for the same answer under its locks.

Days are local dates in Finland; inside, instants are whole microseconds since 1970 and spans are half-open
(`spans.Stretch`): with datetimes the same search takes ten times as long. A `Need` and a `Time` speak in datetimes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from operator import itemgetter
from typing import NamedTuple

from polku.appointments.openings import Opening, stretch
from polku.appointments.spans import Span, Stretch, instant, local_day, merge, micros, overlaps, subtract


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
    terms: Mapping[tuple[int, int], Sequence[tuple[date, date]]] = field(default_factory=dict)
    """By (number of the seat, resource), who may sit there on some of the days only: the first and last of them."""

    def seats_on(self, day: date) -> tuple[tuple[int, ...], ...]:
        """The seats as they are on a local date: with those whose post is in force then."""
        if not self.terms:
            return self.seats
        return tuple(
            tuple(
                resource
                for resource in seat
                if (number, resource) not in self.terms
                or any(first <= day <= last for first, last in self.terms[number, resource])
            )
            for number, seat in enumerate(self.seats)
        )

    @property
    def shares(self) -> bool:
        """Whether a time needs more than its one worker, so that two times may lean on the same."""
        return len(self.seats) > 1 or bool(self.room_modes)


class Time(NamedTuple):
    """A time that can be booked: when, how, where and with whom. Equal to another when all of it is equal."""

    starts: int
    """In microseconds since 1970, as `ends` and `blocked`: with the buffers around it."""
    ends: int
    blocked: Stretch
    day: date
    """The local date on which it begins."""
    mode: str
    modes: tuple[str, ...]
    place: int | None
    workers: tuple[int, ...]
    room: int | None = None

    @property
    def start(self) -> datetime:
        """When it begins, in UTC."""
        return instant(self.starts)

    @property
    def end(self) -> datetime:
        """When it ends, in UTC."""
        return instant(self.ends)

    @property
    def blocks(self) -> Span:
        """What it takes of each of its resources, in UTC."""
        return instant(self.blocked[0]), instant(self.blocked[1])

    @property
    def resources(self) -> tuple[int, ...]:
        """Everything the time claims: its workers, and its room when it has one."""
        return self.workers if self.room is None else (*self.workers, self.room)


@dataclass(slots=True)
class Calendars:
    """The facts of a search: openings by worker, what is taken by resource, rooms by place, languages by worker.

    `busy` holds merged, sorted stretches (`merge`): absences, live claims and imported busy times. `closed` holds, by
    unit, when it is shut. On `holidays` only openings of that very date are open.
    """

    openings: Mapping[int, Sequence[Opening]]
    busy: Mapping[int, Sequence[Stretch]] = field(default_factory=dict)
    rooms: Mapping[int, Sequence[Room]] = field(default_factory=dict)
    languages: Mapping[int, frozenset[str]] = field(default_factory=dict)
    closed: Mapping[int, Sequence[Stretch]] = field(default_factory=dict)
    holidays: frozenset[date] = frozenset()

    def open_on(self, opening: Opening, day: date) -> list[Stretch]:
        """When the opening is open on a local date, closing days and holidays left out."""
        if opening.on is None and day in self.holidays:
            return []
        whole = stretch(opening, day)
        if whole is None:
            return []
        shut = merge(closed for unit in {*opening.shut_with} for closed in self.closed.get(unit, ()))
        return subtract(whole, shut)


class _Part(NamedTuple):
    """A free stretch of one worker's opening that suits the need."""

    start: int
    end: int
    place: int | None
    modes: tuple[str, ...]


class Finder:
    """A need and the calendars, made ready to be asked day by day.

    What is taken may be read on as the days go on: `calendars.busy` is looked at anew for each day.
    """

    def __init__(self, need: Need, calendars: Calendars) -> None:
        self.need, self._calendars = need, calendars
        self._duration, self._before, self._after, self._step = (
            span // timedelta.resolution for span in (need.duration, need.before, need.after, need.step)
        )
        self._not_before, self._not_after = micros(need.not_before), micros(need.not_after)
        self._of = self._suiting()

    def _suiting(self) -> dict[int, dict[int | date, list[_Suiting]]]:
        """The openings of each worker that suit the need, with the ways to meet in them, by weekday or date."""
        need, calendars = self.need, self._calendars
        # Workers share openings: each is looked at once, whoever has it.
        seen: dict[tuple[int, bool], tuple[str, ...]] = {}
        found = {}
        for resource in {resource for seat in need.seats for resource in seat}:
            speaks = need.language in calendars.languages.get(resource, ())
            mine: dict[int | date, list[_Suiting]] = {}
            for opening in calendars.openings.get(resource, ()):
                same = (id(opening), speaks)
                modes = seen.get(same)
                if modes is None:
                    modes = seen[same] = _suits(opening, need, speaks=speaks)
                if modes:
                    mine.setdefault(opening.on or opening.weekday, []).append((opening, modes))
            found[resource] = mine
        return found

    @cached_property
    def _days(self) -> set[int | date]:
        """The weekdays and the dates on which anybody in the first seat may be open."""
        return {day for lead in self.need.seats[0] for day in self._of[lead]}

    def may_be_open(self, day: date) -> bool:
        """Whether anything can be open on a local date; a day of which nothing need be read when not."""
        return day in self._days or (day.isoweekday() in self._days and day not in self._calendars.holidays)

    def on(self, day: date, *, share: bool = True) -> list[Time]:
        """Every time of one local date, by start: for each worker of the first seat the times that can be booked one
        after another, so that no two of the same worker overlap.

        With `share` two times may lean on the same room or second worker (a choice to show); without it each time uses
        up what it needs, so the number of times is a number of clients who can all be served.
        """
        if not self.may_be_open(day):
            return []
        free = _Free(self, day)
        found = self._one_after_another(free, share=share) if self.need.shares else self._alone(free)
        # Sorting is stable: at the same start the workers stay in the order of the seat.
        found.sort(key=_STARTS)
        return found

    def _alone(self, free: _Free) -> list[Time]:
        """The times of workers who need nobody else and no room: every start that fits is one."""
        before, duration, step = self._before, self._duration, self._step
        takes, until = duration + self._after, self._not_after - 1
        found: list[Time] = []
        for lead in free.seats[0]:
            workers, earliest = (lead,), self._not_before
            for begins, ends, place, modes in free.of(lead):
                last = min(ends - takes, until)
                start = max(begins + before, earliest)
                start += -start % step
                while start <= last:
                    blocked = (start - before, start + takes)
                    found.append(Time(start, start + duration, blocked, free.day, modes[0], modes, place, workers))
                    earliest = start = blocked[1] + before
                    start += -start % step
        return found

    def _one_after_another(self, free: _Free, *, share: bool) -> list[Time]:
        """The times of workers who need others or a room: a start is one when all of these are free."""
        found: list[Time] = []
        for lead in free.seats[0]:
            earliest = self._not_before
            for part in free.of(lead):
                last = min(part.end - self._after - self._duration, self._not_after - 1)
                start = max(part.start + self._before, earliest)
                start += -start % self._step
                while start <= last:
                    time_ = self._complete(start, lead, part, free)
                    if time_ is None:
                        start += self._step
                        continue
                    found.append(time_)
                    earliest = start = time_.blocked[1] + self._before
                    start += -start % self._step
                    if not share:
                        free.take(time_)
        return found

    def times(self, first: date, last: date) -> Iterator[Time]:
        """Times from the local date `first` to `last` (both included), by start."""
        for number in range((last - first).days + 1):
            yield from self.on(first + timedelta(days=number))

    def exactly(self, start: int, workers: Sequence[int]) -> Time | None:
        """The time that begins then, as `on` would complete it for its first worker; None when it does not fit."""
        if not self._not_before <= start < self._not_after or start % self._step:
            return None
        free = _Free(self, local_day(instant(start)))
        for part in free.of(workers[0]):
            if self._holds(part, start):
                time_ = self._complete(start, workers[0], part, free)
                if time_ is not None:
                    return time_
        return None

    def _holds(self, part: _Part, start: int) -> bool:
        return part.start <= start - self._before and start + self._duration + self._after <= part.end

    def _complete(self, start: int, lead: int, part: _Part, free: _Free) -> Time | None:
        """Fill the other seats and the room for a start that suits the first worker; best mode first."""
        end = start + self._duration
        blocked = (start - self._before, end + self._after)
        if overlaps(blocked, free.taken.get(lead, ())):
            return None
        for mode in part.modes:
            workers = self._seated(start, (lead,), mode, part.place, free)
            if workers is None:
                continue
            room = None
            if mode in self.need.room_modes:
                room = self._free_room(blocked, part.place, free)
                if room is None:
                    continue
            return Time(start, end, blocked, free.day, mode, part.modes, part.place, workers, room)
        return None

    def _seated(
        self, start: int, seated: tuple[int, ...], mode: str, place: int | None, free: _Free
    ) -> tuple[int, ...] | None:
        """One worker for each seat, all different, in the same place and mode; seats are few, so plain backtracking."""
        if len(seated) == len(self.need.seats):
            return seated
        blocked = (start - self._before, start + self._duration + self._after)
        for resource in free.seats[len(seated)]:
            if resource in seated or overlaps(blocked, free.taken.get(resource, ())):
                continue
            if any(
                mode in part.modes and part.place == place and self._holds(part, start) for part in free.of(resource)
            ):
                full = self._seated(start, (*seated, resource), mode, place, free)
                if full is not None:
                    return full
        return None

    def _free_room(self, blocked: Stretch, place: int | None, free: _Free) -> int | None:
        """The smallest free room of the place that is large enough."""
        if place is None:
            return None
        busy = self._calendars.busy
        rooms = [room for room in self._calendars.rooms.get(place, ()) if room.seats >= self.need.room_size]
        for room in sorted(rooms, key=lambda room: (room.seats, room.resource)):
            if not overlaps(blocked, busy.get(room.resource, ())) and not overlaps(
                blocked, free.taken.get(room.resource, ())
            ):
                return room.resource
        return None

    def parts(self, resource: int, day: date, whole: dict[int, list[Stretch]]) -> list[_Part]:
        """The free stretches of one worker on one local date that suit the need, by time.

        `whole` keeps what each opening is on the day, for the others who share it.
        """
        busy, mine = self._calendars.busy.get(resource, ()), self._of[resource]
        found: list[_Part] = []
        in_order = True
        for opening, modes in (*mine.get(day.isoweekday(), ()), *mine.get(day, ())):
            open_ = whole.get(id(opening))
            if open_ is None:
                open_ = whole[id(opening)] = self._calendars.open_on(opening, day)
            for stretch_ in open_:
                for start, end in subtract(stretch_, busy):
                    in_order = in_order and (not found or found[-1].end <= start)
                    found.append(_Part(start, end, opening.place, modes))
        if not in_order:
            # What is open twice at the same hours comes in the order of its place, the same for every reader.
            found.sort(key=lambda part: (part.start, part.end, part.place or 0, part.modes))
        return found


_Suiting = tuple[Opening, tuple[str, ...]]


class _Free:
    """What is free on one day, by resource, worked out when asked for; and what the day's own times have taken."""

    def __init__(self, finder: Finder, day: date) -> None:
        self.day = day
        self.seats = finder.need.seats_on(day)
        self.taken: dict[int, list[Stretch]] = {}
        self._finder = finder
        self._whole: dict[int, list[Stretch]] = {}
        self._parts: dict[int, list[_Part]] = {}

    def of(self, resource: int) -> list[_Part]:
        """The free stretches of a worker."""
        found = self._parts.get(resource)
        if found is None:
            found = self._parts[resource] = self._finder.parts(resource, self.day, self._whole)
        return found

    def take(self, time_: Time) -> None:
        """Use up what a time needs."""
        for resource in time_.resources:
            self.taken.setdefault(resource, []).append(time_.blocked)


_STARTS = itemgetter(0)


def _suits(opening: Opening, need: Need, *, speaks: bool) -> tuple[str, ...]:
    """The wished modes this opening offers, best first; nothing when place, kind, unit or language do not match."""
    if opening.kinds and need.kind not in opening.kinds:
        return ()
    if need.units and opening.unit not in need.units:
        return ()
    if need.places and opening.place not in need.places:
        return ()
    if need.language and not (need.language in opening.languages if opening.languages else speaks):
        return ()
    return tuple(mode for mode in need.modes if mode in opening.modes)


def fitting(start: datetime, workers: Sequence[int], mode: str, need: Need, calendars: Calendars) -> Time | None:
    """The time that begins at `start` with exactly these workers in this mode, or None when it does not fit.

    The same test that `Finder.on` makes for each of its times; every time it has shown passes, until a fact changes.
    """
    if len(workers) != len(need.seats) or len(set(workers)) != len(workers) or mode not in need.modes:
        return None
    seats = need.seats_on(local_day(start))
    if any(worker not in seat for worker, seat in zip(workers, seats, strict=True)):
        return None
    exact = replace(need, modes=(mode,), seats=tuple((worker,) for worker in workers), terms={})
    return Finder(exact, calendars).exactly(micros(start), workers)
