"""Pages that say no: each failure of a request becomes a calm sentence, for people as a page, for machines as a
problem document. "Not there" and "not yours" look the same."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.db import DatabaseError, DataError, IntegrityError, InterfaceError, OperationalError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from psycopg.errors import ReadOnlySqlTransaction

from polku.access.permissions import declared, may_ever
from polku.kit import public_id
from polku.kit.errors import NotFound, Refused
from polku.kit.masking import masked
from polku.site.context import fenced
from polku.ui.context import theme

log = logging.getLogger("polku.request")

API = "/api/"
PROBLEM = "application/problem+json"
# Seconds after which a machine or a proxy may try again.
TRY_AGAIN = "10"
# Or was one when it refused: it may lead by the time that it is asked, and then still tells what it replayed last.
IS_REPLICA = """
SELECT pg_is_in_recovery()
    OR coalesce(pg_last_xact_replay_timestamp() > clock_timestamp() - interval '5 minutes', false)
"""
EMERGENCY_ACTION = "cases.emergency"
EMERGENCY_PAGE = "desk:emergency"
THEME_PAGE = "ui:theme"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said: status, stable word, title and sentence."""

    status: int
    code: str
    title: Any
    sentence: Any

    @classmethod
    def to(cls, error: Refused) -> Answer:
        """Return what the domain says when it refuses."""
        return cls(error.status, error.code, TITLES.get(error.status, BAD.title), error.message)


NOT_FOUND = Answer(
    404, "not_found", _("Not found"), _("There is no such page, or it is not yours to see. Check the address.")
)
NOT_ALLOWED = Answer(403, "not_allowed", _("Not allowed"), _("You do not have the right to do this."))
TOO_BIG = Answer(413, "too_big", _("Too much at once"), _("What was sent is too big. Send it in smaller parts."))
BAD = Answer(400, "bad_request", _("Could not be read"), _("What was sent could not be read. Go back and try again."))
CSRF = Answer(
    403, "stale_form", _("The page was too old"),
    _("The page had been open too long or came from elsewhere. Go back, reload it and send it again."),
)  # fmt: skip
TOO_OFTEN = Answer(
    429, "too_often", _("Too many tries"),
    _("There have been too many tries from here. Wait some minutes and try again."),
)  # fmt: skip
IDENTITY_CODE = Answer(
    400, "identity_code_in_address", _("Identity code in the address"),
    _("A personal identity code must never stand in a web address. Use the search instead."),
)  # fmt: skip
AT_ONCE = Answer(
    409, "at_once", _("Somebody was first"),
    _("Somebody saved the same thing at the same moment. Nothing of yours was saved: look at it and try again."),
)  # fmt: skip
OUT_OF_RANGE = Answer(422, "out_of_range", _("Could not be done"), _("A value is beyond what can be kept."))
BUSY = Answer(
    503, "busy", _("Not just now"), _("The service cannot answer just now. Nothing was saved. Try again in a moment.")
)
UNSURE = Answer(
    503, "busy", BUSY.title,
    _("The service cannot answer just now. It is not certain whether what you sent was saved: "
      "look before you send it again."),
)  # fmt: skip
BROKEN = Answer(
    500, "broken", _("Something went wrong"),
    _("The fault is ours and it has been noted. Nothing was saved. Try again; if it happens again, tell the code."),
)  # fmt: skip


def failed(request: Any, error: Exception) -> HttpResponse:
    """Return the answer to what a view raised; runs after its transaction has been taken back."""
    answer = BUSY if _without_a_leader(error) else _answer(error)
    if answer is BUSY:
        answer = busy(request)
    if answer.status >= 500 or isinstance(error, IntegrityError | DataError):
        log.error(
            "request failed",
            exc_info=error,
            extra={
                "reference": request.reference,
                "page": getattr(request.resolver_match, "view_name", ""),
                "method": request.method,
                "actor": getattr(request.actor, "public_id", ""),
            },
        )
    return show(request, answer, error.field if isinstance(error, Refused) else "")


def _without_a_leader(error: Exception) -> bool:
    """Tell whether a write was refused because this connection leads to a replica: for a moment there is no leader.

    The pool is not given such a connection back: the next one goes where the writing server is by then.
    """
    if not isinstance(error.__cause__, ReadOnlySqlTransaction):
        return False
    try:
        with connection.cursor() as cursor:
            cursor.execute(IS_REPLICA)
            replica = bool(cursor.fetchone()[0])
    except (DatabaseError, InterfaceError):
        return True
    if replica:
        _give_up_connection()
    return replica


def _give_up_connection() -> None:
    if connection.connection is not None:
        connection.connection.close()


def _answer(error: Exception) -> Answer:
    match error:
        case NotFound() | Http404():
            return NOT_FOUND
        case Refused():
            return Answer.to(error)
        case PermissionDenied():
            return NOT_ALLOWED
        case RequestDataTooBig():
            return TOO_BIG
        case TooManyFieldsSent() | TooManyFilesSent() | SuspiciousOperation() | BadRequest() | MultiPartParserError():
            return BAD
        case IntegrityError():
            return AT_ONCE
        case DataError():
            return OUT_OF_RANGE
        case OperationalError() | InterfaceError():
            return BUSY
    return BROKEN


TITLES = {403: NOT_ALLOWED.title, 409: AT_ONCE.title, 422: _("Could not be done")}


def show(request: Any, answer: Answer, field: str = "") -> HttpResponse:
    """Return the answer as a page, or as a problem document for the API; in the language that was asked for."""
    with _spoken(request):
        if request.path.startswith(API):
            response: HttpResponse = problem(request, answer, field=field)
        else:
            response = HttpResponse(_page(request, answer), status=answer.status)
    if answer.status == 503:
        response["Retry-After"] = TRY_AGAIN
    return response


def bare(request: Any, answer: Answer) -> HttpResponse:
    """Return the answer before anything is known of the request: no reader, no database."""
    request.reference = public_id.new()
    with _spoken(request):
        if request.path.startswith(API):
            return problem(request, answer)
        words = {"title": answer.title, "sentence": answer.sentence, "reference": ""}
        return HttpResponse(_bare(words), status=answer.status)


def too_often(request: Any, seconds: int = 60) -> HttpResponse:
    """Too many tries (also allauth's handler429): when to try again is told to machines as well."""
    response = show(request, TOO_OFTEN)
    response["Retry-After"] = str(seconds)
    return response


def _spoken(request: HttpRequest) -> AbstractContextManager[Any]:
    """Speak the browser's language where the request never came as far as choosing one: there is no database."""
    if hasattr(request, "LANGUAGE_CODE"):
        return nullcontext()
    return translation.override(translation.get_language_from_request(request))


def problem(
    request: Any,
    answer: Answer,
    *,
    field: str = "",
    errors: Iterable[Mapping[str, str]] = (),
    facts: Mapping[str, object] | None = None,
) -> JsonResponse:
    """Return the answer as a problem document (RFC 9457). No personal identity code leaves in it, nor whose data it is.

    Args:
        field: the first field that is wrong.
        errors: everything that is wrong, each with its place.
        facts: plain values for the machine.
    """
    document = {
        "type": "about:blank",
        "title": str(answer.title),
        "status": answer.status,
        "code": answer.code,
        "detail": masked(str(answer.sentence)),
        "reference": request.reference,
        "field": field,
        "errors": [dict(error) for error in errors],
        "facts": {name: value for name, value in (facts or {}).items() if name not in {"clients", "client"}},
    }
    return JsonResponse(document, status=answer.status, content_type=PROBLEM, json_dumps_params={"default": str})


def _page(request: Any, answer: Answer) -> str:
    context = {
        "title": answer.title,
        "sentence": answer.sentence,
        "reference": request.reference if answer.status >= 500 else "",
        "session_ended": getattr(request, "session_ended", False),
    }
    if answer in (BUSY, UNSURE):
        # Asking once more what has just not answered would make everybody behind this request wait longer.
        return _bare(context)
    try:
        with fenced(by=request.actor, at=request.at, read_only=True):
            context["emergency_url"] = _emergency(request, answer)
            return render_to_string("site/refused.html", context, request=request)
    except Exception:
        # The frame itself needs the database: without it a bare page must do.
        if answer.status < 500:
            log.exception("could not draw the page that refuses", extra={"reference": request.reference})
        return _bare(context)


def _bare(words: Mapping[str, Any]) -> str:
    """Return the page that needs neither the database nor a reader; in the county's colours where they are served."""
    try:
        colours = reverse(THEME_PAGE, args=[theme().version()])
    except NoReverseMatch:
        colours = ""
    return render_to_string("site/bare.html", {**words, "colours": colours})


def _emergency(request: Any, answer: Answer) -> str:
    """Return where the emergency form of a "not found" page is sent, for those who may open in an emergency."""
    if answer is not NOT_FOUND or request.actor is None or EMERGENCY_ACTION not in declared():
        return ""
    if not may_ever(request.actor, EMERGENCY_ACTION, at=request.at):
        return ""
    try:
        return reverse(EMERGENCY_PAGE)
    except NoReverseMatch:
        return ""


def busy(request: Any) -> Answer:
    """Return what is said while the database does not answer: nothing is promised that is not known."""
    return UNSURE if getattr(request, "perhaps_saved", False) else BUSY


def unavailable(request: Any) -> HttpResponse:
    """The access log could not be written, so nothing is shown; what the request wrote was kept before that."""
    return show(request, busy(request))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """No such address (Django's handler404)."""
    return show(request, NOT_FOUND)


def not_allowed(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403."""
    return show(request, NOT_ALLOWED)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400."""
    return show(request, _answer(exception))


def broken(request: HttpRequest) -> HttpResponse:
    """Django's handler500: something failed outside the views."""
    return show(request, BROKEN)


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token (Django's CSRF_FAILURE_VIEW)."""
    return show(request, CSRF)
