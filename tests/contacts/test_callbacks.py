from datetime import timedelta

import pytest

from polku.access.states import Role
from polku.cases.models import WorkItem
from polku.contacts import actions, callbacks, jobs, queries
from polku.contacts.models import CallBack
from polku.contacts.states import CallBackState, Channel
from polku.kit.errors import Conflict, Invalid, NotAllowed
from tests.register import NOW, Register

pytestmark = pytest.mark.django_db
SOON = NOW + timedelta(hours=2)


@pytest.fixture
def register() -> Register:
    return Register()


@pytest.fixture
def suvi(register: Register):
    return register.person("Suvi")


@pytest.fixture
def promised(register: Register, suvi) -> CallBack:
    unit = register.unit("neuvonta")
    return callbacks.promise(
        unit=unit, agreed_at=SOON, reason="Vuokra-asia", phone="044 000 1942", by=suvi, at=NOW, key="cb"
    )


def test_promise_stands_in_the_teams_list_and_repeats_to_the_same(promised: CallBack, register, suvi) -> None:
    assert promised.phone == "+358440001942"
    assert promised.work_item.assignee is None
    again = callbacks.promise(
        unit=promised.unit, agreed_at=SOON, reason="Vuokra-asia", by=suvi, at=NOW, key="cb", phone=""
    )
    assert again == promised and WorkItem.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [({"agreed_at": NOW}, "agreed_at"), ({"reason": " "}, "reason"), ({"phone": "abc"}, "phone")],
)
def test_promise_refuses_what_cannot_be_kept(register: Register, suvi, change: dict, field: str) -> None:
    given = {"agreed_at": SOON, "reason": "asia", "phone": "", **change}
    with pytest.raises(Invalid) as refusal:
        callbacks.promise(unit=register.unit("neuvonta"), by=suvi, at=NOW, key="x", **given)
    assert refusal.value.field == field


def test_done_closes_the_work_and_answers_the_contact(register: Register, suvi) -> None:
    unit = register.unit("neuvonta")
    paper = actions.record(
        contact=actions.start(unit=unit, by=suvi, at=NOW, key="p", channel=Channel.PAPER), by=suvi, at=NOW
    )
    row = callbacks.promise(unit=unit, agreed_at=SOON, reason="asia", contact=paper, by=suvi, at=NOW, key="x")
    ended = callbacks.done(call_back=row, outcome="Puhuttiin.", by=suvi, at=SOON)
    assert ended.state == CallBackState.DONE and ended.work_item.closed_at == SOON
    paper.refresh_from_db()
    assert paper.answered_at == SOON
    with pytest.raises(Conflict):
        callbacks.done(call_back=row, outcome="Uudestaan.", by=suvi, at=SOON)


def test_done_keeps_a_thousand_characters_of_what_came_of_it(promised: CallBack, suvi) -> None:
    ended = callbacks.done(call_back=promised, outcome=f"  {'a' * 1000}b", by=suvi, at=SOON)
    assert ended.outcome == "a" * 1000


def test_not_reached_leads_to_the_next_attempt_not_to_silence(promised: CallBack, suvi) -> None:
    following = callbacks.not_reached(call_back=promised, again_at=SOON + timedelta(days=1), by=suvi, at=SOON)
    promised.refresh_from_db()
    assert promised.state == CallBackState.NOT_REACHED
    assert (following.attempt, following.follows, following.phone) == (2, promised, promised.phone)


def test_cancel_needs_a_reason(promised: CallBack, suvi) -> None:
    with pytest.raises(Invalid):
        callbacks.cancel(call_back=promised, reason="", by=suvi, at=NOW)
    assert callbacks.cancel(call_back=promised, reason="Soitti itse.", by=suvi, at=NOW).state == CallBackState.CANCELLED


def test_late_ones_shout(promised: CallBack, suvi) -> None:
    assert queries.late_call_backs(suvi, at=NOW) == []
    late = SOON + timedelta(minutes=1)
    assert queries.late_call_backs(suvi, at=late) == [promised]
    assert jobs.raise_late_call_backs(by=suvi, at=late) == 1
    assert WorkItem.objects.get().urgent
    assert jobs.raise_late_call_backs(by=suvi, at=late) == 0


def test_a_stranger_may_not_end_it(promised: CallBack, register: Register) -> None:
    stranger = register.person("Outi", Role.COUNSELLOR, "muu")
    assert not queries.call_backs_visible_to(stranger, at=NOW).exists()
    with pytest.raises(NotAllowed):
        callbacks.done(call_back=promised, outcome="x", by=stranger, at=NOW)
