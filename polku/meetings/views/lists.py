"""Meetings ahead and ended; planning one, changing its time, cancelling it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_safe

from polku.access.needs import need
from polku.access.permissions import may_ever, visible_to
from polku.access.queries import current
from polku.kit.errors import NotFound
from polku.kit.localtime import local_date
from polku.meetings import drawn, planning, queries
from polku.meetings.forms import PlanForm, ReasonForm, TimeForm
from polku.meetings.models import Series
from polku.meetings.views.asking import Asking, asked, asking, done, go, page, say


@require_safe
@need("meetings.read")
def index(request: HttpRequest) -> HttpResponse:
    """Meetings ahead, the latest ones with their minutes, and what was returned to the reader."""
    ask = asking(request)
    returned = queries.returned(ask.by, at=ask.at)
    ask.saw("meetings", sorted({one.case.client_id for one in returned}))
    found = {
        "title": pgettext("of a group", "Meetings"),
        "ahead": queries.ahead(ask.by, at=ask.at),
        "ended": queries.ended(ask.by, at=ask.at),
        "returned": returned,
        "groups": _groups(ask, "meetings.appoint"),
        "may_plan": bool(_groups(ask, "meetings.plan")),
    }
    return page(request, "list.html", found)


def _groups(ask: Asking, may: str) -> list[Series]:
    """Return the groups on which the reader may do an action."""
    if not may_ever(ask.by, may, at=ask.at):
        return []
    rows = visible_to(ask.by, may, Series.objects.filter(current(local_date(ask.at))), at=ask.at)
    return sorted(rows.select_related("unit"), key=lambda row: row.name)


@require_http_methods(["GET", "HEAD", "POST"])
@need("meetings.plan")
def plan(request: HttpRequest) -> HttpResponse:
    """Plan a meeting of a group; a week after its latest one unless told otherwise."""
    ask = asking(request)
    groups = _groups(ask, "meetings.plan")
    if not groups:
        raise NotFound("no_series", _("This group was not found."))
    chosen = next((one for one in groups if one.key == request.GET.get("series")), groups[0] if groups else None)
    suggested = planning.suggested(chosen) if chosen else None
    initial = {"series": chosen.key if chosen else "", **(TimeForm.of(*suggested) if suggested else {})}
    form = PlanForm(request.POST if request.method == "POST" else None, groups=groups, initial=initial)
    made: dict[str, str] = {}

    def act(given: dict[str, Any]) -> None:
        series = next(one for one in groups if one.key == given["series"])
        row = planning.plan(series=series, place=given["place"], by=ask.by, at=ask.at, key=ask.key, **form.hours())
        made["page"] = row.public_id

    if done(form, act):
        return go("page", made["page"])
    back, words = reverse("meetings:list"), _("Back to the meetings")
    return asked(ask, form, title=_("Plan a meeting"), send=_("Plan the meeting"), back=back, back_words=words)


@require_http_methods(["GET", "HEAD", "POST"])
@need("meetings.arrange")
def change_time(request: HttpRequest, public_id: str) -> HttpResponse:
    """Change time and place of a meeting that has not begun."""
    ask = asking(request)
    row = ask.meeting(public_id, "meetings.arrange")
    initial = TimeForm.of(row.starts_at, row.ends_at, row.place)
    form = TimeForm(request.POST if request.method == "POST" else None, initial=initial)

    def act(given: dict[str, Any]) -> None:
        planning.change_time(meeting=row, place=given["place"], by=ask.by, at=ask.at, **form.hours())

    if done(form, act):
        say(request, _("The time was changed."))
        return go("page", public_id)
    facts = f"{row.series.name} {queries.span(row)}"
    title, send = _("Change time and place"), _("Save the time")
    return asked(ask, form, title=title, send=send, back=drawn.back_to(row), facts=facts)


@require_http_methods(["GET", "HEAD", "POST"])
@need("meetings.arrange")
def cancel(request: HttpRequest, public_id: str) -> HttpResponse:
    """Cancel a meeting that has not begun; its items go first to the next one."""
    ask = asking(request)
    row = ask.meeting(public_id, "meetings.arrange")
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if done(form, lambda given: planning.cancel(meeting=row, by=ask.by, at=ask.at, **given)):
        say(request, _("The meeting was cancelled. Its items go first to the next one."))
        return go("list")
    facts, text = f"{row.series.name} {queries.span(row)}", _("Its items go first to the next meeting.")
    title, send = _("Cancel the meeting"), _("Cancel the meeting")
    return asked(ask, form, title=title, send=send, back=drawn.back_to(row), facts=facts, text=text)
