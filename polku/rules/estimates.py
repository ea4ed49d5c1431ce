"""What a matter of a kind takes: the median and the band of eight in ten, learned from earlier ones."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

FEWEST_CASES = 8  # fewer say nothing about the next one
MOST_CASES = 200  # older ones tell of another way of working


@dataclass(frozen=True, slots=True)
class Estimate:
    """What items of a kind have taken, in whole minutes: the median, and the band of eight in ten."""

    median: int
    low: int
    high: int
    cases: int


def estimate(minutes: Sequence[int]) -> Estimate | None:
    """Return what items of a kind take, from the minutes that earlier ones took, oldest first.

    The median is the 50th percentile, the band the 10th and the 90th. A percentile is read between the two nearest
    cases in the proportion of its place: of n cases in order, place (n - 1) * p / 100 counted from 0. The median is
    given to the nearest minute, half up; the band's ends outwards, so that rounding never narrows it.

    Returns:
        None when there are fewer than `FEWEST_CASES`; at most the latest `MOST_CASES` are counted.
    """
    cases = sorted(minutes[-MOST_CASES:])
    if len(cases) < FEWEST_CASES:
        return None
    return Estimate(
        median=(_percentile(cases, 50) + 50) // 100,
        low=_percentile(cases, 10) // 100,
        high=-(-_percentile(cases, 90) // 100),
        cases=len(cases),
    )


def estimates(history: Iterable[tuple[str, int]]) -> Mapping[str, Estimate]:
    """Return the estimate of every kind that has one, from (kind, minutes) of earlier items, oldest first."""
    by_kind: dict[str, list[int]] = {}
    for kind, minutes in history:
        by_kind.setdefault(kind, []).append(minutes)
    return {kind: told for kind, minutes in by_kind.items() if (told := estimate(minutes)) is not None}


def _percentile(cases: Sequence[int], percent: int) -> int:
    """A percentile in hundredths of a minute, exactly: `percent` is whole, so its place has no more decimals."""
    place, rest = divmod((len(cases) - 1) * percent, 100)
    if not rest:
        return cases[place] * 100
    return cases[place] * 100 + rest * (cases[place + 1] - cases[place])
