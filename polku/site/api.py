"""The API for machines at /api/v1/: operations of the stages, one description (OpenAPI 3.1), one form of refusal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import DataError, IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from polku.access.needs import public
from polku.appointments.api import router as appointments
from polku.appointments.api_groups import router as groups
from polku.contacts.api import router as contacts
from polku.kit.errors import Refused
from polku.kit.masking import masked
from polku.site import answers
from polku.site.answers import Answer
from polku.site.machines import NO_KEY

NOT_READABLE = Answer(
    400, "not_json", answers.BAD.title, gettext_lazy("The content is not JSON that can be read.")
)  # fmt: skip
DESCRIPTION = """
Forms and other systems bring contacts, and systems that may book find and book times.

Every request carries the key of your system as a bearer token. Every POST that makes something carries an
`Idempotency-Key`: the same request again gives the same answer and changes nothing. What is refused comes back as a
problem document (RFC 9457) that names the field by a JSON pointer. Times are UTC; what you send without an offset is
local time in Finland. Answers are in the language of `Accept-Language` (fi, sv, en).
""".strip()


class Api(NinjaAPI):
    """NinjaAPI whose description says what is true: refusals are problem documents."""

    def get_openapi_schema(self, **options: Any) -> Any:
        """Return the description, with the media type of problem documents and the headers of refusals."""
        schema = super().get_openapi_schema(**options)
        for operations in schema["paths"].values():
            for operation in operations.values():
                _tell_problems(operation["responses"])
        return schema


def _tell_problems(responses: dict[Any, Any]) -> None:
    for status, response in responses.items():
        if int(status) >= 400 and "content" in response:
            response["content"] = {answers.PROBLEM: next(iter(response["content"].values()))}
        if int(status) in (429, 503):
            response["headers"] = {"Retry-After": {"description": "seconds", "schema": {"type": "string"}}}
        if int(status) == 401:
            response["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
        if int(status) == 405:
            response["headers"] = {"Allow": {"schema": {"type": "string"}}}


api = Api(
    title="Polku",
    version="1",
    description=DESCRIPTION,
    urls_namespace="api",
    openapi_url=None,
    docs_url=None,
)
api.add_router("", contacts)
api.add_router("", appointments)
api.add_router("", groups)


@require_GET
@public
def openapi(request: HttpRequest) -> HttpResponse:
    """The API's description for machines."""
    return HttpResponse(_description(get_language() or ""), content_type="application/json")


@cache
def _description(language: str) -> bytes:
    # Putting it together takes most of a second of the processor, and anybody may ask: once a process and language.
    return json.dumps(api.get_openapi_schema(path_prefix="/api/v1"), cls=DjangoJSONEncoder).encode()


@api.exception_handler(Refused)
def refused(request: HttpRequest, error: Refused) -> HttpResponse:
    """What the domain refused."""
    errors = []
    if error.field:
        where = "parameter" if error.field == "Idempotency-Key" else "pointer"
        value = error.field if where == "parameter" else "/" + error.field.replace(".", "/")
        errors = [{where: value, "code": error.code, "detail": masked(str(error.message))}]
    return answers.problem(request, Answer.to(error), field=error.field, errors=errors, facts=error.facts)


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """What does not fit the description: every field that is wrong, each with its place."""
    errors = [_wrong(one) for one in error.errors]
    first = errors[0] if errors else {"pointer": "", "parameter": "", "detail": ""}
    field = first.get("pointer", "").strip("/").replace("/", ".") or first.get("parameter", "")
    said = Answer(422, "invalid", answers.TITLES[422], first["detail"])
    return answers.problem(request, said, field=field, errors=errors)


def _wrong(one: Mapping[str, Any]) -> dict[str, str]:
    """Return where and why one value does not fit. The value itself is not repeated."""
    place, *rest = one["loc"]
    kind = str(one["type"])
    found = {"code": kind, "detail": _sentence(kind, one.get("ctx") or {})}
    if place in ("body", "form"):
        # The first part is the name of the parameter that takes the body.
        return {"pointer": "".join(f"/{_escaped(str(part))}" for part in rest[1:]), **found}
    return {"parameter": str(rest[0]) if rest else str(place), **found}


def _escaped(part: str) -> str:
    return part[:80].replace("~", "~0").replace("/", "~1")


def _sentence(kind: str, facts: Mapping[str, Any]) -> str:
    """Return what is wrong, in words, for the kinds that senders meet."""
    match kind:
        case "missing":
            return _("This is missing.")
        case "extra_forbidden":
            return _("There is no such field.")
        case "string_too_long" | "too_long":
            return _("This is too long: at most %(most)s.") % {"most": facts.get("max_length", "")}
        case "string_too_short" | "too_short":
            return _("This is too short: at least %(least)s.") % {"least": facts.get("min_length", "")}
        case "literal_error" | "enum":
            return _("Choose one of %(known)s.") % {"known": facts.get("expected", "")}
        case "string_pattern_mismatch":
            return _("This is not of the right form: %(pattern)s") % {"pattern": facts.get("pattern", "")}
        case "value_error":
            return _("The text has characters that cannot be stored.")
    if kind.startswith(("date", "time")):
        return _("There is no such day or time. Write for example 2026-11-24.")
    return _("This is not of the right kind.")


@api.exception_handler(AuthenticationError)
def unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    """No key, or not one that is known."""
    return answers.show(request, NO_KEY)


@api.exception_handler(HttpError)
def unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    """The body is not JSON."""
    if error.status_code == 400:
        return answers.show(request, NOT_READABLE)
    return answers.show(request, Answer(error.status_code, "refused", answers.BAD.title, str(error)))


@api.exception_handler(Http404)
@api.exception_handler(IntegrityError)
@api.exception_handler(DataError)
def failed(request: HttpRequest, error: Exception) -> HttpResponse:
    """Not there; refused by the database, because somebody was first or because it cannot keep the value."""
    return answers.failed(request, error)
