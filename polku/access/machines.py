"""What machines and the API share: the key and its scopes, the count of a minute's requests, problem documents.

Law: who gets data by a technical interface is identified and their right checked (906/2019 22 §).
Finnish: rajapinta, lähdejärjestelmä, käyttöoikeusalue.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from django.db import connection
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Field, Schema
from ninja.security import HttpBearer
from pydantic import AfterValidator, ConfigDict, StringConstraints

from polku.access.models import Actor, Source
from polku.access.queries import who
from polku.kit.errors import NotAllowed
from polku.kit.public_id import ALPHABET, LENGTH

SCOPES = ("contacts:write", "contacts:read", "appointments:read", "appointments:write")

# Nobody waits until the count is on the disk: should the database fall, the requests of that second are forgiven.
_USED = """
INSERT INTO access_sourceminute AS row (source_id, minute, used) VALUES (%s, %s, 1)
ON CONFLICT (source_id, minute) DO UPDATE SET used = row.used + 1
RETURNING used, set_config('synchronous_commit', 'off', true)
"""


def count_request(source: Source, *, at: datetime) -> int:
    """Count a request of a machine and return how many it has made in this minute, this one with them.

    The caller commits at once: the row is locked until then.
    """
    minute = at.replace(second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(_USED, [source.pk, minute])
        return int(cursor.fetchone()[0])


def seconds_left(at: datetime) -> int:
    """Return the seconds until the next minute begins, at least one."""
    return max(1, 60 - at.second)


def forget_minutes(*, at: datetime) -> int:
    """Delete counts older than an hour; a job runs this. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM access_sourceminute WHERE minute < %s", [at - timedelta(hours=1)])
        return int(cursor.rowcount)


class Key(HttpBearer):
    """The machine's key as a bearer token, with the scopes of which an operation needs one.

    Who the machine is has been found before the operation (`polku.site.machines`), so that a wrong key costs one
    look-up and a count.
    """

    def __init__(self, *scopes: str) -> None:
        super().__init__()
        self.scopes = scopes

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """Return the machine.

        Raises:
            NotAllowed: it lacks them all.
        """
        source: Source | None = getattr(request, "source", None)
        if source is None:
            return None
        if who(source.actor, at=request.at).scopes.isdisjoint(self.scopes):  # type: ignore[attr-defined]  # by the middleware
            raise NotAllowed(
                "scope_missing",
                _("This key does not carry the right %(scope)s. Ask the main user for it.") % {"scope": self.scopes[0]},
                scope=self.scopes[0],
            )
        return source


def sender(request: HttpRequest) -> tuple[Source, Actor, datetime]:
    """Return the machine that has sent a request, the actor that it is, and now."""
    source: Source = request.source  # type: ignore[attr-defined]  # by the middleware
    return source, source.actor, request.at  # type: ignore[attr-defined]


def storable(text: str) -> str:
    """Return the text, if the database can keep it.

    Raises:
        ValueError: a NUL character or half of a surrogate pair.
    """
    if "\x00" in text or any("\ud800" <= c <= "\udfff" for c in text):
        raise ValueError("not_storable")
    return text


Storable = AfterValidator(storable)
_PLAIN = r"^[^\x00]*$"
Line = Annotated[str, StringConstraints(max_length=100, pattern=_PLAIN), Storable]
Words = Annotated[str, StringConstraints(max_length=300, pattern=_PLAIN), Storable]
Paragraph = Annotated[str, StringConstraints(max_length=1000, pattern=_PLAIN), Storable]
LongText = Annotated[str, StringConstraints(max_length=20_000, pattern=_PLAIN), Storable]
IdentityCode = Annotated[str, StringConstraints(max_length=20, pattern=_PLAIN), Storable]
Phone = Annotated[str, StringConstraints(max_length=40, pattern=_PLAIN), Storable]
Email = Annotated[str, StringConstraints(max_length=200, pattern=_PLAIN), Storable]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
PublicId = Annotated[str, StringConstraints(pattern=rf"^[{ALPHABET}]{{{LENGTH}}}$")]
IdempotencyKey = Annotated[str, StringConstraints(min_length=8, max_length=80, pattern=r"^[\x21-\x7e]{8,80}$")]


class Strict(Schema):
    """What a machine sends: a name that is not known here is refused, so that a misspelt field is noticed."""

    model_config = ConfigDict(extra="forbid")


class ProblemAt(Schema):
    """One thing that is wrong, and where: a JSON pointer into the body, or the name of a parameter or header."""

    pointer: str = Field("", description="JSON pointer into the body (RFC 6901), e.g. /persons/0/phone")
    parameter: str = Field("", description="name of the query parameter, path part or header")
    code: str
    detail: str


class Problem(Schema):
    """A problem document (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    code: str = Field(description="stable word for machines")
    detail: str = Field(description="what is wrong and what to do, in the language asked for")
    reference: str = Field("", description="tell this when you ask about the answer")
    field: str = Field("", description="the first field that is wrong")
    errors: list[ProblemAt] = []
    facts: dict[str, Any] = Field({}, description="plain values, such as the next free time")


PROBLEMS: dict[int, Any] = dict.fromkeys((400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 503), Problem)


def answers(*statuses: tuple[int, Any]) -> dict[int, Any]:
    """Return the documented answers of an operation: its own and every problem that may meet it."""
    return {**dict(statuses), **PROBLEMS}
