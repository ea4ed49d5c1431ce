"""docs/access.toml, written by hand, says what every address answers to everybody; this asks them all.

Each request is made in a transaction of its own that is taken back, so no answer depends on another.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.db.transaction import atomic
from django.test import Client
from django.urls import reverse
from django.urls.resolvers import URLPattern, URLResolver, get_resolver

from polku.access import actions as access
from polku.access.machines import SCOPES
from polku.access.models import Actor, Unit
from polku.audit.models import Event
from polku.site.needs import addresses
from tests.desk.world import AT
from tests.site import access_world
from tests.site.access_world import PEOPLE, World

TABLE = Path(__file__).resolve().parents[2] / "docs" / "access.toml"
METHODS = ("GET", "POST")
NOT_FOR_PEOPLE = ("api:", "api_", "sms_receipts", "watch_")  # machines: [machines] in the table
# The whole table takes minutes; its parts can be asked side by side.
PARTS = 6
UNTIED = ("stranger", "health", "officer", "admin")


def _patterns() -> Iterator[tuple[str, set[str]]]:
    """Return the name of every address and what stands in it."""

    def walk(patterns: list[Any], space: str, inside: set[str]) -> Iterator[tuple[str, set[str]]]:
        for one in patterns:
            names = inside | set(one.pattern.regex.groupindex)
            if isinstance(one, URLResolver):
                yield from walk(one.url_patterns, f"{space}{one.namespace}:" if one.namespace else space, names)
            elif isinstance(one, URLPattern):
                yield f"{space}{one.name}", names

    yield from walk(get_resolver().url_patterns, "", set())


def table() -> dict[str, Any]:
    """Return the table as written."""
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


@contextmanager
def taken_back() -> Iterator[None]:
    class Done(Exception):
        pass

    try:
        with atomic():
            yield
            raise Done
    except Done:
        pass


@pytest.fixture
def world(db: None, clock: Callable[[datetime], None], settings: Any) -> World:
    clock(AT)
    # What stands around a page is not asked here; it would be the greater part of the work.
    settings.POLKU_FRAME = ""
    # Nobody here is a monitor.
    settings.WATCH_NETWORKS = []
    return access_world.build()


def browser_of(actor: Actor | None) -> Client:
    browser = Client(raise_request_exception=False, headers={"accept-language": "en"})
    if actor is not None:
        browser.force_login(actor.account, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def ask(browser: Client, method: str, address: str) -> int:
    """Return the status of one request, and undo all it did."""
    cookies = browser.cookies.copy()
    with taken_back():
        status = browser.generic(method, address).status_code
    browser.cookies = cookies
    return status


def test_lists_every_address_and_no_other() -> None:
    written = table()
    people = set(written["pages"])
    machines = {row.split(" ", 1)[1] for row in written["machines"]}
    there = {name for name, _ in _patterns()}
    for_machines = {name for name in there if name.startswith(NOT_FOR_PEOPLE)}
    assert there - for_machines - people == set(), "an address that docs/access.toml does not list"
    assert people - there == set(), "docs/access.toml lists what is not there"
    assert machines == for_machines - {"api:api-root"}


def test_names_the_people_of_the_columns() -> None:
    assert list(table()["people"]) == list(PEOPLE)


@pytest.mark.slow
@pytest.mark.ignore_template_errors
@pytest.mark.parametrize("part", range(PARTS))
def test_answers_everybody_as_the_table_says(world: World, part: int) -> None:
    written = table()["pages"]
    browsers = {column: browser_of(actor) for column, actor in world.actors.items()}
    wrong = []
    pages = [(name, inside) for name, inside in _patterns() if not name.startswith(NOT_FOR_PEOPLE)]
    for name, inside in pages[part::PARTS]:
        address = reverse(name, kwargs=access_world.values_for(world, name, inside))
        for method, said in written[name].items():
            expected = dict(zip(PEOPLE, map(int, said.split()), strict=True))
            for who, browser in browsers.items():
                status = ask(browser, method, address)
                if status != expected[who]:
                    wrong.append(f"{method} {name} {who}: the table says {expected[who]}, the answer is {status}")
        for method in set(METHODS) - set(written[name]):
            lets_in = next((who for who in reversed([*PEOPLE][1:]) if _let_in(written[name], who)), "own")
            status = ask(browsers[lets_in], method, address)
            if status != 405:
                wrong.append(f"{method} {name} {lets_in}: not in the table, but the answer is {status}")
    assert not wrong, "\n" + "\n".join(wrong)


def _let_in(methods: dict[str, str], who: str) -> bool:
    """Tell whether somebody is let in, by the first answer that the table gives them."""
    return next(iter(methods.values())).split()[list(PEOPLE).index(who)] not in {"403", "404"}


def test_answers_machines_by_their_key_and_its_scope(world: World) -> None:
    admin = world.actors["admin"]
    assert admin is not None
    unit = Unit.objects.get(key="aikuisneuvonta")
    keys = {scope: access.add_source(name=scope, scopes=(scope,), unit=unit, by=admin, at=AT)[1] for scope in SCOPES}
    needs = {address.name: address.need or "" for address in addresses()}
    browser = Client(raise_request_exception=False)
    wrong = []
    for row, said in table()["machines"].items():
        method, name = row.split()
        right = needs[name].removeprefix("machine:")
        other = "appointments:read" if right.startswith("contacts:") else "contacts:write"
        inside = dict(_patterns())[name]
        address = reverse(name, kwargs=dict.fromkeys(inside, "0000000000000000"))
        tried = {"no key": "", "another key": keys[other], "the right key": keys.get(right, "")}
        for (who, key), expected in zip(tried.items(), said.split(), strict=True):
            headers = {"Idempotency-Key": "0123456789abcdef", **({"Authorization": f"Bearer {key}"} if key else {})}
            with taken_back():
                body = "" if method == "GET" else "{}"
                got = browser.generic(method, address, body, content_type="application/json", headers=headers)
            if got.status_code != int(expected):
                wrong.append(f"{row} with {who}: the table says {expected}, the answer is {got.status_code}")
    assert not wrong, "\n" + "\n".join(wrong)


@pytest.mark.slow
@pytest.mark.ignore_template_errors
def test_writes_a_strangers_try_to_the_log(world: World) -> None:
    """Every page that answers "not found" to somebody leaves a row that says who tried what."""
    written = table()["pages"]
    missing = []
    for name, inside in _patterns():
        if name not in written or "GET" not in written[name]:
            continue
        said = written[name]["GET"].split()
        column = next((who for who in UNTIED if said[list(PEOPLE).index(who)] == "404"), "")
        if not column:
            continue
        actor = world.actors[column]
        assert actor is not None
        values = access_world.values_for(world, name, inside)
        browser = browser_of(actor)
        with taken_back():
            before = Event.objects.filter(kind="refused", actor_id=actor.pk).count()
            browser.get(reverse(name, kwargs=values))
            rows = Event.objects.filter(kind="refused", actor_id=actor.pk).order_by("-id")
            if rows.count() != before + 1 or rows[0].path != name:
                missing.append(name)
    assert not missing, "\n" + "\n".join(missing)


def test_shows_the_try_to_the_protection_officer_at_once(world: World) -> None:
    stranger, officer = world.actors["stranger"], world.actors["officer"]
    assert stranger is not None
    address = reverse("desk:person", args=[world.client.public_id])
    assert browser_of(stranger).get(address).status_code == 404
    page = browser_of(officer).get(reverse("desk:dpo")).content.decode()
    assert stranger.name in page


@pytest.mark.slow
@pytest.mark.ignore_template_errors
def test_never_answers_500_to_an_empty_form_or_a_strange_id(world: World) -> None:
    own = browser_of(world.actors["own"])
    broken = []
    for name, inside in _patterns():
        if name.startswith(NOT_FOR_PEOPLE):
            continue
        values = access_world.values_for(world, name, inside)
        for changed in (values, {key: _strange(value) for key, value in values.items()}):
            for method in METHODS:
                with taken_back():
                    status = own.generic(method, reverse(name, kwargs=changed)).status_code
                if status >= 500:
                    broken.append(f"{method} {name}")
    assert not broken, "\n" + "\n".join(broken)


def _strange(value: object) -> object:
    return 987654321 if isinstance(value, int) else str(value) if len(str(value)) in (2, 5, 10) else "0000000000000000"
