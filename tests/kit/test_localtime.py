"""Local days and hours around the changes of the clocks."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polku.kit import localtime

SPRING, AUTUMN = date(2027, 3, 28), date(2027, 10, 31)


def test_gives_the_day_in_finland() -> None:
    assert localtime.local_date(datetime(2026, 11, 23, 21, 59, tzinfo=UTC)) == date(2026, 11, 23)
    assert localtime.local_date(datetime(2026, 11, 23, 22, 0, tzinfo=UTC)) == date(2026, 11, 24)
    assert localtime.local_date(datetime(2026, 6, 23, 21, 0, tzinfo=UTC)) == date(2026, 6, 24)


def test_refuses_an_instant_without_a_time_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        localtime.local_date(datetime(2026, 11, 23, 21, 59))


@pytest.mark.parametrize("at", [time(3, 0), time(3, 30), time(3, 59, 59)])
def test_refuses_an_hour_that_the_clocks_leave_out(at: time) -> None:
    assert localtime.is_removed(SPRING, at)
    with pytest.raises(localtime.RemovedHour):
        localtime.instant(SPRING, at)
    assert not localtime.is_removed(SPRING, time(2, 59))
    assert not localtime.is_removed(SPRING, time(4, 0))


def test_tells_the_two_hours_that_have_the_same_name_apart() -> None:
    assert localtime.is_doubled(AUTUMN, time(3, 30))
    first = localtime.instant(AUTUMN, time(3, 30))
    second = localtime.instant(AUTUMN, time(3, 30), second=True)
    assert second - first == timedelta(hours=1)
    assert not localtime.is_doubled(AUTUMN, time(2, 59))
    assert not localtime.is_doubled(AUTUMN, time(4, 0))
    assert not localtime.is_doubled(SPRING, time(3, 30))


def test_ends_late_rather_than_early() -> None:
    assert localtime.end_instant(SPRING, time(3, 30)) == localtime.instant(SPRING, time(4, 30))
    assert localtime.end_instant(AUTUMN, time(3, 30)) == localtime.instant(AUTUMN, time(3, 30), second=True)
    assert localtime.end_instant(SPRING, time(16)) == localtime.instant(SPRING, time(16))


def test_knows_how_long_a_day_is() -> None:
    lengths = []
    for day in (SPRING, AUTUMN, date(2026, 11, 24)):
        begins, ends = localtime.day_bounds(day)
        lengths.append((ends - begins) // timedelta(hours=1))
    assert lengths == [23, 25, 24]


@given(
    day=st.dates(date(1990, 1, 1), date(2090, 1, 1)),
    at=st.times(),
    second=st.booleans(),
)
def test_goes_there_and_back(day: date, at: time, second: bool) -> None:
    at = at.replace(fold=0)
    if localtime.is_removed(day, at):
        return
    moment = localtime.instant(day, at, second=second)
    assert moment.tzinfo is UTC
    back = localtime.local(moment)
    assert (back.date(), back.time().replace(fold=0)) == (day, at)
    begins, ends = localtime.day_bounds(day)
    assert begins <= moment < ends
