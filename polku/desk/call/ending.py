"""How a contact goes on or ends: finished with a result, passed to a team, a case opened, a call back promised."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from polku.access.needs import need
from polku.contacts import actions as contacts
from polku.contacts import callbacks, matters
from polku.contacts import queries as contact_queries
from polku.contacts.ahead import starting
from polku.contacts.intake import Advice, advise
from polku.contacts.models import Contact
from polku.contacts.states import Result
from polku.desk.call import page as pages
from polku.desk.call.channels import WORDS
from polku.desk.call.forms import AdviceForm, CallBackForm, FinishForm, local_parts
from polku.desk.call.given import booked
from polku.desk.call.telling import keep
from polku.desk.names import reader
from polku.desk.replies import back, say_refused, to_field
from polku.desk.requests import Staff, staff
from polku.desk.units import answering_unit, teams
from polku.kit.errors import NotFound, Refused
from polku.kit.localtime import local_date
from polku.kit.public_id import new as new_key
from polku.triage import routing

# Beyond this, the time since a contact was opened is not proposed as the time it took.
LONGEST_CALL = timedelta(hours=4)


@require_POST
@need("contacts.write")
def finish(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask how the contact ended, then close it, pass it on, or open a case from it."""
    me = staff(request)
    contact = pages.mine(public_id, by=me.actor, at=me.at)
    if request.POST.get("step") == "ask":
        try:
            pages.settle(contact, request.POST, by=me.actor, at=me.at)
        except Refused as error:
            say_refused(request, error)
            return back("desk:call", public_id, part=error.field)
        return back("desk:finish", public_id)
    form = FinishForm(request.POST, day=local_date(me.at))
    if form.is_valid():
        try:
            return _finished(request, contact, form, me)
        except Refused as error:
            to_field(form, error)
    me.saw("contact", contact)
    return render(request, "desk/call/finish.html", _ending(contact, form, me), status=422)


@require_GET
@need("contacts.write")
def finish_page(request: HttpRequest, public_id: str) -> HttpResponse:
    """The page that asks how the contact ended."""
    me = staff(request)
    contact = pages.mine(public_id, by=me.actor, at=me.at)
    me.saw("contact", contact)
    return render(request, "desk/call/finish.html", _ending(contact, _finishing(contact, me), me))


def _finishing(contact: Contact, me: Staff) -> FinishForm:
    """Return the form with what is known of the ending: how long it took, that a time was booked."""
    initial: dict[str, Any] = {}
    lasted = me.at - contact.created_at
    # A form has waited, and a parked call too: the time since is not the time that the work took.
    if contact.source_id is None and lasted <= LONGEST_CALL:
        initial["minutes"] = max(1, round(lasted.total_seconds() / 60))
    if booked(contact) is not None:
        initial["result"] = Result.BOOKED
    return FinishForm(initial=initial, day=local_date(me.at))


def _ending(contact: Contact, form: FinishForm, me: Staff) -> dict[str, Any]:
    party = contact_queries.concerned(contact)
    route = routing.route_of(contact, day=local_date(me.at))
    return {
        "title": _("Finish the contact"),
        "contact": contact,
        "words": WORDS[contact.channel],
        "form": form,
        "party": party,
        "route": route,
        "why": route.steps[-1].sentence,
        "said": contact_queries.said(contact),
        "booked": booked(contact),
        "note": "",
    }


def _finished(request: HttpRequest, contact: Contact, form: FinishForm, me: Staff) -> HttpResponse:
    """Do what was chosen.

    Raises:
        Refused: with the field.
    """
    given = form.cleaned_data
    if given["result"] == Result.CASE:
        party = contact_queries.concerned(contact)
        if party is None:
            raise Refused("person_unknown", _("Find or create the person first."), field="result")
        route = routing.route_of(contact, day=local_date(me.at))
        matters.open_case(contact=contact, party=party, by=me.actor, at=me.at, unit=route.unit, own_worker=route.worker)
    contacts.close(
        contact=contact,
        result=given["result"],
        by=me.actor,
        at=me.at,
        topics=given["topics"],
        sources_used=given["sources_used"],
        minutes=given["minutes"],
        passed_on_to=given["passed_on_to"],
        note=given["note"],
    )
    messages.success(request, _("The contact is finished. Number %(number)s.") % {"number": contact.reference})
    return back("desk:calls")


@require_POST
@need("contacts.write")
def direct(request: HttpRequest, public_id: str) -> HttpResponse:
    """Hand the contact over where the routing rules lead; what was said goes with it."""
    me = staff(request)
    contact = pages.mine(public_id, by=me.actor, at=me.at)
    try:
        if contact.state == "draft":
            contact = contacts.record(contact=contact, by=me.actor, at=me.at)
        route = routing.direct(contact=contact, by=me.actor, at=me.at, note=request.POST.get("note", ""))
        messages.success(request, _("The contact went to %(unit)s.") % {"unit": route.unit.name})
        return back("desk:calls")
    except Refused as error:
        say_refused(request, error)
    me.saw("contact", contact)
    context = _ending(contact, _finishing(contact, me), me) | {"note": request.POST.get("note", "")}
    return render(request, "desk/call/finish.html", context, status=422)


@require_http_methods(["GET", "POST"])
@need("contacts.write")
def call_back(request: HttpRequest, public_id: str) -> HttpResponse:
    """Promise to call back: when, which team, to which number."""
    me = staff(request)
    contact = pages.mine(public_id, by=me.actor, at=me.at)
    if request.method == "GET" or request.POST.get("step") == "ask":
        if request.method == "POST":
            return _kept_before(request, contact, me)
        me.saw("contact", contact)
        return render(request, "desk/call/call_back.html", _asking(contact, None, me))
    form = CallBackForm(request.POST, units=teams(at=me.at))
    if form.is_valid():
        try:
            given = form.cleaned_data
            callbacks.promise(
                unit=given["unit"], agreed_at=form.agreed_at(), reason=given["reason"], by=me.actor, at=me.at,
                key=request.POST.get("key", ""), contact=contact, phone=given["phone"], language=contact.language,
            )  # fmt: skip
            messages.success(request, _("The call-back is promised."))
            return back("desk:call", public_id)
        except Refused as error:
            error.field = {"agreed_at": "at"}.get(error.field, error.field)
            to_field(form, error)
    return render(request, "desk/call/call_back.html", _asking(contact, form, me), status=422)


def _kept_before(request: HttpRequest, contact: Contact, me: Staff) -> HttpResponse:
    """Keep the form of the call before another page is asked for."""
    try:
        keep(contact, request.POST, by=me.actor, at=me.at)
    except Refused as error:
        say_refused(request, error)
        return back("desk:call", contact.public_id, part=error.field)
    return back("desk:ask_call_back", contact.public_id)


def _asking(contact: Contact, form: CallBackForm | None, me: Staff) -> dict[str, Any]:
    if form is None:
        party = contact_queries.concerned(contact)
        day, _hour = local_parts(me.at)
        route = routing.route_of(contact, day=local_date(me.at))
        phone = party.phone if party else ""
        form = CallBackForm(initial={"on": day, "unit": route.unit, "phone": phone}, units=teams(at=me.at))
    words = WORDS[contact.channel]
    return {"title": _("Promise to call back"), "contact": contact, "words": words, "form": form}


@require_http_methods(["GET", "POST"])
@need("contacts.advise")
def advice(request: HttpRequest) -> HttpResponse:
    """A contact that advice solved: one short form, no name, no case."""
    me = staff(request)
    unit = answering_unit(me.actor, at=me.at)
    form = AdviceForm(request.POST or None, day=local_date(me.at), auto_id="id_%s")
    if request.method == "POST" and form.is_valid() and unit is not None:
        try:
            contact = advise(unit=unit, advice=_advice(form), by=me.actor, at=me.at, key=request.POST.get("key", ""))
            messages.success(request, _("Recorded. Number %(number)s.") % {"number": contact.reference})
            return back("desk:advice")
        except Refused as error:
            to_field(form, error)
    context = {"title": _("Record advice"), "form": form, "key": request.POST.get("key") or new_key()}
    return render(request, "desk/call/advice.html", context, status=422 if form.errors else 200)


def _advice(form: AdviceForm) -> Advice:
    given = form.cleaned_data
    return Advice(
        topics=tuple(given["topics"]),
        minutes=int(given["minutes"]),
        channel=given["channel"],
        result=given["result"],
        language=given["language"],
        municipality=given["municipality"],
        sources_used=tuple(given["sources_used"]),
        guided_to=given["guided_to"],
    )


@require_GET
@need("contacts.write")
def why(request: HttpRequest, public_id: str, rule: str) -> HttpResponse:
    """How a deadline that starts from the contact is counted."""
    me = staff(request)
    contact = pages.mine(public_id, by=me.actor, at=me.at)
    found = next((deadline for deadline, _because in starting(contact) if deadline.rule == rule), None)
    if found is None:
        raise NotFound("not_found", _("There is no such deadline."))
    me.saw("contact", contact)
    context = {
        "title": found.spec.name[reader()],
        "sentence": found.because(reader()),
        "deadline": found,
        "contact": contact,
        "words": WORDS[contact.channel],
    }
    return render(request, "desk/call/why.html", context)
