"""Pages of a contact and a case, and what is written down on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from polku.access.needs import need
from polku.access.permissions import can, visible_to
from polku.cases import actions as case_actions
from polku.cases import events
from polku.cases.models import Case, TimelineEntry
from polku.cases.queries import cases_visible_to
from polku.contacts import actions as contact_actions
from polku.contacts import callbacks
from polku.contacts import queries as contacts
from polku.contacts.models import CallBack, Contact
from polku.desk.records import page as pages
from polku.desk.records.forms import CalledForm, EventForm, GroundForm, ReasonForm, TextForm, WorkerForm
from polku.desk.replies import back, done
from polku.desk.requests import Staff, staff
from polku.desk.worklist.forms import HandOverForm
from polku.kit.errors import Invalid, NotFound
from polku.triage import sharing

Given = dict[str, Any]
KEY_LENGTH = 80
# What the actions call their fields, and the form of an event its own.
OF_CASE = {"happened_at": "on"}
# What the actions on call-backs call their fields, and the form its own.
CALLED = {"agreed_at": "on", "again_at": "on", "reason": "outcome"}


@require_GET
@need("contacts.read")
def contact(request: HttpRequest, public_id: str) -> HttpResponse:
    """A contact: what was said, who is in it, what has happened; or the desk, when it is mine and open."""
    me = staff(request)
    row = contacts.get(public_id, by=me.actor, at=me.at)
    context = pages.contact_page(row, by=me.actor, at=me.at, before=_before(request))
    me.saw("contact", row)
    return render(request, "desk/records/contact.html", context)


def _before(request: HttpRequest) -> str:
    """Return which entry of the timeline the reader has come to, when older ones are asked for."""
    return request.GET.get("before", "")[:KEY_LENGTH]


def _contact(public_id: str, me: Staff) -> Contact:
    """Return a contact that the actor may write.

    Raises:
        NotFound: it is not there, or not theirs to write.
    """
    row = visible_to(me.actor, "contacts.write", contacts.contacts_visible_to(me.actor, at=me.at), at=me.at)
    found = row.filter(public_id=public_id).first()
    if found is None:
        raise NotFound("not_found", _("There is no such contact, or it is not yours to see."))
    return found


@require_http_methods(["GET", "POST"])
@need("contacts.write")
def reopen(request: HttpRequest, public_id: str) -> HttpResponse:
    """Open a finished contact again, for a reason."""
    me = staff(request)
    row = _contact(public_id, me)
    form = ReasonForm(request.POST or None)

    def act(given: Given) -> None:
        contact_actions.reopen(contact=row, reason=given["reason"], by=me.actor, at=me.at)

    if done(request, form, act):
        return back("desk:call", public_id)
    return _asked(request, form, row, title=_("Open the contact again"), page="desk:contact")


def _asked(request: HttpRequest, form: Form, thing: Contact | Case, *, title: str, page: str) -> HttpResponse:
    """Show a page that asks one thing; 422 when what was given did not fit."""
    context = {"title": title, "form": form, "thing": thing, "back_page": page}
    context["key"] = request.POST.get("key", "")[:KEY_LENGTH]
    return render(request, "desk/records/ask.html", context, status=422 if form.errors else 200)


def _case(public_id: str, me: Staff, may: str = "cases.read") -> Case:
    """Return a case on which the actor may do an action.

    Raises:
        NotFound: it is not there, or not theirs: the same answer, to the empty form as to what it sends.
    """
    rows = cases_visible_to(me.actor, at=me.at).filter(public_id=public_id)
    row = (rows if may == "cases.read" else visible_to(me.actor, may, rows, at=me.at)).first()
    if row is None:
        raise NotFound("not_found", _("There is no such case, or it is not yours to see."))
    return row


def _of_case(
    request: HttpRequest,
    row: Case,
    form: Form,
    act: Callable[[Given], object],
    *,
    title: str,
    said: str,
    to: str = "",
) -> HttpResponse:
    """Ask one thing of a case and do it; then back to the case, or to another page."""
    if done(request, form, act, said=said, fields=OF_CASE):
        return back(to) if to else back("desk:case", row.public_id)
    return _asked(request, form, row, title=title, page="desk:case")


@require_GET
@need("cases.read")
def case(request: HttpRequest, public_id: str) -> HttpResponse:
    """A case: what was said first, clocks, path, events."""
    me = staff(request)
    row = _case(public_id, me)
    context = pages.case_page(row, by=me.actor, at=me.at, before=_before(request))
    me.saw("case", clients=[context["client"].pk, *context["beside"]], subject=row.public_id)
    return render(request, "desk/records/case.html", context)


@require_http_methods(["GET", "POST"])
@need("cases.write")
def event(request: HttpRequest, public_id: str) -> HttpResponse:
    """Write down an event (asiakaskertomus, 703/2023 44 §)."""
    me = staff(request)
    row = _case(public_id, me, "cases.write")
    form = EventForm(request.POST or None)

    def act(given: Given) -> None:
        moment = form.happened_at(at=me.at)
        texts, key = {"text": given["text"], "source": given["source"]}, request.POST.get("key", "")[:KEY_LENGTH]
        events.record(case=row, happened_at=moment, by=me.actor, at=me.at, key=key, **texts)

    words = {"title": _("Record an event"), "said": _("The event is written down.")}
    return _of_case(request, row, form, act, **words)


@require_http_methods(["GET", "POST"])
@need("cases.write")
def correct(request: HttpRequest, public_id: str, entry_id: str) -> HttpResponse:
    """Correct a written entry; the old version stays beside the new one."""
    me = staff(request)
    row = _case(public_id, me, "cases.write")
    entries = TimelineEntry.objects.select_related("case", "work_item", "client")
    entry = entries.filter(case=row, public_id=entry_id).first()
    if entry is None:
        raise NotFound("not_found", _("There is no such entry."))
    me.saw("case", clients=[row.client_id], subject=row.public_id)
    form = TextForm(request.POST or None, initial={"text": entry.text})

    def act(given: Given) -> None:
        case_actions.correct(entry=entry, text=given["text"], by=me.actor, at=me.at)

    words = {"title": _("Correct the entry"), "said": _("Corrected. The earlier version is kept.")}
    return _of_case(request, row, form, act, **words)


@require_http_methods(["GET", "POST"])
@need("cases.write")
def close(request: HttpRequest, public_id: str) -> HttpResponse:
    """Close the case, with its ground."""
    me = staff(request)
    row = _case(public_id, me, "cases.write")
    form = GroundForm(request.POST or None)

    def act(given: Given) -> None:
        case_actions.close_case(case=row, ground=given["ground"], by=me.actor, at=me.at)

    return _of_case(request, row, form, act, title=_("Close the case"), said=_("The case is closed."))


@require_http_methods(["GET", "POST"])
@need("cases.write")
def own_worker(request: HttpRequest, public_id: str) -> HttpResponse:
    """Name the own worker of the case (1301/2014 42 §)."""
    me = staff(request)
    row = _case(public_id, me, "cases.write")
    form = WorkerForm(request.POST or None, case=row, at=me.at)

    def act(given: Given) -> None:
        case_actions.name_own_worker(case=row, actor=given["worker"], by=me.actor, at=me.at)

    return _of_case(request, row, form, act, title=_("Name the own worker"), said=_("The own worker is named."))


@require_http_methods(["GET", "POST"])
@need("work.change")
def hand_over(request: HttpRequest, public_id: str) -> HttpResponse:
    """Hand the case's work over to a person or a team."""
    me = staff(request)
    row = _case(public_id, me)
    if not can(me.actor, "work.change", row.work_item, at=me.at):
        raise NotFound("not_found", _("There is no such case, or it is not yours to see."))
    form = HandOverForm(request.POST or None, by=me.actor, at=me.at)

    def act(given: Given) -> None:
        item, to, unit = row.work_item, given["to"], given["unit"]
        sharing.hand_over(item=item, to=to, unit=unit, note=given["note"], by=me.actor, at=me.at)

    words = {"title": _("Hand over"), "said": _("Handed over."), "to": "desk:worklist"}
    return _of_case(request, row, form, act, **words)


@require_http_methods(["GET", "POST"])
@need("contacts.end_call_back")
def call_back(request: HttpRequest, public_id: str) -> HttpResponse:
    """A promised call: what it is about, what was said before, what came of it."""
    me = staff(request)
    rows = CallBack.objects.select_related("contact", "work_item", "unit")
    row = visible_to(me.actor, "contacts.end_call_back", rows, at=me.at).filter(public_id=public_id).first()
    if row is None:
        raise NotFound("not_found", _("There is no such call-back, or it is not yours to see."))
    form = CalledForm(request.POST or None)

    def act(given: Given) -> None:
        _called(row, form, request.POST.get("end", ""), me)

    if done(request, form, act, said=_("Written down."), fields=CALLED):
        return back("desk:worklist")
    said = contacts.said(row.contact) if row.contact else None
    party = contacts.concerned(row.contact) if row.contact else None
    me.saw("call-back", row.contact, subject=row.public_id)
    context = {"title": _("Call back"), "call": row, "form": form, "said": said, "party": party}
    return render(request, "desk/records/call_back.html", context, status=422 if form.errors else 200)


def _called(row: CallBack, form: CalledForm, end: str, me: Staff) -> None:
    """End the call-back as was pressed.

    Raises:
        Refused: with the field.
    """
    outcome = form.cleaned_data["outcome"]
    if end == "not_reached":
        again = form.again_at()
        if again is None:
            raise Invalid("again_missing", _("Write when the next attempt is made."), field="on")
        callbacks.not_reached(call_back=row, again_at=again, outcome=outcome, by=me.actor, at=me.at)
    elif end == "cancel":
        callbacks.cancel(call_back=row, reason=outcome, by=me.actor, at=me.at)
    else:
        callbacks.done(call_back=row, outcome=outcome, by=me.actor, at=me.at)
