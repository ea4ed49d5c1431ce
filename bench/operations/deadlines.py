"""(h) Deadlines a second, plain and with the reason in words: `bench.law` says what is asked and what is kept between.

There is no floor: no table could give the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bench import law
from bench.measuring import Measured
from bench.operations.ground import Ground

ROUNDS = 3


def run(ground: Ground) -> Iterator[Measured]:
    """Count by processor time, the best of some rounds after one that builds calendars."""
    yield Measured("deadlines, plain", value=_rate(law.plain), unit="/s")
    yield Measured("deadlines, with their reasons", value=_rate(law.explained), unit="/s")


def _rate(round_: Callable[[], tuple[int, float, float]]) -> float:
    round_()
    return max(done / cpu for done, cpu, _wall in (round_() for _ in range(ROUNDS)))
