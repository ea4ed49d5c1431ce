"""Messages that did not arrive, for those to whom the appointment or contact behind them belongs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from polku.access.models import Actor
from polku.access.permissions import visible_to
from polku.appointments.models import Appointment
from polku.contacts import queries as contacts
from polku.contacts.moves import concerned_ids
from polku.desk.frame import address
from polku.kit.errors import NotFound
from polku.outbox import addresses
from polku.outbox import queries as outbox
from polku.outbox.models import Message
from polku.ui import words

MOST = 100


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A message that did not arrive: how, to whom (partly hidden), why, and what it is about; `clients` for the log."""

    message: Message
    way: str
    to: str
    when: str
    about: str
    url: str
    clients: tuple[int, ...]


def mine(*, by: Actor, at: datetime) -> list[Undelivered]:
    """Return the undelivered messages that are about appointments and contacts that the actor may see."""
    rows = list(outbox.undelivered()[:MOST])
    things = {row.pk: _thing(row) for row in rows}
    times = _of("appointment", things, by=by, at=at)
    told = {
        row.public_id: row
        for row in contacts.contacts_visible_to(by, at=at).filter(
            public_id__in=[name for kind, name in things.values() if kind == "contact"]
        )
    }
    found = []
    for row in rows:
        kind, name = things[row.pk]
        if kind == "appointment" and name in times:
            time = times[name]
            about = f"{time.kind.name}, {words.short_moment(time.starts_at)}"
            ids = [time.client_id] if time.client_id else []
            found.append(_row(row, about, address("appointments:appointment", name), ids))
        elif kind == "contact" and name in told:
            url = reverse("desk:contact", args=[name])
            found.append(_row(row, told[name].reference, url, concerned_ids(told[name])))
    return found


def _of(kind: str, things: dict[int, tuple[str, str]], *, by: Actor, at: datetime) -> dict[str, Appointment]:
    wanted = [name for what, name in things.values() if what == kind]
    rows = Appointment.objects.select_related("kind").filter(public_id__in=wanted)
    return {row.public_id: row for row in visible_to(by, "appointments.read", rows, at=at)}


def _thing(message: Message) -> tuple[str, str]:
    """Return what a message is about, from its key; a message sent again leads to the first one."""
    first = message
    while first.instead_of_id is not None and first.instead_of is not None:
        first = first.instead_of
    kind, _colon, rest = first.key.partition(":")
    return kind, rest.partition(":")[0]


def _row(message: Message, about: str, url: str, clients: list[int]) -> Undelivered:
    return Undelivered(
        message=message,
        way=str(message.get_channel_display()),
        to=addresses.hidden(message.channel, message.recipient),
        when=words.short_moment(message.closed_at),
        about=about,
        url=url,
        clients=tuple(clients),
    )


def one(public_id: str, *, by: Actor, at: datetime) -> Message:
    """Return an undelivered message that the actor may see.

    Raises:
        NotFound: it is not there, or not theirs.
    """
    for row in mine(by=by, at=at):
        if row.message.public_id == public_id:
            return row.message
    raise NotFound("not_found", _("There is no such message, or it is not yours to see."))
