"""A unit shut on a day by mistake is opened again: clocks that skipped the day get it back, promises made stay."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from polku.access import closing
from polku.access.models import Actor, ClosingDay, Unit
from polku.access.states import Role
from polku.audit.models import Event
from polku.cases.models import TimelineEntry, WorkItem
from polku.cases.states import WorkKind
from polku.deadlines import actions, facts
from polku.deadlines.models import Clock
from polku.deadlines.reopening import reopen_day
from polku.deadlines.states import Stop
from polku.kit.errors import Invalid, NotAllowed
from tests.register import NOW, Register

pytestmark = pytest.mark.django_db

SHUT = date(2026, 11, 25)
AFTER = date(2026, 11, 26)


@pytest.fixture
def register() -> Register:
    return Register()


@pytest.fixture
def unit(register: Register) -> Unit:
    return register.unit("neuvonta")


@pytest.fixture
def head(register: Register) -> Actor:
    return register.person("Helena", Role.LEAD, "neuvonta")


def promise(unit: Unit, by: Actor) -> Clock:
    item = WorkItem.objects.create(kind=WorkKind.CONTACT, unit=unit, opened_at=NOW)
    return actions.open_clock(work_item=item, rule="promise_answer", counted_from_at=NOW, by=by, at=NOW)


def test_gives_clocks_the_day_back_that_they_had_skipped(unit: Unit, head: Actor) -> None:
    before = promise(unit, head)
    closing.close_day(unit=unit, day=SHUT, by=head, at=NOW)
    meanwhile, met = promise(unit, head), promise(unit, head)
    assert (before.last_day, meanwhile.last_day) == (SHUT, AFTER)
    actions.meet(work_item=met.work_item, what=Stop.FIRST_ANSWER, by=head, at=NOW)
    assert reopen_day(unit=unit, day=SHUT, by=head, at=NOW) == 1
    found = {clock.pk: clock.last_day for clock in Clock.objects.all()}
    assert found == {before.pk: SHUT, meanwhile.pk: SHUT, met.pk: AFTER}, "what has been met stays as it was reckoned"
    assert not ClosingDay.objects.filter(unit=unit).exists() and facts.check() == []
    assert TimelineEntry.objects.get(event="deadlines.recomputed").data["reopened"] == "2026-11-25"
    assert Event.objects.filter(what="access.reopen_day", unit=unit.key).count() == 1
    assert reopen_day(unit=unit, day=SHUT, by=head, at=NOW) is None, "twice is once"
    assert promise(unit, head).last_day == SHUT


def test_leaves_the_clocks_of_other_units_alone(unit: Unit, head: Actor, register: Register) -> None:
    other = register.unit("toinen")
    ClosingDay.objects.create(unit=other, day=SHUT)
    closing.close_day(unit=unit, day=SHUT, by=head, at=NOW)
    theirs = promise(other, head)
    assert reopen_day(unit=unit, day=SHUT, by=head, at=NOW) == 0
    theirs.refresh_from_db()
    assert theirs.last_day == AFTER


def test_opens_no_day_that_is_over_and_only_for_the_head(unit: Unit, head: Actor, register: Register) -> None:
    closing.close_day(unit=unit, day=SHUT, by=head, at=NOW)
    with pytest.raises(Invalid):
        reopen_day(unit=unit, day=SHUT, by=head, at=NOW + timedelta(days=3))
    suvi = register.person("Suvi", Role.GUIDANCE, "neuvonta")
    with pytest.raises(NotAllowed):
        reopen_day(unit=unit, day=SHUT, by=suvi, at=NOW)
    assert ClosingDay.objects.filter(unit=unit, day=SHUT).exists()
