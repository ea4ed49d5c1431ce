"""Changing clocks: open, meet, pause, resume, restart, cancel, move. A repeat of any of them changes nothing.

Opening and meeting are a beat of another stage's action, which has asked whether the actor may; the clock's own row
tells who and when. Each action locks the work item first and looks in its next statement, so that `next_due` is right
whatever else happens at the same time; nothing else writes it. An action that changes several clocks of one work item
does it in one `ledger.Ledger`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.acting import action
from polku.cases.models import WorkItem
from polku.deadlines import policy as _policy  # noqa: F401 - declares who may
from polku.deadlines import reckoning
from polku.deadlines.ledger import Ledger
from polku.deadlines.models import Clock
from polku.deadlines.settling import fields, lock, not_future, trace, work_goes_on
from polku.deadlines.states import AGREED, Cancelled, Stop
from polku.kit.errors import Invalid

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
    with Ledger(work_item) as clocks:
        return clocks.open({rule: counted_from_at}, facts or {}, by=by, at=at)[rule]


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
    with Ledger(work_item) as clocks:
        wanted = clocks.wanted(facts, counted_from_at, moments or {}, at=at)
        opened = clocks.open(wanted, facts, by=by, at=at)
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
    started anew, paused or agreed on stays. Returns the clocks that the facts call for.

    Raises:
        Invalid: as `open_clocks`.
    """
    with Ledger(work_item) as clocks:
        return clocks.sync(facts, counted_from_at=counted_from_at, moments=moments, by=by, at=at)


@action
def agree(*, work_item: WorkItem, due_at: datetime, by: Actor, at: datetime) -> Clock:
    """Open the clock of a moment agreed on with the client (a call-back); a new moment takes the former's place.

    Raises:
        Invalid: the moment is not in the future.
    """
    if due_at <= at:
        raise Invalid("not_future", _("The agreed time must be in the future."), field="agreed_at")
    with Ledger(work_item) as clocks:
        for clock in clocks.running:
            if clock.rule == AGREED and clock.due_at == due_at:
                return clock
        clocks.cancel(Cancelled.ANOTHER_TIME, by=by, at=at, rules=(AGREED,))
        reckoned = reckoning.agreed(due_at, counted_from_at=at)
        return clocks.add(Clock(work_item=work_item, opened_at=at, opened_by=by, **fields(reckoned)))


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
    with Ledger(work_item) as clocks:
        return clocks.meet(what, by=by, at=at, happened_at=happened_at, rules=rules)


@action
def unmeet(
    *, work_item: WorkItem, met_at: datetime, rules: Iterable[str], reason: str, by: Actor, at: datetime
) -> list[Clock]:
    """Let clocks run again that were met by mistake at a moment; what was marked stays in the timeline and the log.

    Returns those that run again.

    Raises:
        Invalid: no reason is given; Conflict `ended`: what a clock was about has ended.
    """
    if not reason.strip():
        raise Invalid("reason_missing", _("Write what was marked by mistake."), field="reason")
    with Ledger(work_item) as clocks:
        only = set(rules)
        wrong = [clock for clock in clocks.clocks if clock.met_at == met_at and clock.rule in only]
        if wrong:
            work_goes_on(work_item, wrong)
        was = {clock.pk: clock.met_what for clock in wrong}
        clocks.run_again(wrong)
    for clock in wrong:
        data = {
            "rule": clock.rule, "clock": clock.public_id, "was": was[clock.pk], "met_at": met_at.isoformat(),
            "reason": reason.strip(),
        }  # fmt: skip
        trace("deadlines.run_again", clock, by=by, at=at, data=data, text=reason.strip())
    return wrong


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
    with Ledger(work_item) as clocks:
        stopped = clocks.cancel(reason, by=by, at=at, rules=rules)
    for clock in stopped:
        trace("deadlines.cancelled", clock, by=by, at=at, data={"rule": clock.rule, "reason": reason})
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
    with Ledger(source, locked=True) as here, Ledger(target, locked=True) as there:
        return here.hand_to(there, rules=rules, by=by, at=at)
