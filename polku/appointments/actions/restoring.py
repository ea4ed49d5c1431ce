"""Taking a cancellation back: for some minutes the time, or the seat, is booked again as it was."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.access.permissions import require
from polku.acting import action
from polku.appointments import attempts, links, notices, seats
from polku.appointments.actions.claiming import lock, taken, tells_next, was_first
from polku.appointments.actions.rows import changed_meanwhile, locked, turn
from polku.appointments.actions.seating import free_seat, locked_seat
from polku.appointments.actions.tracing import trace
from polku.appointments.actions.waiting import resume_entry, withdraw_offers
from polku.appointments.models import Appointment, Participant
from polku.appointments.queries import is_taken
from polku.appointments.rules import UNDO_LASTS, undo_until
from polku.appointments.snapshot import Wish
from polku.appointments.states import UPCOMING, State
from polku.clients.queries import same_person
from polku.kit.errors import Conflict

OPEN_AGAIN = {"closed_at": None, "closed_by": None, "cancelled_side": "", "cancelled_reason": ""}


@tells_next
@action
def restore(*, appointment: Appointment, by: Actor, at: datetime) -> Appointment:
    """Take the cancellation of a time back while nobody has taken it: it is booked again as before, its group too.

    The message of the cancellation is stopped; when it has left, the client gets one that the time holds after all.
    The links, the place on the earlier-time list and the matter's waiting are again as they were, and nobody else is
    offered the time any more; the clocks ran on all the while. Taking back twice is one.

    Raises:
        NotAllowed; Conflict `time_taken` or `time_held` with `next_free`, `booked_anew`, or `undo_ended`.
    """
    require(by, "appointments.restore", appointment, at=at)
    claimed = list(appointment.claims.values_list("resource_id", flat=True))
    lock([], day=appointment.starts_at, rooms=False, at=at, also=claimed)
    row = locked(appointment)
    if row.state in UPCOMING:
        return row
    _check(row, row, at=at)
    ended_at, reason = row.closed_at, row.cancelled_reason
    assert ended_at is not None
    _check_not_anew(row)
    if is_taken(row, at=at):
        raise _taken(row, at=at)
    turn(row, State.BOOKED, restored=row.restored + 1, **OPEN_AGAIN)
    links.revive(row, ended_at=ended_at)
    resume_entry(row)
    withdraw_offers(row, resources=claimed, at=at)
    trace(row, "restored", by=by, at=at, data={"reason": reason})
    if row.capacity > 1:
        _restore_seats(row, ended_at=ended_at, by=by, at=at)
    else:
        notices.restored(row, at=at)
        if row.reminded_at is not None and notices.reminder_stopped(row):
            Appointment.objects.filter(pk=row.pk).update(reminded_at=None)
            row.reminded_at = None
    attempts.wait_again(row, at=at)
    return row


@action
def restore_seat(*, participant: Participant, by: Actor, at: datetime) -> Participant:
    """Give a client back the seat that was given up a short while ago; another one of the group when that is taken.

    Raises:
        NotAllowed; Conflict `full`, `has_seat`, `booked_anew`, `undo_ended`, or when the group is not booked any more.
    """
    require(by, "appointments.restore_seat", participant, at=at)
    group = Appointment.objects.select_for_update(no_key=True).get(pk=participant.appointment_id)
    row = locked_seat(participant)
    if row.state in seats.SEATED:
        return row
    _check(row, row.appointment, at=at)
    if group.state not in UPCOMING:
        raise Conflict("not_booked", _("This group is not open for new participants any more."))
    seated = Participant.objects.filter(appointment=group, state__in=seats.SEATED)
    if seated.filter(client_id__in=same_person([row.client_id])).exists():
        raise Conflict("has_seat", _("The client has another seat in this group already."))
    _check_not_anew(seats.own(row))
    _give_back(row, free_seat(row.appointment, at=at, wanted=row.seat), by=by, at=at)
    return row


def _check(row: Appointment | Participant, time_: Appointment, *, at: datetime) -> None:
    """Whether a cancellation can still be taken back.

    Raises:
        Conflict: it is not cancelled, `undo_ended`.
    """
    if row.state != State.CANCELLED:
        raise changed_meanwhile(row)
    if undo_until(row, starts_at=time_.starts_at, at=at) is None:
        minutes = int(UNDO_LASTS.total_seconds()) // 60
        raise Conflict(
            "undo_ended",
            _("A cancellation by staff can be taken back for %(minutes)d minutes. Book the time anew.")
            % {"minutes": minutes},
        )


def _check_not_anew(row: Appointment) -> None:
    """Raise Conflict `booked_anew` when the client has got another time of the kind since the cancellation."""
    if attempts.booked_anew(row):
        raise Conflict(
            "booked_anew",
            _("The client has been booked another time since then. Cancel that one first if this one is to hold."),
        )


def _taken(row: Appointment, *, at: datetime) -> Conflict:
    """The error of a time that somebody was quick to take, with the next free one."""
    workers = list(row.claims.values_list("resource_id", flat=True))
    wish = Wish(row.kind, row.unit)
    return taken(wish, start=row.starts_at, at=at, workers=workers) or was_first(wish, start=row.starts_at, at=at)


def _restore_seats(group: Appointment, *, ended_at: datetime, by: Actor, at: datetime) -> None:
    """Give everybody back the seat that fell away with the group, but those who were booked anew meanwhile."""
    gone = Participant.objects.filter(appointment=group, state=State.CANCELLED, closed_at=ended_at)
    list(gone.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    for row in gone.select_related("client", "contact", "case").order_by("seat"):
        row.appointment = group
        if attempts.booked_anew(seats.own(row)):
            links.use_up_seat(row, at=at)
            continue
        _give_back(row, row.seat, by=by, at=at)


def _give_back(row: Participant, seat: int, *, by: Actor, at: datetime) -> None:
    """Turn a locked seat that was given up into a booked one, with what belongs to it."""
    ended_at, reason = row.closed_at, row.cancelled_reason
    assert ended_at is not None
    changed = Participant.objects.filter(pk=row.pk, state=State.CANCELLED).update(
        state=State.BOOKED, seat=seat, restored=F("restored") + 1, **OPEN_AGAIN
    )
    if not changed:
        raise changed_meanwhile(row)
    for name, value in {**OPEN_AGAIN, "state": State.BOOKED, "seat": seat, "restored": row.restored + 1}.items():
        setattr(row, name, value)
    links.revive_seat(row, ended_at=ended_at)
    own = seats.own(row)
    trace(own, "group_restored", by=by, at=at, data={"reason": reason})
    notices.restored(own, at=at)
    if own.reminded_at is not None and notices.reminder_stopped(own):
        # The group has been reminded of once and for all: this seat's own reminder is written here.
        notices.reminder(own, token=links.make(own, at=at), at=at)
    attempts.wait_again(own, at=at)
