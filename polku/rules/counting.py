"""Counts a version of a rule from a day: the two readings of the last day, and the days left out on the way."""

from datetime import date, timedelta

from polku.rules import calendar
from polku.rules.calendar import Count, Skipped
from polku.rules.versions import Version

_NO_NUMBER: Count = (None, None, None)
_ONE_DAY = timedelta(days=1)


def count(version: Version, day0: date) -> Count:
    """Return the count of a version from `day0`, itself not counted.

    Raises:
        OutOfCalendar: the day is outside the calendar.
    """
    return of(version.unit, version.length, day0)


def of(unit: str, length: int | None, day0: date) -> Count:
    """Return the count of a kind of limit (`Version.unit` and `.length`) from `day0`.

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


def skipped(version: Version, day0: date, counted: Count) -> tuple[Skipped, ...]:
    """Return the days that a count leaves out, in order, with their names and why."""
    last, _, moved_from = counted
    if last is None:
        return ()
    if version.unit == "working_days":
        return calendar.left_out(day0, last, moved_from)
    if moved_from is None:
        return ()
    return calendar.off_days(moved_from - _ONE_DAY, last, eves=False)
