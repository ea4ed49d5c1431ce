"""Rows of the list of free times: what is shown of a time and why it stands where it stands.

A search finds thousands of times; a row works out what it says when it is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import asin, cos, radians, sin, sqrt

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from polku.access.models import Actor
from polku.appointments.freetimes import Time
from polku.appointments.models import Appointment, Place, Resource
from polku.appointments.spans import local_day, micros
from polku.kit.errors import Invalid
from polku.rules.calendar import is_working_day

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
class Wanted:
    """What makes one time better than another for this client."""

    promise: date | None = None
    place: Place | None = None
    municipality: str = ""


class Offer:
    """A row of the list: a free time, or one that somebody holds (`held`) and that keeps its place."""

    __slots__ = ("_is_first", "_shown", "held", "time")

    def __init__(self, time_: Time, shown: Shown, *, is_first: bool = False, held: Appointment | None = None) -> None:
        self.time, self.held, self._shown, self._is_first = time_, held, shown, is_first

    @property
    def start(self) -> datetime:
        """When it begins, in UTC."""
        return self.time.start

    @property
    def end(self) -> datetime:
        """When it ends, in UTC."""
        return self.time.end

    @property
    def day(self) -> date:
        """The local date on which it begins."""
        return self.time.day

    @property
    def mode(self) -> str:
        """How worker and client meet."""
        return self.time.mode

    @property
    def place(self) -> Place | None:
        """Where."""
        return self._shown.place_of(self.time)

    @property
    def workers(self) -> tuple[Actor, ...]:
        """With whom."""
        return tuple(_actor(self._shown.people[worker]) for worker in self.time.workers)

    @property
    def slot(self) -> str:
        """What a page sends back to hold it (`Slot`)."""
        ids = tuple(self._shown.people[worker].public_id for worker in self.time.workers)
        return str(Slot(self.start, ids, self.mode))

    @property
    def same(self) -> object:
        """Equal for free times at the same start and place and in the same way, with whomever."""
        return self.slot if self.held is not None else (self.time.starts, self.time.place, self.time.mode)

    @property
    def reason(self) -> str:
        """Why it stands where it stands, in the reader's language; nothing is said of a held one."""
        return "" if self.held is not None else self._shown.reason(self.time, is_first=self._is_first)

    @property
    def late_days(self) -> int:
        """How many working days it lies after the promise's last day."""
        return self._shown.late(self.day)

    @property
    def is_late(self) -> bool:
        """Whether it lies after the promise's last day."""
        return self.late_days > 0

    @property
    def held_by(self) -> str:
        """The name of who holds it right now."""
        return self.held.created_by.name if self.held is not None else ""

    @property
    def held_until(self) -> datetime | None:
        """Until when it is held."""
        return self.held.held_until if self.held is not None else None


class Shown:
    """What all rows of a list share: the client's wishes, and the rows behind the ids."""

    def __init__(self, wanted: Wanted, people: dict[int, Resource], places: dict[int, Place]) -> None:
        self.wanted, self.people, self.places = wanted, people, places
        self._near = {pk: distance(place, wanted.place) or 0.0 for pk, place in places.items()}
        self._late: dict[date, int] = {}

    def place_of(self, time_: Time) -> Place | None:
        """Where a time is."""
        return None if time_.place is None else self.places[time_.place]

    def near(self, time_: Time) -> float:
        """How far a time's place is from the wished one, in kilometres; 0 when nobody knows."""
        return self._near.get(time_.place or 0, 0.0)

    def late(self, day: date) -> int:
        """How many working days a day lies after the promise's last day."""
        if day not in self._late:
            self._late[day] = late_by(day, self.wanted.promise)
        return self._late[day]

    def reason(self, time_: Time, *, is_first: bool) -> str:
        """Why a time stands where it stands."""
        return reason(self.place_of(time_), time_.mode, self.wanted, late_days=self.late(time_.day), is_first=is_first)

    def rows(self, times: Iterable[Time], holds: Sequence[Appointment] = ()) -> list[Offer]:
        """The rows of times, which come by start and name, and of holds: by start, near places first."""
        times = list(times)
        if self.wanted.place is not None:
            times.sort(key=lambda time_: (time_.starts, self.near(time_)))
        found = [Offer(time_, self, is_first=number == 0) for number, time_ in enumerate(times)]
        if not holds:
            return found
        found += [self._held(row) for row in holds]

        def place_in_list(offer: Offer) -> tuple[int, float, list[str]]:
            # A time that somebody holds keeps its place: the list does not jump under the one who chooses.
            return offer.time.starts, self.near(offer.time), [worker.name for worker in offer.workers]

        return sorted(found, key=place_in_list)

    def _held(self, row: Appointment) -> Offer:
        """The row of a time that somebody holds."""
        claimed = [claim.resource for claim in row.claims.all() if claim.position > 0]
        self.people |= {worker.pk: worker for worker in claimed}
        if row.place is not None:
            self.places.setdefault(row.place.pk, row.place)
            self._near.setdefault(row.place.pk, distance(row.place, self.wanted.place) or 0.0)
        blocked = (micros(row.blocks.lower), micros(row.blocks.upper))
        starts, ends, of = micros(row.starts_at), micros(row.ends_at), tuple(worker.pk for worker in claimed)
        time_ = Time(starts, ends, blocked, local_day(row.starts_at), row.mode, (row.mode,), row.place_id, of)
        return Offer(time_, self, held=row)


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
