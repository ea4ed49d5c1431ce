"""Changing how a promise or a limit runs: pause, go on, count anew. Each is somebody's decision, asked and traced."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.access.permissions import require
from polku.acting import action
from polku.deadlines import policy as _policy  # noqa: F401 - declares who may
from polku.deadlines import wording
from polku.deadlines.actions import unmeet
from polku.deadlines.models import Clock, Pause, Restart
from polku.deadlines.settling import lock, not_future, reckon, recomputed, running, save, settle, trace
from polku.deadlines.states import AGREED, Restarted
from polku.kit.errors import Conflict, Invalid, Refused
from polku.kit.localtime import local_date
from polku.rules.data import LANGUAGES


@action
def pause(*, clock: Clock, reason: str, by: Actor, at: datetime, first: date | None = None) -> Pause:
    """Let a promise stand still from a day on (today, if none is given); a paused clock alarms nobody.

    Raises:
        NotAllowed; Refused `no_pause`: the law knows no pause of this clock; Invalid: no reason, or the day is in the
        future or before the count began; Conflict `stopped`: the clock no longer runs.
    """
    require(by, "deadlines.change", clock, at=at)
    lock(clock.work_item)
    clock = running(clock)
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
    trace("deadlines.paused", clock, by=by, at=at, data={"rule": clock.rule, "first": first.isoformat()})
    settle(clock.work_item)
    return row


@action
def resume(*, clock: Clock, by: Actor, at: datetime, until: date | None = None) -> Clock:
    """Let a paused promise go on; `until` is the last paused day (yesterday, if none is given). The end moves.

    Raises:
        NotAllowed; Invalid: the day is before the pause began or in the future; Conflict `stopped`.
    """
    require(by, "deadlines.change", clock, at=at)
    lock(clock.work_item)
    clock = running(clock)
    row = Pause.objects.filter(clock=clock, until__isnull=True).first()
    if row is None:
        return clock
    until = until or max(row.first, local_date(at) - timedelta(days=1))
    if not row.first <= until <= local_date(at):
        raise Invalid("wrong_day", _("The pause can end between its first day and today."), field="until")
    row.until, row.resumed_at, row.resumed_by = until, at, by
    row.save(update_fields=["until", "resumed_at", "resumed_by"])
    recomputed(clock)
    trace("deadlines.resumed", clock, by=by, at=at, data={"rule": clock.rule, "until": until.isoformat()})
    settle(clock.work_item)
    return clock


@action
def restart(*, clock: Clock, event: Restarted, by: Actor, at: datetime, happened_at: datetime | None = None) -> Clock:
    """Count a clock anew from an event that the act names; what it was before is kept.

    Raises:
        NotAllowed; Refused `no_restart`: the act does not start this clock anew by that; Invalid: the moment is in the
        future or before the count began; Conflict `stopped`.
    """
    require(by, "deadlines.change", clock, at=at)
    happened_at = happened_at or at
    not_future(happened_at, at)
    lock(clock.work_item)
    clock = running(clock)
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
        before_because={lang: wording.sentence(clock, lang) for lang in LANGUAGES},
        restarted_at=at,
        restarted_by=by,
    )
    facts = {**clock.facts, "counted_from": event.value}
    save(clock, reckon(clock.rule, clock.work_item, happened_at, facts))
    trace("deadlines.restarted", clock, by=by, at=at, data={"rule": clock.rule, "event": event.value})
    settle(clock.work_item)
    return clock


@action
def run_again(*, clock: Clock, reason: str, by: Actor, at: datetime) -> Clock:
    """Let a clock run again that was met by mistake: what was marked stays in the timeline with the reason.

    Raises:
        NotAllowed; Invalid: no reason; Conflict `not_met`: nothing has met it (any more), or what it was about has
        ended; Refused `agreed`: an agreed moment, for which another is agreed on.
    """
    require(by, "deadlines.change", clock, at=at)
    if clock.rule == AGREED:
        raise Refused("agreed", _("Promise a new call-back instead."))
    lock(clock.work_item)
    now = Clock.objects.get(pk=clock.pk)
    if now.met_at is None or now.cancelled_at is not None:
        raise Conflict("not_met", _("Nothing has met this clock."))
    unmeet(work_item=clock.work_item, met_at=now.met_at, rules=(clock.rule,), reason=reason, by=by, at=at)
    return Clock.objects.select_related("work_item__unit").get(pk=clock.pk)


@action
def recompute(*, clock: Clock, by: Actor, at: datetime) -> Clock:
    """Work a running clock out anew from its stored facts, rule version and pauses, by the unit's present calendar.

    For a unit whose opening calendar was written wrongly; a promise is otherwise kept as it was made.

    Raises:
        NotAllowed; Conflict `stopped`.
    """
    require(by, "deadlines.change", clock, at=at)
    lock(clock.work_item)
    clock = running(clock)
    before = clock.due_at
    if clock.rule != AGREED:
        recomputed(clock)
    if clock.due_at != before:
        trace("deadlines.recomputed", clock, by=by, at=at, data={"rule": clock.rule})
    settle(clock.work_item)
    return clock
