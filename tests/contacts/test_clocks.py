from datetime import UTC, date, datetime, timedelta

import pytest

from polku.cases.models import Relation, WorkItem
from polku.cases.states import RelationKind
from polku.contacts import actions, callbacks, clocks, ending, jobs, matters, people
from polku.contacts.details import Details
from polku.contacts.models import Contact
from polku.contacts.people import Told
from polku.contacts.states import Channel, PartyRole, Result
from polku.deadlines import actions as deadlines
from polku.deadlines import pausing
from polku.deadlines.facts import check
from polku.deadlines.models import Clock
from polku.deadlines.states import Restarted, Stop
from polku.kit.errors import Conflict
from polku.triage import actions as triage
from polku.triage.states import AssessmentNeed
from tests.register import NOW, Register

pytestmark = pytest.mark.django_db


@pytest.fixture
def register() -> Register:
    return Register()


@pytest.fixture
def suvi(register: Register):
    return register.person("Suvi")


@pytest.fixture
def paper(register: Register, suvi) -> Contact:
    return actions.start(unit=register.unit("neuvonta"), by=suvi, at=NOW, key="p", channel=Channel.PAPER)


def running(contact: Contact) -> set[str]:
    rows = Clock.objects.filter(work_item=contact.work_item, met_at__isnull=True, cancelled_at__isnull=True)
    return set(rows.values_list("rule", flat=True))


def met(contact: Contact) -> set[str]:
    return set(Clock.objects.filter(work_item=contact.work_item, met_at__isnull=False).values_list("rule", flat=True))


@pytest.fixture(autouse=True)
def stored_moment_is_the_derived_one():
    yield
    assert check() == []


def test_recording_starts_urgency_and_the_promise(paper: Contact, suvi) -> None:
    row = actions.record(contact=paper, by=suvi, at=NOW)
    assert running(row) == {"urgent_assess", "promise_answer", "promise_contact"}
    assert clocks.answer_by(row) == datetime(2026, 11, 25, 14, 0, tzinfo=UTC)


def test_a_call_is_answered_as_it_comes(register: Register, suvi) -> None:
    call = actions.start(unit=register.unit("neuvonta"), by=suvi, at=NOW, key="c")
    row = actions.record(contact=call, by=suvi, at=NOW + timedelta(minutes=3))
    assert met(row) == {"promise_answer"}
    assert Clock.objects.get(rule="promise_answer").met_at == NOW


def test_the_first_answer_meets_the_promise_and_assessing_meets_urgency(paper: Contact, suvi) -> None:
    row = actions.record(contact=paper, by=suvi, at=NOW)
    actions.answer(contact=row, by=suvi, at=NOW + timedelta(hours=1))
    triage.assess(contact=row, criteria=[], none_apply=True, by=suvi, at=NOW + timedelta(hours=1), key="a")
    assert met(row) == {"promise_answer", "urgent_assess"}
    assert running(row) == {"promise_contact"}


def test_a_wish_to_talk_counts_from_the_wish(paper: Contact, suvi) -> None:
    row = actions.record(contact=paper, by=suvi, at=NOW)
    asked = NOW + timedelta(days=1)
    actions.describe(contact=row, details=Details(asks_to_talk=True), by=suvi, at=asked)
    clock = Clock.objects.get(rule="tt_talk")
    assert (clock.counted_from_at, clock.last_day) == (asked, date(2026, 12, 4))
    actions.describe(contact=row, details=Details(asks_to_talk=False), by=suvi, at=asked)
    assert "tt_talk" not in running(row)


def test_a_person_of_75_starts_the_seven_days_at_once_others_by_decision(paper: Contact, suvi) -> None:
    row = actions.record(contact=paper, by=suvi, at=NOW)
    told = Told(family_name="Koskimäki", given_names="Raija", birth_date=date(1950, 2, 4))
    party = people.add(contact=row, role=PartyRole.CONCERNED, told=told, by=suvi, at=NOW)
    assert "pta_start_adult" not in running(row)
    people.make_known(party=party, by=suvi, at=NOW)
    assert "pta_start_adult" in running(row)
    triage.assess(
        contact=row, criteria=[], none_apply=True, by=suvi, at=NOW, key="a",
        assessment_need=AssessmentNeed.NOT_NEEDED, assessment_grounds="Kysyi vain aukioloajan.",
    )  # fmt: skip
    assert "pta_start_adult" not in running(row)


def test_needing_an_assessment_without_a_statutory_day_says_so(paper: Contact, suvi) -> None:
    row = actions.record(contact=paper, by=suvi, at=NOW)
    assert "pta_generic" not in running(row)
    triage.assess(
        contact=row, criteria=[], none_apply=True, by=suvi, at=NOW, key="a", assessment_need=AssessmentNeed.NEEDED
    )
    assert Clock.objects.get(rule="pta_generic").last_day is None


def test_advice_ends_the_matters_clocks_a_booking_does_not(register: Register, suvi) -> None:
    rows = []
    for number, result in enumerate((Result.ADVICE, Result.BOOKED, Result.DUPLICATE)):
        row = actions.start(unit=register.unit("neuvonta"), by=suvi, at=NOW, key=str(number), channel=Channel.KELA)
        row = actions.record(contact=row, details=Details(asks_to_talk=True), by=suvi, at=NOW)
        rows.append(actions.close(contact=row, result=result, by=suvi, at=NOW + timedelta(hours=1)))
    assert [running(row) for row in rows] == [set(), {"tt_talk", "promise_contact"}, set()]
    assert [met(row) for row in rows] == [{"promise_answer", "urgent_assess"}] * 2 + [set()]
    reason = Clock.objects.filter(work_item=rows[0].work_item, rule="tt_talk").get().cancel_reason
    assert reason.startswith(("Yhteydenotto päättyi: ", "The contact ended: "))


def test_the_matters_clocks_follow_the_case_from_the_same_day(paper: Contact, suvi) -> None:
    row = actions.record(contact=paper, details=Details(asks_to_talk=True), by=suvi, at=NOW)
    told = Told(family_name="Koskimäki", birth_date=date(1950, 2, 4))
    party = people.add(contact=row, role=PartyRole.CONCERNED, told=told, by=suvi, at=NOW)
    people.make_known(party=party, by=suvi, at=NOW)
    case = matters.open_case(contact=row, party=party, by=suvi, at=NOW + timedelta(days=1))
    assert running(row) == {"urgent_assess", "promise_answer"}
    of_case = {clock.rule: clock.day0 for clock in Clock.objects.filter(work_item=case.work_item)}
    assert of_case == {rule: date(2026, 11, 24) for rule in ("pta_start_adult", "tt_talk", "promise_contact")}
    actions.describe(contact=row, details=Details(need="housing"), by=suvi, at=NOW + timedelta(days=1))
    assert running(row) == {"urgent_assess", "promise_answer"}, "they do not come back to the contact"


def test_each_childs_case_has_its_own_clocks(register: Register, suvi) -> None:
    call = actions.start(unit=register.unit("neuvonta"), by=suvi, at=NOW, key="c")
    actions.record(contact=call, details=Details(facts={"special_support_child": True}), by=suvi, at=NOW)
    for name in ("Aino", "Eino"):
        told = Told(given_names=name, family_name="Lapsi", birth_date=date(2018, 1, 1))
        party = people.add(contact=call, role=PartyRole.CONCERNED, told=told, by=suvi, at=NOW)
        people.make_known(party=party, by=suvi, at=NOW)
        case = matters.open_case(contact=call, party=party, by=suvi, at=NOW)
        rules = set(Clock.objects.filter(work_item=case.work_item).values_list("rule", flat=True))
        assert {"pta_start_child", "pta_done_child"} <= rules


def test_closing_again_after_reopening_leaves_one_set_of_clocks(paper: Contact, suvi) -> None:
    row = actions.close(contact=paper, result=Result.ADVICE, by=suvi, at=NOW)
    row = actions.reopen(contact=row, reason="Soitti.", by=suvi, at=NOW)
    assert running(row) == {"promise_contact"}
    row = actions.close(contact=row, result=Result.ADVICE, by=suvi, at=NOW)
    assert running(row) == set()


def test_an_agreed_call_back_has_its_moment(register: Register, suvi) -> None:
    agreed = NOW + timedelta(hours=2)
    row = callbacks.promise(unit=register.unit("neuvonta"), agreed_at=agreed, reason="x", by=suvi, at=NOW, key="cb")
    row.work_item.refresh_from_db()
    assert row.work_item.next_due == agreed
    callbacks.done(call_back=row, outcome="Puhuttiin.", by=suvi, at=agreed)
    assert Clock.objects.get(work_item=row.work_item).met_at == agreed


def held(contact: Contact, suvi, at: datetime) -> None:
    """The talk takes place."""
    deadlines.meet(work_item=contact.work_item, what=Stop.TALK_HELD, by=suvi, at=at)


def test_a_limit_of_an_act_keeps_a_booked_contact_in_the_list_until_it_is_met(paper: Contact, suvi) -> None:
    actions.record(contact=paper, details=Details(asks_to_talk=True), by=suvi, at=NOW)
    row = actions.close(contact=paper, result=Result.BOOKED, by=suvi, at=NOW + timedelta(hours=1))
    item = WorkItem.objects.get(pk=row.work_item_id)
    assert (row.state, item.closed_at) == ("closed", None)
    assert item.hold_until == date(2026, 12, 3), "it waits until the last day of 1412/1997 14 d §"
    assert "määräaika" in item.hold_reason
    assert not ending.work_done(item=item, at=NOW + timedelta(days=1))
    held(row, suvi, NOW + timedelta(days=2))
    assert jobs.let_go(at=NOW + timedelta(days=2)) == 1
    item.refresh_from_db()
    assert item.closed_at == NOW + timedelta(days=2)
    assert jobs.let_go(at=NOW + timedelta(days=2)) == 0


def test_the_units_own_promise_keeps_nothing_in_the_list(paper: Contact, suvi) -> None:
    actions.record(contact=paper, by=suvi, at=NOW)
    row = actions.close(contact=paper, result=Result.BOOKED, by=suvi, at=NOW + timedelta(hours=1))
    assert running(row) == {"promise_contact"}
    assert WorkItem.objects.get(pk=row.work_item_id).closed_at is not None


def test_ties_end_a_day_after_the_contact_although_its_limit_runs(register: Register, paper: Contact, suvi) -> None:
    told = Told(family_name="Koskimäki", birth_date=date(1950, 2, 4))
    party = people.add(contact=paper, role=PartyRole.CONCERNED, told=told, by=suvi, at=NOW)
    people.make_known(party=party, by=suvi, at=NOW)
    actions.close(contact=paper, result=Result.BOOKED, by=suvi, at=NOW)
    ties = Relation.objects.filter(work_item=paper.work_item, kind=RelationKind.CONTACT_IN_HAND)
    assert [tie.ends_at for tie in ties] == [NOW + timedelta(hours=24)]


def test_a_contact_that_belongs_to_a_case_gives_it_its_limits(register: Register, paper: Contact, suvi) -> None:
    told = Told(family_name="Koskimäki", birth_date=date(1990, 2, 4))
    party = people.add(contact=paper, role=PartyRole.CONCERNED, told=told, by=suvi, at=NOW)
    client = people.make_known(party=party, by=suvi, at=NOW).client
    case = matters.open_case(contact=paper, party=party, by=suvi, at=NOW)
    actions.close(contact=paper, result=Result.CASE, by=suvi, at=NOW)
    later = NOW + timedelta(days=3)
    call = actions.start(unit=register.unit("neuvonta"), by=suvi, at=later, key="again")
    again = people.add(contact=call, role=PartyRole.CONCERNED, told=Told(), by=suvi, at=later)
    people.identify(party=again, client=client, by=suvi, at=later)
    actions.record(contact=call, details=Details(asks_to_talk=True), by=suvi, at=later)
    row = actions.close(contact=call, result=Result.KNOWN_CASE, by=suvi, at=later)
    assert running(row) == set()
    assert WorkItem.objects.get(pk=row.work_item_id).closed_at == later
    assert Clock.objects.get(work_item=case.work_item, rule="tt_talk").day0 == date(2026, 11, 27)
    assert row.parties.get().case == case


def test_a_mark_taken_back_brings_the_work_back_to_the_list(paper: Contact, suvi) -> None:
    actions.record(contact=paper, details=Details(asks_to_talk=True), by=suvi, at=NOW)
    row = actions.close(contact=paper, result=Result.BOOKED, by=suvi, at=NOW)
    held(row, suvi, NOW + timedelta(days=2))
    jobs.let_go(at=NOW + timedelta(days=2))
    clock = Clock.objects.select_related("work_item").get(rule="tt_talk")
    pausing.run_again(clock=clock, reason="Toisen asiakkaan tapaaminen.", by=suvi, at=NOW + timedelta(days=3))
    item = WorkItem.objects.get(pk=row.work_item_id)
    assert (item.closed_at, item.next_due) == (None, clock.due_at)
    with pytest.raises(Conflict) as refused:
        pausing.run_again(clock=clock, reason="x", by=suvi, at=NOW + timedelta(days=3))
    assert refused.value.code == "not_met"


def test_the_answer_to_an_ended_contact_is_not_taken_back(paper: Contact, suvi) -> None:
    actions.close(contact=paper, result=Result.ADVICE, by=suvi, at=NOW)
    clock = Clock.objects.select_related("work_item").get(rule="promise_answer")
    with pytest.raises(Conflict) as refused:
        pausing.run_again(clock=clock, reason="x", by=suvi, at=NOW + timedelta(days=3))
    assert refused.value.code == "ended"


def test_a_person_taken_out_meanwhile_is_a_clear_refusal(paper: Contact, suvi) -> None:
    told = Told(family_name="Koskimäki")
    party = people.add(contact=paper, role=PartyRole.CONCERNED, told=told, by=suvi, at=NOW)
    people.remove(party=party, by=suvi, at=NOW)
    for step in (
        lambda: people.change(party=party, told=told, by=suvi, at=NOW),
        lambda: people.make_known(party=party, by=suvi, at=NOW),
        lambda: matters.open_case(contact=paper, party=party, by=suvi, at=NOW),
    ):
        with pytest.raises(Conflict) as refused:
            step()
        assert refused.value.code == "person_removed"


def test_a_limit_counted_anew_and_met_is_not_opened_from_its_first_day(paper: Contact, suvi) -> None:
    facts = {"application": "supplementary"}
    row = actions.record(contact=paper, details=Details(facts=facts), by=suvi, at=NOW)
    clock = Clock.objects.select_related("work_item").get(work_item=row.work_item, rule="tt_decision")
    later = NOW + timedelta(days=2)
    pausing.restart(clock=clock, event=Restarted.COMPLETED, by=suvi, at=later)
    deadlines.meet(work_item=row.work_item, what=Stop.DECISION_MADE, by=suvi, at=later)
    actions.describe(contact=row, details=Details(need="housing"), by=suvi, at=later)
    assert Clock.objects.filter(work_item=row.work_item, rule="tt_decision", cancelled_at__isnull=True).count() == 1
