"""A unit's promise across changes of the clocks, shut days and odd hours."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polku.kit import localtime
from polku.rules.errors import RuleError
from polku.rules.promises import OpeningCalendar, due

YEAR_2020 = datetime(2020, 1, 1, tzinfo=UTC)
OFFICE = OpeningCalendar({weekday: ((time(8), time(16)),) for weekday in range(5)})


def test_names_the_shut_day() -> None:
    opening = OpeningCalendar(OFFICE.weekdays, {date(2026, 12, 24): ()})
    told = due(localtime.instant(date(2026, 12, 23), time(22, 40)), opening)
    assert [s.reason for s in told.skipped] == ["closed", "holiday", "holiday", "sunday"]
    assert "jouluaatto to 24.12.2026" in told.because("fi")
    assert "klo 16.00" in told.because("fi")
    assert "kl. 16.00" in told.because("sv")


def test_says_that_a_late_contact_counts_as_the_next_days() -> None:
    told = due(localtime.instant(date(2026, 11, 24), time(15, 30)), OFFICE, cutoff=time(15))
    assert told.counted_from == date(2026, 11, 25)
    assert "klo 15.00 jälkeen" in told.because("fi")


def test_keeps_the_local_closing_hour_over_a_change_of_the_clocks() -> None:
    for received in (date(2027, 3, 26), date(2027, 10, 29)):
        told = due(localtime.instant(received, time(12)), OFFICE)
        assert localtime.local(told.at).time() == time(16)


def test_follows_opening_hours_of_a_single_day() -> None:
    saturday = date(2026, 11, 28)
    opening = OpeningCalendar(OFFICE.weekdays, {saturday: ((time(9), time(12)), (time(13), time(14)))})
    told = due(localtime.instant(date(2026, 11, 27), time(12)), opening)
    assert localtime.local(told.at) == datetime(2026, 11, 28, 14, tzinfo=localtime.HELSINKI)


def test_serves_a_unit_that_never_shuts() -> None:
    around = OpeningCalendar({weekday: ((time(0), time(23, 59)),) for weekday in range(7)}, open_on_holidays=True)
    told = due(localtime.instant(date(2026, 12, 24), time(12)), around)
    assert told.day == date(2026, 12, 25)
    assert told.skipped == ()


def test_ends_in_an_hour_that_the_clocks_leave_out_at_its_end() -> None:
    night = OpeningCalendar({6: ((time(0), time(3, 30)),)}, open_on_holidays=True)
    told = due(localtime.instant(date(2027, 3, 27), time(12)), night)
    assert told.at == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    told = due(localtime.instant(date(2027, 10, 30), time(12)), night)
    assert told.at == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)


def test_refuses_a_unit_that_never_opens_and_a_promise_of_no_days() -> None:
    at = localtime.instant(date(2026, 11, 24), time(12))
    with pytest.raises(RuleError, match="opening days"):
        due(at, OpeningCalendar({}))
    with pytest.raises(RuleError, match="at least one"):
        due(at, OFFICE, days=0)


@given(
    received=st.integers(0, 40 * 365 * 24 * 60).map(lambda minutes: YEAR_2020 + timedelta(minutes=minutes)),
    days=st.integers(1, 10),
    cutoff=st.none() | st.times(),
)
def test_falls_due_on_an_open_day_after_arrival(received: datetime, days: int, cutoff: time | None) -> None:
    told = due(received, OFFICE, cutoff=cutoff, days=days)
    assert told.at > received
    assert OFFICE.spans(told.day)
    assert len(told.counted) == days
    assert told.day == told.counted[-1] > told.counted_from
    between = (told.day - told.counted_from).days
    assert len(told.counted) + len(told.skipped) == between
    later = due(received + timedelta(hours=1), OFFICE, cutoff=cutoff, days=days)
    assert later.at >= told.at
