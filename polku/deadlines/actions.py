"""Changing clocks: open, meet, pause, resume, restart, cancel, move. A repeat of any of them changes nothing.

Opening and meeting are a beat of another stage's action, which has asked whether the actor may; the clock's own row
tells who and when. Each action locks the work item first and looks in its next statement, so that `next_due` is right
whatever else happens at the same time; nothing else writes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor, Unit
from polku.acting import action
from polku.cases.models import WorkItem
from polku.deadlines import policy as _policy  # noqa: F401 - declares who may
from polku.deadlines import reckoning
from polku.deadlines.calendars import UnitDay
from polku.deadlines.models import RUNNING, Clock, Pause, Restart
from polku.deadlines.settling import cancelled, end_pause, fields, lock, not_future, reckon, settle, trace, wrong_fact
from polku.deadlines.states import AGREED, Cancelled, Stop
from polku.kit.errors import Invalid
from polku.kit.localtime import local_date
from polku.rules import versions
from polku.rules.deadlines import starting
from polku.rules.errors import FactError

# --- Opening ------------------------------------------------------------------------------------------------------


@action
def open_clock(
    *,
    work_item: WorkItem,
    rule: str,
    counted_from_at: datetime,
    by: Actor,
    at: datetime,
    facts: Mapping[str, Any] | None = None,
) -> Clock:
    """Open a clock by a rule, counted from what truly happened at a moment; the same clock again is that clock.

    Raises:
        Invalid: the moment is in the future or outside the calendar, or a fact is wrong (`field` names it).
        polku.rules.errors.UnknownRule: there is no such rule.
    """
    not_future(counted_from_at, at)
    lock(work_item)
    days = _Days(work_item.unit)
    opened = _opened(work_item, {rule: counted_from_at}, facts or {}, by=by, at=at, days=days)
    settle(work_item)
    return opened[rule]


@action
def open_clocks(
    *,
    work_item: WorkItem,
    facts: Mapping[str, Any],
    counted_from_at: datetime,
    by: Actor,
    at: datetime,
    moments: Mapping[str, datetime] | None = None,
) -> list[Clock]:
    """Open every clock that the facts start, the unit's own promises too; those that run already stay as they are.

    Args:
        facts: what is known (`polku.rules.facts`); an unknown fact starts nothing.
        counted_from_at: the true moment of the contact or of the matter's becoming pending.
        moments: another moment for single rules, e.g. when the client asked to talk.

    Raises:
        Invalid: a moment is in the future or outside the calendar, or a fact is wrong (`field` names it).
    """
    lock(work_item)
    days = _Days(work_item.unit)
    wanted = _wanted(days, facts, counted_from_at, moments or {}, at)
    opened = _opened(work_item, wanted, facts, by=by, at=at, days=days)
    settle(work_item)
    return [opened[rule] for rule in wanted]


@action
def sync_clocks(
    *,
    work_item: WorkItem,
    facts: Mapping[str, Any],
    counted_from_at: datetime,
    by: Actor,
    at: datetime,
    moments: Mapping[str, datetime] | None = None,
) -> list[Clock]:
    """Bring a work item's clocks into line with what has been told: open what starts now, cancel what no longer does.

    A clock whose facts or moment of counting have been corrected is cancelled and opened anew; one that has been met,
    started anew, paused or agreed on stays. Returns the running clocks that the facts call for.

    Raises:
        Invalid: as `open_clocks`.
    """
    lock(work_item)
    days = _Days(work_item.unit)
    wanted = _wanted(days, facts, counted_from_at, moments or {}, at)
    running = Clock.objects.filter(RUNNING, work_item=work_item).exclude(rule=AGREED).order_by("id")
    kept: dict[str, Clock] = {}
    for clock in running.annotate(touched=_touched()):
        if clock.touched or _as_wanted(clock, wanted, facts):
            kept[clock.rule] = clock
        else:
            cancelled(clock, reason=Cancelled.CORRECTED, by=by, at=at)
    missing = {rule: moment for rule, moment in wanted.items() if rule not in kept}
    if missing:
        kept |= _opened(work_item, missing, facts, by=by, at=at, days=days)
    settle(work_item)
    return [kept[rule] for rule in wanted]


@action
def agree(*, work_item: WorkItem, due_at: datetime, by: Actor, at: datetime) -> Clock:
    """Open the clock of a moment agreed on with the client (a call-back); a new moment takes the former's place.

    Raises:
        Invalid: the moment is not in the future.
    """
    if due_at <= at:
        raise Invalid("not_future", _("The agreed time must be in the future."), field="agreed_at")
    lock(work_item)
    running = Clock.objects.filter(RUNNING, work_item=work_item, rule=AGREED).first()
    if running is not None and running.due_at == due_at:
        return running
    if running is not None:
        cancelled(running, reason=Cancelled.ANOTHER_TIME, by=by, at=at)
    reckoned = reckoning.agreed(due_at, counted_from_at=at)
    clock = Clock.objects.create(work_item=work_item, opened_at=at, opened_by=by, **fields(reckoned))
    settle(work_item)
    return clock


# --- Stopping -----------------------------------------------------------------------------------------------------


@action
def meet(
    *,
    work_item: WorkItem,
    what: Stop,
    by: Actor,
    at: datetime,
    happened_at: datetime | None = None,
    rules: Iterable[str] | None = None,
) -> list[Clock]:
    """Stop the running clocks that `what` meets, at the moment it truly happened; returns those that this call met.

    Args:
        rules: only these rules, where one event stops clocks of several matters.

    Raises:
        Invalid: the moment is in the future, or before a clock began.
    """
    happened_at = happened_at or at
    not_future(happened_at, at)
    lock(work_item)
    met = [clock for clock in Clock.objects.filter(RUNNING, work_item=work_item) if _stopped_by(clock, what, rules)]
    for clock in met:
        if happened_at < clock.counted_from_at:
            raise Invalid(
                "before_start",
                _("The time is before the moment from which the limit counts."),
                field="happened_at",
            )
        clock.met_at, clock.met_by, clock.met_what = happened_at, by, what.value
        clock.save(update_fields=["met_at", "met_by", "met_what"])
        end_pause(clock, by=by, at=at)
    settle(work_item)
    return met


@action
def cancel(
    *,
    work_item: WorkItem,
    reason: str,
    by: Actor,
    at: datetime,
    rules: Iterable[str] | None = None,
) -> list[Clock]:
    """Cancel running clocks of a work item (all, or those of the rules) with a reason; returns those cancelled now.

    Raises:
        Invalid: no reason is given.
    """
    if not reason.strip():
        raise Invalid("reason_missing", _("Write why the clock is cancelled."), field="reason")
    lock(work_item)
    rows = Clock.objects.filter(RUNNING, work_item=work_item)
    stopped = list(rows if rules is None else rows.filter(rule__in=list(rules)))
    for clock in stopped:
        cancelled(clock, reason=reason, by=by, at=at)
        trace("deadlines.cancelled", clock, by=by, at=at, data={"rule": clock.rule, "reason": reason})
    settle(work_item)
    return stopped


# --- Moving --------------------------------------------------------------------------------------------------------


@action
def move(*, source: WorkItem, target: WorkItem, by: Actor, at: datetime, rules: Iterable[str]) -> list[Clock]:
    """Move running clocks of some rules to another work item: a contact's clocks follow the case that it opened.

    A clock that the target already has for the same day is cancelled at the source. Returns the moved ones.
    """
    if source.pk == target.pk:
        return []
    lock(source, target)
    there = set(Clock.objects.filter(work_item=target, cancelled_at__isnull=True).values_list("rule", "day0"))
    moved = []
    for clock in Clock.objects.filter(RUNNING, work_item=source, rule__in=list(rules)).order_by("id"):
        if (clock.rule, clock.day0) in there:
            cancelled(clock, reason=Cancelled.SAME_CLOCK, by=by, at=at)
            continue
        clock.work_item = target
        clock.save(update_fields=["work_item"])
        moved.append(clock)
    settle(source)
    settle(target)
    return moved


# --- Parts ---------------------------------------------------------------------------------------------------------


class _Days(dict[date, UnitDay]):
    """The unit on each day that a change looks at, asked for once."""

    def __init__(self, unit: Unit) -> None:
        super().__init__()
        self.unit = unit

    def __missing__(self, day: date) -> UnitDay:
        self[day] = UnitDay(self.unit, day)
        return self[day]


def _wanted(
    days: _Days, facts: Mapping[str, Any], counted_from_at: datetime, moments: Mapping[str, datetime], at: datetime
) -> dict[str, datetime]:
    """The rules that start, in order, and the moment from which each counts."""
    for moment in (counted_from_at, *moments.values()):
        not_future(moment, at)
    day = local_date(counted_from_at)
    told = {name: value for name, value in facts.items() if value is not None}
    promised = days[day].promises
    for rule in ("promise_answer", "promise_contact"):
        told.setdefault(f"has_{rule}", rule in promised)
    try:
        starts = starting(told, day)
    except FactError as wrong:
        raise wrong_fact(wrong) from None
    return {start.rule: moments.get(start.rule, counted_from_at) for start in starts}


def _opened(
    item: WorkItem,
    wanted: Mapping[str, datetime],
    facts: Mapping[str, Any],
    *,
    by: Actor,
    at: datetime,
    days: _Days,
) -> dict[str, Clock]:
    """Open the rules' clocks that are not there yet; return all of them by rule."""
    there = {(c.rule, c.day0): c for c in Clock.objects.filter(work_item=item, cancelled_at__isnull=True)}
    found: dict[str, Clock] = {}
    new: list[Clock] = []
    for rule, moment in wanted.items():
        reckoned = reckon(rule, item, moment, facts, days[local_date(moment)])
        clock = there.get((rule, reckoned.day0))
        if clock is None:
            clock = Clock(work_item=item, opened_at=at, opened_by=by, **fields(reckoned))
            new.append(clock)
        found[rule] = clock
    Clock.objects.bulk_create(new)
    return found


def _stopped_by(clock: Clock, what: Stop, rules: Iterable[str] | None) -> bool:
    if rules is not None and clock.rule not in set(rules):
        return False
    if clock.spec is None:
        return what == Stop.CALLED_BACK
    return clock.spec.stops_at["key"] == what.value


def _touched() -> Q:
    """Whether a clock was paused or counted anew: such a clock stays although what was told has changed."""
    return Exists(Pause.objects.filter(clock=OuterRef("pk"))) | Exists(Restart.objects.filter(clock=OuterRef("pk")))


def _as_wanted(clock: Clock, wanted: Mapping[str, datetime], facts: Mapping[str, Any]) -> bool:
    if wanted.get(clock.rule) != clock.counted_from_at:
        return False
    spec = versions.rule(clock.rule).numbered(clock.version)
    looked_at = reckoning.relevant(spec, facts)
    return (
        all(clock.facts.get(name) == value for name, value in looked_at.items())
        and clock.facts.keys() <= looked_at.keys()
    )
