"""Build the county: its register, its workers' calendars, then lives on their true dates up to now."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

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
SOURCE = "E-forms of the county"
# Lives in one transaction: fewer commits, and a stop loses little.
BATCH = 20


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a building is."""

    done: int
    wanted: int
    day: str


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


def build(*, contacts: int, days: int, seed: int, at: datetime, working: Working) -> Iterator[Progress]:
    """Build lives; yields after every batch. A second building adds to the first."""
    workers = register(at=at - timedelta(days=days), working=working)
    # The same seed twice would meet its own keys; what is there already moves it on.
    salt = int(hashlib.sha256(f"{seed}-{Contact.objects.count()}".encode()).hexdigest()[:8], 16)
    with working():
        county = County(seed=salt, workers=workers, source=source(at=at), populations=_populations(), name=f"{salt:x}")
        county.known = list(Client.objects.filter(merged_into__isnull=True).order_by("-pk")[:500])
    first = local_date(at) - timedelta(days=days)
    moments = list(arrivals(county.rng, count=contacts, first=first, last=at))
    for begin in range(0, len(moments), BATCH):
        batch = moments[begin : begin + BATCH]
        with working():
            for moment in batch:
                county.until(moment)
                _one(county, moment, now=at)
        yield Progress(begin + len(batch), contacts, f"{local_date(batch[-1])}")
    with working():
        county.until(at)
        staff.set_away(workers, at=at)


def _one(county: County, moment: datetime, *, now: datetime) -> None:
    """Let one contact arrive. A refusal is what a real day has too: the worker tries no further."""
    try:
        live(county, moment, now=now)
    except Refused:
        county.refused += 1


def count(*, working: Working) -> int:
    """Return how many contacts there are."""
    with working():
        return Contact.objects.count()


def _populations() -> dict[str, int]:
    rows = tomllib.loads(Path(settings.COUNTY).read_text(encoding="utf-8"))["municipalities"]
    return {row["code"]: row.get("population", 1) for row in rows}
