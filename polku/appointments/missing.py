"""Missing times: how many clients wait for a time by which day, against the times that are free until then.

A client waits when a clock runs that a meeting of the kind would meet and no time is booked or held for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from polku.access.models import Unit
from polku.appointments import clocks
from polku.appointments.models import Kind
from polku.appointments.search import servable
from polku.appointments.seats import free_seats
from polku.appointments.snapshot import Facts, facts_by_unit, local_day

WEEKS = 4


@dataclass(frozen=True, slots=True)
class Shortage:
    """Until a day: how many clients wait, how many can be served, how many times are missing."""

    waiting: int
    free: int

    @property
    def missing(self) -> int:
        """How many times are missing."""
        return max(self.waiting - self.free, 0)


@dataclass(frozen=True, slots=True)
class Week:
    """One week of one kind in one unit: who must be met by its end, what is free in it, and what is missing."""

    kind: Kind
    unit: Unit
    monday: date
    waiting: int
    free: int
    missing: int

    @property
    def number(self) -> int:
        """The ISO number of the week."""
        return self.monday.isocalendar().week

    @property
    def sunday(self) -> date:
        """The last day of the week."""
        return self.monday + timedelta(days=6)


def shortage(kind: Kind, unit: Unit, *, by_day: date | None, free: int, at: datetime) -> Shortage:
    """Clients of the unit who must be met by a day (any day when None), against `free` times until then.

    A time of a group serves as many as it takes, and so do the free seats of the groups that are ahead.
    """
    due = [last for last in clocks.waiting(kind, [unit], at=at)[unit.pk] if by_day is None or last <= by_day]
    ahead = free_seats(kind, [unit], at=at)[unit.pk]
    return Shortage(len(due), free * kind.capacity + sum(n for day, n in ahead if by_day is None or day <= by_day))


def weeks(kind: Kind, unit: Unit, *, at: datetime, count: int = WEEKS) -> list[Week]:
    """The coming weeks of a kind in a unit (see `weeks_of`)."""
    return weeks_of(kind, [unit], at=at, count=count)[0]


def weeks_of(
    kind: Kind, units: Sequence[Unit], *, at: datetime, count: int = WEEKS, idle: bool = True
) -> list[list[Week]]:
    """The coming weeks of a kind in each of some units; as many queries for many units as for one.

    Earlier free times serve later needs, never the other way round. A client whose day has passed counts in the first
    week.

    Args:
        idle: reckon the free times of units where nobody waits, too. Nothing can be missing there; without it they
            are not looked at, and `free` is 0.
    """
    today = local_day(at)
    monday = today - timedelta(days=today.weekday())
    waiting = clocks.waiting(kind, units, at=at)
    asked = [unit for unit in units if idle or waiting[unit.pk]]
    ahead = free_seats(kind, asked, at=at)
    read = facts_by_unit(kind, asked, first=today, last=monday + timedelta(days=7 * count - 1), at=at)
    return [
        _weeks(kind, unit, read.get(unit.pk), waiting[unit.pk], ahead[unit.pk], today=today, count=count)
        for unit in units
    ]


def _weeks(
    kind: Kind,
    unit: Unit,
    read: Facts | None,
    waiting: list[date],
    ahead: list[tuple[date, int]],
    *,
    today: date,
    count: int,
) -> list[Week]:
    monday = today - timedelta(days=today.weekday())
    found = []
    spare = 0
    for number in range(count):
        start = monday + timedelta(weeks=number)
        end = start + timedelta(days=6)
        low = date.min if number == 0 else start
        due = sum(low <= last <= end for last in waiting)
        first = max(start, today)
        free = servable(read, first=first, last=end) * kind.capacity if read else 0
        free += sum(number for day, number in ahead if first <= day <= end)
        found.append(Week(kind, unit, start, due, free, max(due - free - spare, 0)))
        spare = max(spare + free - due, 0)
    return found


def weeks_of_pairs(pairs: Sequence[tuple[Kind, Unit]], *, at: datetime) -> list[Week]:
    """The coming weeks of kinds in units, in the order of the pairs; as many queries for each kind as for one unit."""
    of_kind: dict[Kind, list[Unit]] = {}
    for kind, unit in pairs:
        of_kind.setdefault(kind, []).append(unit)
    found = {
        (kind, unit): coming
        for kind, units in of_kind.items()
        for unit, coming in zip(units, weeks_of(kind, units, at=at), strict=True)
    }
    return [week for pair in pairs for week in found[pair]]


def alerts(pairs: list[tuple[Kind, Unit]], *, at: datetime) -> list[Week]:
    """The weeks in which times are missing, the nearest and the worst first: the manager's alert."""
    short = [week for week in weeks_of_pairs(pairs, at=at) if week.missing]
    return sorted(short, key=lambda week: (week.monday, -week.missing))
