"""A worker's own calendar at a secret address, for the calendar program they use."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_POST, require_safe

from polku.access.needs import by_link, need
from polku.acting import act_as
from polku.appointments import actions, queries
from polku.appointments.icalendars import feed as written
from polku.appointments.models import Appointment
from polku.appointments.panel import NOT_FOUND
from polku.appointments.states import State
from polku.appointments.views.asking import asking, go, page, say, with_query
from polku.kit.errors import NotFound

BACK, AHEAD = timedelta(days=30), timedelta(days=180)


@require_safe
@by_link
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """The feed itself: kinds, times and places, no clients."""
    found = queries.feed_by(token)
    if found is None:
        raise NotFound("not_found", NOT_FOUND)
    at = request.at  # type: ignore[attr-defined]
    act_as(found.actor, at=at)
    rows = Appointment.objects.filter(
        claims__resource__actor=found.actor,
        claims__live=True,
        state__in=(State.BOOKED, State.ARRIVED, State.DONE),
        during__overlap=(at - BACK, at + AHEAD),
    ).select_related("kind", "place")
    with override("fi"):
        content = written(rows.order_by("during"), name=found.actor.name, at=at)
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
@need("appointments.day")
def new(request: HttpRequest) -> HttpResponse:
    """Make a new address; it is shown this once."""
    ask = asking(request)
    token = actions.new_feed(actor=ask.by, by=ask.by, at=ask.at)
    address = request.build_absolute_uri(with_query("appointments:feed", {}, token))
    return page(request, "feed.html", {"title": _("Your calendar's address"), "address": address})


@require_POST
@need("appointments.day")
def end(request: HttpRequest) -> HttpResponse:
    """End the address."""
    ask = asking(request)
    actions.end_feed(actor=ask.by, by=ask.by, at=ask.at)
    say(request, _("The address no longer works."))
    return go(request, with_query("appointments:calendars", {}))
