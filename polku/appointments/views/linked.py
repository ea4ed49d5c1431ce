"""The client's own page, opened by the link in a message. Phone first; day, time and place only.

A GET only looks. Every answer of a link that does not open any more explains why and gives the phone number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from polku.access.needs import by_link
from polku.access.queries import who
from polku.appointments import actions, links, queries, rules, search
from polku.appointments.actions.waiting import offered
from polku.appointments.models import Appointment, ClientLink, Resource
from polku.appointments.sentences import phone_of, place_text
from polku.appointments.snapshot import Wish, local_day
from polku.appointments.states import CancelledBy, State, WaitState
from polku.appointments.views.asking import page
from polku.kit.errors import Conflict, Refused
from polku.ui import words

SHOWN = 3
MOST = 30

LinkView = Callable[[HttpRequest, str], HttpResponse]


def in_its_language(view: LinkView) -> LinkView:
    """Speak the language of the message that brought the link, until the client has chosen another."""

    @wraps(view)
    def spoken(request: HttpRequest, token: str) -> HttpResponse:
        if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            found = links.opened(token, at=request.at).link  # type: ignore[attr-defined]
            if found is not None:
                translation.activate(found.language)
        return view(request, token)

    return spoken


@require_safe
@by_link
@in_its_language
def link(request: HttpRequest, token: str) -> HttpResponse:
    """The time one has, times to change it to, and the ways to cancel or to wait for an earlier one."""
    return _show(request, token)


def _show(
    request: HttpRequest, token: str, *, error: Refused | None = None, said: str = "", status: int = 200
) -> HttpResponse:
    at = request.at  # type: ignore[attr-defined]
    found = links.opened(token, at=at)
    if found.link is None or found.why:
        return _closed(request, found, said=said)
    row = links.time_of(found.link)
    request.saw("appointments.link", clients=[row.client_id] if row.client_id else [])  # type: ignore[attr-defined]
    context: dict[str, Any] = {
        "title": _("Your time"),
        "token": token,
        "row": row,
        "place": place_text(row, words.language()),
        "own_words": _own_words(row, at=at),
        "error": error,
        "said": said,
        "phone": phone_of(row),
        **_waiting(found.link, row),
        **_times(request, found.link, row),
    }
    if context["may_change"] and not (context.get("seat") or context.get("offer")):
        context["title"] = _("Change the time")
    return _private(page(request, "link.html", context, status=status))


def _waiting(opened: ClientLink, row: Appointment) -> dict[str, Any]:
    """The client's place on the earlier-time list, or the time that is offered."""
    entry = opened.waiting or queries.entry_of(row)
    if row.seat is not None or entry is None or entry.state != WaitState.OFFERED or entry.offered_start is None:
        return {"waiting": entry if entry is not None and entry.state == WaitState.WAITING else None}
    new = offered(entry)
    return {"offer": entry, "offered": new, "offered_place": place_text(new, words.language())}


def _times(request: HttpRequest, opened: ClientLink, row: Appointment) -> dict[str, Any]:
    """The times a client may choose from, when the time may still be changed here."""
    at = request.at  # type: ignore[attr-defined]
    try:
        rules.check_client_may_change(row, by=opened.actor, at=at)
    except Refused as late:
        return {"may_change": False, "why_not": late.message}
    seat, booked = row.seat is not None, row.state == State.BOOKED
    if seat or not booked or not rules.may_book(opened.actor, row.kind, row.unit, at=at, need=row.need):
        return {"may_change": booked, "seat": seat, "slots": []}
    wanted = search.Wanted(promise=row.promised_by, place=row.place)
    result = search.search(Wish(row.kind, row.unit, ignore=row.pk), wanted, at=at)
    free = [offer for offer in (*result.inside, *result.after) if not offer.held_by and offer.start != row.starts_at]
    one_each = list({(offer.start, offer.place, offer.mode): offer for offer in reversed(free)}.values())[::-1]
    shown = one_each[:MOST] if request.GET.get("more") else _first_of_days(one_each, row)
    slots = [
        {
            "value": offer.slot,
            "when": offer.start,
            "place": _place_of(offer, row),
            "state": "free" if number else "chosen",
        }
        for number, offer in enumerate(shown)
    ]
    return {"may_change": True, "slots": slots, "more": len(one_each) > len(shown), "promise": row.promised_by}


def _first_of_days(offers: Iterable[search.Offer], row: Appointment) -> list[search.Offer]:
    """Return the first time of each of the next days, met in the same way and place where that day has one."""
    days: dict[Any, search.Offer] = {}
    for offer in offers:
        day = local_day(offer.start)
        same = (offer.mode, offer.place) == (row.mode, row.place)
        if day not in days or (same and (days[day].mode, days[day].place) != (row.mode, row.place)):
            days[day] = offer
    return [days[day] for day in sorted(days)][:SHOWN]


def _own_words(row: Appointment, *, at: datetime) -> str:
    days = (local_day(row.starts_at) - local_day(at)).days
    return {0: _("Your time is today"), 1: _("Your time is tomorrow")}.get(days, _("Your time is"))


def _place_of(offer: search.Offer, row: Appointment) -> str:
    hidden = row.client is not None and row.client.protected
    shown = Appointment(mode=offer.mode, place=None if hidden else offer.place, client=row.client)
    return place_text(shown, words.language())


def _closed(request: HttpRequest, found: links.Opened, *, said: str = "") -> HttpResponse:
    """Why the link does not open any more, and the number to call."""
    row = links.time_of(found.link) if found.link else None
    context = {
        "title": _("This link is no longer in use") if not said else _("Done"),
        "why": found.why,
        "said": said,
        "phone": phone_of(row) if row else "",
    }
    return _private(
        page(request, "link_closed.html", context, status=200 if said else 404 if found.why == "unknown" else 410)
    )


def _private(response: HttpResponse) -> HttpResponse:
    """The address is a secret: it is not stored on the way, and `same-origin` tells it to no other site.

    `no-referrer` would also empty the form's own origin, by which a forged form is told from ours.
    """
    patch_cache_control(response, private=True, no_store=True)
    response["Referrer-Policy"] = "same-origin"
    return response


def _do(request: HttpRequest, token: str, act: Any, said: str) -> HttpResponse:
    """Do what the holder of the link asked for, as the link's own actor; say it on a page of its own."""
    at = request.at  # type: ignore[attr-defined]
    found = links.opened(token, at=at)
    if found.link is None or found.why:
        return _closed(request, found)
    who(found.link.actor, at=at)
    try:
        act(found.link)
    except Refused as error:
        return _show(request, token, error=error, status=422)
    return _show(request, token, said=said)


def _no_seat(opened: ClientLink) -> None:
    """Raise Conflict for a seat: who else is in a group, and which group fits, is for the unit to say."""
    if opened.participant is not None:
        raise Conflict(
            "seat", _("A seat in a group is not changed here. Cancel it, and ask for another time by phone.")
        )


@require_POST
@by_link
@in_its_language
def move(request: HttpRequest, token: str) -> HttpResponse:
    """Change the time to the chosen one in one step; the old one stays when the new one is gone."""
    chosen = request.POST.get("slot", "")

    def act(opened: ClientLink) -> None:
        _no_seat(opened)
        slot = search.Slot.parse(chosen)
        actions.move(
            appointment=opened.appointment, start=slot.start, workers=actions.workers_of(slot), mode=slot.mode,
            side=CancelledBy.CLIENT, reason="", by=opened.actor, at=request.at, key=request.POST.get("key", ""),  # type: ignore[attr-defined]
            wait="earlier" in request.POST,
        )  # fmt: skip

    try:
        when = words.moment(search.Slot.parse(chosen).start)
    except Refused as error:
        return _show(request, token, error=error, status=422)
    return _do(request, token, act, _("Your new time is %(time)s. You get a message about it.") % {"time": when})


@require_POST
@by_link
@in_its_language
def cancel(request: HttpRequest, token: str) -> HttpResponse:
    """Cancel the time."""

    def act(opened: ClientLink) -> None:
        at: datetime = request.at  # type: ignore[attr-defined]
        end: dict[str, Any] = {"side": CancelledBy.CLIENT, "reason": "", "by": opened.actor, "at": at}
        if opened.participant is not None:
            actions.leave_group(participant=opened.participant, **end)
        else:
            actions.cancel(appointment=opened.appointment, **end)

    return _do(request, token, act, _("Your time has been cancelled. You get a message about it."))


@require_POST
@by_link
@in_its_language
def earlier(request: HttpRequest, token: str) -> HttpResponse:
    """Join or leave the earlier-time list."""

    def act(opened: ClientLink) -> None:
        _no_seat(opened)
        entry = queries.entry_of(opened.appointment)
        if entry is None:
            actions.join(appointment=opened.appointment, by=opened.actor, at=request.at, key="")  # type: ignore[attr-defined]
        else:
            actions.leave(entry=entry, by=opened.actor, at=request.at)  # type: ignore[attr-defined]

    return _do(request, token, act, _("Saved."))


@require_POST
@by_link
@in_its_language
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """Take the offered earlier time, or keep the present one."""
    takes = request.POST.get("take") == "yes"

    def act(opened: ClientLink) -> None:
        entry = opened.waiting or queries.entry_of(opened.appointment)
        if entry is None or entry.state != WaitState.OFFERED or entry.offered_start is None:
            if takes:
                raise Conflict("offer_ended", _("The offer has ended. You keep your present time."))
            return
        if not takes:
            actions.decline(entry=entry, by=opened.actor, at=request.at)  # type: ignore[attr-defined]
            return
        people = {one.pk: one for one in Resource.objects.filter(pk__in=entry.offered_workers).select_related("actor")}
        actions.move(
            appointment=opened.appointment, start=entry.offered_start, mode=entry.offered_mode,
            workers=[people[pk] for pk in entry.offered_workers], side=CancelledBy.CLIENT, reason="",
            by=opened.actor, at=request.at, key=f"offer:{entry.public_id}:{entry.offered_start:%Y%m%d%H%M}",  # type: ignore[attr-defined]
        )  # fmt: skip

    said = _("The earlier time is yours. You get a message about it.") if takes else _("You keep your present time.")
    return _do(request, token, act, said)
