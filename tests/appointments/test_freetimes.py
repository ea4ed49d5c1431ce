"""The engine of free times against a slow model that looks at every minute, and at the days the clocks change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polku.appointments import freetimes as ft
from polku.appointments import openings as hours
from polku.appointments import spans
from polku.appointments.openings import Opening

DAY = date(2026, 11, 24)  # a Tuesday
SPRING = date(2027, 3, 28)  # the hour 03-04 does not exist
AUTUMN = date(2027, 10, 31)  # the hour 03-04 comes twice


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def opening(**changed: object) -> Opening:
    base = Opening(starts=time(9), ends=time(12), weekday=2, place=1, unit=1, modes=("office", "phone"), shut_with=(1,))
    return replace(base, **changed)  # type: ignore[arg-type]


def need(**changed: object) -> ft.Need:
    base = ft.Need(
        kind=1,
        duration=timedelta(minutes=45),
        after=timedelta(minutes=15),
        seats=((1,),),
        modes=("office", "phone"),
        not_before=utc(2026, 1, 1),
        not_after=utc(2028, 1, 1),
    )
    return replace(base, **changed)  # type: ignore[arg-type]


def times_on(day: date, wish: ft.Need, calendars: ft.Calendars, *, share: bool = True) -> list[ft.Time]:
    return ft.Finder(wish, calendars).on(day, share=share)


def in_micros(taken: Sequence[spans.Span]) -> list[spans.Stretch]:
    return spans.merge((spans.micros(start), spans.micros(end)) for start, end in taken)


def starts(times: Sequence[ft.Time]) -> list[str]:
    return [f"{time_.start.astimezone(spans.HELSINKI):%H.%M}" for time_ in times]


# Local time ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "wall", "instant"),
    [
        (date(2026, 11, 24), time(9), utc(2026, 11, 24, 7)),
        (date(2026, 7, 1), time(9), utc(2026, 7, 1, 6)),
        (SPRING, time(2, 59), utc(2027, 3, 28, 0, 59)),
        (SPRING, time(3), utc(2027, 3, 28, 1)),
        (SPRING, time(3, 30), utc(2027, 3, 28, 1)),
        (SPRING, time(3, 59), utc(2027, 3, 28, 1)),
        (SPRING, time(4), utc(2027, 3, 28, 1)),
        (AUTUMN, time(3, 30), utc(2027, 10, 31, 0, 30)),
        (AUTUMN, time(4), utc(2027, 10, 31, 2)),
    ],
)
def test_turns_a_wall_time_to_its_instant(day: date, wall: time, instant: datetime) -> None:
    assert spans.at_wall_time(day, wall) == instant


def test_tells_the_hour_that_summer_time_removes() -> None:
    assert not spans.wall_time_exists(SPRING, time(3, 30))
    assert spans.wall_time_exists(SPRING, time(4))
    assert spans.wall_time_exists(AUTUMN, time(3, 30))


@pytest.mark.parametrize(("day", "hours"), [(DAY, 24), (SPRING, 23), (AUTUMN, 25)])
def test_spans_a_local_day_from_midnight_to_midnight(day: date, hours: int) -> None:
    start, end = spans.day_span(day)
    assert (end - start) == timedelta(hours=hours)


def test_keeps_wall_times_over_a_clock_change() -> None:
    sunday = opening(weekday=7)
    for day in (SPRING - timedelta(days=7), SPRING, SPRING + timedelta(days=7), AUTUMN, AUTUMN + timedelta(days=7)):
        span = hours.expand(sunday, day)
        assert span is not None
        assert [f"{edge.astimezone(spans.HELSINKI):%H.%M}" for edge in span] == ["09.00", "12.00"]


def test_gives_no_opening_when_all_of_it_is_removed() -> None:
    assert hours.expand(opening(weekday=7, starts=time(3), ends=time(4)), SPRING) is None


def test_opens_until_midnight_when_the_end_is_zero() -> None:
    span = hours.expand(opening(starts=time(22), ends=time(0)), DAY)
    assert span == (utc(2026, 11, 24, 20), utc(2026, 11, 24, 22))


# Rhythm ----------------------------------------------------------------------------------------------------------


def test_opens_every_second_week_counted_from_the_anchor() -> None:
    alternating = opening(every=2, anchor=date(2026, 11, 26))  # the Thursday of the same week
    on = [DAY + timedelta(weeks=week) for week in range(-3, 4) if hours.is_on(alternating, DAY + timedelta(weeks=week))]
    assert on == [DAY - timedelta(weeks=2), DAY, DAY + timedelta(weeks=2)]


def test_alternates_over_a_year_of_53_weeks() -> None:
    alternating = opening(weekday=2, every=2, anchor=date(2026, 12, 29))  # week 53
    assert hours.is_on(alternating, date(2026, 12, 29))
    assert not hours.is_on(alternating, date(2027, 1, 5))  # week 1
    assert hours.is_on(alternating, date(2027, 1, 12))


def test_opens_once_on_a_date_of_its_own() -> None:
    extra = opening(weekday=0, on=date(2026, 11, 28))
    assert hours.is_on(extra, date(2026, 11, 28))
    assert not hours.is_on(extra, date(2026, 12, 5))


def test_stays_within_its_validity() -> None:
    short = opening(valid_from=DAY, valid_until=DAY + timedelta(days=7))
    assert [hours.is_on(short, DAY + timedelta(weeks=week)) for week in (-1, 0, 1, 2)] == [False, True, True, False]


# Times -----------------------------------------------------------------------------------------------------------


def test_offers_times_one_after_another_with_their_buffers() -> None:
    assert starts(times_on(DAY, need(), ft.Calendars({1: [opening()]}))) == ["09.00", "10.00", "11.00"]


def test_offers_around_what_is_taken() -> None:
    busy = {1: in_micros([(utc(2026, 11, 24, 7, 20), utc(2026, 11, 24, 7, 50))])}  # 9.20-9.50
    assert starts(times_on(DAY, need(), ft.Calendars({1: [opening()]}, busy))) == ["10.00", "11.00"]


def test_respects_lead_time_and_horizon() -> None:
    hurried = need(not_before=utc(2026, 11, 24, 7, 5), not_after=utc(2026, 11, 24, 9))
    assert starts(times_on(DAY, hurried, ft.Calendars({1: [opening()]}))) == ["09.15", "10.15"]


def test_offers_nothing_while_the_unit_or_place_is_shut() -> None:
    shut = ft.Calendars({1: [opening()]}, closed={1: in_micros([spans.day_span(DAY)])})
    assert times_on(DAY, need(), shut) == []
    early = ft.Calendars({1: [opening()]}, closed={1: in_micros([(utc(2026, 11, 24, 9), utc(2026, 11, 24, 22))])})
    assert starts(times_on(DAY, need(), early)) == ["09.00", "10.00"]


def test_keeps_holidays_free_but_for_an_opening_of_that_date() -> None:
    holidays = frozenset({DAY})
    assert times_on(DAY, need(), ft.Calendars({1: [opening()]}, holidays=holidays)) == []
    extra = opening(weekday=0, on=DAY)
    assert len(times_on(DAY, need(), ft.Calendars({1: [extra]}, holidays=holidays))) == 3


def test_asks_for_language_place_unit_and_kind() -> None:
    calendars = ft.Calendars(
        {
            1: [opening(kinds=frozenset({1}))],
            2: [opening(place=2, unit=2, languages=frozenset({"sv"}))],
        },
        languages={1: frozenset({"fi"}), 2: frozenset({"fi"})},
    )
    both = need(seats=((1, 2),))

    def found(**changed: object) -> set[int]:
        return {time_.workers[0] for time_ in times_on(DAY, replace(both, **changed), calendars)}  # type: ignore[arg-type]

    assert found() == {1, 2}
    assert found(language="sv") == {2}
    assert found(language="fi") == {1}
    assert found(places=frozenset({2})) == {2}
    assert found(units=frozenset({1})) == {1}
    assert found(kind=2) == {2}
    assert found(modes=("video",)) == set()


def test_seats_two_workers_in_the_same_place_at_the_same_time() -> None:
    calendars = ft.Calendars(
        {
            1: [opening()],
            2: [opening(starts=time(10), ends=time(14))],
            3: [opening(place=9)],
        }
    )
    together = need(seats=((1,), (3, 2)))
    times = times_on(DAY, together, calendars)
    assert starts(times) == ["10.00", "11.00"]
    assert {time_.workers for time_ in times} == {(1, 2)}


def test_never_seats_the_same_worker_twice() -> None:
    assert times_on(DAY, need(seats=((1,), (1,))), ft.Calendars({1: [opening()]})) == []


def test_takes_the_smallest_free_room_that_is_large_enough() -> None:
    rooms = {1: [ft.Room(100, 1, 2), ft.Room(101, 1, 6), ft.Room(102, 1, 12)]}
    busy = {101: in_micros([(utc(2026, 11, 24, 7), utc(2026, 11, 24, 8))])}
    large = need(room_modes=frozenset({"office"}), room_size=5, modes=("office",))
    times = times_on(DAY, large, ft.Calendars({1: [opening()]}, busy, rooms))
    assert [(time_.room, starts([time_])[0]) for time_ in times] == [(102, "09.00"), (101, "10.00"), (101, "11.00")]


def test_falls_back_to_another_mode_when_no_room_is_free() -> None:
    calls = need(room_modes=frozenset({"office"}))
    times = times_on(DAY, calls, ft.Calendars({1: [opening()]}))
    assert {time_.mode for time_ in times} == {"phone"}


def test_counts_only_clients_who_can_all_be_served() -> None:
    two = {number: [opening()] for number in (1, 2)}
    rooms = {1: [ft.Room(100, 1, 2)]}
    inside = need(seats=((1, 2),), room_modes=frozenset({"office"}), modes=("office",))
    assert len(times_on(DAY, inside, ft.Calendars(two, {}, rooms))) == 6
    assert len(times_on(DAY, inside, ft.Calendars(two, {}, rooms), share=False)) == 3


def test_finds_day_by_day_until_there_are_enough() -> None:
    times = list(ft.Finder(need(), ft.Calendars({1: [opening()]})).times(DAY, DAY + timedelta(days=8)))
    assert [time_.day for time_ in times] == [DAY] * 3 + [DAY + timedelta(days=7)] * 3


def test_seats_a_worker_only_on_the_days_of_the_post() -> None:
    begins = DAY + timedelta(days=7)
    calendars = ft.Calendars({1: [opening()], 2: [opening()]})
    wish = need(seats=((1, 2),), terms={(0, 2): [(begins, begins + timedelta(days=6))]})
    found = ft.Finder(wish, calendars).times(DAY, DAY + timedelta(days=14))
    assert {(time_.workers[0], time_.day) for time_ in found} == {
        (1, DAY), (1, begins), (2, begins), (1, DAY + timedelta(days=14)),
    }  # fmt: skip
    nine = utc(2026, 11, 24, 7)
    assert ft.fitting(nine, (2,), "office", wish, calendars) is None
    assert ft.fitting(nine + timedelta(days=7), (2,), "office", wish, calendars) is not None


def test_refuses_a_start_off_the_grid_or_beside_the_need() -> None:
    calendars = ft.Calendars({1: [opening()]})
    assert ft.fitting(utc(2026, 11, 24, 7, 15), (1,), "office", need(), calendars) is not None
    assert ft.fitting(utc(2026, 11, 24, 7, 10), (1,), "office", need(), calendars) is None
    assert ft.fitting(utc(2026, 11, 24, 9, 15), (1,), "office", need(), calendars) is None
    assert ft.fitting(utc(2026, 11, 24, 7), (2,), "office", need(), calendars) is None
    assert ft.fitting(utc(2026, 11, 24, 7), (1,), "video", need(), calendars) is None
    assert ft.fitting(utc(2026, 11, 24, 7), (1, 1), "office", need(), calendars) is None


# Properties ------------------------------------------------------------------------------------------------------

WALLS = st.integers(min_value=0, max_value=95).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))
# An edge inside the hour that disappears or repeats has examples of its own above; the model reads wall clocks.
EDGES = WALLS.filter(lambda wall: wall.hour != 3)
DAYS = st.one_of(
    st.sampled_from([SPRING, AUTUMN, SPRING - timedelta(days=1), AUTUMN + timedelta(days=1)]),
    st.dates(min_value=date(2026, 11, 1), max_value=date(2028, 2, 29)),
)


@st.composite
def openings(draw: st.DrawFn, day: date) -> Opening:
    weekday = draw(st.sampled_from([day.isoweekday(), day.isoweekday(), draw(st.integers(1, 7))]))
    return Opening(
        starts=draw(EDGES),
        ends=draw(EDGES),
        weekday=weekday,
        every=draw(st.integers(1, 3)),
        anchor=day + timedelta(days=draw(st.integers(-30, 30))),
        valid_from=day + timedelta(days=draw(st.integers(-20, 1))),
        valid_until=day + timedelta(days=draw(st.integers(-1, 20))),
        place=draw(st.integers(1, 2)),
        unit=1,
        modes=draw(st.sampled_from([("office",), ("office", "phone"), ("phone",)])),
    )


@st.composite
def worlds(draw: st.DrawFn) -> tuple[date, ft.Need, ft.Calendars]:
    day = draw(DAYS)
    midnight = spans.day_span(day)[0]
    workers = draw(st.integers(1, 3))

    def taken(most: int) -> list[spans.Stretch]:
        drawn = draw(st.lists(st.tuples(st.integers(-30, 1500), st.integers(1, 300)), max_size=most))
        return in_micros(
            [
                (midnight + timedelta(minutes=begin), midnight + timedelta(minutes=begin + length))
                for begin, length in drawn
            ]
        )

    books = {number: draw(st.lists(openings(day), min_size=1, max_size=3)) for number in range(1, workers + 1)}
    lead = midnight + timedelta(minutes=draw(st.integers(-60, 900)))
    wish = ft.Need(
        kind=1,
        duration=timedelta(minutes=draw(st.sampled_from([15, 30, 45, 60, 90]))),
        before=timedelta(minutes=draw(st.sampled_from([0, 5, 15]))),
        after=timedelta(minutes=draw(st.sampled_from([0, 10, 15]))),
        step=timedelta(minutes=draw(st.sampled_from([15, 20, 30, 60]))),
        seats=(tuple(range(1, workers + 1)),),
        modes=draw(st.sampled_from([("office",), ("phone", "office")])),
        not_before=lead,
        not_after=midnight + timedelta(minutes=draw(st.integers(600, 1600))),
        places=draw(st.sampled_from([frozenset[int](), frozenset({1})])),
    )
    return day, wish, ft.Calendars(books, {number: taken(4) for number in range(1, workers + 1)})


def slow_fits(worker: int, start: datetime, wish: ft.Need, calendars: ft.Calendars) -> bool:
    """Every minute of the block lies in one opening, read from a wall clock, and in no busy span."""
    minutes = int((wish.before + wish.duration + wish.after) / timedelta(minutes=1))
    block = [start - wish.before + timedelta(minutes=minute) for minute in range(minutes)]
    taken = calendars.busy.get(worker, ())
    if any(begin <= spans.micros(minute) < end for begin, end in taken for minute in block):
        return False
    for book in calendars.openings[worker]:
        if (wish.places and book.place not in wish.places) or not set(book.modes) & set(wish.modes):
            continue
        if all(slow_open(book, minute) for minute in block):
            # The block must not run through a night: the same opening of the next day is another one.
            days = {minute.astimezone(spans.HELSINKI).date() for minute in block}
            if len(days) == 1:
                return True
    return False


def slow_open(book: Opening, minute: datetime) -> bool:
    local = minute.astimezone(spans.HELSINKI)
    if local.weekday() + 1 != book.weekday or not book.valid_from <= local.date() <= book.valid_until:
        return False
    weeks_apart = 0
    week = local.date()
    while week.isocalendar()[:2] != book.anchor.isocalendar()[:2]:
        week += timedelta(days=7 if week < book.anchor else -7)
        weeks_apart += 1
        assert weeks_apart < 1000
    if weeks_apart % book.every:
        return False
    return book.starts <= local.time() and (book.ends == time(0) or local.time() < book.ends)


def slow_fits_together(lead: int, start: datetime, wish: ft.Need, calendars: ft.Calendars) -> bool:
    """The worker and another of the second seat fit, in the same place and way, and a room of the place is free."""
    for place, mode in product(wish.places or (1, 2), wish.modes):
        there = replace(wish, places=frozenset({place}), modes=(mode,))
        if not slow_fits(lead, start, there, calendars):
            continue
        if len(wish.seats) > 1 and not any(
            other != lead and slow_fits(other, start, there, calendars) for other in wish.seats[1]
        ):
            continue
        blocked = (spans.micros(start - wish.before), spans.micros(start + wish.duration + wish.after))
        rooms = calendars.rooms.get(place, ())
        if mode not in wish.room_modes or any(
            all(end <= blocked[0] or begin >= blocked[1] for begin, end in calendars.busy.get(room.resource, ()))
            for room in rooms
        ):
            return True
    return False


def slow_times(
    day: date, worker: int, wish: ft.Need, calendars: ft.Calendars, fits: Callable[..., bool] = slow_fits
) -> list[datetime]:
    minute, end = spans.day_span(day)
    found: list[datetime] = []
    while minute < end:
        aligned = (minute.hour * 60 + minute.minute) % int(wish.step / timedelta(minutes=1)) == 0
        clear = not found or minute - wish.before >= found[-1] + wish.duration + wish.after
        inside = wish.not_before <= minute < wish.not_after
        if aligned and clear and inside and fits(worker, minute, wish, calendars):
            found.append(minute)
        minute += timedelta(minutes=5)
    return found


# A look at every minute is slow: few days in `make check`, and many in `make test`.
FEW_OR_MANY = pytest.mark.parametrize("many", [25, pytest.param(300, marks=pytest.mark.slow)])


def on_days(many: int, *made: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], None]:
    """Check a property on so many made-up days, at once."""

    def check(holds: Callable[..., None]) -> None:
        settings(max_examples=many)(given(*made)(holds))()

    return check


@FEW_OR_MANY
def test_finds_what_a_look_at_every_minute_finds(many: int) -> None:
    @on_days(many, worlds())
    def holds(world: tuple[date, ft.Need, ft.Calendars]) -> None:
        day, wish, calendars = world
        times = times_on(day, wish, calendars)
        for worker in wish.seats[0]:
            mine = [time_.start for time_ in times if time_.workers == (worker,)]
            assert mine == slow_times(day, worker, wish, calendars)


@st.composite
def shared_worlds(draw: st.DrawFn) -> tuple[date, ft.Need, ft.Calendars]:
    """The same where a time takes a second worker or a room, and a unit is shut for some hours."""
    day, wish, calendars = draw(worlds())
    midnight = spans.day_span(day)[0]
    begin, length = draw(st.integers(0, 1400)), draw(st.integers(1, 300))
    taken = in_micros([(midnight + timedelta(minutes=begin), midnight + timedelta(minutes=begin + length))])
    seats = wish.seats * draw(st.integers(1, 2))
    wish = replace(wish, seats=seats, room_modes=draw(st.sampled_from([frozenset[str](), frozenset({"office"})])))
    rooms = {1: [ft.Room(100, 1, 2), ft.Room(101, 1, 4)], 2: [ft.Room(102, 2, 4)]}
    return day, wish, replace(calendars, rooms=rooms, busy={**calendars.busy, 100: taken, 102: taken})


@FEW_OR_MANY
def test_finds_pairs_and_rooms_where_a_look_at_every_minute_finds_them(many: int) -> None:
    @on_days(many, shared_worlds())
    def holds(world: tuple[date, ft.Need, ft.Calendars]) -> None:
        day, wish, calendars = world
        times = times_on(day, wish, calendars)
        for worker in wish.seats[0]:
            mine = [time_.start for time_ in times if time_.workers[0] == worker]
            assert mine == slow_times(day, worker, wish, calendars, slow_fits_together)


@FEW_OR_MANY
def test_serves_each_client_with_workers_and_rooms_of_their_own(many: int) -> None:
    @on_days(many, shared_worlds())
    def holds(world: tuple[date, ft.Need, ft.Calendars]) -> None:
        day, wish, calendars = world
        served = times_on(day, wish, calendars, share=False)
        taken = sorted((resource, time_.blocked) for time_ in served for resource in time_.resources)
        assert all(one[0] != two[0] or one[1][1] <= two[1][0] for one, two in pairwise(taken))


@FEW_OR_MANY
def test_saves_exactly_what_it_shows(many: int) -> None:
    @on_days(many, st.one_of(worlds(), shared_worlds()))
    def holds(world: tuple[date, ft.Need, ft.Calendars]) -> None:
        day, wish, calendars = world
        for time_ in times_on(day, wish, calendars):
            for mode in time_.modes:
                again = ft.fitting(time_.start, time_.workers, mode, wish, calendars)
                if mode != time_.mode and wish.shares:
                    continue  # another way may have no room or second worker left
                assert again is not None
                shown = (time_.start, time_.end, time_.blocks, time_.workers)
                assert (again.start, again.end, again.blocks, again.workers) == shown


@FEW_OR_MANY
def test_refuses_exactly_what_does_not_fit(many: int) -> None:
    @on_days(4 * many, worlds(), st.integers(-30, 1500))
    def holds(world: tuple[date, ft.Need, ft.Calendars], minute: int) -> None:
        day, wish, calendars = world
        start = spans.day_span(day)[0] + timedelta(minutes=minute)
        if start.astimezone(spans.HELSINKI).date() != day or (start - spans.EPOCH) % wish.step:
            return
        for worker in wish.seats[0]:
            fits = any(ft.fitting(start, (worker,), mode, wish, calendars) for mode in wish.modes)
            inside = wish.not_before <= start < wish.not_after
            assert fits == (inside and slow_fits(worker, start, wish, calendars))


SPANS = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 60)), max_size=8)


@given(SPANS, st.integers(0, 200), st.integers(1, 100))
def test_subtracts_minute_by_minute(taken: list[tuple[int, int]], begin: int, length: int) -> None:
    zero = utc(2026, 11, 24)
    busy = spans.merge(
        (zero + timedelta(minutes=first), zero + timedelta(minutes=first + long)) for first, long in taken
    )
    span = (zero + timedelta(minutes=begin), zero + timedelta(minutes=begin + length))
    left = spans.subtract(span, busy)
    for minute in range(begin - 1, begin + length + 1):
        moment = zero + timedelta(minutes=minute)
        free = begin <= minute < begin + length and not any(f <= minute < f + long for f, long in taken)
        assert free == any(start <= moment < end for start, end in left)
    assert left == spans.merge(left)
