"""Who asks, when, and how a page answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.access.permissions import visible_to
from polku.cases.models import Case
from polku.cases.queries import cases_visible_to
from polku.kit.errors import NotFound, Refused
from polku.meetings import queries
from polku.meetings.models import Item, Meeting, Series

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

    def meeting(self, public_id: str, may: str = "meetings.read") -> Meeting:
        """Return the meeting of an address, on which the asker may do an action.

        Raises:
            NotFound: it is not there, or not the asker's.
        """
        row = queries.get(public_id, by=self.by, at=self.at)
        if (
            may != "meetings.read"
            and not visible_to(self.by, may, Meeting.objects.filter(pk=row.pk), at=self.at).exists()
        ):
            raise NotFound("no_meeting", _("This meeting was not found."))
        return row

    def item(self, public_id: str, may: str = "meetings.see") -> Item:
        """Return the item of an address, on which the asker may do an action, and tell the access log of it.

        Raises:
            NotFound: it is not there, or not the asker's.
        """
        row = queries.item(public_id, by=self.by, at=self.at)
        if may in ("meetings.run", "meetings.arrange"):
            self.meeting(row.meeting.public_id, may)
        elif (
            may != "meetings.see" and not visible_to(self.by, may, Item.objects.filter(pk=row.pk), at=self.at).exists()
        ):
            raise NotFound("no_item", _("This item was not found."))
        self.saw("meeting-item", [row.case.client_id], subject=row.public_id)
        return row

    def case(self, public_id: str) -> Case:
        """Return the case of an address, which the asker may propose, and tell the access log of it.

        Raises:
            NotFound: it is not there, or not the asker's.
        """
        rows = visible_to(self.by, "meetings.propose", cases_visible_to(self.by, at=self.at), at=self.at)
        row = rows.filter(public_id=public_id).first()
        if row is None:
            raise NotFound("not_found", _("There is no such case, or it is not yours to see."))
        self.saw("case", [row.client_id], subject=row.public_id)
        return row

    def series(self, key: str, may: str) -> Series:
        """Return the group of an address, on which the asker may do an action.

        Raises:
            NotFound: it is not there, or not the asker's.
        """
        rows = visible_to(self.by, may, Series.objects.select_related("unit", "decider"), at=self.at)
        row = rows.filter(key=key).first()
        if row is None:
            raise NotFound("no_series", _("This group was not found."))
        return row

    @property
    def key(self) -> str:
        """The idempotency key that the form was sent with."""
        return self.request.POST.get("key", "")[:KEY_LENGTH]


def asking(request: HttpRequest) -> Asking:
    """Return who asks; the view's need has seen to it that somebody is signed in."""
    return Asking(request, request.actor, request.at)  # type: ignore[attr-defined]


def go(page: str, *args: object, part: str = "") -> HttpResponse:
    """Send the browser to a page by GET, to a part of it where that is named."""
    response = HttpResponseRedirect(reverse(f"meetings:{page}", args=args) + (f"#{part}" if part else ""))
    response.status_code = 303
    return response


def page(request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """Render a page or a fragment of the stage."""
    return render(request, f"meetings/{template}", dict(context), status=status)


def say(request: HttpRequest, words: object) -> None:
    """Show a sentence on top of the next page."""
    messages.success(request, str(words))


def say_refused(request: HttpRequest, error: Refused) -> None:
    """Show on top of the next page why something was refused."""
    messages.error(request, str(error.message))


def to_field(form: Form, error: Refused) -> None:
    """Put a refusal at the field it is about, or on top of the form; what was typed stays."""
    form.add_error(error.field if error.field in form.fields else None, str(error.message))


def told(request: HttpRequest, act: Callable[[], object], said: object = "") -> bool:
    """Do one thing; a refusal, or the words of success, stand on top of the next page."""
    try:
        act()
    except Refused as error:
        say_refused(request, error)
        return False
    if said:
        say(request, said)
    return True


def done(form: Form, act: Callable[[dict[str, Any]], object]) -> bool:
    """Do what a form asks, when it was sent and fits; a refusal stands at its field, with what was typed kept."""
    if not form.is_bound or not form.is_valid():
        return False
    try:
        act(form.cleaned_data)
    except Refused as error:
        to_field(form, error)
        return False
    return True


def asked(
    ask: Asking, form: Form, *, title: str, send: str, back: str, facts: str = "", text: str = "", back_words: str = ""
) -> HttpResponse:
    """Show a page that asks one thing; 422 when what was given did not fit.

    Args:
        back: the address to which the reader returns without doing it.
    """
    context = {"title": title, "send": send, "form": form, "back": back, "facts": facts, "text": text}
    context["back_words"] = back_words or _("Back to the meeting")
    return page(ask.request, "ask.html", context, status=422 if form.errors else 200)
