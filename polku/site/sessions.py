"""When a session ends: idle too long, or simply too old. A page that reads cannot note that it was seen, so the
browser does it by a small POST while somebody works (`alive`)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from polku.access.needs import signed_in
from polku.access.queries import Who

_BEGAN = "began"
_SEEN = "seen"
_NOTED_EVERY = 60  # seconds


def ended(session: Any, at: datetime) -> bool:
    """Tell whether the session's time is over (settings SESSION_IDLE_MINUTES, SESSION_COOKIE_AGE)."""
    now = at.timestamp()
    began, seen = session.get(_BEGAN), session.get(_SEEN)
    if began is None or seen is None:
        return False
    return bool(now - seen > settings.SESSION_IDLE_MINUTES * 60 or now - began > settings.SESSION_COOKIE_AGE)


def note(session: Any, at: datetime, *, new: bool) -> None:
    """Note that somebody is there; `new` begins the session's time."""
    now = at.timestamp()
    if new or _BEGAN not in session:
        session[_BEGAN] = now
    if new or now - session.get(_SEEN, 0) >= _NOTED_EVERY:
        session[_SEEN] = now


def places(standing: Who) -> dict[str, str]:
    """Return whose data somebody handles: organisation and, when there is only one, unit (Finnish names, as kept)."""
    organisations = sorted({post.organisation for post in standing.posts})
    units = {post.unit_id: post.unit for post in standing.posts}
    return {"provider": ", ".join(organisations), "unit": next(iter(units.values())) if len(units) == 1 else ""}


@require_POST
@signed_in
def alive(request: HttpRequest) -> HttpResponse:
    """Somebody is working on an open page: the browser says so now and then, and the session lives on."""
    return HttpResponse(status=204)
