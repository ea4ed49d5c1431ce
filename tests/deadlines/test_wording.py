"""The sentence is put together when it is read, and is the one that was true when the dates were worked out."""

from datetime import date, datetime, time, timedelta

import pytest

from polku.access.models import Actor, ClosingDay, OpeningHours, Promise, Unit
from polku.cases.models import WorkItem
from polku.cases.states import WorkKind
from polku.deadlines import actions, wording
from polku.deadlines.calendars import UnitDay
from polku.deadlines.models import Clock
from polku.kit.localtime import instant, local_date
from polku.rules import deadlines, promises
from polku.rules.data import LANGUAGES
from tests.register import Register

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 11, 23)


@pytest.fixture
def register() -> Register:
    return Register()


@pytest.fixture
def unit(register: Register) -> Unit:
    return register.unit("neuvonta")


@pytest.fixture
def suvi(register: Register) -> Actor:
    return register.person("Suvi")


@pytest.fixture
def item(unit: Unit) -> WorkItem:
    return WorkItem.objects.create(kind=WorkKind.CONTACT, unit=unit, opened_at=instant(MONDAY, time(8)))


def promised(item: WorkItem, by: Actor, at: datetime) -> Clock:
    clock = actions.open_clock(work_item=item, rule="promise_answer", counted_from_at=at, by=by, at=at)
    return Clock.objects.get(pk=clock.pk)


@pytest.mark.parametrize("days", [1, 7])
@pytest.mark.parametrize("cutoff", [None, time(12)])
@pytest.mark.parametrize("opens", ["weekdays", "saturdays", "every day"])
@pytest.mark.parametrize("shut", [(), (MONDAY + timedelta(days=1),), (MONDAY + timedelta(days=5),)])
def test_says_of_a_promise_what_the_units_calendar_made_of_it(
    item: WorkItem, suvi: Actor, days: int, cutoff: time | None, opens: str, shut: tuple[date, ...]
) -> None:
    unit, begins = item.unit, MONDAY - timedelta(days=90)
    Promise.objects.filter(unit=unit).delete()
    Promise.objects.create(unit=unit, rule="promise_answer", days=days, cutoff=cutoff, valid_from=begins)
    last = {"weekdays": 5, "saturdays": 6, "every day": 7}[opens]
    OpeningHours.objects.filter(unit=unit).delete()
    for weekday in range(1, last + 1):
        OpeningHours.objects.create(unit=unit, weekday=weekday, opens=time(9), closes=time(15), valid_from=begins)
    for day in shut:
        ClosingDay.objects.create(unit=unit, day=day)
    at = instant(MONDAY, time(13, 10))
    clock = promised(item, suvi, at)
    due = promises.due(at, UnitDay(unit, MONDAY).opening, cutoff=cutoff, days=days)
    assert (clock.due_at, clock.last_day, clock.day0) == (due.at, due.day, due.counted_from)
    assert tuple(wording.left_out(clock)) == due.skipped
    ClosingDay.objects.all().delete()
    OpeningHours.objects.all().delete()
    for lang in LANGUAGES:
        assert due.because(lang) in wording.sentence(clock, lang), "however the unit's calendar is today"


@pytest.mark.parametrize("rule", ["pta_start_adult", "pta_generic", "tt_talk", "tt_decision", "urgent_assess"])
@pytest.mark.parametrize("day", [MONDAY, date(2026, 12, 18), date(2026, 6, 12), date(2025, 12, 31)])
def test_says_of_a_limit_what_the_rule_says(item: WorkItem, suvi: Actor, rule: str, day: date) -> None:
    at = instant(day, time(10))
    told = {"age": 80, "contact_by": "authority", "assessment_needed": True}
    clock = actions.open_clock(
        work_item=item, rule=rule, counted_from_at=at, by=suvi, at=instant(MONDAY, time(11)) + timedelta(days=60),
        facts=told,
    )  # fmt: skip
    clock = Clock.objects.get(pk=clock.pk)
    law = deadlines.compute(rule, local_date(at), clock.facts, version=clock.version)
    assert clock.because == {} and clock.skipped == []
    assert wording.left_out(clock) == list(law.skipped)
    assert {lang: wording.sentence(clock, lang) for lang in LANGUAGES} == {
        lang: law.because(lang) for lang in LANGUAGES
    }


def test_keeps_the_sentence_of_a_clock_that_has_its_own(item: WorkItem, suvi: Actor) -> None:
    """As the version before this one stored it."""
    clock = promised(item, suvi, instant(MONDAY, time(9)))
    Clock.objects.filter(pk=clock.pk).update(
        because={"fi": "Luvattu.", "sv": "Utlovat.", "en": "Promised."},
        skipped=[{"day": "2026-11-28", "name": "saturday", "reason": "saturday"}],
    )
    clock.refresh_from_db()
    assert wording.sentence(clock, "sv") == "Utlovat."
    assert [left.day for left in wording.left_out(clock)] == [date(2026, 11, 28)]
