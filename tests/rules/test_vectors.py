"""The vectors worked out by hand: counting, deemed receipt and review, promises, which clocks start."""

from datetime import time
from pathlib import Path
from typing import Any

import pytest

from polku.kit import localtime
from polku.rules import deadlines, delivery, promises
from polku.rules.data import read
from tests.rules.reading import day, moment

VECTORS = read(Path(__file__).parent / "vectors.yaml")
WORKING_DAY_RULES = ("pta_start_adult", "pta_start_disabled", "pta_start_child", "tt_decision", "tt_talk")


@pytest.mark.parametrize("row", VECTORS["working_days_and_months"], ids=lambda row: row[0])
def test_counts_seven_working_days_and_three_months(row: list[str]) -> None:
    day0, lenient, strict, months, moved = map(day, row)
    for rule in WORKING_DAY_RULES:
        assert deadlines.last_days(rule, [day0]) == [(strict, lenient)]
        told = deadlines.compute(rule, day0)
        assert (told.last_day, told.last_day_lenient) == (strict, lenient)
    for rule in ("pta_done_child", "decision_exec"):
        told = deadlines.compute(rule, day0)
        assert (told.last_day, told.last_day_lenient) == (months, moved)


@pytest.mark.parametrize("row", VECTORS["months"], ids=lambda row: row[0])
def test_ends_three_months_on_the_same_number_or_the_last_day(row: list[str]) -> None:
    day0, last, moved = map(day, row)
    told = deadlines.compute("decision_exec", day0)
    assert (told.last_day, told.last_day_lenient) == (last, moved)


@pytest.mark.parametrize("row", VECTORS["review"], ids=lambda row: f"{row[1]} {row[0]}")
def test_counts_the_review_period_from_deemed_receipt(row: list[str]) -> None:
    sent, way, received, last = row
    receipt = delivery.received(way, day(sent))
    assert receipt.day == day(received)
    assert receipt.in_force
    told = deadlines.compute("review", receipt.day)
    assert told.last_day == told.last_day_lenient == day(last)
    for lang in ("fi", "sv", "en"):
        assert receipt.source.section(lang) in receipt.because(lang)


@pytest.mark.parametrize("case", VECTORS["promises"], ids=lambda case: case["arrived"])
def test_promises_the_closing_time_of_the_next_open_day(case: dict[str, Any]) -> None:
    hours = {weekday: ((time(8), time(16)),) for weekday in range(5)}
    opening = promises.OpeningCalendar(hours, {day(shut): () for shut in case.get("shut", ())})
    cutoff = time(*map(int, case["cutoff"].split("."))) if "cutoff" in case else None
    arrived = localtime.instant(*moment(case["arrived"]))
    due = promises.due(arrived, opening, cutoff=cutoff, days=case.get("days", 1))
    assert due.at == localtime.instant(*moment(case["due"]))
    for lang in ("fi", "sv", "en"):
        assert "{" not in due.because(lang)


@pytest.mark.parametrize("case", VECTORS["starting"], ids=lambda case: "-".join([case["day"], *case["facts"]]))
def test_starts_the_clocks_that_the_facts_call_for(case: dict[str, Any]) -> None:
    started = deadlines.starting(case["facts"], day(case["day"]))
    assert [start.rule for start in started] == case["start"]
    assert [start.rule for start in started if start.basis == "precaution"] == case.get("precaution", [])
    for start in started:
        assert set(start.facts) <= set(case["facts"])
        assert set(start.because) == {"fi", "sv", "en"}
