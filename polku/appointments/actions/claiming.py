"""Claiming a time: lock, look, insert. The one way by which an appointment comes to be.

Locks are taken in one statement, in the order of their ids, and what is taken is read in the next one: under READ
COMMITTED the second of two takers then sees the first one's rows. The exclusion constraint of migration 0002 stays the
last guard.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from polku.appointments import freetimes
from polku.appointments.models import Appointment, Claim, Opening, Resource
from polku.appointments.search import Slot, next_free, slot_of
from polku.appointments.snapshot import Facts, Wish, facts, local_day
from polku.appointments.spans import micros, overlaps
from polku.appointments.states import ROOM_MODES, ResourceKind, State
from polku.kit.errors import Conflict, Invalid, Refused


def workers_of(slot: Slot) -> list[Resource]:
    """The workers of a slot, in its order.

    Raises:
        Invalid: one of them is not a worker here.
    """
    rows = {
        row.public_id: row
        for row in Resource.objects.filter(
            public_id__in=slot.workers, kind=ResourceKind.WORKER, active=True
        ).select_related("actor")
    }
    if len(rows) != len(slot.workers):
        raise Invalid("worker", _("There is no such worker in the calendars. Choose a time in the list."), field="slot")
    return [rows[public_id] for public_id in slot.workers]


def claim(
    wish: Wish, *, start: datetime, workers: Sequence[Resource], mode: str, at: datetime, row: Appointment
) -> Appointment:
    """Fill in where and when of `row`, and save it with its claims. The caller has locked (`lock`).

    Raises:
        Conflict: the time is taken, held, or no longer open; with the next free time.
        Invalid: the time has passed, or is too soon or too far for its kind.
    """
    day = local_day(start)
    ids = [worker.pk for worker in workers]
    read = facts(wish, first=day, last=day, at=at, only=ids)
    time_ = freetimes.fitting(start, ids, mode, read.need, read.calendars)
    if time_ is None:
        raise refusal(wish, read, start=start, workers=ids, mode=mode, at=at)
    row.mode, row.place_id = time_.mode, time_.place
    row.during, row.blocks = DateTimeTZRange(time_.start, time_.end), DateTimeTZRange(*time_.blocks)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            claims = [
                Claim(appointment=row, resource_id=resource, position=number, during=row.blocks, live=True)
                for number, resource in enumerate(time_.workers, start=1)
            ]
            if time_.room is not None:
                claims.append(Claim(appointment=row, resource_id=time_.room, position=0, during=row.blocks, live=True))
            Claim.objects.bulk_create(claims)
    except IntegrityError as error:
        if "claim_no_overlap" not in str(error):
            raise
        raise taken(wish, start=start, at=at) from error
    return row


def lock(workers: Sequence[Resource], *, day: datetime, rooms: bool, at: datetime, also: Sequence[int] = ()) -> None:
    """Lock the workers, `also` other resources, and with `rooms` the rooms of the places where they are open.

    Then lets go of lapsed holds on any of them around `day`, so that their claims do not block.
    """
    ids = {worker.pk for worker in workers} | set(also)
    wanted = Q(pk__in=ids)
    if rooms:
        places = Opening.objects.filter(resource_id__in=ids, place__isnull=False).values("place_id")
        wanted |= Q(kind=ResourceKind.ROOM, active=True, place_id__in=places)
    locked = list(
        Resource.objects.select_for_update(no_key=True, of=("self",))
        .filter(wanted)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    around = (day - timedelta(days=1), day + timedelta(days=1))
    lapsed = Claim.objects.filter(
        resource_id__in=locked,
        live=True,
        during__overlap=around,
        appointment__state=State.HELD,
        appointment__held_until__lte=at,
    )
    Appointment.objects.filter(pk__in=lapsed.values("appointment_id"), state=State.HELD, held_until__lte=at).update(
        state=State.EXPIRED
    )


def refusal(wish: Wish, read: Facts, *, start: datetime, workers: Sequence[int], mode: str, at: datetime) -> Refused:
    """Why a time cannot be taken, as the error to raise."""
    need = read.need
    if start <= at:
        return Invalid("past", _("That time has already passed. Choose a later one."), field="slot")
    if start < need.not_before:
        return Invalid(
            "too_soon",
            _("A time of this kind is booked at least %(minutes)d minutes ahead. Choose a later one.")
            % {"minutes": wish.kind.lead_minutes},
            field="slot",
        )
    if start >= need.not_after:
        return Invalid(
            "too_far",
            _("Times of this kind can be booked %(days)d days ahead. Choose an earlier one.")
            % {"days": wish.kind.horizon_days},
            field="slot",
        )
    if len(workers) != len(need.seats):
        return Invalid("workers", _("This kind of time takes another number of workers."), field="slot")
    blocks = (start - need.before, start + need.duration + need.after)
    if any(overlaps((micros(blocks[0]), micros(blocks[1])), read.calendars.busy.get(worker, ())) for worker in workers):
        return taken(wish, start=start, at=at, workers=workers, blocks=blocks)
    if need.room_modes and mode in ROOM_MODES:
        without_room = replace(need, room_modes=frozenset())
        if freetimes.fitting(start, list(workers), mode, without_room, read.calendars) is not None:
            return _conflict("no_room", _("No room is free at that time any more."), wish, start=start, at=at)
    return _conflict("not_open", _("That time is not open for booking any more."), wish, start=start, at=at)


def taken(
    wish: Wish,
    *,
    start: datetime,
    at: datetime,
    workers: Sequence[int] = (),
    blocks: tuple[datetime, datetime] | None = None,
) -> Conflict:
    """The error of a time that somebody else was first to take; names the holder while it is only held."""
    holding = None
    if blocks is not None:
        claims = Claim.objects.filter(
            resource_id__in=list(workers), live=True, during__overlap=blocks, appointment__state=State.HELD
        )
        holding = claims.values_list("appointment__created_by__name", flat=True).first()
    if holding is not None:
        message = _("That time is held by %(name)s right now.") % {"name": holding}
        return _conflict("time_held", message, wish, start=start, at=at)
    return _conflict("time_taken", _("Somebody else was first to take that time."), wish, start=start, at=at)


def _conflict(code: str, message: object, wish: Wish, *, start: datetime, at: datetime) -> Conflict:
    """A conflict that carries the next free time, for the page to move to and for a machine to try."""
    found = next_free(wish, after=start, at=at)
    if found is None:
        return Conflict(code, message, field="slot", next_free=None)
    return Conflict(
        code,
        message,
        field="slot",
        next_free={
            "slot": str(slot_of(found)),
            "start": found.start.isoformat().replace("+00:00", "Z"),
            "end": found.end.isoformat().replace("+00:00", "Z"),
            "mode": found.mode,
        },
    )
