"""Every page as everybody who may see it: clear, calm and equal in three languages, at every width, by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.urls import Resolver404, resolve, reverse

from tests.looks import pages
from tests.looks.eye import LANGUAGES, PHONE, Eye, Report
from tests.looks.pages import Page
from tests.site import access_world
from tests.site.test_access_table import _patterns

if TYPE_CHECKING:
    from tests.looks.town import Town

Enters = Callable[[str, str], Eye]
ALL = pages.pages()
INSIDE = dict(_patterns())
# What needs no thing of somebody's can be looked at in a county where nobody has asked anything yet.
EMPTY = [page for page in ALL if not INSIDE[page.name] or page.name in ("desk:team", "appointments:kind")]


def _found(report: Report, name: str) -> None:
    wrong = report.wrong.get(name, [])
    assert not wrong, f"{len(wrong)} faults:\n" + "\n".join(wrong)


def _name(address: str) -> str:
    try:
        return resolve(address.split("?")[0]).view_name
    except Resolver404:
        return ""


def _first(page: Page) -> str:
    """Return who looks at a page in full: somebody signed in where the page is not for strangers only."""
    return page.people[0]


@pytest.mark.parametrize("page", EMPTY, ids=lambda page: page.name)
def test_says_what_will_come_where_there_is_nothing_yet(
    quiet_town: Town, enters: Enters, report: Report, page: Page
) -> None:
    name = f"{page.name} (empty)"
    values = {"key": {"desk:team": "aikuisneuvonta", "appointments:kind": "talousryhma"}.get(page.name, "")}
    where = reverse(page.name, kwargs={key: values[key] for key in INSIDE[page.name]})
    for language in LANGUAGES:
        eye = enters(_first(page), language)
        if "html" not in eye.opens(where) or not eye.tab.title():
            pytest.skip("a part of a page: looked at in its page")
        if language == "sv":
            eye.tab.set_viewport_size(PHONE)
        eye.looks(name, axe=language != "en", keys=language == "fi")
    _found(report, name)


@pytest.mark.parametrize("page", ALL, ids=lambda page: page.name)
def test_shows_every_page_to_its_people(busy_town: Town, enters: Enters, report: Report, page: Page) -> None:
    where = reverse(page.name, kwargs=access_world.values_for(busy_town.world, page.name, INSIDE[page.name]))
    for language in LANGUAGES:
        eye = enters(_first(page), language)
        if "html" not in eye.opens(where) or not eye.tab.title():
            pytest.skip("a part of a page: looked at in its page")
        eye.looks(page.name, keys=language == "fi")
        report.titles.setdefault((language, eye.tab.title()), set()).add(page.name)
        report.opened.add(page.name)
    eye = enters(_first(page), "sv")
    eye.tab.set_viewport_size(PHONE)
    eye.tab.reload()
    eye.looks(page.name, keys=True, widths=False)
    _found(report, page.name)
