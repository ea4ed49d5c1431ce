"""Invented lives are made by the real actions, on their true dates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db.transaction import atomic

from polku.audit.models import Event
from polku.cases.models import TimelineEntry
from polku.clients.models import Client
from polku.contacts.models import Contact
from polku.demo import build
from polku.demo.command import main
from polku.site.checking import wrong_facts
from polku.site.context import working

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DAYS = 10


@pytest.fixture
def register(db: None) -> None:
    build.register(at=NOW - timedelta(days=DAYS), working=working)


def made(contacts: int, seed: str) -> list[int]:
    return list(build.build(contacts=contacts, days=DAYS, seed=seed, at=NOW, working=working))


def told() -> list[tuple[object, ...]]:
    rows = Contact.objects.order_by("received_at", "pk")
    return list(rows.values_list("received_at", "channel", "state", "result", "municipality", "closed_at"))


def taken_back(contacts: int, seed: str) -> Iterator[tuple[object, ...]]:
    class Done(Exception):
        pass

    try:
        with atomic():
            made(contacts, seed)
            yield from told()
            raise Done
    except Done:
        pass


@pytest.mark.slow
def test_the_same_seed_makes_the_same_lives_and_another_seed_others(register: None) -> None:
    once, again, other = (list(taken_back(12, seed)) for seed in ("a", "a", "b"))
    assert once == again
    assert once != other


def test_every_contact_stands_on_its_true_date_and_nothing_is_later_than_now(register: None) -> None:
    assert made(25, "c") == [10, 20, 25]
    assert Contact.objects.count() == 25
    first = NOW - timedelta(days=DAYS + 1)
    for received, created in Contact.objects.values_list("received_at", "created_at"):
        assert first < received <= created <= NOW
    assert not TimelineEntry.objects.filter(recorded_at__gt=NOW + timedelta(minutes=30)).exists()
    states = Counter(Contact.objects.values_list("state", flat=True))
    assert len(states) > 1, "some are over and some are not"
    assert Event.objects.filter(at__lt=NOW - timedelta(days=1)).exists(), "the trace is of that day"


@pytest.mark.slow
def test_nobody_has_a_code_that_a_living_person_could_have(register: None) -> None:
    made(25, "d")
    codes = [code for code in Client.objects.values_list("hetu", flat=True) if code]
    assert codes
    assert all(900 <= int(code[7:10]) <= 999 for code in codes)


@pytest.mark.slow
def test_what_is_stored_for_speed_is_right_after_it(register: None) -> None:
    made(15, "e")
    assert wrong_facts() == []


@pytest.mark.parametrize("wrong", [["--contacts", "0"], ["--contacts", "many"], ["--days", "0"], ["--processes", "0"]])
def test_refuses_what_cannot_be_built(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(wrong, working=working)
    assert stopped.value.code == 2
    assert wrong[0] in capsys.readouterr().err
