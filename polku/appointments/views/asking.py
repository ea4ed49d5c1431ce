"""Who asks, when, and how a page answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.access.permissions import may_ever, visible_to
from polku.appointments.models import Appointment
from polku.appointments.panel import NOT_FOUND
from polku.appointments.snapshot import CLAIMS
from polku.kit.errors import NotFound, Refused
from polku.ui import words


@dataclass(frozen=True, slots=True)
class Asking:
    """The signed-in person of a request and the moment it came."""

    request: HttpRequest
    by: Actor
    at: datetime

    def saw(
        self, what: str, rows: list[Appointment] | None = None, subject: str = "", clients: Iterable[int] = ()
    ) -> None:
        """Tell the access log whose data the page shows."""
        shown = {row.client_id for row in rows or [] if row.client_id} | set(clients)
        self.request.saw(what, clients=shown, subject=subject)  # type: ignore[attr-defined]


def asking(request: HttpRequest) -> Asking:
    """Who asks; the view's need has seen to it that somebody is signed in."""
    return Asking(request, request.actor, request.at)  # type: ignore[attr-defined]


def is_fragment(request: HttpRequest) -> bool:
    """Whether a script of the page asks for a part of it."""
    return request.headers.get("HX-Request") == "true"


def query_of(request: HttpRequest) -> dict[str, str]:
    """The search that a POST came from, as sent along in `query`."""
    return dict(parse_qsl(request.POST.get("query", "")))


def with_query(page: str, query: Mapping[str, str], *args: str) -> str:
    """A page's address with a query string; empty values left out."""
    kept = {name: value for name, value in query.items() if value}
    return reverse(page, args=args) + (f"?{urlencode(kept)}" if kept else "")


def go(request: HttpRequest, address: str) -> HttpResponse:
    """Back to where the form says it stands (a path of this site), else to `address`; always by GET."""
    back = request.POST.get("back", "")
    safe = back and url_has_allowed_host_and_scheme(back, allowed_hosts=None) and back.startswith("/")
    response = HttpResponseRedirect(back if safe else address)
    response.status_code = 303
    return response


def say(request: HttpRequest, words: object) -> None:
    """Show a sentence on top of the next page."""
    messages.success(request, str(words))


def say_refused(request: HttpRequest, error: Refused) -> None:
    """Show why something was refused on top of the next page."""
    messages.error(request, str(error.message))


def say_taken(request: HttpRequest, error: Refused) -> None:
    """Show why a time cannot be had, and the next one that can."""
    following = error.facts.get("next_free")
    if not isinstance(following, dict):
        say_refused(request, error)
        return
    when = words.moment(datetime.fromisoformat(following["start"]))
    next_one = gettext("The next free time is %(time)s.") % {"time": when}
    messages.error(request, f"{error.message} {next_one}")


def to_field(form: Form, error: Refused) -> None:
    """Put a refusal at the field it is about, or on top of the form; what was typed stays."""
    form.add_error(error.field if error.field in form.fields else None, str(error.message))


def appointment(ask: Asking, public_id: str, action: str = "appointments.read") -> Appointment:
    """The appointment of an address, if it is the asker's to see.

    Raises:
        NotFound: it is not there, or not theirs.
    """
    rows = Appointment.objects.select_related(
        "kind", "unit", "place", "client", "contact", "case", "work_item", "replaces", "booked_by", "told_by"
    ).prefetch_related(CLAIMS)
    row = visible_to(ask.by, action, rows, at=ask.at).filter(public_id=public_id).first()
    if row is None:
        raise NotFound("not_found", NOT_FOUND)
    return row


def page(request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """Render a page or fragment of the stage."""
    return render(request, f"appointments/{template}", {"pages": other_pages(request), **context}, status=status)


PAGES = (
    (_("Free times"), "appointments:free", "appointments.search"),
    (_("My day"), "appointments:day", "appointments.day"),
    (_("My week"), "appointments:week", "appointments.day"),
    (_("Calendars"), "appointments:calendars", "appointments.calendar"),
    (_("Earlier-time list"), "appointments:waiting", "appointments.attend"),
    (_("Missing times"), "appointments:missing", "appointments.search"),
    (_("Settings of appointments"), "appointments:settings", "appointments.manage"),
)


def other_pages(request: HttpRequest) -> list[tuple[str, str, bool]]:
    """The stage's pages that the signed-in person may open: words, address, whether it is this one."""
    by: Actor | None = getattr(request, "actor", None)
    if by is None or request.resolver_match is None:
        return []
    at: datetime = request.at  # type: ignore[attr-defined]
    here = request.resolver_match.view_name
    return [(str(words), reverse(name), name == here) for words, name, need in PAGES if may_ever(by, need, at=at)]
