"""Missing times: how many clients wait for a time by which day, against the times that are free until then.

A client waits when a clock runs that a meeting of the kind would meet and no time is booked or held for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from polku.access.models import Unit
from polku.appointments import clocks
from polku.appointments.models import Kind
from polku.appointments.search import servable
from polku.appointments.seats import free_seats
from polku.appointments.snapshot import Wish, facts, local_day

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
    due = [last for last in clocks.waiting(kind, unit, at=at) if by_day is None or last is None or last <= by_day]
    seats_ = sum(number for day, number in free_seats(kind, unit, at=at) if by_day is None or day <= by_day)
    return Shortage(len(due), free * kind.capacity + seats_)


def weeks(kind: Kind, unit: Unit, *, at: datetime, count: int = WEEKS) -> list[Week]:
    """The coming weeks of a kind in a unit. Earlier free times serve later needs, never the other way round.

    A client whose day has passed, or who has no day, counts in the first week.
    """
    today = local_day(at)
    monday = today - timedelta(days=today.weekday())
    waiting = clocks.waiting(kind, unit, at=at)
    wish, last = Wish(kind, unit), monday + timedelta(days=7 * count - 1)
    seats_ = free_seats(kind, unit, at=at)
    read = facts(wish, first=today, last=last, at=at)
    found = []
    spare = 0
    for number in range(count):
        start = monday + timedelta(weeks=number)
        end = start + timedelta(days=6)
        low = date.min if number == 0 else start
        due = sum((last or today) <= end and (last or today) >= low for last in waiting)
        first = max(start, today)
        free = servable(read, first=first, last=end) * kind.capacity
        free += sum(number for day, number in seats_ if first <= day <= end)
        found.append(Week(kind, unit, start, due, free, max(due - free - spare, 0)))
        spare = max(spare + free - due, 0)
    return found


def alerts(pairs: list[tuple[Kind, Unit]], *, at: datetime) -> list[Week]:
    """The weeks in which times are missing, the nearest and the worst first: the manager's alert."""
    short = [week for kind, unit in pairs for week in weeks(kind, unit, at=at) if week.missing]
    return sorted(short, key=lambda week: (week.monday, -week.missing))
