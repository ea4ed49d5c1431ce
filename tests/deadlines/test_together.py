"""Many at once, and any sequence: one clock for a rule and day, and `next_due` is always the derived one."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from polku.access.models import Actor, Unit
from polku.cases.models import WorkItem
from polku.cases.states import WorkKind
from polku.deadlines import actions, facts, pausing
from polku.deadlines.models import RUNNING, Clock
from polku.deadlines.states import AGREED, Restarted, Stop
from polku.kit.errors import Refused
from tests.register import NOW, Register

TOLD = {"age": 80, "asks_to_talk": True, "application": "supplementary", "application_incomplete": True}


def _register() -> tuple[Unit, Actor]:
    register = Register()
    return register.unit("neuvonta"), register.person("Suvi")


def _in_threads(count: int, do: Callable[[int], Any]) -> list[Any]:
    def run(number: int) -> Any:
        try:
            return do(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


@pytest.mark.django_db(transaction=True)
def test_opens_each_clock_once_when_many_open_at_the_same_time() -> None:
    unit, suvi = _register()
    item = WorkItem.objects.create(kind=WorkKind.CONTACT, unit=unit, opened_at=NOW)

    def opened(_: int) -> set[int]:
        clocks = actions.open_clocks(
            work_item=WorkItem.objects.get(pk=item.pk), facts=TOLD, counted_from_at=NOW, by=suvi, at=NOW
        )
        return {clock.pk for clock in clocks}

    found = _in_threads(8, opened)
    assert len({frozenset(keys) for keys in found}) == 1
    assert Clock.objects.count() == len(found[0])
    assert facts.check() == []


@pytest.mark.django_db(transaction=True)
def test_meets_a_clock_once_when_many_answer_at_the_same_time() -> None:
    unit, suvi = _register()
    item = WorkItem.objects.create(kind=WorkKind.CONTACT, unit=unit, opened_at=NOW)
    actions.open_clocks(work_item=item, facts=TOLD, counted_from_at=NOW, by=suvi, at=NOW)

    def answered(number: int) -> int:
        moment = NOW + timedelta(seconds=number)
        mine = WorkItem.objects.get(pk=item.pk)
        return len(actions.meet(work_item=mine, what=Stop.FIRST_ANSWER, by=suvi, at=moment))

    assert sorted(_in_threads(8, answered)) == [0] * 7 + [1]
    assert Clock.objects.filter(rule="promise_answer", met_at__isnull=False).count() == 1
    assert facts.check() == []


@pytest.mark.django_db(transaction=True)
def test_keeps_the_nearest_moment_right_when_different_clocks_change_at_the_same_time() -> None:
    unit, suvi = _register()
    items = [WorkItem.objects.create(kind=WorkKind.CONTACT, unit=unit, opened_at=NOW) for _ in range(6)]
    for item in items:
        actions.open_clocks(work_item=item, facts=TOLD, counted_from_at=NOW, by=suvi, at=NOW)
    stops = [Stop.URGENCY_RECORDED, Stop.FIRST_ANSWER, Stop.TALK_HELD, Stop.SUPPLEMENT_REQUESTED]

    def change(number: int) -> None:
        for item in items:
            mine = WorkItem.objects.get(pk=item.pk)
            if number < len(stops):
                actions.meet(work_item=mine, what=stops[number], by=suvi, at=NOW)
            else:
                # two ways across the same pair of rows: the order of locking is the same
                other = WorkItem.objects.get(pk=items[(items.index(item) + number) % len(items)].pk)
                actions.move(source=mine, target=other, by=suvi, at=NOW, rules=["pta_start_adult"])

    _in_threads(8, change)
    assert facts.check() == []


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(6))
def test_has_the_derived_moment_after_any_sequence(seed: int) -> None:
    unit, suvi = _register()
    chance = random.Random(seed)
    items = [WorkItem.objects.create(kind=WorkKind.CONTACT, unit=unit, opened_at=NOW) for _ in range(2)]
    at = NOW
    for _ in range(30):
        at += timedelta(minutes=chance.randrange(0, 2000))
        item = chance.choice(items)
        clock = Clock.objects.filter(RUNNING, work_item=item).order_by("?").first()
        # The law or the order of things may not allow it: then nothing may have changed.
        with suppress(Refused):
            _step(chance, items, item, clock, suvi, at)
        assert facts.check() == []
        stored = {i.pk: i.next_due for i in WorkItem.objects.all()}
        for each in items:
            alarming = [
                c.due_at
                for c in Clock.objects.filter(work_item=each)
                if c.running and c.due_at and not c.pauses.filter(until__isnull=True).exists()
            ]
            assert stored[each.pk] == min(alarming, default=None)
    assert Clock.objects.exclude(rule=AGREED).exists()


def _step(
    chance: random.Random, items: list[WorkItem], item: WorkItem, clock: Clock | None, by: Actor, at: Any
) -> None:
    match chance.randrange(9):
        case 0 | 1:
            told = {name: value for name, value in TOLD.items() if chance.random() < 0.6}
            actions.sync_clocks(work_item=item, facts=told, counted_from_at=NOW, by=by, at=at)
        case 2:
            actions.meet(work_item=item, what=chance.choice(list(Stop)), by=by, at=at)
        case 3:
            actions.agree(work_item=item, due_at=at + timedelta(minutes=chance.randrange(-5, 600)), by=by, at=at)
        case 4 if clock:
            pausing.pause(clock=clock, reason="waiting", by=by, at=at)
        case 5 if clock:
            pausing.resume(clock=clock, by=by, at=at)
        case 6 if clock:
            pausing.restart(clock=clock, event=chance.choice(list(Restarted)), by=by, at=at)
        case 7 if clock:
            actions.cancel(work_item=item, reason="wrong", by=by, at=at, rules=[clock.rule])
        case 8:
            other = items[1 - items.index(item)]
            actions.move(source=item, target=other, by=by, at=at, rules=["pta_start_adult", "tt_decision"])
