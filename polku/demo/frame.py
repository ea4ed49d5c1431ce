"""The frame of a staff page in the demo: until its invented county is whole, a line that tells how far it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from polku.acting import beyond
from polku.contacts.models import Contact
from polku.desk import frame as desk
from polku.ui import words
from polku.ui.frame import Frame

# Contacts are counted no oftener than this, and no more at all when they are there.
COUNTED_FOR = timedelta(seconds=5)


@beyond("how many contacts the invented county has, whoever asks")
def made() -> int:
    """Return how many contacts there are."""
    return Contact.objects.count()


class Progress:
    """How many of the wanted contacts there were when they were last counted."""

    def __init__(self) -> None:
        self.made = 0
        self.counted_at: datetime | None = None

    def line(self, *, wanted: int, at: datetime) -> str:
        """Return how far the county is, in words; empty when it is whole."""
        if self.made >= wanted:
            return ""
        if self.counted_at is None or at - self.counted_at >= COUNTED_FOR:
            self.made, self.counted_at = made(), at
        if self.made >= wanted:
            return ""
        facts = {"made": words.number(self.made), "wanted": words.number(wanted)}
        return _("The invented county is still being made: %(made)s of %(wanted)s contacts.") % facts


_progress = Progress()


def frame(request: HttpRequest) -> Frame:
    """Return the desk's frame, with the line for somebody who is signed in."""
    found = desk.frame(request)
    if not found.person:
        return found
    at: datetime = request.at  # type: ignore[attr-defined]  # by the middleware
    return replace(found, ribbon=_progress.line(wanted=settings.DEMO_CONTACTS, at=at))
