"""Searching free times: the earliest inside the promise first, each with its reason; counts by worker and day.

Reads only. Shows exactly what `actions.hold` would accept (`freetimes`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from math import asin, cos, radians, sin, sqrt

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from polku.access.models import Actor
from polku.appointments import freetimes
from polku.appointments.models import Appointment, Place, Resource
from polku.appointments.snapshot import Facts, Seated, Wish, facts, local_day, running_holds
from polku.appointments.spans import day_span
from polku.kit.errors import Invalid
from polku.rules.calendar import is_working_day

CHUNK_DAYS = 21
DAYS_SHOWN = 14
_FORM = "%Y%m%dT%H%MZ"


@dataclass(frozen=True, slots=True)
class Slot:
    """What a page sends back to hold a time: when, with whom, how. Written `20261125T1115Z.<workers>.<mode>`."""

    start: datetime
    workers: tuple[str, ...]
    mode: str

    def __str__(self) -> str:
        return ".".join((self.start.astimezone(UTC).strftime(_FORM), "-".join(self.workers), self.mode))

    @classmethod
    def parse(cls, text: str) -> Slot:
        """Read a slot from its written form.

        Raises:
            Invalid: it is not one.
        """
        try:
            start, workers, mode = text.split(".")
            return cls(datetime.strptime(start, _FORM).replace(tzinfo=UTC), tuple(workers.split("-")), mode)
        except ValueError as error:
            raise Invalid("slot", _("Choose one of the times in the list."), field="slot") from error


@dataclass(frozen=True, slots=True)
class Offer:
    """A row of the list: a free time, or one that somebody holds and that keeps its place."""

    start: datetime
    end: datetime
    mode: str
    place: Place | None
    workers: tuple[Actor, ...]
    worker_ids: tuple[str, ...]
    reason: str = ""
    late_days: int = 0
    held_by: str = ""
    held_until: datetime | None = None
    held: Appointment | None = None

    @property
    def slot(self) -> str:
        """What a page sends back to hold it (`Slot`)."""
        return str(Slot(self.start, self.worker_ids, self.mode))

    @property
    def is_late(self) -> bool:
        """Whether it lies after the promise's last day."""
        return self.late_days > 0

    @property
    def day(self) -> date:
        """The local date on which it begins."""
        return local_day(self.start)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What makes one time better than another for this client."""

    promise: date | None = None
    place: Place | None = None
    municipality: str = ""


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
    times = list(freetimes.find(read.need, read.calendars, first, last))
    if len(times) < late:
        times += _later(wish, last + timedelta(days=1), at=at, enough=late - len(times))
    offers = _offers(times, wish, wanted, read, at=at, first=first, last=last)
    inside = [offer for offer in offers if not offer.is_late]
    counts = Counter((time_.workers[0], time_.day) for time_ in times)
    workers = [read.seated.people[worker] for worker in read.need.seats[0]]
    return Result(
        inside=inside,
        after=[offer for offer in offers if offer.is_late],
        servable=_served(times, read, first=first, last=wanted.promise or last),
        days=days,
        workers=workers,
        counts=counts,
        away=_whole_days(read.away, days),
        promise=wanted.promise,
        holds=[offer for offer in offers if offer.held_by],
    )


def _served(times: Sequence[freetimes.Time], read: Facts, *, first: date, last: date) -> int:
    """The same as `servable`, from the times found where they share nothing."""
    if len(read.need.seats) == 1 and not read.need.room_modes:
        return sum(time_.day <= last for time_ in times)
    return servable(read, first=first, last=last)


def servable(read: Facts, *, first: date, last: date) -> int:
    """How many clients can all be given a time in these days, each time using up its workers and room."""
    day, total = first, 0
    while day <= last:
        total += len(freetimes.times_on(day, read.need, read.calendars, share=False))
        day += timedelta(days=1)
    return total


def next_free(wish: Wish, *, after: datetime, at: datetime, known: Seated | None = None) -> freetimes.Time | None:
    """The first free time that begins at `after` or later, or before it when there is none later; None when none.

    `known` are the seats that the caller has read; with them the time's workers are among these.
    """
    day = max(local_day(after), local_day(at))
    later = _later(wish, day, at=at, enough=0, known=known)
    found = next((time_ for time_ in later if time_.start >= after), None)
    if found is None and day > local_day(at):
        found = next(iter(_later(wish, local_day(at), at=at, enough=1, known=known)), None)
    return found


def _later(
    wish: Wish, first: date, *, at: datetime, enough: int, known: Seated | None = None
) -> Iterable[freetimes.Time]:
    """Times from a date on, some weeks of facts at a time, until there are enough or the horizon is reached."""
    horizon = local_day(at + timedelta(days=wish.kind.horizon_days))
    given = 0
    while first <= horizon and not (enough and given >= enough):
        last = min(first + timedelta(days=CHUNK_DAYS - 1), horizon)
        read = facts(wish, first=first, last=last, at=at, known=known)
        for time_ in freetimes.find(read.need, read.calendars, first, last, enough=enough):
            given += 1
            yield time_
        first = last + timedelta(days=1)


def _offers(
    times: Sequence[freetimes.Time], wish: Wish, wanted: Wanted, read: Facts, *, at: datetime, first: date, last: date
) -> list[Offer]:
    """Rows for the times and for what others hold in the same days, by start; wished and near places first."""
    people, places = _behind(times, read)
    actors = {pk: _actor(row) for pk, row in people.items()}
    near = {pk: distance(place, wanted.place) or 0.0 for pk, place in places.items()}
    late = {day: late_by(day, wanted.promise) for day in {time_.day for time_ in times}}
    reasons: dict[tuple[object, ...], str] = {}
    found: list[Offer] = []
    for time_ in sorted(times, key=lambda time_: (time_.start, near.get(time_.place or 0, 0.0))):
        why = (late[time_.day], time_.place, time_.mode, not found)
        place = places.get(time_.place) if time_.place else None
        if why not in reasons:
            reasons[why] = reason(place, time_.mode, wanted, late_days=why[0], is_first=not found)
        found.append(
            Offer(
                start=time_.start,
                end=time_.end,
                mode=time_.mode,
                place=place,
                workers=tuple(actors[worker] for worker in time_.workers),
                worker_ids=tuple(people[worker].public_id for worker in time_.workers),
                reason=reasons[why],
                late_days=why[0],
            )
        )
    found += [held(row, wanted) for row in _matching_holds(wish, at=at, first=first, last=last)]

    def place_in_list(offer: Offer) -> tuple[datetime, float, list[str]]:
        # A time that somebody holds keeps its place: the list does not jump under the one who chooses.
        return offer.start, distance(offer.place, wanted.place) or 0.0, [worker.name for worker in offer.workers]

    return sorted(found, key=place_in_list)


def _behind(times: Sequence[freetimes.Time], read: Facts) -> tuple[dict[int, Resource], dict[int, Place]]:
    """The workers and places of the times; asked for only when a time of a later stretch has one not yet read."""
    people, places = dict(read.seated.people), dict(read.places)
    if unread := {worker for time_ in times for worker in time_.workers} - people.keys():
        people |= Resource.objects.select_related("actor").in_bulk(unread)
    if missing := {time_.place for time_ in times if time_.place} - places.keys():
        places |= Place.objects.in_bulk(missing)
    return people, places


def _matching_holds(wish: Wish, *, at: datetime, first: date, last: date) -> list[Appointment]:
    rows = running_holds(kind=wish.kind, unit=wish.unit, first=first, last=last, at=at)
    return [
        row
        for row in rows
        if (not wish.places or row.place_id in wish.places)
        and (not wish.mode or row.mode == wish.mode)
        and (not wish.workers or any(claim.resource_id in wish.workers for claim in row.claims.all()))
    ]


def held(row: Appointment, wanted: Wanted) -> Offer:
    """The row of a time that somebody holds."""
    workers = [claim.resource for claim in row.claims.all() if claim.position > 0]
    return Offer(
        start=row.starts_at,
        end=row.ends_at,
        mode=row.mode,
        place=row.place,
        workers=tuple(_actor(worker) for worker in workers),
        worker_ids=tuple(worker.public_id for worker in workers),
        late_days=late_by(local_day(row.starts_at), wanted.promise),
        held_by=row.created_by.name,
        held_until=row.held_until,
        held=row,
    )


def _actor(resource: Resource) -> Actor:
    if resource.actor is None:
        raise ValueError(f"resource {resource.pk} is a room")
    return resource.actor


def reason(place: Place | None, mode: str, wanted: Wanted, *, late_days: int, is_first: bool) -> str:
    """Why a time stands where it stands, in the reader's language."""
    words = []
    if late_days:
        words.append(
            ngettext("%(count)d working day late", "%(count)d working days late", late_days) % {"count": late_days}
        )
    elif is_first:
        words.append(_("earliest"))
    if place is not None and mode not in ("phone", "video", "home"):
        away = distance(place, wanted.place)
        if wanted.place is not None and place.pk == wanted.place.pk:
            words.append(_("wished place"))
        elif wanted.municipality and place.municipality_id != wanted.municipality:
            words.append(_("another municipality"))
        if away and away >= 1:
            words.append(_("about %(km)d km away") % {"km": round(away)})
    text = ", ".join(words)
    return text[:1].upper() + text[1:]


def late_by(day: date, promise: date | None) -> int:
    """How many working days a day lies after the promise's last day; at least 1 for any later day."""
    if promise is None or day <= promise:
        return 0
    between = (promise + timedelta(days=number) for number in range(1, (day - promise).days + 1))
    return max(1, sum(is_working_day(other) for other in between))


def distance(place: Place | None, other: Place | None) -> float | None:
    """Kilometres between two places as the crow flies; None when either is not on the map."""
    if place is None or other is None:
        return None
    if place.latitude is None or place.longitude is None or other.latitude is None or other.longitude is None:
        return None
    here, there = radians(place.latitude), radians(other.latitude)
    half = sin((there - here) / 2) ** 2
    half += cos(here) * cos(there) * sin(radians(other.longitude - place.longitude) / 2) ** 2
    return 2 * 6371.0 * asin(sqrt(half))


def places_near(place: Place, *, km: float) -> frozenset[int]:
    """Ids of the place itself and of the places within so many kilometres of it."""
    near = {other.pk for other in Place.objects.all() if (away := distance(place, other)) is not None and away <= km}
    return frozenset({place.pk, *near})


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
