"""The pages: they work, need the role, keep strangers out, write nothing on GET, and say what is wrong at its field."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from polku.access.models import Account, Actor
from polku.access.states import Role
from polku.assessments import plans
from polku.assessments.forms.fhir import questionnaire_of
from polku.assessments.forms.shipped import form
from polku.assessments.models import Answer, AnswerBeside, Assessment, FormVersion, Known, Measure, Plan
from polku.assessments.states import AssessmentState, PlanState
from polku.audit.models import Event
from tests.assessments.world import LATER, World, in_office

pytestmark = pytest.mark.django_db
JSON = {"HTTP_ACCEPT": "application/json"}


@pytest.fixture(autouse=True)
def _now(clock):  # type: ignore[no-untyped-def]
    clock(LATER)


def signed_in(actor: Actor, language: str = "en") -> Client:
    browser = Client()
    account = Account.objects.get_or_create(username=actor.public_id, actor=actor)[0]
    browser.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    browser.cookies["polku_language"] = language
    return browser


def at(name: str, *args: object, **query: str) -> str:
    address = reverse(f"assessments:{name}", args=args)
    return f"{address}?{'&'.join(f'{key}={value}' for key, value in query.items())}" if query else address


def text_of(browser: Client, *address: object, status: int = 200) -> str:
    page = browser.get(at(*address))  # type: ignore[arg-type]
    assert page.status_code == status
    return page.content.decode()


def test_begins_from_the_case_and_opens_at_the_first_unfinished_part(world: World) -> None:
    browser = signed_in(world.anna)
    assert "Small assessment" in text_of(browser, "of_case", world.case.public_id)
    sent = {"form": "small", "key": "k1"}
    page = browser.post(at("begin", world.case.public_id), sent, follow=True)
    row = Assessment.objects.get()
    assert page.redirect_chain[-1][0] == at("section", row.public_id, "start")
    again = browser.post(at("begin", world.case.public_id), sent)
    assert again.status_code == 303 and Assessment.objects.count() == 1
    empty = browser.post(at("begin", world.case.public_id), {})
    assert empty.status_code == 422


def test_shows_what_was_said_the_clock_the_parts_and_the_next_step(world: World) -> None:
    row = world.begun()
    page = text_of(signed_in(world.anna), "section", row.public_id, "home")
    assert "En uskalla olla yksin öisin." in page
    assert 'class="band' in page and "parts ready" in page
    assert "Assessing has not begun" in page
    assert "Required, missing" in page
    assert "Go on to 3 People" in page and "Save" in page


def test_saves_an_answer_by_script_and_by_button_and_says_what_is_wrong(world: World) -> None:
    row = world.begun()
    browser = signed_in(world.anna)
    address = at("answer", row.public_id, "home.view", voice="client")
    told = browser.post(address, {"value": "Pelkään öisin.", "version": "0", "key": "a"}, **JSON)
    assert told.status_code == 200 and told.json()["version"] == 1
    page = browser.post(address, {"value": "Pelkään.", "version": "1"})
    assert page.status_code == 303 and Answer.objects.get(path="home.view").value == "Pelkään."
    wrong = browser.post(at("answer", row.public_id, "start.day"), {"value": "huomenna", "version": "0"}, **JSON)
    assert wrong.status_code == 422 and "1.12.2026" in wrong.json()["errors"]["value"][0]
    page = browser.post(at("answer", row.public_id, "start.day"), {"value": "huomenna", "version": "0"})
    shown = page.content.decode()
    assert page.status_code == 422 and 'value="huomenna"' in shown and 'aria-invalid="true"' in shown
    assert browser.post(at("answer", row.public_id, "start.nothing"), {"value": "x"}).status_code == 404


def test_keeps_both_texts_when_two_write_the_same(world: World) -> None:
    row = world.begun()
    address = at("answer", row.public_id, "home.view", voice="client")
    signed_in(world.petra).post(address, {"value": "Petran kirjaama", "version": "0"}, **JSON)
    browser = signed_in(world.anna)
    told = browser.post(address, {"value": "Annan kirjaama", "version": "0"}, **JSON)
    assert told.status_code == 409 and told.json()["by"] == "Petra"
    page = text_of(browser, "section", row.public_id, "home")
    assert "Petran kirjaama" in page and "Annan kirjaama" in page
    kept = AnswerBeside.objects.get()
    browser.post(at("beside", row.public_id, kept.public_id), {"use": "yes"})
    assert Answer.objects.get(path="home.view").value == "Annan kirjaama"
    assert "Both texts are kept" not in text_of(browser, "section", row.public_id, "home")


def test_asks_the_follow_up_and_says_why(world: World) -> None:
    row = world.begun()
    browser = signed_in(world.anna)
    assert "home.where" not in text_of(browser, "now", row.public_id, "home")
    browser.post(at("answer", row.public_id, "home.searching"), {"value": "true", "version": "0"}, **JSON)
    page = text_of(browser, "now", row.public_id, "home")
    assert "home.where" in page and "Asked because you answered Yes: Looking for a home" in page


def test_answers_the_refresh_with_nothing_until_something_changes(world: World) -> None:
    row = world.begun()
    browser = signed_in(world.anna)
    first = browser.get(at("now", row.public_id, "home"))
    events = Event.objects.count()
    same = browser.get(at("now", row.public_id, "home"), HTTP_IF_NONE_MATCH=first["ETag"])
    assert same.status_code == 304 and Event.objects.count() == events
    world.answer(row, "home.searching", True, by=world.petra)
    later = browser.get(at("now", row.public_id, "home"), HTTP_IF_NONE_MATCH=first["ETag"])
    assert later.status_code == 200 and "Writing now: you and Petra" in later.content.decode()


def test_checks_what_was_known(world: World) -> None:
    row = world.begun()
    told = Known.objects.get(path="start.told")
    browser = signed_in(world.anna)
    assert "Already known" in text_of(browser, "section", row.public_id, "start")
    browser.post(at("known", row.public_id, told.public_id), {"state": "confirmed"})
    assert Answer.objects.get(path="start.told").value == told.value
    assert "Still true, Anna" in text_of(browser, "section", row.public_id, "start")


def test_adds_a_row_removes_it_and_puts_it_back(world: World) -> None:
    row = world.begun()
    browser = signed_in(world.anna)
    for path, value in (("people.person[1].name", "Äiti"), ("people.person[1].since", "1990")):
        browser.post(at("answer", row.public_id, path), {"value": value, "version": "0"}, **JSON)
    page = browser.get(at("section", row.public_id, "people", add="people.person[2]")).content.decode()
    assert "people.person[2].name" in page and page.count("Äiti") == 1
    page = browser.post(at("remove_row", row.public_id), {"path": "people.person[1]"}).content.decode()
    assert not Answer.objects.filter(path__startswith="people.", value__isnull=False).exists()
    assert "The row was removed" in page
    undo = json.dumps(
        [{"path": one.path, "voice": "", "value": value, "version": one.version}
         for one, value in zip(Answer.objects.filter(path__startswith="people.").order_by("id"), ("Äiti", 1990), strict=True)]
    )  # fmt: skip
    browser.post(at("put_back_row", row.public_id), {"undo": undo, "path": "people.person[1]"})
    assert Answer.objects.get(path="people.person[1].name").value == "Äiti"
    nonsense = browser.post(at("put_back_row", row.public_id), {"undo": "[[", "path": ""})
    assert nonsense.status_code == 303


def test_starts_marks_ready_takes_back_locks_and_goes_on(world: World) -> None:
    row = world.begun()
    browser = signed_in(world.anna)
    assert browser.post(at("start", row.public_id), {}).status_code == 422
    future = browser.post(at("start", row.public_id), {"how": "call", "on": "1.1.2030", "time": "10.00"})
    assert future.status_code == 422
    started = browser.post(at("start", row.public_id), {"how": "call", "on": "25.11.2026", "time": "10.00"})
    assert started.status_code == 303
    assert "Put the beginning right" in text_of(browser, "start", row.public_id)
    right = {"how": "home_visit", "on": "25.11.2026", "time": "9.30"}
    assert browser.post(at("start", row.public_id), right).status_code == 422
    browser.post(at("start", row.public_id), {**right, "reason": "Oli kotikäynti."})
    row.refresh_from_db()
    assert row.started_how == "home_visit"
    page = browser.post(at("ready", row.public_id), follow=True).content.decode()
    assert "Before the assessment is ready" in page
    world.answer(row, "start.special_support", "no")
    world.answer(row, "home.view", "Pelkään.", voice="client")
    world.answer(row, "people.person[1].name", "Äiti")
    page = text_of(browser, "section", row.public_id, "start")
    assert "Mark as ready" in page and 'aria-disabled="true"' not in page
    for act, state in (("ready", "ready"), ("back", "draft"), ("ready", "ready"), ("lock", "locked")):
        browser.post(at(act, row.public_id))
        row.refresh_from_db()
        assert row.state == state, act
    page = text_of(browser, "section", row.public_id, "home")
    assert "Anna locked the assessment" in page and "<textarea" not in page
    refused = browser.post(at("answer", row.public_id, "home.view", voice="client"), {"value": "x"}, **JSON)
    assert refused.status_code == 422
    made = browser.post(at("new_version", row.public_id), {"key": "n"})
    new = Assessment.objects.get(version=2)
    assert made["Location"] == at("page", new.public_id)
    world.answer(new, "home.view", "En pelkää.", voice="client")
    page = text_of(browser, "compare", new.public_id)
    assert "En pelkää." in page and "Pelkään." in page
    assert "Pelkään." in text_of(browser, "print", row.public_id)


def test_tells_why_it_cannot_be_marked_ready(world: World) -> None:
    row = world.filled(support="yes")
    world.answer(row, "people.person[1].name", "Äiti")
    page = text_of(signed_in(world.anna), "section", row.public_id, "start")
    assert 'aria-disabled="true"' in page and "36.5" in page
    in_office(world.anna)
    assert 'aria-disabled="true"' not in text_of(signed_in(world.anna), "section", row.public_id, "start")


def test_breaks_off_with_its_ground(world: World) -> None:
    row = world.begun()
    browser = signed_in(world.anna)
    assert browser.post(at("break_off", row.public_id), {"ground": ""}).status_code == 422
    browser.post(at("break_off", row.public_id), {"ground": "Muutti pois."})
    row.refresh_from_db()
    assert row.state == AssessmentState.BROKEN_OFF
    assert "Muutti pois." in text_of(browser, "section", row.public_id, "start")


def test_keeps_strangers_out_and_writes_nothing_on_a_look(world: World) -> None:
    row = world.locked()
    stranger = signed_in(world.stranger)
    case = world.case.public_id
    for name, args in (
        ("page", (row.public_id,)), ("section", (row.public_id, "home")), ("now", (row.public_id, "home")),
        ("print", (row.public_id,)), ("of_case", (case,)), ("measures", (case,)), ("plans", (case,)),
        ("instrument", (case, "phq9")),
    ):  # fmt: skip
        assert stranger.get(at(name, *args)).status_code == 404, name
    assert stranger.post(at("answer", row.public_id, "home.view"), {"value": "x"}).status_code == 404
    assert Client().get(at("page", row.public_id)).status_code == 302
    browser = signed_in(world.anna)
    before = (Answer.objects.count(), Assessment.objects.get().stamp)
    for name, args in (("section", (row.public_id, "home")), ("print", (row.public_id,)), ("of_case", (case,))):
        assert browser.get(at(name, *args)).status_code == 200
    assert (Answer.objects.count(), Assessment.objects.get().stamp) == before


def test_a_section_takes_as_many_queries_however_many_answers(world: World) -> None:
    row = world.begun()
    browser = signed_in(world.anna)
    text_of(browser, "section", row.public_id, "people")

    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            text_of(browser, "section", row.public_id, "people")
        return len(asked)

    few = count()
    for number in range(1, 9):
        world.answer(row, f"people.person[{number}].name", f"Henkilö {number}", by=world.petra)
    assert count() == few


def test_records_a_measure_asks_about_safety_and_draws_the_trend(world: World) -> None:
    browser = signed_in(world.petra)
    case = world.case.public_id
    assert "PHQ-9" in text_of(browser, "measures", case)
    address = at("record", case, "phq9", way="total")
    wrong = browser.post(address, {"done_on": "24.11.2026", "total": "99"})
    assert wrong.status_code == 422 and "outside" in wrong.content.decode()
    for day, total in (("23.11.2026", "14"), ("24.11.2026", "9")):
        page = browser.post(address, {"done_on": day, "total": total, "part_9": "1", "key": day})
        assert page.status_code == 303
    page = text_of(browser, "instrument", case, "phq9")
    assert 'class="chart"' in page and "Ask about safety now" in page
    for row in Measure.objects.all():
        browser.post(at("safety", row.public_id), {"safety_note": "Kysyttiin, sovittiin soitto."})
    page = text_of(browser, "instrument", case, "phq9")
    assert "Ask about safety now" not in page and "sovittiin soitto" in page
    row = Measure.objects.order_by("id")[0]
    browser.post(at("withdraw", row.public_id), {"withdraw-reason": "Väärä asiakas."})
    assert "Väärä asiakas." in text_of(browser, "instrument", case, "phq9")


def test_writes_confirms_judges_and_ends_a_plan(world: World) -> None:
    world.locked()
    browser = signed_in(world.anna)
    browser.post(at("begin_plan", world.case.public_id), {"key": "p"})
    row = Plan.objects.get()
    assert "Confirm the plan" in text_of(browser, "plan", row.public_id)
    sent = {
        "version": "0",
        "situation": "Asunto päättyy.",
        "goal_0": "Oma koti",
        "means_0": "Haetaan yhdessä",
        "duration": "",
    }
    told = browser.post(at("save_plan", row.public_id), sent, **JSON)
    assert told.status_code == 200 and told.json()["version"] == 1
    assert browser.post(at("save_plan", row.public_id), sent, **JSON).status_code == 409
    page = browser.post(at("save_plan", row.public_id), {**sent, "version": "1", "confirm": "yes"})
    assert page.status_code == 422
    whole = {**sent, "version": str(Plan.objects.get().edit), "confirm": "yes", "rights_told": "on"}
    whole |= {"agreement": "agrees", "review_on": "1.3.2027"}
    assert browser.post(at("save_plan", row.public_id), whole).status_code == 303
    row.refresh_from_db()
    assert row.state == PlanState.IN_FORCE
    goal = plans.goals(row)[0]
    browser.post(at("judge_goal", row.public_id, goal.public_id), {"attained": "partly"})
    assert "Oma koti" in text_of(browser, "plan", row.public_id)
    browser.post(at("end_plan", row.public_id), {"ground": "Muutti pois."})
    row.refresh_from_db()
    assert row.state == PlanState.ENDED


def test_the_main_user_brings_in_a_form_and_gives_one_out(world: World) -> None:
    admin = world.register.person("Outi", Role.ADMIN, "paakayttajat")
    browser = signed_in(admin)
    found, _losses = questionnaire_of(form("housing"))
    taken = browser.post(at("import_form"), {"content": json.dumps(found), "language": "fi", "publish": "yes"})
    assert taken.status_code == 422, "the name of a form that comes with Polku is not given to another"
    content = json.dumps({**found, "name": "own-housing", "url": "https://example.fi/own-housing"})
    page = browser.post(at("import_form"), {"content": content, "language": "fi"})
    assert page.status_code == 200 and "Publish the form" in page.content.decode()
    assert browser.post(at("import_form"), {"content": content, "language": "fi", "publish": "yes"}).status_code == 303
    (row,) = FormVersion.objects.filter(key__startswith="own")
    assert row.origin == "FHIR"
    out = browser.get(at("export_form", row.key, row.version))
    assert out.status_code == 200 and json.loads(out.content)["resourceType"] == "Questionnaire"
    for wrong in ("not json", '{"resourceType": "Patient"}'):
        assert browser.post(at("import_form"), {"content": wrong, "language": "fi"}).status_code == 422
    assert signed_in(world.anna).get(at("forms")).status_code == 404


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_speaks_the_readers_language(world: World, language: str) -> None:
    row = world.begun()
    page = signed_in(world.anna, language).get(at("section", row.public_id, "home")).content.decode()
    assert {"fi": "osaa valmiina", "sv": "delar klara"}[language] in page
    assert "parts ready" not in page and "Print for the client" not in page
