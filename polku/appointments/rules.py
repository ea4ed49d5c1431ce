"""The rules of the game: who may book which kind, in whose calendar, for what need, on a day (`BookingRule`)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor, Unit
from polku.access.queries import current, who
from polku.access.states import ActorKind
from polku.appointments.models import Appointment, BookingRule, Kind, Participant
from polku.appointments.sentences import phone_of
from polku.appointments.snapshot import local_day
from polku.appointments.states import State
from polku.asking import Question, value
from polku.kit.errors import Conflict, NotAllowed

UNDO_LASTS = timedelta(minutes=10)
"""How long after a cancellation by staff it can be taken back."""


def fitting(by: Actor, *, need: str, at: datetime) -> Q:
    """What a booking rule must be for this actor and need; rules without a need fit every need."""
    asked = _asked(by, need=need, at=at)
    return _fitting(by.kind, bool(need), asked.__getitem__)


def _asked(by: Actor, *, need: str, at: datetime) -> dict[str, Any]:
    person = who(by, at=at)
    return {"day": local_day(at), "needs": [need], "roles": sorted(person.roles), "units": person.units()}


def _fitting(kind: str, for_need: bool, of: Callable[[str], Any]) -> Q:
    """The same by the kind of the actor, from the values `of` the names that `_asked` has, or from their places."""
    rules = current(of("day"))
    if for_need:
        rules &= Q(needs=[]) | Q(needs__contains=of("needs"))
    if kind == ActorKind.STAFF:
        return (
            rules
            & (Q(booker_role="", client=False) | Q(booker_role__any_of=of("roles")))
            & (Q(booker_unit__isnull=True) | Q(booker_unit__any_of=of("units")))
        )
    if kind in (ActorKind.LINK, ActorKind.CLIENT):
        return rules & Q(client=True)
    return rules


def bookable(by: Actor, *, at: datetime, need: str = "") -> list[tuple[Kind, Unit]]:
    """The kinds and units that the actor may book, by name: those of the rules, and every kind of their own units.

    A kind is a unit's own when some rule in force books it there.
    """
    day = local_day(at)
    rows = BookingRule.objects.filter(current(day), current(day, "kind__"), current(day, "target_unit__"))
    own = Q(target_unit_id__in=who(by, at=at).units())
    found = rows.filter(fitting(by, need=need, at=at) | own).select_related("kind", "target_unit")
    pairs = {(rule.kind_id, rule.target_unit_id): (rule.kind, rule.target_unit) for rule in found}
    return sorted(pairs.values(), key=lambda pair: (pair[1].name, pair[0].name))


def may_book(by: Actor, kind: Kind, unit: Unit, *, at: datetime, need: str = "") -> bool:
    """Whether the rules let the actor book this kind in this unit; people of the unit may always book their own."""
    if by.kind == ActorKind.JOB or unit.pk in who(by, at=at).units():
        return True
    asked = _asked(by, need=need, at=at)
    return bool(_may(by.kind, bool(need))(kind=kind.pk, unit=unit.pk, **asked))


@lru_cache
def _may(kind: str, for_need: bool) -> Question[tuple[int]]:
    """Return the question whether an actor of a kind may book, with a need or without."""
    return Question(
        lambda: BookingRule.objects.filter(
            _fitting(kind, for_need, value), kind=value("kind"), target_unit=value("unit")
        ).values_list("pk")[:1]
    )


def require_rule(by: Actor, kind: Kind, unit: Unit, *, at: datetime, need: str = "") -> None:
    """Raise `NotAllowed` when no rule in force lets the actor book this kind in this unit."""
    if not may_book(by, kind, unit, at=at, need=need):
        raise NotAllowed(
            "no_booking_rule",
            _("The booking rules do not let you book this kind of time in this unit. Hand the matter over to it."),
            kind=kind.key,
            unit=unit.key,
        )


def check_client_may_change(row: Appointment, *, by: Actor, at: datetime) -> None:
    """Raise Conflict `too_late` when the actor is the client and the kind's hours for changing have passed."""
    if by.kind not in (ActorKind.LINK, ActorKind.CLIENT):
        return
    hours = row.kind.client_change_hours
    if hours is None or row.starts_at - timedelta(hours=hours) < at:
        phone = phone_of(row)
        call = _("It is too late to change this time here. Call %(phone)s.") % {"phone": phone}
        raise Conflict("too_late", call if phone else _("It is too late to change this time here."), phone=phone)


def undo_until(row: Appointment | Participant, *, starts_at: datetime, at: datetime) -> datetime | None:
    """Until when the cancellation of a time or a seat can be taken back; None when it cannot (any more).

    Only what staff cancelled a short while ago, and only while the time is still ahead.
    """
    if row.state != State.CANCELLED or row.closed_at is None or row.closed_by is None:
        return None
    until = min(row.closed_at + UNDO_LASTS, starts_at)
    return until if at < until and row.closed_by.kind == ActorKind.STAFF else None
