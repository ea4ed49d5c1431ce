"""Links sent to clients: made with the message, found by the hash of what comes back. A GET only looks."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from polku.access.models import Actor
from polku.access.states import ActorKind
from polku.acting import act_as, beyond
from polku.appointments import seats
from polku.appointments.models import Appointment, ClientLink, Participant, WaitingEntry
from polku.appointments.sentences import ends_link_at, language_of
from polku.appointments.states import LinkPurpose
from polku.storing import insert

TOKEN_BYTES = 16
LEAST = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link opens, or why it does not: `why` is "", "unknown", "used" or "expired"."""

    link: ClientLink | None
    why: str = ""


def token_hash(token: str) -> str:
    """What is kept of a token. It has 128 random bits, so a plain hash cannot be guessed back."""
    return hashlib.sha256(token.encode()).hexdigest()


def make(
    appointment: Appointment,
    *,
    at: datetime,
    purpose: LinkPurpose = LinkPurpose.APPOINTMENT,
    waiting: WaitingEntry | None = None,
) -> str:
    """Make a link to an appointment in the caller's transaction and return its token, which is kept nowhere.

    To a participant's own view of a group (`seats.own`) it is a link to that seat.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    actor = Actor(kind=ActorKind.LINK, name="Client by link", created_at=at)
    insert(actor)
    link = ClientLink(
        token_hash=token_hash(token),
        purpose=purpose,
        appointment=appointment,
        waiting=waiting,
        participant=appointment.seat,
        actor=actor,
        language=language_of(appointment),
        created_at=at,
        expires_at=max(ends_link_at(appointment), at + LEAST),
    )
    insert(link)
    return token


def opened(token: str, *, at: datetime) -> Opened:
    """Find the link of a token and whether it still opens; from here on its holder reads. Writes nothing."""
    link = _kept(token)
    if link is None:
        return Opened(None, "unknown")
    act_as(link.actor, at=at)
    if link.used_at is not None:
        return Opened(link, "used")
    if link.expires_at <= at:
        return Opened(link, "expired")
    return Opened(link)


@beyond("whoever has a link is known by the link itself")
def _kept(token: str) -> ClientLink | None:
    rows = ClientLink.objects.select_related(
        "actor",
        "waiting",
        "appointment__place",
        "appointment__kind",
        "appointment__unit",
        "appointment__client",
        "appointment__contact",
        "participant__client",
        "participant__contact",
    )
    return rows.filter(token_hash=token_hash(token)).first()


def time_of(link: ClientLink) -> Appointment:
    """The time that a link is about: with a seat the holder's own view of the group."""
    if link.participant is None:
        return link.appointment
    link.participant.appointment = link.appointment
    return seats.own(link.participant)


def use_up(appointment: Appointment, *, at: datetime) -> None:
    """End every running link of an appointment that has been moved, cancelled or held."""
    _seats_first(appointment)
    ClientLink.objects.filter(appointment=appointment, used_at__isnull=True).update(used_at=at)


def _seats_first(group: Appointment) -> None:
    """Lock the seats of a group before their links, as one does who gives up a single seat."""
    if group.capacity > 1:
        rows = Participant.objects.select_for_update(no_key=True).filter(appointment=group)
        list(rows.order_by("pk").values_list("pk"))


def use_up_seat(participant: Participant, *, at: datetime) -> None:
    """End every running link of a participant who has left the group."""
    ClientLink.objects.filter(participant=participant, used_at__isnull=True).update(used_at=at)


def revive(appointment: Appointment, *, ended_at: datetime) -> None:
    """Let the links work again that a cancellation ended at a moment: those of the participants of a group too."""
    _seats_first(appointment)
    ClientLink.objects.filter(appointment=appointment, used_at=ended_at).update(used_at=None)


def revive_seat(participant: Participant, *, ended_at: datetime) -> None:
    """Let the links of a seat work again that giving it up ended at a moment."""
    ClientLink.objects.filter(participant=participant, used_at=ended_at).update(used_at=None)
