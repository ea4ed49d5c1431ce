"""The pages in a real browser: nothing typed is lost, two texts stand beside each other, every page by axe's rules."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from polku.assessments import actions, measures, plans
from polku.assessments.models import Answer, AnswerBeside, Assessment, Plan
from polku.kit.localtime import local_date
from tests.appointments.test_browser import sign_in
from tests.assessments import world as worlds
from tests.assessments.world import LATER, World

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PICTURES = os.environ.get("POLKU_PICTURES", "")
VIEW = '[id="a-home.view:client"]'
OTHER = '[id="a-home.view:social_worker"]'


@pytest.fixture
def made(db: None, clock: Callable[..., None]) -> World:
    clock(LATER)
    return worlds.build()


@pytest.fixture
def second(browser: Browser, browser_context_args: dict[str, Any]) -> Iterator[Page]:
    """Another browser, of somebody else."""
    context = browser.new_context(**browser_context_args)
    page = context.new_page()
    page.set_default_timeout(10_000)
    yield page
    context.close()


def opened(page: Page, site: str, actor: Any, row: Assessment, part: str = "home") -> None:
    sign_in(page, site, actor)
    page.goto(site + reverse("assessments:section", args=[row.public_id, part]))


def look(page: Page, axe: Callable[[Page], None], name: str) -> None:
    """Check by axe at both widths, with no sideways scroll; keep a picture where one is asked for."""
    for width, height in ((1280, 900), (375, 812)):
        page.set_viewport_size({"width": width, "height": height})
        axe(page)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{name}: {wide} px too wide at {width}"
        if PICTURES:
            Path(PICTURES).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=Path(PICTURES) / f"assessments-{name}-{width}.png", caret="initial", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})


def test_two_who_write_the_same_field_see_both_texts_and_choose(
    made: World, site: str, page: Page, second: Page, axe: Callable[[Page], None]
) -> None:
    row = made.begun()
    opened(page, site, made.anna, row)
    opened(second, site, made.petra, row)
    # Both begin from the empty field, before either has heard of the other.
    page.focus(VIEW)
    second.focus(VIEW)
    page.keyboard.type("Annan kirjaama.")
    second.keyboard.type("Petran kirjaama.")
    for one in (page, second):
        one.locator(".beside").first.wait_for()
    standing, beside = Answer.objects.get(path="home.view"), AnswerBeside.objects.get()
    assert {standing.value, beside.value} == {"Annan kirjaama.", "Petran kirjaama."}
    loser = page if beside.written_by_id == made.anna.pk else second
    assert loser.input_value(VIEW) == beside.value, "what was typed stands in the field"
    # Writing goes on, and is kept beside; nothing that stands is changed by it.
    loser.focus(VIEW)
    loser.keyboard.press("End")
    loser.keyboard.type(" Vielä tämä.")
    more = f"{beside.value} Vielä tämä."
    loser.locator(".beside").get_by_text(more).wait_for()
    assert Answer.objects.get(path="home.view").value == standing.value
    look(loser, axe, "both")
    with loser.expect_navigation():
        loser.locator(".beside button[value=yes]").click()
    assert Answer.objects.get(path="home.view").value == more
    assert loser.input_value(VIEW) == more and not loser.locator(".beside").count()


def test_what_is_typed_outlives_a_refresh_and_leaves_with_the_last_key(made: World, site: str, page: Page) -> None:
    row = made.begun()
    opened(page, site, made.anna, row)
    page.focus(VIEW)
    page.keyboard.type("Pelkään")
    # Somebody else saves something: the section is fetched anew while she writes on.
    made.answer(row, "home.view", "Ei ole kuullut.", voice="nurse", by=made.olli)
    made.answer(row, "home.view", "Siskon sanoin.", voice="near_person", by=made.petra)
    page.locator(".as-written").get_by_text("Ei ole kuullut.").wait_for()
    assert page.input_value(VIEW) == "Pelkään"
    assert page.evaluate("document.activeElement.id") == "a-home.view:client"
    assert page.input_value('[id="a-home.view:near_person"]') == "Siskon sanoin."
    page.keyboard.type(" öisin.")
    # The way on waits for what was typed a moment ago.
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    assert Answer.objects.get(path="home.view", voice="client").value == "Pelkään öisin."
    # What others write afterwards comes into the field in which nothing waits.
    page.go_back()
    page.locator(VIEW).wait_for()
    there = Answer.objects.get(path="home.view", voice="client")
    made.answer(row, "home.view", "Pelkää öisin ja iltaisin.", voice="client", by=made.petra, version=there.version)
    page.wait_for_function(f"() => document.querySelector('{VIEW}').value === 'Pelkää öisin ja iltaisin.'")
    page.focus(VIEW)
    page.keyboard.press("Control+End")
    page.keyboard.type(" Myös yksin.")
    page.focus(OTHER)
    page.wait_for_function("() => document.querySelector('[data-autosave-status=\"*\"]').textContent !== ''")
    assert Answer.objects.get(path="home.view", voice="client").value == "Pelkää öisin ja iltaisin. Myös yksin."
    assert not list(AnswerBeside.objects.values("value", "based_on", "voice", "written_by__name"))


def test_a_wrong_answer_is_named_at_its_field_and_a_broken_line_loses_nothing(
    made: World, site: str, page: Page, axe: Callable[[Page], None]
) -> None:
    row = made.begun()
    opened(page, site, made.anna, row, "start")
    page.focus('[id="a-start.day"]')
    page.keyboard.type("huomenna")
    page.focus('[id="a-start.told"]')
    said = page.locator('[id="v-a-start.day"] .answer-status.is-lost')
    said.wait_for()
    assert "1.12.2026" in said.inner_text()
    assert page.input_value('[id="a-start.day"]') == "huomenna"
    look(page, axe, "wrong")
    page.context.set_offline(True)
    page.focus('[id="a-start.told"]')
    page.keyboard.type("Kirjoitettu ilman yhteyttä.")
    page.focus('[id="a-start.day"]')
    page.locator("[data-autosave-notice]").first.wait_for()
    assert page.locator('[id="form-a-start.told"][data-lost]').count()
    page.context.set_offline(False)
    page.wait_for_function("() => !document.querySelector('form[data-lost]')")
    assert Answer.objects.get(path="start.told").value == "Kirjoitettu ilman yhteyttä."


def test_every_other_page_keeps_the_rules(made: World, site: str, page: Page, axe: Callable[[Page], None]) -> None:
    row = made.locked()
    for number, total in enumerate((17, 12, 9)):
        day = local_date(LATER).replace(day=20 + number)
        measures.record(
            case=made.case, instrument="phq9", done_on=day, total=total, parts={"9": 0}, by=made.petra, at=LATER, key=""
        )
    newer = actions.new_version(assessment=row, by=made.anna, at=LATER, key="n")
    made.answer(newer, "home.view", "En enää pelkää.", voice="client")
    plan = plans.draft(case=made.case, by=made.anna, at=LATER, key="p")
    content = plans.Content(
        goals=[plans.GoalText("Oma koti", "Haetaan yhdessä.")], texts={"situation": "Asuu tuttavalla."}
    )
    plans.save(plan=plan, edit=0, content=content, by=made.anna, at=LATER)
    sign_in(page, site, made.anna)
    case = made.case.public_id
    for name, args in (
        ("of_case", [case]), ("measures", [case]), ("instrument", [case, "phq9"]), ("instrument", [case, "3x10d"]),
        ("plans", [case]), ("plan", [plan.public_id]), ("compare", [newer.public_id]), ("print", [row.public_id]),
        ("section", [newer.public_id, "home"]), ("section", [newer.public_id, "people"]), ("section", [row.public_id, "home"]),
        ("start", [newer.public_id]), ("break_off", [newer.public_id]),
    ):  # fmt: skip
        page.goto(site + reverse(f"assessments:{name}", args=args))
        look(page, axe, f"{name}-{args[-1]}"[:30])
    page.goto(site + reverse("assessments:plan", args=[plan.public_id]))
    page.focus("#id_goal_1")
    page.keyboard.type("Rauhalliset yöt")
    page.wait_for_function("() => document.querySelector('[data-autosave-status]').textContent !== ''")
    assert [goal.text for goal in plans.goals(Plan.objects.get())] == ["Oma koti", "Rauhalliset yöt"]
