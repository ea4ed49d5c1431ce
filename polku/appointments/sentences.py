"""What is read aloud to the client: day, time, place, and the worker's role. In the client's language."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import override

from polku.access.models import Actor
from polku.appointments.models import Appointment, Place
from polku.appointments.snapshot import local_day
from polku.appointments.spans import HELSINKI
from polku.appointments.states import ROOM_MODES, Mode

SPOKEN = ("fi", "sv", "en")


def language_of(appointment: Appointment) -> str:
    """The language in which this client is told and written to: theirs when we have it, English for those who speak
    another, Finnish while nothing is known."""
    wanted = ""
    if appointment.contact is not None:
        wanted = appointment.contact.language
    elif appointment.client is not None:
        wanted = appointment.client.contact_language
    if not wanted:
        return "fi"
    return wanted if wanted in SPOKEN else "en"


def phone_of(appointment: Appointment) -> str:
    """The number to call about a time: the unit's own, else that of the unit that answered the contact; or empty."""
    if appointment.unit.phone or appointment.contact is None:
        return appointment.unit.phone
    return appointment.contact.unit.phone


def aloud(appointment: Appointment, *, at: datetime, language: str = "") -> str:
    """The sentence to read to the client: `Your time is tomorrow, on Wednesday 25.11., at 13.15 at ...`."""
    workers = [
        claim.resource.actor for claim in appointment.claims.all() if claim.position > 0 and claim.resource.actor
    ]
    with override(language or language_of(appointment)):
        return " ".join(
            sentence
            for sentence in (
                _when(appointment.starts_at, at=at),
                _where(appointment.mode, appointment.place),
                _who(workers, appointment.mode),
            )
            if sentence
        )


def _when(start: datetime, *, at: datetime) -> str:
    local = start.astimezone(HELSINKI)
    weekday = (
        _("on Monday"),
        _("on Tuesday"),
        _("on Wednesday"),
        _("on Thursday"),
        _("on Friday"),
        _("on Saturday"),
        _("on Sunday"),
    )[local.weekday()]
    values = {
        "weekday": weekday,
        "day": f"{local.day}.{local.month}.",
        "time": f"{local.hour}.{local.minute:02d}",
    }
    days = (local.date() - local_day(at)).days
    if days == 0:
        return _("Your time is today, %(weekday)s %(day)s, at %(time)s.") % values
    if days == 1:
        return _("Your time is tomorrow, %(weekday)s %(day)s, at %(time)s.") % values
    return _("Your time is %(weekday)s %(day)s at %(time)s.") % values


def _where(mode: str, place: Place | None) -> str:
    if mode == Mode.PHONE:
        return _("We will call you.")
    if mode == Mode.VIDEO:
        return _("We will meet by video; you will get the link by message.")
    if mode == Mode.HOME:
        return _("We will come to your home.")
    if place is None:
        return ""
    return _("The place is %(place)s, %(street)s.") % {"place": place.name, "street": place.street}


def _who(workers: list[Actor], mode: str) -> str:
    names = [f"{worker.title.lower()} {worker.name}".strip() for worker in workers]
    if not names:
        return ""
    people = _(" and ").join(names)
    if mode == Mode.PHONE:
        return _("The caller is %(people)s.") % {"people": people}
    return _("You will meet %(people)s.") % {"people": people}


def place_text(appointment: Appointment, language: str) -> str:
    """Where, in a message or on the client's own page: never a place for a client whose address is protected."""
    with override(language):
        if appointment.mode == Mode.PHONE:
            return _("we will call you")
        if appointment.mode == Mode.VIDEO:
            return _("by video")
        if appointment.mode == Mode.HOME:
            return _("at your home")
        if appointment.client is not None and appointment.client.protected:
            return _("we will tell you the place by phone")
        if appointment.place is None:
            return _("we will tell you the place by phone")
        return f"{appointment.place.name}, {appointment.place.street}"


def comes_to_place(appointment: Appointment) -> bool:
    """Whether the client comes somewhere, so that a room and a street matter."""
    return appointment.mode in ROOM_MODES


def ends_link_at(appointment: Appointment) -> datetime:
    """Until when a link to the appointment works: the end of the day of the appointment."""
    return appointment.ends_at + timedelta(hours=12)
