"""The clocks of a contact: which start, by what facts, and when they are met."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from polku.access.models import Actor
from polku.cases.models import Case
from polku.contacts.models import CallBack, Contact


def answer_by(contact: Contact) -> datetime | None:
    return None


def facts(contact: Contact) -> dict[str, Any]:
    return dict(contact.facts)


def sync(contact: Contact, *, by: Actor, at: datetime) -> None:
    pass


def urgency_recorded(contact: Contact, *, by: Actor, at: datetime) -> None:
    pass


def close(contact: Contact, *, by: Actor, at: datetime) -> None:
    pass


def follow_case(contact: Contact, case: Case, *, by: Actor, at: datetime) -> None:
    pass


def agree(row: CallBack, *, by: Actor, at: datetime) -> None:
    pass


def meet_agreed(row: CallBack, *, by: Actor, at: datetime) -> None:
    pass


def void_agreed(row: CallBack, *, by: Actor, at: datetime) -> None:
    pass
