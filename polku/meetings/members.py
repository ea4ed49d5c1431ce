"""Who belongs to a series of meetings on a day, and in which part."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from polku.access.models import Actor
from polku.access.queries import current
from polku.kit.localtime import local_date
from polku.meetings.models import Member, Series
from polku.meetings.states import CHAIRS, MemberRole

_ORDER = tuple(MemberRole)


def of(series: Series, *, at: datetime) -> list[Member]:
    """Return the members of a day, in the order of their parts, then by name."""
    rows = Member.objects.filter(current(local_date(at)), series=series).select_related("actor")
    return sorted(rows, key=lambda row: (_ORDER.index(MemberRole(row.role)), row.actor.name, row.pk))


def actors(series: Series, *, at: datetime) -> list[Actor]:
    """Return the members themselves, each once."""
    return list({row.actor_id: row.actor for row in of(series, at=at)}.values())


def role(series: Series, actor: Actor, *, at: datetime) -> str:
    """Return somebody's part on a day, the first of several; whoever is no member comes to present an item."""
    found = [row.role for row in of(series, at=at) if row.actor_id == actor.pk]
    return found[0] if found else MemberRole.PRESENTER


def chairs(series: Series, *, at: datetime, without: Iterable[int] = ()) -> list[Actor]:
    """Return who may lead: chair, vice chair, leading social worker; without those with these ids."""
    gone = frozenset(without)
    found = {row.actor_id: row.actor for row in of(series, at=at) if row.role in CHAIRS and row.actor_id not in gone}
    return list(found.values())
