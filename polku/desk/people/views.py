"""Search, the emergency form, and the person's page: details, relations, duplicates, merging and its undoing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from polku.access.needs import need
from polku.access.permissions import require
from polku.audit import actions as audit
from polku.cases import actions as cases
from polku.cases.queries import clients_visible_to
from polku.clients import actions as clients
from polku.clients import relations
from polku.clients.models import Client
from polku.clients.queries import picked, root
from polku.desk.people import finding
from polku.desk.people import page as pages
from polku.desk.people.forms import DetailsForm, EmergencyForm, MergeForm, RelationForm, SearchForm, WhyForm
from polku.desk.replies import back, done, say_refused, to_field
from polku.desk.requests import Staff, staff
from polku.kit.errors import NotFound, Refused

Given = dict[str, Any]


@require_http_methods(["GET", "POST"])
@need("clients.search")
def search(request: HttpRequest) -> HttpResponse:
    """Search by POST only: what is typed never stands in an address."""
    me = staff(request)
    form = SearchForm(request.POST or None, auto_id="id_search_%s")
    context: dict[str, Any] = {"title": _("Search"), "form": form, "answer": None}
    if form.is_valid():
        answer = finding.search(form, by=me.actor, at=me.at)
        finding.log(answer, form.cleaned_data["q"], by=me.actor, at=me.at)
        if answer.url:
            return HttpResponseRedirect(answer.url, status=303)
        context["answer"] = answer
    return render(request, "desk/people/search.html", context, status=422 if form.errors else 200)


@require_POST
@need("cases.emergency")
def emergency(request: HttpRequest) -> HttpResponse:
    """Open a client's data without a tie, for a reason; the data-protection officer sees it at once."""
    me = staff(request)
    form = EmergencyForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            hit = finding.named(given["address"], given["reference"], at=me.at)
            cases.open_emergency(
                client=hit.client,
                reason=given["reason"],
                by=me.actor,
                at=me.at,
                reference_told=given["reference"],
            )
            messages.warning(request, _("Opened for 24 hours. The data protection officer sees your reason."))
            return HttpResponseRedirect(hit.url, status=303)
        except Refused as error:
            to_field(form, error)
    context = {"title": _("Open in an emergency"), "form": form}
    return render(request, "desk/people/emergency.html", context, status=422)


def _client(public_id: str, me: Staff) -> Client:
    """Return the person whom the actor has a tie to; a merged row leads to the standing one."""
    row = clients_visible_to(me.actor, at=me.at).select_related("merged_into").filter(public_id=public_id).first()
    if row is None:
        raise NotFound("not_found", _("There is no such person, or they are not yours to see."))
    return root(row)


@require_GET
@need("clients.read")
def person(request: HttpRequest, public_id: str) -> HttpResponse:
    """A person: details, relations, contacts and cases that the reader may see."""
    me = staff(request)
    client = _client(public_id, me)
    context = pages.whole(client, by=me.actor, at=me.at)
    _saw(me, client, context["beside"])
    return render(request, "desk/people/person.html", context)


def _saw(me: Staff, client: Client, others: Iterable[int] = ()) -> None:
    me.saw("client", clients=[client.pk, *others], subject=client.public_id)


@require_POST
@need("clients.see_protected")
def protected_details(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show details that are under a ban on disclosure, for a reason that is logged (661/2009 37 §)."""
    me = staff(request)
    client = _client(public_id, me)
    form = WhyForm(request.POST)
    context = pages.whole(client, by=me.actor, at=me.at) | {"why": form}
    _saw(me, client, context["beside"])

    def act(given: Given) -> None:
        require(me.actor, "clients.see_protected", client, at=me.at)
        audit.read(
            by=me.actor, at=me.at, what="clients.protected", subject=client.public_id, clients=[client.pk],
            purpose=given["reason"][:120], record_class="client",
        )  # fmt: skip
        context["details"] = pages.details(client, at=me.at, protected=True)

    done(request, form, act)
    return render(request, "desk/people/person.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@need("clients.update")
def edit(request: HttpRequest, public_id: str) -> HttpResponse:
    """Add to or correct a person's details; what was before is kept with its dates."""
    me = staff(request)
    client = _client(public_id, me)
    form = DetailsForm(request.POST or None, at=me.at, initial=pages.known(client))

    def act(given: Given) -> None:
        require(me.actor, "clients.update", client, at=me.at)
        clients.update(client=client, person=form.person(), by=me.actor, at=me.at)

    if done(request, form, act, said=_("The details are saved.")):
        return back("desk:person", client.public_id)
    _saw(me, client)
    return _asked(request, form, client, title=_("Change the details"), page="desk:person_edit")


def _asked(
    request: HttpRequest, form: Form, client: Client, *, title: str, page: str, empty: bool = False
) -> HttpResponse:
    """Show a page with one form of a person; 422 when what was given did not fit."""
    context = {"title": title, "client": client, "form": form, "page": page, "empty": empty}
    return render(request, "desk/people/edit.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@need("clients.update")
def add_relation(request: HttpRequest, public_id: str) -> HttpResponse:
    """Add a guardian, representative or near person."""
    me = staff(request)
    client = _client(public_id, me)
    form = RelationForm(request.POST or None)

    def act(given: Given) -> None:
        require(me.actor, "clients.update", client, at=me.at)
        relations.add(client=client, by=me.actor, at=me.at, **given)

    if done(request, form, act, said=_("Added.")):
        return back("desk:person", client.public_id)
    _saw(me, client)
    return _asked(request, form, client, title=_("Add somebody near"), page="desk:person_relation")


@require_http_methods(["GET", "POST"])
@need("clients.merge")
def merge(request: HttpRequest, public_id: str) -> HttpResponse:
    """Say that another record is the same person, with a reason; nothing is rewritten, so it can be undone."""
    me = staff(request)
    client = _client(public_id, me)
    others = pages.duplicates(client, by=me.actor, at=me.at)
    choices = [(row.public_id, f"{row.name} {row.born} {row.line}") for row in others]
    form = MergeForm(request.POST or None, others=choices)

    def act(given: Given) -> None:
        other = picked(given["other"])
        if other is None:
            raise NotFound("not_found", _("There is no such person, or they are not yours to see."))
        clients.merge(client=other, into=client, reason=given["reason"], by=me.actor, at=me.at)

    if done(request, form, act, said=_("Joined: both are now seen as one person. It can be undone.")):
        return back("desk:person", client.public_id)
    _saw(me, client, pages.ids(others))
    title = _("Join two records")
    return _asked(request, form, client, title=title, page="desk:person_merge", empty=not others)


@require_POST
@need("clients.merge")
def undo_merge(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take a merge back: two people again, each with what was recorded on them."""
    me = staff(request)
    row = clients_visible_to(me.actor, at=me.at).select_related("merged_into").filter(public_id=public_id).first()
    if row is None:
        raise NotFound("not_found", _("There is no such person, or they are not yours to see."))
    into = root(row)
    try:
        clients.undo_merge(client=row, by=me.actor, at=me.at)
        messages.success(request, _("They are two people again."))
    except Refused as error:
        say_refused(request, error)
    return back("desk:person", into.public_id)
