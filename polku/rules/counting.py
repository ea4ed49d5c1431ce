"""Counts a kind of limit from a day: the two readings of the last day, and the days left out on the way."""

from datetime import date, timedelta

from polku.rules import calendar
from polku.rules.calendar import Count, Skipped

_NO_NUMBER: Count = (None, None, None)
_ONE_DAY = timedelta(days=1)


def count(unit: str, length: int | None, day0: date) -> Count:
    """Return the count of a kind of limit (`Version.unit` and `.length`) from `day0`, itself not counted.

    Raises:
        OutOfCalendar: the day is outside the calendar.
    """
    if unit == "working_days" and length is not None:
        return calendar.count_working_days(day0, length)
    calendar.place_of(day0)  # says when the day is outside the calendar
    if length is None:
        return _NO_NUMBER
    if unit == "months":
        nth = calendar.months_after(day0, length)
        return nth, calendar.rolled(nth), None
    nth = day0 + timedelta(days=length)
    last = calendar.rolled(nth)
    return last, last, None if last == nth else nth


def skipped(unit: str, day0: date, last: date | None, moved_from: date | None) -> tuple[Skipped, ...]:
    """Return the days that a count up to `last` leaves out, in order, with their names and why."""
    if last is None:
        return ()
    if unit == "working_days":
        return calendar.left_out(day0, last, moved_from)
    if moved_from is None:
        return ()
    return calendar.off_days(moved_from - _ONE_DAY, last, eves=False)
