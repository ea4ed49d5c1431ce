"""Openings of a calendar: a rhythm has its first week, once is once, and what ends says so."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest

from polku.appointments import actions
from polku.appointments.models import Opening
from polku.appointments.states import Mode
from polku.audit.models import Event
from polku.kit.errors import Invalid
from tests.appointments import world
from tests.appointments.world import AT, World

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 12, 7)


@pytest.fixture
def county(db: None) -> World:
    return world.build()


def opened(county: World, **told: Any) -> Opening:
    given: dict[str, Any] = {"starts": time(17), "ends": time(19), "modes": [Mode.PHONE], "valid_from": MONDAY} | told
    return actions.add_opening(resource=county.workers[0], unit=county.team, by=county.lead, at=AT, **given)


def test_a_rhythm_of_several_weeks_is_on_in_its_first_week(county: World) -> None:
    assert opened(county, weekday=1, every_weeks=2).anchor == MONDAY
    assert opened(county, weekday=1).anchor is None
    once = opened(county, every_weeks=2)
    assert (once.anchor, once.every_weeks, once.on_date, once.valid_until) == (None, 1, MONDAY, MONDAY)


def test_the_same_opening_twice_is_one_row_and_one_line_in_the_log(county: World) -> None:
    before = Opening.objects.count()
    assert opened(county, weekday=1) == opened(county, weekday=1)
    assert Opening.objects.count() == before + 1
    assert Event.objects.filter(what="appointments.opening_added").count() == 1


@pytest.mark.parametrize(("told", "field"), [({"ends": time(17)}, "ends"), ({"modes": []}, "modes")])
def test_names_what_is_wrong_with_an_opening(county: World, told: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        opened(county, **told)
    assert refused.value.field == field
    assert opened(county, ends=time(0)).ends == time(0), "until midnight"


def test_an_opening_ends_with_its_last_day_or_never_was(county: World) -> None:
    row = opened(county, weekday=1)
    actions.end_opening(opening=row, last_day=MONDAY, by=county.lead, at=AT)
    assert Opening.objects.get(pk=row.pk).valid_until == MONDAY
    told = Event.objects.get(what="appointments.opening_ended")
    assert (told.subject, told.facts) == (row.public_id, {"last_day": "2026-12-07"})
    actions.end_opening(opening=row, last_day=MONDAY - timedelta(days=1), by=county.lead, at=AT)
    assert not Opening.objects.filter(pk=row.pk).exists()
    with pytest.raises(Invalid):
        actions.end_opening(opening=row, last_day=AT.date() - timedelta(days=2), by=county.lead, at=AT)
