"""The signed-in staff member of a request, and the moment it came."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest

from polku.access.models import Actor
from polku.contacts.models import Contact
from polku.contacts.moves import concerned_ids


@dataclass(frozen=True, slots=True)
class Staff:
    """Who asks and when; tells the access log what was shown."""

    request: HttpRequest
    actor: Actor
    at: datetime

    def saw(self, what: str, contact: Contact | None = None, *, clients: Iterable[int] = (), subject: str = "") -> None:
        """Note what the page showed and whose data: one row in the access log a page."""
        ids = list(clients) or (concerned_ids(contact) if contact is not None else [])
        self.request.saw(what, clients=ids, subject=subject or (contact.public_id if contact else ""))  # type: ignore[attr-defined]


def staff(request: HttpRequest) -> Staff:
    """Return who asks; the view's declared need has seen to it that somebody is signed in."""
    return Staff(request, request.actor, request.at)  # type: ignore[attr-defined]
