"""My day, my settings, help, undelivered messages, the team's settings."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from polku.access import actions as access
from polku.access import closing
from polku.access.models import Absence, Unit
from polku.access.needs import need, signed_in
from polku.access.permissions import visible_to
from polku.audit import actions as audit
from polku.desk.home import page as pages
from polku.desk.home import undelivered as messages_of
from polku.desk.home.forms import (
    AbsenceForm,
    ClosingForm,
    CriterionEndForm,
    CriterionForm,
    DeputyForm,
    HoursForm,
    PromiseForm,
)
from polku.desk.replies import back, say_refused, to_field
from polku.desk.requests import Staff, staff
from polku.desk.strip import urgent_notice
from polku.kit.errors import NotFound, Refused
from polku.kit.localtime import local_date
from polku.outbox import actions as outbox
from polku.triage import criteria


@require_GET
@signed_in
def home(request: HttpRequest) -> HttpResponse:
    """My day: what is mine by time left, today's calendar, late call-backs."""
    me = staff(request)
    context = pages.whole(by=me.actor, at=me.at)
    if context["clients"]:
        me.saw("my day", clients=context["clients"])
    return render(request, "desk/home/home.html", context)


@require_GET
@signed_in
def help_(request: HttpRequest) -> HttpResponse:
    """How to work here: keys, states, whom to call."""
    return render(request, "desk/home/help.html", {"title": _("Help")})


@require_GET
@need("triage.assess")
def alerts(request: HttpRequest) -> HttpResponse:
    """The urgent work that nobody has, fetched by every open page; logged when it is not the one shown before."""
    who = staff(request)
    urgent = urgent_notice(who.actor, at=who.at)
    key = urgent.key if urgent else ""
    if urgent and urgent.client and key != request.GET.get("had", ""):
        who.saw("worklist", clients=[urgent.client])
    url = reverse("desk:alerts") + (f"?had={key}" if key else "")
    # Without the request: nothing of what stands around a page is asked for again.
    return HttpResponse(render_to_string("ui/alerts.html", {"urgent": urgent, "url": url}))


@require_http_methods(["GET", "POST"])
@signed_in
def me(request: HttpRequest) -> HttpResponse:
    """My language, deputy and absences."""
    who = staff(request)
    step = request.POST.get("step", "")
    deputy = DeputyForm(request.POST if step == "deputy" else None, by=who.actor, at=who.at, auto_id="id_deputy_%s")
    absence = AbsenceForm(request.POST if step == "absence" else None, auto_id="id_absence_%s")
    try:
        if _settled(request, who, step, deputy, absence):
            messages.success(request, _("Saved."))
            return back("desk:me")
    except Refused as error:
        form: Any = deputy if step == "deputy" else absence
        error.field = {"starts_at": "first", "ends_at": "last"}.get(error.field, error.field)
        to_field(form, error)
    context = pages.my_settings(by=who.actor, at=who.at) | {"deputy": deputy, "absence": absence}
    return render(request, "desk/home/me.html", context, status=422 if deputy.errors or absence.errors else 200)


def _settled(request: HttpRequest, who: Staff, step: str, deputy: DeputyForm, absence: AbsenceForm) -> bool:
    """Do the step of my settings that was sent; False when there was none or it did not fit."""
    if step == "deputy" and deputy.is_valid():
        access.name_deputy(actor=who.actor, by=who.actor, at=who.at, **deputy.cleaned_data)
        return True
    if step == "absence" and absence.is_valid():
        kind = absence.cleaned_data["kind"]
        access.add_absence(
            actor=who.actor,
            starts_at=absence.starts_at(),
            ends_at=absence.ends_at(),
            kind=kind,
            by=who.actor,
            at=who.at,
        )
        return True
    if step == "remove":
        row = Absence.objects.filter(actor=who.actor, public_id=request.POST.get("absence", "")).first()
        if row is None:
            raise NotFound("not_found", _("There is no such absence."))
        access.remove_absence(absence=row, by=who.actor, at=who.at)
        return True
    return False


@require_GET
@need("appointments.read")
def undelivered(request: HttpRequest) -> HttpResponse:
    """Messages that did not arrive, with what to do: send again, or tell another way."""
    who = staff(request)
    page = messages_of.page(request.GET, by=who.actor, at=who.at)
    if page.rows:
        who.saw("messages", clients={pk for row in page.rows for pk in row.clients})
    return render(request, "desk/home/undelivered.html", {"title": _("Messages that did not arrive"), "page": page})


@require_POST
@need("appointments.read")
def send_again(request: HttpRequest, public_id: str) -> HttpResponse:
    """Send an undelivered message anew, to the same or another address."""
    who = staff(request)
    row = messages_of.one(public_id, by=who.actor, at=who.at)
    try:
        outbox.send_again(message=row, at=who.at, to=request.POST.get("to", "").strip())
        audit.changed(by=who.actor, at=who.at, what="outbox.sent_again", subject=row.public_id, record_class="message")
        messages.success(request, _("Sent again."))
    except Refused as error:
        say_refused(request, error)
    except ValueError:
        messages.error(request, _("This is not a number or address that a message can be sent to."))
    return back("desk:messages")


@require_POST
@need("appointments.read")
def handed_over(request: HttpRequest, public_id: str) -> HttpResponse:
    """Write down that the person was told another way."""
    who = staff(request)
    row = messages_of.one(public_id, by=who.actor, at=who.at)
    try:
        outbox.mark_handed_over(message=row, at=who.at)
        audit.changed(
            by=who.actor, at=who.at, what="outbox.told_otherwise", subject=row.public_id, record_class="message"
        )
        messages.success(request, _("Written down: told another way."))
    except Refused as error:
        say_refused(request, error)
    return back("desk:messages")


@require_http_methods(["GET", "POST"])
@need("access.set_unit")
def team(request: HttpRequest, key: str) -> HttpResponse:
    """A unit's hours, closing days and promises, and the county's criteria of urgency, as dated rows."""
    who = staff(request)
    unit = kept_unit(who, key)
    step = request.POST.get("step", "")
    forms = team_forms(request, step, who)
    try:
        if _set(request, unit, who, step, forms):
            messages.success(request, _("Saved."))
            return back("desk:team", key)
    except Refused as error:
        to_field(forms[step], error)
    status = 422 if any(form.errors for form in forms.values()) else 200
    return render(request, "desk/home/team.html", pages.team_settings(unit, at=who.at) | forms, status=status)


def kept_unit(who: Staff, key: str) -> Unit:
    """Return the unit of a key whose settings the reader keeps.

    Raises:
        NotFound: it is not there, or not theirs.
    """
    unit = visible_to(who.actor, "access.set_unit", Unit.objects.filter(key=key), at=who.at).first()
    if unit is None:
        raise NotFound("not_found", _("There is no such unit, or it is not yours to see."))
    return unit


def team_forms(request: HttpRequest, step: str, who: Staff) -> dict[str, Any]:
    """Return the forms of a unit's settings; only the one that was sent has been filled in."""
    return {
        "closing_form": ClosingForm(request.POST if step == "closing_form" else None, auto_id="id_closing_%s"),
        "opening": HoursForm(request.POST if step == "opening" else None, auto_id="id_opening_%s"),
        "promising": PromiseForm(request.POST if step == "promising" else None, auto_id="id_promising_%s"),
        "criterion": CriterionForm(request.POST if step == "criterion" else None, auto_id="id_criterion_%s"),
        "ending": CriterionEndForm(
            request.POST if step == "ending" else None, day=local_date(who.at), auto_id="id_ending_%s"
        ),
    }


def _set(request: HttpRequest, unit: Unit, who: Staff, step: str, forms: dict[str, Any]) -> bool:
    """Do the step of the unit's settings that was sent; False when there was none or it did not fit."""
    form = forms.get(step)
    if form is None or not form.is_valid():
        return False
    given = form.cleaned_data
    if step == "closing_form":
        reasons = (given["reason"], given["reason_sv"], "")
        closing.close_day(unit=unit, day=given["day"], reasons=reasons, by=who.actor, at=who.at)
    elif step == "opening":
        access.set_hours(unit=unit, by=who.actor, at=who.at, **given)
    elif step == "promising":
        access.set_promise(unit=unit, by=who.actor, at=who.at, **given)
    elif step == "criterion":
        first = given.pop("valid_from")
        criteria.add(words=criteria.Words(**given), valid_from=first, by=who.actor, at=who.at)
    else:
        criteria.end(by=who.actor, at=who.at, **given)
    return True
