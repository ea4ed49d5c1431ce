"""Counts of tries are kept at once: nobody waits for another's request, and none is lost with a request that fails."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import Any

import pytest
from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.db import connections, transaction
from django.test import RequestFactory

from polku.site.context import working

pytestmark = [pytest.mark.django_db(transaction=True, databases=["default", "counts"]), pytest.mark.slow]


@pytest.fixture(autouse=True)
def routed(settings: Any) -> Iterator[None]:
    """Counts go where a running server keeps them."""
    settings.DATABASE_ROUTERS = ["polku.site.counts.Counts"]
    yield
    cache.clear()


@contextmanager
def closing() -> Iterator[None]:
    try:
        yield
    finally:
        connections.close_all()


def count(rate: str = "600/m/ip") -> bool:
    """Count one try of a place as signing in does, within a request's transaction; tells whether it may go on."""
    request = RequestFactory().post("/", REMOTE_ADDR="192.0.2.1")
    return ratelimit.consume(request, app="polku", action="try", config={"try": rate}) is not None


def test_one_request_does_not_wait_for_another_from_the_same_place() -> None:
    counted, goes_on = Event(), Event()

    def slow() -> bool:
        with closing(), working():
            found = count()
            counted.set()
            return goes_on.wait(20) and found

    def quick() -> bool:
        with closing(), working():
            return count()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(slow)
        assert counted.wait(10)
        try:
            assert pool.submit(quick).result(5), "the first one's transaction has not ended"
        finally:
            goes_on.set()
        assert first.result(10)


def test_many_at_once_are_all_counted_and_nobody_is_refused_for_being_many() -> None:
    def one(_number: int) -> bool:
        with closing(), working():
            return count("40/m/ip")

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(one, range(40)))
    assert not one(0)


def test_count_stays_when_the_request_is_taken_back() -> None:
    for _try in range(3):
        with working():
            assert count("3/m/ip")
            transaction.set_rollback(True)
    with working():
        assert not count("3/m/ip")


def test_counts_are_kept_under_the_serving_role() -> None:
    with connections["counts"].cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone()[0] == "polku_serving"
