"""Reading clocks: those of a work item, those that alarm, and whether the stored moment is the derived one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db.models import Exists, F, OuterRef, QuerySet

from polku.asking import Question, value
from polku.cases.models import Case, TimelineEntry, WorkItem
from polku.deadlines import policy as _policy  # noqa: F401 - declares who may
from polku.deadlines.models import RUNNING, Clock, Pause

_NEAREST_FIRST = (F("due_at").asc(nulls_last=True), F("id").asc())


def with_pause(rows: QuerySet[Clock]) -> QuerySet[Clock]:
    """Return the clocks with `paused`: whether a pause runs now."""
    standing = Pause.objects.filter(clock=OuterRef("pk"), until__isnull=True)
    return rows.annotate(paused=Exists(standing))


def alarming() -> QuerySet[Clock]:
    """Return the clocks that alarm: running, not paused, with a moment. The nearest is a work item's `next_due`."""
    paused = Pause.objects.filter(until__isnull=True).values("clock_id")
    return Clock.objects.filter(RUNNING, due_at__isnull=False).exclude(pk__in=paused)


_OF_ITEMS = Question(
    lambda: (
        with_pause(Clock.objects.filter(work_item_id__any_of=value("items"), cancelled_at__isnull=True))
        .select_related("work_item__unit")
        .order_by(F("met_at").asc(nulls_first=True), *_NEAREST_FIRST)
    )
)


def of_items(items: Iterable[int]) -> list[Clock]:
    """Return the clocks of work items (by their ids) but the cancelled ones: running first, the nearest, then the met;
    one query.
    """
    return _OF_ITEMS(items=list(items))


def of_item(item: WorkItem) -> Sequence[Clock]:
    """Return a work item's clocks but the cancelled ones: running first, the nearest moment first, then the met."""
    return of_items([item.pk])


def running(items: Iterable[int]) -> dict[int, list[Clock]]:
    """Return the running clocks of many work items (by their ids), the nearest moment first; one query for a list."""
    rows = with_pause(Clock.objects.filter(RUNNING, work_item__in=list(items))).order_by(*_NEAREST_FIRST)
    found: dict[int, list[Clock]] = defaultdict(list)
    for clock in rows.select_related("work_item__unit"):
        found[clock.work_item_id].append(clock)
    return dict(found)


def running_by_rule(item: WorkItem, rule: str) -> Clock | None:
    """Return the work item's running clock of a rule, if there is one."""
    rows = with_pause(Clock.objects.filter(RUNNING, work_item=item, rule=rule)).select_related("work_item__unit")
    return rows.order_by("id").first()


def latest_by_rule(item: WorkItem, rule: str) -> Clock | None:
    """Return the work item's latest clock of a rule that was not cancelled, running or met."""
    rows = with_pause(Clock.objects.filter(work_item=item, rule=rule, cancelled_at__isnull=True))
    return rows.select_related("work_item__unit").order_by("-day0", "-id").first()


def whole() -> QuerySet[Clock]:
    """Return all clocks with what their own page shows."""
    rows = Clock.objects.select_related("work_item__unit", "opened_by", "met_by", "cancelled_by")
    return with_pause(rows)


def marks_taken_back(clock: Clock) -> list[TimelineEntry]:
    """Return what tells that the clock was met by mistake and let run again, oldest first."""
    rows = TimelineEntry.objects.filter(
        work_item=clock.work_item_id, event="deadlines.run_again", data__clock=clock.public_id
    )
    return list(rows.order_by("recorded_at", "id"))


def clients_of(clock: Clock) -> list[int]:
    """Return the ids of the people whose matter the clock is, for the access log: the case's client."""
    return list(Case.objects.filter(work_item=clock.work_item_id).values_list("client_id", flat=True))
