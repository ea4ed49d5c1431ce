"""Two hundred people at once, thinking as people do, beside machines that send forms and book times.

`BAD_DAYS_SECONDS=300` is the whole run; `BAD_DAYS_SESSIONS`, `BAD_DAYS_THINK` (mean seconds between two doings of one
person) and `BAD_DAYS_LIVES` (contacts that are there before) give another load.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import chain
from statistics import median, quantiles

from tests.bad_days.day import Day
from tests.bad_days.people import Seen, live_together
from tests.fire.test_kills import assert_ledger_is_the_truth, rows
from tests.fire.writers import Writer

SECONDS = float(os.environ.get("BAD_DAYS_SECONDS", "60"))
SESSIONS = int(os.environ.get("BAD_DAYS_SESSIONS", "200"))
THINK = float(os.environ.get("BAD_DAYS_THINK", "10"))
LIVES = int(os.environ.get("BAD_DAYS_LIVES", "150"))
# Of fewer values the slowest five in a hundred are one or two, and chance.
ENOUGH = 100
PAUSE = 1.0


class Calm(Writer):
    """A machine with a second between two requests: e-forms do not come faster."""

    def _one(self) -> None:
        super()._one()
        time.sleep(PAUSE)


def test_work_two_hundred_at_once(day: Day, say: Callable[[str], None]) -> None:
    day.begins(writers=2, kind=Calm)
    done = day.site.say("demo", "--contacts", str(LIVES), "--days", "10", "--seed", "5", "--processes", "2")
    assert done.returncode == 0, done.stderr
    before, answered = len(day.acknowledged()), answers(day)
    seen = live_together(day.site.address, people=SESSIONS, seconds=SECONDS, think=THINK)
    beside = len(day.acknowledged()) - before, answers(day) - answered
    day.stop.set()
    for writer in day.writers:
        writer.join(120)
    assert not [writer.name for writer in day.writers if writer.is_alive()]
    # The figures first: they are wanted whatever else is found.
    say(table(seen, *beside))
    assert not seen.wrong, "\n".join(seen.wrong[:20])
    wrong = [fault for writer in day.writers for fault in writer.wrong]
    assert not wrong, wrong
    say(assert_all_is_kept(day, seen))
    for command in (("check", "--facts"), ("audit", "verify")):
        checked = day.site.say(*command)
        assert checked.returncode == 0, checked.stdout + checked.stderr
    assert day.site.stop() == 0, day.site.said()


def answers(day: Day) -> Counter[str]:
    """Return how often the machines were answered what."""
    return sum((writer.answers for writer in day.writers), Counter[str]())


def table(seen: Seen, acknowledged: int, answered: Counter[str]) -> str:
    """Return a row for each doing and one for all of them, of how many values each is, and the line for the docs."""
    lines = ["", f"  {'':24}{'values':>8}{'p50':>10}{'p95':>10}{'longest':>10}"]
    every = list(chain.from_iterable(seen.seconds.values()))
    for what, seconds in [*sorted(seen.seconds.items()), ("together", every)]:
        middle = f"{median(seconds) * 1000:.0f} ms"
        lines.append(f"  {what:24}{len(seconds):8}{middle:>10}{p95(seconds):>10}{max(seconds) * 1000:7.0f} ms")
    bad = {status: many for status, many in seen.statuses.items() if not status.startswith("2")}
    lines.append(
        f"  load held: {SESSIONS} sessions for {SECONDS:g} s, {THINK:g} s of thought on average: {len(every)} requests "
        f"({len(every) / SECONDS:.1f} a second), p50 {median(every) * 1000:.0f} ms, "
        f"p95 {p95(every)}; answers other than 2xx: {bad or 'none'}; "
        f"beside them {acknowledged} requests of machines, answers {dict(answered)}"
    )
    return "\n".join(lines)


def p95(seconds: Sequence[float]) -> str:
    """Return within how many milliseconds nineteen of twenty were answered; nothing is said of too few values."""
    if len(seconds) < ENOUGH:
        return "too few"
    return f"{quantiles(seconds, n=20)[-1] * 1000:.0f} ms"


def test_tell_no_p95_of_few_values() -> None:
    few = [0.001 * value for value in range(1, ENOUGH)]
    assert p95(few) == "too few"
    assert p95([*few, 0.1]) == "96 ms"
    told = table(Seen(seconds={"open": few}), 0, Counter())
    assert f"{'open':24}{ENOUGH - 1:8}     50 ms   too few     99 ms" in told
    assert f"{ENOUGH - 1} requests" in told


def assert_all_is_kept(day: Day, seen: Seen) -> str:
    """Compare both ledgers with the database; returns in words what was equal."""
    kept = dict(
        rows(
            day.site, "SELECT c.public_id, d.said FROM contacts_draft d JOIN contacts_contact c ON c.id = d.contact_id"
        )
    )
    lost = {contact for contact, said in seen.said.items() if kept.get(contact) != said}
    assert not lost, f"{len(lost)} texts are not as they were acknowledged"
    begun = {contact for (contact,) in rows(day.site, "SELECT public_id FROM contacts_contact WHERE key ~ '^person-'")}
    assert begun == seen.begun, f"lost: {seen.begun - begun}; kept without anybody's knowledge: {begun - seen.begun}"
    assert_ledger_is_the_truth(day.site, day.writers, among_others=True)
    contacts, times = (sum(len(getattr(one.ledger, what)) for one in day.writers) for what in ("contacts", "times"))
    return (
        f"  ledgers equal to the database: {len(begun)} contacts begun by people, {len(seen.said)} texts as they were "
        f"acknowledged last; {contacts} contacts and {times} times of machines, each once"
    )
