"""The facts of a search, read from the database into the engine's own types (`freetimes`). Reads only.

A search and a booking read through the same functions, so a time that is shown is refused only when a fact has
changed in between. Thousands of rows become few: workers who are open alike come as one row, what is taken of a
worker comes as one row of whole numbers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import Prefetch

from polku.access.models import Absence, ClosingDay, Unit
from polku.acting import beyond
from polku.appointments import freetimes
from polku.appointments.models import Appointment, Claim, Kind, Resource
from polku.appointments.openings import Opening
from polku.appointments.spans import Stretch, at_wall_time, day_span, local_day, merge, micros
from polku.appointments.states import ROOM_MODES, ResourceKind, State
from polku.asking import Question, value
from polku.rules.calendar import holidays_of

__all__ = [
    "CLAIMS", "Facts", "Wish", "away", "calendars", "facts", "facts_by_unit", "first_seat", "local_day",
    "running_holds", "standing", "utc", "workers",
]  # fmt: skip

TAKEN = "a time is taken whoever has it; no client's name is read"
CLAIMS: Final = Prefetch("claims", queryset=Claim.objects.select_related("resource__actor"))
"""The claims of appointments with the workers and rooms behind them, in one query."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody looks for. Empty fields mean any; `workers` are resources, for the first seat."""

    kind: Kind
    unit: Unit
    mode: str = ""
    places: frozenset[int] = frozenset()
    language: str = ""
    workers: frozenset[int] = frozenset()
    ignore: int | None = None
    """An appointment whose own claims do not count: the one that is being moved."""


@dataclass(slots=True)
class Facts:
    """A wish as the engine understands it, with the calendars it needs."""

    need: freetimes.Need
    calendars: freetimes.Calendars
    ignore: int | None = None

    def take(self, *, first: date, last: date, at: datetime) -> None:
        """Read what is taken on the local dates from `first` to `last` (both included), instead of what was known."""
        workers = {resource for seat in self.need.seats for resource in seat}
        rooms = (room.resource for found in self.calendars.rooms.values() for room in found)
        self.calendars.busy = _busy([*workers, *rooms], first=first, last=last, at=at, ignore=self.ignore)


def facts(wish: Wish, *, first: date, last: date, at: datetime, only: Collection[int] = ()) -> Facts:
    """Read everything a search from the local date `first` to `last` needs; the number of queries is fixed.

    `only` leaves out everybody but these workers, from every seat: all that one time is about.
    """
    found = standing(wish, first=first, last=last, at=at, only=only)
    found.take(first=first, last=last, at=at)
    return found


def standing(wish: Wish, *, first: date, last: date, at: datetime, only: Collection[int] = ()) -> Facts:
    """Read what stands for the local dates from `first` to `last`, whoever takes what: `Facts.take` reads the rest."""
    need, languages = _need(wish, first=first, last=last, at=at, only=only)
    workers = sorted({resource for seat in need.seats for resource in seat})
    found = _calendars(workers, first=first, last=last, languages=languages, rooms=wish.kind.needs_room)
    return Facts(need, found, wish.ignore)


def facts_by_unit(kind: Kind, units: Collection[Unit], *, first: date, last: date, at: datetime) -> dict[int, Facts]:
    """Read the facts of a kind in several units at once, by the unit's id; as many queries as for one."""
    if not units:
        return {}
    wish = Wish(kind, next(iter(units)))
    needs, languages = _needs(wish, [unit.pk for unit in units], first=first, last=last, at=at)
    workers = sorted({resource for need in needs.values() for seat in need.seats for resource in seat})
    read = _calendars(workers, first=first, last=last, languages=languages, rooms=kind.needs_room)
    rooms = (room.resource for found in read.rooms.values() for room in found)
    read.busy = _busy([*workers, *rooms], first=first, last=last, at=at)
    return {unit.pk: Facts(needs[unit.pk], read) for unit in units}


def calendars(worker: Resource, *, first: date, last: date, at: datetime) -> freetimes.Calendars:
    """Read a worker's calendar for local dates."""
    found = _calendars([worker.pk], first=first, last=last)
    found.busy = _busy([worker.pk], first=first, last=last, at=at)
    return found


def workers(resources: Iterable[int]) -> dict[int, Resource]:
    """The rows of workers by id, with the person of each."""
    return {row.pk: row for row in _WORKERS(resources=sorted(resources))}


def first_seat(kind: Kind, unit: Unit, *, at: datetime) -> list[Resource]:
    """Everybody who may sit in the first seat of a kind today, by name."""
    today = local_day(at)
    need, _languages = _need(Wish(kind, unit), first=today, last=today, at=at, only=())
    people = workers(need.seats[0])
    return [people[worker] for worker in need.seats[0]]


_WORKERS = Question(lambda: Resource.objects.filter(pk__any_of=value("resources")).select_related("actor"))


# Who may sit where ------------------------------------------------------------------------------------------------

# A kind without seats takes one worker of the unit, whatever the role.
_SITTING = """
WITH place AS (
    SELECT unnest(%(units)s::bigint[]) AS id
), asked AS (
    SELECT place.id AS place, s.position, coalesce(s.unit_id, place.id) AS unit_id, s.roles
    FROM place, appointments_kindseat s WHERE s.kind_id = %(kind)s
), seat AS (
    SELECT * FROM asked UNION ALL SELECT id, 1, id, '{}' FROM place WHERE NOT EXISTS (SELECT FROM asked)
)
SELECT seat.place, seat.position, seat.unit_id, who.id, who.languages, who.firsts, who.lasts
FROM seat LEFT JOIN LATERAL (
    SELECT r.id, a.name, a.languages,
           array_agg(greatest(m.valid_from, %(first)s)) AS firsts,
           array_agg(least(m.valid_until, %(last)s)) AS lasts
    FROM access_membership m JOIN access_actor a ON a.id = m.actor_id JOIN appointments_resource r ON r.actor_id = a.id
    WHERE m.unit_id = seat.unit_id AND (seat.roles = '{}' OR m.role = ANY (seat.roles)) AND r.kind = 'worker'
      AND r.active AND m.valid_from <= %(last)s AND (m.valid_until IS NULL OR m.valid_until >= %(first)s)
      AND (%(all)s::boolean OR r.id = ANY (%(only)s::bigint[]))
    GROUP BY r.id, a.id
) who ON true
ORDER BY seat.place, seat.position, who.name, who.id
"""


def _need(
    wish: Wish, *, first: date, last: date, at: datetime, only: Collection[int]
) -> tuple[freetimes.Need, dict[int, frozenset[str]]]:
    """The need with its seats on these local dates, and the languages of those who may sit in them."""
    needs, languages = _needs(wish, [wish.unit.pk], first=first, last=last, at=at, only=only)
    return needs[wish.unit.pk], languages


def _needs(
    wish: Wish, where: Collection[int], *, first: date, last: date, at: datetime, only: Collection[int] = ()
) -> tuple[dict[int, freetimes.Need], dict[int, frozenset[str]]]:
    """The same need in several units, by unit; one query."""
    asked = {
        "kind": wish.kind.pk, "units": list(where), "first": first, "last": last, "all": not only, "only": sorted(only),
    }  # fmt: skip
    found: dict[int, list[tuple[Any, ...]]] = {}
    for place, *row in _rows(_SITTING, asked):
        found.setdefault(place, []).append(tuple(row))
    languages: dict[int, frozenset[str]] = {}
    needs = {place: _seated(wish, rows, languages, first=first, last=last, at=at) for place, rows in found.items()}
    return needs, languages


def _seated(
    wish: Wish, rows: Iterable[tuple[Any, ...]], languages: dict[int, frozenset[str]],
    *, first: date, last: date, at: datetime,
) -> freetimes.Need:  # fmt: skip
    kind = wish.kind
    seats: dict[int, list[int]] = {}
    units: set[int] = set()
    terms: dict[tuple[int, int], list[tuple[date, date]]] = {}
    for position, unit, resource, speaks, firsts, lasts in rows:
        units.add(unit)
        seat = seats.setdefault(position, [])
        number = len(seats) - 1
        if resource is None or (number == 0 and wish.workers and resource not in wish.workers):
            continue
        seat.append(resource)
        languages[resource] = frozenset(speaks)
        term = list(zip(firsts, lasts, strict=True))
        if (first, last) not in term:
            terms[number, resource] = term
    return freetimes.Need(
        kind=kind.pk,
        duration=timedelta(minutes=kind.duration_minutes),
        before=timedelta(minutes=kind.before_minutes),
        after=timedelta(minutes=kind.after_minutes),
        step=timedelta(minutes=kind.step_minutes),
        seats=tuple(tuple(seat) for seat in seats.values()),
        modes=(wish.mode,) if wish.mode else tuple(kind.modes),
        not_before=at + timedelta(minutes=kind.lead_minutes),
        not_after=at + timedelta(days=kind.horizon_days),
        places=wish.places,
        language=wish.language,
        room_modes=ROOM_MODES if kind.needs_room else frozenset(),
        room_size=kind.capacity + max(len(seats), 1) if kind.capacity > 1 else 0,
        units=frozenset(units),
        terms=terms,
    )


# What stands --------------------------------------------------------------------------------------------------------

# One row for all workers who are open alike. Validity is clipped to the dates read: the same week set up on other days
# is then the same, and an anchor matters only where there is a rhythm.
_OPENINGS = """
SELECT o.starts, o.ends, o.weekday, o.on_date, o.every_weeks,
       CASE WHEN o.every_weeks > 1 THEN coalesce(o.anchor, o.valid_from) END AS anchor,
       greatest(o.valid_from, %(first)s) AS valid_from, least(o.valid_until, %(last)s) AS valid_until,
       o.place_id, o.unit_id, p.unit_id AS keeper, o.modes, o.languages, k.kinds, array_agg(o.resource_id)
FROM appointments_opening o LEFT JOIN appointments_place p ON p.id = o.place_id
    LEFT JOIN (SELECT opening_id, array_agg(kind_id ORDER BY kind_id) AS kinds FROM appointments_opening_kinds
               GROUP BY opening_id) k ON k.opening_id = o.id
WHERE o.resource_id = ANY (%(resources)s::bigint[]) AND o.valid_from <= %(last)s
  AND (o.valid_until IS NULL OR o.valid_until >= %(first)s)
  AND (o.on_date BETWEEN %(first)s AND %(last)s OR o.weekday = ANY (%(weekdays)s::int[]))
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14
"""
_CLOSING_DAYS = Question(
    lambda: ClosingDay.objects.filter(
        unit_id__any_of=value("units"), day__gte=value("first"), day__lte=value("last")
    ).values_list("unit_id", "day", "opens", "closes")
)


def _calendars(
    workers: Collection[int], *, first: date, last: date,
    languages: Mapping[int, frozenset[str]] | None = None, rooms: bool = False,
) -> freetimes.Calendars:  # fmt: skip
    """Read the calendars of workers for local dates, with rooms of their places when asked; nothing is taken yet."""
    days = min((last - first).days + 1, 7)
    weekdays = sorted((first + timedelta(days=number)).isoweekday() for number in range(days))
    openings: dict[int, list[Opening]] = defaultdict(list)
    places: set[int] = set()
    units: set[int] = set()
    for row in _rows(_OPENINGS, {"resources": list(workers), "first": first, "last": last, "weekdays": weekdays}):
        opening = _opening(row)
        units.update(opening.shut_with)
        if opening.place is not None:
            places.add(opening.place)
        for resource in row[-1]:
            openings[resource].append(opening)
    return freetimes.Calendars(
        openings=openings,
        rooms=_rooms(places) if rooms else {},
        languages=languages or {},
        closed=_closed(units, first=first, last=last),
        holidays=frozenset(
            day for year in range(first.year, last.year + 1) for day in holidays_of(year) if first <= day <= last
        ),
    )


def _opening(row: tuple[Any, ...]) -> Opening:
    starts, ends, weekday, on, every, anchor, valid_from, valid_until, place, unit, keeper = row[:11]
    modes, speaks, kinds = row[11:14]
    return Opening(
        starts=starts,
        ends=ends,
        weekday=weekday or 0,
        every=every,
        anchor=anchor or valid_from,
        valid_from=valid_from,
        valid_until=valid_until,
        on=on,
        place=place,
        unit=unit,
        modes=tuple(modes),
        kinds=frozenset(kinds or ()),
        languages=frozenset(speaks),
        shut_with=(unit,) if keeper is None or keeper == unit else (unit, keeper),
    )


def _rooms(places: Iterable[int]) -> dict[int, list[freetimes.Room]]:
    found: dict[int, list[freetimes.Room]] = defaultdict(list)
    rows = Resource.objects.filter(kind=ResourceKind.ROOM, active=True, place_id__in=sorted(places))
    for resource, place, size in rows.values_list("id", "place_id", "seats"):
        found[place].append(freetimes.Room(resource, place, size))
    return found


def _closed(units: Collection[int], *, first: date, last: date) -> dict[int, list[Stretch]]:
    """When each unit is shut on these local dates."""
    shut: dict[int, list[Stretch]] = defaultdict(list)
    for unit, day, opens, closes in _CLOSING_DAYS(units=sorted(units), first=first, last=last):
        midnight, next_midnight = (micros(edge) for edge in day_span(day))
        if opens is None or closes is None:
            shut[unit].append((midnight, next_midnight))
        else:
            shut[unit].append((midnight, micros(at_wall_time(day, opens))))
            shut[unit].append((micros(at_wall_time(day, closes)), next_midnight))
    return shut


# What is taken ------------------------------------------------------------------------------------------------------

# A hold counts only while it runs. Resources are joined: the index of claims is by resource and time, and is of no use
# for a list. Edges in microseconds since 1970: a double holds them exactly for some centuries.
_TAKEN = """
SELECT resource_id, array_agg((date_part('epoch', lower(during)) * 1000000)::bigint),
       array_agg((date_part('epoch', upper(during)) * 1000000)::bigint)
FROM (
    SELECT c.resource_id, c.during
    FROM unnest(%(resources)s::bigint[]) AS mine (id) JOIN appointments_claim c ON c.resource_id = mine.id
    WHERE c.live AND c.during && tstzrange(%(low)s, %(high)s) AND c.appointment_id <> %(ignore)s
      AND NOT EXISTS (SELECT FROM appointments_appointment a
                      WHERE a.id = c.appointment_id AND a.state = 'held' AND a.held_until <= %(at)s)
    UNION ALL
    SELECT b.resource_id, b.during FROM appointments_busytime b
    WHERE b.resource_id = ANY (%(resources)s::bigint[]) AND b.during && tstzrange(%(low)s, %(high)s)
    UNION ALL
    SELECT r.id, tstzrange(a.starts_at, a.ends_at) FROM access_absence a
        JOIN appointments_resource r ON r.actor_id = a.actor_id
    WHERE r.id = ANY (%(resources)s::bigint[]) AND a.starts_at < %(high)s AND a.ends_at > %(low)s
) taken GROUP BY resource_id
"""


@beyond(TAKEN)
def _busy(
    resources: Collection[int], *, first: date, last: date, at: datetime, ignore: int | None = None
) -> dict[int, list[Stretch]]:
    """What is taken of each resource on these local dates: live claims, imported times and absences, joined."""
    low, high = day_span(first)[0], day_span(last)[1]
    asked = {"resources": sorted(resources), "low": low, "high": high, "at": at, "ignore": ignore or 0}
    return {resource: merge(zip(starts, ends, strict=True)) for resource, starts, ends in _rows(_TAKEN, asked)}


def away(people: Mapping[int, Resource], *, first: date, last: date) -> list[tuple[int, datetime, datetime]]:
    """The absences of workers on these local dates, as (worker, from, until)."""
    of_actor = {person.actor_id: pk for pk, person in people.items() if person.actor_id is not None}
    low, high = day_span(first)[0], day_span(last)[1]
    return [
        (of_actor[actor], starts_at, ends_at)
        for actor, starts_at, ends_at in _ABSENCES(actors=sorted(of_actor), low=low, high=high)
    ]


_ABSENCES = Question(
    lambda: Absence.objects.filter(
        actor_id__any_of=value("actors"), starts_at__lt=value("high"), ends_at__gt=value("low")
    ).values_list("actor_id", "starts_at", "ends_at")
)


@beyond(TAKEN)
def running_holds(*, kind: Kind, unit: Unit, first: date, last: date, at: datetime) -> list[Appointment]:
    """Times of the kind in the unit that somebody holds right now, by start, with holder, place and workers."""
    rows = Appointment.objects.filter(
        kind=kind,
        unit=unit,
        state=State.HELD,
        held_until__gt=at,
        during__overlap=(day_span(first)[0], day_span(last)[1]),
    )
    return list(rows.select_related("created_by", "place").prefetch_related(CLAIMS).order_by("during", "id"))


def utc(moment: datetime) -> datetime:
    """The same instant in UTC, the engine's own zone."""
    return moment.astimezone(UTC)


def _rows(statement: str, asked: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        return list(cursor.fetchall())
