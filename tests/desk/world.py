"""The county of the desk's tests, made by the real loaders and actions."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from django.test import Client as Browser

from polku.access.models import Actor
from polku.clients import actions as clients
from polku.clients.models import Client
from polku.demo import staff as demo_staff
from polku.site import county

ROOT = Path(__file__).resolve().parents[2]
AT = datetime(2026, 11, 24, 7, 6, tzinfo=UTC)  # Tuesday 24.11.2026 at 9.06
START = date(2026, 1, 1)
FORM = {"channel": "phone", "legal_kind": "advice", "consent": "not_asked", "language": "fi", "preferred_way": "phone"}
HX = {"HTTP_HX_REQUEST": "true"}


def workers(*, at: datetime) -> dict[str, Actor]:
    """Load the county and register its workers; one of them is away."""
    county.load(county.read(ROOT / "counties" / "lansi-uusimaa.toml"), at=at)
    made = demo_staff.register(at=at, start=START)
    demo_staff.set_away(made, at=at)
    return made


def browser_of(actor: Actor, language: str = "fi") -> Browser:
    """Return a browser in which the worker is signed in."""
    browser = Browser()
    browser.force_login(actor.account, backend="django.contrib.auth.backends.ModelBackend")
    browser.cookies["polku_language"] = language
    return browser


def raija(*, by: Actor, at: datetime) -> Client:
    """Make a client of 76 years, born in February 1950."""
    person = clients.Person(
        family_name="Koskimäki",
        given_names="Raija Helena",
        identity_code="040250-912H",
        phone="044 000 1942",
        municipality="049",
    )
    return clients.create(person=person, by=by, at=at, key="raija")
