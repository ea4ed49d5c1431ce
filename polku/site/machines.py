"""The door of the API: who the machine is, how often it comes, how much it brings; before anything else is done.

Runs between the access log and the request's own transaction, in a short transaction of its own: a request that is
refused later has still been counted.
"""

from __future__ import annotations

from typing import Any

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language_from_request, override
from django.utils.translation import gettext_lazy as _

from polku.access.machines import count_request, seconds_left
from polku.access.models import Source
from polku.access.queries import source_by_key
from polku.audit import origin
from polku.site import answers, strangers
from polku.site.answers import Answer
from polku.site.context import working
from polku.site.middleware import GetResponse

PREFIX = "/api/v1/"
OPEN = frozenset({"api_openapi"})
# The longest form with ten people and its words, four bytes a letter, is well below.
MOST_BYTES = 262_144

NO_KEY = Answer(
    401, "key_missing", _("Who are you?"), _("Send the key that was given to your system: Authorization: Bearer <key>.")
)
TOO_BIG = Answer(
    413, "too_big", _("Too much at once"), _("What was sent is too big: at most 256 kilobytes are taken in at once.")
)
TOO_OFTEN = Answer(
    429, "too_often", _("Too often"), _("Your system has sent too many requests in this minute. Wait and send again.")
)
NOT_THIS_WAY = Answer(
    405, "method_not_allowed", _("Not this way"), _("This address does not take that method. See the description.")
)
NOT_JSON = Answer(415, "not_json", _("Not JSON"), _("Send the content as application/json."))


def machines(get_response: GetResponse) -> GetResponse:
    """Let machines in by their key and refuse the rest with problem documents."""

    def at_the_door(request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith(PREFIX):
            return get_response(request)
        with override(get_language_from_request(request)):
            try:
                refused = _refused(request)
            except (DatabaseError, InterfaceError) as error:
                refused = answers.failed(request, error)
            response: HttpResponseBase = refused or get_response(request)
            if response.status_code == 405:
                allowed = response.get("Allow", "")
                response = answers.show(request, NOT_THIS_WAY)
                response["Allow"] = allowed
        response["Cache-Control"] = "no-store"
        patch_vary_headers(response, ["Accept-Language"])
        return response

    return at_the_door


def _refused(request: Any) -> HttpResponse | None:
    """Return the refusal, or None when the request may go on; `request.source` and `request.actor` are then set."""
    try:
        request.resolver_match = resolve(request.path_info)
    except Resolver404:
        return answers.show(request, answers.NOT_FOUND)
    if request.resolver_match.view_name in OPEN:
        return None
    source, used = _counted(request)
    if source is None:
        return _unknown(request)
    request.source, request.actor = source, source.actor
    origin.tell(role="machine", unit=source.unit.key if source.unit else "")
    if used > source.per_minute:
        response = answers.show(request, TOO_OFTEN)
        response["Retry-After"] = str(seconds_left(request.at))
        return response
    return _unreadable(request)


def _unknown(request: Any) -> HttpResponse:
    """Refuse a request without a right key; after many from the same place only that there were too many."""
    with working():
        too_many = strangers.stopped(request, "key")
    if too_many:
        response = answers.show(request, TOO_OFTEN)
        response["Retry-After"] = "60"
        return response
    response = answers.show(request, NO_KEY)
    response["WWW-Authenticate"] = "Bearer"
    return response


def _counted(request: Any) -> tuple[Source | None, int]:
    """Return the machine whose key was sent, and how many requests it has made in this minute."""
    scheme, _space, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip() or "\x00" in key:
        return None, 0
    with working():
        source = source_by_key(key.strip(), at=request.at)
        return source, count_request(source, at=request.at) if source else 0


def _unreadable(request: HttpRequest) -> HttpResponse | None:
    """Refuse a body that is too big or of another type before it is read."""
    if request.method in ("GET", "HEAD", "OPTIONS", "DELETE"):
        return None
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return answers.show(request, answers.BAD)
    if length > MOST_BYTES:
        return answers.show(request, TOO_BIG)
    if length and request.content_type != "application/json":
        return answers.show(request, NOT_JSON)
    return None
