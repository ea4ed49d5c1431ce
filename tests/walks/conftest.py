"""The walks' county: its file, its invented workers and their calendars, and people with browsers of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from polku.access.models import Actor
    from tests.walks.hands import Hands

ROOT = Path(__file__).resolve().parents[2]
START = date(2026, 1, 1)


@dataclass(frozen=True, slots=True)
class Walk:
    """In which language and on what screen a walk is done."""

    language: str
    screen: dict[str, int]

    def says(self, fi: str, sv: str) -> str:
        """Return the words of the walk's language."""
        return fi if self.language == "fi" else sv

    def words(self, english: str, **facts: object) -> str:
        """Return a sentence of Polku as its catalogue has it in the walk's language."""
        from django.utils import translation

        with translation.override(self.language):
            text = translation.gettext(english)
        return text % facts if facts else text


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Walks go through a real browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(params=["fi-1280", "sv-375"])
def walk(request: pytest.FixtureRequest) -> Walk:
    """Finnish at a desk, Swedish on a phone: both languages and both widths in two rounds."""
    from tests.walks.hands import PHONE, WIDE

    language, width = request.param.split("-")
    return Walk(language, WIDE if width == "1280" else PHONE)


@pytest.fixture
def county(site: str, clock: Callable[[datetime], None]) -> Callable[[datetime], dict[str, Actor]]:
    """Open the county at a moment: `county(moment)` sets the clock and returns the workers by user name."""
    from polku.demo import staff
    from polku.site import county as file

    def opened(moment: datetime) -> dict[str, Actor]:
        clock(moment)
        file.load(file.read(ROOT / "counties" / "lansi-uusimaa.toml"), at=moment)
        return staff.register(at=moment, start=START)

    return opened


@pytest.fixture
def someone(
    browser: Browser,
    browser_context_args: dict[str, Any],
    site: str,
    walk: Walk,
    axe: Callable[[Page], None],
    request: pytest.FixtureRequest,
) -> Iterator[Callable[..., Hands]]:
    """A person with a browser of their own: `someone("Suvi Rantala")` is signed in, `someone()` is not.

    Whoever does not sign in as a part of the walk (`by_click`) has done so before it. No page may complain to the
    browser's console in the whole walk.
    """
    from tests.walks.hands import Hands

    people: list[Hands] = []
    contexts = []

    def enters(name: str = "", *, by_click: bool = False, at: str = "/", screen: dict[str, int] | None = None) -> Hands:
        context = browser.new_context(
            **{**browser_context_args, "viewport": screen or walk.screen, "reduced_motion": "reduce"}
        )
        contexts.append(context)
        number = request.node.path.stem.removeprefix("test_walk_")[:2]
        hands = Hands(context, site, axe, walk.language, f"walk-{number}-{walk.language}")
        people.append(hands)
        if by_click:
            hands.signs_in(name)
        elif name:
            hands.has_signed_in(name)
            hands.goes(at)
        return hands

    yield enters
    complaints = [text for hands in people for text in hands.complaints]
    for place, hands in enumerate(people):
        hands.leaves(f"left-{place}")
    for context in contexts:
        context.close()
    assert not complaints, "the browser complained: " + "; ".join(complaints)
