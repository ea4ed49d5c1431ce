"""The Finnish calendar of the act on counting statutory time limits (150/1930).

A working day (arkipäivä) is Monday to Friday and not a public holiday. Two readings exist for the eves (Christmas Eve,
Midsummer Eve): 5 § names them only for the last day of a limit, so

- *eves counted*: an eve counts as a day, unless it is itself the last one (the earlier date, the one that alarms);
- *eves free*: an eve never counts (the later date).

Everything is a table by day, built once; counting is two look-ups.
"""

from array import array
from calendar import monthrange
from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from polku.rules.data import LANGUAGES, parameters
from polku.rules.errors import OutOfCalendar

FIRST_DAY = date(1991, 1, 1)  # before 1991 Epiphany and Ascension Day were kept on Saturdays
LAST_DAY = date(2100, 12, 31)
BASE = FIRST_DAY.toordinal()
_LAST = LAST_DAY.toordinal() - BASE
_END = date(2101, 12, 31)  # room for a limit that begins on the last day

WORKING, EVE, SATURDAY, SUNDAY, HOLIDAY = range(5)
_REASONS = ("", "eve", "saturday", "sunday", "holiday")
_PLAIN = ("saturday", "sunday")  # days left out that have no name of their own


class Skipped(NamedTuple):
    """A day that a count leaves out: its name's key (`names` in calendar.yaml) and why."""

    day: date
    name: str
    reason: str


def easter(year: int) -> date:
    """Return Easter Sunday of a Gregorian year (the anonymous Gregorian computus)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    n = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * n) // 451
    month, day = divmod(h + n - 7 * m + 114, 31)
    return date(year, month, day + 1)


def _saturday_from(day: date) -> date:
    return day + timedelta(days=(5 - day.weekday()) % 7)


def holidays_of(year: int) -> dict[date, str]:
    """Return the public holidays of a year and the keys of their names, in order; eves are not among them."""
    sunday = easter(year)
    days = [
        (date(year, 1, 1), "new_year"),
        (date(year, 1, 6), "epiphany"),
        (sunday - timedelta(days=2), "good_friday"),
        (sunday, "easter_sunday"),
        (sunday + timedelta(days=1), "easter_monday"),
        (date(year, 5, 1), "may_day"),
        (sunday + timedelta(days=39), "ascension_day"),
        (sunday + timedelta(days=49), "whit_sunday"),
        (_saturday_from(date(year, 6, 20)), "midsummer_day"),
        (_saturday_from(date(year, 10, 31)), "all_saints"),
        (date(year, 12, 6), "independence_day"),
        (date(year, 12, 25), "christmas_day"),
        (date(year, 12, 26), "boxing_day"),
    ]
    named: dict[date, str] = {}
    for day, name in sorted(days):
        named.setdefault(day, name)  # Ascension Day can fall on May Day (2008): the first name stays
    return named


def eves_of(year: int) -> dict[date, str]:
    """Return Midsummer Eve and Christmas Eve of a year and the keys of their names."""
    midsummer = _saturday_from(date(year, 6, 20)) - timedelta(days=1)
    return {midsummer: "midsummer_eve", date(year, 12, 24): "christmas_eve"}


def _places(given: Iterable[int] = ()) -> "array[int]":
    """Places in two bytes each: a century's tables stay in the processor's cache, which lists of numbers do not."""
    return array("H", given)


class _Table:
    """Every day of the calendar by its place (days since FIRST_DAY)."""

    def __init__(self) -> None:
        self.base = BASE
        size = _END.toordinal() - self.base + 1
        self.kind = bytearray(size)
        self.off: list[Skipped | None] = [None] * size  # eves named too
        self.strict_off: list[Skipped | None] = [None] * size  # eves on weekdays left as counted days
        self._mark(size)
        # the places of days with a name of their own, in order, and how many of them have passed on each day
        self.named = [place for place, off in enumerate(self.off) if off is not None and off.name not in _PLAIN]
        self.named_upto = _places(accumulate(int(off is not None and off.name not in _PLAIN) for off in self.off))
        # counted days in order, how many of them have passed on each day, and the next one free of 5 §
        self.strict, self.strict_upto = _places(), _places()
        self.lenient, self.lenient_upto = _places(), _places()
        for place, kind in enumerate(self.kind):
            if kind <= EVE:
                self.strict.append(place)
                if kind == WORKING:
                    self.lenient.append(place)
            self.strict_upto.append(len(self.strict))
            self.lenient_upto.append(len(self.lenient))
        self.days = [date.fromordinal(self.base + place) for place in range(size)]
        self.rolled = _places([0]) * size
        following = size - 1
        for place in range(size - 1, -1, -1):
            if self.kind[place] == WORKING:
                following = place
            self.rolled[place] = following

    def _mark(self, size: int) -> None:
        named: dict[date, tuple[int, str]] = {}
        for year in range(FIRST_DAY.year, _END.year + 1):
            named |= {day: (HOLIDAY, name) for day, name in holidays_of(year).items()}
            named |= {day: (EVE, name) for day, name in eves_of(year).items() if day not in named}
        for place in range(size):
            day = date.fromordinal(self.base + place)
            weekday = day.weekday()
            kind, name = named.get(day, (WORKING, ""))
            if kind != HOLIDAY and weekday >= 5:
                kind, name = (SATURDAY, name or "saturday") if weekday == 5 else (SUNDAY, name or "sunday")
            self.kind[place] = kind
            if kind:
                skipped = Skipped(day, name, _REASONS[kind])
                self.off[place] = skipped
                if kind != EVE:
                    self.strict_off[place] = skipped


@lru_cache(maxsize=1)
def table() -> _Table:
    """Return the table of days; built on first use."""
    return _Table()


def place_of(day: date) -> int:
    """Return the day's place in the table.

    Raises:
        OutOfCalendar: the day lies before FIRST_DAY or after LAST_DAY.
    """
    place = day.toordinal() - BASE
    if not 0 <= place <= _LAST:
        raise OutOfCalendar(
            "out_of_calendar",
            f"The calendar holds {FIRST_DAY.isoformat()} to {LAST_DAY.isoformat()}; {day.isoformat()} is outside it.",
        )
    return place


def _place(day: date) -> int:
    """Return the place of a day that a count has reached: up to a year after LAST_DAY is there."""
    if FIRST_DAY <= day <= _END:
        return day.toordinal() - BASE
    return place_of(day)


def is_working_day(day: date) -> bool:
    """Say whether the day is an arkipäivä in the sense of 150/1930 5 §: no holiday, eve, Saturday or Sunday."""
    return table().kind[_place(day)] == WORKING


def is_counted(day: date, *, eves: bool) -> bool:
    """Say whether a count of working days takes the day; `eves` tells whether eves on weekdays count."""
    return table().kind[_place(day)] <= (EVE if eves else WORKING)


def name_of(day: date) -> str:
    """Return the key of the day's name: a holiday, an eve, `saturday`, `sunday`, or "" for a plain working day."""
    skipped = table().off[_place(day)]
    return skipped.name if skipped else ""


def rolled(day: date) -> date:
    """Return the day itself, or the first working day after it if it is one that 150/1930 5 § names."""
    days = table()
    return days.days[days.rolled[_place(day)]]


def working_day_after(day: date, n: int, *, eves: bool) -> date:
    """Return the n-th counted day after `day` (which is not counted, 150/1930 2 §), not yet rolled."""
    days, place = table(), place_of(day)
    order, upto = (days.strict, days.strict_upto) if eves else (days.lenient, days.lenient_upto)
    return days.days[order[upto[place] + n - 1]]


# Both readings of a last day, and the day from which 5 § moved the first (`left_out` tells the days between).
Count = tuple[date | None, date | None, date | None]


def named(skipped: tuple[Skipped, ...]) -> tuple[Skipped, ...]:
    """Return the days that have a name of their own: holidays and eves."""
    return tuple([s for s in skipped if s.name not in _PLAIN])


def count_working_days(day: date, n: int) -> Count:
    """Count n working days after `day`, in both readings, moved off the days that 150/1930 5 § names."""
    days, place = table(), day.toordinal() - BASE
    if not 0 <= place <= _LAST:
        place_of(day)  # says so
    nth = days.strict[days.strict_upto[place] + n - 1]
    last = days.rolled[nth]
    lenient = days.lenient[days.lenient_upto[place] + n - 1]
    return days.days[last], days.days[lenient], None if last == nth else days.days[nth]


def left_out(after: date, last: date, moved_from: date | None) -> tuple[Skipped, ...]:
    """Return the days that a count of working days from `after` to `last` leaves out; eves only where it moved."""
    if moved_from is None:
        return off_days(after, last, eves=True)
    before = moved_from - timedelta(days=1)
    return off_days(after, before, eves=True) + off_days(before, last, eves=False)


def months_after(day: date, n: int) -> date:
    """Return the day with the same number n months later, or that month's last day (150/1930 3 §)."""
    years, month = divmod(day.month - 1 + n, 12)
    year, number = day.year + years, day.day
    if number > 28:
        number = min(number, monthrange(year, month + 1)[1])
    return date(year, month + 1, number)


def off_days(after: date, until: date, *, eves: bool) -> tuple[Skipped, ...]:
    """Return the days after `after` and up to and including `until` that a count leaves out."""
    days = table()
    row = days.strict_off if eves else days.off
    base = days.base
    return tuple([s for s in row[after.toordinal() - base + 1 : until.toordinal() - base + 1] if s is not None])


def named_texts(after: int, until: int, moved_from: date | None, lang: str) -> list[str]:
    """Return the holidays and eves that a count of working days between two places leaves out, as people read them.

    An eve on a weekday is left out only where the last day moved off it.
    """
    days = table()
    upto = days.named_upto
    first, end = upto[after], upto[until]
    if first == end:
        return []
    eves_from = until if moved_from is None else moved_from.toordinal() - BASE
    texts, kind, places = _named_texts(lang), days.kind, days.named
    return [texts[n] for n in range(first, end) if kind[places[n]] != EVE or places[n] >= eves_from]


@lru_cache(maxsize=len(LANGUAGES))
def _named_texts(lang: str) -> list[str]:
    days, texts = table(), day_texts(lang)
    return [f"{day_name(off.name, lang)} {texts[place]}" for place in days.named if (off := days.off[place])]


def day_name(key: str, lang: str) -> str:
    """Return the name of a holiday or other day left out, in `fi`, `sv` or `en`."""
    name: str = parameters("calendar")["names"][key][lang]
    return name


@lru_cache(maxsize=len(LANGUAGES))
def day_texts(lang: str) -> list[str]:
    """Return every day of the calendar as people read it, by its place (days since FIRST_DAY)."""
    words = parameters("calendar")
    weekdays, months = words["weekdays"][lang], words["months_en"]
    if lang == "en":
        return [f"{weekdays[d.weekday()]} {d.day} {months[d.month - 1]} {d.year}" for d in table().days]
    return [f"{weekdays[d.weekday()]} {d.day}.{d.month}.{d.year}" for d in table().days]


def day_text(day: date, lang: str) -> str:
    """Return a day as people read it: `ti 1.12.2026` in Finnish and Swedish, `Tue 1 Dec 2026` in English."""
    return day_texts(lang)[_place(day)]
