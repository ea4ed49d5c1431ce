"""Every page as everybody who may see it: clear, calm and equal in three languages, at every width, by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import Resolver404, resolve, reverse

from tests.desk.world import browser_of
from tests.looks import pages
from tests.looks.eye import LANGUAGES, PHONE, WIDE, Eye, Report
from tests.looks.pages import Page, address_of, inside
from tests.looks.scenes import FORMS_OF_SCENES, SCENES, Scene

if TYPE_CHECKING:
    from tests.looks.town import Town

Enters = Callable[[str, str], Eye]
ALL = pages.pages()
PARTS = pages.parts()
FORMS = pages.forms()
# What stands in addresses that need nothing of any client.
WITHOUT_CLIENTS = {"desk:team": {"key": "aikuisneuvonta"}, "appointments:kind": {"key": "talousryhma"}}
EMPTY = [page for page in ALL if not inside(page.name) or page.name in WITHOUT_CLIENTS]
AS_OTHERS = [(page, who) for page in ALL for who in page.people[1:] if page.people[0] != "nobody"]
SENT = re.compile(r'<form\b[^>]*?(?:action|hx-post)="([^"]+)"')


def _found(report: Report, name: str) -> None:
    wrong = report.wrong.get(name, [])
    assert not wrong, f"{len(wrong)} faults:\n" + "\n".join(wrong)


def _name(address: str) -> str:
    try:
        return resolve(urlsplit(address).path).view_name
    except Resolver404:
        return ""


def _window(language: str) -> dict[str, int]:
    """Return the window of a language's looks: one of them is at a phone throughout."""
    return PHONE if language == "sv" else WIDE


@pytest.mark.parametrize("page", EMPTY, ids=lambda page: page.name)
def test_says_what_will_come_where_there_is_nothing_yet(
    quiet_town: Town, enters: Enters, report: Report, page: Page
) -> None:
    name = f"{page.name} (empty)"
    where = reverse(page.name, kwargs=WITHOUT_CLIENTS.get(page.name, {}))
    who = page.people[0]
    for language in LANGUAGES:
        eye = enters(who, language)
        eye.opens(where, _window(language), page.answers[who])
        eye.looks(name, axe=language != "en", keys=language == "fi")
    _found(report, name)


@pytest.mark.parametrize("page", ALL, ids=lambda page: page.name)
def test_shows_every_page_in_full(busy_town: Town, enters: Enters, report: Report, page: Page) -> None:
    where = address_of(busy_town, page.name)
    who = page.people[0]
    for language in LANGUAGES:
        eye = enters(who, language)
        eye.opens(where, _window(language), page.answers[who])
        eye.looks(page.name, keys=language != "en")
        report.titles.setdefault((language, eye.tab.title()), set()).add(page.name)
    report.opened.add(page.name)
    _found(report, page.name)


@pytest.mark.parametrize(("page", "who"), AS_OTHERS, ids=lambda one: one if isinstance(one, str) else one.name)
def test_shows_the_same_page_to_everybody_else(
    busy_town: Town, enters: Enters, report: Report, page: Page, who: str
) -> None:
    name = f"{page.name} as {who}"
    eye = enters(who, "sv")
    eye.opens(address_of(busy_town, page.name), WIDE, page.answers[who])
    eye.looks(name, axe=False)
    _found(report, name)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_gives_a_part_of_a_page_to_those_who_may_see_it(busy_town: Town, part: Page) -> None:
    for who, status in part.answers.items():
        answer = _browser(busy_town, who).get(address_of(busy_town, part.name))
        assert answer.status_code == status, f"{who} gets {answer.status_code}"
        assert "html" in answer.headers["content-type"]
        assert "<title>" not in answer.content.decode(), "this is a whole page: it does not belong into pages.PARTS"
    assert any(part.name in scene.shows for scene in SCENES), "no scene shows where this part stands"


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_shows_what_one_comes_to_by_doing(busy_town: Town, enters: Enters, report: Report, scene: Scene) -> None:
    for language in LANGUAGES:
        eye = enters(scene.who, language)
        eye.begins(_window(language), scene.status)
        scene.leads(eye.tab, busy_town)
        assert eye.status == scene.status, f"{eye.tab.url} answers {eye.status}"
        # What a hand opened moves what stands under it.
        eye.looks(scene.name, keys=language == "fi", still=False)
        came = {_name(path) for path, status in eye.answered.items() if status == 200}
        assert set(scene.shows) <= came, f"not shown: {', '.join(set(scene.shows) - came)}"
        report.opened |= came
    _found(report, scene.name)


def _browser(town: Town, who: str) -> Client:
    return Client() if who == "nobody" else browser_of(town.actors[who])


@pytest.fixture(scope="session")
def forms(busy_town: Town) -> dict[str, tuple[str, str, int]]:
    """Where each form stands: by the name of its address, who sees it, on which page, and what that answers."""
    places: dict[str, tuple[str, str, int]] = {}
    seen = [(who, address_of(busy_town, page.name)) for page in ALL for who in page.people if who != "nobody"]
    seen += [("nobody", address_of(busy_town, page.name)) for page in ALL if page.people[0] == "nobody"]
    seen += [(who, busy_town.at.get(place, place)) for who, place in FORMS_OF_SCENES]
    for who, address in seen:
        answer = _browser(busy_town, who).get(address)
        assert answer.status_code < 500, f"{address} answers {answer.status_code} to {who}"
        for sent in {*SENT.findall(answer.content.decode()), address}:
            places.setdefault(_name(sent), (who, address, answer.status_code))
    return places


@pytest.mark.parametrize("name", sorted(FORMS))
def test_says_what_is_wrong_in_every_form(
    busy_town: Town, enters: Enters, report: Report, forms: dict[str, tuple[str, str, int]], name: str
) -> None:
    led = next((scene for scene in SCENES if name in scene.asks), None)
    assert led or name in forms, "no page shows this form: name it in a scene or FORMS_OF_SCENES, or in NOT_SENT_EMPTY"
    who, address, status = (led.who, "", led.status) if led else forms[name]
    called = f"{name} (sent empty)"

    def wanted(sent: str) -> bool:
        return _name(sent) == name

    def opened(eye: Eye, language: str) -> list[int]:
        eye.begins(_window(language))
        if led:
            led.leads(eye.tab, busy_town)
        else:
            eye.tab.goto(address)
        assert eye.status == status, f"{eye.tab.url} answers {eye.status}"
        return eye.forms(wanted)

    for language in LANGUAGES:
        eye = enters(who, language)
        places = opened(eye, language)
        assert places, f"no form at {eye.tab.url} that asks for anything"
        for number, place in enumerate(places):
            if number:
                opened(eye, language)
            eye.sends_empty(place, wanted, pages.REFUSED)
            eye.looks(called, keys=language == "fi" and not number, still=False)
    _found(report, called)


def test_leaves_out_no_page_but_those_with_a_reason(report: Report, request: pytest.FixtureRequest) -> None:
    if request.config.option.keyword:
        pytest.skip("only a part of the looks was asked for")
    assert pages.to_be_seen() - report.opened == set(), "a page that nobody looked at: it needs a scene, or a reason"


def test_gives_every_page_a_title_of_its_own(report: Report) -> None:
    same = {title: names for (_, title), names in report.titles.items() if len(names) > 1}
    assert not same, "\n".join(f"{title!r}: {', '.join(sorted(names))}" for title, names in same.items())
