"""Who calls: find, pick, make new, go on without a name; others in the contact. Each answers with the section."""

from __future__ import annotations

import json

from django.db.transaction import atomic
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from polku.access.needs import need
from polku.audit import actions as audit
from polku.clients import queries as clients
from polku.clients.models import Client
from polku.contacts import people
from polku.contacts import queries as contacts
from polku.contacts.models import Contact, ContactParty
from polku.contacts.people import Told
from polku.contacts.states import PartyRole
from polku.desk.call import page as pages
from polku.desk.call import people as shown
from polku.desk.call.forms import FindForm, PartyForm, PersonForm
from polku.desk.call.people import Caller, caller
from polku.desk.replies import back, is_fragment, part, say_refused, to_field
from polku.desk.requests import Staff, staff
from polku.kit import hetu
from polku.kit.errors import NotFound, Refused

MOST = 8


def _section(
    request: HttpRequest,
    contact: Contact,
    section: Caller,
    *,
    told: bool = False,
    status: int = 200,
    template: str = "caller",
) -> HttpResponse:
    """Return the section; `told` says that a person was found, so clocks follow and the text is next."""
    staff(request).saw("contact", contact)
    if not is_fragment(request) and told:
        return back("desk:call", contact.public_id, part="said")
    if not is_fragment(request):
        context = pages.whole(contact, by=request.actor, at=request.at, query={})  # type: ignore[attr-defined]
        return part(request, "desk/call/page.html", {**context, "caller": section}, status=status)
    desk = pages.given(contact, by=request.actor, at=request.at)  # type: ignore[attr-defined]
    answer = part(request, f"desk/call/{template}.html", {"desk": desk, "caller": section}, status=status)
    if told:
        named = {"name": section.card.name if section.card else ""}
        events = {"polku:told": {}, "polku:direction": {}, "polku:named": named, "polku:focus": {"to": "id_said"}}
        answer["HX-Trigger-After-Settle"] = json.dumps(events)
    return answer


@require_POST
@need("contacts.write")
def find(request: HttpRequest, public_id: str) -> HttpResponse:
    """Search by identity code, name and birth year, or phone; the search is logged, never its words."""
    me = staff(request)
    contact = pages.mine(public_id, by=me.actor, at=me.at)
    form = FindForm(request.POST, auto_id="id_find_%s")
    section = caller(contact, by=me.actor, at=me.at, again=True)
    section.find = form
    if not form.is_valid():
        return _section(request, contact, section, status=422)
    answer = shown.found(form, at=me.at)
    few = answer.clients[:MOST]
    audit.searched(by=me.actor, at=me.at, what="clients", how=answer.by, clients=[row.pk for row in few])
    section.results = shown.rows(few, by=me.actor, at=me.at)
    section.more = answer.more or len(answer.clients) > MOST
    section.focus_find = not few
    if answer.by == "name":
        section.sought_name = form.sought()[0]
    return _section(request, contact, section)


@require_POST
@need("contacts.write")
def pick(request: HttpRequest, public_id: str) -> HttpResponse:
    """Say who calls: one of those found."""
    me = staff(request)
    contact = pages.mine(public_id, by=me.actor, at=me.at)
    client = clients.picked(request.POST.get("client", ""))
    if client is None:
        raise NotFound("not_found", _("There is no such person."))
    try:
        party = _main_party(contact, me)
        people.identify(party=party, client=client, by=me.actor, at=me.at)
    except Refused as error:
        say_refused(request, error)
    contact.refresh_from_db()
    return _section(request, contact, caller(contact, by=me.actor, at=me.at), told=True)


def _main_party(contact: Contact, me: Staff, told: Told | None = None) -> ContactParty:
    """Return the row of the person concerned for somebody new: a wrongly chosen person is taken out of the contact."""
    party = contacts.concerned(contact)
    if party is not None and party.client_id is None:
        return people.change(party=party, told=told, by=me.actor, at=me.at) if told is not None else party
    if party is not None:
        people.remove(party=party, by=me.actor, at=me.at)
    return people.add(contact=contact, role=PartyRole.CONCERNED, told=told or Told(), by=me.actor, at=me.at)


@require_POST
@need("contacts.write")
def new_person(request: HttpRequest, public_id: str) -> HttpResponse:
    """A person who was not found: an empty form first, then those who may be the same, then a new client."""
    me = staff(request)
    contact = pages.mine(public_id, by=me.actor, at=me.at)
    if "blank" in request.POST:
        return _section(request, contact, _blank(contact, me, request.POST.get("sought", "")))
    form = PersonForm(request.POST, auto_id="id_new_%s")
    alike = _alike(form, request) if form.is_valid() else []
    if form.is_valid() and not alike:
        try:
            with atomic():
                _make_known(contact, me, form)
            return _section(request, contact, caller(contact, by=me.actor, at=me.at), told=True)
        except Refused as error:
            # Nobody is left in the contact by what was refused.
            contact.refresh_from_db()
            to_field(form, error)
    section = caller(contact, by=me.actor, at=me.at, again=True)
    section.person = form
    section.alike = shown.rows(alike, by=me.actor, at=me.at)
    if alike:
        me.saw("clients.alike", clients=[client.pk for client in alike])
    return _section(request, contact, section, status=422 if form.errors else 200)


def _blank(contact: Contact, me: Staff, sought: str) -> Caller:
    """Return the section with an empty form of a person, where what was sought stands already."""
    section = caller(contact, by=me.actor, at=me.at, again=True)
    names = _split(sought)
    section.person = PersonForm(auto_id="id_new_%s", initial=names)
    # The cursor goes to what is still to be told.
    first = next(name for name in ("given_names", "family_name", "identity_code") if not names.get(name))
    section.person.fields[first].widget.attrs["data-focus"] = True
    section.focus_find = False
    return section


def _make_known(contact: Contact, me: Staff, form: PersonForm) -> None:
    """Make a client of what was told of the caller."""
    party, given = _main_party(contact, me, form.told()), form.cleaned_data
    code, municipality = given["identity_code"], given["municipality"]
    people.make_known(party=party, by=me.actor, at=me.at, identity_code=code, municipality=municipality)
    contact.refresh_from_db()


def _alike(form: PersonForm, request: HttpRequest) -> list[Client]:
    """Return people who may be the same, unless the worker has seen them and said that none is."""
    if "not_these" in request.POST:
        return []
    given = form.cleaned_data
    code = given["identity_code"].strip().upper().replace(" ", "")
    return clients.possible_duplicates(
        family_name=given["family_name"],
        given_names=given["given_names"],
        birth_date=given["birth_date"],
        identity_code=code if hetu.looks_like(code) else "",
    )


def _split(sought: str) -> dict[str, str]:
    """Return the words of a search as names: the last is usually the family name."""
    words = sought.split()
    if not words:
        return {}
    if len(words) == 1:
        return {"family_name": words[0].capitalize()}
    return {"given_names": " ".join(w.capitalize() for w in words[:-1]), "family_name": words[-1].capitalize()}


@require_POST
@need("contacts.write")
def anonymous(request: HttpRequest, public_id: str) -> HttpResponse:
    """Go on without a name."""
    me = staff(request)
    contact = pages.mine(public_id, by=me.actor, at=me.at)
    try:
        _main_party(contact, me, Told())
    except Refused as error:
        say_refused(request, error)
    contact.refresh_from_db()
    return _section(request, contact, caller(contact, by=me.actor, at=me.at), told=True)


@require_POST
@need("contacts.write")
def again(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the search again; the person stays in the contact until another is chosen."""
    me = staff(request)
    contact = pages.mine(public_id, by=me.actor, at=me.at)
    return _section(request, contact, caller(contact, by=me.actor, at=me.at, again=True))


@require_POST
@need("contacts.write")
def add_party(request: HttpRequest, public_id: str) -> HttpResponse:
    """Add a notifier, representative, near person, or another person concerned."""
    me = staff(request)
    contact = pages.mine(public_id, by=me.actor, at=me.at)
    form = PartyForm(request.POST, auto_id="id_party_%s")
    if form.is_valid():
        try:
            people.add(contact=contact, role=form.cleaned_data["role"], told=form.told(), by=me.actor, at=me.at)
            if not is_fragment(request):
                return back("desk:call", public_id, part="others")
            section = caller(contact, by=me.actor, at=me.at)
            section.others_open = True
            return _section(request, contact, section, template="others")
        except Refused as error:
            to_field(form, error)
    section = caller(contact, by=me.actor, at=me.at)
    section.party, section.others_open = form, True
    return _section(request, contact, section, status=422, template="others")


@require_POST
@need("contacts.write")
def remove_party(request: HttpRequest, public_id: str, party_id: str) -> HttpResponse:
    """Take somebody out of the contact."""
    me = staff(request)
    contact = pages.mine(public_id, by=me.actor, at=me.at)
    party = ContactParty.objects.filter(contact=contact, public_id=party_id, removed_at__isnull=True).first()
    if party is None:
        raise NotFound("not_found", _("There is no such person in the contact."))
    try:
        people.remove(party=party, by=me.actor, at=me.at)
    except Refused as error:
        say_refused(request, error)
    contact.refresh_from_db()
    section = caller(contact, by=me.actor, at=me.at)
    section.others_open = True
    return (
        _section(request, contact, section, template="others") if is_fragment(request) else back("desk:call", public_id)
    )
