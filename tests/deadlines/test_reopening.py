"""A unit shut on a day by mistake is opened again: clocks that skipped the day get it back, promises made stay."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from datetime import time as hour

import pytest
from django.db import connection, transaction

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
from polku.kit.localtime import instant
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


def work(unit: Unit) -> WorkItem:
    return WorkItem.objects.create(kind=WorkKind.CONTACT, unit=unit, opened_at=NOW)


def promise(unit: Unit, by: Actor, item: WorkItem | None = None) -> Clock:
    item = item or work(unit)
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


def test_alarms_at_the_earlier_opening_what_must_be_done_at_once(unit: Unit, head: Actor) -> None:
    evening = instant(date(2026, 11, 24), hour(20))
    closing.close_day(unit=unit, day=SHUT, by=head, at=NOW)
    item, morning = work(unit), work(unit)
    clock = actions.open_clock(work_item=item, rule="urgent_assess", counted_from_at=evening, by=head, at=evening)
    other = actions.open_clock(work_item=morning, rule="urgent_assess", counted_from_at=NOW, by=head, at=NOW)
    assert clock.due_at == instant(AFTER, hour(8, 30))
    assert reopen_day(unit=unit, day=SHUT, by=head, at=evening) == 1
    clock.refresh_from_db()
    item.refresh_from_db()
    assert clock.due_at == item.next_due == instant(SHUT, hour(8, 30)) and facts.check() == []
    before = other.due_at
    other.refresh_from_db()
    assert other.due_at == before, "it did not wait for that day"


def test_no_promise_moves_later_because_of_a_day_shut_since(unit: Unit, head: Actor) -> None:
    before = promise(unit, head)
    closing.close_day(unit=unit, day=SHUT, by=head, at=NOW)
    meanwhile = actions.open_clock(work_item=work(unit), rule="promise_contact", counted_from_at=NOW, by=head, at=NOW)
    promised = meanwhile.last_day
    for later in range(4):
        closing.close_day(unit=unit, day=AFTER + timedelta(days=later), by=head, at=NOW)
    closing.close_day(unit=unit, day=SHUT, by=head, at=NOW, opens=hour(8), closes=hour(10))
    assert reopen_day(unit=unit, day=SHUT, by=head, at=NOW) == 0
    before.refresh_from_db()
    meanwhile.refresh_from_db()
    assert (before.last_day, meanwhile.last_day) == (SHUT, promised)
    assert not TimelineEntry.objects.filter(event="deadlines.recomputed").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("begun", ["new", "known"])
def test_finds_a_clock_that_is_being_opened_meanwhile(begun: str, unit: Unit, head: Actor) -> None:
    closing.close_day(unit=unit, day=SHUT, by=head, at=NOW)
    item = work(unit) if begun == "known" else None

    def reopen() -> int | None:
        try:
            return reopen_day(unit=unit, day=SHUT, by=head, at=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            clock = promise(unit, head, item)
            changed = pool.submit(reopen)
            assert _waits(changed.done), "it waits for whoever counts by the calendar as it was"
        assert changed.result(20) == 1
    assert clock.last_day == AFTER
    clock.refresh_from_db()
    assert clock.last_day == SHUT and facts.check() == []


def _waits(done: Callable[[], bool]) -> bool:
    """Tell whether another session comes to wait for a lock before it is done."""
    question = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"
    for _ in range(200):
        with connection.cursor() as cursor:
            cursor.execute(question)
            if cursor.fetchone()[0]:
                return True
        if done():
            return False
        time.sleep(0.05)
    return False
