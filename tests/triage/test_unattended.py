from datetime import timedelta

import pytest

from polku.access.models import Absence, Actor, Deputy
from polku.access.states import AbsenceKind, Role
from polku.contacts import actions
from polku.contacts.states import Channel
from polku.triage import sharing
from polku.triage.unattended import unattended
from tests.register import NOW, START, Register

pytestmark = pytest.mark.django_db


@pytest.fixture
def register() -> Register:
    return Register()


@pytest.fixture
def suvi(register: Register) -> Actor:
    return register.person("Suvi")


@pytest.fixture
def lead(register: Register) -> Actor:
    return register.person("Helena", Role.LEAD, "muu")


def away(actor: Actor) -> None:
    Absence.objects.create(
        actor=actor, kind=AbsenceKind.HOLIDAY, starts_at=NOW - timedelta(hours=2), ends_at=NOW + timedelta(days=2)
    )


def arrived(register: Register, suvi: Actor, key: str = "p"):
    row = actions.start(unit=register.unit("neuvonta"), by=suvi, at=NOW, key=key, channel=Channel.PAPER)
    return actions.record(contact=row, by=suvi, at=NOW)


def test_tells_of_work_that_nobody_present_may_open(register: Register, suvi: Actor, lead: Actor) -> None:
    row = arrived(register, suvi)
    sharing.release(item=row.work_item, by=suvi, at=NOW)
    assert unattended(by=lead, at=NOW) == []
    away(suvi)
    (found,) = unattended(by=lead, at=NOW)
    assert (found.unit.key, found.count, found.urgent) == ("neuvonta", 1, 0)
    assert found.due == NOW + timedelta(minutes=30), "urgency is assessed at once"
    register.person("Bo")
    assert unattended(by=lead, at=NOW) == [], "a colleague came"


def test_what_a_deputy_sees_to_is_attended(register: Register, suvi: Actor, lead: Actor) -> None:
    arrived(register, suvi)
    away(suvi)
    assert [found.count for found in unattended(by=lead, at=NOW)] == [1]
    deputy = register.person("Laura", unit="muu")
    Deputy.objects.create(actor=suvi, deputy=deputy, valid_from=START)
    assert unattended(by=lead, at=NOW) == []
    away(deputy)
    assert [found.count for found in unattended(by=lead, at=NOW)] == [1]


def test_what_waits_until_a_later_day_is_not_counted(register: Register, suvi: Actor, lead: Actor) -> None:
    row = arrived(register, suvi)
    sharing.hold(item=row.work_item, until=(NOW + timedelta(days=3)).date(), reason="Asiakas soittaa", by=suvi, at=NOW)
    away(suvi)
    assert unattended(by=lead, at=NOW) == []


def test_is_for_heads_of_units_only(register: Register, suvi: Actor) -> None:
    arrived(register, suvi)
    away(suvi)
    assert unattended(by=register.person("Väinö", Role.COUNSELLOR, "muu"), at=NOW) == []


def test_asks_the_same_number_of_questions_however_much_waits(
    register: Register, suvi: Actor, lead: Actor, django_assert_max_num_queries
) -> None:
    for number in range(5):
        arrived(register, suvi, key=str(number))
    away(suvi)
    with django_assert_max_num_queries(4):
        assert unattended(by=lead, at=NOW)[0].count == 5
