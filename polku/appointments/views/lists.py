"""Lists of a unit: missing times by team and week, and the earlier-time list."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from polku.access.models import Unit
from polku.access.needs import need
from polku.access.queries import who
from polku.access.states import Role
from polku.appointments import missing as missing_times
from polku.appointments.models import Kind, WaitingEntry
from polku.appointments.rules import bookable
from polku.appointments.states import WAITING
from polku.appointments.views.asking import Asking, asking, is_fragment, page


@require_safe
@need("appointments.search")
def missing(request: HttpRequest) -> HttpResponse:
    """Clients who wait against free times, by team and week; as a fragment only the alert."""
    ask = asking(request)
    weeks = missing_times.weeks_of_pairs(_pairs(ask), at=ask.at)
    short = sorted((week for week in weeks if week.missing), key=lambda week: (week.monday, -week.missing))
    template = "_missing.html" if is_fragment(request) else "missing.html"
    shown = [week for week in weeks if week.waiting or week.free]
    return page(request, template, {"title": _("Missing times"), "weeks": shown, "short": short})


def _pairs(ask: Asking) -> list[tuple[Kind, Unit]]:
    """The kinds of the units that the asker leads or works in; of every unit they may book in when they have none."""
    pairs = [pair for pair in bookable(ask.by, at=ask.at) if pair[0].rules]
    own = set(who(ask.by, at=ask.at).units())
    mine = [pair for pair in pairs if pair[1].pk in own]
    return mine or pairs


@require_safe
@need("appointments.attend")
def waiting(request: HttpRequest) -> HttpResponse:
    """Who waits for an earlier time in the asker's units, in the order of joining."""
    ask = asking(request)
    units = who(ask.by, at=ask.at).units([role for role in Role if role not in (Role.HEALTH, Role.ADMIN)])
    rows = list(
        WaitingEntry.objects.filter(unit_id__in=units, state__in=WAITING)
        .select_related("client", "kind", "unit", "appointment__place", "place")
        .order_by("unit_id", "kind_id", "created_at", "id")[:200]
    )
    request.saw("appointments.waiting", clients={row.client_id for row in rows})  # type: ignore[attr-defined]
    return page(request, "waiting.html", {"title": _("Earlier-time list"), "rows": rows})
