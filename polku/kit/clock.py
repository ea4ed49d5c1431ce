"""The one place that reads the present moment.

Views, commands and workers call `now()` and pass it down as `at`; nothing below them reads a clock, so every
rule and action can be run for any moment (tests, demonstrations, contacts written down after an outage).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

_offset: timedelta | None = None


def now() -> datetime:
    """Return the present moment as an aware UTC datetime with microseconds."""
    moment = datetime.now(UTC)
    return moment if _offset is None else moment + _offset


@contextmanager
def started_at(moment: datetime) -> Iterator[None]:
    """Let the clock of this process run as if it were `moment` now; for tests and rehearsals.

    Time goes on from there. Not to be nested across threads: the offset belongs to the process.

    Raises:
        ValueError: `moment` has no time zone.
    """
    global _offset
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    before = _offset
    _offset = moment - datetime.now(UTC)
    try:
        yield
    finally:
        _offset = before
