"""Mail server and SMS operator are slow, refuse and answer twice; the worker is killed while it sends."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from statistics import median

from tests.bad_days.day import Day, within
from tests.fire.site import PATIENCE, WORKER
from tests.fire.test_kills import open_for_office
from tests.gateways.servers import Received

BAD = ("silent_before", "silent_after", "cut_before", "cut_after", "drip", "twice", "nonsense", "refuse_for_now",
       "content_refused_for_now", "broken", "too_many", "said_later")  # fmt: skip
BAD_ANSWERS = 60
CALM = 10.0
STILL = 5.0
KILLS = 3


def test_bear_gateways_that_are_slow_refuse_and_answer_twice(
    day: Day, received: Received, say: Callable[[str], None]
) -> None:
    day.begins()
    time.sleep(CALM)
    calm = usual(day, 0.0)
    chance, since = random.Random(day.seed), time.monotonic()
    received.behaviours += [chance.choice(BAD) for _ in range(BAD_ANSWERS)]
    assert within(2 * PATIENCE, lambda: bool(open_for_office(day.site)) and not received.behaviours), (
        received.behaviours
    )
    bad = usual(day, since)
    day.notes(f"{BAD_ANSWERS} bad answers of the gateways in {time.monotonic() - since:.0f} s; "
              f"a request took {calm * 1000:.0f} ms in the middle before and {bad * 1000:.0f} ms meanwhile")  # fmt: skip
    day.notes(f"requests acknowledged while nothing was sent: {alone(day, received)}")
    day.notes(f"most tries for one message: {max(Counter(received.seen).values())}")
    say(day.ends())


def alone(day: Day, received: Received) -> int:
    """Let the worker stand still: requests are acknowledged, and none of them speaks to a gateway. Returns how many.

    So no slowness of a gateway can be a request's. How long a request takes is told, and is no proof: the machine may
    be busy with something else.
    """
    workers = day.site.processes(WORKER)
    assert workers
    for pid in workers:
        os.kill(pid, signal.SIGSTOP)
    try:
        # What was under way arrives.
        time.sleep(1)
        since, heard = time.monotonic(), len(received.seen)
        day.works_again(since)
        time.sleep(STILL)
        many = sum(began >= since for began, _ended in day.acknowledged())
        assert day.site.processes(WORKER) == workers
        assert len(received.seen) == heard
    finally:
        for pid in workers:
            os.kill(pid, signal.SIGCONT)
    assert many
    return many


def usual(day: Day, since: float) -> float:
    """Return within how many seconds half of the requests begun since then were answered."""
    return median(ended - began for began, ended in day.acknowledged() if began >= since)


def test_kill_the_worker_between_sending_and_writing_it_down(
    day: Day, received: Received, say: Callable[[str], None]
) -> None:
    """At the worst moment: the mail has been taken, and nobody has written that down yet."""
    killed: list[float] = []
    chance = random.Random(day.seed)

    def kill() -> None:
        if len(killed) < KILLS and (not killed or time.monotonic() - killed[-1] > 4):
            killed.append(day.site.kill(WORKER, chance))

    received.on_mail = kill
    day.begins()
    assert within(PATIENCE, lambda: bool(open_for_office(day.site)) and len(killed) == KILLS)
    assert all(later - sooner > 4 for sooner, later in pairwise(killed))
    time.sleep(6)
    day.notes(f"worker killed {KILLS} times between a mail's taking and its mark")
    say(day.ends())
    repeated = [name for name, many in Counter(received.taken).items() if many > 1]
    assert repeated, "a mail whose mark was lost is sent again under its own id"
