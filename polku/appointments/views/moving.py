"""Cancelling, moving and the earlier-time list, by staff."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from polku.access.needs import need
from polku.appointments import actions, queries, search
from polku.appointments.forms import EndForm
from polku.appointments.views.asking import appointment as find
from polku.appointments.views.asking import asking, go, page, query_of, say, say_refused, say_taken, with_query
from polku.appointments.views.attending import show
from polku.appointments.views.free import context
from polku.kit.errors import Refused
from polku.ui import words


@require_POST
@need("appointments.change")
def cancel(request: HttpRequest, public_id: str) -> HttpResponse:
    """Cancel a booked time with its reason."""
    ask = asking(request)
    row, form = find(ask, public_id, "appointments.change"), EndForm(request.POST)
    if form.is_valid():
        try:
            actions.cancel(appointment=row, by=ask.by, at=ask.at, **form.cleaned_data)
            say(request, _("The time was cancelled and is free for others at once."))
            return go(request, with_query("appointments:appointment", {}, row.public_id))
        except Refused as error:
            form.add_error(None, str(error.message))
    return show(ask, row, end=form, status=422)


@require_POST
@need("appointments.restore")
def restore(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take a cancellation of a moment ago back; the next free time is named when somebody has taken this one."""
    ask = asking(request)
    row = find(ask, public_id, "appointments.restore")
    try:
        actions.restore(appointment=row, by=ask.by, at=ask.at)
        say(request, _("The cancellation was taken back: the time is booked as before."))
    except Refused as error:
        say_taken(request, error)
    return go(request, with_query("appointments:appointment", {}, row.public_id))


@require_POST
@need("appointments.change")
def move(request: HttpRequest, public_id: str) -> HttpResponse:
    """Move a booked time to the chosen one in one step; the old one stays when the new one is gone."""
    ask, query = asking(request), query_of(request)
    row, form = find(ask, public_id, "appointments.change"), EndForm(request.POST)
    query = {**query, "moving": row.public_id, "slot": request.POST.get("slot", "")}
    if form.is_valid():
        try:
            slot = search.Slot.parse(query["slot"])
            new = actions.move(
                appointment=row, start=slot.start, workers=actions.workers_of(slot), mode=slot.mode,
                by=ask.by, at=ask.at, key=request.POST.get("key", ""), **form.cleaned_data,
            )  # fmt: skip
            say(request, _("Moved to %(time)s. The client gets a message.") % {"time": words.moment(new.starts_at)})
            return go(request, with_query("appointments:free", {"booked": new.public_id}))
        except Refused as error:
            form.add_error(None, str(error.message))
    return page(request, "free.html", {**context(ask, query), "end": form}, status=422)


@require_POST
@need("appointments.change")
def join(request: HttpRequest, public_id: str) -> HttpResponse:
    """Put the client on the earlier-time list."""
    ask = asking(request)
    row = find(ask, public_id, "appointments.change")
    try:
        actions.join(appointment=row, by=ask.by, at=ask.at, key=request.POST.get("key", ""))
        say(request, _("The client is on the list and gets a message when an earlier time is free."))
    except Refused as error:
        say_refused(request, error)
    return go(request, with_query("appointments:appointment", {}, row.public_id))


@require_POST
@need("appointments.change")
def leave(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take the client off the earlier-time list."""
    ask = asking(request)
    row = find(ask, public_id, "appointments.change")
    entry = queries.entry_of(row)
    if entry is not None:
        actions.leave(entry=entry, by=ask.by, at=ask.at)
        say(request, _("The client is off the list."))
    return go(request, with_query("appointments:appointment", {}, row.public_id))
