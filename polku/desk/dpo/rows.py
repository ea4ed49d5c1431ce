"""Rows of the log as the data protection officer reads them: with names of the people they concern."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from polku.audit.models import Event
from polku.audit.states import Kind
from polku.clients.models import Client
from polku.desk.dpo import words

_NAMED = 5


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list."""

    id: int
    uid: str
    at: datetime
    kind: str
    kind_word: str
    who: str
    who_id: str
    role: str
    unit: str
    what: str
    purpose: str
    clients: tuple[tuple[str, str], ...]
    more: int
    reason: str
    reference: str


def rows(events: Iterable[Event]) -> list[Row]:
    """Return the lines for rows of the log; one query for the names."""
    events = list(events)
    known = names({number for event in events for number in event.clients})
    return [_row(event, known) for event in events]


def names(ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Return (public id, name) of people by their ids."""
    people = Client.objects.filter(pk__in=set(ids)).only("public_id", "family_name", "given_names")
    return {person.pk: (person.public_id, name(person)) for person in people}


def name(person: Client) -> str:
    """Return a person's name, or that it is not known."""
    return f"{person.given_names} {person.family_name}".strip() or _("Name not known")


def _row(event: Event, known: dict[int, tuple[str, str]]) -> Row:
    facts = event.facts
    people = [known[number] for number in event.clients if number in known]
    return Row(
        id=event.id,
        uid=event.uid,
        at=event.at,
        kind=event.kind,
        kind_word=str(Kind(event.kind).label),
        who=event.actor_name or _("Not signed in"),
        who_id=event.actor_public_id,
        role=words.roles(event.role),
        unit=event.unit,
        what=words.what(event.what),
        purpose=words.purpose(event.purpose),
        clients=tuple(people[:_NAMED]),
        more=max(0, len(event.clients) - _NAMED),
        reason=str(facts.get("reason", "")),
        reference=str(facts.get("reference", "")),
    )
