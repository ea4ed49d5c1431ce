"""Local time of Finland: statutory days are dates in Europe/Helsinki, instants are stored in UTC."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

HELSINKI = ZoneInfo("Europe/Helsinki")


def local_date(moment: datetime) -> date:
    """Return the local day of an aware instant."""
    return moment.astimezone(HELSINKI).date()


def instant(day: date, at: time) -> datetime:
    """Return the UTC instant of a local day and time.

    Raises:
        ValueError: the clock change removes that local time (03.00-04.00 on the last Sunday of March).
    """
    local = datetime.combine(day, at, tzinfo=HELSINKI)
    moment = local.astimezone(UTC)
    if moment.astimezone(HELSINKI).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise ValueError("the clock change removes this local time")
    return moment
