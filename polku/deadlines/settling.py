"""The parts that every change of a clock is made of: lock, look, reckon, write, settle `next_due`, trace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Min
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.audit import actions as audit
from polku.cases.actions import note, reopen_work
from polku.cases.models import Case, WorkItem
from polku.cases.states import WorkKind
from polku.deadlines import reckoning
from polku.deadlines.calendars import UnitDay
from polku.deadlines.models import Clock, Pause
from polku.deadlines.queries import alarming
from polku.deadlines.reckoning import Reckoned
from polku.deadlines.states import BINDING
from polku.kit.errors import Conflict, Invalid
from polku.kit.localtime import local_date
from polku.rules.errors import FactError, OutOfCalendar
from polku.rules.facts import known as facts_by_name

# What a clock keeps of its reckoning when it is worked out anew.
WORKED_OUT = (
    "version", "basis", "counted_from_at", "day0", "facts", "last_day", "last_day_lenient", "due_at", "because",
    "skipped",
)  # fmt: skip


def lock(*items: WorkItem) -> None:
    """Lock the work items, always in the same order; what is read in the next statement is then the last word.

    Brings each item's stored `next_due` up to date.
    """
    keys = sorted({item.pk for item in items})
    rows = WorkItem.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk")
    stored = dict(rows.values_list("pk", "next_due"))
    for item in items:
        item.next_due = stored[item.pk]


def settle(item: WorkItem) -> None:
    """Write a locked work item's nearest moment anew."""
    nearest = alarming().filter(work_item=item).aggregate(nearest=Min("due_at"))["nearest"]
    if item.next_due != nearest:
        WorkItem.objects.filter(pk=item.pk).update(next_due=nearest)
        item.next_due = nearest


def wrong_fact(wrong: FactError) -> Invalid:
    """Return the refusal of a fact that cannot be, naming it in the reader's language."""
    known = facts_by_name().get(wrong.fact)
    name = known[(get_language() or "fi")[:2]] if known else wrong.fact
    return Invalid("wrong_fact", _("This value is not possible: %(fact)s.") % {"fact": name}, field=wrong.fact)


def reckon(
    rule: str,
    item: WorkItem,
    counted_from_at: datetime,
    facts: Mapping[str, Any],
    unit_day: UnitDay | None = None,
) -> Reckoned:
    """Reckon a clock; what the rule refuses becomes a refusal at the field."""
    try:
        return reckoning.reckon(rule, unit=item.unit, counted_from_at=counted_from_at, facts=facts, unit_day=unit_day)
    except FactError as wrong:
        raise wrong_fact(wrong) from None
    except OutOfCalendar:
        raise Invalid("out_of_calendar", _("The day is outside the calendar."), field="counted_from_at") from None


def fields(reckoned: Reckoned) -> dict[str, Any]:
    """Return a reckoning as the fields of a clock."""
    return {"rule": reckoned.rule} | {name: getattr(reckoned, name) for name in WORKED_OUT}


def save(clock: Clock, reckoned: Reckoned) -> None:
    """Write a clock's reckoning anew."""
    for name in WORKED_OUT:
        setattr(clock, name, getattr(reckoned, name))
    clock.save(update_fields=list(WORKED_OUT))


def reckoned_anew(clock: Clock) -> Reckoned:
    """Work a clock out anew from its stored facts, version and ended pauses, by the unit's calendar as it is now."""
    pauses = [(p.first, p.until) for p in clock.pauses.filter(until__isnull=False).order_by("first") if p.until]
    return reckoning.reckon(
        clock.rule,
        unit=clock.work_item.unit,
        counted_from_at=clock.counted_from_at,
        facts=clock.facts,
        pauses=pauses,
        version=clock.version,
    )


def recomputed(clock: Clock) -> None:
    """Work a clock out anew and write it."""
    save(clock, reckoned_anew(clock))


def running(clock: Clock) -> Clock:
    """Read the clock again under the lock of its work item.

    Raises:
        Conflict: it no longer runs, or it has gone over to another work item meanwhile.
    """
    found = Clock.objects.select_related("work_item__unit").get(pk=clock.pk)
    if found.work_item_id != clock.work_item_id:
        raise Conflict("moved", _("The clock has gone over to the case. Open it there."))
    if not found.running:
        raise Conflict("stopped", _("The clock has already been stopped."))
    return found


def end_pause(clock: Clock, *, by: Actor, at: datetime) -> None:
    """End a clock's running pause, if there is one."""
    for row in Pause.objects.filter(clock=clock, until__isnull=True):
        row.until, row.resumed_at, row.resumed_by = max(row.first, local_date(at)), at, by
        row.save(update_fields=["until", "resumed_at", "resumed_by"])


def not_future(moment: datetime, at: datetime) -> None:
    """Refuse a moment that has not come yet (`future`)."""
    if moment > at:
        raise Invalid("future", _("The time cannot be in the future."), field="happened_at")


def work_goes_on(item: WorkItem, clocks: Iterable[Clock]) -> None:
    """Bring a closed work item back to the list because clocks run again on it; the caller has locked it.

    A limit that an act has set for the matter outlives the contact (see `polku.contacts.ending`); anything else is only
    about what has ended.

    Raises:
        Conflict `ended`: what a clock was about has ended.
    """
    closed = WorkItem.objects.filter(pk=item.pk, closed_at__isnull=False).first()
    if closed is None:
        return
    of_matter = all(clock.basis in BINDING and clock.spec and clock.spec.kind != "at_once" for clock in clocks)
    if closed.kind != WorkKind.CONTACT or not of_matter:
        raise Conflict("ended", _("What this limit is about has ended. Open it again first."))
    reopen_work(item=item, assignee=closed.assignee)


def trace(event: str, clock: Clock, *, by: Actor, at: datetime, data: Mapping[str, object], text: str = "") -> None:
    """Write a person's change of a clock to the timeline and the log."""
    case = Case.objects.filter(work_item=clock.work_item_id).first()
    note(event=event, by=by, at=at, work_item=clock.work_item, case=case, data=data, text=text)
    clients = [case.client_id] if case else []
    audit.changed(by=by, at=at, what="clock", subject=clock.public_id, clients=clients, purpose=event, details=data)
