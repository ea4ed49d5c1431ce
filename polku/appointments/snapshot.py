"""The facts of a search, read from the database into the engine's own types (`freetimes`). Reads only.

A search and a booking read through the same functions, so a time that is shown is refused only when a fact has
changed in between.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import BigIntegerField, F, Func, OuterRef, Prefetch, Q, QuerySet

from polku.access.models import Absence, ClosingDay, Membership, Unit
from polku.access.queries import current
from polku.acting import beyond
from polku.appointments import freetimes
from polku.appointments.freetimes import EPOCH, local_day
from polku.appointments.models import Appointment, BusyTime, Claim, Kind, KindSeat, Opening, Place, Resource
from polku.appointments.spans import Span, at_wall_time, day_span, merge
from polku.appointments.states import ROOM_MODES, ResourceKind, State
from polku.asking import Question, value
from polku.rules.calendar import holidays_of

__all__ = ["CLAIMS", "Facts", "Seated", "Wish", "calendars", "facts", "local_day", "running_holds", "seated", "utc"]

TAKEN = "a time is taken whoever has it; no client's name is read"
CLAIMS: Final = Prefetch("claims", queryset=Claim.objects.select_related("resource__actor"))
"""The claims of appointments with the workers and rooms behind them, in one query."""


_SEATS = Question(lambda: KindSeat.objects.filter(kind=value("kind")))
_POSTS = Question(
    lambda: Membership.objects.filter(current(value("day")), unit_id__any_of=value("units")).values_list(
        "actor_id", "unit_id", "role"
    )
)
_WORKERS = Question(
    lambda: (
        Resource.objects.filter(kind=ResourceKind.WORKER, active=True, actor_id__any_of=value("actors"))
        .select_related("actor")
        .order_by("actor__name", "id")
    )
)


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


@dataclass(frozen=True, slots=True)
class Seated:
    """Who may sit in each seat of a kind, by name, and the rows of all of them by id."""

    seats: tuple[tuple[int, ...], ...]
    people: dict[int, Resource]
    units: frozenset[int]


@dataclass(frozen=True, slots=True)
class Facts:
    """A wish as the engine understands it, with the calendars it needs, and the rows behind their ids."""

    need: freetimes.Need
    calendars: freetimes.Calendars
    seated: Seated
    places: dict[int, Place]
    away: list[tuple[int, datetime, datetime]]
    """Absences as (worker, from, until)."""


def seated(kind: Kind, unit: Unit, *, day: date, workers: frozenset[int] = frozenset()) -> Seated:
    """The workers who may sit in each seat of the kind on a day; `workers` narrows the first seat.

    A kind without seats takes one worker of the unit, whatever the role.
    """
    wanted = [(seat.unit_id or unit.pk, frozenset(seat.roles)) for seat in _SEATS(kind=kind.pk)] or [
        (unit.pk, frozenset())
    ]
    units = frozenset(unit_id for unit_id, _ in wanted)
    of_actor: dict[int, set[tuple[int, str]]] = defaultdict(set)
    for actor_id, unit_id, role in _POSTS(day=day, units=sorted(units)):
        of_actor[actor_id].add((unit_id, role))
    people = _WORKERS(actors=sorted(of_actor))
    found = [
        tuple(
            person.pk
            for person in people
            if any(post[0] == unit_id and (not roles or post[1] in roles) for post in of_actor[person.actor_id or 0])
        )
        for unit_id, roles in wanted
    ]
    if workers:
        found[0] = tuple(resource for resource in found[0] if resource in workers)
    sitting = {resource for seat in found for resource in seat}
    return Seated(tuple(found), {person.pk: person for person in people if person.pk in sitting}, units)


def facts(wish: Wish, *, first: date, last: date, at: datetime, known: Seated | None = None) -> Facts:
    """Read everything a search from the local date `first` to `last` needs; the number of queries is fixed.

    `known` are the seats when the caller has read them for the same wish and day.
    """
    kind = wish.kind
    known = known or seated(kind, wish.unit, day=first, workers=wish.workers)
    need = freetimes.Need(
        kind=kind.pk,
        duration=timedelta(minutes=kind.duration_minutes),
        before=timedelta(minutes=kind.before_minutes),
        after=timedelta(minutes=kind.after_minutes),
        step=timedelta(minutes=kind.step_minutes),
        seats=known.seats,
        modes=(wish.mode,) if wish.mode else tuple(kind.modes),
        not_before=at + timedelta(minutes=kind.lead_minutes),
        not_after=at + timedelta(days=kind.horizon_days),
        places=wish.places,
        language=wish.language,
        room_modes=ROOM_MODES if kind.needs_room else frozenset(),
        room_size=kind.capacity + max(len(known.seats), 1) if kind.capacity > 1 else 0,
        units=known.units,
    )
    read = _read(known.people, first=first, last=last, at=at, rooms=kind.needs_room, ignore=wish.ignore)
    return Facts(need, read.calendars, known, read.places, read.away)


def calendars(worker: Resource, *, first: date, last: date, at: datetime) -> freetimes.Calendars:
    """Read a worker's calendar for local dates."""
    return _read({worker.pk: worker}, first=first, last=last, at=at).calendars


@dataclass(frozen=True, slots=True)
class _Read:
    calendars: freetimes.Calendars
    places: dict[int, Place]
    away: list[tuple[int, datetime, datetime]]


def _openings() -> QuerySet[Opening]:
    # The kinds by a subquery of their own: grouping by every column of two tables costs more to plan than to run.
    of_opening = Opening.kinds.through.objects.filter(opening_id=OuterRef("pk")).values("kind_id")
    rows = Opening.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gte=value("first")),
        Q(on_date__isnull=True) | Q(on_date__gte=value("first"), on_date__lte=value("last")),
        resource_id__any_of=value("resources"),
        valid_from__lte=value("last"),
    )
    return rows.annotate(kind_ids=ArraySubquery(of_opening)).select_related("place")


_OPENINGS: Question[Any] = Question(_openings)


def _read(
    people: Mapping[int, Resource],
    *,
    first: date,
    last: date,
    at: datetime,
    rooms: bool = False,
    ignore: int | None = None,
) -> _Read:
    """Read the calendars of workers for local dates, with rooms of their places when asked."""
    low, high = day_span(first)[0], day_span(last)[1]
    rows = _OPENINGS(resources=sorted(people), first=first, last=last)
    openings: dict[int, list[freetimes.Opening]] = defaultdict(list)
    for row in rows:
        openings[row.resource_id].append(_opening(row, row.kind_ids))
    places = {row.place.pk: row.place for row in rows if row.place is not None}
    of_place = _rooms(places) if rooms else {}
    resources = [*people, *(room.resource for found in of_place.values() for room in found)]
    away = _away(people, low=low, high=high)
    read = freetimes.Calendars(
        openings=openings,
        busy=_busy(resources, away, low=low, high=high, at=at, ignore=ignore),
        rooms=of_place,
        languages={pk: frozenset(person.actor.languages if person.actor else ()) for pk, person in people.items()},
        closed=_closed(rows, first=first, last=last),
        holidays=frozenset(
            day for year in range(first.year, last.year + 1) for day in holidays_of(year) if first <= day <= last
        ),
    )
    return _Read(read, places, away)


def _opening(row: Opening, kinds: Sequence[int]) -> freetimes.Opening:
    return freetimes.Opening(
        id=row.pk,
        resource=row.resource_id,
        starts=row.starts,
        ends=row.ends,
        weekday=row.weekday or 0,
        every=row.every_weeks,
        anchor=row.anchor or row.valid_from,
        valid_from=row.valid_from,
        valid_until=row.valid_until or date.max,
        on=row.on_date,
        place=row.place_id,
        unit=row.unit_id,
        modes=tuple(row.modes),
        kinds=frozenset(kinds),
        languages=frozenset(row.languages),
    )


def _rooms(places: Iterable[int]) -> dict[int, list[freetimes.Room]]:
    found: dict[int, list[freetimes.Room]] = defaultdict(list)
    rows = Resource.objects.filter(kind=ResourceKind.ROOM, active=True, place_id__in=sorted(places))
    for resource, place, size in rows.values_list("id", "place_id", "seats"):
        found[place].append(freetimes.Room(resource, place, size))
    return found


def _away(people: Mapping[int, Resource], *, low: datetime, high: datetime) -> list[tuple[int, datetime, datetime]]:
    """The absences of workers between two instants."""
    of_actor = {person.actor_id: pk for pk, person in people.items() if person.actor_id is not None}
    return [
        (of_actor[actor], starts_at, ends_at)
        for actor, starts_at, ends_at in _ABSENCES(actors=sorted(of_actor), low=low, high=high)
    ]


_ABSENCES = Question(
    lambda: Absence.objects.filter(
        actor_id__any_of=value("actors"), starts_at__lt=value("high"), ends_at__gt=value("low")
    ).values_list("actor_id", "starts_at", "ends_at")
)


def _micro(edge: str) -> Func:
    """The microseconds since 1970 of an edge of `during`."""
    template = f"(extract(epoch FROM {edge}(%(expressions)s)) * 1000000)::bigint"
    return Func(F("during"), template=template, output_field=BigIntegerField())


def _claims() -> QuerySet[Claim, tuple[int, int, int]]:
    rows = Claim.objects.filter(resource_id__any_of=value("resources"), live=True, during__overlap=value("span"))
    rows = rows.exclude(appointment__state=State.HELD, appointment__held_until__lte=value("at"))
    rows = rows.exclude(appointment_id=value("but"))
    # Thousands of rows: whole numbers are read many times quicker than ranges.
    return rows.values_list("resource_id", _micro("lower"), _micro("upper"))


_CLAIMS = Question(_claims)
_READ_IN = Question(
    lambda: BusyTime.objects.filter(resource_id__any_of=value("resources"), during__overlap=value("span")).values_list(
        "resource_id", "during"
    )
)


@beyond(TAKEN)
def _busy(
    resources: Iterable[int],
    away: Iterable[tuple[int, datetime, datetime]],
    *,
    low: datetime,
    high: datetime,
    at: datetime,
    ignore: int | None,
) -> dict[int, list[Span]]:
    """What is taken of each resource between two instants: live claims, imported times and absences, joined.

    A hold counts only while it runs.
    """
    ids = sorted(set(resources))
    found: dict[int, list[Span]] = defaultdict(list)
    span = DateTimeTZRange(low, high)
    for resource, start, end in _CLAIMS(resources=ids, span=span, at=at, but=ignore or 0):
        found[resource].append((EPOCH + timedelta(microseconds=start), EPOCH + timedelta(microseconds=end)))
    for resource, during in _READ_IN(resources=ids, span=span):
        found[resource].append((during.lower, during.upper))
    for resource, starts_at, ends_at in away:
        found[resource].append((starts_at, ends_at))
    return {resource: merge(spans) for resource, spans in found.items()}


_CLOSING_DAYS = Question(
    lambda: ClosingDay.objects.filter(unit_id__any_of=value("units"), day__gte=value("first"), day__lte=value("last"))
)


def _closed(rows: Sequence[Opening], *, first: date, last: date) -> dict[int, list[Span]]:
    """When each opening is shut: closing days of its own unit and of the unit that keeps its place."""
    units = {row.unit_id for row in rows} | {row.place.unit_id for row in rows if row.place and row.place.unit_id}
    shut: dict[int, list[Span]] = defaultdict(list)
    for closing in _CLOSING_DAYS(units=sorted(units), first=first, last=last):
        midnight, next_midnight = day_span(closing.day)
        if closing.opens is None or closing.closes is None:
            shut[closing.unit_id].append((midnight, next_midnight))
        else:
            shut[closing.unit_id] += [
                (midnight, at_wall_time(closing.day, closing.opens)),
                (at_wall_time(closing.day, closing.closes), next_midnight),
            ]
    if not shut:
        return {}
    return {
        row.pk: merge([*shut[row.unit_id], *(shut[row.place.unit_id] if row.place and row.place.unit_id else [])])
        for row in rows
    }


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
