"""For whom a time is looked for: finding the client on the page of free times, and what the time is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from polku.appointments.forms import ClientForm
from polku.appointments.panel import About
from polku.appointments.views.asking import Asking, with_query
from polku.cases.queries import cases_visible_to
from polku.clients import queries as clients
from polku.clients.models import Client
from polku.contacts import queries as contacts
from polku.contacts.states import IN_HAND
from polku.ui import words

MOST = 12


@dataclass(frozen=True, slots=True)
class Choice:
    """A person found, or a matter of theirs: the words, and the page of free times for it."""

    text: str
    note: str
    url: str


def whom(ask: Asking, about: About, kept: dict[str, str]) -> dict[str, Any]:
    """What the page shows about for whom the time is: the person's open matters, or the form to find them."""
    return {"find": ClientForm(), "matters": matters(ask, about.person, kept) if about.person is not None else []}


def matters(ask: Asking, person: Client, kept: dict[str, str]) -> list[Choice]:
    """The person's open contacts and cases that the asker may read: a time booked for one of them meets its clocks."""
    rest = {name: value for name, value in kept.items() if name not in ("client", "contact", "case")}
    calls = contacts.of_client(person, by=ask.by, at=ask.at).filter(state__in=IN_HAND)[:5]
    open_cases = cases_visible_to(ask.by, at=ask.at).filter(
        client_id__in=clients.same_person([person.pk]), closed_at__isnull=True
    )
    found = [
        Choice(
            _("Contact %(reference)s") % {"reference": row.reference},
            words.short_moment(row.received_at),
            with_query("appointments:free", {**rest, "contact": row.public_id}),
        )
        for row in calls
    ]
    return found + [
        Choice(
            _("Case %(reference)s") % {"reference": row.reference},
            words.short_moment(row.initiated_at),
            with_query("appointments:free", {**rest, "case": row.public_id}),
        )
        for row in open_cases.order_by("-initiated_at")[:5]
    ]


def found(ask: Asking, text: str, kept: dict[str, str]) -> list[Choice]:
    """People found by code, name or phone, as searching shows them: a name and a birth year, never more."""
    rows = clients.search(text, at=ask.at, limit=MOST).clients[:MOST]
    ask.saw("clients.search", clients=[client.pk for client in rows])
    rest = {name: value for name, value in kept.items() if name not in ("client", "contact", "case")}
    return [
        Choice(
            words.person(client),
            _("born %(year)d") % {"year": client.birth_date.year} if client.birth_date else "",
            with_query("appointments:free", {**rest, "client": client.public_id}),
        )
        for client in rows
    ]
