"""Whatever stands in an address or a form, no page breaks: every page, with what nobody should send."""

import random
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.urls import NoReverseMatch, reverse

from tests.site import access_world
from tests.site.access_world import PEOPLE, World
from tests.site.test_access_table import (  # noqa: F401 - the world is a fixture
    NOT_FOR_PEOPLE,
    _patterns,
    browser_of,
    table,
    taken_back,
    world,
)

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.ignore_template_errors]

PACKAGE = Path(__file__).resolve().parents[2] / "polku"
BAD = (
    "", "a\x00b", "%", "9" * 30, "-1", "1e400", "NaN", "0001-01-01", "9999-12-31", "31.2.2026", "31.12.9999",
    "28.3.2027 03.30", "2027-03-28T03:30", "مرحبا", "😀" * 50, "x" * 5000, "'; DROP TABLE x", "<script>", "010190-900P",
)  # fmt: skip
FIELDS_AT_ONCE = 60


def fields() -> list[str]:
    """Return every name that a page, a form or a view of ours gives to something that is sent."""
    templates = "\n".join(path.read_text("utf-8") for path in PACKAGE.rglob("*.html"))
    code = "\n".join(path.read_text("utf-8") for path in PACKAGE.rglob("*.py"))
    found = set(re.findall(r'name="([a-z_0-9]+)"', templates)) | set(
        re.findall(r"^    ([a-z_]+) = forms\.", code, re.MULTILINE)
    )
    return sorted(found | set(re.findall(r'(?:GET|POST|asked)\.get(?:list)?\("([a-z_0-9]+)"', code)))


def addresses(world: World, name: str, inside: set[str]) -> list[str]:  # noqa: F811
    """Return a page's address with the right things in it, and with texts where things should be."""
    right = access_world.values_for(world, name, inside)
    texts = [key for key, value in right.items() if isinstance(value, str)]
    wrong = [{**right, **dict.fromkeys(texts, bad)} for bad in ("a\x00b", "9" * 30)] if texts else []
    found = [reverse(name, kwargs=right)]
    for values in wrong:
        # Some addresses take only what a key is made of.
        with suppress(NoReverseMatch):
            found.append(reverse(name, kwargs=values))
    return found


def let_in(methods: dict[str, str]) -> str:
    """Return somebody whom the access table lets in, rather than have the page refuse before it looks."""
    people = {who: {said.split()[place] for said in methods.values()} for place, who in enumerate(PEOPLE)}
    return next((who for who, said in people.items() if who != "nobody" and said & {"200", "303", "422"}), "own")


def test_no_page_breaks_whatever_is_sent(world: World) -> None:  # noqa: F811
    browsers = {who: browser_of(actor) for who, actor in world.actors.items()}
    chance, names, written = random.Random(1), fields(), table()["pages"]
    broken: list[Any] = []
    for name, inside in _patterns():
        if name.startswith(NOT_FOR_PEOPLE):
            continue
        browser = browsers[let_in(written.get(name, {}))]
        for address in addresses(world, name, inside):
            for send in (browser.get, browser.post):
                sent = {field: chance.choice(BAD) for field in chance.sample(names, FIELDS_AT_ONCE)}
                with taken_back():
                    status = send(address, sent).status_code
                if status >= 500:
                    broken.append((status, send.__name__, name, sent))
    assert not broken, "\n".join(str(one)[:2000] for one in broken)


def test_key_that_the_database_cannot_keep_is_refused_in_words(world: World) -> None:  # noqa: F811
    name, inside = next((name, inside) for name, inside in _patterns() if name == "appointments:join")
    address = reverse(name, kwargs=access_world.values_for(world, name, inside))
    browser = browser_of(world.actors[let_in(table()["pages"][name])])
    answer = browser.post(address, {"key": "a\x00b"})
    assert answer.status_code == 422, "the driver refuses it, and the role of before comes back with the savepoint"
