"""`polku demo --contacts N --days D --seed S`: lives by the real actions on their true dates."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence

from polku.demo import build
from polku.demo.build import Progress, Working
from polku.kit import clock

CONTACTS, DAYS, SEED = 500, 30, 1


def main(argv: Sequence[str], *, working: Working) -> int:
    """Build and show progress; returns the exit status."""
    parser = argparse.ArgumentParser(prog="polku demo", description="Invented people and their contacts.")
    parser.add_argument(
        "--contacts", type=_number(1, 5_000_000), default=CONTACTS, metavar="N", help="how many contacts"
    )
    parser.add_argument("--days", type=_number(1, 5000), default=DAYS, metavar="D", help="over how many days up to now")
    parser.add_argument(
        "--seed", type=_number(0, 2**31), default=SEED, metavar="S", help="the same seed, the same lives"
    )
    wanted = parser.parse_args(argv)
    show(build.build(
        contacts=wanted.contacts, days=wanted.days, seed=wanted.seed, at=clock.now(), working=working
    ))  # fmt: skip
    return 0


def fill(*, working: Working) -> None:
    """Build the demo of `polku run`, once."""
    show(build.fill_if_empty(contacts=CONTACTS, days=DAYS, seed=SEED, at=clock.now(), working=working))


def show(steps: Iterator[Progress]) -> None:
    """Print how far it is, on one line when somebody is looking."""
    began = time.monotonic()
    step = None
    for step in steps:
        print(f"\r  Invented lives: {step.done} of {step.wanted}, {step.day}", end="", flush=True)
    if step is not None:
        print(f"\r  Invented lives: {step.done} contacts in {time.monotonic() - began:.0f} s.          ", flush=True)


def _number(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
        if not low <= number <= high:
            raise argparse.ArgumentTypeError(f"give a number from {low} to {high}")
        return number

    return parse
