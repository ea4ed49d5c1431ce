"""How a clock was counted: the sentence, the days left out, pauses and restarts."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from polku.access.needs import need
from polku.deadlines import queries
from polku.deadlines.explained import explained
from polku.kit.errors import NotFound


@require_GET
@need("deadlines.read")
def why(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show why a clock's last day is what it is."""
    actor, at = request.actor, request.at  # type: ignore[attr-defined]
    clock = queries.clocks_visible_to(actor, at=at).filter(public_id=public_id).first()
    if clock is None:
        raise NotFound("not_found", _("There is no such clock, or it is not yours to see."))
    request.saw("clock", clients=queries.clients_of(clock), subject=clock.public_id)  # type: ignore[attr-defined]
    fragment = "#counting" if request.headers.get("HX-Request") else ""
    return render(request, f"deadlines/why.html{fragment}", {"page": explained(clock, at=at)})
