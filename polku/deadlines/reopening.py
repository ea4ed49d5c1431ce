"""A unit's closing day is taken back, and with it what clocks had counted by it."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Q

from polku.access import closing
from polku.access.models import Actor, Unit
from polku.acting import action
from polku.cases.models import WorkItem
from polku.deadlines.models import RUNNING, Clock
from polku.deadlines.settling import lock, reckoned_anew, save, settle, trace
from polku.deadlines.states import AGREED, Basis
from polku.kit.localtime import day_bounds
from polku.rules.promises import is_usually_shut


@action
def reopen_day(*, unit: Unit, day: date, by: Actor, at: datetime) -> int | None:
    """Open a unit again on a day that was shut by mistake, and work out anew the running clocks that skipped it.

    A promise made before the closing was kept as made when the day was shut, and is kept now. One that was made while
    the day was shut, and so is a day too late, gets the day that it would have had. No clock moves later, whatever
    other days have been shut since: what was promised stays. Returns how many clocks changed; None when the day was not
    shut (any more).

    Raises:
        NotAllowed; Invalid when the day is over.
    """
    # The work first and then the day, as everybody does who opens a clock. They keep the closing days that they count
    # by: the day goes when they have ended, and so their clocks are found below; whoever comes later waits, and it is
    # gone.
    lock(*WorkItem.objects.filter(unit=unit, closed_at__isnull=True))
    if not closing.reopen_day(unit=unit, day=day, by=by, at=at):
        return None
    rows = Clock.objects.filter(RUNNING, _counted(day), work_item__unit=unit).exclude(rule=AGREED)
    lock(*(clock.work_item for clock in rows.select_related("work_item")))
    changed = 0
    # Read again under the locks: what has been met or handed over meanwhile is left alone.
    for clock in rows.select_related("work_item__unit").order_by("work_item_id", "id"):
        anew = reckoned_anew(clock)
        if anew.due_at is not None and clock.due_at is not None and anew.due_at < clock.due_at:
            save(clock, anew)
            changed += 1
            trace("deadlines.recomputed", clock, by=by, at=at, data={"rule": clock.rule, "reopened": day.isoformat()})
            settle(clock.work_item)
    return changed


def _counted(day: date) -> Q:
    """Return the condition of having gone by a day as it was: skipped it, ended on it, or waited for the next opening.

    What must be done at once has no days: it alarms after the first opening since it came.
    """
    begins, ends = day_bounds(day)
    waited = Q(last_day__isnull=True, due_at__gte=begins, counted_from_at__lt=ends)
    skipped = Q(skipped__contains=[{"day": day.isoformat()}])
    if is_usually_shut(day):
        # A promise names the days left out only where they are not just weekends and holidays.
        skipped |= Q(basis=Basis.PROMISE, skipped=[], day0__lt=day, last_day__gt=day) & ~Q(because__has_key="listed")
    return skipped | Q(last_day=day) | waited
