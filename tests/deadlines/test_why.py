"""The page that tells how a clock was counted, and who may see it."""

from datetime import date, time

import pytest
from django.http import HttpResponse
from django.test import Client as Browser

from polku.access.models import Account, Actor
from polku.audit.models import Event
from polku.cases.models import WorkItem
from polku.cases.states import WorkKind
from polku.deadlines import actions, pausing, wording
from polku.deadlines.models import Clock
from polku.deadlines.states import Restarted, Stop
from polku.kit.clock import started_at
from polku.kit.localtime import instant
from tests.register import NOW, Register

pytestmark = pytest.mark.django_db
CHRISTMAS = instant(date(2026, 12, 18), time(10))


def _browser(actor: Actor, language: str = "fi") -> Browser:
    browser = Browser()
    browser.force_login(Account.objects.get(actor=actor), backend="django.contrib.auth.backends.ModelBackend")
    browser.cookies["django_language"] = language
    browser.cookies["polku_language"] = language
    return browser


@pytest.fixture
def register() -> Register:
    return Register()


@pytest.fixture
def suvi(register: Register) -> Actor:
    return register.person("Suvi", account=True)


@pytest.fixture
def clock(register: Register, suvi: Actor) -> Clock:
    item = WorkItem.objects.create(kind=WorkKind.CONTACT, unit=register.unit("neuvonta"), opened_at=NOW)
    with started_at(CHRISTMAS):
        return actions.open_clock(
            work_item=item, rule="tt_decision", counted_from_at=CHRISTMAS, by=suvi, at=CHRISTMAS,
            facts={"application": "supplementary"},
        )  # fmt: skip


def test_tells_the_sentence_and_names_the_days_left_out(clock: Clock, suvi: Actor) -> None:
    with started_at(CHRISTMAS):
        page = _browser(suvi).get(f"/deadlines/{clock.public_id}/why/")
    text = page.content.decode().replace("\u00a0", " ")
    assert page.status_code == 200
    assert wording.sentence(clock, "fi") in text
    assert "joulupäivä" in text
    assert "14 a § 1 mom." in text
    assert "to 31.12.2026" in text, "the later reading too"


def test_tells_what_the_clock_was_before_it_was_counted_anew(clock: Clock, suvi: Actor) -> None:
    completed = instant(date(2026, 12, 29), time(9))
    pausing.restart(clock=clock, event=Restarted.COMPLETED, by=suvi, at=completed)
    with started_at(completed):
        text = _browser(suvi).get(f"/deadlines/{clock.public_id}/why/").content.decode().replace("\u00a0", " ")
    assert "ke 30.12.2026" in text
    assert "14 a § 3 mom." in text


def test_gives_only_the_counting_to_a_fragment(clock: Clock, suvi: Actor) -> None:
    with started_at(CHRISTMAS):
        browser = _browser(suvi)
        whole = browser.get(f"/deadlines/{clock.public_id}/why/").content.decode()
        part = browser.get(f"/deadlines/{clock.public_id}/why/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert part.strip() in whole


def test_is_not_there_for_a_stranger(clock: Clock, register: Register) -> None:
    stranger = register.person("Väinö", unit="muu", account=True)
    with started_at(CHRISTMAS):
        assert _browser(stranger).get(f"/deadlines/{clock.public_id}/why/").status_code == 404
        assert _browser(stranger).get("/deadlines/nothing/why/").status_code == 404
        assert Browser().get(f"/deadlines/{clock.public_id}/why/").status_code == 302


def _change(actor: Actor, clock: Clock, **given: str) -> HttpResponse:
    return _browser(actor).post(f"/deadlines/{clock.public_id}/change/", given)


@pytest.fixture
def promise(register: Register, suvi: Actor) -> Clock:
    item = WorkItem.objects.create(kind=WorkKind.CONTACT, unit=register.unit("neuvonta"), opened_at=NOW)
    return actions.open_clock(work_item=item, rule="promise_contact", counted_from_at=NOW, by=suvi, at=NOW)


def test_pauses_a_promise_and_lets_it_go_on(promise: Clock, suvi: Actor, clock: Clock) -> None:
    page = f"/deadlines/{promise.public_id}/why/"
    with started_at(NOW):
        refused = _change(suvi, promise, step="pause", first="24.11.2026", reason="")
        assert refused.status_code == 422
        assert 'value="24.11.2026"' in refused.content.decode(), "what was typed stays"
        assert (
            _change(suvi, promise, step="pause", first="24.11.2026", reason="Asiakas on matkoilla").status_code == 303
        )
    assert promise.pauses.get().reason == "Asiakas on matkoilla"
    later = instant(date(2026, 11, 27), time(9))
    with started_at(later):
        shown = _browser(suvi).get(page).content.decode()
        assert "Asiakas on matkoilla" in shown
        assert _change(suvi, promise, step="pause", first="24.11.2026", reason="x").status_code == 422, "a stale page"
        assert _change(suvi, promise, step="resume", until="26.11.2026").status_code == 303
    before = promise.last_day
    promise.refresh_from_db()
    assert before is not None
    assert promise.last_day is not None
    assert promise.last_day > before


def test_counts_anew_only_by_what_the_act_names(clock: Clock, promise: Clock, suvi: Actor) -> None:
    completed = instant(date(2026, 12, 29), time(9, 30))
    with started_at(completed):
        assert "restart" not in _browser(suvi).get(f"/deadlines/{promise.public_id}/why/").content.decode()
        refused = _change(suvi, clock, step="restart", event="completed", on="30.12.2026")
        assert refused.status_code == 422, "a day that has not come"
        assert _change(suvi, clock, step="restart", event="completed", on="29.12.2026", hour="9.00").status_code == 303
    clock.refresh_from_db()
    assert clock.day0 == date(2026, 12, 29)


def test_lets_a_clock_run_again_that_was_met_by_mistake(clock: Clock, suvi: Actor) -> None:
    actions.meet(work_item=clock.work_item, what=Stop.DECISION_MADE, by=suvi, at=CHRISTMAS)
    with started_at(CHRISTMAS):
        assert _change(suvi, clock, step="run_again", reason="").status_code == 422
        assert _change(suvi, clock, step="run_again", reason="Väärän asiakkaan päätös").status_code == 303
        text = _browser(suvi).get(f"/deadlines/{clock.public_id}/why/").content.decode()
    clock.refresh_from_db()
    assert clock.running
    assert "Väärän asiakkaan päätös" in text, "the mistake stays to be seen"
    event = Event.objects.get(purpose="deadlines.run_again")
    assert event.subject == clock.public_id
    assert "decision_made" in event.details


def test_is_changed_only_by_those_who_work_on_it(clock: Clock, register: Register) -> None:
    stranger = register.person("Väinö", unit="muu", account=True)
    with started_at(CHRISTMAS):
        assert _change(stranger, clock, step="restart").status_code == 404
