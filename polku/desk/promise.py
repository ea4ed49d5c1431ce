"""The promise of the last five working days, for a glance beside the worklist."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.core.cache import caches
from django.utils.translation import gettext as _

from polku.access.models import Actor
from polku.access.queries import who
from polku.kit.localtime import local_date
from polku.rules.calendar import is_working_day
from polku.statistics.measures import ANSWERED, GOAL, Tally, cells, total
from polku.ui import words
from polku.ui.charts import Meter, Part

DAYS = 5
TARGET = GOAL


def promise_meter(*, by: Actor, at: datetime) -> Meter | None:
    """Return how many contacts of the actor's units were answered in time, None while nothing can be counted.

    The figures may be a minute old: counting a week's contacts costs more than the rest of the page.
    """
    tally = _tally(sorted(who(by, at=at).units()), today=local_date(at), at=at)
    if tally.share is None:
        return None
    return Meter(
        share=tally.share,
        text=_("answered by the next working day"),
        target=TARGET,
        target_text=_("target %(share)s") % {"share": words.percent(TARGET)},
        parts=(
            Part(_("in time"), tally.kept, "ok"),
            Part(_("late"), tally.late, "late"),
            Part(_("without answer"), tally.unserved, "missing"),
        ),
        caption=_("Last %(days)s:") % {"days": words.working_days(DAYS)},
    )


def _tally(units: list[int], *, today: date, at: datetime) -> Tally:
    """Return the sums of these units; kept a minute in this process."""
    key = f"promise:{today}:{hash(tuple(units))}"
    found: Tally | None = caches["figures"].get(key)
    if found is None:
        found = total(cells(ANSWERED, first=_back(today, DAYS), last=today, at=at, units=units))
        if found.total:
            caches["figures"].set(key, found)
    return found


def _back(day: date, count: int) -> date:
    """Return the day on which the last so many working days before a day begin."""
    while count:
        day -= timedelta(days=1)
        count -= is_working_day(day)
    return day
