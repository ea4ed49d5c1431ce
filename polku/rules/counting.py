"""Counts a version of a rule from a day: the two readings of the last day, and the days left out on the way."""

from datetime import date, timedelta
from functools import lru_cache

from polku.rules import calendar
from polku.rules.calendar import Count
from polku.rules.versions import Version

_NO_NUMBER = Count(None, None, None, ())


@lru_cache(maxsize=16384)
def count(version: Version, day0: date) -> Count:
    """Return the count of a version from `day0`, itself not counted.

    Raises:
        OutOfCalendar: the day is outside the calendar.
    """
    length = version.length
    if length is None:
        calendar.place_of(day0)  # says when the day is outside the calendar
        return _NO_NUMBER
    if version.unit == "working_days":
        return calendar.count_working_days(day0, length)
    calendar.place_of(day0)
    if version.unit == "months":
        nth = calendar.months_after(day0, length)
        return Count(nth, calendar.rolled(nth), None, ())
    nth = day0 + timedelta(days=length)
    last = calendar.rolled(nth)
    if last == nth:
        return Count(last, last, None, ())
    return Count(last, last, nth, calendar.off_days(nth - timedelta(days=1), last, eves=False))
