"""When messages may go that nobody is waiting for: in office hours of working days, by local time."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from polku.kit.localtime import HELSINKI, instant
from polku.rules import calendar


def next_open(moment: datetime, *, opens: time, closes: time) -> datetime:
    """Return the moment itself when it lies in office hours, or else the next opening, in UTC.

    Holidays, eves, Saturdays and Sundays have no office hours. ``opens`` and ``closes`` are local; the closing moment
    is no longer open.
    """
    local = moment.astimezone(HELSINKI)
    day = local.date()
    if calendar.is_working_day(day):
        if opens <= local.time() < closes:
            return moment
        if local.time() < opens:
            return instant(day, opens)
    following = calendar.rolled(day + timedelta(days=1))
    return instant(following, opens)
