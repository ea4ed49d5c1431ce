"""Every page as everybody who may see it: clear, calm and equal in three languages, at every width, by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.urls import Resolver404, resolve, reverse

from tests.desk.world import browser_of
from tests.looks import pages
from tests.looks.eye import LANGUAGES, PHONE, Eye, Report
from tests.looks.pages import Page, address_of, inside
from tests.looks.scenes import FORMS_OF_SCENES, SCENES, Scene

if TYPE_CHECKING:
    from tests.looks.town import Town

Enters = Callable[[str, str], Eye]
ALL = pages.pages()
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
        return resolve(address.split("?")[0].split("#")[0]).view_name
    except Resolver404:
        return ""


def _is_page(eye: Eye, address: str) -> bool:
    """Go there; tell whether it is a page of its own and not a part of one."""
    return "html" in eye.opens(address) and bool(eye.tab.title())


@pytest.mark.parametrize("page", EMPTY, ids=lambda page: page.name)
def test_says_what_will_come_where_there_is_nothing_yet(
    quiet_town: Town, enters: Enters, report: Report, page: Page
) -> None:
    name = f"{page.name} (empty)"
    where = reverse(page.name, kwargs=WITHOUT_CLIENTS.get(page.name, {}))
    for language in LANGUAGES:
        eye = enters(page.people[0], language)
        if not _is_page(eye, where):
            pytest.skip("a part of a page: looked at in its page")
        if language == "sv":
            eye.tab.set_viewport_size(PHONE)
        eye.looks(name, axe=language != "en", keys=language == "fi")
    _found(report, name)


@pytest.mark.parametrize("page", ALL, ids=lambda page: page.name)
def test_shows_every_page_in_full(busy_town: Town, enters: Enters, report: Report, page: Page) -> None:
    where = address_of(busy_town, page.name)
    for language in LANGUAGES:
        eye = enters(page.people[0], language)
        if not _is_page(eye, where):
            pytest.skip("a part of a page: looked at in its page")
        assert str(eye.status) in pages.SHOWN, f"{where} answers {eye.status}, not what the table says"
        eye.looks(page.name, keys=language == "fi")
        report.titles.setdefault((language, eye.tab.title()), set()).add(page.name)
        report.opened.add(page.name)
        if language == "sv":
            eye.tab.set_viewport_size(PHONE)
            eye.tab.reload()
            eye.looks(page.name, keys=True, widths=False)
    _found(report, page.name)


@pytest.mark.parametrize(("page", "who"), AS_OTHERS, ids=lambda one: one if isinstance(one, str) else one.name)
def test_shows_the_same_page_to_everybody_else(
    busy_town: Town, enters: Enters, report: Report, page: Page, who: str
) -> None:
    name = f"{page.name} as {who}"
    eye = enters(who, "sv")
    if not _is_page(eye, address_of(busy_town, page.name)):
        pytest.skip("a part of a page: looked at in its page")
    eye.looks(name, axe=False)
    _found(report, name)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_shows_what_one_comes_to_by_doing(busy_town: Town, enters: Enters, report: Report, scene: Scene) -> None:
    for language in LANGUAGES:
        eye = enters(scene.who, language)
        eye.tab.set_viewport_size(PHONE if language == "sv" else eye.WIDE)
        eye.fetched.clear()
        scene.leads(eye.tab, busy_town)
        # What a hand opened moves what stands under it.
        eye.looks(scene.name, keys=language == "fi", still=False)
        report.opened |= {*scene.shows, *map(_name, eye.fetched)}
    _found(report, scene.name)


@pytest.fixture(scope="session")
def forms(busy_town: Town) -> dict[str, tuple[str, str]]:
    """Where each form stands: by the name of its address, who sees it and on which page."""
    places: dict[str, tuple[str, str]] = {}
    seen = [(who, address_of(busy_town, page.name)) for page in ALL for who in page.people if who != "nobody"]
    seen += [("nobody", address_of(busy_town, page.name)) for page in ALL if page.people[0] == "nobody"]
    seen += [(who, busy_town.at.get(place, place)) for who, place in FORMS_OF_SCENES]
    for who, address in seen:
        if who == "nobody":
            from django.test import Client

            browser = Client()
        else:
            browser = browser_of(busy_town.actors[who])
        answer = browser.get(address)
        if "html" not in answer.headers.get("content-type", "") or answer.status_code >= 500:
            continue
        for sent in {*SENT.findall(answer.content.decode()), address}:
            places.setdefault(_name(sent), (who, address))
    return places


@pytest.mark.parametrize("name", sorted(pages.forms()))
def test_says_what_is_wrong_in_every_form(
    busy_town: Town, enters: Enters, report: Report, forms: dict[str, tuple[str, str]], name: str
) -> None:
    assert name in forms, "no page shows this form: name one in FORMS_OF_SCENES, or its reason in NOT_SENT_EMPTY"
    who, address = forms[name]
    called = f"{name} (sent empty)"
    for language in LANGUAGES:
        eye = enters(who, language)
        eye.opens(address)
        if language == "sv":
            eye.tab.set_viewport_size(PHONE)
        eye.sends_empty(lambda sent: _name(sent) == name)
        eye.looks(called, keys=language == "fi", still=False)
    report.sent.add(name)
    _found(report, called)


def test_leaves_out_no_page_but_those_with_a_reason(report: Report, request: pytest.FixtureRequest) -> None:
    if request.config.option.keyword:
        pytest.skip("only a part of the looks was asked for")
    pages_and_parts = {page.name for page in ALL} | pages.hidden_pages()
    assert pages_and_parts - report.opened == set(), "a page that nobody looked at: it needs a scene, or a reason"


def test_gives_every_page_a_title_of_its_own(report: Report) -> None:
    same = {title: names for (_, title), names in report.titles.items() if len(names) > 1}
    assert not same, "\n".join(f"{title!r}: {', '.join(sorted(names))}" for title, names in same.items())
