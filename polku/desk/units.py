"""Units in the roles that pages need: the one that answers for me, those one can pass a matter to."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import QuerySet

from polku.access.models import Actor, Unit
from polku.access.queries import current, units_of, who
from polku.access.states import UnitKind
from polku.asking import Question, value
from polku.kit.localtime import local_date


def answering_unit(actor: Actor, *, at: datetime) -> Unit | None:
    """Return the unit in whose name the actor answers: the one of their oldest post in force."""
    rows = units_of(actor, at=at).filter(memberships__actor=actor).order_by("memberships__valid_from", "pk")
    return rows.first()


def teams(*, at: datetime) -> QuerySet[Unit]:
    """Return the teams in use, by name: who can call back or be handed a matter."""
    return _in_use(local_date(at))


def _in_use(day: date) -> QuerySet[Unit]:
    return Unit.objects.filter(current(day), kind__in=[UnitKind.TEAM, UnitKind.LOCAL_OFFICE]).order_by("name_fi")


_NAMES = ("name_fi", "name_sv", "name_en")
_own = Question(lambda: Unit.objects.filter(pk__any_of=value("units")).only(*_NAMES).order_by("name_fi"))
_teams = Question(lambda: _in_use(value("day")).only("key", *_NAMES))


def own_units(actor: Actor, *, at: datetime) -> list[str]:
    """Return the names of the units where the actor has a post today, in order."""
    return [unit.name for unit in _own(units=who(actor, at=at).units())]


def team_choices(*, at: datetime) -> list[tuple[str, str]]:
    """Return `teams` as choices of a list: key and name in the reader's language."""
    return [(unit.key, unit.name) for unit in _teams(day=local_date(at))]
