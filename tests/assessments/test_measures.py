"""Instruments filled in: what they sum up to, what a person must look at, how they go in time."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import translation

from polku.assessments import actions, measures, queries
from polku.assessments.models import Measure
from polku.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.assessments.world import LATER, World
from tests.register import NOW

DAY = date(2026, 11, 24)
NINE = {str(number): 1 for number in range(1, 10)}


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def recorded(world: World, key: str = "m", **more: object) -> Measure:
    given = {"instrument": "phq9", "done_on": DAY, "items": NINE, "by": world.olli, "at": LATER, **more}
    return measures.record(case=world.case, key=key, **given)


def test_record_counts_the_items_and_reads_the_band(world: World) -> None:
    row = recorded(world, items={**NINE, "9": 0})
    assert (row.total, row.band, row.safety) == (Decimal(8), "mild", False)
    assert recorded(world, items={**NINE, "9": 0}) == row


def test_record_of_a_copied_result_asks_about_the_safety_item_that_is_not_known(world: World) -> None:
    row = recorded(world, items=None, total=12)
    assert (row.total, row.band, row.safety) == (Decimal(12), "moderate", True)
    (prompt,) = measures.shown(row, "en").prompts
    assert "item 9" in prompt
    assert not recorded(world, "other", items=None, total=12, parts={"9": 0}).safety


def test_a_safety_item_is_put_to_a_person_until_somebody_has_written_what_was_done(world: World) -> None:
    row = recorded(world)
    assert row.safety and len(measures.shown(row, "fi").prompts) == 1
    with pytest.raises(Invalid):
        measures.see_safety(measure=row, note=" ", by=world.anna, at=LATER)
    measures.see_safety(measure=row, note="Kysyin, ei aikeita. Kriisinumero annettu.", by=world.anna, at=LATER)
    assert measures.shown(row, "fi").prompts == []
    with pytest.raises(Conflict):
        measures.see_safety(measure=row, note="Uudelleen", by=world.olli, at=LATER)


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"done_on": date(2027, 1, 1)}, "future", "done_on"),
        ({"instrument": "nothing"}, "unknown_instrument", "instrument"),
        ({"items": {"1": 7}}, "out_of_scale", "items"),
        ({"items": {"77": 1}}, "unknown_item", "items"),
        ({"items": None}, "one_way", "items"),
        ({"total": 4}, "one_way", "items"),
        ({"items": None, "total": 28}, "out_of_range", "total"),
        ({"items": None, "total": Decimal("4.5")}, "too_exact", "total"),
    ],
)
def test_record_refuses_what_the_instrument_cannot_give(world: World, given, code: str, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        recorded(world, **given)
    assert (refusal.value.code, refusal.value.field) == (code, field)
    assert not Measure.objects.exists()


def test_record_needs_a_tie_to_the_client(world: World) -> None:
    with pytest.raises(NotAllowed):
        recorded(world, by=world.stranger)


def test_record_adds_nothing_to_an_assessment_that_is_locked(world: World) -> None:
    with pytest.raises(Conflict):
        recorded(world, assessment=world.locked())


def test_trend_has_the_results_in_time_without_what_was_withdrawn(world: World) -> None:
    for number, day in enumerate((DAY, DAY - timedelta(days=60), DAY - timedelta(days=30))):
        recorded(world, f"m{number}", items=None, total=20 - 5 * number, parts={"9": 0}, done_on=day)
    wrong = recorded(world, "wrong", items=None, total=3, parts={"9": 0})
    measures.withdraw(measure=wrong, reason="Toisen asiakkaan lomake", by=world.anna, at=LATER)
    trend = measures.trend(world.case, "phq9", by=world.anna, at=LATER)
    assert [(point.text, point.band) for point in trend.points] == [
        ("15", "moderately severe symptoms"),
        ("10", "moderate symptoms"),
        ("20", "severe symptoms"),
    ]
    assert (trend.lowest, trend.highest, len(trend.bands), len(trend.rows)) == (0, 27, 5, 4)
    assert [row.withdrawn_reason for row in measures.of_case(world.case, by=world.anna, at=LATER)].count("") == 3
    with pytest.raises(Conflict):
        measures.withdraw(measure=wrong, reason="Taas", by=world.anna, at=LATER)
    with pytest.raises(NotFound):
        measures.trend(world.case, "nothing", by=world.anna, at=LATER)


def test_trend_shows_a_stranger_nothing(world: World) -> None:
    recorded(world)
    assert measures.trend(world.case, "phq9", by=world.stranger, at=LATER).rows == []


def test_a_result_stands_in_the_document_of_its_assessment(world: World) -> None:
    row = world.filled()
    recorded(world, assessment=row, items=None, total=12, parts={"9": 0})
    actions.lock(assessment=actions.ready(assessment=row, by=world.anna, at=LATER), by=world.anna, at=LATER)
    (measure,) = queries.as_document(row, "fi").measures
    assert (measure.name, measure.total, measure.done_on) == ("PHQ-9", "12", "24.11.2026")
    assert NOW < LATER
