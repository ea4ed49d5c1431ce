"""How a page answers: a fragment for htmx, otherwise back to the page with the words of what happened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.messages.storage.base import BaseStorage
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from polku.kit.errors import Refused


def is_fragment(request: HttpRequest) -> bool:
    """Tell whether a script of the page asks for a part of it."""
    return request.headers.get("HX-Request") == "true"


def wants_json(request: HttpRequest) -> bool:
    """Tell whether the autosave of a form asks."""
    return "application/json" in request.headers.get("Accept", "")


def back(page: str, *args: str, part: str = "", **query: str) -> HttpResponseRedirect:
    """Send the browser to a page by GET, to a part of it where that is named."""
    url = reverse(page, args=args)
    if query:
        url += "?" + urlencode(query)
    response = HttpResponseRedirect(url + (f"#{part}" if part else ""))
    response.status_code = 303
    return response


def say_refused(request: HttpRequest, error: Refused) -> None:
    """Show why something was refused on top of the next page, and at its field where that page has one."""
    messages.error(request, str(error.message), extra_tags=error.field)


def refused_fields(request: HttpRequest) -> dict[str, str]:
    """Return what `say_refused` has to say on this page by field; it is shown on top all the same."""
    waiting = messages.get_messages(request)
    found = {message.extra_tags: message.message for message in waiting if message.extra_tags}
    if isinstance(waiting, BaseStorage):
        waiting.used = False  # read here, shown by the page
    return found


def to_field(form: Form, error: Refused) -> None:
    """Put a refusal at the field it is about, or on top of the form; what was typed stays."""
    form.add_error(error.field if error.field in form.fields else None, str(error.message))


def done(
    request: HttpRequest,
    form: Form,
    act: Callable[[dict[str, Any]], object],
    *,
    said: Any = "",
    fields: Mapping[str, str] | None = None,
) -> bool:
    """Do what a form asks, when it was sent and fits; a refusal stands at its field, with what was typed kept.

    Args:
        act: does it, from what the form gives.
        said: the words of success.
        fields: the form's own names for fields that the action calls otherwise.
    """
    if not form.is_valid():
        return False
    try:
        act(form.cleaned_data)
    except Refused as error:
        error.field = (fields or {}).get(error.field, error.field)
        to_field(form, error)
        return False
    if said:
        messages.success(request, said)
    return True


def part(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200, triggers: str = ""
) -> HttpResponse:
    """Return a fragment; `triggers` names events (comma separated) that other parts of the page listen to."""
    response = render(request, template, context, status=status)
    if triggers:
        response["HX-Trigger-After-Swap"] = triggers
    return response
