"""One appointment: what was said first, what is known, and the buttons for what became of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from polku.access.needs import need
from polku.access.permissions import can, visible_to
from polku.appointments import actions, queries, seats
from polku.appointments import attempts as attempts_of
from polku.appointments.forms import CorrectionForm, EndForm, RollForm
from polku.appointments.models import Appointment, Participant
from polku.appointments.rules import undo_until
from polku.appointments.states import CancelledBy, State
from polku.appointments.views.asking import Asking, asking, go, page, say, say_refused, to_field, with_query
from polku.appointments.views.asking import appointment as find
from polku.kit.errors import Refused
from polku.outbox.models import Message
from polku.ui import words

MARKS: dict[str, Callable[..., Appointment]] = {
    "arrived": actions.arrive,
    "done": actions.done,
    "no_show": actions.no_show,
}


ROLLED = (State.BOOKED, State.ARRIVED, State.DONE, State.NO_SHOW)
"""States in which the participants of a group that has begun can be marked."""


@require_safe
@need("appointments.read")
def appointment(request: HttpRequest, public_id: str) -> HttpResponse:
    """The page of an appointment."""
    ask = asking(request)
    row = find(ask, public_id)
    return show(ask, row)


def show(
    ask: Asking, row: Appointment, *, end: EndForm | None = None, fix: CorrectionForm | None = None,
    roll: RollForm | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    """Draw the page of an appointment, with what was typed when something was refused."""
    participants = _participants(row)
    may_attend = can(ask.by, "appointments.attend", row, at=ask.at)
    context = {
        "title": _("Meeting %(time)s") % {"time": words.moment(row.starts_at)},
        "row": row,
        "may_attend": may_attend,
        "may_change": can(ask.by, "appointments.change", row, at=ask.at),
        "end": end or EndForm(),
        "sides": CancelledBy.choices,
        "fix": fix or CorrectionForm(),
        "may_roll": may_attend and row.capacity > 1 and row.starts_at <= ask.at and row.state in ROLLED,
        "roll": roll or RollForm(participants=participants),
        "participants": participants,
        **_undoing(ask, row),
        **_around(ask, row),
    }
    shown = {one.client_id for one in (*participants, *context["given_up"])}
    ask.saw("appointments.appointment", [row], subject=row.public_id, clients=shown)
    return page(ask.request, "appointment.html", context, status=status)


def _participants(row: Appointment) -> list[Participant]:
    """The participants of a group, each with what was said first, and the attempt made because they did not come."""
    found = seats.of(row) if row.capacity > 1 else []
    heard = queries.said_before(found)
    called = attempts_of.attempts_of_seats(row) if any(one.state == State.NO_SHOW for one in found) else {}
    for one in found:
        one.said = heard.get(one.pk, "")
        one.attempt = called.get(one.public_id) if one.state == State.NO_SHOW else None
    return found


def _undoing(ask: Asking, row: Appointment) -> dict[str, Any]:
    """What was cancelled by mistake a moment ago and can be taken back: the time itself, or seats of it."""
    until = undo_until(row, starts_at=row.starts_at, at=ask.at)
    may = until is not None and can(ask.by, "appointments.restore", row, at=ask.at)
    gone = seats.given_up(row, at=ask.at) if row.capacity > 1 else []
    rows = Participant.objects.filter(pk__in=[one.pk for one in gone])
    theirs = visible_to(ask.by, "appointments.restore_seat", rows, at=ask.at) if gone else rows.none()
    mine = set(theirs.values_list("pk", flat=True))
    open_ = may and not queries.is_taken(row, at=ask.at) and not attempts_of.booked_anew(row)
    return {"undo_until": until if open_ else None, "given_up": [one for one in gone if one.pk in mine]}


def _around(ask: Asking, row: Appointment) -> dict[str, Any]:
    """What stands around an appointment: its hour, what was said, who and where, the list, messages, what came."""
    sent = Message.objects.filter(key__startswith=f"appointment:{row.public_id}:")
    return {
        "begun": row.starts_at <= ask.at,
        "same_day": words.local_day(row.starts_at) <= words.local_day(ask.at),
        "said": queries.said_before([row]).get(row.pk, ""),
        "workers": [claim.resource.actor for claim in row.claims.all() if claim.position > 0],
        "room": next((claim.resource for claim in row.claims.all() if claim.position == 0), None),
        "waiting": queries.entry_of(row),
        "attempt": attempts_of.attempt_of(row) if row.state == State.NO_SHOW and row.capacity == 1 else None,
        "messages_sent": sent.order_by("created_at"),
        "replacement": Appointment.objects.filter(replaces=row).first(),
    }


@require_POST
@need("appointments.attend")
def mark(request: HttpRequest, public_id: str) -> HttpResponse:
    """Mark that the client arrived, that the meeting took place, or that the client did not come."""
    ask = asking(request)
    row = find(ask, public_id)
    act = MARKS.get(request.POST.get("as", ""))
    address = with_query("appointments:appointment", {}, row.public_id)
    if act is None:
        return go(request, address)
    try:
        marked = act(appointment=row, by=ask.by, at=ask.at)
    except Refused as error:
        say_refused(request, error)
        return go(request, address)
    say(request, _("Marked: %(state)s.") % {"state": marked.get_state_display().lower()})
    return go(request, address)


@require_POST
@need("appointments.attend")
def put_right(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take back what was marked by mistake."""
    ask = asking(request)
    row, form = find(ask, public_id), CorrectionForm(request.POST)
    if form.is_valid():
        try:
            actions.put_right(appointment=row, reason=form.cleaned_data["reason"], by=ask.by, at=ask.at)
            say(request, _("Put right: the time is booked again."))
            return go(request, with_query("appointments:appointment", {}, row.public_id))
        except Refused as error:
            form.add_error("reason", str(error.message))
    return show(ask, row, fix=form, status=422)


@require_POST
@need("appointments.attend")
def roll(request: HttpRequest, public_id: str) -> HttpResponse:
    """Mark what became of every participant of a group, and the group as held, in one step."""
    ask = asking(request)
    row = find(ask, public_id)
    form = RollForm(request.POST, participants=seats.of(row))
    if form.is_valid():
        try:
            actions.call_roll(
                appointment=row, marks=form.marks(), reason=form.cleaned_data["reason"], by=ask.by, at=ask.at
            )
            marked = _("The participants were marked. Each mark can still be changed.")
            say(request, marked if form.seats else _("The group was ended: nobody came."))
            return go(request, with_query("appointments:appointment", {}, row.public_id))
        except Refused as error:
            to_field(form, error)
    return show(ask, row, roll=form, status=422)
