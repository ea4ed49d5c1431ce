"""Reading the log: rows by client, person, time and kind, newest first; and the state of its guards."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Q, QuerySet

from polku.audit.models import Anchor, Event, Seal

CHECKED = "audit.verify"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What rows are looked for; an empty field leaves nothing out."""

    clients: Collection[int] = ()
    actors: Collection[int] = ()
    kinds: Collection[str] = ()
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the list: the last row that has been shown."""

    at: datetime
    id: int


def rows(wanted: Wanted, *, after: Place | None = None, limit: int | None = None) -> list[Event]:
    """Return rows newest first, those beyond `after`; two rows of one moment by number."""
    found = _matching(wanted)
    if after is not None:
        found = found.filter(Q(at__lt=after.at) | Q(at=after.at, id__lt=after.id), at__lte=after.at)
    found = found.order_by("-at", "-id")
    return list(found if limit is None else found[:limit])


def _matching(wanted: Wanted) -> QuerySet[Event]:
    found = Event.objects.defer("mark")
    if wanted.clients:
        found = found.filter(clients__overlap=list(wanted.clients))
    if wanted.actors:
        found = found.filter(actor_id__in=list(wanted.actors))
    if wanted.kinds:
        found = found.filter(kind__in=list(wanted.kinds))
    if wanted.since is not None:
        found = found.filter(at__gte=wanted.since)
    if wanted.until is not None:
        found = found.filter(at__lt=wanted.until)
    return found


@dataclass(frozen=True, slots=True)
class Guards:
    """How the log is guarded now."""

    seal: Seal | None
    unsealed: int
    oldest_unsealed: datetime | None
    anchors: list[Anchor]
    checked: Event | None


def guards(*, anchors: int = 7) -> Guards:
    """Return the newest seal, what waits for the next one, the newest anchors and the last verification."""
    seal = Seal.objects.order_by("-no").first()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), min(recorded_at) FROM audit_row WHERE recorded_at >= "
            "coalesce((SELECT looked_to FROM audit_seal ORDER BY no DESC LIMIT 1), '-infinity')"
        )
        unsealed, oldest = cursor.fetchone()
    return Guards(
        seal=seal,
        unsealed=unsealed,
        oldest_unsealed=oldest,
        anchors=list(Anchor.objects.order_by("-seal_id")[:anchors]),
        checked=last_check(),
    )


def last_check() -> Event | None:
    """Return the row of the last verification that was noted."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, at FROM audit_row WHERE what = %s ORDER BY at DESC, id DESC LIMIT 1", [CHECKED])
        found = cursor.fetchone()
    return Event.objects.filter(id=found[0], at=found[1]).first() if found else None


def size() -> int:
    """Return about how many rows the log has, by the database's own estimate."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint FROM pg_inherits AS i "
            "JOIN pg_class AS c ON c.oid = i.inhrelid WHERE i.inhparent = 'audit_row'::regclass"
        )
        return int(cursor.fetchone()[0])
