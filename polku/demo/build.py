"""Build the county: its register, its workers' calendars, then lives on their true dates up to now."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import OperationalError, connection
from psycopg.errors import DeadlockDetected

from polku.access import actions as access
from polku.access.models import Actor, Source, Unit
from polku.access.states import ActorKind
from polku.clients.models import Client
from polku.contacts.models import Contact
from polku.demo import staff
from polku.demo.lives import arrivals, live
from polku.demo.world import County
from polku.kit.errors import Refused
from polku.kit.localtime import local_date

Working = Callable[[], AbstractContextManager[None]]
SOURCE = "Alueen verkkolomakkeet"
# Steps between two tellings of how far it is.
STEP = 10


def register(*, at: datetime, working: Working) -> dict[str, Actor]:
    """Make or find the workers and the form source; quick, so that somebody can sign in at once."""
    with working():
        start = tomllib.loads(Path(settings.COUNTY).read_text(encoding="utf-8"))["valid_from"]
        workers = staff.register(at=at, start=start)
        source(at=at)
    return workers


def source(*, at: datetime) -> Source:
    """Return the machine that sends the county's forms; its key is known to nobody until a new one is made."""
    found = Source.objects.filter(actor__name=SOURCE, actor__kind=ActorKind.SOURCE).first()
    if found is not None:
        return found
    unit = Unit.objects.get(key="aikuisneuvonta")
    scopes = ["contacts:write", "contacts:read", "appointments:read", "appointments:write"]
    made, _key = access.add_source(name=SOURCE, unit=unit, scopes=scopes, by=None, at=at)
    return made


def build(*, contacts: int, days: int, seed: str, at: datetime, working: Working) -> Iterator[int]:
    """Build lives, each in transactions of its own; yields how many there are now and then.

    The register must be there. Each building needs a seed of its own: the lives' idempotency keys are made of it.
    """
    with working():
        county = County(
            seed=seed, workers=staff.workers(), source=source(at=at), populations=_populations(),
            known=list(Client.objects.filter(merged_into__isnull=True).order_by("-pk")[:500]),
        )  # fmt: skip
    with connection.cursor() as cursor:
        # A crash may lose the last invented lives; waiting for the disk after each would take longer.
        cursor.execute("SET synchronous_commit = off")
    first = local_date(at) - timedelta(days=days)
    moments = list(arrivals(county.rng, count=contacts, first=first, last=at))
    for number, moment in enumerate(moments, start=1):
        while (event := county.next_before(moment)) is not None:
            _happens(county, partial(event.do, event.at), working=working)
        _happens(county, partial(live, county, moment, now=at), working=working)
        if number % STEP == 0 or number == contacts:
            yield number
    while (event := county.next_before(at)) is not None:
        _happens(county, partial(event.do, event.at), working=working)


def _happens(county: County, what: Callable[[], None], *, working: Working) -> None:
    """Let one thing happen. A refusal is what a real day has too: the worker tries no further."""
    try:
        with working(), suppress(Refused):
            what()
    except OperationalError as error:
        # Two builders may want the same two workers in turn; the database lets one of them go on.
        if not isinstance(error.__cause__, DeadlockDetected):
            raise


def away(*, at: datetime, working: Working) -> None:
    """Let some workers be away from today on, so that the lists of absent owners have something to show."""
    with working():
        staff.set_away(staff.workers(), at=at)


def count(*, working: Working) -> int:
    """Return how many contacts there are."""
    with working():
        return Contact.objects.count()


def _populations() -> dict[str, int]:
    rows = tomllib.loads(Path(settings.COUNTY).read_text(encoding="utf-8"))["municipalities"]
    return {row["code"]: row.get("population", 1) for row in rows}
