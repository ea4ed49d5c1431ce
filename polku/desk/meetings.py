"""The times of a contact, a case or a person as a list: when, what, where, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from polku.access.models import Actor
from polku.appointments import queries as appointments
from polku.appointments.models import Appointment
from polku.desk.frame import address
from polku.ui import words


@dataclass(frozen=True, slots=True)
class Meeting:
    """A time of the client, for the list."""

    at: datetime
    text: str
    url: str


def meetings(rows: Sequence[Appointment], *, by: Actor, at: datetime, named: bool = False) -> list[Meeting]:
    """Return the times with their place and state, and with whose they are when `named`.

    A group's page opens only to those who see all its participants.
    """
    opened = appointments.opened_by([row for row in rows if row.seat is not None], by=by, at=at)
    return [
        Meeting(
            at=row.starts_at,
            text=", ".join(
                part for part in (_whose(row) if named else "", row.kind.name, _where(row), _state(row)) if part
            ),
            url=address("appointments:appointment", row.public_id) if row.seat is None or row.pk in opened else "",
        )
        for row in rows
    ]


def _where(row: Appointment) -> str:
    return row.place.name if row.place else str(row.get_mode_display())


def _state(row: Appointment) -> str:
    return str(row.get_state_display()).lower()


def _whose(row: Appointment) -> str:
    return words.person(row.client) if row.client else ""
