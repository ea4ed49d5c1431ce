"""Editing a calendar: openings with their rhythm, absences, other calendars; with what a change does shown first."""

from __future__ import annotations

from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from polku.access import actions as access
from polku.access.models import Absence, Membership, Unit
from polku.access.needs import need
from polku.access.permissions import visible_to
from polku.access.queries import current
from polku.appointments import actions, effects, queries
from polku.appointments.forms import AbsenceForm, BusySourceForm, EndOpeningForm, OpeningForm
from polku.appointments.models import BusySource, Feed, Kind, Opening, Resource
from polku.appointments.panel import NOT_FOUND
from polku.appointments.snapshot import local_day
from polku.appointments.views.asking import Asking, asking, go, page, say, say_refused, to_field, with_query
from polku.kit.errors import NotFound, Refused


@require_safe
@need("appointments.calendar")
def index(request: HttpRequest) -> HttpResponse:
    """The calendars that the asker may edit: their own and those of the units they lead."""
    ask = asking(request)
    rows = visible_to(ask.by, "appointments.calendar", Resource.objects.select_related("actor"), at=ask.at)
    return page(
        request,
        "calendars.html",
        {
            "title": _("Calendars"),
            "workers": rows.filter(kind="worker", active=True).order_by("actor__name"),
            "own": queries.worker_of(ask.by),
            "feed": Feed.objects.filter(actor=ask.by, ended_at__isnull=True).first(),
        },
    )


@require_safe
@need("appointments.calendar")
def calendar(request: HttpRequest, public_id: str) -> HttpResponse:
    """One worker's calendar."""
    ask = asking(request)
    return _page(ask, _worker(ask, public_id))


def _worker(ask: Asking, public_id: str) -> Resource:
    rows = visible_to(ask.by, "appointments.calendar", Resource.objects.select_related("actor"), at=ask.at)
    found = rows.filter(public_id=public_id, kind="worker").first()
    if found is None:
        raise NotFound("not_found", NOT_FOUND)
    return found


def _units(worker: Resource, ask: Asking) -> list[Unit]:
    posts = Membership.objects.filter(current(local_day(ask.at)), actor=worker.actor)
    return list(Unit.objects.filter(pk__in=posts.values("unit_id")).order_by("name_fi"))


def _kinds(worker: Resource, ask: Asking) -> list[Kind]:
    rows = Kind.objects.filter(current(local_day(ask.at)), booking_rules__target_unit__in=_units(worker, ask))
    return list(rows.distinct().order_by("name_fi"))


def _page(ask: Asking, worker: Resource, *, status: int = 200, **forms: Any) -> HttpResponse:
    today = local_day(ask.at)
    away = Absence.objects.filter(actor=worker.actor, ends_at__gt=ask.at).order_by("starts_at")
    first = OpeningForm(kinds=_kinds(worker, ask), initial={"valid_from": today, "modes": ["office", "phone"]})
    return page(
        ask.request,
        "calendar.html",
        {
            "title": _("Calendar of %(name)s") % {"name": worker},
            "worker": worker,
            "units": _units(worker, ask),
            "openings": queries.openings_of(worker, at=ask.at),
            "absences": away,
            "sources": worker.busy_sources.order_by("name"),
            "opening_form": first,
            "end_form": EndOpeningForm(),
            "ending": "",
            "today": today,
            "absence_form": AbsenceForm(),
            "busy_form": BusySourceForm(),
            **forms,
        },
        status=status,
    )


@require_POST
@need("appointments.calendar")
def add_opening(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show what an opening would do; add it when the effect has been seen (`sure`)."""
    ask = asking(request)
    worker = _worker(ask, public_id)
    form = OpeningForm(request.POST, kinds=_kinds(worker, ask))
    unit = next((one for one in _units(worker, ask) if one.key == request.POST.get("unit")), None)
    unit = unit or next(iter(_units(worker, ask)), None)
    if not form.is_valid() or unit is None:
        return _page(ask, worker, opening_form=form, status=422)
    values = _opening_values(form, unit)
    if "sure" not in request.POST:
        effect = effects.of_opening(worker, values, at=ask.at)
        return _page(ask, worker, opening_form=form, effect=effect, chosen_unit=unit)
    try:
        actions.add_opening(resource=worker, by=ask.by, at=ask.at, **values)
    except Refused as error:
        to_field(form, error)
        return _page(ask, worker, opening_form=form, status=422)
    say(request, _("The opening was added."))
    return go(request, with_query("appointments:calendar", {}, public_id))


def _opening_values(form: OpeningForm, unit: Unit) -> dict[str, Any]:
    data = form.cleaned_data
    once = data["repeats"] == "0"
    return {
        "unit": unit,
        "starts": data["starts"],
        "ends": data["ends"],
        "modes": data["modes"],
        "valid_from": data["valid_from"],
        "valid_until": None if once else data["valid_until"],
        "weekday": None if once else data["weekday"],
        "every_weeks": max(int(data["repeats"]), 1),
        "place": data["place"],
        "kinds": list(data["kinds"]),
        "languages": data["languages"],
    }


@require_POST
@need("appointments.calendar")
def end_opening(request: HttpRequest, public_id: str, opening_id: str) -> HttpResponse:
    """Let an opening hold until a day; tells which agreed times are left to move."""
    ask = asking(request)
    worker, form = _worker(ask, public_id), EndOpeningForm(request.POST)
    opening = Opening.objects.filter(resource=worker, public_id=opening_id).first()
    if opening is None:
        raise NotFound("not_found", NOT_FOUND)
    if not form.is_valid():
        return _page(ask, worker, end_form=form, ending=opening_id, status=422)
    try:
        left = effects.left_by(opening, form.cleaned_data["last_day"], at=ask.at)
        actions.end_opening(opening=opening, last_day=form.cleaned_data["last_day"], by=ask.by, at=ask.at)
    except Refused as error:
        to_field(form, error)
        return _page(ask, worker, end_form=form, ending=opening_id, status=422)
    say(request, _("The opening ends. Agreed times left in it: %(count)d.") % {"count": len(left)})
    return go(request, with_query("appointments:calendar", {}, public_id))


@require_POST
@need("appointments.calendar")
def add_absence(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show which agreed times an absence hits; mark the worker away when that has been seen (`sure`)."""
    ask = asking(request)
    worker, form = _worker(ask, public_id), AbsenceForm(request.POST)
    if not form.is_valid() or worker.actor is None:
        return _page(ask, worker, absence_form=form, status=422)
    period = {"starts_at": form.cleaned_data["starts_at"], "ends_at": form.cleaned_data["ends_at"]}
    hit = queries.hit_by(worker, **period)
    if hit and "sure" not in request.POST:
        ask.saw("appointments.hit", hit)
        return _page(ask, worker, absence_form=form, hit=hit)
    return _mark_away(ask, worker, form, period)


def _mark_away(ask: Asking, worker: Resource, form: Form, period: dict[str, Any]) -> HttpResponse:
    if worker.actor is None:
        raise NotFound("not_found", NOT_FOUND)
    try:
        access.add_absence(actor=worker.actor, by=ask.by, at=ask.at, **period)
    except Refused as error:
        to_field(form, error)
        return _page(ask, worker, absence_form=form, status=422)
    say(ask.request, _("Marked away. Free times of that period are no longer offered."))
    return go(ask.request, with_query("appointments:calendar", {}, worker.public_id))


@require_POST
@need("appointments.calendar")
def remove_absence(request: HttpRequest, public_id: str, absence_id: str) -> HttpResponse:
    """Take an absence back."""
    ask = asking(request)
    worker = _worker(ask, public_id)
    absence = Absence.objects.filter(actor=worker.actor, public_id=absence_id).first()
    if absence is not None:
        access.remove_absence(absence=absence, by=ask.by, at=ask.at)
        say(request, _("The absence was removed."))
    return go(request, with_query("appointments:calendar", {}, public_id))


@require_POST
@need("appointments.calendar")
def add_busy(request: HttpRequest, public_id: str) -> HttpResponse:
    """Read another calendar's busy times."""
    ask = asking(request)
    worker, form = _worker(ask, public_id), BusySourceForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(ask, worker, busy_form=form, status=422)
    data = form.cleaned_data
    try:
        content = data["file"].read() if data["file"] else b""
        actions.add_busy_source(
            resource=worker, name=data["name"], url=data["url"], content=content, by=ask.by, at=ask.at
        )
    except Refused as error:
        to_field(form, error)
        return _page(ask, worker, busy_form=form, status=422)
    say(request, _("The calendar was added. Its busy times are not offered."))
    return go(request, with_query("appointments:calendar", {}, public_id))


@require_POST
@need("appointments.calendar")
def remove_busy(request: HttpRequest, public_id: str, source_id: str) -> HttpResponse:
    """Stop reading another calendar."""
    ask = asking(request)
    source = BusySource.objects.filter(resource=_worker(ask, public_id), public_id=source_id).first()
    if source is not None:
        try:
            actions.remove_busy_source(source=source, by=ask.by, at=ask.at)
            say(request, _("The calendar was removed."))
        except Refused as error:
            say_refused(request, error)
    return go(request, with_query("appointments:calendar", {}, public_id))
