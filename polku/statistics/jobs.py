"""The day book is kept up to date by the worker."""

from polku.kit import clock
from polku.statistics import daybook


def keep_book() -> None:
    """Bring the day book of the measures up to date."""
    daybook.keep(at=clock.now())


TICKS = ((600.0, keep_book),)
