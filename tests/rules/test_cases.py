"""Runs the jurists' cases: `cases/<rule>.yaml`. A rule without its cases fails."""

from pathlib import Path
from typing import Any

import pytest

from polku.rules import deadlines, versions
from polku.rules.data import read
from polku.rules.errors import RuleError
from tests.rules.reading import day

CASES = Path(__file__).parent / "cases"
NEEDED = {
    "saturday", "sunday", "christmas_eve", "midsummer_eve", "epiphany", "easter", "may_day", "year_change", "leap_day",
    "first_day_in_force", "day_before", "pause", "restart",
}  # fmt: skip


def _all() -> list[Any]:
    found = []
    for path in sorted(CASES.glob("*.yaml")):
        given = read(path)
        for number, case in enumerate(given["cases"], 1):
            found.append(pytest.param(given["rule"], case, id=f"{given['rule']}-{number}"))
    return found


@pytest.mark.parametrize(("rule", "case"), _all())
def test_counts_what_the_case_says(rule: str, case: dict[str, Any]) -> None:
    told = deadlines.compute(rule, day(case["day0"]), case.get("facts"))
    if "pauses" in case:
        spans = [[day(end) for end in span.split(" - ")] for span in case["pauses"]]
        told = deadlines.extend_for_pauses(told, [deadlines.Pause(first, last) for first, last in spans])
    if "restart" in case:
        restart = case["restart"]
        if restart.get("refused"):
            with pytest.raises(RuleError):
                deadlines.restart(told, restart["event"], day(restart["day"]))
        else:
            told = deadlines.restart(told, restart["event"], day(restart["day"]))
    last = None if case["last_day"] == "ei päivää" else day(case["last_day"])
    assert told.last_day == last, case["case"]
    assert told.last_day_lenient == (day(case["lenient"]) if "lenient" in case else last), case["case"]
    assert told.in_force is case.get("in_force", True), case["case"]


@pytest.mark.parametrize("rule", versions.all_rules())
def test_every_rule_has_its_cases(rule: str) -> None:
    path = CASES / f"{rule}.yaml"
    assert path.exists(), f"{rule} has no cases: write {path.name}"
    given = read(path)
    assert given["rule"] == rule
    about = {case["about"] for case in given["cases"]}
    assert len(given["cases"]) >= 12
    assert about >= NEEDED, f"{rule} has no case of: {sorted(NEEDED - about)}"


def test_every_case_file_belongs_to_a_rule() -> None:
    assert {path.stem for path in CASES.glob("*.yaml")} == set(versions.all_rules())
