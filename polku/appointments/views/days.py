"""A worker's day and week, on the screen and on paper; what was said in the contact stands first at each time."""

from __future__ import annotations

from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from polku.access.needs import need
from polku.access.permissions import visible_to
from polku.appointments import queries
from polku.appointments.models import Resource
from polku.appointments.panel import NOT_FOUND
from polku.appointments.snapshot import local_day
from polku.appointments.views.asking import Asking, asking, page, with_query
from polku.kit.errors import NotFound
from polku.ui import words

FURTHEST = timedelta(days=3650)


@require_safe
@need("appointments.day")
def day(request: HttpRequest) -> HttpResponse:
    """One day of a calendar: everything that was said before each time."""
    ask = asking(request)
    worker, chosen = _worker(ask), _chosen(ask)
    return _page(ask, worker, chosen, chosen, page_name="appointments:day", step=1, title=words.long_day(chosen))


@require_safe
@need("appointments.day")
def week(request: HttpRequest) -> HttpResponse:
    """One week of a calendar, Monday to Sunday."""
    ask = asking(request)
    worker, chosen = _worker(ask), _chosen(ask)
    monday = chosen - timedelta(days=chosen.weekday())
    title = _("Week %(number)d") % {"number": monday.isocalendar().week}
    last = monday + timedelta(days=6)
    return _page(ask, worker, monday, last, page_name="appointments:week", step=7, title=title)


def _worker(ask: Asking) -> Resource | None:
    """The calendar asked for, if the asker may see it; their own when none is named."""
    wanted = ask.request.GET.get("worker", "")
    if not wanted:
        return queries.worker_of(ask.by)
    rows = visible_to(ask.by, "appointments.calendar", Resource.objects.select_related("actor"), at=ask.at)
    found = rows.filter(public_id=wanted).first()
    if found is None:
        raise NotFound("not_found", NOT_FOUND)
    return found


def _chosen(ask: Asking) -> date:
    """The day asked for, today for a text that is none; no further than ten years, where no calendar reaches."""
    today = local_day(ask.at)
    try:
        asked = date.fromisoformat(ask.request.GET.get("date", ""))
    except ValueError:
        return today
    return min(max(asked, today - FURTHEST), today + FURTHEST)


def _page(
    ask: Asking, worker: Resource | None, first: date, last: date, *, page_name: str, step: int, title: str
) -> HttpResponse:
    days = queries.days_of(worker, first=first, last=last, at=ask.at) if worker else []
    seated = {seat.client_id for one in days for entry in one.entries for seat in entry.participants}
    ask.saw("appointments.day", [row for one in days for row in one.appointments], clients=seated)
    kept = {"worker": worker.public_id if worker else ""}
    shown = [one for one in days if one.entries or one.day.weekday() < 5 or step == 1]
    return page(
        ask.request,
        "days.html",
        {
            "title": title,
            "worker": worker,
            "days": shown,
            "single": step == 1,
            "previous": with_query(page_name, {**kept, "date": (first - timedelta(days=step)).isoformat()}),
            "next": with_query(page_name, {**kept, "date": (first + timedelta(days=step)).isoformat()}),
            "other": with_query(
                "appointments:week" if step == 1 else "appointments:day", {**kept, "date": first.isoformat()}
            ),
            "today": with_query(page_name, kept),
        },
    )
