"""A unit's opening calendar and promise as they are on a day, from its dated rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from django.db import connection

from polku.access.models import Unit
from polku.kit import localtime
from polku.rules.promises import OpeningCalendar, Span

OFFICE: dict[int, tuple[Span, ...]] = {weekday: ((time(8), time(16)),) for weekday in range(5)}
OFFICE_DAY_ENDS = time(16)
# How far ahead hours that begin or end on a day are looked at: longer than any promise.
_AHEAD = timedelta(days=120)

_ASKED = """
WITH closing AS MATERIALIZED (
    SELECT day, opens, closes FROM access_closingday WHERE unit_id = %(unit)s AND day BETWEEN %(on)s AND %(last)s{kept}
)
SELECT 'promise', rule, days, cutoff, NULL::time, valid_from, valid_until FROM access_promise
WHERE unit_id = %(unit)s AND valid_from <= %(on)s AND (valid_until IS NULL OR valid_until >= %(on)s)
UNION ALL
SELECT 'hours', '', weekday, opens, closes, valid_from, valid_until FROM access_openinghours WHERE unit_id = %(unit)s
UNION ALL
SELECT 'closing', '', 0, opens, closes, day, NULL FROM closing
ORDER BY 6
"""
_QUESTIONS = {False: _ASKED.format(kept=""), True: _ASKED.format(kept=" FOR KEY SHARE")}


class _Row(NamedTuple):
    """A promise (its days and cut-off hour), the hours of a weekday, or a closing day (the day it is valid from)."""

    what: str
    rule: str
    number: int
    opens: time | None
    closes: time | None
    valid_from: date
    valid_until: date | None


class Promised(NamedTuple):
    """How many days a unit promises, and the hour after which a contact counts as the next day's; None = 24.00."""

    days: int
    cutoff: time | None


@dataclass(frozen=True)
class UnitDay:
    """A unit as it is from a day on: its opening calendar and promises, asked for once, when first needed.

    With `kept`, for whoever writes down what follows from the calendar, no closing day that was found is taken back
    until the transaction has ended: whoever takes it back then finds what went by it (`deadlines.reopening`).
    """

    unit: Unit
    on: date
    kept: bool = False

    @cached_property
    def opening(self) -> OpeningCalendar:
        """The opening calendar; weekdays 8-16 when the unit has no hours of its own."""
        hours = [row for row in self._rows if row.what == "hours"]
        return _opening(hours, [row for row in self._rows if row.what == "closing"], self.on)

    @cached_property
    def promises(self) -> dict[str, Promised]:
        """What the unit promises on the day, by promise rule; where periods overlap, the one that began last."""
        return {row.rule: Promised(row.number, row.opens) for row in self._rows if row.what == "promise"}

    @cached_property
    def _rows(self) -> list[_Row]:
        values: dict[str, Any] = {"unit": self.unit.pk, "on": self.on, "last": self.on + _AHEAD}
        with connection.cursor() as cursor:
            cursor.execute(_QUESTIONS[self.kept], values)
            return [_Row(*row) for row in cursor.fetchall()]

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


def _opening(rows: list[_Row], closing: list[_Row], on: date) -> OpeningCalendar:
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
        exceptions[row.valid_from] = ((row.opens, row.closes),) if row.opens and row.closes else ()
    return OpeningCalendar(weekdays if any(weekdays.values()) else OFFICE, exceptions, always)


def _changes(row: _Row, on: date) -> bool:
    begins = on < row.valid_from <= on + _AHEAD
    return begins or (row.valid_until is not None and on <= row.valid_until < on + _AHEAD)


def _spans(rows: list[_Row], day: date) -> tuple[Span, ...]:
    """The hours in force on a day; where periods overlap, the one that began last.

    Where there are none, or they have run out without new ones: office hours, so that a promise always has a day.
    """
    if all(row.valid_until is not None and row.valid_until < day for row in rows):
        return OFFICE.get(day.weekday(), ())
    found = [
        row
        for row in rows
        if row.number == day.isoweekday()
        and row.valid_from <= day
        and (row.valid_until is None or day <= row.valid_until)
    ]
    return tuple((row.opens, row.closes) for row in found[-1:] if row.opens and row.closes)
