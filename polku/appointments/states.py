"""States of an appointment, in the order they can follow, and what the national code set calls them."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class State(models.TextChoices):
    """Where an appointment is (ajanvarauksen tila)."""

    HELD = "held", _("Held")
    RELEASED = "released", _("Let go")
    EXPIRED = "expired", _("Hold ended")
    BOOKED = "booked", _("Booked")
    MOVED = "moved", _("Moved")
    CANCELLED = "cancelled", pgettext_lazy("appointment", "Cancelled")
    ARRIVED = "arrived", _("Client has arrived")
    DONE = "done", _("Took place")
    NO_SHOW = "no_show", _("Client did not come")


LIVE: Final = (State.HELD, State.BOOKED, State.ARRIVED, State.DONE, State.NO_SHOW)
"""States that take up the worker and the room; the database lets no two of them overlap."""

UPCOMING: Final = (State.BOOKED, State.ARRIVED)
"""States of an appointment that is agreed and still ahead or under way."""

TRANSITIONS: Final[dict[State, frozenset[State]]] = {
    State.HELD: frozenset({State.BOOKED, State.RELEASED, State.EXPIRED}),
    State.BOOKED: frozenset({State.ARRIVED, State.DONE, State.NO_SHOW, State.CANCELLED, State.MOVED}),
    State.ARRIVED: frozenset({State.DONE, State.BOOKED, State.CANCELLED}),
    State.DONE: frozenset({State.BOOKED}),
    State.NO_SHOW: frozenset({State.BOOKED}),
    State.RELEASED: frozenset(),
    State.EXPIRED: frozenset(),
    State.MOVED: frozenset(),
    State.CANCELLED: frozenset({State.BOOKED}),
}

NATIONAL: Final[dict[State, str]] = {
    State.HELD: "8",
    State.BOOKED: "3",
    State.CANCELLED: "4",
    State.MOVED: "5",
    State.ARRIVED: "10",
    State.DONE: "7",
    State.NO_SHOW: "9",
}
"""Ajanvarauksen tila (code set 1.2.246.537.6.881): 8 proposed, 3 booked, 4 cancelled, 5 moved, 10 checked in, 7 done,
9 did not come. A hold that was let go or ran out never was an appointment. Waiting for a time is 1 (planned)."""


def before(state: State) -> list[State]:
    """The states from which `state` can follow."""
    return [earlier for earlier, later in TRANSITIONS.items() if state in later]


class Mode(models.TextChoices):
    """How worker and client meet (tapa)."""

    OFFICE = "office", _("Face to face")
    STATION = "station", _("At the health station")
    PHONE = "phone", _("By phone")
    VIDEO = "video", _("Remotely, by video")
    HOME = "home", _("Home visit")


ROOM_MODES: Final = frozenset({Mode.OFFICE.value, Mode.STATION.value})
"""Modes in which the client comes to a place."""


WEEKDAYS: Final = (
    _("Monday"),
    _("Tuesday"),
    _("Wednesday"),
    _("Thursday"),
    _("Friday"),
    _("Saturday"),
    _("Sunday"),
)


class ResourceKind(models.TextChoices):
    """What can be claimed for a time."""

    WORKER = "worker", _("Worker")
    ROOM = "room", _("Room")


class CancelledBy(models.TextChoices):
    """On whose side the reason of a cancellation or move was."""

    CLIENT = "client", _("Client")
    WORKER = "worker", _("Worker")
    UNIT = "unit", _("Unit")


class WaitState(models.TextChoices):
    """Where somebody is on the earlier-time list."""

    WAITING = "waiting", _("Waiting")
    OFFERED = "offered", _("An earlier time has been offered")
    TAKEN = "taken", _("Took the earlier time")
    LEFT = "left", _("Left the list")
    OVER = "over", _("The time came before an earlier one was free")


WAITING: Final = (WaitState.WAITING, WaitState.OFFERED)


class LinkPurpose(models.TextChoices):
    """What a client's link is for."""

    APPOINTMENT = "appointment", _("See, move or cancel a time")
    OFFER = "offer", _("Take an earlier time")
