"""The county's file read into rows, and read again with the next version."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from polku.access import actions as access
from polku.access.models import ClosingDay, Code, OpeningHours, Promise, Unit, UnitArea
from polku.access.states import Role
from polku.appointments import actions as appointments
from polku.appointments.models import BookingRule, Kind, KindSeat, Place, Resource
from polku.site import county
from polku.triage.models import RoutingRule
from tests.register import NOW, Register

pytestmark = pytest.mark.django_db

FILE = Path(__file__).resolve().parents[2] / "counties" / "lansi-uusimaa.toml"
TABLES = (
    Unit, UnitArea, OpeningHours, Promise, ClosingDay, Code, RoutingRule, Place, Resource, Kind, KindSeat, BookingRule,
)  # fmt: skip


def load(at: datetime = NOW) -> None:
    county.load(county.read(FILE), at=at)


def rows() -> dict[str, set[tuple[object, ...]]]:
    return {table.__name__: {tuple(map(str, row)) for row in table._default_manager.values_list()} for table in TABLES}


def test_reading_the_file_again_changes_nothing() -> None:
    load()
    before = rows()
    load(NOW + timedelta(days=40))
    assert rows() == before


def test_what_was_decided_on_a_page_outlives_the_next_version() -> None:
    load()
    unit = Unit.objects.get(key="aikuisneuvonta")
    register = Register(units={unit.key: unit})
    lead, admin = register.person("Leena", Role.LEAD, unit.key), register.person("Arto", Role.ADMIN, unit.key)
    today = date(2026, 11, 24)
    access.set_promise(unit=unit, rule="promise_answer", days=3, cutoff=None, valid_from=today, by=lead, at=NOW)
    access.set_hours(unit=unit, weekday=5, opens=None, closes=None, valid_from=today, by=lead, at=NOW)
    kind = Kind.objects.order_by("pk")[0]
    appointments.change_kind(kind=kind, values={"duration_minutes": 35}, by=admin, at=NOW)
    rule = BookingRule.objects.filter(kind=kind).first()
    assert rule is not None
    target = rule.target_unit
    head = Register(units={target.key: target}).person("Pia", Role.ADMIN, target.key)
    appointments.end_rule(rule=rule, last_day=today, by=head, at=NOW)
    for needs in (["a"], ["b"]):
        appointments.add_rule(
            kind=kind, target_unit=target, booker_role=rule.booker_role, client=rule.client, needs=needs,
            valid_from=today, by=head, at=NOW,
        )  # fmt: skip
    before = rows()
    load(NOW + timedelta(days=40))
    assert rows() == before
