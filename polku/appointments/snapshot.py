"""The facts of a search, read from the database into the engine's own types (`freetimes`). Reads only.

A search and a booking read through the same functions, so a time that is shown is refused only when a fact has
changed in between.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q

from polku.access.models import Absence, ClosingDay, Membership, Unit
from polku.access.queries import current
from polku.appointments import freetimes
from polku.appointments.freetimes import local_day
from polku.appointments.models import Appointment, BusyTime, Claim, Kind, Opening, Resource
from polku.appointments.spans import Span, at_wall_time, day_span, merge
from polku.appointments.states import ROOM_MODES, ResourceKind, State
from polku.rules.calendar import holidays_of

__all__ = ["Facts", "Wish", "busy", "calendars", "facts", "local_day", "running_holds", "seats", "utc"]


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
class Facts:
    """A wish as the engine understands it, with the calendars it needs."""

    need: freetimes.Need
    calendars: freetimes.Calendars


def seats(kind: Kind, unit: Unit, *, day: date, workers: frozenset[int] = frozenset()) -> tuple[tuple[int, ...], ...]:
    """The workers who may sit in each seat of the kind on a day, by name; `workers` narrows the first seat.

    A kind without seats takes one worker of the unit, whatever the role.
    """
    wanted = [(seat.unit_id or unit.pk, frozenset(seat.roles)) for seat in kind.seats.all()] or [(unit.pk, frozenset())]
    posts = Membership.objects.filter(current(day), unit_id__in={unit_id for unit_id, _ in wanted})
    of_actor: dict[int, set[tuple[int, str]]] = defaultdict(set)
    for actor_id, unit_id, role in posts.values_list("actor_id", "unit_id", "role"):
        of_actor[actor_id].add((unit_id, role))
    rows = Resource.objects.filter(kind=ResourceKind.WORKER, active=True, actor_id__in=list(of_actor))
    people = list(rows.order_by("actor__name", "id").values_list("id", "actor_id"))
    found = []
    for unit_id, roles in wanted:
        found.append(
            tuple(
                resource
                for resource, actor in people
                if any(post[0] == unit_id and (not roles or post[1] in roles) for post in of_actor[actor])
            )
        )
    if workers:
        found[0] = tuple(resource for resource in found[0] if resource in workers)
    return tuple(found)


def facts(wish: Wish, *, first: date, last: date, at: datetime) -> Facts:
    """Read everything a search from the local date `first` to `last` needs; the number of queries is fixed."""
    kind = wish.kind
    taken_seats = seats(kind, wish.unit, day=first, workers=wish.workers)
    units = {seat.unit_id or wish.unit.pk for seat in kind.seats.all()} or {wish.unit.pk}
    need = freetimes.Need(
        kind=kind.pk,
        duration=timedelta(minutes=kind.duration_minutes),
        before=timedelta(minutes=kind.before_minutes),
        after=timedelta(minutes=kind.after_minutes),
        step=timedelta(minutes=kind.step_minutes),
        seats=taken_seats,
        modes=(wish.mode,) if wish.mode else tuple(kind.modes),
        not_before=at + timedelta(minutes=kind.lead_minutes),
        not_after=at + timedelta(days=kind.horizon_days),
        places=wish.places,
        language=wish.language,
        room_modes=ROOM_MODES if kind.needs_room else frozenset(),
        room_size=kind.capacity + max(len(taken_seats), 1) if kind.capacity > 1 else 0,
        units=frozenset(units),
    )
    workers = {resource for seat in taken_seats for resource in seat}
    return Facts(need, calendars(workers, first=first, last=last, at=at, rooms=kind.needs_room, ignore=wish.ignore))


def calendars(
    workers: Iterable[int], *, first: date, last: date, at: datetime, rooms: bool = False, ignore: int | None = None
) -> freetimes.Calendars:
    """Read the calendars of workers for local dates, with rooms of their places when asked."""
    ids = sorted(workers)
    low, high = day_span(first)[0], day_span(last)[1]
    rows = list(
        Opening.objects.filter(
            Q(valid_until__isnull=True) | Q(valid_until__gte=first), resource_id__in=ids, valid_from__lte=last
        )
        .filter(Q(on_date__isnull=True) | Q(on_date__range=(first, last)))
        .annotate(kind_ids=ArrayAgg("kinds__id", filter=Q(kinds__isnull=False), default=[]))
        .select_related("place")
    )
    openings: dict[int, list[freetimes.Opening]] = defaultdict(list)
    for row in rows:
        openings[row.resource_id].append(_opening(row, row.kind_ids))
    places = {row.place_id for row in rows if row.place_id}
    of_place = _rooms(places) if rooms else {}
    resources = [*ids, *(room.resource for found in of_place.values() for room in found)]
    languages = Resource.objects.filter(pk__in=ids).values_list("id", "actor__languages")
    return freetimes.Calendars(
        openings=openings,
        busy=busy(resources, low=low, high=high, at=at, ignore=ignore),
        rooms=of_place,
        languages={resource: frozenset(known) for resource, known in languages},
        closed=_closed(rows, first=first, last=last),
        holidays=frozenset(
            day for year in range(first.year, last.year + 1) for day in holidays_of(year) if first <= day <= last
        ),
    )


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


def busy(
    resources: Iterable[int], *, low: datetime, high: datetime, at: datetime, ignore: int | None = None
) -> dict[int, list[Span]]:
    """What is taken of each resource between two instants: live claims, absences, imported times, joined.

    A hold counts only while it runs.
    """
    ids = sorted(set(resources))
    found: dict[int, list[Span]] = defaultdict(list)
    claims = Claim.objects.filter(resource_id__in=ids, live=True, during__overlap=(low, high))
    claims = claims.exclude(appointment__state=State.HELD, appointment__held_until__lte=at)
    if ignore is not None:
        claims = claims.exclude(appointment_id=ignore)
    for resource, during in claims.values_list("resource_id", "during"):
        found[resource].append((during.lower, during.upper))
    read_in = BusyTime.objects.filter(resource_id__in=ids, during__overlap=(low, high))
    for resource, during in read_in.values_list("resource_id", "during"):
        found[resource].append((during.lower, during.upper))
    of_actor = dict(Resource.objects.filter(pk__in=ids, actor__isnull=False).values_list("actor_id", "id"))
    away = Absence.objects.filter(actor_id__in=list(of_actor), starts_at__lt=high, ends_at__gt=low)
    for actor, starts_at, ends_at in away.values_list("actor_id", "starts_at", "ends_at"):
        found[of_actor[actor]].append((starts_at, ends_at))
    return {resource: merge(spans) for resource, spans in found.items()}


def _closed(rows: Sequence[Opening], *, first: date, last: date) -> dict[int, list[Span]]:
    """When each opening is shut: closing days of its own unit and of the unit that keeps its place."""
    units = {row.unit_id for row in rows} | {row.place.unit_id for row in rows if row.place and row.place.unit_id}
    shut: dict[int, list[Span]] = defaultdict(list)
    for closing in ClosingDay.objects.filter(unit_id__in=sorted(units), day__range=(first, last)):
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


def running_holds(*, kind: Kind, unit: Unit, first: date, last: date, at: datetime) -> list[Appointment]:
    """Times of the kind in the unit that somebody holds right now, by start, with holder, place and workers."""
    rows = Appointment.objects.filter(
        kind=kind,
        unit=unit,
        state=State.HELD,
        held_until__gt=at,
        during__overlap=(day_span(first)[0], day_span(last)[1]),
    )
    return list(
        rows.select_related("created_by", "place").prefetch_related("claims__resource__actor").order_by("during", "id")
    )


def utc(moment: datetime) -> datetime:
    """The same instant in UTC, the engine's own zone."""
    return moment.astimezone(UTC)
