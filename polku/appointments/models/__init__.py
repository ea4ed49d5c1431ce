"""Models of the stage: calendars (`calendar`), what is booked (`booking`), lists, links and feeds (`notice`)."""

from polku.appointments.models.booking import Appointment, Claim, Participant
from polku.appointments.models.calendar import (
    BookingRule,
    BusySource,
    BusyTime,
    Kind,
    KindSeat,
    Opening,
    Place,
    Resource,
)
from polku.appointments.models.notice import ClientLink, Feed, WaitingEntry

__all__ = [
    "Appointment",
    "BookingRule",
    "BusySource",
    "BusyTime",
    "Claim",
    "ClientLink",
    "Feed",
    "Kind",
    "KindSeat",
    "Opening",
    "Participant",
    "Place",
    "Resource",
    "WaitingEntry",
]
