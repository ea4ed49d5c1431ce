"""The worklist's page and what is done to its rows. Each post is one action of triage."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from polku.access.needs import need
from polku.cases.models import WorkItem
from polku.desk.replies import back, done, is_fragment, part, say_refused
from polku.desk.requests import Staff, staff
from polku.desk.things import page_of
from polku.desk.worklist import page as pages
from polku.desk.worklist.forms import HandOverForm, WaitForm
from polku.kit.errors import NotFound, Refused
from polku.kit.localtime import local_date
from polku.triage import filters, sharing, worklist
from polku.triage.states import Scope
from polku.triage.worklist import Filter

TRIES = 5


@require_GET
@need("work.read")
def list_(request: HttpRequest) -> HttpResponse:
    """The list; its refresh gets the rows only, and is logged when it shows people that were not there before."""
    me = staff(request)
    context = pages.whole(request.GET, fragment=is_fragment(request), by=me.actor, at=me.at)
    if request.GET.get("had") != context["digest"]:
        me.saw("worklist", clients=context["clients"])
    if is_fragment(request):
        return part(request, "desk/worklist/rows.html", context)
    context |= pages.around(context["chosen"], filtering=context["filtering"], by=me.actor, at=me.at)
    return render(request, "desk/worklist/page.html", context)


@require_GET
@need("work.read")
def item(request: HttpRequest, public_id: str) -> HttpResponse:
    """Open what stands behind a row: the contact, case, call-back or new attempt."""
    me = staff(request)
    return redirect(page_of(_item(public_id, me)))


@require_POST
@need("work.change")
def take(request: HttpRequest, public_id: str = "") -> HttpResponse:
    """Take the chosen row, or cover an absent colleague's, and open it."""
    me = staff(request)
    row = _chosen(request, public_id, me)
    if row is None:
        return _return(request)
    try:
        taken = _take(row, me)
    except Refused as error:
        say_refused(request, error)
        return _return(request)
    return redirect(page_of(taken, working=True))


def _take(row: WorkItem, me: Staff) -> WorkItem:
    if row.assignee_id is None or row.assignee_id == me.actor.pk:
        return sharing.take(item=row, by=me.actor, at=me.at)
    return sharing.cover(item=row, by=me.actor, at=me.at)


@require_POST
@need("work.change")
def take_next(request: HttpRequest) -> HttpResponse:
    """Take the most urgent row that nobody has; when somebody was first, the next one."""
    me = staff(request)
    for _try in range(TRIES):
        page = worklist.page(by=me.actor, at=me.at, chosen=Filter(scope=Scope.UNASSIGNED), size=1)
        if not page.rows:
            messages.info(request, _("Nothing waits without an owner. New contacts come here the most urgent first."))
            return back("desk:worklist")
        try:
            taken = sharing.take(item=page.rows[0].item, by=me.actor, at=me.at)
        except Refused:
            continue
        return redirect(page_of(taken, working=True))
    messages.error(request, _("Others were first each time. Choose a row yourself."))
    return back("desk:worklist")


@require_POST
@need("work.change")
def hand_over(request: HttpRequest, public_id: str = "") -> HttpResponse:
    """Hand the row over to a person or a team; what was said goes with it."""
    me = staff(request)
    row = _chosen(request, public_id, me)
    if row is None:
        return _return(request)
    form = HandOverForm(request.POST, by=me.actor, at=me.at, auto_id="id_over_%s")

    def act(given: dict[str, Any]) -> None:
        sharing.hand_over(item=row, to=given["to"], unit=given["unit"], note=given["note"], by=me.actor, at=me.at)

    if done(request, form, act, said=_("Handed over.")):
        return _return(request)
    return _asked(request, form, row, title=_("Hand over"), page="desk:hand_over_one")


@require_POST
@need("work.change")
def wait(request: HttpRequest, public_id: str = "") -> HttpResponse:
    """Let the row wait until a day, for a reason; legal clocks go on."""
    me = staff(request)
    row = _chosen(request, public_id, me)
    if row is None:
        return _return(request)
    form = WaitForm(request.POST, auto_id="id_wait_%s")

    def act(given: dict[str, Any]) -> None:
        sharing.hold(item=row, until=given["until"], reason=given["reason"], by=me.actor, at=me.at)

    if done(request, form, act, said=_("Set to wait. It comes back by itself.")):
        return _return(request)
    return _asked(request, form, row, title=_("Set to wait"), page="desk:wait_one")


def _asked(request: HttpRequest, form: Form, row: WorkItem, *, title: str, page: str) -> HttpResponse:
    """Show on a page of its own what did not fit, with what was typed."""
    context = {"title": title, "form": form, "row": row, "page": page, "next": _next(request)}
    return render(request, "desk/worklist/one.html", context, status=422)


@require_POST
@need("work.change")
def release(request: HttpRequest, public_id: str = "") -> HttpResponse:
    """Give the row back to the team's list, or end its waiting."""
    me = staff(request)
    row = _chosen(request, public_id, me)
    if row is None:
        return _return(request)
    try:
        if row.hold_until is not None and row.hold_until > local_date(me.at):
            sharing.end_hold(item=row, by=me.actor, at=me.at)
            messages.success(request, _("It waits no more."))
        else:
            sharing.release(item=row, by=me.actor, at=me.at)
            messages.success(request, _("Given back to the team's list."))
    except Refused as error:
        say_refused(request, error)
    return _return(request)


@require_POST
@need("triage.saved_filter")
def keep_filter(request: HttpRequest) -> HttpResponse:
    """Keep the present list under a name of one's own."""
    me = staff(request)
    now = pages.chosen(request.POST)
    try:
        filters.save(name=request.POST.get("name", ""), chosen=now, by=me.actor, at=me.at)
        messages.success(request, _("The list is kept among the tabs."))
    except Refused as error:
        say_refused(request, error)
    return HttpResponseRedirect(pages.address(now), status=303)


def _chosen(request: HttpRequest, public_id: str, me: Staff) -> WorkItem | None:
    """Return the row of the address, else the one chosen in the list; None, and a sentence, when none is chosen."""
    wanted = public_id or request.POST.get("item", "")
    if wanted:
        return _item(wanted, me)
    messages.info(request, pages.NO_ROW)
    return None


def _item(public_id: str, me: Staff) -> WorkItem:
    row = worklist.get(public_id, by=me.actor, at=me.at)
    if row is None:
        raise NotFound("not_found", _("There is no such row, or it is not yours to see."))
    return row


def _next(request: HttpRequest) -> str:
    """Return where to go back to, an address of this site only."""
    wanted = request.POST.get("next", "")
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else ""


def _return(request: HttpRequest) -> HttpResponse:
    wanted = _next(request)
    return HttpResponseRedirect(wanted, status=303) if wanted else back("desk:worklist")
