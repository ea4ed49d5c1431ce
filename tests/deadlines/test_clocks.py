"""Clocks of work items against a real database: opened by facts, met, paused, started anew, moved."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import IntegrityError, transaction

from polku.access.models import Actor, ClosingDay, OpeningHours, Promise, Unit
from polku.access.permissions import visible_to
from polku.access.states import Role
from polku.audit.models import Event
from polku.cases.models import TimelineEntry, WorkItem
from polku.cases.states import WorkKind
from polku.deadlines import actions, faces, facts, pausing, queries, wording
from polku.deadlines.models import Clock, Pause, Restart
from polku.deadlines.states import AGREED, Basis, Restarted, Stop
from polku.kit.errors import Conflict, Invalid, NotAllowed, Refused
from polku.kit.localtime import instant
from polku.rules.errors import UnknownRule
from tests.register import NOW, START, Register

pytestmark = pytest.mark.django_db
TALK = {"asks_to_talk": True}


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
    return WorkItem.objects.create(kind=WorkKind.CONTACT, unit=unit, opened_at=NOW)


def opened(item: WorkItem, by: Actor, told: dict[str, object], at: datetime = NOW) -> dict[str, Clock]:
    clocks = actions.open_clocks(work_item=item, facts=told, counted_from_at=at, by=by, at=at)
    return {clock.rule: clock for clock in clocks}


def test_opens_the_clocks_that_the_facts_start(item: WorkItem, suvi: Actor) -> None:
    clocks = opened(item, suvi, {"age": 80, "contact_by": "near", **TALK})
    assert list(clocks) == ["urgent_assess", "pta_start_adult", "tt_talk", "promise_answer", "promise_contact"]
    start = clocks["pta_start_adult"]
    assert (start.last_day, start.day0, start.basis) == (date(2026, 12, 3), date(2026, 11, 24), Basis.STATUTE)
    assert start.source is not None
    assert (start.source.act(), start.source.section("fi")) == (
        "Sosiaalihuoltolaki 1301/2014", "36 § 2 mom. 1 ja 2 kohta",
    )  # fmt: skip
    assert start.due_at == instant(date(2026, 12, 3), time(16))
    assert start.facts == {"age": 80, "contact_by": "near"}
    assert start.because == {}, "the sentence follows from the rule's version and the facts"
    assert "asiakas on täyttänyt 75 vuotta" in wording.sentence(start, "fi")


def test_follows_the_limit_as_a_precaution_when_an_authority_made_contact(item: WorkItem, suvi: Actor) -> None:
    clock = opened(item, suvi, {"age": 80, "contact_by": "authority"})["pta_start_adult"]
    assert clock.basis == Basis.PRECAUTION
    assert "varmuuden vuoksi" in wording.sentence(clock, "fi")


def test_alarms_by_the_nearest_clock(item: WorkItem, suvi: Actor) -> None:
    clocks = opened(item, suvi, {"age": 80})
    assert clocks["urgent_assess"].due_at == NOW + timedelta(minutes=30)
    item.refresh_from_db()
    assert item.next_due == clocks["urgent_assess"].due_at
    actions.meet(work_item=item, what=Stop.URGENCY_RECORDED, by=suvi, at=NOW + timedelta(minutes=2))
    item.refresh_from_db()
    assert item.next_due == clocks["promise_answer"].due_at == instant(date(2026, 11, 25), time(16))
    assert facts.check() == []


def test_has_no_moment_where_the_law_gives_no_day(item: WorkItem, suvi: Actor) -> None:
    clock = actions.open_clock(work_item=item, rule="pta_generic", counted_from_at=NOW, by=suvi, at=NOW)
    assert (clock.last_day, clock.due_at) == (None, None)
    item.refresh_from_db()
    assert item.next_due is None


def test_opens_the_same_clock_once(item: WorkItem, suvi: Actor) -> None:
    first = opened(item, suvi, {"age": 80})
    again = opened(item, suvi, {"age": 80}, at=NOW)
    later = actions.open_clock(
        work_item=item, rule="pta_start_adult", counted_from_at=NOW, by=suvi, at=NOW + timedelta(hours=1)
    )
    assert {rule: clock.pk for rule, clock in first.items()} == {rule: clock.pk for rule, clock in again.items()}
    assert later.pk == first["pta_start_adult"].pk
    with pytest.raises(IntegrityError), transaction.atomic():
        first["pta_start_adult"].pk = None
        first["pta_start_adult"].public_id = "other"
        first["pta_start_adult"].save(force_insert=True)


def test_does_not_open_a_met_clock_again(item: WorkItem, suvi: Actor) -> None:
    opened(item, suvi, {})
    actions.meet(work_item=item, what=Stop.FIRST_ANSWER, by=suvi, at=NOW)
    again = opened(item, suvi, {})["promise_answer"]
    assert again.met_at == NOW


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ((date(2026, 11, 24), time(9, 12)), (date(2026, 11, 25), time(16))),
        ((date(2027, 1, 5), time(22, 40)), (date(2027, 1, 7), time(16))),
        ((date(2026, 12, 23), time(22, 40)), (date(2026, 12, 28), time(16))),
    ],
)
def test_promises_an_answer_by_the_units_own_calendar(
    item: WorkItem, suvi: Actor, unit: Unit, received: tuple[date, time], due: tuple[date, time]
) -> None:
    ClosingDay.objects.create(unit=unit, day=date(2026, 12, 24), reason_fi="aatto")
    at = instant(*received)
    clock = actions.open_clock(work_item=item, rule="promise_answer", counted_from_at=at, by=suvi, at=at)
    assert clock.due_at == instant(*due)
    assert clock.last_day == due[0]


def test_follows_the_hours_and_the_promise_that_were_in_force(item: WorkItem, suvi: Actor, unit: Unit) -> None:
    OpeningHours.objects.filter(unit=unit).update(valid_until=date(2026, 11, 30))
    for weekday in (1, 2, 3, 4):
        OpeningHours.objects.create(
            unit=unit, weekday=weekday, opens=time(9), closes=time(15), valid_from=date(2026, 12, 1)
        )
    Promise.objects.filter(unit=unit, rule="promise_answer").update(days=3, cutoff=time(15))
    at = instant(date(2026, 11, 27), time(15, 30))  # Friday after the cut-off: Saturday is day 0
    clock = actions.open_clock(work_item=item, rule="promise_answer", counted_from_at=at, by=suvi, at=at)
    assert clock.day0 == date(2026, 11, 28)
    assert clock.due_at == instant(date(2026, 12, 2), time(15))
    friday = instant(date(2026, 12, 3), time(12))
    clock = actions.open_clock(work_item=item, rule="promise_answer", counted_from_at=friday, by=suvi, at=friday)
    assert clock.due_at == instant(date(2026, 12, 9), time(15)), "Fridays are shut from December on"


def test_alarms_at_once_matters_when_the_unit_opens(item: WorkItem, suvi: Actor, unit: Unit) -> None:
    unit.urgent_alarm_minutes = 20
    unit.save()
    night = instant(date(2026, 11, 27), time(22))
    clock = actions.open_clock(work_item=item, rule="urgent_assess", counted_from_at=night, by=suvi, at=night)
    assert clock.due_at == instant(date(2026, 11, 30), time(8, 20))


def test_meets_only_what_the_event_stops(item: WorkItem, suvi: Actor) -> None:
    opened(item, suvi, {"age": 9, "special_support_child": True})
    began = NOW + timedelta(days=1)
    met = actions.meet(work_item=item, what=Stop.ASSESSMENT_STARTED, by=suvi, at=began)
    assert [clock.rule for clock in met] == ["pta_start_child"]
    assert (met[0].met_at, met[0].met_by, met[0].met_what) == (began, suvi, "assessment_started")
    assert actions.meet(work_item=item, what=Stop.ASSESSMENT_STARTED, by=suvi, at=began) == []
    assert "pta_done_child" in {clock.rule for clock in queries.running([item.pk])[item.pk]}


def test_meets_at_the_moment_when_it_happened(item: WorkItem, suvi: Actor) -> None:
    opened(item, suvi, {})
    happened = NOW + timedelta(minutes=5)
    recorded = NOW + timedelta(days=3)
    met = actions.meet(work_item=item, what=Stop.FIRST_ANSWER, by=suvi, at=recorded, happened_at=happened)
    assert met[0].met_at == happened


def test_refuses_moments_that_cannot_be(item: WorkItem, suvi: Actor) -> None:
    opened(item, suvi, {})
    with pytest.raises(Invalid, match="future"):
        opened(item, suvi, {}, at=NOW) and actions.open_clock(
            work_item=item, rule="tt_talk", counted_from_at=NOW + timedelta(seconds=1), by=suvi, at=NOW
        )
    with pytest.raises(Invalid, match="future"):
        actions.meet(work_item=item, what=Stop.FIRST_ANSWER, by=suvi, at=NOW, happened_at=NOW + timedelta(seconds=1))
    with pytest.raises(Invalid, match="before_start"):
        actions.meet(work_item=item, what=Stop.FIRST_ANSWER, by=suvi, at=NOW, happened_at=NOW - timedelta(seconds=1))
    old = datetime(1980, 1, 1, tzinfo=UTC)
    with pytest.raises(Invalid, match="out_of_calendar"):
        actions.open_clock(work_item=item, rule="tt_talk", counted_from_at=old, by=suvi, at=NOW)
    with pytest.raises(UnknownRule):
        actions.open_clock(work_item=item, rule="nope", counted_from_at=NOW, by=suvi, at=NOW)


def test_names_the_fact_that_cannot_be(item: WorkItem, suvi: Actor) -> None:
    with pytest.raises(Invalid) as refused:
        opened(item, suvi, {"age": 200})
    assert refused.value.field == "age"
    assert not Clock.objects.exists()


def test_brings_clocks_into_line_with_what_is_told(item: WorkItem, suvi: Actor) -> None:
    def sync(told: dict[str, object], moments: dict[str, datetime] | None = None) -> set[str]:
        running = actions.sync_clocks(
            work_item=item, facts=told, counted_from_at=NOW, by=suvi, at=later, moments=moments
        )
        assert facts.check() == []
        return {clock.rule for clock in running}

    later = NOW + timedelta(minutes=10)
    promises = {"urgent_assess", "promise_answer", "promise_contact"}
    assert sync({"age": 50}) == {"pta_generic", *promises}
    before = set(Clock.objects.values_list("pk", flat=True))
    assert sync({"age": 50}) == {"pta_generic", *promises}
    assert set(Clock.objects.values_list("pk", flat=True)) == before, "a repeat writes nothing"
    assert sync({"age": 80}) == {"pta_start_adult", *promises}
    generic = Clock.objects.get(rule="pta_generic")
    assert generic.cancelled_at == later and generic.cancel_reason
    asked = NOW + timedelta(minutes=3)
    assert sync({"age": 80, **TALK}, {"tt_talk": asked}) == {"pta_start_adult", "tt_talk", *promises}
    assert Clock.objects.get(rule="tt_talk").counted_from_at == asked
    assert sync({"age": 80, **TALK, "contact_by": "authority"}, {"tt_talk": asked}) >= {"pta_start_adult"}
    assert [c.basis for c in Clock.objects.filter(rule="pta_start_adult").order_by("id")] == ["statute", "precaution"]


def test_keeps_a_met_clock_when_the_facts_change(item: WorkItem, suvi: Actor) -> None:
    opened(item, suvi, {"age": 80})
    actions.meet(work_item=item, what=Stop.ASSESSMENT_STARTED, by=suvi, at=NOW)
    actions.sync_clocks(work_item=item, facts={"age": 80}, counted_from_at=NOW, by=suvi, at=NOW)
    assert Clock.objects.filter(rule="pta_start_adult").count() == 1
    assert Clock.objects.get(rule="pta_start_adult").met_at == NOW


def test_agrees_on_a_moment_and_on_another(item: WorkItem, suvi: Actor) -> None:
    first, second = NOW + timedelta(hours=2), NOW + timedelta(hours=5)
    clock = actions.agree(work_item=item, due_at=first, by=suvi, at=NOW)
    assert actions.agree(work_item=item, due_at=first, by=suvi, at=NOW).pk == clock.pk
    assert "klo 11.12" in wording.sentence(clock, "fi")
    actions.agree(work_item=item, due_at=second, by=suvi, at=NOW)
    item.refresh_from_db()
    assert item.next_due == second
    assert Clock.objects.filter(rule=AGREED, cancelled_at__isnull=True).count() == 1
    actions.meet(work_item=item, what=Stop.CALLED_BACK, by=suvi, at=NOW + timedelta(hours=1))
    item.refresh_from_db()
    assert item.next_due is None
    with pytest.raises(Invalid):
        actions.agree(work_item=item, due_at=NOW, by=suvi, at=NOW)


def test_never_pauses_a_statutory_clock(item: WorkItem, suvi: Actor) -> None:
    clock = opened(item, suvi, {"age": 80})["pta_start_adult"]
    with pytest.raises(Refused, match="no_pause"):
        pausing.pause(clock=clock, reason="on holiday", by=suvi, at=NOW)
    assert not Pause.objects.exists()


def test_moves_the_end_of_a_paused_promise(item: WorkItem, suvi: Actor) -> None:
    clock = opened(item, suvi, {})["promise_contact"]
    assert clock.last_day == date(2026, 12, 3)
    thursday = instant(date(2026, 11, 26), time(9))
    row = pausing.pause(clock=clock, reason="Client asked to wait", by=suvi, at=thursday)
    assert pausing.pause(clock=clock, reason="again", by=suvi, at=thursday).pk == row.pk
    assert clock.pk not in {c.pk for c in queries.alarming()}
    item.refresh_from_db()
    assert item.next_due == instant(date(2026, 11, 24), time(9, 42)), "the urgency alarm goes on"
    tuesday = instant(date(2026, 12, 1), time(9))
    resumed = pausing.resume(clock=clock, by=suvi, at=tuesday)
    assert resumed.last_day == date(2026, 12, 8), "to 26., pe 27. and ma 30.11. did not count"
    assert resumed.due_at == instant(date(2026, 12, 8), time(16))
    assert "keskeytysten vuoksi" in wording.sentence(resumed, "fi")
    assert pausing.resume(clock=clock, by=suvi, at=tuesday).last_day == date(2026, 12, 8)
    assert TimelineEntry.objects.filter(event="deadlines.paused").count() == 1
    assert Event.objects.filter(what="clock").count() == 2
    assert facts.check() == []


def test_refuses_a_pause_without_reason_or_outside_the_count(item: WorkItem, suvi: Actor) -> None:
    clock = opened(item, suvi, {})["promise_contact"]
    with pytest.raises(Invalid, match="reason_missing"):
        pausing.pause(clock=clock, reason=" ", by=suvi, at=NOW)
    for day in (date(2026, 11, 23), date(2026, 11, 25)):
        with pytest.raises(Invalid, match="wrong_day"):
            pausing.pause(clock=clock, reason="x", by=suvi, at=NOW, first=day)


def test_starts_a_decision_anew_when_the_application_is_completed(item: WorkItem, suvi: Actor) -> None:
    told = {"application": "supplementary", "application_incomplete": True, "assessment_needed": False}
    clock = opened(item, suvi, told)["tt_decision"]
    completed = instant(date(2026, 12, 4), time(12))
    again = pausing.restart(clock=clock, event=Restarted.COMPLETED, by=suvi, at=completed)
    assert (again.day0, again.last_day, again.source and again.source.section("fi")) == (
        date(2026, 12, 4), date(2026, 12, 15), "14 a § 3 mom.",
    )  # fmt: skip
    row = Restart.objects.get()
    assert (row.before_day0, row.before_last_day) == (date(2026, 11, 24), date(2026, 12, 3))
    pausing.restart(clock=clock, event=Restarted.COMPLETED, by=suvi, at=completed)
    assert Restart.objects.count() == 1
    actions.sync_clocks(work_item=item, facts=told, counted_from_at=NOW, by=suvi, at=completed)
    assert Clock.objects.get(rule="tt_decision").day0 == date(2026, 12, 4)
    with pytest.raises(Refused, match="no_restart"):
        other = Clock.objects.get(rule="tt_supplement")
        pausing.restart(clock=other, event=Restarted.COMPLETED, by=suvi, at=completed)


def test_refuses_to_change_a_clock_that_has_stopped(item: WorkItem, suvi: Actor) -> None:
    clock = opened(item, suvi, {})["promise_contact"]
    actions.meet(work_item=item, what=Stop.CONTACT_HELD, by=suvi, at=NOW)
    with pytest.raises(Conflict):
        pausing.pause(clock=clock, reason="x", by=suvi, at=NOW)
    with pytest.raises(Conflict):
        pausing.recompute(clock=clock, by=suvi, at=NOW)


def test_refuses_a_stranger_to_pause_or_start_anew(item: WorkItem, suvi: Actor, register: Register) -> None:
    clock = opened(item, suvi, {})["promise_contact"]
    stranger = register.person("Väinö", unit="muu")
    with pytest.raises(NotAllowed):
        pausing.pause(clock=clock, reason="x", by=stranger, at=NOW)
    with pytest.raises(NotAllowed):
        pausing.restart(clock=clock, event=Restarted.COMPLETED, by=stranger, at=NOW)
    assert not visible_to(stranger, "deadlines.read", queries.whole(), at=NOW).exists()
    lead = register.person("Liisa", Role.LEAD)
    assert visible_to(lead, "deadlines.read", queries.whole(), at=NOW).count() == Clock.objects.count()


def test_cancels_with_a_reason_only(item: WorkItem, suvi: Actor) -> None:
    opened(item, suvi, {"age": 80})
    with pytest.raises(Invalid):
        actions.cancel(work_item=item, reason="", by=suvi, at=NOW)
    done = actions.cancel(work_item=item, reason="Written down twice", by=suvi, at=NOW, rules=["pta_start_adult"])
    assert [clock.rule for clock in done] == ["pta_start_adult"]
    assert actions.cancel(work_item=item, reason="again", by=suvi, at=NOW, rules=["pta_start_adult"]) == []


def test_moves_clocks_to_the_case(item: WorkItem, suvi: Actor, unit: Unit) -> None:
    case = WorkItem.objects.create(kind=WorkKind.CASE, unit=unit, opened_at=NOW)
    opened(item, suvi, {"age": 80, **TALK})
    moved = actions.move(source=item, target=case, by=suvi, at=NOW, rules=["pta_start_adult", "tt_talk"])
    assert {clock.rule for clock in moved} == {"pta_start_adult", "tt_talk"}
    case.refresh_from_db()
    assert case.next_due == instant(date(2026, 12, 3), time(16))
    assert facts.check() == []
    opened(item, suvi, {"age": 80, **TALK})
    assert actions.move(source=item, target=case, by=suvi, at=NOW, rules=["pta_start_adult", "tt_talk"]) == []
    assert Clock.objects.filter(work_item=case, cancelled_at__isnull=True).count() == 2
    assert facts.check() == []


def test_keeps_a_promise_as_made_until_it_is_worked_out_anew(item: WorkItem, suvi: Actor, unit: Unit) -> None:
    clock = opened(item, suvi, {})["promise_answer"]
    ClosingDay.objects.create(unit=unit, day=date(2026, 11, 25), reason_fi="muutto")
    clock.refresh_from_db()
    assert clock.last_day == date(2026, 11, 25)
    again = pausing.recompute(clock=clock, by=suvi, at=NOW)
    assert again.last_day == date(2026, 11, 26)
    assert facts.check() == []


def test_finds_a_stored_moment_that_is_not_the_derived_one(item: WorkItem, suvi: Actor) -> None:
    opened(item, suvi, {})
    WorkItem.objects.filter(pk=item.pk).update(next_due=NOW + timedelta(days=9))
    assert len(facts.check()) == 1
    assert item.public_id in facts.check()[0]


def test_shows_time_left_in_words_and_tone(item: WorkItem, suvi: Actor) -> None:
    opened(item, suvi, {"age": 80})
    by_rule = {clock.rule: clock for clock in queries.of_item(item)}
    start = faces.shown(by_rule["pta_start_adult"], at=NOW)
    assert start.tone == "none"
    assert faces.working_days_left(by_rule["pta_start_adult"], at=NOW) == 7
    last = instant(date(2026, 12, 3), time(10))
    assert faces.shown(by_rule["pta_start_adult"], at=last).tone == "none", "six hours of the last day"
    assert faces.shown(by_rule["pta_start_adult"], at=instant(date(2026, 12, 3), time(14))).tone == "soon"
    assert faces.shown(by_rule["pta_start_adult"], at=instant(date(2026, 12, 4), time(9))).tone == "late"
    assert faces.shown(by_rule["urgent_assess"], at=NOW + timedelta(minutes=10)).tone == "soon"
    actions.meet(work_item=item, what=Stop.FIRST_ANSWER, by=suvi, at=NOW)
    met = next(clock for clock in queries.of_item(item) if clock.rule == "promise_answer")
    assert faces.shown(met, at=NOW).tone == "met"
    generic = actions.open_clock(work_item=item, rule="pta_generic", counted_from_at=NOW, by=suvi, at=NOW)
    assert faces.shown(generic, at=NOW).tone == "noday"
    pausing.pause(clock=by_rule["promise_contact"], reason="x", by=suvi, at=NOW)
    waiting = next(clock for clock in queries.of_item(item) if clock.rule == "promise_contact")
    assert faces.shown(waiting, at=NOW).tone == "hold"


def test_uses_office_hours_when_a_unit_has_none_of_its_own(register: Register, suvi: Actor) -> None:
    unit = register.unit("tunniton", hours=False)
    assert unit.valid_from == START
    item = WorkItem.objects.create(kind=WorkKind.CONTACT, unit=unit, opened_at=NOW)
    assert opened(item, suvi, {})["promise_answer"].due_at == instant(date(2026, 11, 25), time(16))


def test_gives_a_promise_a_day_when_the_hours_have_run_out(item: WorkItem, suvi: Actor, unit: Unit) -> None:
    OpeningHours.objects.filter(unit=unit).update(valid_until=date(2024, 12, 31))
    assert opened(item, suvi, {})["promise_answer"].due_at == instant(date(2026, 11, 25), time(16))


def test_keeps_a_unit_that_is_open_on_sundays_open_on_holidays(register: Register, suvi: Actor) -> None:
    unit = register.unit("päivystys", hours=False)
    for weekday in range(1, 8):
        OpeningHours.objects.create(unit=unit, weekday=weekday, opens=time(0), closes=time(23, 59), valid_from=START)
    item = WorkItem.objects.create(kind=WorkKind.CONTACT, unit=unit, opened_at=NOW)
    at = instant(date(2026, 12, 24), time(22))
    clocks = opened(item, suvi, {}, at=at)
    assert clocks["promise_answer"].last_day == date(2026, 12, 25)
    assert clocks["urgent_assess"].due_at == at + timedelta(minutes=30)


def test_gives_a_promise_a_day_when_only_a_special_day_is_left(item: WorkItem, suvi: Actor, unit: Unit) -> None:
    OpeningHours.objects.filter(unit=unit).update(valid_until=date(2026, 11, 24))
    ClosingDay.objects.create(unit=unit, day=NOW.date(), opens=time(8), closes=time(9))
    ClosingDay.objects.create(unit=unit, day=date(2026, 11, 25))
    assert opened(item, suvi, {})["promise_answer"].due_at == instant(date(2026, 11, 26), time(16))


def test_waits_for_hours_that_begin_later(register: Register, suvi: Actor) -> None:
    unit = register.unit("uusi", hours=False)
    OpeningHours.objects.create(unit=unit, weekday=1, opens=time(9), closes=time(12), valid_from=date(2026, 12, 1))
    item = WorkItem.objects.create(kind=WorkKind.CONTACT, unit=unit, opened_at=NOW)
    assert opened(item, suvi, {})["promise_answer"].due_at == instant(date(2026, 12, 7), time(12))
