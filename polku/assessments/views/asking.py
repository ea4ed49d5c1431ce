"""Who asks, when, and how a page answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.assessments import queries
from polku.assessments.models import Assessment
from polku.cases.models import Case
from polku.cases.queries import cases_visible_to
from polku.kit.errors import NotFound, Refused

KEY_LENGTH = 80


@dataclass(frozen=True, slots=True)
class Asking:
    """The signed-in person of a request and the moment it came."""

    request: HttpRequest
    by: Actor
    at: datetime

    def saw(self, what: str, clients: Iterable[int] = (), *, subject: str = "") -> None:
        """Tell the access log what the page showed and whose data."""
        self.request.saw(what, clients=clients, subject=subject)  # type: ignore[attr-defined]

    def assessment(self, public_id: str) -> Assessment:
        """Return the assessment of an address, and tell the access log of it.

        Raises:
            NotFound: it is not there, or not the asker's.
        """
        row = queries.get(public_id, by=self.by, at=self.at)
        self.saw("assessment", [row.case.client_id], subject=row.public_id)
        return row

    def case(self, public_id: str) -> Case:
        """Return the case of an address, and tell the access log of it.

        Raises:
            NotFound: it is not there, or not the asker's.
        """
        row = cases_visible_to(self.by, at=self.at).filter(public_id=public_id).first()
        if row is None:
            raise NotFound("not_found", _("There is no such case, or it is not yours to see."))
        self.saw("case", [row.client_id], subject=row.public_id)
        return row

    @property
    def key(self) -> str:
        """The idempotency key that the form was sent with."""
        return self.request.POST.get("key", "")[:KEY_LENGTH]


def asking(request: HttpRequest) -> Asking:
    """Return who asks; the view's need has seen to it that somebody is signed in."""
    return Asking(request, request.actor, request.at)  # type: ignore[attr-defined]


def wants_json(request: HttpRequest) -> bool:
    """Tell whether a script saved, which shows the answer itself."""
    return "application/json" in request.headers.get("Accept", "")


def go(page: str, *args: str, part: str = "", query: str = "") -> HttpResponse:
    """Send the browser to a page by GET, to a part of it where that is named."""
    address = reverse(f"assessments:{page}", args=args) + (f"?{query}" if query else "")
    response = HttpResponseRedirect(address + (f"#{part}" if part else ""))
    response.status_code = 303
    return response


def page(request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """Render a page or a fragment of the stage."""
    return render(request, f"assessments/{template}", dict(context), status=status)


def say(request: HttpRequest, words: object) -> None:
    """Show a sentence on top of the next page."""
    messages.success(request, str(words))


def say_refused(request: HttpRequest, error: Refused) -> None:
    """Show on top of the next page why something was refused."""
    messages.error(request, str(error.message))


def to_field(form: Form, error: Refused) -> None:
    """Put a refusal at the field it is about, or on top of the form; what was typed stays."""
    form.add_error(error.field if error.field in form.fields else None, str(error.message))


def address(name: str, *args: str) -> str:
    """Return the address of another stage's page; empty where that page is not part of this installation."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
