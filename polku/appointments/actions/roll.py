"""What became of the participants of a group: one by one, or all of them at once when the group is marked as held."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.access.permissions import require
from polku.acting import action
from polku.appointments import attempts, links, notices, seats
from polku.appointments.actions.rows import changed_meanwhile, locked, turn
from polku.appointments.actions.seating import give_up, locked_seat
from polku.appointments.actions.tracing import trace
from polku.appointments.clocks import began, meet, run_again
from polku.appointments.models import Appointment, Participant
from polku.appointments.snapshot import local_day
from polku.appointments.states import TRANSITIONS, UPCOMING, CancelledBy, State
from polku.kit.errors import Conflict, Invalid

ROLL = (State.DONE, State.NO_SHOW, State.CANCELLED)
"""What may be said of a participant when the group is over."""
MARKED = (State.DONE, State.NO_SHOW)


@action
def mark_participant(
    *, participant: Participant, state: State, by: Actor, at: datetime, reason: str = "", write: bool = True
) -> None:
    """Mark that a participant arrived, took part or did not come; `booked` takes a mark back, with its reason.

    Taking part meets the clocks of the participant's own matter by the moment the group began. Who did not come is
    called: a new attempt opens as after any time.

    Raises:
        NotAllowed; Invalid before the day, before the group begins, or without a reason for taking a mark back;
        Conflict when the seat has been given up, or when the case whose clock taking part has met has been closed.
    """
    require(by, "appointments.attend", participant.appointment, at=at)
    row = locked_seat(participant)
    if row.state != state:
        _mark(row, state, reason=reason.strip(), by=by, at=at, write=write)


@action
def call_roll(
    *, appointment: Appointment, marks: Mapping[str, State], by: Actor, at: datetime, reason: str = "",
    write: bool = True,
) -> Appointment:  # fmt: skip
    """Mark all participants of a group at once, by the public ids of their seats, and the group as held.

    Each is as if marked alone; a mark that was another before is taken back first. When nobody took part, the group did
    not take place. Who is cancelled had called it off: their seat is given up, nobody calls them.

    Raises:
        NotAllowed; Invalid before the group begins, when a participant is left unmarked, or without a reason for
        cancelling and changing a mark; Conflict when the group is not booked any more or a seat has been given up.
    """
    require(by, "appointments.attend", appointment, at=at)
    group, reason = locked(appointment), reason.strip()
    if group.capacity == 1:
        raise Invalid("not_a_group", _("This time is for one client only."))
    if group.state not in (*UPCOMING, *MARKED):
        raise changed_meanwhile(group)
    if at < group.starts_at:
        raise Invalid("not_yet", _("The group has not begun yet. Mark its participants when it has."))
    rows = _seated(group)
    if set(marks) - {row.public_id for row in rows}:
        raise Conflict("changed", _("The participants have changed since you opened the page. Open it again."))
    if any(marks.get(row.public_id) not in ROLL for row in rows):
        raise Invalid("unmarked", _("Choose for each participant what became of them."))
    for row in rows:
        _settle(row, marks[row.public_id], reason=reason, by=by, at=at, write=write)
    _end(group, State.DONE if State.DONE in marks.values() else State.NO_SHOW, by=by, at=at)
    return group


def _seated(group: Appointment) -> list[Participant]:
    """The participants whose seats are theirs, by seat, locked in the order in which all who lock many lock them."""
    list(Participant.objects.select_for_update(no_key=True).filter(appointment=group).order_by("pk").values_list("pk"))
    return seats.of(group)


def _settle(row: Participant, wanted: State, *, reason: str, by: Actor, at: datetime, write: bool) -> None:
    """Take a locked seat from whatever was marked to what is wanted."""
    if row.state == wanted:
        return
    if row.state in MARKED or (row.state == State.ARRIVED and wanted == State.NO_SHOW):
        _mark(row, State.BOOKED, reason=reason, by=by, at=at, write=False)
    if wanted != State.CANCELLED:
        _mark(row, wanted, reason=reason, by=by, at=at, write=write)
        return
    if not reason:
        raise Invalid("reason_missing", _("Write why the time is cancelled or moved."), field="reason")
    # The hour has passed: nobody is written to that it will not be.
    give_up(row, State.CANCELLED, side=CancelledBy.CLIENT, reason=reason[:300], by=by, at=at)
    links.use_up_seat(row, at=at)
    own = seats.own(row)
    trace(own, "group_left", by=by, at=at, text=reason)
    attempts.bring_back(own, at=at)


def _mark(row: Participant, state: State, *, reason: str, by: Actor, at: datetime, write: bool) -> None:
    """Turn a locked seat, with the clocks, the new attempt, the links and the trace."""
    was = State(row.state)
    if was not in seats.SEATED or state not in TRANSITIONS[was] or state not in seats.SEATED:
        raise changed_meanwhile(row)
    own = seats.own(row)
    _check(own, state, reason, at=at)
    if was == State.DONE:
        run_again(own, reason=reason, by=by, at=at)
    closed = state in MARKED
    row.state, row.closed_at, row.closed_by = state, at if closed else None, by if closed else None
    row.save(update_fields=["state", "closed_at", "closed_by"])
    own = seats.own(row)
    moment = began(own, at) if state == State.DONE else None
    data = {"was": was} if state == State.BOOKED else None
    trace(own, f"group_{state}", by=by, at=at, happened_at=moment, text=reason if data else "", data=data)
    if closed:
        links.use_up_seat(row, at=at)
    if moment is not None:
        meet(own, by=by, at=at, met_at=moment)
    if was == State.NO_SHOW:
        attempts.withdraw(own, by=by, at=at)
    if state == State.NO_SHOW:
        attempts.open_new(own, by=by, at=at)
        attempts.bring_back(own, at=at)
        if write:
            notices.missed(own, at=at)


def _check(own: Appointment, state: State, reason: str, *, at: datetime) -> None:
    if state == State.BOOKED and not reason:
        raise Invalid("reason_missing", _("Write what was marked by mistake."), field="reason")
    if state in (State.ARRIVED, State.DONE) and local_day(at) < local_day(own.starts_at):
        raise Invalid("not_yet", _("The time is on a later day. Move it first if you met earlier."))
    if state == State.NO_SHOW and at < own.starts_at:
        raise Invalid("not_yet", _("The time has not begun yet. Cancel it if the client will not come."))


def _end(group: Appointment, state: State, *, by: Actor, at: datetime) -> None:
    """Mark what became of the group itself, on its locked row; the clocks are the participants'."""
    if group.state == state:
        return
    if group.state in MARKED or (group.state == State.ARRIVED and state == State.NO_SHOW):
        turn(group, State.BOOKED, closed_at=None, closed_by=None)
    turn(group, state, closed_at=at, closed_by=by)
    links.use_up(group, at=at)
    trace(group, state, by=by, at=at, happened_at=began(group, at) if state == State.DONE else None)
