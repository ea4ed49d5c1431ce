"""A unit's own promise: an answer by the closing time of its next open working day.

Not law but what the unit has said (for example "at latest on the next working day"), so it follows the unit's own
opening calendar. The day of arrival is not counted; a contact after the unit's cut-off hour counts as having arrived
the next day.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from types import MappingProxyType

from polku.kit import localtime
from polku.rules import calendar
from polku.rules.calendar import Skipped, day_text
from polku.rules.errors import RuleError
from polku.rules.sentences import left_out, text

Span = tuple[time, time]
MIDNIGHT = None  # the cut-off 24.00: a contact belongs to the day on which it came
_LONGEST = 366


@dataclass(frozen=True)
class OpeningCalendar:
    """When a unit is open, in local time.

    Attributes:
        weekdays: opening spans by weekday, Monday 0; a weekday that is missing is shut.
        exceptions: the spans of single days; no spans = shut. They win over weekdays and holidays.
        open_on_holidays: whether public holidays follow the weekday's hours; else the unit is shut on them.
            Christmas Eve and Midsummer Eve follow the weekday's hours unless there is an exception.
    """

    weekdays: Mapping[int, tuple[Span, ...]]
    exceptions: Mapping[date, tuple[Span, ...]] = field(default_factory=lambda: MappingProxyType({}))
    open_on_holidays: bool = False

    def spans(self, day: date) -> tuple[Span, ...]:
        """Return the day's opening spans; none when the unit is shut."""
        if day in self.exceptions:
            return self.exceptions[day]
        if not self.open_on_holidays and _is_holiday(day):
            return ()
        return self.weekdays.get(day.weekday(), ())

    def closing(self, day: date) -> time | None:
        """Return the hour at which the unit closes for the day; None when it is shut all day."""
        spans = self.spans(day)
        return max(end for _, end in spans) if spans else None


def _is_holiday(day: date) -> bool:
    name = calendar.name_of(day)
    return name not in ("", "saturday", "sunday", "christmas_eve", "midsummer_eve")


@dataclass(frozen=True)
class PromiseDue:
    """When a promise falls due and why.

    Attributes:
        at: the moment (UTC) until which the promise is kept.
        day: the local day of that moment.
        arrived: local time of arrival.
        counted_from: the local day that is day 0; the day after arrival when it came after the cut-off.
        counted: the open days that were counted; `skipped` the shut days between.
    """

    at: datetime
    day: date
    arrived: datetime
    counted_from: date
    days: int
    cutoff: time | None
    counted: tuple[date, ...]
    skipped: tuple[Skipped, ...]

    def because(self, lang: str) -> str:
        """Return the promise and its reason in `fi`, `sv` or `en`."""
        parts = [
            text(
                "promise_due",
                lang,
                due_day=day_text(self.day, lang),
                due_time=_clock(localtime.local(self.at).time()),
                length=self.days,
                arrived_day=day_text(self.arrived.date(), lang),
                arrived_time=_clock(self.arrived.time()),
            )
        ]
        if self.cutoff is not None and self.counted_from != self.arrived.date():
            counted_from = day_text(self.counted_from, lang)
            parts.append(text("promise_cutoff", lang, cutoff=_clock(self.cutoff), counted_from=counted_from))
        if self.skipped:
            parts.append(left_out(calendar.named(self.skipped), lang))
        return " ".join(parts)


def _clock(at: time) -> str:
    return f"{at.hour}.{at.minute:02d}"


def due(
    received_at: datetime, opening: OpeningCalendar, *, cutoff: time | None = MIDNIGHT, days: int = 1
) -> PromiseDue:
    """Return when an answer is due: the closing time of the unit's `days`-th open day after arrival.

    Args:
        received_at: the true moment of arrival, with its time zone.
        opening: the unit's opening calendar as it was when the promise was made.
        cutoff: a contact after this local hour counts as arriving the next day; None = 24.00.
        days: how many open days are promised, at least 1.

    Raises:
        RuleError: `days` is less than 1, or the unit does not open within a year.
    """
    if days < 1:
        raise RuleError("wrong_promise", f"A promise needs at least one day, not {days}.")
    arrived = localtime.local(received_at)
    late = cutoff is not None and arrived.time() > cutoff
    counted_from = arrived.date() + timedelta(days=int(late))
    counted: list[date] = []
    skipped: list[Skipped] = []
    for step in range(1, _LONGEST + 1):
        day = counted_from + timedelta(days=step)
        closing = opening.closing(day)
        if closing is None:
            skipped.append(_shut(day))
            continue
        counted.append(day)
        if len(counted) == days:
            at = localtime.end_instant(day, closing)
            return PromiseDue(at, day, arrived, counted_from, days, cutoff, tuple(counted), tuple(skipped))
    raise RuleError("never_open", f"The unit has not {days} opening days within a year from {counted_from}.")


def usually_shut(after: date, before: date) -> tuple[Skipped, ...]:
    """Return the days between two days on which a unit is shut that has no hours of its own: weekends and holidays."""
    days = map(date.fromordinal, range(after.toordinal() + 1, before.toordinal()))
    return tuple([_shut(day) for day in days if is_usually_shut(day)])


def is_usually_shut(day: date) -> bool:
    """Say whether the day is a Saturday, a Sunday or a public holiday; eves of holidays are not."""
    return day.weekday() >= 5 or _is_holiday(day)


def _shut(day: date) -> Skipped:
    name = calendar.name_of(day)
    if name in ("saturday", "sunday"):
        return Skipped(day, name, name)
    return Skipped(day, name or "closed", "holiday" if name and _is_holiday(day) else "closed")
