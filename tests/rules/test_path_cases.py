"""Runs the paths from contact to review (`path_cases.yaml`) through every rule that counts a day on the way."""

import re
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest

from polku.rules import deadlines, versions
from polku.rules.data import LANGUAGES, read
from polku.rules.decisions import execution, review, words
from polku.rules.delivery import received
from tests.rules.reading import WEEKDAYS, day

CASES = read(Path(__file__).parent / "path_cases.yaml")
EXECUTED = ("decision_exec", "exec_under23")
RUN = pytest.mark.parametrize(
    "case", [pytest.param(case, id=f"{n}-{case['case'][:50]}") for n, case in enumerate(CASES, 1)]
)


def _pair(told: str) -> tuple[date, date]:
    first, _, second = told.partition(" / ")
    return day(first), day(second or first)


def _clock(case: dict[str, Any], rule: str) -> deadlines.Deadline:
    """The clock, counted from the contact, or from the need where that is what starts it."""
    day0 = case["established"] if rule == "exec_under23" else case["contact"]
    return deadlines.compute(rule, day(day0), case["facts"])


@RUN
def test_starts_just_these_clocks_with_a_last_day(case: dict[str, Any]) -> None:
    started = {start.rule for start in deadlines.starting(case["facts"], day(case["contact"]))}
    if "established" in case:  # this clock starts when the need is established, not at the contact
        started.discard("exec_under23")
        started |= {s.rule for s in deadlines.starting(case["facts"], day(case["established"]))} & {"exec_under23"}
    counting = {rule for rule in started if versions.rule(rule).on(day(case["contact"])).counts}
    assert counting == set(case["clocks"])


@RUN
def test_counts_the_last_day_of_each_clock(case: dict[str, Any]) -> None:
    for rule, told in case["clocks"].items():
        clock = _clock(case, rule)
        assert (clock.last_day, clock.last_day_lenient) == _pair(told), rule
        assert clock.in_force, rule
        assert all(clock.because(lang) for lang in LANGUAGES)
    if "completed" in case:
        anew = deadlines.restart(_clock(case, "tt_decision"), "completed", day(case["completed"]))
        assert anew.last_day == day(case["decide_by"])


@RUN
def test_counts_the_receipt_and_the_review(case: dict[str, Any]) -> None:
    sent, shown = day(case["sent"]), day(case["shown"]) if "shown" in case else None
    period = review.period(case["way"], sent, received_on=shown)
    assert period.deadline is not None
    assert period.deadline.day0 == day(case["received"])
    assert period.last_day == day(case["review"])
    if shown is None:
        assert received(case["way"], sent).day == day(case["received"])
    for lang in words.languages():
        assert words.day(day(case["review"])) in period.counted(lang)
        assert words.on_day(day(case["review"]), lang) in period.box(lang, time(16))


@RUN
def test_goes_in_order_and_knows_what_is_late(case: dict[str, Any]) -> None:
    order = [
        day(case[key]) for key in ("contact", "established", "decision", "sent", "received", "review") if key in case
    ]
    assert order == sorted(order)
    if "begins" in case:
        established = day(case["established"]) if "established" in case else None
        limit = execution.limit(day(case["contact"]), need_established_on=established)
        assert limit.last_day == min(_pair(case["clocks"][rule])[0] for rule in EXECUTED if rule in case["clocks"])
        assert execution.is_late(day(case["begins"]), limit) is not case.get("in_time", True)
        assert limit.spec.exceeding_needs_reason, "what begins later needs a recorded reason"


@RUN
def test_is_explained_by_a_sentence_about_its_own_days(case: dict[str, Any]) -> None:
    own = {words.day(day(found)) for found in re.findall(rf"\b(?:{'|'.join(WEEKDAYS)}) \d+\.\d+\.\d{{4}}", str(case))}
    moved = review.period(case["way"], day(case["sent"]), received_on=day(case["received"])).deadline
    if moved is not None and moved.moved_from is not None:
        own.add(words.day(moved.moved_from))
    told = re.findall(r"\d+\.\d+\.\d{4}", case["says"])
    assert told and set(told) <= own
    assert case["says"].endswith(".") and case["says"].count(". ") <= 2


def test_covers_what_can_happen_on_the_way() -> None:
    assert len(CASES) >= 40
    assert len({case["case"] for case in CASES}) == len(CASES)
    assert {case["way"] for case in CASES} == {"post", "electronic", "handed_over", "electronic_verified"}
    seen = {rule for case in CASES for rule in case["clocks"]}
    counting = {rule.id for rule in versions.all_rules().values() if rule.versions[-1].counts}
    assert counting - seen <= {"tt_urgent", "review", "promise_answer", "promise_contact"}
