"""Works out a clock's dates and moment from a rule, facts and the unit's own calendar. Writes nothing.

What a clock keeps is enough to say the sentence again (`polku.deadlines.wording`): the sentence itself is not kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from polku.access.models import Unit
from polku.deadlines.calendars import UnitDay
from polku.deadlines.states import AGREED, Basis
from polku.kit import localtime
from polku.kit.localtime import local_date
from polku.rules import deadlines, promises, versions
from polku.rules.deadlines import Deadline
from polku.rules.promises import OpeningCalendar

Days = tuple[date, date]


@dataclass(frozen=True)
class Reckoned:
    """The fields of a clock that follow from its rule and facts."""

    rule: str
    version: int
    basis: str
    counted_from_at: datetime
    day0: date
    facts: dict[str, Any]
    last_day: date | None
    last_day_lenient: date | None
    due_at: datetime | None
    because: dict[str, Any] = field(default_factory=dict)
    skipped: list[dict[str, str]] = field(default_factory=list)


def relevant(version: versions.Version, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts that the version looks at: nothing more about a person is stored with a clock."""
    looked_at = {name for when in (version.needs, *(g.when for g in version.grounds)) for name in when}
    looked_at |= {name for source in version.sources for name in source.when}
    if version.routes:
        looked_at.add("contact_by")
    return {name: facts[name] for name in sorted(looked_at) if facts.get(name) is not None}


def reckon(
    rule: str,
    *,
    unit: Unit,
    counted_from_at: datetime,
    facts: Mapping[str, Any],
    unit_day: UnitDay | None = None,
    pauses: Iterable[Days] = (),
    version: int | None = None,
) -> Reckoned:
    """Return a clock's dates and moment; `unit_day` saves asking when the caller has it.

    Raises:
        polku.rules.errors.RuleError: unknown rule, wrong facts, or a day outside the calendar.
    """
    day0 = local_date(counted_from_at)
    spec = versions.rule(rule).on(day0) if version is None else versions.rule(rule).numbered(version)
    law = deadlines.compute(rule, day0, relevant(spec, facts), version=spec.version)
    unit_day = unit_day or UnitDay(unit, day0)
    if law.spec.kind == "promise":
        return _promised(law, unit_day, counted_from_at, list(pauses))
    due_at = None
    if law.spec.kind == "at_once":
        due_at = unit_day.at_once(counted_from_at)
    elif law.last_day is not None:
        due_at = unit_day.closing_instant(law.last_day)
    return _reckoned(law, counted_from_at, due_at)


def _reckoned(law: Deadline, counted_from_at: datetime, due_at: datetime | None) -> Reckoned:
    return Reckoned(
        rule=law.rule,
        version=law.version,
        basis=law.basis,
        counted_from_at=counted_from_at,
        day0=law.day0,
        facts=dict(law.facts),
        last_day=law.last_day,
        last_day_lenient=law.last_day_lenient,
        due_at=due_at,
    )


def _promised(law: Deadline, unit_day: UnitDay, counted_from_at: datetime, pauses: list[Days]) -> Reckoned:
    """A promise goes by the unit's own opening days; a paused day is one on which the unit is as if shut."""
    row, opening = unit_day.promises.get(law.rule), unit_day.opening
    paused = {day: () for first, last in pauses for day in _days(first, last)}
    opening = OpeningCalendar(opening.weekdays, {**opening.exceptions, **paused}, opening.open_on_holidays)
    due = promises.due(
        counted_from_at,
        opening,
        cutoff=row.cutoff if row else promises.MIDNIGHT,
        days=row.days if row else law.length or 1,
    )
    told = replace(_reckoned(law, counted_from_at, due.at), day0=due.counted_from, last_day=due.day)
    because, skipped = _promise(due, pauses)
    return replace(told, last_day_lenient=due.day, because=because, skipped=skipped)


def _promise(due: promises.PromiseDue, pauses: list[Days]) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """Return what the unit's calendar made of a promise, as far as the dates do not tell it: usually nothing.

    Left out are the days until the last one that are weekends or holidays, unless `listed` says that the unit was open
    on one of them or shut on another day: then each is named.
    """
    told: dict[str, Any] = {}
    if due.days != 1:
        told["days"] = due.days
    if due.cutoff is not None and due.counted_from != due.arrived.date():
        told["cutoff"] = due.cutoff.isoformat("minutes")
    if pauses:
        told["pauses"] = [[first.isoformat(), last.isoformat()] for first, last in pauses]
    if due.skipped == promises.usually_shut(due.counted_from, due.day):
        return told, []
    skipped = [{"day": s.day.isoformat(), "name": s.name, "reason": s.reason} for s in due.skipped]
    return told | {"listed": True}, skipped


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def agreed(due_at: datetime, *, counted_from_at: datetime) -> Reckoned:
    """Return the clock of a moment that was agreed on aloud."""
    local = localtime.local(due_at)
    return Reckoned(
        rule=AGREED,
        version=1,
        basis=Basis.AGREED,
        counted_from_at=counted_from_at,
        day0=local_date(counted_from_at),
        facts={},
        last_day=local.date(),
        last_day_lenient=local.date(),
        due_at=due_at,
    )
