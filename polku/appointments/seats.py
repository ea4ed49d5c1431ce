"""A participant's own view of a group time: what is told, written and counted for one client among many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from polku.access.models import Unit
from polku.acting import beyond
from polku.appointments.models import Appointment, Kind, Participant
from polku.appointments.rules import undo_until
from polku.appointments.snapshot import CLAIMS, local_day
from polku.appointments.states import UPCOMING, State

SEATED = (State.BOOKED, State.ARRIVED, State.DONE, State.NO_SHOW)
"""States in which a participant's seat is theirs; given up and moved ones are free again."""


def own(participant: Participant) -> Appointment:
    """The group time as one participant's own: its day, place and workers, their client, contact, case and promise.

    Messages, sentences, clocks and new attempts are made for it as for any time of one client. Never saved.
    """
    seen = copy(participant.appointment)
    seen.client_id, seen.contact_id, seen.case_id = participant.client_id, participant.contact_id, participant.case_id
    seen.work_item_id = None
    if participant.contact is not None:
        seen.work_item_id = participant.contact.work_item_id
    elif participant.case is not None:
        seen.work_item_id = participant.case.work_item_id
    seen.promised_by, seen.state, seen.closed_at = participant.promised_by, participant.state, participant.closed_at
    seen.closed_by_id, seen.restored = participant.closed_by_id, participant.restored
    seen.seat = participant
    return seen


def of(appointment: Appointment) -> list[Participant]:
    """The participants whose seats are theirs, by seat."""
    rows = Participant.objects.filter(appointment=appointment, state__in=SEATED)
    found = list(rows.select_related("client", "contact", "case").order_by("seat"))
    for row in found:
        row.appointment = appointment
    return found


def now(participant: Participant) -> Participant:
    """The seat itself, or the one at the group's new time, as often as the group was moved."""
    row = participant
    while row.state == State.MOVED and row.closed_at is not None:
        moved = Participant.objects.filter(
            appointment__replaces=row.appointment_id, client=row.client_id, created_at=row.closed_at,
            created_by=row.created_by_id,
        )  # fmt: skip
        following = moved.select_related("appointment").first()
        if following is None:
            return row
        row = following
    return row


@beyond("a group's own row is about no client")
def groups(wanted: Q) -> list[Appointment]:
    """The groups ever booked that are wanted, with their kind, unit, place and workers, by time."""
    rows = Appointment.objects.filter(wanted, capacity__gt=1, booked_at__isnull=False)
    return list(rows.select_related("kind", "unit", "place").prefetch_related(CLAIMS).order_by("during"))


def given_up(appointment: Appointment, *, at: datetime) -> list[Participant]:
    """The seats of a booked group whose giving up can still be taken back, the latest first."""
    if appointment.state not in UPCOMING:
        return []
    rows = Participant.objects.filter(appointment=appointment, state=State.CANCELLED).order_by("-closed_at", "pk")
    found = rows.select_related("client", "closed_by")
    return [row for row in found if undo_until(row, starts_at=appointment.starts_at, at=at) is not None]


@dataclass(frozen=True, slots=True)
class Session:
    """A group that is still ahead, and how many seats of it are free."""

    appointment: Appointment
    free: int
    mine: Participant | None = None


@beyond("a seat is taken whoever has it; no client's name is read")
def free_seats(kind: Kind, units: Collection[Unit], *, at: datetime) -> dict[int, list[tuple[date, int]]]:
    """The free seats of each group of a kind that begins later, with its day, by unit."""
    found: dict[int, list[tuple[date, int]]] = defaultdict(list)
    if kind.capacity > 1:
        rows = _ahead(kind, units, at=at).values_list("unit_id", "during", "capacity", "seated")
        for unit, during, capacity, seated in rows:
            found[unit].append((local_day(during.lower), max(capacity - seated, 0)))
    return found


def _ahead(kind: Kind, units: Collection[Unit], *, at: datetime) -> QuerySet[Any]:
    # Rows with `seated`, which the type of the model does not know.
    rows = Appointment.objects.filter(
        kind=kind, unit__in=units, state__in=UPCOMING, capacity__gt=1, during__startswith__gt=at
    )
    return rows.annotate(seated=Count("participants", filter=Q(participants__state__in=SEATED)))


def next_with_room(kind: Kind, unit: Unit, *, at: datetime) -> Session | None:
    """The first group of a kind that begins later and is not full."""
    row = _ahead(kind, [unit], at=at).filter(seated__lt=F("capacity")).order_by("during").first()
    return Session(row, row.capacity - row.seated) if row is not None else None


@beyond("a seat is taken whoever has it; no client's name is read")
def open_sessions(
    kind: Kind, unit: Unit, *, at: datetime, clients: Iterable[int] = (), most: int | None = None
) -> list[Session]:
    """The groups of a kind that begin later (the first `most`), by time; `mine` is the seat of one of `clients`."""
    found = list(_ahead(kind, [unit], at=at).select_related("place", "kind", "unit").order_by("during")[:most])
    seats = Participant.objects.filter(appointment__in=found, client_id__in=list(clients), state__in=SEATED)
    mine = {seat.appointment_id: seat for seat in seats}
    return [Session(row, max(row.capacity - row.seated, 0), mine.get(row.pk)) for row in found]
