"""A unit's closing day is taken back, and with it what clocks had counted by it."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Q

from polku.access import closing
from polku.access.models import Actor, Unit
from polku.acting import action
from polku.deadlines.models import RUNNING, Clock
from polku.deadlines.settling import lock, recomputed, settle, trace
from polku.deadlines.states import AGREED


@action
def reopen_day(*, unit: Unit, day: date, by: Actor, at: datetime) -> int | None:
    """Open a unit again on a day that was shut by mistake, and work out anew the running clocks that skipped it.

    A promise made before the closing was kept as made when the day was shut, and is kept now. One that was made while
    the day was shut, and so is a day too late, gets the day that it would have had. Returns how many clocks changed;
    None when the day was not shut (any more).

    Raises:
        NotAllowed; Invalid when the day is over.
    """
    if not closing.reopen_day(unit=unit, day=day, by=by, at=at):
        return None
    counted = Q(skipped__contains=[{"day": day.isoformat()}]) | Q(last_day=day)
    rows = Clock.objects.filter(RUNNING, counted, work_item__unit=unit).exclude(rule=AGREED)
    lock(*(clock.work_item for clock in rows.select_related("work_item")))
    changed = 0
    # Read again under the locks: what has been met or handed over meanwhile is left alone.
    for clock in rows.select_related("work_item__unit").order_by("work_item_id", "id"):
        before = clock.due_at
        recomputed(clock)
        if clock.due_at != before:
            changed += 1
            trace("deadlines.recomputed", clock, by=by, at=at, data={"rule": clock.rule, "reopened": day.isoformat()})
            settle(clock.work_item)
    return changed
