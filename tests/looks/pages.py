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
SHOWN = {200, 401}
REFUSED = {200, 422}

# No page: what a person never sees by itself.
NOT_PAGES = {
    "statistics:csv": "a file",
    "desk:dpo_told": "a file",
    "appointments:feed": "a calendar for calendar programs",
    "ui:theme": "a style sheet",
    "ui:jsi18n": "a script",
    "openid_connect_login": "leads to the identity provider; none is set here",
    "openid_connect_callback": "comes from the identity provider; none is set here",
    "appointments:times": "the list of `appointments:free` alone, for a page that shows times within itself: none does",
    "desk:item": "leads on to the page of the row's thing",
}

# No pages of their own: scenes show them where they stand (`shows`), and each of these answers as the table says.
PARTS = {"desk:alerts", "desk:clocks", "desk:times", "desk:dpo_latest"}

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
    "desk:add_party": "somebody of whom nothing is known yet may be added: all of it is optional",
    "desk:person_edit": "what is left empty stays as it was",
    "mfa_generate_recovery_codes": "a press, nothing to fill in",
    "desk:case_worker": "a choice that is always made",
    "desk:again": "shows the search of the caller's part anew: no fields of its own",
    "appointments:link_cancel": "a press, nothing to fill in: a scene looks at what it answers",
    "appointments:link_earlier": "a press, nothing to fill in",
    "appointments:link_answer": "a press, nothing to fill in",
    "appointments:new_feed": "a press, nothing to fill in",
    "end_sessions": "a press, nothing to fill in",
}


@dataclass(frozen=True, slots=True)
class Page:
    """An address, and the columns of people who are shown something there with what it answers to each."""

    name: str
    answers: dict[str, int]

    @property
    def people(self) -> tuple[str, ...]:
        """Whoever has the most to see there first."""
        return tuple(self.answers)


def _said(method: str) -> dict[str, dict[str, int]]:
    """Return what every address answers to whom by a method: the access table."""
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return {
        name: dict(zip(table["people"], map(int, methods[method].split()), strict=True))
        for name, methods in table["pages"].items()
        if method in methods
    }


def _shown() -> list[Page]:
    found = []
    for name, said in _said("GET").items():
        shown = {who: status for who, status in said.items() if status in SHOWN}
        if shown and name not in NOT_PAGES:
            first = FULLEST.get(name, next(iter(shown)))
            found.append(Page(name, {first: shown[first], **shown}))
    return found


def pages() -> list[Page]:
    """Return every page that a plain opening shows to somebody."""
    return [page for page in _shown() if page.name not in PARTS]


def parts() -> list[Page]:
    """Return every part of a page that has an address of its own."""
    return [page for page in _shown() if page.name in PARTS]


def to_be_seen() -> set[str]:
    """Return every address that shows something to anybody: a look must have been there, or in what a scene leads to."""
    return set(_said("GET")) - set(NOT_PAGES)


def forms() -> set[str]:
    """Return the addresses that refuse an empty form, or answer it with a page."""
    refusing = {name for name, said in _said("POST").items() if REFUSED & set(said.values())}
    return refusing - set(NOT_SENT_EMPTY)


def inside(name: str) -> set[str]:
    """Return the names of what stands in an address."""
    return dict(patterns())[name]


def address_of(town: Town, name: str) -> str:
    """Return where a page of the town's things is."""
    return reverse(name, kwargs=access_world.values_for(town.world, name, inside(name)))
