"""What a matter of a kind takes: the cases of `cases/agenda/estimates.yaml`, and what holds of every estimate."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polku.rules.data import read
from polku.rules.estimates import FEWEST_CASES, MOST_CASES, Estimate, estimate, estimates

CASES = read(Path(__file__).parent / "cases" / "agenda" / "estimates.yaml")
NEEDED = {"too_few", "fewest", "exact", "between", "order", "latest", "empty"}


@pytest.mark.parametrize("case", CASES["cases"])
def test_estimates_as_the_case_says(case: dict[str, Any]) -> None:
    minutes = case.get("minutes") or [
        part["minutes"] for part in case.get("repeated", ()) for _ in range(part["times"])
    ]
    wanted = None if case["estimate"] == "none" else Estimate(**case["estimate"])
    assert estimate(minutes) == wanted, case["case"]


def test_has_a_case_of_everything_that_an_estimate_meets() -> None:
    assert {case["about"] for case in CASES["cases"]} == NEEDED


def test_estimates_each_kind_from_its_own_history() -> None:
    history = [("new", 10)] * 8 + [("change", 5)] * 7
    assert estimates(history) == {"new": Estimate(10, 10, 10, 8)}


@given(st.lists(st.integers(0, 240), max_size=250))
def test_band_holds_the_median_and_eight_cases_in_ten(minutes: list[int]) -> None:
    told = estimate(minutes)
    counted = minutes[-MOST_CASES:]
    if told is None:
        assert len(minutes) < FEWEST_CASES
        return
    assert told.cases == len(counted)
    assert min(counted) <= told.low <= told.median <= told.high <= max(counted)
    below = sum(m < told.low for m in counted)
    above = sum(m > told.high for m in counted)
    outside = -(-(len(counted) - 1) // 10)  # whole cases beyond the place of the percentile
    assert below <= outside and above <= outside
