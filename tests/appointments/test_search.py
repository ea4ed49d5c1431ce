"""Searching over many calendars: a fixed number of queries, soon enough for a page, honest at the edges."""

from __future__ import annotations

import time as wall_clock
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from polku.appointments import actions, offers, search
from polku.appointments.models import Kind, Resource
from polku.appointments.snapshot import Wish
from polku.appointments.states import Mode
from tests.appointments import world
from tests.appointments.world import AT, World

pytestmark = pytest.mark.django_db

DAY = datetime(2026, 11, 25, 7, 0, tzinfo=UTC)


def book_some(county: World) -> None:
    for worker in county.workers:
        for hour in range(3):
            actions.hold(
                kind=county.kind, unit=county.team, start=DAY + timedelta(hours=hour), workers=[worker],
                mode=Mode.OFFICE, by=county.laura, at=AT, key="",
            )  # fmt: skip


def queries(county: World) -> int:
    wish = Wish(Kind.objects.prefetch_related("seats").get(pk=county.kind.pk), county.team)
    with CaptureQueriesContext(connection) as seen:
        search.search(wish, search.Wanted(promise=date(2026, 12, 3)), at=AT)
    return len(seen)


def test_asks_the_same_number_of_questions_for_two_calendars_and_for_twenty() -> None:
    few = world.build(workers=2)
    count = queries(few)
    for number in range(2, 20):
        actor = world.staff(f"Uusi {number}", "Sosiaaliohjaaja", (few.team, "counsellor"))
        resource = Resource.objects.create(kind="worker", actor=actor)
        world.opening(resource, few.team, few.place)
    assert queries(few) == count <= 20


@pytest.mark.slow
def test_searches_fifty_calendars_of_fourteen_days_within_half_a_second_of_work() -> None:
    county = world.build(workers=50)
    book_some(county)
    wish = Wish(county.kind, county.team)
    took = []
    for _again in range(3):
        begun = wall_clock.process_time()
        found = search.search(wish, search.Wanted(promise=date(2026, 12, 3), place=county.place), at=AT)
        took.append(wall_clock.process_time() - begun)
    print(f"50 calendars x 14 days: {min(took) * 1000:.0f} ms, {len(found.inside)} times inside the promise")
    assert len(found.inside) > 1000
    assert min(took) < 0.5


def test_goes_on_to_the_horizon_when_the_next_days_are_full() -> None:
    county = world.build(workers=1)
    county.workers[0].openings.all().delete()
    world.opening(county.workers[0], county.team, county.place, on_date=date(2027, 1, 14))
    found = search.search(Wish(county.kind, county.team), search.Wanted(promise=date(2026, 12, 3)), at=AT)
    assert not found.inside and found.servable == 0
    assert [offer.day for offer in found.after[:1]] == [date(2027, 1, 14)]
    # 4.12. to 14.1. without weekends, Independence Day (a Sunday), the eve, Christmas, New Year and Epiphany
    assert found.after[0].late_days == 26
    assert found.first is found.after[0]


def test_finds_nothing_beyond_the_horizon() -> None:
    county = world.build(workers=1)
    county.workers[0].openings.all().delete()
    world.opening(county.workers[0], county.team, county.place, on_date=AT.date() + timedelta(days=61))
    found = search.search(Wish(county.kind, county.team), search.Wanted(), at=AT)
    assert found.first is None


def test_counts_distances_as_the_crow_flies() -> None:
    county = world.build(workers=1)
    away = offers.distance(county.place, county.far)
    assert away is not None and 28 < away < 32
    assert county.far.pk not in offers.places_near(county.place, km=20)
    assert county.far.pk in offers.places_near(county.place, km=50)


@pytest.mark.parametrize(
    ("day", "promise", "late"),
    [
        (date(2026, 12, 3), date(2026, 12, 3), 0),
        (date(2026, 12, 4), date(2026, 12, 3), 1),
        (date(2026, 12, 5), date(2026, 12, 4), 1),
        (date(2026, 12, 7), date(2026, 12, 3), 2),
        (date(2026, 12, 28), date(2026, 12, 23), 1),
        (date(2026, 12, 4), None, 0),
    ],
)
def test_counts_lateness_in_working_days(day: date, promise: date | None, late: int) -> None:
    assert offers.late_by(day, promise) == late
