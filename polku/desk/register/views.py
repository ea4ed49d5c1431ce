"""The register: workers and their posts, machines and their keys."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from polku.access import actions, forgotten
from polku.access.models import Actor, Membership, Source
from polku.access.needs import need
from polku.access.states import ActorKind
from polku.desk.register import pages
from polku.desk.register.forms import AnewForm, LastDayForm, MachineForm, PostForm, StaffForm
from polku.desk.replies import back, say_refused, to_field
from polku.desk.requests import Staff, staff
from polku.kit.errors import NotFound, Refused


@need("access.manage")
@require_GET
def register(request: HttpRequest) -> HttpResponse:
    """Workers by name, fifty at a time."""
    return render(request, "desk/register/list.html", pages.workers(request.GET, at=staff(request).at))


@need("access.manage")
@require_http_methods(["GET", "POST"])
def add_worker(request: HttpRequest) -> HttpResponse:
    """A new worker with an account and the first post."""
    form = StaffForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = _add(form, staff(request))
            messages.success(request, _("Added. The second factor is set up at the first sign-in."))
            return back("desk:worker", made.public_id)
        except Refused as error:
            to_field(form, error)
    context = {"title": _("Add a worker"), "form": form}
    return render(request, "desk/register/add.html", context, status=422 if form.errors else 200)


def _add(form: StaffForm, who: Staff) -> Actor:
    given = form.cleaned_data
    made = actions.add_staff(
        name=given["name"], username=given["username"], password=given["password"] or None, at=who.at, by=who.actor,
        titles=(given["title_fi"], given["title_sv"], given["title_en"]), email=given["email"],
    )  # fmt: skip
    actions.give_post(actor=made, unit=given["unit"], role=given["role"], by=who.actor, at=who.at)
    return made


@need("access.manage")
@require_http_methods(["GET", "POST"])
def worker(request: HttpRequest, public_id: str) -> HttpResponse:
    """A worker's posts; POST gives a new one."""
    who, person = staff(request), _worker(public_id)
    form = PostForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.give_post(actor=person, by=who.actor, at=who.at, **form.cleaned_data)
            return back("desk:worker", public_id)
        except Refused as error:
            to_field(form, error)
    context = pages.worker(person, at=who.at) | {"form": form}
    return render(request, "desk/register/worker.html", context, status=422 if form.errors else 200)


@need("access.manage")
@require_POST
def end_post(request: HttpRequest, public_id: str, post: int) -> HttpResponse:
    """End a post on a day."""
    who, form = staff(request), LastDayForm(request.POST)
    row = Membership.objects.select_related("actor", "unit").filter(actor=_worker(public_id), pk=post).first()
    if row is None:
        raise NotFound("not_found", _("There is no such page, or it is not yours to see."))
    if not form.is_valid():
        messages.error(request, _("Write the last day, for example 31.12.2026."))
        return back("desk:worker", public_id)
    try:
        actions.end_post(post=row, last_day=form.cleaned_data["last_day"], by=who.actor, at=who.at)
    except Refused as error:
        say_refused(request, error)
    return back("desk:worker", public_id)


@need("access.manage")
@require_POST
def worker_account(request: HttpRequest, public_id: str) -> HttpResponse:
    """Close the account, or open it again."""
    who = staff(request)
    try:
        is_open = request.POST.get("open") == "yes"
        actions.open_account(actor=_worker(public_id), is_open=is_open, by=who.actor, at=who.at)
    except Refused as error:
        say_refused(request, error)
    return back("desk:worker", public_id)


@need("access.manage")
@require_POST
def worker_anew(request: HttpRequest, public_id: str) -> HttpResponse:
    """Give a first password again to somebody who has forgotten theirs or lost the second factor."""
    who, person = staff(request), _worker(public_id)
    form = AnewForm(request.POST, person=person)
    if form.is_valid():
        try:
            forgotten.begin_anew(actor=person, password=form.cleaned_data["password"], by=who.actor, at=who.at)
            messages.success(request, _("The person begins anew: tell them the password, and that it holds once."))
            return back("desk:worker", public_id)
        except Refused as error:
            to_field(form, error)
    context = pages.worker(person, at=who.at) | {"form": PostForm(), "anew": form}
    return render(request, "desk/register/worker.html", context, status=422)


def _worker(public_id: str) -> Actor:
    found = Actor.objects.filter(kind=ActorKind.STAFF, public_id=public_id).select_related("account").first()
    if found is None:
        raise NotFound("not_found", _("There is no such page, or it is not yours to see."))
    return found


@need("access.manage")
@require_http_methods(["GET", "POST"])
def machines(request: HttpRequest) -> HttpResponse:
    """Systems that may come in; POST lets one in and shows its key, this once."""
    who, form, key = staff(request), MachineForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        try:
            _made, key = actions.add_source(by=who.actor, at=who.at, **form.cleaned_data)
            form = MachineForm()
        except Refused as error:
            to_field(form, error)
    context = {"title": _("Let systems in"), "form": form, "key": key, "machines": pages.machines(at=who.at)}
    answer = render(request, "desk/register/machines.html", context, status=422 if form.errors else 200)
    # The key must not be kept anywhere on the way.
    answer["Cache-Control"] = "no-store"
    return answer


@need("access.manage")
@require_POST
def end_machine(request: HttpRequest, public_id: str) -> HttpResponse:
    """End a system's permission now."""
    who = staff(request)
    source = Source.objects.select_related("actor").filter(actor__public_id=public_id).first()
    if source is None:
        raise NotFound("not_found", _("There is no such page, or it is not yours to see."))
    try:
        actions.end_source(source=source, by=who.actor, at=who.at)
        messages.success(request, _("The permission has ended: the key opens nothing any more."))
    except Refused as error:
        say_refused(request, error)
    return back("desk:machines")
