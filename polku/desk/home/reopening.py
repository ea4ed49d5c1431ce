"""A closing day taken back by the head of the unit, who first sees what fell away because of it."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from polku.access.models import Unit
from polku.access.needs import need
from polku.appointments import queries as appointments
from polku.appointments.models import Appointment
from polku.deadlines import reopening
from polku.desk.home import page as pages
from polku.desk.home.forms import ReopeningForm
from polku.desk.home.views import kept_unit, team_forms
from polku.desk.meetings import meetings
from polku.desk.replies import back, say_refused
from polku.desk.requests import Staff, staff
from polku.kit.errors import Refused
from polku.ui import words


@require_POST
@need("access.set_unit")
def reopen(request: HttpRequest, key: str) -> HttpResponse:
    """Open the unit again on a day that was shut by mistake; name first what was moved or cancelled because of it."""
    who = staff(request)
    unit, form = kept_unit(who, key), ReopeningForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose one of the closing days."))
        return back("desk:team", key)
    day = form.cleaned_data["day"]
    gone = appointments.fell_away(unit, day, by=who.actor, at=who.at)
    if gone and not form.cleaned_data["sure"]:
        return _show(request, who, unit, day, gone)
    try:
        changed = reopening.reopen_day(unit=unit, day=day, by=who.actor, at=who.at)
        messages.success(request, _said(day, changed or 0))
    except Refused as error:
        say_refused(request, error)
    return back("desk:team", key)


def _said(day: date, changed: int) -> str:
    said = _("The unit is open %(day)s.") % {"day": words.day(day)}
    if not changed:
        return said
    counted = ngettext("%(count)d deadline was counted anew.", "%(count)d deadlines were counted anew.", changed)
    return f"{said} {counted % {'count': changed}}"


def _show(request: HttpRequest, who: Staff, unit: Unit, day: date, gone: list[Appointment]) -> HttpResponse:
    """The unit's settings with what fell away on the day."""
    who.saw("team", clients=[row.client_id for row in gone if row.client_id], subject=unit.public_id)
    shown = {"reopening": day, "gone": meetings(gone, by=who.actor, at=who.at, named=True)}
    context = pages.team_settings(unit, at=who.at) | team_forms(request, "", who) | shown
    return render(request, "desk/home/team.html", context)
