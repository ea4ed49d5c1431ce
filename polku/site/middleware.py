"""Every request, from outside in: the access log, the transaction, the session's end, the person.

- `access_log` writes what was shown or refused after the page's own transaction has ended and before the answer
  leaves. No row, no answer.
- `Work` runs everything inside it in one transaction behind the fence (`context.fenced`); a GET cannot write. What a
  view raises takes the transaction back, and so does any refusal of the API: nothing is half saved.
- `person` tells who is signed in, and ends sessions that are old or idle.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, InterfaceError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve

from polku.access.needs import BY_LINK
from polku.access.queries import who
from polku.acting import act_as
from polku.audit import actions as audit
from polku.audit import origin
from polku.audit.states import Kind, Register
from polku.kit import clock, public_id
from polku.kit.errors import NotAllowed, NotFound
from polku.kit.masking import found as identity_code_in
from polku.site import answers, sessions
from polku.site.context import fenced, working

GetResponse = Callable[[HttpRequest], HttpResponseBase]

READING = frozenset({"GET", "HEAD", "OPTIONS"})
# Pages that write on a GET: the identity provider sends the browser back with one, and the pages of the second factor
# keep a secret or what was asked for in the session while the person proves who they are. Tested to be no more.
MAY_WRITE_ON_GET = frozenset(
    {
        "openid_connect_callback",
        "mfa_activate_totp",
        "mfa_deactivate_totp",
        "mfa_generate_recovery_codes",
        "mfa_view_recovery_codes",
        "mfa_download_recovery_codes",
    }
)

_PUBLIC_ID = re.compile(rf"[{public_id.ALPHABET}]{{{public_id.LENGTH}}}")
_REFUSALS = (NotAllowed, NotFound, Http404, PermissionDenied)
log = logging.getLogger("polku.request")


@dataclass(slots=True)
class Seen:
    """What one page showed: gathered while it is made, written as one row."""

    what: list[str] = field(default_factory=list)
    clients: set[int] = field(default_factory=set)
    kind: str = Kind.READ
    subject: str = ""
    purpose: str = ""
    record_class: str = ""
    unit: str = ""
    register: str = Register.SOCIAL
    details: dict[str, object] = field(default_factory=dict)

    def add(
        self,
        what: str,
        clients: Iterable[int] = (),
        *,
        kind: str = Kind.READ,
        subject: str = "",
        purpose: str = "",
        record_class: str = "",
        unit: str = "",
        register: str = Register.SOCIAL,
        details: Mapping[str, object] | None = None,
    ) -> None:
        """Tell the access log that something was shown: `request.saw("contact", clients=[...])`.

        Args:
            what: which data.
            clients: ids of the people whose data it is.
            kind: `search` for a search of people (tell how in `details`, never what was typed).
            subject: public id of the thing.
        """
        if what not in self.what:
            self.what.append(what)
        self.clients.update(clients)
        if kind != Kind.READ:
            self.kind = kind
        if register != Register.SOCIAL:
            self.register = register
        self.subject = subject or self.subject
        self.purpose = purpose or self.purpose
        self.record_class = record_class or self.record_class
        self.unit = unit or self.unit
        self.details.update(details or {})


def access_log(get_response: GetResponse) -> GetResponse:
    """Outermost of ours: what every request has, and its row in the log before the answer leaves."""

    def logged(request: HttpRequest) -> HttpResponseBase:
        _begin(request)
        with origin.set_to(origin.Origin(request=request.reference)):  # type: ignore[attr-defined]
            response = get_response(request)
            try:
                _write(request, response)
            except (DatabaseError, InterfaceError, ValueError):
                log.exception("no row in the log, so no answer", extra={"reference": request.reference})  # type: ignore[attr-defined]
                response.close()
                return answers.unavailable(request)
        if request.seen.what:  # type: ignore[attr-defined]
            # Whoever sits down at the same machine next does not find it by going back.
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    return logged


def _begin(request: Any) -> None:
    request.at = clock.now()
    request.reference = public_id.new()
    request.actor = None
    request.failure = None
    request.seen = Seen()
    request.saw = request.seen.add


def _query(request: HttpRequest) -> str:
    """Return the values of the query, decoded."""
    return "\n".join(value for values in request.GET.lists() for value in (values[0], *values[1]))


def _write(request: Any, response: HttpResponseBase) -> None:
    """Write the request's row, if it showed or refused anything."""
    match = request.resolver_match
    seen: Seen = request.seen
    refused = isinstance(request.failure, _REFUSALS) or (
        request.failure is None and response.status_code in (401, 403, 404)
    )
    noted = origin.refusals()
    if match is not None and (refused or noted):
        with working(by=request.actor):
            facts = getattr(request.failure, "facts", {})
            audit.refused(
                by=request.actor,
                at=request.at,
                what=str(facts.get("action") or (noted[0].action if noted else match.view_name) or "page"),
                subject=_subject(match) or (noted[0].subject if noted else ""),
                clients=facts.get("clients") or (),
                details={"method": request.method, "status": response.status_code},
            )
    if seen.what and request.failure is None:
        with working(by=request.actor):
            audit.write(
                kind=seen.kind,
                by=request.actor,
                at=request.at,
                what=", ".join(seen.what),
                subject=seen.subject,
                clients=seen.clients,
                purpose=seen.purpose,
                unit=seen.unit,
                record_class=seen.record_class,
                register=seen.register,
                details=seen.details,
            )


def _subject(match: Any) -> str:
    """Return the public id in the address; never a link's secret."""
    if getattr(match.func, "need", "") == BY_LINK:
        return ""
    values = (value for value in match.kwargs.values() if isinstance(value, str))
    return next((value for value in values if _PUBLIC_ID.fullmatch(value)), "")


class Work:
    """The transaction of a request; what the view raises becomes a page after it has been taken back."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponseBase:
        """Run the rest of the chain inside `context.fenced`."""
        try:
            with fenced(by=request.actor, at=request.at, read_only=reads_only(request)):
                response = self.get_response(request)
                if request.failure is not None or _takes_back(request, response):
                    transaction.set_rollback(True)
                else:
                    # From here on a failure does not tell whether the database has kept it.
                    request.perhaps_saved = not reads_only(request)
        except (DatabaseError, InterfaceError) as error:  # raised by the commit itself, or there is no database
            request.failure = error
        if request.failure is None:
            return response
        return answers.failed(request, request.failure)

    def process_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> None:
        """Let rows written from here on name the page."""
        origin.tell(path=request.resolver_match.view_name or "")

    def process_exception(self, request: Any, error: Exception) -> HttpResponse:
        """Keep the failure; the page about it is made when the transaction has ended."""
        request.failure = error
        return HttpResponse(status=500)


def _takes_back(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Tell whether an answer without a failure takes the work back.

    A page may keep what was typed and yet refuse what was asked (422), each action being whole in itself; the API
    turns failures into answers before they come here.
    """
    return response.status_code >= (400 if request.path.startswith(answers.API) else 500)


def reads_only(request: Any) -> bool:
    """Tell whether the request may not write; its address is looked up once."""
    known: bool | None = getattr(request, "only_reads", None)
    if known is None:
        known = request.only_reads = request.method in READING and _view_name(request) not in MAY_WRITE_ON_GET
    return known


def _view_name(request: HttpRequest) -> str | None:
    try:
        return resolve(request.path_info).view_name
    except Resolver404:
        return None


def person(get_response: GetResponse) -> GetResponse:
    """Tell who is signed in (`request.actor`), and end a session that is old or idle."""

    def known(request: Any) -> HttpResponseBase:
        asked = f"{request.path}\n{_query(request)}"
        if "\x00" in asked:
            # No name and no id has it, and the database takes it for no text.
            return answers.show(request, answers.BAD)
        if identity_code_in(asked):
            return answers.show(request, answers.IDENTITY_CODE)
        if reads_only(request):
            request.user = sessions.user_of(request.session)
        was = request.user.pk if request.user.is_authenticated else None
        if was is not None and sessions.ended(request.session, request.at):
            request.user, was = AnonymousUser(), None
            request.session_ended = True
        if was is not None:
            request.actor = request.user.actor
            act_as(request.actor, at=request.at)
            standing = who(request.actor, at=request.at)
            origin.tell(role=", ".join(sorted(standing.roles)), **sessions.places(standing))
        response = get_response(request)
        if request.user.is_authenticated and not reads_only(request):
            sessions.note(request.session, request.at, new=request.user.pk != was)
        return response

    return known
