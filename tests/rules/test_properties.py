"""Properties of every count, against a slow count written from the words of 150/1930."""

from datetime import date, timedelta

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polku.rules import calendar, deadlines, versions

RULES = [rule.id for rule in versions.all_rules().values()]
NUMBERED = [rule.id for rule in versions.all_rules().values() if rule.versions[-1].counts]
DAYS = st.dates(date(2010, 1, 1), date(2090, 12, 31))
ONE_DAY = timedelta(days=1)
THEIRS = holidays.country_holidays("FI", years=range(2024, 2042))


def _eve(day: date) -> bool:
    midsummer = day.month == 6 and day.weekday() == 4 and 19 <= day.day <= 25
    return (day.month, day.day) == (12, 24) or midsummer


def _off(day: date) -> bool:
    """Saturday, Sunday or holiday; eves are asked apart."""
    return day.weekday() >= 5 or (day in THEIRS and not _eve(day))


def _moved(day: date) -> date:
    while _off(day) or _eve(day):
        day += ONE_DAY
    return day


def _slow_working_days(day: date, n: int, *, eves: bool) -> date:
    while n:
        day += ONE_DAY
        n -= not _off(day) and (eves or not _eve(day))
    return _moved(day)


def _slow_months(day: date, n: int) -> date:
    month, year = day.month + n, day.year
    year, month = (year + 1, month - 12) if month > 12 else (year, month)
    for number in range(day.day, 0, -1):
        try:
            return date(year, month, number)
        except ValueError:
            continue
    raise AssertionError


def _slow(version: versions.Version, day0: date) -> tuple[date | None, date | None]:
    if version.length is None:
        return None, None
    if version.unit == "working_days":
        return tuple(_slow_working_days(day0, version.length, eves=eves) for eves in (True, False))  # type: ignore[return-value]
    if version.unit == "months":
        last = _slow_months(day0, version.length)
        return last, _moved(last)
    last = _moved(day0 + timedelta(days=version.length))
    return last, last


@pytest.mark.parametrize("rule", RULES)
def test_equals_a_slow_count_on_every_day_of_2024_to_2040(rule: str) -> None:
    days = [date(2024, 1, 1) + n * ONE_DAY for n in range(17 * 365 + 5)]
    fast = deadlines.last_days(rule, days)
    known = versions.rule(rule)
    for day0, pair in zip(days, fast, strict=True):
        assert pair == _slow(known.on(day0), day0), day0
        told = deadlines.compute(rule, day0)
        assert (told.last_day, told.last_day_lenient) == pair, day0


@given(day0=DAYS, rule=st.sampled_from(NUMBERED))
def test_never_ends_before_a_count_that_began_earlier(day0: date, rule: str) -> None:
    (first, first_lenient), (then, then_lenient) = deadlines.last_days(rule, [day0, day0 + ONE_DAY])
    assert first and then and first <= then
    assert first_lenient and then_lenient and first_lenient <= then_lenient


@given(day0=DAYS, rule=st.sampled_from(NUMBERED))
def test_ends_after_day_zero_and_the_strict_day_first(day0: date, rule: str) -> None:
    told = deadlines.compute(rule, day0)
    assert told.last_day and told.last_day_lenient
    assert day0 < told.last_day <= told.last_day_lenient
    assert calendar.is_working_day(told.last_day_lenient)
    if told.unit != "months":
        assert calendar.is_working_day(told.last_day)


@given(day0=DAYS, rule=st.sampled_from(NUMBERED))
def test_explains_every_day_between(day0: date, rule: str) -> None:
    told = deadlines.compute(rule, day0)
    if told.unit != "working_days" or told.last_day is None:
        return
    skipped = [s.day for s in told.skipped]
    between = (told.last_day - day0).days
    assert sorted([*told.counted, *skipped]) == [day0 + n * ONE_DAY for n in range(1, between + 1)]
    assert told.length is not None
    assert len(told.counted) == told.length, "a last day moved by 5 § stands for the eve that was left"


@given(day0=DAYS, rule=st.sampled_from(RULES), lang=st.sampled_from(["fi", "sv", "en"]))
def test_says_why_in_each_language(day0: date, rule: str, lang: str) -> None:
    told = deadlines.compute(rule, day0)
    sentence = told.because(lang)
    assert "{" not in sentence and "None" not in sentence and ".." not in sentence and "  " not in sentence
    assert told.source.act(lang) in sentence
    assert told.source.section(lang) in sentence
    if told.last_day:
        assert calendar.day_text(told.last_day, lang) in sentence
    assert told.as_json(lang)["because"] == sentence


@given(day0=DAYS, first=st.integers(1, 20), length=st.integers(0, 20), rule=st.sampled_from(NUMBERED))
def test_moves_only_promises_by_pauses(day0: date, first: int, length: int, rule: str) -> None:
    told = deadlines.compute(rule, day0)
    begins = day0 + first * ONE_DAY
    after = deadlines.extend_for_pauses(told, [deadlines.Pause(begins, begins + length * ONE_DAY)])
    if not told.spec.pauses:
        assert after is told
        return
    assert after.last_day and told.last_day and after.last_day_lenient and told.last_day_lenient
    assert after.last_day >= told.last_day
    assert after.last_day <= after.last_day_lenient
    assert not begins <= after.last_day <= begins + length * ONE_DAY
    if begins > told.last_day_lenient:
        assert (after.last_day, after.last_day_lenient) == (told.last_day, told.last_day_lenient)
    assert len(after.counted) == told.length
