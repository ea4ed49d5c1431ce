"""(h) Deadlines a second, plain and with the reason in words. There is no floor: no table could give the answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from bench.measuring import Measured
from bench.operations.ground import Ground
from polku.rules import deadlines

SECONDS = 1.0
RULE, FACTS = "pta_start_adult", {"age": 80}


def run(ground: Ground) -> Iterator[Measured]:
    """Count for a second each."""
    yield Measured("deadline, plain", value=_rate(lambda day: deadlines.compute(RULE, day, FACTS)), unit="/s")
    yield Measured(
        "deadline, with its reason",
        value=_rate(lambda day: deadlines.compute(RULE, day, FACTS).because("fi")),
        unit="/s",
    )


def _rate(do: Callable[[date], object]) -> float:
    first = date(2026, 1, 1)
    done, began = 0, time.perf_counter()
    while (spent := time.perf_counter() - began) < SECONDS:
        for number in range(100):
            do(first + timedelta(days=(done + number) % 3000))
        done += 100
    return done / spent
