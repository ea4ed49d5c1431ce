"""Settings of the stage: kinds of appointment, who may book them, rooms."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from polku.access.models import Unit
from polku.access.needs import need
from polku.access.permissions import visible_to
from polku.appointments import actions
from polku.appointments.forms import EndOpeningForm, KindForm, RoomForm, RuleForm
from polku.appointments.models import BookingRule, Kind, Resource
from polku.appointments.panel import NOT_FOUND
from polku.appointments.snapshot import local_day
from polku.appointments.views.asking import Asking, asking, go, page, say, to_field, with_query
from polku.kit.errors import NotFound, Refused


@require_safe
@need("appointments.manage")
def index(request: HttpRequest) -> HttpResponse:
    """Kinds, booking rules in force, places and rooms."""
    return _page(asking(request))


def _page(ask: Asking, *, status: int = 200, **shown: Any) -> HttpResponse:
    today = local_day(ask.at)
    rules = BookingRule.objects.exclude(valid_until__lt=today).select_related("kind", "target_unit", "booker_unit")
    context = {
        "title": _("Settings of appointments"),
        "kinds": Kind.objects.prefetch_related("seats").order_by("name_fi"),
        "rules": rules.order_by("target_unit__name_fi", "kind__name_fi", "booker_role", "id"),
        "rooms": Resource.objects.filter(kind="room").select_related("place").order_by("place__name_fi", "name"),
        "rule_form": RuleForm(units=_units(ask), initial={"valid_from": today}),
        "room_form": RoomForm(),
        "may_end": {rule.pk for rule in visible_to(ask.by, "appointments.set_rule", rules, at=ask.at)},
    }
    return page(ask.request, "settings.html", {**context, **shown}, status=status)


def _units(ask: Asking) -> list[Unit]:
    """The units whose rules the asker sets."""
    return list(visible_to(ask.by, "access.set_unit", Unit.objects.order_by("name_fi"), at=ask.at))


@require_http_methods(["GET", "POST"])
@need("appointments.manage")
def kind(request: HttpRequest, key: str) -> HttpResponse:
    """Lengths, buffers, lead time, horizon, ways and limits of one kind."""
    ask = asking(request)
    row = Kind.objects.filter(key=key).first()
    if row is None:
        raise NotFound("not_found", NOT_FOUND)
    form = KindForm(request.POST or None, initial=forms.model_to_dict(row))
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_kind(kind=row, values=form.cleaned_data, by=ask.by, at=ask.at)
            say(request, _("Saved. Times already booked stay as they are."))
            return go(request, with_query("appointments:settings", {}))
        except Refused as error:
            to_field(form, error)
    status = 422 if request.method == "POST" else 200
    return page(request, "kind.html", {"title": row.name, "kind": row, "form": form}, status=status)


@require_POST
@need("appointments.manage")
def add_rule(request: HttpRequest) -> HttpResponse:
    """Let a role or a unit book a kind in a unit's calendars, from a day on."""
    ask = asking(request)
    form = RuleForm(request.POST, units=_units(ask))
    if form.is_valid():
        try:
            actions.add_rule(by=ask.by, at=ask.at, **form.cleaned_data)
            say(request, _("The booking rule was added."))
            return go(request, with_query("appointments:settings", {}))
        except Refused as error:
            to_field(form, error)
    return _page(ask, rule_form=form, status=422)


@require_POST
@need("appointments.manage")
def end_rule(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Let a booking rule hold until a day."""
    ask, form = asking(request), EndOpeningForm(request.POST)
    rule = BookingRule.objects.filter(pk=rule_id).first()
    if rule is None:
        raise NotFound("not_found", NOT_FOUND)
    last_day = form.cleaned_data["last_day"] if form.is_valid() else local_day(ask.at)
    actions.end_rule(rule=rule, last_day=last_day, by=ask.by, at=ask.at)
    say(request, _("The booking rule ends."))
    return go(request, with_query("appointments:settings", {}))


@require_POST
@need("appointments.manage")
def add_room(request: HttpRequest) -> HttpResponse:
    """Add a room to a place, or change how many it takes or whether it is in use."""
    ask, form = asking(request), RoomForm(request.POST)
    if form.is_valid():
        actions.set_room(by=ask.by, at=ask.at, **form.cleaned_data)
        say(request, _("The room was saved."))
        return go(request, with_query("appointments:settings", {}))
    return _page(ask, room_form=form, status=422)
