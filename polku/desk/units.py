"""Units in the roles that pages need: the one that answers for me, those one can pass a matter to."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from polku.access.models import Actor, Unit
from polku.access.queries import current, units_of
from polku.access.states import UnitKind
from polku.kit.localtime import local_date


def answering_unit(actor: Actor, *, at: datetime) -> Unit | None:
    """Return the unit in whose name the actor answers: the one of their oldest post in force."""
    rows = units_of(actor, at=at).filter(memberships__actor=actor).order_by("memberships__valid_from", "pk")
    return rows.first()


def teams(*, at: datetime) -> QuerySet[Unit]:
    """Return the teams in use, by name: who can call back or be handed a matter."""
    rows = Unit.objects.filter(current(local_date(at)), kind__in=[UnitKind.TEAM, UnitKind.LOCAL_OFFICE])
    return rows.order_by("name_fi")
