"""Who is signed in where, and signing out everywhere.

A session's row names its account inside only. A county has a thousand of them at most and they are looked through
seldom, so nothing more is stored: no address and no browser of a worker.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session

from polku.access.models import Account, Actor
from polku.access.permissions import require
from polku.acting import action
from polku.audit import actions as audit

# Written into the session by `polku.site.sessions`: seconds since 1970.
BEGAN, SEEN = "began", "seen"


@dataclass(frozen=True, slots=True)
class Running:
    """A session of an account: its key, and when it began and was seen last (None where it has not been noted)."""

    key: str
    began: datetime | None
    seen: datetime | None


def running(account: Account, *, at: datetime) -> list[Running]:
    """Return the account's sessions, newest first."""
    found = [Running(row.session_key, _moment(told, BEGAN), _moment(told, SEEN)) for row, told in _of(account, at=at)]
    return sorted(found, key=lambda one: one.seen or datetime.min.replace(tzinfo=UTC), reverse=True)


@action
def end_sessions(*, actor: Actor, by: Actor, at: datetime, but: str = "") -> int:
    """Sign a person out everywhere; oneself, or anybody by whoever manages accounts. Returns how many sessions ended.

    Args:
        but: key of the session that goes on.

    Raises:
        NotAllowed.
    """
    if actor.pk != by.pk:
        require(by, "access.manage", at=at)
    account = Account.objects.filter(actor=actor).first()
    keys = [row.session_key for row, _ in _of(account, at=at) if row.session_key != but] if account else []
    Session.objects.filter(session_key__in=keys).delete()
    audit.changed(by=by, at=at, what="access.end_sessions", subject=actor.public_id)
    return len(keys)


def forget_ended(*, at: datetime) -> int:
    """Delete sessions whose time is over; a job runs this. Returns how many."""
    gone, _ = Session.objects.filter(expire_date__lt=at).delete()
    return gone


def _of(account: Account, *, at: datetime) -> Iterator[tuple[Session, dict[str, object]]]:
    for row in Session.objects.filter(expire_date__gte=at).iterator():
        told = row.get_decoded()
        if told.get(SESSION_KEY) == str(account.pk):
            yield row, told


def _moment(told: dict[str, object], name: str) -> datetime | None:
    value = told.get(name)
    return datetime.fromtimestamp(value, UTC) if isinstance(value, int | float) else None
