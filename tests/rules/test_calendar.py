"""The calendar against an independent source, and the tables against their definitions."""

from calendar import monthrange
from datetime import date, timedelta

import holidays
import pytest

from polku.rules import calendar
from polku.rules.errors import OutOfCalendar


@pytest.mark.parametrize("year", range(calendar.FIRST_DAY.year, calendar.LAST_DAY.year + 1))
def test_has_the_holidays_of_an_independent_source(year: int) -> None:
    # that source lists the two eves among the holidays; the law keeps them apart
    theirs = set(holidays.country_holidays("FI", years=year))
    assert set(calendar.holidays_of(year)) | set(calendar.eves_of(year)) == theirs


def test_names_days_as_people_do() -> None:
    names = holidays.country_holidays("FI", years=2027, language="fi")
    ours = {day: calendar.day_name(key, "fi") for day, key in calendar.holidays_of(2027).items()}
    assert {day: name.lower() for day, name in ours.items() if day in (date(2027, 1, 6), date(2027, 5, 1))} == {
        date(2027, 1, 6): names[date(2027, 1, 6)].lower(),
        date(2027, 5, 1): names[date(2027, 5, 1)].lower(),
    }
    assert calendar.day_text(date(2026, 12, 1), "fi") == "ti 1.12.2026"
    assert calendar.day_text(date(2026, 12, 2), "sv") == "on 2.12.2026"
    assert calendar.day_text(date(2026, 12, 1), "en") == "Tue 1 Dec 2026"


def test_treats_new_years_eve_may_eve_and_maundy_thursday_as_working_days() -> None:
    for day in (date(2026, 12, 31), date(2026, 4, 30), date(2027, 3, 25)):
        assert calendar.is_working_day(day)
        assert calendar.rolled(day) == day


def test_counts_an_eve_only_when_eves_count() -> None:
    eve = date(2026, 12, 24)
    assert calendar.is_counted(eve, eves=True)
    assert not calendar.is_counted(eve, eves=False)
    assert not calendar.is_working_day(eve)
    assert calendar.rolled(eve) == date(2026, 12, 28)


def test_treats_an_eve_on_a_saturday_as_a_saturday() -> None:
    eve = date(2022, 12, 24)
    assert not calendar.is_counted(eve, eves=True)
    assert calendar.off_days(eve - timedelta(days=1), eve, eves=True)[0].reason == "saturday"


@pytest.mark.parametrize("day", [date(1990, 12, 31), date(2101, 1, 1), date.min, date.max])
def test_says_when_a_day_is_outside_the_calendar(day: date) -> None:
    with pytest.raises(OutOfCalendar, match=day.isoformat()):
        calendar.working_day_after(day, 7, eves=True)


def test_holds_every_day_from_1991_to_2101_as_its_year_has_it() -> None:
    for year in range(1991, 2102):
        left_out = set(calendar.holidays_of(year)) | set(calendar.eves_of(year))
        days = (date(year, 1, 1) + timedelta(days=n) for n in range(366 if monthrange(year, 2)[1] == 29 else 365))
        wrong = [day for day in days if calendar.is_working_day(day) != (day.weekday() < 5 and day not in left_out)]
        assert not wrong
    assert calendar.day_text(date(1991, 1, 1), "fi") == "ti 1.1.1991"
    assert calendar.working_day_after(date(1991, 1, 1), 1, eves=True) == date(1991, 1, 2)


def test_counts_from_the_last_day_it_holds() -> None:
    assert calendar.working_day_after(calendar.LAST_DAY, 7, eves=True) > calendar.LAST_DAY
    assert calendar.rolled(calendar.months_after(calendar.LAST_DAY, 3)) > calendar.LAST_DAY
