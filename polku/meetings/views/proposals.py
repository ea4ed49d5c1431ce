"""Putting a client on an agenda, from the page of their case."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from polku.access.needs import need
from polku.access.queries import current
from polku.cases.models import Case
from polku.kit.errors import NotFound
from polku.kit.localtime import local_date
from polku.meetings import proposing, queries, readiness
from polku.meetings.forms import ProposeForm
from polku.meetings.models import Item, Meeting, Series
from polku.meetings.states import ItemState
from polku.meetings.views.asking import Asking, asking, done, go, page, say
from polku.ui import words


@require_http_methods(["GET", "HEAD", "POST"])
@need("meetings.propose")
def propose(request: HttpRequest, case_id: str) -> HttpResponse:
    """Propose a client to a meeting with an own estimate; what is missing is named at once."""
    ask = asking(request)
    case = ask.case(case_id)
    series = _chosen(ask)
    if series is None:
        return page(request, "propose.html", {"title": _title(case), "case": case, "series": None})
    found = queries.proposal(case, series, by=ask.by, at=ask.at)
    initial = {
        "minutes": found.minutes,
        "meeting": next((one.public_id for one in found.choices if not one.closed), ""),
    }
    form = ProposeForm(request.POST if request.method == "POST" else None, proposal=found, initial=initial)
    made: list[Item] = []
    if done(form, lambda given: made.append(_propose(ask, case, series, given))):
        say(request, _("%(name)s is on the agenda.") % {"name": words.person(case.client)})
        return go("item", made[0].public_id)
    context = {"title": _title(case), "case": case, "series": series, "found": found, "form": form}
    context |= {"known": _known(found), "parts": _parts(ask, case, series), "groups": _groups(ask), "key": ask.key}
    return page(request, "propose.html", context, status=422 if form.errors else 200)


def _title(case: Case) -> str:
    return _("Propose %(name)s to a meeting") % {"name": words.person(case.client)}


def _groups(ask: Asking) -> list[Series]:
    return sorted(Series.objects.filter(current(local_date(ask.at))), key=lambda row: row.name)


def _chosen(ask: Asking) -> Series | None:
    wanted = ask.request.POST.get("series") or ask.request.GET.get("series")
    groups = _groups(ask)
    return next((one for one in groups if one.key == wanted), groups[0] if groups else None)


def _propose(ask: Asking, case: Case, series: Series, given: dict[str, Any]) -> Item:
    rows = Meeting.objects.filter(series=series).select_related("series__unit")
    meeting = rows.filter(public_id=given["meeting"]).first()
    if meeting is None:
        raise NotFound("no_meeting", _("This meeting was not found."))
    told = {name: given[name] for name in ("service", "basis", "minutes", "question")}
    return proposing.propose(meeting=meeting, case=case, by=ask.by, at=ask.at, key=ask.key, **told)


def _known(found: queries.Proposal) -> list[tuple[str, str]]:
    """Return what alike items have taken, by service, where it is known."""
    return [(name, found.suggested(key)) for key, name in found.services.items() if found.suggested(key)]


def _parts(ask: Asking, case: Case, series: Series) -> list[readiness.Part]:
    """Return what is there and what is missing of the client's matter, before it is on any agenda."""
    draft = Item(pk=0, case=case, state=ItemState.WAITING)
    parts = readiness.of([draft], series, day=local_date(ask.at))[0].parts
    return [part for part in parts if part.key != readiness.CRITERIA]
