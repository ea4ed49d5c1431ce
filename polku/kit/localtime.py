"""Local time in Finland: the day of an instant, the instant of a day and hour, and the hours that clocks change.

Instants are aware UTC datetimes; statutory days are dates in Europe/Helsinki. Once a year an hour does not exist
(03.00-04.00 on the last Sunday of March) and once it comes twice (03.00-04.00 on the last Sunday of October).
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

HELSINKI = ZoneInfo("Europe/Helsinki")


class RemovedHour(ValueError):
    """The local hour does not exist: the clocks were put forward over it."""

    def __init__(self, day: date, at: time) -> None:
        super().__init__(f"{day.isoformat()} {at.isoformat('minutes')} does not exist: the clocks are put forward")
        self.day = day
        self.at = at


def local(instant: datetime) -> datetime:
    """Return the instant as an aware local datetime in Finland.

    Raises:
        ValueError: the instant has no time zone.
    """
    if instant.tzinfo is None:
        raise ValueError("an instant needs its time zone")
    return instant.astimezone(HELSINKI)


def local_date(instant: datetime) -> date:
    """Return the day in Finland on which the instant falls."""
    return local(instant).date()


def is_removed(day: date, at: time) -> bool:
    """Say whether the clocks are put forward over this local time."""
    given = datetime.combine(day, at.replace(tzinfo=None, fold=0))
    there = given.replace(tzinfo=HELSINKI).astimezone(UTC)
    return there.astimezone(HELSINKI).replace(tzinfo=None) != given


def is_doubled(day: date, at: time) -> bool:
    """Say whether this local time comes twice because the clocks are put back."""
    first = datetime.combine(day, at.replace(tzinfo=HELSINKI, fold=0))
    second = datetime.combine(day, at.replace(tzinfo=HELSINKI, fold=1))
    return first.utcoffset() != second.utcoffset() and not is_removed(day, at)


def instant(day: date, at: time, *, second: bool = False) -> datetime:
    """Return the UTC instant of a local day and time.

    Args:
        day: the local day.
        at: the local time of day, without a time zone.
        second: take the later of two where the hour comes twice (ask `is_doubled`); else the earlier.

    Raises:
        RemovedHour: the clocks are put forward over this time.
    """
    if is_removed(day, at):
        raise RemovedHour(day, at)
    return datetime.combine(day, at.replace(tzinfo=HELSINKI, fold=int(second))).astimezone(UTC)


def end_instant(day: date, at: time) -> datetime:
    """Return the UTC instant by which a local time has surely passed: the later of two, or the end of a removed hour.

    For closing times and last moments, where a promise must not end early because the clocks change.
    """
    if is_removed(day, at):
        at = (datetime.combine(day, at) + timedelta(hours=1)).time()
    return instant(day, at, second=True)


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """Return the instants at which the local day begins and ends (half-open): 23, 24 or 25 hours apart."""
    return instant(day, time(0)), instant(day + timedelta(days=1), time(0))
