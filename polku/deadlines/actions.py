"""Changing clocks: open, meet, pause, resume, restart, cancel, move. A repeat of any of them changes nothing.

Opening and meeting are a beat of another stage's action, which has asked whether the actor may; the clock's own row
tells who and when. Each action locks the work item first and looks in its next statement, so that `next_due` is right
whatever else happens at the same time; nothing else writes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, Min, OuterRef, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.access.permissions import require
from polku.audit import actions as audit
from polku.cases.actions import note
from polku.cases.models import Case, WorkItem
from polku.deadlines import calendars, reckoning
from polku.deadlines import policy as _policy  # noqa: F401 - declares who may
from polku.deadlines.calendars import UnitHours
from polku.deadlines.models import RUNNING, Clock, Pause, Restart
from polku.deadlines.queries import alarming
from polku.deadlines.reckoning import Reckoned
from polku.deadlines.states import AGREED, Cancelled, Restarted, Stop
from polku.kit.errors import Conflict, Invalid, Refused
from polku.kit.localtime import local_date
from polku.rules import versions
from polku.rules.deadlines import starting
from polku.rules.errors import FactError, OutOfCalendar
from polku.rules.facts import known as facts_by_name

# What a clock keeps of its reckoning when it is worked out anew.
_WORKED_OUT = (
    "version", "basis", "counted_from_at", "day0", "facts", "act", "section", "last_day", "last_day_lenient",
    "due_at", "because", "skipped",
)  # fmt: skip


# --- Opening ------------------------------------------------------------------------------------------------------


@transaction.atomic
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
    _not_future(counted_from_at, at)
    _lock(work_item)
    opened = _opened(work_item, {rule: counted_from_at}, facts or {}, by=by, at=at)
    _settle(work_item)
    return opened[rule]


@transaction.atomic
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
    _lock(work_item)
    wanted = _wanted(work_item, facts, counted_from_at, moments or {}, at)
    opened = _opened(work_item, wanted, facts, by=by, at=at)
    _settle(work_item)
    return [opened[rule] for rule in wanted]


@transaction.atomic
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
    _lock(work_item)
    wanted = _wanted(work_item, facts, counted_from_at, moments or {}, at)
    running = Clock.objects.filter(RUNNING, work_item=work_item).exclude(rule=AGREED).order_by("id")
    kept: dict[str, Clock] = {}
    for clock in running.annotate(touched=_touched()):
        if clock.touched or _as_wanted(clock, wanted, facts):
            kept[clock.rule] = clock
        else:
            _cancelled(clock, reason=Cancelled.CORRECTED, by=by, at=at)
    missing = {rule: moment for rule, moment in wanted.items() if rule not in kept}
    if missing:
        kept |= _opened(work_item, missing, facts, by=by, at=at)
    _settle(work_item)
    return [kept[rule] for rule in wanted]


@transaction.atomic
def agree(*, work_item: WorkItem, due_at: datetime, by: Actor, at: datetime) -> Clock:
    """Open the clock of a moment agreed on with the client (a call-back); a new moment takes the former's place.

    Raises:
        Invalid: the moment is not in the future.
    """
    if due_at <= at:
        raise Invalid("not_future", _("The agreed time must be in the future."), field="agreed_at")
    _lock(work_item)
    running = Clock.objects.filter(RUNNING, work_item=work_item, rule=AGREED).first()
    if running is not None and running.due_at == due_at:
        return running
    if running is not None:
        _cancelled(running, reason=Cancelled.ANOTHER_TIME, by=by, at=at)
    reckoned = reckoning.agreed(due_at, counted_from_at=at)
    clock = Clock.objects.create(work_item=work_item, opened_at=at, opened_by=by, **_fields(reckoned))
    _settle(work_item)
    return clock


# --- Stopping -----------------------------------------------------------------------------------------------------


@transaction.atomic
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
    _not_future(happened_at, at)
    _lock(work_item)
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
        _end_pause(clock, by=by, at=at)
    _settle(work_item)
    return met


@transaction.atomic
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
    _lock(work_item)
    rows = Clock.objects.filter(RUNNING, work_item=work_item)
    cancelled = list(rows if rules is None else rows.filter(rule__in=list(rules)))
    for clock in cancelled:
        _cancelled(clock, reason=reason, by=by, at=at)
        _trace("deadlines.cancelled", clock, by=by, at=at, data={"rule": clock.rule, "reason": reason})
    _settle(work_item)
    return cancelled


# --- Pausing and starting anew ------------------------------------------------------------------------------------


@transaction.atomic
def pause(*, clock: Clock, reason: str, by: Actor, at: datetime, first: date | None = None) -> Pause:
    """Let a promise stand still from a day on (today, if none is given); a paused clock alarms nobody.

    Raises:
        NotAllowed; Refused `no_pause`: the law knows no pause of this clock; Invalid: no reason, or the day is in the
        future or before the count began; Conflict `stopped`: the clock no longer runs.
    """
    require(by, "deadlines.change", clock, at=at)
    _lock(clock.work_item)
    clock = _running(clock)
    if clock.spec is None or not clock.spec.pauses:
        raise Refused("no_pause", _("This limit is set by an act: it goes on whatever happens, and cannot be paused."))
    if standing := Pause.objects.filter(clock=clock, until__isnull=True).first():
        return standing
    first = first or local_date(at)
    if not reason.strip():
        raise Invalid("reason_missing", _("Write why the clock is paused."), field="reason")
    if not clock.day0 <= first <= local_date(at):
        raise Invalid("wrong_day", _("The pause can begin between the first day and today."), field="first")
    row = Pause.objects.create(clock=clock, first=first, reason=reason.strip(), paused_at=at, paused_by=by)
    _trace("deadlines.paused", clock, by=by, at=at, data={"rule": clock.rule, "first": first.isoformat()})
    _settle(clock.work_item)
    return row


@transaction.atomic
def resume(*, clock: Clock, by: Actor, at: datetime, until: date | None = None) -> Clock:
    """Let a paused promise go on; `until` is the last paused day (yesterday, if none is given). The end moves.

    Raises:
        NotAllowed; Invalid: the day is before the pause began or in the future; Conflict `stopped`.
    """
    require(by, "deadlines.change", clock, at=at)
    _lock(clock.work_item)
    clock = _running(clock)
    row = Pause.objects.filter(clock=clock, until__isnull=True).first()
    if row is None:
        return clock
    until = until or max(row.first, local_date(at) - timedelta(days=1))
    if not row.first <= until <= local_date(at):
        raise Invalid("wrong_day", _("The pause can end between its first day and today."), field="until")
    row.until, row.resumed_at, row.resumed_by = until, at, by
    row.save(update_fields=["until", "resumed_at", "resumed_by"])
    _recomputed(clock)
    _trace("deadlines.resumed", clock, by=by, at=at, data={"rule": clock.rule, "until": until.isoformat()})
    _settle(clock.work_item)
    return clock


@transaction.atomic
def restart(*, clock: Clock, event: Restarted, by: Actor, at: datetime, happened_at: datetime | None = None) -> Clock:
    """Count a clock anew from an event that the act names; what it was before is kept.

    Raises:
        NotAllowed; Refused `no_restart`: the act does not start this clock anew by that; Invalid: the moment is in the
        future or before the count began; Conflict `stopped`.
    """
    require(by, "deadlines.change", clock, at=at)
    happened_at = happened_at or at
    _not_future(happened_at, at)
    _lock(clock.work_item)
    clock = _running(clock)
    if clock.spec is None or event.value not in clock.spec.restarts_on:
        raise Refused("no_restart", _("The act does not start this limit anew."))
    if Restart.objects.filter(clock=clock, event=event, happened_at=happened_at).exists():
        return clock
    if happened_at < clock.counted_from_at:
        raise Invalid(
            "before_start", _("The time is before the moment from which the limit counts."), field="happened_at"
        )
    Restart.objects.create(
        clock=clock,
        event=event,
        happened_at=happened_at,
        before_day0=clock.day0,
        before_last_day=clock.last_day,
        before_because=clock.because,
        restarted_at=at,
        restarted_by=by,
    )
    facts = {**clock.facts, "counted_from": event.value}
    _save(clock, _reckon(clock.rule, clock.work_item, happened_at, facts))
    _trace("deadlines.restarted", clock, by=by, at=at, data={"rule": clock.rule, "event": event.value})
    _settle(clock.work_item)
    return clock


@transaction.atomic
def move(*, source: WorkItem, target: WorkItem, by: Actor, at: datetime, rules: Iterable[str]) -> list[Clock]:
    """Move running clocks of some rules to another work item: a contact's clocks follow the case that it opened.

    A clock that the target already has for the same day is cancelled at the source. Returns the moved ones.
    """
    if source.pk == target.pk:
        return []
    _lock(source, target)
    there = set(Clock.objects.filter(work_item=target, cancelled_at__isnull=True).values_list("rule", "day0"))
    moved = []
    for clock in Clock.objects.filter(RUNNING, work_item=source, rule__in=list(rules)).order_by("id"):
        if (clock.rule, clock.day0) in there:
            _cancelled(clock, reason=Cancelled.SAME_CLOCK, by=by, at=at)
            continue
        clock.work_item = target
        clock.save(update_fields=["work_item"])
        moved.append(clock)
    _settle(source)
    _settle(target)
    return moved


@transaction.atomic
def recompute(*, clock: Clock, by: Actor, at: datetime) -> Clock:
    """Work a running clock out anew from its stored facts, rule version and pauses, by the unit's present calendar.

    For a unit whose opening calendar was written wrongly; a promise is otherwise kept as it was made.

    Raises:
        NotAllowed; Conflict `stopped`.
    """
    require(by, "deadlines.change", clock, at=at)
    _lock(clock.work_item)
    clock = _running(clock)
    before = clock.due_at
    if clock.rule != AGREED:
        _recomputed(clock)
    if clock.due_at != before:
        _trace("deadlines.recomputed", clock, by=by, at=at, data={"rule": clock.rule})
    _settle(clock.work_item)
    return clock


# --- Parts --------------------------------------------------------------------------------------------------------


def _lock(*items: WorkItem) -> None:
    """Lock the work items, always in the same order; what is read in the next statement is then the last word."""
    keys = sorted({item.pk for item in items})
    list(WorkItem.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk").values_list("pk"))


def _settle(item: WorkItem) -> None:
    """Write the work item's nearest moment anew."""
    nearest = alarming().filter(work_item=item).aggregate(nearest=Min("due_at"))["nearest"]
    if WorkItem.objects.values_list("next_due", flat=True).get(pk=item.pk) != nearest:
        WorkItem.objects.filter(pk=item.pk).update(next_due=nearest)
    item.next_due = nearest


def _wanted(
    item: WorkItem, facts: Mapping[str, Any], counted_from_at: datetime, moments: Mapping[str, datetime], at: datetime
) -> dict[str, datetime]:
    """The rules that start, in order, and the moment from which each counts."""
    for moment in (counted_from_at, *moments.values()):
        _not_future(moment, at)
    day = local_date(counted_from_at)
    told = {name: value for name, value in facts.items() if value is not None}
    promised = calendars.promised_rules(item.unit, on=day)
    for rule in ("promise_answer", "promise_contact"):
        told.setdefault(f"has_{rule}", rule in promised)
    try:
        starts = starting(told, day)
    except FactError as wrong:
        raise _wrong_fact(wrong) from None
    return {start.rule: moments.get(start.rule, counted_from_at) for start in starts}


def _reckon(
    rule: str,
    item: WorkItem,
    counted_from_at: datetime,
    facts: Mapping[str, Any],
    hours: UnitHours | None = None,
) -> Reckoned:
    try:
        return reckoning.reckon(rule, unit=item.unit, counted_from_at=counted_from_at, facts=facts, hours=hours)
    except FactError as wrong:
        raise _wrong_fact(wrong) from None
    except OutOfCalendar:
        raise Invalid("out_of_calendar", _("The day is outside the calendar."), field="counted_from_at") from None


def _wrong_fact(wrong: FactError) -> Invalid:
    known = facts_by_name().get(wrong.fact)
    name = known[(get_language() or "fi")[:2]] if known else wrong.fact
    return Invalid("wrong_fact", _("This value is not possible: %(fact)s.") % {"fact": name}, field=wrong.fact)


def _fields(reckoned: Reckoned) -> dict[str, Any]:
    return {"rule": reckoned.rule} | {name: getattr(reckoned, name) for name in _WORKED_OUT}


def _opened(
    item: WorkItem, wanted: Mapping[str, datetime], facts: Mapping[str, Any], *, by: Actor, at: datetime
) -> dict[str, Clock]:
    """Open the rules' clocks that are not there yet; return all of them by rule."""
    there = {(c.rule, c.day0): c for c in Clock.objects.filter(work_item=item, cancelled_at__isnull=True)}
    hours: dict[date, UnitHours] = {}
    found: dict[str, Clock] = {}
    new: list[Clock] = []
    for rule, moment in wanted.items():
        day = local_date(moment)
        if day not in hours:
            hours[day] = calendars.hours_of(item.unit, on=day)
        reckoned = _reckon(rule, item, moment, facts, hours[day])
        clock = there.get((rule, reckoned.day0))
        if clock is None:
            clock = Clock(work_item=item, opened_at=at, opened_by=by, **_fields(reckoned))
            new.append(clock)
        found[rule] = clock
    Clock.objects.bulk_create(new)
    return found


def _save(clock: Clock, reckoned: Reckoned) -> None:
    for name in _WORKED_OUT:
        setattr(clock, name, getattr(reckoned, name))
    clock.save(update_fields=list(_WORKED_OUT))


def _recomputed(clock: Clock) -> None:
    pauses = [(p.first, p.until) for p in clock.pauses.filter(until__isnull=False).order_by("first") if p.until]
    _save(
        clock,
        reckoning.reckon(
            clock.rule,
            unit=clock.work_item.unit,
            counted_from_at=clock.counted_from_at,
            facts=clock.facts,
            pauses=pauses,
            version=clock.version,
        ),
    )


def _running(clock: Clock) -> Clock:
    """Read the clock again under the lock."""
    found = Clock.objects.select_related("work_item__unit").get(pk=clock.pk)
    if not found.running:
        raise Conflict("stopped", _("The clock has already been stopped."))
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


def _cancelled(clock: Clock, *, reason: str, by: Actor, at: datetime) -> None:
    clock.cancelled_at, clock.cancelled_by, clock.cancel_reason = at, by, reason.strip()[:300]
    clock.save(update_fields=["cancelled_at", "cancelled_by", "cancel_reason"])
    _end_pause(clock, by=by, at=at)


def _end_pause(clock: Clock, *, by: Actor, at: datetime) -> None:
    for row in Pause.objects.filter(clock=clock, until__isnull=True):
        row.until, row.resumed_at, row.resumed_by = max(row.first, local_date(at)), at, by
        row.save(update_fields=["until", "resumed_at", "resumed_by"])


def _not_future(moment: datetime, at: datetime) -> None:
    if moment > at:
        raise Invalid("future", _("The time cannot be in the future."), field="happened_at")


def _trace(event: str, clock: Clock, *, by: Actor, at: datetime, data: Mapping[str, object]) -> None:
    case = Case.objects.filter(work_item=clock.work_item_id).first()
    note(event=event, by=by, at=at, work_item=clock.work_item, case=case, data=data)
    clients = [case.client_id] if case else []
    audit.changed(by=by, at=at, what="clock", subject=clock.public_id, clients=clients, purpose=event, details=data)
