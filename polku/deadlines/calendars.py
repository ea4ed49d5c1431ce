"""A unit's opening calendar and promise as they are on a day, from its dated rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from polku.access.models import ClosingDay, OpeningHours, Promise, Unit
from polku.access.queries import current
from polku.kit import localtime
from polku.rules.promises import OpeningCalendar, Span

OFFICE = {weekday: ((time(8), time(16)),) for weekday in range(5)}
OFFICE_DAY_ENDS = time(16)
# How far ahead hours that begin or end on a day are looked at: longer than any promise.
_AHEAD = timedelta(days=120)


@dataclass(frozen=True)
class UnitHours:
    """A unit's opening calendar, and how soon what must be done at once alarms there."""

    opening: OpeningCalendar
    alarm_minutes: int

    def closing_instant(self, day: date) -> datetime:
        """Return when the day's office hours end (150/1930 6 §): the unit's closing time, or 16.00 when it is shut."""
        return localtime.end_instant(day, self.opening.closing(day) or OFFICE_DAY_ENDS)

    def at_once(self, received_at: datetime) -> datetime:
        """Return when something that must be done at once alarms: minutes after arrival, or after the next opening."""
        arrived = localtime.local(received_at)
        for step in range(_AHEAD.days):
            day = arrived.date() + timedelta(days=step)
            for opens, closes in self.opening.spans(day):
                if step == 0 and arrived.time() >= closes:
                    continue
                begins = localtime.end_instant(day, opens)
                return max(begins, received_at) + timedelta(minutes=self.alarm_minutes)
        return received_at + timedelta(minutes=self.alarm_minutes)


def hours_of(unit: Unit, *, on: date) -> UnitHours:
    """Return the unit's hours from a day on; weekdays 8-16 when it has none of its own."""
    rows = list(OpeningHours.objects.filter(unit=unit).order_by("valid_from"))
    closing = ClosingDay.objects.filter(unit=unit, day__gte=on, day__lte=on + _AHEAD)
    weekdays: dict[int, tuple[Span, ...]] = {}
    if rows:
        weekdays = {weekday: _spans(rows, on + timedelta(days=(weekday - on.weekday()) % 7)) for weekday in range(7)}
    # A unit that is open on Sundays does not shut for other holidays either.
    always = bool(weekdays.get(6))
    exceptions: dict[date, tuple[Span, ...]] = {}
    if any(_changes(row, on) for row in rows):
        exceptions = {day: _spans(rows, day) for day in (on + timedelta(days=n) for n in range(_AHEAD.days + 1))}
        # An exception wins over a holiday, so the holidays are told apart here.
        plain = OpeningCalendar(dict.fromkeys(range(7), OFFICE[0]), open_on_holidays=always)
        exceptions = {day: spans if plain.spans(day) else () for day, spans in exceptions.items()}
    for row in closing:
        exceptions[row.day] = ((row.opens, row.closes),) if row.opens and row.closes else ()
    # No hours, or hours that have run out without new ones: office hours, so that a promise always has a day.
    if not any(weekdays.values()) and not any(exceptions.values()):
        weekdays = OFFICE
    return UnitHours(OpeningCalendar(weekdays, exceptions, always), unit.urgent_alarm_minutes)


def _changes(row: OpeningHours, on: date) -> bool:
    begins = on < row.valid_from <= on + _AHEAD
    return begins or (row.valid_until is not None and on <= row.valid_until < on + _AHEAD)


def _spans(rows: list[OpeningHours], day: date) -> tuple[Span, ...]:
    """The hours in force on a day; where periods overlap, the one that began last."""
    found = [
        row
        for row in rows
        if row.weekday == day.isoweekday()
        and row.valid_from <= day
        and (row.valid_until is None or day <= row.valid_until)
    ]
    return ((found[-1].opens, found[-1].closes),) if found else ()


def promise_of(unit: Unit, rule: str, *, on: date) -> Promise | None:
    """Return what the unit promises on a day by a promise rule."""
    return Promise.objects.filter(current(on), unit=unit, rule=rule).order_by("-valid_from").first()


def promised_rules(unit: Unit, *, on: date) -> set[str]:
    """Return the promise rules that the unit follows on a day."""
    return set(Promise.objects.filter(current(on), unit=unit).values_list("rule", flat=True))
