"""How many deadlines a second: plain (both last days) and explained (with facts, and the sentence in a language).

    .venv/bin/python bench/law.py [--rounds 7] [--check]

Method. Every round asks new random questions: each rule, any day of the whole calendar (1991-2100), in force or not;
explained ones with two to four facts about a person of any age, in Finnish, Swedish or English. No answer is kept from
one round to the next. Kept are: the calendar, built once; for plain counts, the two last days of every day by kind of
limit (five tables: how a batch over years is counted); for sentences, the parts that are the same on every day (a
rule's sentence with its source and ground). Facts are read and weighed, and day, last day, days left out and what moved
are worked out, for each question anew.

Processor time and wall time are both given, of the best and of the middle round: on a machine that does other work too,
the best processor time is the nearest to what the code costs, and the goals are for it. How long a plain loop takes for
an addition is printed beside them, to compare machines. An optimised Python (Debian's is) is about a fifth quicker than
one built without.
"""

import argparse
import random
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from polku.rules import calendar, deadlines, versions
from polku.rules.data import LANGUAGES

PLAIN_GOAL, EXPLAINED_GOAL = 5_000_000, 100_000
DAYS_A_RULE = 40_000
QUESTIONS = 40_000
RULES = list(versions.all_rules())
FIRST, LAST = calendar.FIRST_DAY.toordinal(), calendar.LAST_DAY.toordinal()

Question = tuple[str, date, dict[str, Any], str]


def _day() -> date:
    return date.fromordinal(random.randint(FIRST, LAST))


def _facts() -> dict[str, Any]:
    """Facts as a contact tells them: an age, who made contact, and what the matter is about."""
    age = random.randint(0, 104)
    facts: dict[str, Any] = {"age": age, "contact_by": random.choice(["client", "near", "authority", "other"])}
    matter = random.randrange(8)
    if matter == 0 and age < 18:
        facts["child_protection" if age % 2 else "special_support_child"] = True
    elif matter == 1:
        facts |= {"application": random.choice(["supplementary", "preventive"]), "urgent": bool(age % 2)}
    elif matter == 2:
        facts["disabled"] = True
    elif matter == 3:
        facts["service_kind"] = random.choice(["housing", "other"])
    elif matter == 4:
        facts["asks_to_talk"] = True
    elif matter == 5 and age < 23:
        facts["under23_psychosocial"] = True
    return facts


def _questions() -> list[Question]:
    return [
        (random.choice(RULES), _day(), _facts(), random.choice(LANGUAGES))
        for _ in range(QUESTIONS)
    ]  # fmt: skip


def plain() -> tuple[int, float, float]:
    """Return how many were counted, and the processor and wall seconds it took."""
    asked = {rule: [_day() for _ in range(DAYS_A_RULE)] for rule in RULES}
    cpu, wall = time.process_time(), time.perf_counter()
    for rule, days in asked.items():
        deadlines.last_days(rule, days)
    return DAYS_A_RULE * len(RULES), time.process_time() - cpu, time.perf_counter() - wall


def explained() -> tuple[int, float, float]:
    """Return how many were explained, and the processor and wall seconds it took."""
    asked = _questions()
    letters = 0
    cpu, wall = time.process_time(), time.perf_counter()
    for rule, day, facts, lang in asked:
        letters += len(deadlines.compute(rule, day, facts).because(lang))
    took = time.process_time() - cpu, time.perf_counter() - wall
    if letters < 100 * len(asked):
        raise SystemExit("The sentences are not there: nothing was measured.")
    return len(asked), *took


def additions() -> float:
    """Return how many nanoseconds a plain loop takes for an addition, at best."""
    best = float("inf")
    for _ in range(8):
        cpu, total = time.process_time(), 0
        for n in range(300_000):
            total += n
        best = min(best, (time.process_time() - cpu) / 300_000)
    return best * 1e9


def _measured(name: str, round_: Callable[[], tuple[int, float, float]], rounds: int, goal: int) -> bool:
    round_()  # tables and calendars are built by the first
    found = [round_() for _ in range(rounds)]
    cpu = [done / seconds for done, seconds, _ in found]
    wall = [done / seconds for done, _, seconds in found]
    reached = max(cpu) >= goal
    print(
        f"{name:>9} {max(cpu):>12,.0f} {statistics.median(cpu):>12,.0f} {max(wall):>12,.0f}"
        f" {statistics.median(wall):>12,.0f} {goal:>12,.0f}  {'reached' if reached else 'NOT reached'}"
    )
    return reached


def main() -> int:
    """Measure and print; with --check the exit status tells whether the goals were reached."""
    parser = argparse.ArgumentParser(description="Deadlines a second.")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--check", action="store_true", help="exit with 1 when a goal is not reached")
    wanted = parser.parse_args()
    random.seed(wanted.seed)
    print(f"{len(RULES)} rules, {calendar.FIRST_DAY} - {calendar.LAST_DAY}, Python {sys.version.split()[0]}")
    print(f"{'a second':>9} {'cpu best':>12} {'cpu middle':>12} {'wall best':>12} {'wall middle':>12} {'goal':>12}")
    reached = [
        _measured("plain", plain, wanted.rounds, PLAIN_GOAL),
        _measured("explained", explained, wanted.rounds, EXPLAINED_GOAL),
    ]
    print(f"an addition in a loop: {additions():.0f} ns")
    return 1 if wanted.check and not all(reached) else 0


if __name__ == "__main__":
    sys.exit(main())
