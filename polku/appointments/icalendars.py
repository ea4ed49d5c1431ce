"""iCalendar texts (RFC 5545): the file that goes with a confirmation, a worker's own feed, busy times read in.

Neutral: the client's file says that there is a time, when and where; the feed says the kind and the place, no names of
clients. Reading keeps only when somebody is busy.
"""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from dateutil.rrule import rrulestr
from django.utils.translation import gettext as _
from django.utils.translation import override
from icalendar import Calendar, Event

from polku.appointments.models import Appointment
from polku.appointments.sentences import place_text
from polku.appointments.spans import HELSINKI, Span, at_wall_time, day_span, merge
from polku.kit.errors import Invalid

PRODUCT = "-//Polku//Appointments//FI"
LARGEST = 2_000_000
MOST_TIMES = 20_000
"""How many steps of repeating entries are counted out for one file: about a second's work."""
SEARCH = 100
STEPS = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 30, "YEARLY": 365}
"""Days from one step of a repetition to the next."""
WITHIN_A_DAY = ("BYHOUR", "BYMINUTE", "BYSECOND")
OF_A_YEAR = ("BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYEASTER", "BYSETPOS")
"""Parts by which a repetition may never come; looking for its next time then goes on to the year 9999."""


@dataclass(slots=True)
class Budget:
    """What is left of the work that one file may cost."""

    left: int = MOST_TIMES

    def spend(self, steps: int) -> None:
        """Take steps.

        Raises:
            ValueError: the file costs too much.
        """
        self.left -= steps
        if self.left < 0:
            raise ValueError("repeats too often")


def _calendar(method: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    return calendar


def _event(appointment: Appointment, *, summary: str, where: str, at: datetime, cancelled: bool = False) -> Event:
    event = Event()
    event.add("uid", f"{_first_of(appointment)}@polku")
    event.add("dtstamp", at.astimezone(UTC))
    event.add("dtstart", appointment.starts_at.astimezone(UTC))
    event.add("dtend", appointment.ends_at.astimezone(UTC))
    # A later version of the same entry: the move of a time replaces the earlier one in the client's calendar, and a
    # time that holds after all the cancelled one.
    event.add("sequence", _number(appointment) + (1 if cancelled else 0))
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("summary", summary)
    event.add("location", where)
    return event


def _first_of(appointment: Appointment) -> str:
    """The id of the chain's first time, so that a calendar sees a move as the same entry moved."""
    while appointment.replaces is not None:
        appointment = appointment.replaces
    return appointment.public_id


def _number(appointment: Appointment) -> int:
    number = 2 * appointment.restored
    while appointment.replaces is not None:
        appointment, number = appointment.replaces, number + 2
    return number


def for_client(appointment: Appointment, *, language: str, sender: str, at: datetime, cancelled: bool = False) -> bytes:
    """The calendar file of a confirmation or a cancellation, in the client's language."""
    with override(language):
        calendar = _calendar("CANCEL" if cancelled else "PUBLISH")
        summary = _("Appointment, %(sender)s") % {"sender": sender}
        where = place_text(appointment, language)
        calendar.add_component(_event(appointment, summary=summary, where=where, at=at, cancelled=cancelled))
    return bytes(calendar.to_ical())


def feed(appointments: Iterable[Appointment], *, name: str, at: datetime) -> bytes:
    """A worker's own calendar: kind and place of each time, never the client."""
    calendar = _calendar("PUBLISH")
    calendar.add("x-wr-calname", name)
    for appointment in appointments:
        where = appointment.place.name if appointment.place else str(appointment.get_mode_display())
        calendar.add_component(_event(appointment, summary=appointment.kind.name, where=where, at=at))
    return bytes(calendar.to_ical())


def busy_times(content: bytes, *, low: datetime, high: datetime) -> list[Span]:
    """When a calendar says that its owner is busy between two instants: joined spans in UTC.

    Transparent and cancelled entries do not count; repeating entries are expanded. A time without a zone is Finnish.

    Raises:
        Invalid: the file is too large or not a calendar.
    """
    if len(content) > LARGEST:
        raise Invalid(
            "calendar_too_large", _("The calendar file is larger than 2 MB. Export a shorter period."), "file"
        )
    try:
        events = Calendar.from_ical(content).walk("VEVENT")
        moved, budget = _moved(events), Budget()
        spans = [span for event in events for span in _spans(event, moved, budget, low=low, high=high)]
    # A zone's name is looked for as a file's: one that no file can have is an OSError.
    except (ValueError, LookupError, AttributeError, TypeError, OverflowError, OSError, RecursionError) as error:
        raise Invalid(
            "not_a_calendar", _("This is not a calendar file (.ics). Export it again from the other calendar."), "file"
        ) from error
    return merge((max(start, low), min(end, high)) for start, end in spans if start < high and end > low)


def _moved(events: Iterable[Any]) -> dict[str, set[datetime]]:
    """By entry, the times of its repetition that another entry of the file stands for (RECURRENCE-ID)."""
    found: dict[str, set[datetime]] = defaultdict(set)
    for event in events:
        if "recurrence-id" in event:
            found[str(event.get("uid", ""))].add(_instant(event.decoded("recurrence-id")))
    return found


def _spans(
    event: Any, moved: Mapping[str, set[datetime]], budget: Budget, *, low: datetime, high: datetime
) -> Iterable[Span]:
    if str(event.get("transp", "")).upper() == "TRANSPARENT" or str(event.get("status", "")).upper() == "CANCELLED":
        return
    begins = event.decoded("dtstart")
    start = _instant(begins)
    if "dtend" in event:
        length = _instant(event.decoded("dtend")) - start
    elif "duration" in event:
        length = event.decoded("duration")
    else:
        length = timedelta(0) if isinstance(begins, datetime) else day_span(begins)[1] - start
    if "rrule" not in event:
        yield start, start + length
        return
    left_out = _left_out(event) | moved.get(str(event.get("uid", "")), set())
    for again in _repeated(event, begins, start, budget, low=low - length, high=high):
        if again not in left_out:
            yield again, again + length


def _repeated(
    event: Any, begins: date | datetime, start: datetime, budget: Budget, *, low: datetime, high: datetime
) -> Iterable[datetime]:
    """The beginnings of a repeating entry in the period.

    Repetition counts in wall time, so that a weekly entry keeps its hour over a clock change. A rule that repeats
    within the day is refused, and so is a file whose repetitions take too long to count out (`budget`).
    """
    zone = begins.tzinfo if isinstance(begins, datetime) and begins.tzinfo is not None else HELSINKI
    parts = dict(part.split("=", 1) for part in event["rrule"].to_ical().decode().split(";"))
    interval = int(parts.get("INTERVAL", "1"))
    if parts.get("FREQ") not in STEPS or interval < 1 or any("," in parts.get(name, "") for name in WITHIN_A_DAY):
        raise ValueError("repeats within the day")
    if any(name in parts for name in OF_A_YEAR):
        if STEPS[parts["FREQ"]] < STEPS["MONTHLY"]:
            raise ValueError("days and weeks of certain months only")
        budget.spend(SEARCH)
    until = event["rrule"].get("until")
    stop = min(_instant(until[0]), high) if until else high
    parts["UNTIL"] = f"{stop.astimezone(zone):%Y%m%dT%H%M%S}"
    wall, passed = start.astimezone(zone).replace(tzinfo=None), timedelta(0)
    if "COUNT" not in parts and parts["FREQ"] in ("DAILY", "WEEKLY") and start < low:
        # Whole rhythms before the period need not be counted out: a day and a week are always as long on the wall.
        rhythm = STEPS[parts["FREQ"]] * interval
        passed = timedelta(days=(low - start).days // rhythm * rhythm)
    budget.spend(max((stop - start - passed).days, 0) // STEPS[parts["FREQ"]])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # COUNT and UNTIL together: whichever ends first
        rule = rrulestr(";".join(f"{name}={value}" for name, value in parts.items()), dtstart=wall + passed)
    for again in rule:
        budget.spend(1)
        moment = again.replace(tzinfo=zone).astimezone(UTC)
        if moment >= high:
            return
        if moment >= low:
            yield moment


def _left_out(event: Any) -> frozenset[datetime]:
    exdates = event.get("exdate", [])
    exdates = exdates if isinstance(exdates, list) else [exdates]
    return frozenset(_instant(one.dt) for exdate in exdates for one in exdate.dts)


def _instant(value: date | datetime) -> datetime:
    if isinstance(value, datetime):
        zoned = value if value.tzinfo is not None else value.replace(tzinfo=HELSINKI)
        return zoned.astimezone(UTC)
    return at_wall_time(value, time(0))
