"""Pages that grow with the years: a case's events come a page at a time, and every page asks a fixed number of times."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from polku.access.models import Actor, Unit
from polku.cases import actions as cases
from polku.cases.models import Case, Relation
from polku.cases.queries import PAGE
from polku.clients.models import Client

SignIn = Callable[..., Browser]


@pytest.fixture
def case(raija: Client, workers: dict[str, Actor], now: datetime) -> Case:
    """Raija's case in the eastern team; Sanna is her own worker."""
    return cases.open_case(
        client=raija, unit=Unit.objects.get(key="aikuissosiaalityo-ita"), initiated_at=now, initiated_how="contact",
        by=workers["sanna"], at=now, key="case", own_worker=workers["sanna"],
    )  # fmt: skip


def live(case: Case, by: Actor, *, at: datetime, count: int) -> None:
    """Write events down, some at the same moment; every second one is noted by the product itself, without a text."""
    for number in range(count):
        happened = at - timedelta(days=1 + number // 3)
        told = {"text": f"tapahtuma {number:03}."} if number % 2 else {"data": {"of": number}}
        cases.note(event="cases.event", by=by, at=at, case=case, happened_at=happened, **told)


def asked(browser: Browser, path: str) -> int:
    """How many statements the page takes, once it has been seen."""
    browser.get(path)
    with CaptureQueriesContext(connection) as seen:
        assert browser.get(path).status_code == 200
    return len(seen)


def test_older_events_come_a_page_at_a_time_each_once_the_latest_first(
    sign_in: SignIn, case: Case, workers: dict[str, Actor], now: datetime
) -> None:
    live(case, workers["sanna"], at=now, count=2 * PAGE + 7)
    browser, path, told = sign_in("sanna"), f"/case/{case.public_id}/", []
    for _page in range(3):
        page = browser.get(path).content.decode()
        told += [int(number) for number in re.findall(r"tapahtuma (\d+)\.", page)]
        older = re.search(r'href="(\?before=[^"#]+)#events"', page)
        path = f"/case/{case.public_id}/{older.group(1)}" if older else ""
    assert not path, "the third page has the rest"
    assert len(told) == len(set(told)) == PAGE + 3
    days = [number // 3 for number in told]
    assert days == sorted(days)
    for odd in ("aaaaaaaaaaaaaaaa", "99999999999999999999-1", "20261301000000000000-1"):
        newest = browser.get(f"/case/{case.public_id}/?before={odd}")
        assert newest.status_code == 200 and "tapahtuma 001." in newest.content.decode(), "no such place: the newest"


def test_a_case_asks_as_much_with_many_events_and_ties_as_with_few(
    sign_in: SignIn, case: Case, raija: Client, workers: dict[str, Actor], now: datetime
) -> None:
    sanna, browser, path = workers["sanna"], sign_in("sanna"), f"/case/{case.public_id}/"
    live(case, sanna, at=now, count=2)
    few = asked(browser, path)
    live(case, sanna, at=now, count=3 * PAGE)
    Relation.objects.bulk_create(
        Relation(kind="unit_case", client=raija, unit=case.unit, case=case, starts_at=now, made_by=sanna)
        for _ in range(20)
    )
    assert asked(browser, path) == few <= 38


def test_the_person_page_asks_as_much_for_many_cases(
    sign_in: SignIn, case: Case, raija: Client, workers: dict[str, Actor], now: datetime
) -> None:
    browser, path = sign_in("sanna"), f"/person/{raija.public_id}/"
    few = asked(browser, path)
    for number in range(4):
        cases.open_case(
            client=raija, unit=case.unit, initiated_at=now, initiated_how="contact", by=workers["sanna"], at=now,
            key=f"more{number}",
        )  # fmt: skip
    assert asked(browser, path) == few


def test_the_managers_page_asks_as_much_for_a_year_as_for_a_month(sign_in: SignIn) -> None:
    browser = sign_in("helena")
    month = asked(browser, "/statistics/?weeks=4")
    assert asked(browser, "/statistics/?weeks=52") == month <= 28
    assert asked(browser, "/statistics/?weeks=52&measure=held") == month
