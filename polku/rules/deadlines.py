"""Statutory last days: which clocks start, when they end, and why, in a sentence.

Meaning of the two days of a result:

- rules in working days: `last_day` counts the eves (the earlier day, the one that alarms), `last_day_lenient` does not;
  both are moved off a holiday, eve, Saturday or Sunday (150/1930 5 §);
- an authority's own limit in months: `last_day` is the unmoved day, `last_day_lenient` the one moved by 5 §;
- the review period (days): both are moved;
- a rule without a number (`at_once`, `none`): both are None.

The day from which a limit counts is itself not counted (150/1930 2 §). Days are local days in Finland.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple, cast

from polku.rules import calendar, counting, sentences, versions
from polku.rules.calendar import Skipped
from polku.rules.counting import count
from polku.rules.errors import RuleError
from polku.rules.facts import checked, matches
from polku.rules.versions import Ground, Source, Version

_NO_FACTS: Mapping[str, Any] = MappingProxyType({})


class Pause(NamedTuple):
    """Days on which a promise stood still: from `first` up to and including `last`."""

    first: date
    last: date


class Start(NamedTuple):
    """A clock that starts, the facts that made it start, and whether the act says so or we are being careful."""

    rule: str
    version: int
    facts: Mapping[str, Any]
    because: Mapping[str, str]
    basis: str  # statute | precaution | promise


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What a version of a rule makes of facts: the source to cite, the ground and the basis. There are few of them."""

    source: Source
    ground: Ground | None
    basis: str
    filling: dict[str, Callable[..., str]] = field(default_factory=dict, repr=False)  # by language, see `sentences`


class Deadline(NamedTuple):
    """A last day with everything that explains it; words, counted days and JSON are worked out when asked.

    Attributes:
        spec: the version of the rule that counted.
        last_day: the last day, the one that alarms; None where the rule has no number.
        last_day_lenient: the last day by the later reading; see the module.
        moved_from: the day from which 150/1930 5 § moved `last_day`; None when it was not moved.
        facts: the facts that were told, each in its right kind.
    """

    spec: Version
    reading: Reading
    day0: date
    last_day: date | None
    last_day_lenient: date | None
    moved_from: date | None
    facts: Mapping[str, Any]
    pauses: tuple[Pause, ...] = ()

    @property
    def rule(self) -> str:
        """The rule's id."""
        return self.spec.rule

    @property
    def version(self) -> int:
        """The number of the version that was used."""
        return self.spec.version

    @property
    def source(self) -> Source:
        """Where the rule stands, for these facts."""
        return self.reading.source

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """The days that the count up to `last_day` leaves out, with their names and why."""
        return counting.skipped(self.spec.unit, self.day0, self.last_day, self.moved_from)

    @property
    def in_force(self) -> bool:
        """Whether the rule's version is in force on `day0`."""
        return self.spec.in_force(self.day0)

    @property
    def act(self) -> str:
        """The act's Finnish name and number, e.g. `Sosiaalihuoltolaki 1301/2014`."""
        return self.source.act("fi")

    @property
    def section(self) -> str:
        """The section as cited in Finnish, e.g. `36 § 3 mom.`."""
        return self.source.section("fi")

    @property
    def unit(self) -> str:
        """What is counted: `working_days`, `days`, `months`, `at_once` or `none`."""
        return self.spec.unit

    @property
    def length(self) -> int | None:
        """How many of the unit; None where the rule has no number."""
        return self.spec.length

    @property
    def basis(self) -> str:
        """Why the limit is followed: `statute`, `precaution` (the act does not cover this route) or `promise`."""
        return self.reading.basis

    @property
    def counted(self) -> tuple[date, ...]:
        """The days that were counted, in order, for a rule in working days; else empty."""
        if self.last_day is None or self.unit != "working_days":
            return ()
        left_out = {skipped.day for skipped in self.skipped}
        for pause in self.pauses if self.spec.pauses else ():
            left_out.update(_days(pause.first, pause.last))
        return tuple(d for d in _days(self.day0 + timedelta(days=1), self.last_day) if d not in left_out)

    def because(self, lang: str) -> str:
        """Return the sentences that say the last day and why, in `fi`, `sv` or `en`."""
        return sentences.because(self, lang)

    def as_json(self, lang: str = "fi") -> dict[str, Any]:
        """Return plain values for JSON; days as ISO text, words in the language."""
        return {
            "rule": self.rule,
            "name": self.spec.name[lang],
            "version": self.version,
            "day0": self.day0.isoformat(),
            "counted_from": self.spec.trigger[lang],
            "last_day": self.last_day and self.last_day.isoformat(),
            "last_day_lenient": self.last_day_lenient and self.last_day_lenient.isoformat(),
            "unit": self.unit,
            "length": self.length,
            "act": self.source.act(lang),
            "act_number": self.source.number,
            "section": self.source.section(lang),
            "valid_from": self.spec.valid_from.isoformat(),
            "valid_to": self.spec.valid_to and self.spec.valid_to.isoformat(),
            "in_force": self.in_force,
            "basis": self.basis,
            "facts": dict(self.facts),
            "stops_at": self.spec.stops_at[lang],
            "counted": [day.isoformat() for day in self.counted],
            "skipped": [
                {"date": s.day.isoformat(), "name": calendar.day_name(s.name, lang), "reason": s.reason}
                for s in self.skipped
            ],
            "moved_from": self.moved_from and self.moved_from.isoformat(),
            "because": self.because(lang),
        }


def _days(first: date, last: date) -> list[date]:
    return [date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1)]


def _basis(version: Version, facts: Mapping[str, Any]) -> str:
    if version.kind == "promise":
        return "promise"
    if not version.routes:
        return "statute"
    by = facts.get("contact_by")
    return "precaution" if by is not None and by not in version.routes else "statute"


@lru_cache(maxsize=1024)
def _reading(version: Version, source: Source, ground: Ground | None, basis: str) -> Reading:
    return Reading(source, ground, basis)


def _read(version: Version, facts: Mapping[str, Any]) -> Reading:
    """Return what the version makes of facts, each in its right kind."""
    source, found = version.sources[-1], None
    if facts:
        if len(version.sources) > 1:
            for source in version.sources:  # the last one always holds
                if source.holds(facts):
                    break
        for ground in version.grounds:
            if ground.when and ground.holds(facts):
                found = ground
                break
    return _reading(version, source, found, _basis(version, facts))


def compute(rule: str, day0: date, facts: Mapping[str, Any] | None = None, *, version: int | None = None) -> Deadline:
    """Return the last day of a rule counted from `day0`.

    Args:
        rule: the rule's id (`polku law list`).
        day0: the local day from which the limit counts; it is not counted itself.
        facts: what is known of the person and the matter; chooses the section that is cited and the ground.
        version: a version by number, to explain an old result; without it the one in force on `day0`.

    Outside its time in force a rule still counts, by its nearest version, and says so (`in_force`).

    Raises:
        UnknownRule: no such rule or version.
        FactError: a fact is unknown, of the wrong kind, or contradicts another.
        OutOfCalendar: the day is outside the calendar.
    """
    known = versions.rule(rule)
    spec = known.on(day0) if version is None else known.numbered(version)
    right = MappingProxyType(checked(facts)) if facts else _NO_FACTS
    return Deadline(spec, _read(spec, right), day0, *count(spec.unit, spec.length, day0), right)


def starting(facts: Mapping[str, Any], on: date) -> list[Start]:
    """Return the clocks that a contact or case with these facts starts on a day, each with the facts that did it.

    An unknown fact starts nothing. The seven-day start of an assessment is followed whoever made contact; where the act
    speaks only of the client, near ones and legal representatives, the basis is `precaution`.

    Raises:
        FactError: a fact is unknown, of the wrong kind, or contradicts another.
    """
    right = checked(facts)
    found: dict[str, Start] = {}
    for rule in sorted(versions.all_rules().values(), key=lambda r: bool(r.on(on).unless_started)):
        version = rule.on(on)
        if not version.in_force(on) or any(other in found for other in version.unless_started):
            continue
        if not matches(version.needs, right):
            continue
        for ground in version.grounds:
            if ground.holds(right):
                made = {name: right[name] for name in (*ground.when, *version.needs) if name in right}
                found[rule.id] = Start(rule.id, version.version, made, ground.because, _basis(version, right))
                break
    return [found[rule_id] for rule_id in versions.all_rules() if rule_id in found]


def starts(rule: str, facts: Mapping[str, Any], on: date) -> bool | None:
    """Say whether these facts start the rule's clock on a day; None when they leave it open or it is not in force.

    Raises:
        UnknownRule, FactError: as `compute`.
    """
    version, right = versions.rule(rule).on(on), checked(facts)
    if not version.in_force(on):
        return None
    started = {start.rule for start in starting(right, on)}
    if rule in started:
        return True
    if started.intersection(version.unless_started) or _refuted(version.needs, right):
        return False
    return False if all(_refuted(ground.when, right) for ground in version.grounds) else None


def _refuted(when: Mapping[str, Any], facts: Mapping[str, Any]) -> bool:
    return any(name in facts and not matches({name: condition}, facts) for name, condition in when.items())


def extend_for_pauses(deadline: Deadline, pauses: Iterable[Pause]) -> Deadline:
    """Return the deadline after pauses: each paused day that the rule counts moves the last day by one.

    Only a unit's own promise knows pauses. A statutory clock goes on whatever happens: it comes back unchanged.

    Raises:
        RuleError: a pause ends before it begins.
    """
    taken = tuple(sorted(pauses))
    for pause in taken:
        if pause.last < pause.first:
            raise RuleError("wrong_pause", f"The pause ends {pause.last} before it begins {pause.first}.")
    if not taken or not deadline.spec.pauses or deadline.length is None or deadline.last_day is None:
        return deadline
    paused = {day for pause in taken for day in _days(pause.first, pause.last)}
    last, moved_from = _resumed(deadline, paused, eves=True)
    lenient, _ = _resumed(deadline, paused, eves=False)
    return deadline._replace(last_day=last, last_day_lenient=lenient, moved_from=moved_from, pauses=taken)


def _resumed(deadline: Deadline, paused: set[date], *, eves: bool) -> tuple[date, date | None]:
    left, day = deadline.length or 0, deadline.day0
    while left:
        day += timedelta(days=1)
        if day not in paused and calendar.is_counted(day, eves=eves):
            left -= 1
    last = day
    while last in paused or not calendar.is_working_day(last):
        last += timedelta(days=1)
    return last, None if last == day else day


def restart(deadline: Deadline, on: str, day: date) -> Deadline:
    """Return the deadline counted anew because of an event: `completed` or `set_time_ended`.

    Raises:
        RuleError: the rule does not start anew on that event, or the event lies before the first count.
    """
    if on not in deadline.spec.restarts_on:
        allowed = ", ".join(deadline.spec.restarts_on) or "nothing"
        raise RuleError("no_restart", f"{deadline.rule} does not start anew on {on!r} (only on: {allowed}).")
    if day < deadline.day0:
        raise RuleError("wrong_restart", f"The event {day} lies before the day {deadline.day0} from which it counted.")
    return compute(deadline.rule, day, {**deadline.facts, "counted_from": on}, version=None)


Pair = tuple[date | None, date | None]


@lru_cache(maxsize=64)
def _pairs(unit: str, length: int | None) -> list[Pair | None]:
    """(last day, lenient last day) by the ordinal of day 0, for a kind of limit; None before the calendar begins.

    Days with the same answer share one pair: a table that fits the processor's cache is what makes it quick.
    """
    days = map(date.fromordinal, range(calendar.FIRST_DAY.toordinal(), calendar.LAST_DAY.toordinal() + 1))
    shared: dict[Pair, Pair] = {}
    found = [count(unit, length, day)[:2] for day in days]
    pairs: list[Pair | None] = [None] * calendar.FIRST_DAY.toordinal()
    pairs += [shared.setdefault(pair, pair) for pair in found]
    return pairs


@lru_cache(maxsize=64)
def _plain_table(rule: str) -> list[Pair | None]:
    """The pairs of a rule: those of its kind of limit, or put together from its versions where they differ."""
    known = versions.rule(rule)
    tables = [_pairs(version.unit, version.length) for version in known.holding]
    if all(table is tables[0] for table in tables):
        return tables[0]
    by_version = dict(zip(known.holding, tables, strict=True))
    first = calendar.FIRST_DAY.toordinal()
    days = range(first, calendar.LAST_DAY.toordinal() + 1)
    return [None] * first + [by_version[known.on(date.fromordinal(n))][n] for n in days]


def last_days(rule: str, days: Sequence[date]) -> list[Pair]:
    """Return (last day, lenient last day) for many days 0 at once: one look-up a day, no explanation.

    Raises:
        UnknownRule, OutOfCalendar: as `compute`.
    """
    try:
        found = list(map(_plain_table(rule).__getitem__, map(date.toordinal, days)))
    except IndexError:
        found = [None]
    if None in found:
        for day in days:
            calendar.place_of(day)  # names the day that is outside
    return cast("list[Pair]", found)
