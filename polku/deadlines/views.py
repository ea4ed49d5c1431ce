"""How a clock was counted: the sentence, the days left out, pauses and restarts; and what is done to it by hand."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from polku.access.needs import need
from polku.access.permissions import visible_to
from polku.deadlines import queries
from polku.deadlines.explained import explained
from polku.deadlines.forms import Change, changes
from polku.deadlines.models import Clock
from polku.kit.errors import NotFound, Refused


@require_GET
@need("deadlines.read")
def why(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show why a clock's last day is what it is."""
    clock = _clock(request, public_id, "deadlines.read")
    return _page(request, clock, changes(clock, by=request.actor, at=request.at))  # type: ignore[attr-defined]


@require_POST
@need("deadlines.change")
def change(request: HttpRequest, public_id: str) -> HttpResponse:
    """Pause a promise, let it go on, count a limit anew, or let a clock run again that was met by mistake."""
    actor, at = request.actor, request.at  # type: ignore[attr-defined]
    clock = _clock(request, public_id, "deadlines.change")
    forms = changes(clock, by=actor, at=at, given=request.POST)
    sent = next((form for form in forms if form.is_bound), None)
    if sent is not None and sent.is_valid():
        try:
            sent.do(clock, by=actor, at=at)
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(reverse("deadlines:why", args=[public_id]), status=303)
        except Refused as error:
            field = {"happened_at": "on"}.get(error.field, error.field)
            sent.add_error(field if field in sent.fields else None, str(error.message))
    if sent is None:
        messages.error(request, _("This cannot be done to the clock any more. Below you see how it is now."))
    return _page(request, clock, forms, status=422)


def _clock(request: HttpRequest, public_id: str, action: str) -> Clock:
    """Return a clock on which the reader may do the action, and tell the access log whose it is.

    Raises:
        NotFound: it is not there, or not the reader's: the same answer.
    """
    actor, at = request.actor, request.at  # type: ignore[attr-defined]
    clock = visible_to(actor, action, queries.whole(), at=at).filter(public_id=public_id).first()
    if clock is None:
        raise NotFound("not_found", _("There is no such clock, or it is not yours to see."))
    request.saw("clock", clients=queries.clients_of(clock), subject=clock.public_id)  # type: ignore[attr-defined]
    return clock


def _page(request: HttpRequest, clock: Clock, forms: Sequence[Change], *, status: int = 200) -> HttpResponse:
    fragment = "#counting" if request.headers.get("HX-Request") else ""
    context = {"page": explained(clock, at=request.at), "clock": clock, "changes": forms}  # type: ignore[attr-defined]
    return render(request, f"deadlines/why.html{fragment}", context, status=status)
