"""A unit's opening calendar and promise as they are on a day, from its dated rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property

from django.db.models import QuerySet

from polku.access.models import ClosingDay, OpeningHours, Promise, Unit
from polku.access.queries import current
from polku.asking import Question, value
from polku.kit import localtime
from polku.rules.promises import OpeningCalendar, Span

OFFICE: dict[int, tuple[Span, ...]] = {weekday: ((time(8), time(16)),) for weekday in range(5)}
OFFICE_DAY_ENDS = time(16)
# How far ahead hours that begin or end on a day are looked at: longer than any promise.
_AHEAD = timedelta(days=120)

_PROMISES = Question(lambda: Promise.objects.filter(current(value("day")), unit=value("unit")).order_by("valid_from"))
_HOURS = Question(lambda: OpeningHours.objects.filter(unit=value("unit")).order_by("valid_from"))


def _closing_days() -> QuerySet[ClosingDay]:
    return ClosingDay.objects.filter(unit=value("unit"), day__gte=value("first"), day__lte=value("last"))


_CLOSING = Question(_closing_days)
_CLOSING_KEPT = Question(_closing_days, kept=True)


@dataclass(frozen=True)
class UnitDay:
    """A unit as it is from a day on: its opening calendar and promises, each asked for once, when first needed.

    With `kept`, for whoever writes down what follows from the calendar, no closing day that was found is taken back
    until the transaction has ended: whoever takes it back then finds what went by it (`deadlines.reopening`).
    """

    unit: Unit
    on: date
    kept: bool = False

    @cached_property
    def opening(self) -> OpeningCalendar:
        """The opening calendar; weekdays 8-16 when the unit has no hours of its own."""
        return _opening(self.unit, self.on, _CLOSING_KEPT if self.kept else _CLOSING)

    @cached_property
    def promises(self) -> dict[str, Promise]:
        """What the unit promises on the day, by promise rule."""
        return {row.rule: row for row in _PROMISES(unit=self.unit.pk, day=self.on)}

    def closing_instant(self, day: date) -> datetime:
        """Return when the day's office hours end (150/1930 6 §): the unit's closing time, or 16.00 when it is shut."""
        return localtime.end_instant(day, self.opening.closing(day) or OFFICE_DAY_ENDS)

    def at_once(self, received_at: datetime) -> datetime:
        """Return when something that must be done at once alarms: minutes after arrival, or after the next opening."""
        alarm = timedelta(minutes=self.unit.urgent_alarm_minutes)
        arrived = localtime.local(received_at)
        for step in range(_AHEAD.days):
            day = arrived.date() + timedelta(days=step)
            for opens, closes in self.opening.spans(day):
                if step == 0 and arrived.time() >= closes:
                    continue
                begins = localtime.end_instant(day, opens)
                return max(begins, received_at) + alarm
        return received_at + alarm


def _opening(unit: Unit, on: date, closing_days: Question[ClosingDay]) -> OpeningCalendar:
    rows = _HOURS(unit=unit.pk)
    closing = closing_days(unit=unit.pk, first=on, last=on + _AHEAD)
    changing = any(_changes(row, on) for row in rows)
    # Where hours change, the days ahead are told one by one, and the weekdays are those after them.
    begins = on + _AHEAD if changing else on
    weekdays = {
        weekday: _spans(rows, begins + timedelta(days=(weekday - begins.weekday()) % 7)) for weekday in range(7)
    }
    # A unit that is open on Sundays does not shut for other holidays either.
    always = bool(weekdays[6])
    exceptions: dict[date, tuple[Span, ...]] = {}
    if changing:
        # An exception wins over a holiday, so the holidays are told apart here.
        plain = OpeningCalendar(dict.fromkeys(range(7), OFFICE[0]), open_on_holidays=always)
        ahead = [on + timedelta(days=n) for n in range(_AHEAD.days)]
        exceptions = {day: _spans(rows, day) if plain.spans(day) else () for day in ahead}
    for row in closing:
        exceptions[row.day] = ((row.opens, row.closes),) if row.opens and row.closes else ()
    return OpeningCalendar(weekdays if any(weekdays.values()) else OFFICE, exceptions, always)


def _changes(row: OpeningHours, on: date) -> bool:
    begins = on < row.valid_from <= on + _AHEAD
    return begins or (row.valid_until is not None and on <= row.valid_until < on + _AHEAD)


def _spans(rows: list[OpeningHours], day: date) -> tuple[Span, ...]:
    """The hours in force on a day; where periods overlap, the one that began last.

    Where there are none, or they have run out without new ones: office hours, so that a promise always has a day.
    """
    if all(row.valid_until is not None and row.valid_until < day for row in rows):
        return OFFICE.get(day.weekday(), ())
    found = [
        row
        for row in rows
        if row.weekday == day.isoweekday()
        and row.valid_from <= day
        and (row.valid_until is None or day <= row.valid_until)
    ]
    return ((found[-1].opens, found[-1].closes),) if found else ()
