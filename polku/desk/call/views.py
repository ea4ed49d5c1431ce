"""The call desk's page and what is done on it. Each post saves the form as typed first, then does one thing."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from polku.access.needs import need
from polku.appointments import actions as appointments
from polku.contacts import actions as contacts
from polku.contacts import drafts
from polku.contacts import queries as contact_queries
from polku.contacts.models import StaleDraft
from polku.desk.call import page as pages
from polku.desk.call.given import Note, held_by_me
from polku.desk.call.holding import hold_chosen
from polku.desk.call.telling import Kept, keep
from polku.desk.replies import back, is_fragment, part, refused_fields, say_refused, wants_json
from polku.desk.requests import Staff, staff
from polku.desk.units import answering_unit
from polku.kit.errors import Conflict, NotFound, Refused
from polku.ui import words


@require_POST
@need("contacts.start")
def start(request: HttpRequest) -> HttpResponse:
    """Open a new contact: its row exists from the first keystroke."""
    me = staff(request)
    unit = answering_unit(me.actor, at=me.at)
    if unit is None:
        messages.error(request, _("You have no unit today that answers contacts."))
        return back("desk:home")
    contact = contacts.start(unit=unit, by=me.actor, at=me.at, key=request.POST.get("key", ""))
    return back("desk:call", contact.public_id)


@require_GET
@need("contacts.write")
def call(request: HttpRequest, public_id: str) -> HttpResponse:
    """The desk of one contact."""
    me = staff(request)
    contact = pages.mine(public_id, by=me.actor, at=me.at)
    if not contact.is_open:
        return redirect("desk:contact", public_id=public_id)
    context = pages.whole(contact, by=me.actor, at=me.at, query=request.GET, wrong=refused_fields(request))
    me.saw("contact", contact)
    return render(request, "desk/call/page.html", context)


@require_POST
@need("contacts.write")
def save(request: HttpRequest, public_id: str) -> HttpResponse:
    """Keep what stands in the form; answers the autosave, or goes back to the page without script."""
    me = staff(request)
    contact = pages.mine(public_id, by=me.actor, at=me.at)
    by_script = wants_json(request)
    try:
        kept = keep(contact, request.POST, by=me.actor, at=me.at, autosave=by_script)
    except Refused as error:
        if by_script:
            return JsonResponse({"errors": {error.field or "said": [str(error.message)]}}, status=422)
        say_refused(request, error)
        return back("desk:call", public_id)
    return _saved(kept) if by_script else back("desk:call", public_id)


def _saved(kept: Kept) -> JsonResponse:
    """Tell the autosave the version that stands; 409 when somebody else has written meanwhile."""
    saved = kept.saved
    time = words.clock_time(saved.saved_at, seconds=True)
    if saved.stale:
        theirs = {"said": saved.draft.said}
        facts = {"version": saved.version, "by": saved.draft.saved_by.name, "at": time, "theirs": theirs}
        return JsonResponse(facts, status=409)
    return JsonResponse({"version": saved.version, "saved_at": time, "errors": kept.errors()})


@require_GET
@need("contacts.write")
def clocks(request: HttpRequest, public_id: str) -> HttpResponse:
    """The clocks that start from what is known now, with the verdict and direction beside the form."""
    me = staff(request)
    contact = pages.mine(public_id, by=me.actor, at=me.at)
    desk = pages.given(contact, by=me.actor, at=me.at)
    me.saw("contact", contact)
    moved = request.GET.get("had", desk.signature) != desk.signature
    return part(
        request, "desk/call/clocks.html", {"desk": desk, "oob": True}, triggers="polku:direction" if moved else ""
    )


@require_GET
@need("contacts.write")
def times(request: HttpRequest, public_id: str) -> HttpResponse:
    """The free times of the chosen kind and unit; when a hold has just ended, with the bar as it is now."""
    me = staff(request)
    contact = pages.mine(public_id, by=me.actor, at=me.at)
    ended = "ended" in request.GET
    context = pages.times_part(contact, by=me.actor, at=me.at, query=request.GET, with_bar=ended, ended=ended)
    return part(request, "desk/call/held.html" if ended else "desk/call/times.html", context)


@require_POST
@need("contacts.write")
def hold(request: HttpRequest, public_id: str) -> HttpResponse:
    """Hold a time while the client thinks; a lost race shows who was first."""
    me = staff(request)
    contact = pages.mine(public_id, by=me.actor, at=me.at)
    note: Note | None = None
    try:
        keep(contact, request.POST, by=me.actor, at=me.at)
        hold_chosen(contact, request.POST, by=me.actor, at=me.at)
    except Refused as error:
        note = Note("still" if isinstance(error, Conflict) else "late", str(error.message))
    if not is_fragment(request):
        if note is not None:
            messages.error(request, note.title)
        return back("desk:call", public_id, part="times")
    context = pages.times_part(contact, by=me.actor, at=me.at, query=request.POST, note=note, with_bar=True)
    version = json.dumps({"polku:version": {"form": "contact", "version": pages.version_of(contact)}})
    return part(request, "desk/call/held.html", context, triggers=version)


@require_POST
@need("contacts.write")
def confirm(request: HttpRequest, public_id: str) -> HttpResponse:
    """Book the held time: pressed on the sentence that was read aloud, so it counts as told."""
    me = staff(request)
    contact = pages.mine(public_id, by=me.actor, at=me.at)
    try:
        pages.settle(contact, request.POST, by=me.actor, at=me.at)
        if contact.state == "draft":
            contact = contacts.record(contact=contact, by=me.actor, at=me.at)
        held = held_by_me(contact, by=me.actor, at=me.at, public_id=request.POST.get("appointment", ""))
        if held is None:
            raise Conflict("hold_ended", _("The hold has ended. Choose the time again."))
        client = pages.client_of(contact)
        appointments.confirm(appointment=held, by=me.actor, at=me.at, client=client, contact=contact, told=True)
        messages.success(request, _("The time is confirmed, and the client has been told."))
    except Refused as error:
        say_refused(request, error)
    return back("desk:call", public_id)


@require_POST
@need("contacts.write")
def release(request: HttpRequest, public_id: str) -> HttpResponse:
    """Let the held time go."""
    me = staff(request)
    contact = pages.mine(public_id, by=me.actor, at=me.at)
    try:
        keep(contact, request.POST, by=me.actor, at=me.at)
        held = held_by_me(contact, by=me.actor, at=me.at)
        if held is not None:
            appointments.release(appointment=held, by=me.actor, at=me.at)
    except Refused as error:
        say_refused(request, error)
    return back("desk:call", public_id, part="times")


@require_POST
@need("contacts.write")
def park(request: HttpRequest, public_id: str) -> HttpResponse:
    """Park the call: its text stays, its clocks go on."""
    me = staff(request)
    contact = pages.mine(public_id, by=me.actor, at=me.at)
    try:
        pages.settle(contact, request.POST, by=me.actor, at=me.at)
        contacts.park(contact=contact, by=me.actor, at=me.at)
    except Refused as error:
        say_refused(request, error)
        return back("desk:call", public_id)
    following = pages.next_open(contact, by=me.actor)
    return back("desk:call", following) if following else back("desk:calls")


@require_POST
@need("contacts.write")
def resume(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take a parked call up again."""
    me = staff(request)
    contact = pages.mine(public_id, by=me.actor, at=me.at)
    try:
        contacts.resume(contact=contact, by=me.actor, at=me.at)
    except Refused as error:
        say_refused(request, error)
    return back("desk:call", public_id)


@require_POST
@need("contacts.write")
def discard(request: HttpRequest, public_id: str) -> HttpResponse:
    """Throw away a contact that holds nothing."""
    me = staff(request)
    contact = pages.mine(public_id, by=me.actor, at=me.at)
    try:
        keep(contact, request.POST, by=me.actor, at=me.at)
        contacts.discard(contact=contact, by=me.actor, at=me.at)
    except Refused as error:
        say_refused(request, error)
        return back("desk:call", public_id)
    return back("desk:calls")


@require_POST
@need("contacts.write")
def settle_stale(request: HttpRequest, public_id: str, stale_id: str) -> HttpResponse:
    """Take away the notice of a text that was saved on top of an older version."""
    me = staff(request)
    contact = pages.mine(public_id, by=me.actor, at=me.at)
    row = StaleDraft.objects.filter(contact=contact, public_id=stale_id).first()
    if row is None:
        raise NotFound("not_found", _("There is no such text."))
    drafts.settle(stale=row, by=me.actor, at=me.at)
    return back("desk:call", public_id)


@require_GET
@need("contacts.start")
def calls(request: HttpRequest) -> HttpResponse:
    """My open contacts; the newest one opens by itself."""
    me: Staff = staff(request)
    rows = [row for row in contact_queries.in_hand(me.actor, at=me.at) if row.state != "parked"]
    if rows and "all" not in request.GET:
        return redirect("desk:call", public_id=rows[-1].public_id)
    return render(request, "desk/call/calls.html", {"title": _("Answer contacts")})
