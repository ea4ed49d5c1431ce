"""Claiming a time: lock, look, insert. The one way by which an appointment comes to be.

Locks are taken in one statement, in the order of their ids, and what is taken is read in the next one: under READ
COMMITTED the second of two takers then sees the first one's rows. The exclusion constraint of migration 0002 stays the
last guard.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import IntegrityError, connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Case, Q, QuerySet, When
from django.utils.translation import gettext_lazy as _

from polku.appointments import freetimes
from polku.appointments.models import Appointment, Claim, Kind, Opening, Resource
from polku.appointments.search import Slot, next_free, slot_of
from polku.appointments.snapshot import Facts, Wish, facts, local_day
from polku.appointments.spans import micros, overlaps
from polku.appointments.states import ROOM_MODES, ResourceKind, State
from polku.asking import Question, value
from polku.kit.errors import Conflict, Invalid, Refused
from polku.storing import insert

P = ParamSpec("P")
R = TypeVar("R")


class Lost(Conflict):
    """A time that cannot be had any more. Who called the action is told the next free one (`tells_next`)."""

    def __init__(self, code: str, message: object, wish: Wish, *, start: datetime, at: datetime) -> None:
        super().__init__(code, message, field="slot", next_free=None)
        self._wish, self._start, self._at = wish, start, at

    def find_next(self) -> None:
        """Look for the next free time, for the page to move to and for a machine to try."""
        found = next_free(self._wish, after=self._start, at=self._at)
        if found is not None:
            self.facts["next_free"] = {
                "slot": str(slot_of(found)),
                "start": found.start.isoformat().replace("+00:00", "Z"),
                "end": found.end.isoformat().replace("+00:00", "Z"),
                "mode": found.mode,
            }


def tells_next(act: Callable[P, R]) -> Callable[P, R]:
    """Around an action: a lost time is told with the next free one.

    It is looked for when the action has been taken back and its locks are let go: looking takes several times as long
    as being refused, and whoever else wants the same time waits for the locks.
    """

    @wraps(act)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return act(*args, **kwargs)
        except Lost as lost:
            lost.find_next()
            raise

    return told


def workers_of(slot: Slot) -> list[Resource]:
    """The workers of a slot, in its order.

    Raises:
        Invalid: one of them is not a worker here.
    """
    rows = {row.public_id: row for row in _NAMED(names=list(slot.workers))}
    if len(rows) != len(slot.workers):
        raise Invalid("worker", _("There is no such worker in the calendars. Choose a time in the list."), field="slot")
    return [rows[public_id] for public_id in slot.workers]


_NAMED = Question(
    lambda: Resource.objects.filter(
        public_id__any_of=value("names"), kind=ResourceKind.WORKER, active=True
    ).select_related("actor")
)


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
    if (beside := out_of_reach(wish.kind, start=start, at=at)) is not None:
        raise beside
    # Whoever comes second to a time is told by one question, before all that makes it a time is read.
    if (rival := taken(wish, start=start, at=at, workers=ids)) is not None:
        raise rival
    read = facts(wish, first=day, last=day, at=at, only=ids)
    time_ = freetimes.fitting(start, ids, mode, read.need, read.calendars)
    if time_ is None:
        raise refusal(wish, read, start=start, workers=ids, mode=mode, at=at)
    row.mode, row.place_id = time_.mode, time_.place
    row.during, row.blocks = DateTimeTZRange(time_.start, time_.end), DateTimeTZRange(*time_.blocks)
    claimed = [*enumerate(time_.workers, start=1), *([(0, time_.room)] if time_.room is not None else [])]
    try:
        insert(row)
        for position, resource in claimed:
            insert(Claim(appointment=row, resource_id=resource, position=position, during=row.blocks, live=True))
    except IntegrityError as error:
        # No savepoint around it: a lost time takes the whole action back.
        if "claim_no_overlap" not in str(error):
            raise
        raise was_first(wish, start=start, at=at) from error
    return row


def lock(workers: Sequence[Resource], *, day: datetime, rooms: bool, at: datetime, also: Sequence[int] = ()) -> None:
    """Lock the workers, `also` other resources, and with `rooms` the rooms of the places where they are open.

    Then lets go of lapsed holds on any of them around `day`, so that their claims do not block.
    """
    wanted = sorted({worker.pk for worker in workers} | set(also))
    locked = [pk for (pk,) in (_WITH_ROOMS if rooms else _ALONE)(resources=wanted)]
    low, high = day - timedelta(days=1), day + timedelta(days=1)
    with connection.cursor() as cursor:
        cursor.execute(_LET_GO, {"resources": locked, "low": low, "high": high, "at": at})


def _locked(wanted: Q) -> QuerySet[Resource, tuple[int]]:
    rows = Resource.objects.select_for_update(no_key=True, of=("self",)).filter(wanted)
    return rows.order_by("pk").values_list("pk")


_PLACES = Opening.objects.filter(resource_id__any_of=value("resources"), place__isnull=False).values("place_id")
_ALONE = Question(lambda: _locked(Q(pk__any_of=value("resources"))))
_WITH_ROOMS = Question(
    lambda: _locked(Q(pk__any_of=value("resources")) | Q(kind=ResourceKind.ROOM, active=True, place_id__in=_PLACES))
)
_LET_GO = """
UPDATE appointments_appointment SET state = 'expired'
WHERE state = 'held' AND held_until <= %(at)s AND id IN (
    SELECT appointment_id FROM appointments_claim
    WHERE resource_id = ANY (%(resources)s::bigint[]) AND live AND during && tstzrange(%(low)s, %(high)s)
)
"""


def out_of_reach(kind: Kind, *, start: datetime, at: datetime) -> Invalid | None:
    """Why no time of the kind can begin then, whoever is free; None when one can."""
    if start <= at:
        return Invalid("past", _("That time has already passed. Choose a later one."), field="slot")
    if start < at + timedelta(minutes=kind.lead_minutes):
        return Invalid(
            "too_soon",
            _("A time of this kind is booked at least %(minutes)d minutes ahead. Choose a later one.")
            % {"minutes": kind.lead_minutes},
            field="slot",
        )
    if start >= at + timedelta(days=kind.horizon_days):
        return Invalid(
            "too_far",
            _("Times of this kind can be booked %(days)d days ahead. Choose an earlier one.")
            % {"days": kind.horizon_days},
            field="slot",
        )
    return None


def refusal(wish: Wish, read: Facts, *, start: datetime, workers: Sequence[int], mode: str, at: datetime) -> Refused:
    """Why a time that nobody else has booked or holds cannot be taken, as the error to raise."""
    need = read.need
    if len(workers) != len(need.seats):
        return Invalid("workers", _("This kind of time takes another number of workers."), field="slot")
    blocks = (micros(start - need.before), micros(start + need.duration + need.after))
    if any(overlaps(blocks, read.calendars.busy.get(worker, ())) for worker in workers):
        return was_first(wish, start=start, at=at)
    if need.room_modes and mode in ROOM_MODES:
        without_room = replace(need, room_modes=frozenset())
        if freetimes.fitting(start, list(workers), mode, without_room, read.calendars) is not None:
            return Lost("no_room", _("No room is free at that time any more."), wish, start=start, at=at)
    return Lost("not_open", _("That time is not open for booking any more."), wish, start=start, at=at)


def taken(wish: Wish, *, start: datetime, at: datetime, workers: Sequence[int]) -> Lost | None:
    """The error of a time that somebody else was first to take, with the holder while it is only held; else None."""
    kind = wish.kind
    low, high = start - timedelta(minutes=kind.before_minutes), start + timedelta(minutes=kind.duration_minutes)
    blocks = DateTimeTZRange(low, high + timedelta(minutes=kind.after_minutes))
    rival = _RIVALS.first(workers=list(workers), blocks=blocks, at=at)
    if rival is None:
        return None
    state, name = rival
    if state != State.HELD:
        return was_first(wish, start=start, at=at)
    return Lost("time_held", _("That time is held by %(name)s right now.") % {"name": name}, wish, start=start, at=at)


def was_first(wish: Wish, *, start: datetime, at: datetime) -> Lost:
    """The error of a time that somebody else was first to take."""
    return Lost("time_taken", _("Somebody else was first to take that time."), wish, start=start, at=at)


_RIVALS = Question(
    lambda: (
        Claim.objects.filter(resource_id__any_of=value("workers"), live=True, during__overlap=value("blocks"))
        .exclude(appointment__state=State.HELD, appointment__held_until__lte=value("at"))
        .order_by(Case(When(appointment__state=State.HELD, then=0), default=1), "pk")
        .values_list("appointment__state", "appointment__created_by__name")[:1]
    )
)
