"""When a session ends: idle too long, or simply too old. A page that reads cannot note that it was seen, so the
browser does it by a small POST while somebody works (`alive`)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_POST

from polku.access.models import Account
from polku.access.needs import signed_in
from polku.access.queries import Who
from polku.access.sessions import BEGAN, SEEN
from polku.asking import Question, value

_NOTED_EVERY = 60  # seconds
# What each of the backends asks, all of them Django's own underneath.
_active = Question(lambda: Account.objects.filter(pk=value("pk"), is_active=True))


def user_of(session: Any) -> Account | AnonymousUser:
    """Return whose session it is, without writing: a page that reads must neither delete a session that the account's
    new password has ended, nor give one a new key because SECRET_KEY has changed. The next form does.
    """
    backend, key, mark = (session.get(name) for name in (BACKEND_SESSION_KEY, SESSION_KEY, HASH_SESSION_KEY))
    if backend not in settings.AUTHENTICATION_BACKENDS or not str(key).isdigit():
        return AnonymousUser()
    found = _active.first(pk=int(key))
    if found is None:
        return AnonymousUser()
    marks = (found.get_session_auth_hash(), *found.get_session_auth_fallback_hash())
    return found if any(constant_time_compare(str(mark), one) for one in marks) else AnonymousUser()


def ended(session: Any, at: datetime) -> bool:
    """Tell whether the session's time is over (settings SESSION_IDLE_MINUTES, SESSION_COOKIE_AGE)."""
    now = at.timestamp()
    began, seen = session.get(BEGAN), session.get(SEEN)
    if began is None or seen is None:
        return False
    return bool(now - seen > settings.SESSION_IDLE_MINUTES * 60 or now - began > settings.SESSION_COOKIE_AGE)


def note(session: Any, at: datetime, *, new: bool) -> None:
    """Note that somebody is there; `new` begins the session's time."""
    now = at.timestamp()
    if new or BEGAN not in session:
        session[BEGAN] = now
    if new or now - session.get(SEEN, 0) >= _NOTED_EVERY:
        session[SEEN] = now


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
