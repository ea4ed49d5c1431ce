"""`polku demo --contacts N --days D --seed S`: lives by the real actions on their true dates."""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connections
from django.urls import get_resolver

from polku.demo import build
from polku.demo.build import Working
from polku.kit import clock
from polku.outbox.wording import templates
from polku.rules.versions import all_rules

DAYS, SEED = 30, 1
LOOK_SECONDS = 0.5


def main(argv: Sequence[str], *, working: Working) -> int:
    """Build and show progress; returns the exit status."""
    parser = argparse.ArgumentParser(prog="polku demo", description="Invented people and their contacts.")
    parser.add_argument(
        "--contacts", type=_number(1, 5_000_000), default=settings.DEMO_CONTACTS, metavar="N", help="how many contacts"
    )
    parser.add_argument("--days", type=_number(1, 5000), default=DAYS, metavar="D", help="over how many days up to now")
    parser.add_argument(
        "--seed", type=_number(0, 2**31), default=SEED, metavar="S", help="the same seed, the same lives"
    )
    parser.add_argument("--fill", action="store_true", help="only what is missing of the wanted number")
    parser.add_argument(
        "--processes", type=_number(1, 64), default=1, metavar="P", help="how many build at once; each has its own seed"
    )
    wanted = parser.parse_args(argv)
    contacts = wanted.contacts - (build.count(working=working) if wanted.fill else 0)
    now = clock.now()
    # The workers first, and once, whatever number of processes follows.
    build.register(at=now - timedelta(days=wanted.days), working=working)
    if contacts > 0:
        together(contacts, days=wanted.days, seed=wanted.seed, at=now, processes=wanted.processes, working=working)
    build.away(at=now, working=working)
    return 0


def together(contacts: int, *, days: int, seed: int, at: datetime, processes: int, working: Working) -> None:
    """Build in several processes and show how far they are; raises SystemExit when one of them fails."""
    began = time.monotonic()
    # The same seed twice would meet its own keys; what is there already moves it on.
    there = build.count(working=working)
    connections.close_all()
    _ready_to_fork()
    start = multiprocessing.get_context("fork")
    made = [start.Value("i", 0) for _ in range(processes)]

    def one(place: int) -> None:
        share = contacts // processes + (place < contacts % processes)
        steps = build.build(contacts=share, days=days, seed=f"{seed}-{there}-{place}", at=at, working=working)
        for done in steps:
            made[place].value = done

    others = [start.Process(target=one, args=(place,), daemon=True) for place in range(processes)]
    for other in others:
        other.start()
    while any(other.is_alive() for other in others):
        others[0].join(LOOK_SECONDS)
        _tell(f"{sum(row.value for row in made)} of {contacts}", last=False)
    if any(other.exitcode for other in others):
        sys.exit("The invented lives could not all be made; `polku demo --fill` makes what is missing.")
    _tell(f"{contacts} contacts in {time.monotonic() - began:.0f} s.", last=True)


def _ready_to_fork() -> None:
    """Load once what each process would load by itself, and let the memory of it stay shared and unvisited."""
    assert get_resolver().url_patterns
    all_rules()
    templates()
    gc.collect()
    gc.freeze()


def _tell(how_far: str, *, last: bool) -> None:
    """Say how far it is: on one line when somebody is looking, else only at the end."""
    if last or sys.stdout.isatty():
        print(f"\r  Invented lives: {how_far:40}", end="\n" if last else "", flush=True)


def register(*, working: Working) -> bool:
    """Make the workers of `polku run`; tell whether its lives, or the rest of them, are still to be made."""
    now = clock.now()
    build.register(at=now - timedelta(days=DAYS), working=working)
    return build.count(working=working) < settings.DEMO_CONTACTS


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
