"""Who somebody is on a day: posts, deputised colleagues, machine scopes. Reads only."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet, Value

from polku.access.models import Absence, Actor, Code, Deputy, Membership, Source, Unit
from polku.access.states import ActorKind
from polku.asking import Question, value
from polku.kit.localtime import local_date


@dataclass(frozen=True, slots=True)
class Post:
    """A post that is in force: unit, its organisation, role and work-task group; names in Finnish, for the log."""

    unit_id: int
    organisation_id: int
    role: str
    task_group: str
    unit: str = ""
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class Who:
    """An actor on a day: what permission rules look at."""

    actor: Actor
    day: date
    posts: tuple[Post, ...]
    stands_for: frozenset[int]
    scopes: frozenset[str]

    @property
    def roles(self) -> frozenset[str]:
        """The roles of all posts in force."""
        return frozenset(post.role for post in self.posts)

    def units(self, roles: Iterable[str] = ()) -> list[int]:
        """Return ids of the units where the actor has one of the roles (any role when none is named)."""
        wanted = frozenset(roles)
        return sorted({post.unit_id for post in self.posts if not wanted or post.role in wanted})


def current(day: date, prefix: str = "") -> Q:
    """Return the condition that a dated row is in force on a day (both ends inclusive)."""
    return Q(**{f"{prefix}valid_from__lte": day}) & (
        Q(**{f"{prefix}valid_until__isnull": True}) | Q(**{f"{prefix}valid_until__gte": day})
    )


def _posts_and_deputised() -> QuerySet[Any, tuple[Any, ...]]:
    """Ask for a staff member's posts in force, and in rows without a role for those they stand in for."""
    today: Any = value("day")
    posts = Membership.objects.filter(current(today), current(today, "unit__"), actor=value("actor"))
    columns = ("unit_id", "unit__organisation_id", "role", "task_group", "unit__name_fi", "unit__organisation__name_fi")
    stood = Deputy.objects.filter(current(today), deputy=value("actor")).annotate(none=Value(""))
    return posts.values_list(*columns).union(
        stood.values_list("actor_id", "deputy_id", "none", "none", "none", "none"), all=True
    )


_standing = Question(_posts_and_deputised)


def who(actor: Actor, *, at: datetime) -> Who:
    """Return who the actor is on the local day of `at`; one query, kept on the actor for that day."""
    day = local_date(at)
    kept: Who | None = getattr(actor, "_who", None)
    if kept is not None and kept.day == day:
        return kept
    posts: tuple[Post, ...] = ()
    stands_for = frozenset({actor.pk})
    scopes: frozenset[str] = frozenset()
    if actor.kind == ActorKind.STAFF:
        rows = _standing(actor=actor.pk, day=day)
        posts = tuple(Post(*row) for row in rows if row[2])
        stands_for |= {row[0] for row in rows if not row[2]}
    elif actor.kind == ActorKind.SOURCE:
        # At hand when the machine was found by its key.
        source: Source | None = getattr(actor, "source", None)
        if source is not None and source.is_valid_on(day):
            scopes = frozenset(source.scopes)
    found = Who(actor=actor, day=day, posts=posts, stands_for=stands_for, scopes=scopes)
    actor._who = found  # type: ignore[attr-defined]  # kept for the day, never stored
    return found


def source_by_key(key: str, *, at: datetime) -> Source | None:
    """Return the machine whose key this is, if its permission is in force."""
    return _of_key.first(hash=hashlib.sha256(key.encode()).hexdigest(), day=local_date(at))


def _in_force_by_hash() -> QuerySet[Source]:
    today: Any = value("day")
    return Source.objects.select_related("actor", "unit").filter(current(today), key_hash=value("hash"))


_of_key = Question(_in_force_by_hash)


def units_of(actor: Actor, *, at: datetime) -> QuerySet[Unit]:
    """Return the units where the actor has a post today, by name."""
    return Unit.objects.filter(pk__in=who(actor, at=at).units()).order_by("name_fi")


def codes(name: str, *, day: date) -> QuerySet[Code]:
    """Return the codes of a set that are in force on a day, in their order."""
    return Code.objects.filter(current(day), set=name).order_by("place", "key")


def away(actor_ids: Iterable[int], *, at: datetime) -> dict[int, datetime]:
    """Return who of these is away at a moment, and until when."""
    ids = list(actor_ids)
    return dict(_away(ids=ids, at=at)) if ids else {}


_away = Question(
    lambda: (
        Absence.objects.filter(actor__any_of=value("ids"), starts_at__lte=value("at"), ends_at__gt=value("at"))
        .order_by("ends_at")
        .values_list("actor_id", "ends_at")
    )
)
