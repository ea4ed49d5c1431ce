"""A county with its workers and calendars, a signed-in worker's browser, and a contact on the desk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from django.test import Client as Browser

    from polku.access.models import Actor, Unit
    from polku.clients.models import Client
    from polku.contacts.models import Contact


@pytest.fixture
def now(loaded: None, db: None) -> Iterator[datetime]:
    """The clock stands on the morning of the walk, and goes on."""
    from polku.kit.clock import started_at
    from tests.desk.world import AT

    with started_at(AT):
        yield AT


@pytest.fixture(scope="module")
def loaded(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Länsi-Uusimaa with its units, codes and rules, and its invented workers with their calendars: once a module.

    The tests of the module run inside this transaction, each in a savepoint of its own.
    """
    from django.db import transaction

    from tests.desk.world import AT, workers

    with django_db_blocker.unblock(), transaction.atomic():
        workers(at=AT)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def workers(loaded: None, now: datetime) -> dict[str, Actor]:
    """The workers by their user names."""
    from polku.access.models import Account

    return {row.username: row.actor for row in Account.objects.select_related("actor")}


@pytest.fixture
def suvi(workers: dict[str, Actor]) -> Actor:
    """The guidance worker."""
    return workers["suvi"]


@pytest.fixture
def sign_in(workers: dict[str, Actor]) -> Callable[..., Browser]:
    """Sign a worker in: `sign_in("suvi").get("/")`."""
    from tests.desk.world import browser_of

    return lambda username, language="fi": browser_of(workers[username], language)


@pytest.fixture
def team(workers: dict[str, Actor]) -> Unit:
    """The guidance team."""
    from polku.access.models import Unit

    return Unit.objects.get(key="aikuisneuvonta")


@pytest.fixture
def raija(suvi: Actor, now: datetime) -> Client:
    """A client of 76 years."""
    from tests.desk.world import raija

    return raija(by=suvi, at=now)


@pytest.fixture
def contact(suvi: Actor, team: Unit, now: datetime) -> Contact:
    """A call that has just begun."""
    from polku.contacts import actions

    return actions.start(unit=team, by=suvi, at=now, key="call")
