"""A work item's clocks, locked and read once, changed in memory and written together with the item's `next_due`.

One action often starts, stops and meets several clocks at once; the ledger reads them once and writes what differs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from types import TracebackType
from typing import Any, Self

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor, Unit
from polku.asking import Question, value
from polku.cases.models import WorkItem
from polku.deadlines import reckoning
from polku.deadlines.calendars import UnitDay
from polku.deadlines.models import Clock, Pause, Restart
from polku.deadlines.settling import end_pause, fields, lock, not_future, reckon, wrong_fact
from polku.deadlines.states import AGREED, Cancelled, Stop
from polku.kit.errors import Invalid
from polku.kit.localtime import local_date
from polku.rules import versions
from polku.rules.deadlines import starting
from polku.rules.errors import FactError
from polku.storing import insert_all


def _with_marks() -> QuerySet[Clock]:
    pauses = Pause.objects.filter(clock=OuterRef("pk"))
    rows = Clock.objects.filter(work_item=value("item"), cancelled_at__isnull=True).order_by("id")
    return rows.annotate(
        paused=Exists(pauses.filter(until__isnull=True)),
        touched=Exists(pauses) | Exists(Restart.objects.filter(clock=OuterRef("pk"))),
    )


_WITH_MARKS: Question[Any] = Question(_with_marks)


class Ledger:
    """The clocks of one work item that have not been cancelled, as a change sees and leaves them.

    Used as a context: what was changed inside is written at its end, in the caller's transaction. Everything is read
    under the work item's lock, so that `next_due` is right whatever else happens at the same time.
    """

    def __init__(self, item: WorkItem, *, locked: bool = False, fresh: bool = False) -> None:
        """Lock the work item and read its clocks.

        Args:
            locked: the caller's earlier statement in this transaction has locked the item's row.
            fresh: the item was made in this transaction: nobody else sees it and it has no clocks yet.
        """
        if not (locked or fresh):
            lock(item)
        self.item = item
        self.days = _Days(item.unit)
        self._new: list[Clock] = []
        self._met: list[Clock] = []
        self._cancelled: list[Clock] = []
        self._paused: set[int] = set()
        self._touched: set[int] = set()
        self.clocks: list[Clock] = [] if fresh else self._read()
        self._before = self._nearest()

    def _read(self) -> list[Clock]:
        found: list[Clock] = []
        for clock in _WITH_MARKS(item=self.item.pk):
            clock.work_item = self.item
            found.append(clock)
            self._paused |= {clock.pk} if clock.paused else set()
            self._touched |= {clock.pk} if clock.touched else set()
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.write()

    @property
    def running(self) -> list[Clock]:
        """The clocks that nothing has stopped; a paused promise runs too."""
        return [clock for clock in self.clocks if clock.running]

    # --- Changing ---------------------------------------------------------------------------------------------------

    def open(
        self, wanted: Mapping[str, datetime], facts: Mapping[str, Any], *, by: Actor, at: datetime
    ) -> dict[str, Clock]:
        """Open the rules' clocks that are not there yet; return all of them by rule.

        Raises:
            Invalid: a moment is outside the calendar, or a fact is wrong (`field` names it).
        """
        from_moment = {(clock.rule, clock.counted_from_at): clock for clock in self.clocks}
        of_day = {(clock.rule, clock.day0): clock for clock in self.clocks}
        found: dict[str, Clock] = {}
        for rule, moment in wanted.items():
            clock = from_moment.get((rule, moment))
            if clock is None:
                reckoned = reckon(rule, self.item, moment, facts, self.days[local_date(moment)])
                clock = of_day.get((rule, reckoned.day0))
                if clock is None:
                    clock = self.add(Clock(work_item=self.item, opened_at=at, opened_by=by, **fields(reckoned)))
            found[rule] = clock
        return found

    def add(self, clock: Clock) -> Clock:
        """Add a clock that is not stored yet."""
        self._new.append(clock)
        self.clocks.append(clock)
        return clock

    def sync(
        self,
        facts: Mapping[str, Any],
        *,
        counted_from_at: datetime,
        by: Actor,
        at: datetime,
        moments: Mapping[str, datetime] | None = None,
    ) -> list[Clock]:
        """Open what the facts start now and cancel what they no longer do; returns the clocks that they call for.

        A clock that has been met, started anew, paused or agreed on stays.

        Raises:
            Invalid: a moment is in the future or outside the calendar, or a fact is wrong (`field` names it).
        """
        wanted = self.wanted(facts, counted_from_at, moments or {}, at=at)
        kept: dict[str, Clock] = {}
        for clock in self.clocks:
            if clock.rule == AGREED:
                continue
            if clock.pk in self._touched:
                kept.setdefault(clock.rule, clock)
            elif clock.running and _as_wanted(clock, wanted, facts):
                kept[clock.rule] = clock
            elif clock.running:
                self._stop(clock, Cancelled.CORRECTED, by=by, at=at)
        self._forget_cancelled()
        missing = {rule: moment for rule, moment in wanted.items() if rule not in kept}
        kept |= self.open(missing, facts, by=by, at=at)
        return [kept[rule] for rule in wanted]

    def meet(
        self,
        what: Stop,
        *,
        by: Actor,
        at: datetime,
        happened_at: datetime | None = None,
        rules: Iterable[str] | None = None,
    ) -> list[Clock]:
        """Meet the running clocks that `what` stops, at the moment it truly happened; returns those met now.

        Raises:
            Invalid: the moment is in the future, or before a clock began.
        """
        happened_at = happened_at or at
        not_future(happened_at, at)
        only = None if rules is None else set(rules)
        stopped = [clock for clock in self.running if _stopped_by(clock, what, only)]
        for clock in stopped:
            if happened_at < clock.counted_from_at:
                raise Invalid(
                    "before_start",
                    _("The time is before the moment from which the limit counts."),
                    field="happened_at",
                )
            clock.met_at, clock.met_by, clock.met_what = happened_at, by, what.value
            self._ended(clock, by=by, at=at)
        self._met += [clock for clock in stopped if clock not in self._new]
        return stopped

    def run_again(self, clocks: Iterable[Clock]) -> None:
        """Let met clocks run again as they did: a mark made by mistake has been taken back."""
        for clock in clocks:
            clock.met_at, clock.met_by, clock.met_what = None, None, ""
            self._met.append(clock)

    def cancel(self, reason: str, *, by: Actor, at: datetime, rules: Iterable[str] | None = None) -> list[Clock]:
        """Cancel running clocks (all, or those of the rules); returns those cancelled now."""
        only = None if rules is None else set(rules)
        stopped = [clock for clock in self.running if only is None or clock.rule in only]
        for clock in stopped:
            self._stop(clock, reason, by=by, at=at)
        self._forget_cancelled()
        return stopped

    def _stop(self, clock: Clock, reason: str, *, by: Actor, at: datetime) -> None:
        clock.cancelled_at, clock.cancelled_by, clock.cancel_reason = at, by, reason.strip()[:300]
        self._ended(clock, by=by, at=at)
        if clock not in self._new:
            self._cancelled.append(clock)

    def _ended(self, clock: Clock, *, by: Actor, at: datetime) -> None:
        """Let a running pause end with its clock."""
        if clock.pk in self._paused:
            end_pause(clock, by=by, at=at)
            self._paused.discard(clock.pk)

    def _forget_cancelled(self) -> None:
        self.clocks = [clock for clock in self.clocks if clock.cancelled_at is None]

    def wanted(
        self, facts: Mapping[str, Any], counted_from_at: datetime, moments: Mapping[str, datetime], *, at: datetime
    ) -> dict[str, datetime]:
        """Return the rules that start, in order, and the moment from which each counts.

        Raises:
            Invalid: a moment is in the future, or a fact is wrong (`field` names it).
        """
        for moment in (counted_from_at, *moments.values()):
            not_future(moment, at)
        day = local_date(counted_from_at)
        told = {name: value for name, value in facts.items() if value is not None}
        # What was promised then was promised: its clock is the proof, and saves asking.
        promised = {clock.rule for clock in self.clocks if clock.counted_from_at == counted_from_at}
        for rule in ("promise_answer", "promise_contact"):
            if f"has_{rule}" not in told:
                told[f"has_{rule}"] = rule in promised or rule in self.days[day].promises
        try:
            starts = starting(told, day)
        except FactError as wrong:
            raise wrong_fact(wrong) from None
        return {start.rule: moments.get(start.rule, counted_from_at) for start in starts}

    # --- Moving and writing -------------------------------------------------------------------------------------------

    def hand_to(self, other: Ledger, *, rules: Iterable[str], by: Actor, at: datetime) -> list[Clock]:
        """Let running, stored clocks of some rules go over to another work item; returns them.

        A clock that the other has for the same day is cancelled here.
        """
        only, there = set(rules), {(clock.rule, clock.day0) for clock in other.clocks}
        going = [clock for clock in self.running if clock.rule in only]
        moved = [clock for clock in going if (clock.rule, clock.day0) not in there]
        for clock in going:
            if clock not in moved:
                self._stop(clock, Cancelled.SAME_CLOCK, by=by, at=at)
        self._forget_cancelled()
        if moved:
            Clock.objects.filter(pk__in=[clock.pk for clock in moved]).update(work_item=other.item)
        for clock in moved:
            clock.work_item = other.item
            self.clocks.remove(clock)
            other.clocks.append(clock)
            if clock.pk in self._paused:
                other._paused.add(clock.pk)
            if clock.pk in self._touched:
                other._touched.add(clock.pk)
        return moved

    def write(self) -> None:
        """Write what has changed, and the work item's nearest moment when it is another one now."""
        # What is cancelled goes first: a corrected clock of the same day takes its place.
        for names, clocks in (
            (("met_at", "met_by", "met_what"), self._met),
            (("cancelled_at", "cancelled_by", "cancel_reason"), self._cancelled),
        ):
            alike: dict[tuple[Any, ...], list[int]] = defaultdict(list)
            for clock in clocks:
                alike[tuple(getattr(clock, name) for name in names)].append(clock.pk)
            for values, keys in alike.items():
                Clock.objects.filter(pk__in=keys).update(**dict(zip(names, values, strict=True)))
        insert_all(self._new)
        self._new, self._met, self._cancelled = [], [], []
        nearest = self._nearest()
        self.item.next_due = nearest
        if nearest != self._before:
            self._before = nearest
            # An item that is not stored yet takes it along.
            if not self.item._state.adding:
                WorkItem.objects.filter(pk=self.item.pk).update(next_due=nearest)

    def _nearest(self) -> datetime | None:
        """The nearest moment among the clocks that alarm: running, not paused, with a moment."""
        due = [clock.due_at for clock in self.running if clock.due_at is not None and clock.pk not in self._paused]
        return min(due, default=None)


class _Days(dict[date, UnitDay]):
    """The unit on each day that a change looks at, asked for once."""

    def __init__(self, unit: Unit) -> None:
        super().__init__()
        self.unit = unit

    def __missing__(self, day: date) -> UnitDay:
        self[day] = UnitDay(self.unit, day, kept=True)
        return self[day]


def _stopped_by(clock: Clock, what: Stop, rules: set[str] | None) -> bool:
    if rules is not None and clock.rule not in rules:
        return False
    if clock.spec is None:
        return what == Stop.CALLED_BACK
    return bool(clock.spec.stops_at["key"] == what.value)


def _as_wanted(clock: Clock, wanted: Mapping[str, datetime], facts: Mapping[str, Any]) -> bool:
    if wanted.get(clock.rule) != clock.counted_from_at:
        return False
    spec = versions.rule(clock.rule).numbered(clock.version)
    looked_at = reckoning.relevant(spec, facts)
    return (
        all(clock.facts.get(name) == value for name, value in looked_at.items())
        and clock.facts.keys() <= looked_at.keys()
    )
