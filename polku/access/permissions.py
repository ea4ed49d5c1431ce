"""One permission, three forms: `require` (raise), `can` (button), `visible_to` (list).

A stage's `policy.py` declares alternatives with `permit`; whoever fits one of them may. All three forms read the same
rows, so a button never promises what the action refuses and a list never shows what the page hides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.access.queries import Who, who
from polku.access.states import ActorKind
from polku.audit import origin
from polku.kit.errors import NotAllowed

M = TypeVar("M", bound=Model)
Relation = Callable[[Who, datetime], Q]


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to be allowed: roles (or machine scopes, or a kind of actor) and a relation to the thing."""

    roles: frozenset[str]
    scopes: frozenset[str]
    kinds: frozenset[str]
    relation: Relation | None

    def fits(self, person: Who) -> bool:
        """Tell whether the person's kind and roles fit, before any thing is looked at."""
        if person.actor.kind not in self.kinds:
            return False
        if person.actor.kind == ActorKind.STAFF:
            return bool(self.roles & person.roles)
        if person.actor.kind == ActorKind.SOURCE:
            return bool(self.scopes & person.scopes)
        return True


_table: dict[str, list[Alternative]] = {}


def permit(
    action: str,
    *,
    roles: Iterable[str] = (),
    scopes: Iterable[str] = (),
    kinds: Iterable[str] = (),
    relation: Relation | None = None,
) -> None:
    """Declare one way to be allowed an action; called by `policy.py` modules at import.

    Args:
        action: `<stage>.<verb>`.
        roles: staff roles (any of them).
        scopes: machine scopes (any of them).
        kinds: other kinds of actor that may (job, client by link, ...).
        relation: what ties the actor to the thing, as a condition over the stage's own model. None: the role is enough.
    """
    roles, scopes, kinds = frozenset(roles), frozenset(scopes), frozenset(kinds)
    if roles:
        kinds |= {ActorKind.STAFF.value}
    if scopes:
        kinds |= {ActorKind.SOURCE.value}
    _table.setdefault(action, []).append(Alternative(roles, scopes, frozenset(str(k) for k in kinds), relation))


def declared() -> frozenset[str]:
    """Return the names of all declared actions."""
    return frozenset(_table)


def may_ever(actor: Actor, action: str, *, at: datetime) -> bool:
    """Tell whether the actor's role allows the action on some thing; for menus and whole pages."""
    person = who(actor, at=at)
    return any(alternative.fits(person) for alternative in _table[action])


def condition(actor: Actor, action: str, *, at: datetime) -> Q | None:
    """Return what a thing must fulfil for this actor; None when no alternative fits, an empty Q when all do."""
    person = who(actor, at=at)
    fitting = [alternative for alternative in _table[action] if alternative.fits(person)]
    if not fitting:
        return None
    if any(alternative.relation is None for alternative in fitting):
        return Q()
    total = Q()
    for alternative in fitting:
        if alternative.relation is not None:
            total |= alternative.relation(person, at)
    return total


def can(actor: Actor, action: str, thing: Model | None = None, *, at: datetime) -> bool:
    """Tell whether the actor may do the action on the thing (on some thing, when none is given)."""
    ties = condition(actor, action, at=at)
    if ties is None:
        return False
    if thing is None or not ties:
        return True
    return type(thing)._default_manager.filter(ties, pk=thing.pk).exists()


def require(actor: Actor, action: str, thing: Model | None = None, *, at: datetime) -> None:
    """Raise `NotAllowed` unless the actor may do the action on the thing."""
    if not can(actor, action, thing, at=at):
        origin.refuse(action, getattr(thing, "public_id", ""))
        raise NotAllowed("not_allowed", _("You do not have the right to do this."), action=action)


def require_of_locked(actor: Actor, action: str, row: Model, *, at: datetime) -> None:
    """Raise `NotAllowed` unless the actor may do the action on a row that this transaction has just read and locked.

    Nobody else can change the row meanwhile, so its columns mostly tell; what they do not tell is asked as ever.
    """
    ties = condition(actor, action, at=at)
    if ties is not None and _told(ties, row):
        return
    require(actor, action, row, at=at)


def permitted(actor: Actor, action: str, rows: Iterable[M], *, at: datetime) -> list[M]:
    """Return those of some rows, already read, on which the actor may do the action, in the same order.

    The rows' own columns mostly tell; what they do not tell is asked in one query.
    """
    ties = condition(actor, action, at=at)
    if ties is None:
        return []
    given = list(rows)
    unsure = [row for row in given if not _told(ties, row)] if ties else []
    if not unsure:
        return given
    asked = type(unsure[0])._default_manager.filter(ties, pk__in=[row.pk for row in unsure])
    refused = {row.pk for row in unsure} - set(asked.values_list("pk", flat=True))
    return [row for row in given if row.pk not in refused]


def _told(ties: Q, row: Model) -> bool:
    """Tell whether the row's own columns, and those of rows read with it, fulfil a condition for certain."""
    if ties.negated or not ties.children:
        return False
    found = (_told(one, row) if isinstance(one, Q) else _column_told(one, row) for one in ties.children)
    return any(found) if ties.connector == Q.OR else all(found)


def _column_told(one: Any, row: Model) -> bool:
    """Tell whether a condition such as `("work_item__unit_id__in", [1, 2])` is certainly fulfilled."""
    if not isinstance(one, tuple):
        return False
    path, wanted = one
    names = path.split("__")
    several = names[-1] == "in"
    *ways, column = names[:-1] if several else names
    for way in ways:
        # What has not been read with the row is not asked for here.
        near: Model | None = row._state.fields_cache.get(way)
        if near is None:
            return False
        row = near
    kept = row.__dict__.get(column)
    if kept is None or (several and not isinstance(wanted, list | tuple | set | frozenset)):
        return False
    return bool(kept in wanted if several else kept == wanted)


def visible_to(actor: Actor, action: str, rows: QuerySet[M], *, at: datetime) -> QuerySet[M]:
    """Return those of the rows on which the actor may do the action."""
    ties = condition(actor, action, at=at)
    if ties is None:
        return rows.none()
    return rows.filter(ties) if ties else rows
