"""What became of a time: arrived, took place, did not come; and putting right what was marked by mistake."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.access.permissions import require
from polku.acting import action
from polku.appointments import attempts, links, notices
from polku.appointments.actions.rows import locked, turn
from polku.appointments.actions.tracing import trace
from polku.appointments.clocks import began, meet, run_again
from polku.appointments.models import Appointment
from polku.appointments.snapshot import local_day
from polku.appointments.states import State
from polku.kit.errors import Conflict, Invalid


@action
def arrive(*, appointment: Appointment, by: Actor, at: datetime, happened_at: datetime | None = None) -> Appointment:
    """Mark that the client has come (ilmoittautunut); only on the day of the appointment.

    Raises:
        NotAllowed; Invalid on another day; Conflict when the time is no longer booked.
    """
    require(by, "appointments.attend", appointment, at=at)
    row = locked(appointment)
    if row.state == State.ARRIVED:
        return row
    moment = _moment(row, happened_at, at=at)
    turn(row, State.ARRIVED, arrived_at=moment, arrived_by=by)
    trace(row, "arrived", by=by, at=at, happened_at=moment)
    return row


@action
def done(*, appointment: Appointment, by: Actor, at: datetime, happened_at: datetime | None = None) -> Appointment:
    """Mark that the meeting took place (toteutunut): the clocks of its kind are met by the moment it began.

    Raises:
        NotAllowed; Invalid before the day of the appointment; Conflict when the time is no longer booked.
    """
    require(by, "appointments.attend", appointment, at=at)
    row = locked(appointment)
    if row.state == State.DONE:
        return row
    moment = _moment(row, happened_at, at=at)
    turn(row, State.DONE, closed_at=moment, closed_by=by)
    met_at = began(row, moment)
    meet(row, by=by, at=at, met_at=met_at)
    links.use_up(row, at=at)
    trace(row, "done", by=by, at=at, happened_at=met_at)
    return row


@action
def no_show(*, appointment: Appointment, by: Actor, at: datetime, write: bool = True) -> Appointment:
    """Mark that the client did not come (saapumatta): a new attempt opens in the unit's list, never silence.

    Raises:
        NotAllowed; Invalid before the appointment begins; Conflict when the time is no longer booked.
    """
    require(by, "appointments.attend", appointment, at=at)
    row = locked(appointment)
    if row.state == State.NO_SHOW:
        return row
    if row.capacity > 1:
        raise Invalid("group", _("Mark each participant of the group who did not come."))
    if at < row.starts_at:
        raise Invalid("not_yet", _("The time has not begun yet. Cancel it if the client will not come."))
    turn(row, State.NO_SHOW, closed_at=at, closed_by=by)
    links.use_up(row, at=at)
    trace(row, "no_show", by=by, at=at)
    attempts.open_new(row, by=by, at=at)
    attempts.bring_back(row, at=at)
    if write:
        notices.missed(row, at=at)
    return row


@action
def put_right(*, appointment: Appointment, reason: str, by: Actor, at: datetime) -> Appointment:
    """Take back what was marked by mistake: the time is booked again as before, the mistake stays in the trace.

    The clocks that the meeting met run again.

    Raises:
        NotAllowed; Invalid without a reason; Conflict when nothing was marked, or when the case has been closed.
    """
    require(by, "appointments.attend", appointment, at=at)
    if not reason.strip():
        raise Invalid("reason_missing", _("Write what was marked by mistake."), field="reason")
    row = locked(appointment)
    marked = row.state
    if marked not in (State.ARRIVED, State.DONE, State.NO_SHOW):
        raise Conflict("nothing_marked", _("Nothing has been marked for this time."), state=row.state)
    if marked == State.DONE:
        run_again(row, reason=reason, by=by, at=at)
    turn(row, State.BOOKED, arrived_at=None, arrived_by=None, closed_at=None, closed_by=None)
    if marked == State.NO_SHOW:
        attempts.withdraw(row, by=by, at=at)
    trace(row, "put_right", by=by, at=at, text=reason.strip(), data={"was": marked})
    return row


def _moment(row: Appointment, happened_at: datetime | None, *, at: datetime) -> datetime:
    """When it happened: not in the future, and not before the day of the appointment."""
    moment = happened_at or at
    if moment > at:
        raise Invalid("future", _("The time cannot be in the future."), field="happened_at")
    if local_day(moment) < local_day(row.starts_at):
        raise Invalid(
            "not_yet", _("The time is on a later day. Move it first if you met earlier."), field="happened_at"
        )
    return moment
