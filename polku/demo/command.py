"""`polku demo --contacts N --days D --seed S`: lives by the real actions on their true dates."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

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
    parser.add_argument("--fill", action="store_true", help="only what is missing of the wanted number")
    wanted = parser.parse_args(argv)
    contacts = wanted.contacts - (build.count(working=working) if wanted.fill else 0)
    if contacts > 0:
        show(build.build(
            contacts=contacts, days=wanted.days, seed=wanted.seed, at=clock.now(), working=working
        ))  # fmt: skip
    return 0


def register(*, working: Working) -> bool:
    """Make the workers of `polku run`; tell whether its lives, or the rest of them, are still to be made."""
    now = clock.now()
    build.register(at=now - timedelta(days=DAYS), working=working)
    return build.count(working=working) < CONTACTS


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
