"""Seats of a group: given on the page of free times, told, taken back, marked."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from polku.access.needs import need
from polku.access.permissions import visible_to
from polku.appointments import actions, panel
from polku.appointments.forms import EndForm
from polku.appointments.models import Participant
from polku.appointments.states import State
from polku.appointments.views.asking import Asking, asking, go, query_of, say, say_refused, with_query
from polku.appointments.views.asking import appointment as find
from polku.kit.errors import Invalid, NotAllowed, NotFound, Refused

MARKS = (State.ARRIVED, State.DONE, State.NO_SHOW, State.BOOKED)


@require_POST
@need("appointments.book")
def join(request: HttpRequest, public_id: str) -> HttpResponse:
    """Give the client for whom the page stands a seat in a group; the sentence to read aloud comes next."""
    ask, query = asking(request), query_of(request)
    shown = panel.read(query, by=ask.by, at=ask.at)
    group = next((one.appointment for one in shown.sessions if one.appointment.public_id == public_id), None)
    if group is None:
        raise NotFound("not_found", panel.NOT_FOUND)
    whom = shown.about
    try:
        if whom.client is None:
            raise Invalid("nobody", _("Find the client first: a seat is a known person's."), field="client")
        seat = actions.join_group(
            appointment=group, client=whom.client, contact=whom.contact, case=whom.case, promised_by=shown.promise,
            by=ask.by, at=ask.at, key=request.POST.get("key", ""),
        )  # fmt: skip
    except Refused as error:
        say_refused(request, error)
        return go(request, with_query("appointments:free", query))
    say(request, _("The client has a seat in the group."))
    return go(request, with_query("appointments:free", {**query, "seat": seat.public_id}))


def seat_of(ask: Asking, public_id: str, action: str = "appointments.seat") -> Participant:
    """The seat of an address, if it is the asker's to see.

    Raises:
        NotFound: it is not there, or not theirs.
    """
    rows = Participant.objects.select_related("appointment__kind", "appointment__unit", "appointment__place", "client")
    row = visible_to(ask.by, action, rows, at=ask.at).filter(public_id=public_id).first()
    if row is None:
        raise NotFound("not_found", panel.NOT_FOUND)
    return row


@require_POST
@need("appointments.seat")
def tell(request: HttpRequest, public_id: str) -> HttpResponse:
    """Write down that the sentence was read aloud to the participant."""
    ask, query = asking(request), query_of(request)
    row = seat_of(ask, public_id)
    try:
        actions.tell_participant(participant=row, by=ask.by, at=ask.at)
        say(request, _("Day, time and place were told to the client."))
    except Refused as error:
        say_refused(request, error)
    return go(request, with_query("appointments:free", {**query, "seat": "", "booked": ""}))


@require_POST
@need("appointments.seat")
def leave(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take a seat back, with its reason; it is free for others at once. Whose group it is not hears whom to ask."""
    ask, form = asking(request), EndForm(request.POST)
    row = seat_of(ask, public_id, "appointments.read_seat")
    try:
        if not form.is_valid():
            raise Invalid("reason_missing", _("Write why the time is cancelled or moved."), field="reason")
        actions.leave_group(participant=row, by=ask.by, at=ask.at, **form.cleaned_data)
        say(request, _("The seat is free for others at once."))
    except NotAllowed:
        raise
    except Refused as error:
        say_refused(request, error)
    return go(request, with_query("appointments:appointment", {}, row.appointment.public_id))


@require_POST
@need("appointments.restore_seat")
def restore(request: HttpRequest, public_id: str) -> HttpResponse:
    """Give a seat back that was given up by mistake a moment ago."""
    ask = asking(request)
    row = seat_of(ask, public_id, "appointments.restore_seat")
    try:
        actions.restore_seat(participant=row, by=ask.by, at=ask.at)
        say(request, _("The cancellation was taken back: the seat is the client's again."))
    except Refused as error:
        say_refused(request, error)
    return go(request, with_query("appointments:appointment", {}, row.appointment.public_id))


@require_POST
@need("appointments.attend")
def mark(request: HttpRequest, public_id: str) -> HttpResponse:
    """Mark what became of one participant of a group, or take the mark back."""
    ask = asking(request)
    row = find(ask, public_id)
    one = Participant.objects.filter(appointment=row, public_id=request.POST.get("participant", "")).first()
    wanted = request.POST.get("as", "")
    try:
        if one is not None and wanted in MARKS:
            reason = request.POST.get("reason", "")[:300]
            actions.mark_participant(participant=one, state=State(wanted), reason=reason, by=ask.by, at=ask.at)
    except Refused as error:
        say_refused(request, error)
    return go(request, with_query("appointments:appointment", {}, row.public_id))
