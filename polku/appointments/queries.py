"""Reading what is booked: a worker's days, a client's times, what was said before a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet

from polku.access.models import Absence, Actor, Unit
from polku.access.permissions import visible_to
from polku.acting import beyond
from polku.appointments.links import token_hash
from polku.appointments.models import Appointment, BusyTime, Feed, Opening, Participant, Resource, WaitingEntry
from polku.appointments.seats import SEATED, own
from polku.appointments.snapshot import CLAIMS, calendars, local_day
from polku.appointments.spans import HELSINKI, Span, day_span, instant, subtract
from polku.appointments.states import UPCOMING, WAITING, CancelledBy, State
from polku.cases.models import Case
from polku.clients.models import Client
from polku.clients.queries import same_person
from polku.contacts.models import Contact, ContactText
from polku.contacts.states import TextKind

SHOWN = (State.HELD, State.BOOKED, State.ARRIVED, State.DONE, State.NO_SHOW)


def full(rows: QuerySet[Appointment] | None = None) -> QuerySet[Appointment]:
    """Appointments with everything that a page shows of them."""
    rows = Appointment.objects.all() if rows is None else rows
    return rows.select_related("kind", "unit", "place", "client", "contact", "case", "booked_by").prefetch_related(
        CLAIMS
    )


def of_client(client: Client, *, by: Actor, at: datetime) -> QuerySet[Appointment]:
    """The person's appointments that the actor may read, the latest first; merged rows count as one person."""
    rows = full(Appointment.objects.filter(client_id__in=same_person([client.pk])))
    return (
        visible_to(by, "appointments.read", rows, at=at)
        .exclude(state__in=(State.RELEASED, State.EXPIRED))
        .order_by("-during")
    )


AGREED = (*UPCOMING, State.DONE, State.NO_SHOW, State.MOVED, State.CANCELLED)
"""What has been agreed with a client, whatever became of it; holds are left out."""
_OF_SEAT = ("appointment__kind", "appointment__unit", "appointment__place", "contact", "case")


def agreed(*, contacts: Iterable[Contact] = (), case: Case | None = None) -> list[Appointment]:
    """The times of contacts and of a case, seats in groups as the person's own view of them (`seats.own`), by time.

    With a case the contacts are those it came from: their times that belong to another case are not its own. Who may
    see them is the caller's to know: the page of the contact or case shows them.
    """
    wanted = Q(contact__in=list(contacts))
    if case is not None:
        wanted = Q(case=case) | (wanted & Q(case__isnull=True))
    rows = Appointment.objects.filter(wanted, state__in=AGREED).select_related("kind", "place")
    seats_ = Participant.objects.filter(wanted, state__in=AGREED).select_related(*_OF_SEAT)
    return sorted([*rows, *map(own, seats_)], key=lambda row: row.starts_at)


def of_person(client: Client, *, by: Actor, at: datetime, most: int) -> list[Appointment]:
    """The person's times and seats that the actor may see, the latest first."""
    times = list(of_client(client, by=by, at=at).exclude(state=State.HELD)[:most])
    rows = Participant.objects.filter(client_id__in=same_person([client.pk]), state__in=AGREED)
    rows = rows.select_related(*_OF_SEAT)
    rows = visible_to(by, "appointments.read_seat", rows, at=at).order_by("-appointment__during")[:most]
    return sorted([*times, *map(own, rows)], key=lambda row: row.starts_at, reverse=True)[:most]


def opened_by(rows: Iterable[Appointment], *, by: Actor, at: datetime) -> set[int]:
    """Ids of the times whose own page the actor may open: a group's is for its unit and workers."""
    wanted = Appointment.objects.filter(pk__in=[row.pk for row in rows])
    return set(visible_to(by, "appointments.read", wanted, at=at).values_list("pk", flat=True))


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a worker's day: an appointment with what was said first, or free, away, busy time."""

    start: datetime
    end: datetime
    what: str
    appointment: Appointment | None = None
    said: str = ""
    participants: Sequence[Participant] = ()

    @property
    def ends_text(self) -> str:
        """The hour at which it ends: `14.00`."""
        return f"{self.end.astimezone(HELSINKI):%-H.%M}"


@dataclass(slots=True)
class WorkDay:
    """A worker's day: rows by time."""

    day: date
    entries: list[Entry] = field(default_factory=list)

    @property
    def appointments(self) -> list[Appointment]:
        """The appointments of the day."""
        return [entry.appointment for entry in self.entries if entry.appointment is not None]


def days_of(worker: Resource, *, first: date, last: date, at: datetime) -> list[WorkDay]:
    """A worker's days from `first` to `last`: appointments, free openings, absences and busy times; fixed queries."""
    low, high = day_span(first)[0], day_span(last)[1]
    rows = list(
        full(
            Appointment.objects.filter(
                claims__resource=worker, claims__live=True, state__in=SHOWN, during__overlap=(low, high)
            )
        )
        .exclude(state=State.HELD, held_until__lte=at)
        .order_by("during")
    )
    said = said_before(rows)
    groups: dict[int, list[Participant]] = defaultdict(list)
    seated = Participant.objects.filter(appointment__in=rows, state__in=SEATED)
    participants = list(seated.select_related("client").order_by("seat"))
    heard = said_before(participants)
    for participant in participants:
        participant.said = heard.get(participant.pk, "")
        groups[participant.appointment_id].append(participant)
    found = {
        first + timedelta(days=number): WorkDay(first + timedelta(days=number))
        for number in range((last - first).days + 1)
    }
    for row in rows:
        found[max(local_day(row.starts_at), first)].entries.append(
            Entry(row.starts_at, row.ends_at, "appointment", row, said.get(row.pk, ""), groups[row.pk])
        )
    _add_rest(worker, found, at=at)
    for day in found.values():
        day.entries.sort(key=lambda entry: (entry.start, entry.end))
    return list(found.values())


def _add_rest(worker: Resource, found: dict[date, WorkDay], *, at: datetime) -> None:
    """Add what is free, away and busy."""
    first, last = min(found), max(found)
    read = calendars(worker, first=first, last=last, at=at)
    for day in found.values():
        for opening in read.openings.get(worker.pk, ()):
            for open_ in read.open_on(opening, day.day):
                left = [(instant(start), instant(end)) for start, end in subtract(open_, read.busy.get(worker.pk, ()))]
                day.entries += [
                    Entry(max(start, at), end, "free") for start, end in left
                    if end - max(start, at) >= timedelta(minutes=15)
                ]  # fmt: skip
    low, high = day_span(first)[0], day_span(last)[1]
    away = Absence.objects.filter(actor=worker.actor, starts_at__lt=high, ends_at__gt=low)
    taken = BusyTime.objects.filter(resource=worker, during__overlap=(low, high))
    spans: list[tuple[str, Span]] = [("away", (one.starts_at, one.ends_at)) for one in away]
    spans += [("busy", (one.during.lower, one.during.upper)) for one in taken]
    for what, (start, end) in spans:
        for day in found.values():
            midnight, next_midnight = day_span(day.day)
            if start < next_midnight and end > midnight:
                day.entries.append(Entry(max(start, midnight), min(end, next_midnight), what))


def said_before(rows: Iterable[Appointment | Participant]) -> dict[int, str]:
    """What was said in the contact from which each time was booked, or each seat given, by its id; one query."""
    of_contact = defaultdict(list)
    for row in rows:
        if row.contact_id:
            of_contact[row.contact_id].append(row.pk)
    texts = ContactText.objects.filter(contact_id__in=list(of_contact), kind=TextKind.SAID).order_by("version")
    found: dict[int, str] = {}
    for text in texts:
        for pk in of_contact[text.contact_id]:
            found[pk] = text.text
    return found


def hit_by(worker: Resource, *, starts_at: datetime, ends_at: datetime) -> list[Appointment]:
    """Agreed times of a worker that fall on a period: what an absence or a change of openings leaves to move."""
    rows = Appointment.objects.filter(
        claims__resource=worker, claims__live=True, state__in=UPCOMING, during__overlap=(starts_at, ends_at)
    )
    return list(full(rows).order_by("during"))


def fell_away(unit: Unit, day: date, *, by: Actor, at: datetime) -> list[Appointment]:
    """The times on a day that were moved or cancelled on the unit's side, as when it was shut: what shutting cost.

    Those of the unit and those at the places that it keeps, as far as the actor may read them.
    """
    rows = Appointment.objects.filter(
        Q(unit=unit) | Q(place__unit=unit), state__in=(State.MOVED, State.CANCELLED), cancelled_side=CancelledBy.UNIT,
        during__overlap=day_span(day),
    )  # fmt: skip
    return list(visible_to(by, "appointments.read", full(rows), at=at).order_by("during"))


def worker_of(actor: Actor) -> Resource | None:
    """The calendar of a staff member, if they have one."""
    return Resource.objects.filter(actor=actor, active=True).select_related("actor").first()


def openings_of(worker: Resource, *, at: datetime) -> QuerySet[Opening]:
    """The openings of a worker that hold today or later, by weekday and hour."""
    rows = Opening.objects.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=local_day(at)), resource=worker)
    return rows.select_related("place", "unit").prefetch_related("kinds").order_by("on_date", "weekday", "starts", "id")


def entry_of(appointment: Appointment) -> WaitingEntry | None:
    """The running place of an appointment's client on the earlier-time list."""
    return WaitingEntry.objects.filter(appointment=appointment, state__in=WAITING).first()


def feed_by(token: str) -> Feed | None:
    """The running feed of a secret address."""
    return Feed.objects.select_related("actor").filter(token_hash=token_hash(token), ended_at__isnull=True).first()


@beyond("a time is taken whoever has it; no client's name is read")
def is_taken(row: Appointment, *, at: datetime) -> bool:
    """Whether somebody else has booked or holds one of the workers, or the room, of a time that is no more."""
    resources = list(row.claims.values_list("resource_id", flat=True))
    rivals = Appointment.objects.filter(
        claims__resource_id__in=resources, claims__live=True, claims__during__overlap=row.blocks
    ).exclude(pk=row.pk)
    return rivals.exclude(state=State.HELD, held_until__lte=at).exists()
