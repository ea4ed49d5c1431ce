"""What is to be looked at, taken from docs/access.toml, which has every address and who may open it.

Nothing is listed twice: an address that the table gets is looked at in the next run, as the first who may see it in
full and as everybody else who may in short, and a form that an empty sending refuses is sent empty. Only what a plain
opening cannot show is named here: exceptions with their reasons, and scenes (`tests/looks/scenes.py`).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from django.urls import reverse

from tests.site import access_world
from tests.site.test_access_table import _patterns as patterns

if TYPE_CHECKING:
    from tests.looks.town import Town

TABLE = Path(__file__).resolve().parents[2] / "docs" / "access.toml"
SHOWN = ("200", "401")

# No page: what a person never sees by itself.
NOT_PAGES = {
    "statistics:csv": "a file",
    "desk:dpo_told": "a file",
    "appointments:feed": "a calendar for calendar programs",
    "ui:theme": "a style sheet",
    "ui:jsi18n": "a script",
    "openid_connect_login": "leads to the identity provider; none is set here",
    "openid_connect_callback": "comes from the identity provider; none is set here",
    "desk:item": "leads on to the page of the row's thing",
}

# Who has the most to see there, where it is not the first of the table.
FULLEST = {
    "appointments:day": "booked",
    "appointments:week": "booked",
    "appointments:calendars": "lead",
    "statistics:promise": "lead",
    "desk:messages": "own",
}

# Sent empty they would do something, or need more than a press: scenes look at what they show.
NOT_SENT_EMPTY = {
    "desk:again": "shows the search of the caller's part anew: no fields of its own",
    "appointments:link_cancel": "cancels: looked at as the last of the link's scenes",
    "appointments:link_earlier": "a press, nothing to fill in",
    "appointments:link_answer": "a press, nothing to fill in",
    "appointments:new_feed": "a press, nothing to fill in",
    "end_sessions": "a press, nothing to fill in",
}


@dataclass(frozen=True, slots=True)
class Page:
    """An address and the columns of people who are shown something there."""

    name: str
    people: tuple[str, ...]


def _rows() -> tuple[list[str], dict[str, dict[str, str]]]:
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return table["people"], table["pages"]


def pages() -> list[Page]:
    """Return every page that a plain opening shows to somebody."""
    people, rows = _rows()
    found = []
    for name, methods in rows.items():
        said = zip(people, methods.get("GET", "").split(), strict=False)
        who = tuple(person for person, status in said if status in SHOWN)
        # To somebody signed in where that is possible: a public page is the same to all.
        if who and name not in NOT_PAGES:
            first = FULLEST.get(name, who[0])
            found.append(Page(name, (first, *(one for one in who if one != first))))
    return found


def hidden_pages() -> set[str]:
    """Return the pages that a plain opening shows to nobody of the table: scenes must have them."""
    _people, rows = _rows()
    return (
        {name for name, methods in rows.items() if "GET" in methods} - {page.name for page in pages()} - set(NOT_PAGES)
    )


def forms() -> set[str]:
    """Return the addresses that refuse an empty form, or answer it with a page."""
    _people, rows = _rows()
    refusing = {name for name, methods in rows.items() if {"422", "200"} & set(methods.get("POST", "").split())}
    return refusing - set(NOT_SENT_EMPTY)


def inside(name: str) -> set[str]:
    """Return the names of what stands in an address."""
    return dict(patterns())[name]


def address_of(town: Town, name: str) -> str:
    """Return where a page of the town's things is."""
    return reverse(name, kwargs=access_world.values_for(town.world, name, inside(name)))
