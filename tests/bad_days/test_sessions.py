"""Two hundred people at once, thinking as people do, beside machines that send forms and book times.

`BAD_DAYS_SECONDS=300` is the whole run; `BAD_DAYS_SESSIONS` and `BAD_DAYS_THINK` (mean seconds between two doings of
one person) give another load.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from itertools import chain
from statistics import median, quantiles

from tests.bad_days.day import Day
from tests.bad_days.people import live_together
from tests.fire.test_kills import rows
from tests.fire.writers import Writer

SECONDS = float(os.environ.get("BAD_DAYS_SECONDS", "60"))
SESSIONS = int(os.environ.get("BAD_DAYS_SESSIONS", "200"))
THINK = float(os.environ.get("BAD_DAYS_THINK", "10"))
LIVES = 150
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
    before = len(day.acknowledged())
    seen = live_together(day.site.address, people=SESSIONS, seconds=SECONDS, think=THINK)
    for what, seconds in sorted(seen.seconds.items()):
        if len(seconds) > 1:
            p95 = quantiles(seconds, n=20)[-1] * 1000
            day.notes(f"{what}: {len(seconds)} times, p50 {median(seconds) * 1000:.0f} ms, p95 {p95:.0f} ms")
    every = list(chain.from_iterable(seen.seconds.values()))
    day.notes(f"{SESSIONS} sessions for {SECONDS:g} s: {len(every)} pages, {len(every) / SECONDS:.1f} a second, "
              f"p50 {median(every) * 1000:.0f} ms, p95 {quantiles(every, n=20)[-1] * 1000:.0f} ms, "
              f"answers {dict(seen.statuses)}; {len(day.acknowledged()) - before} requests of machines beside them; "
              f"{len(seen.said)} texts kept as they were written")  # fmt: skip
    say("\n".join(day.facts))
    assert not seen.wrong, "\n".join(seen.wrong[:20])
    day.stop.set()
    for writer in day.writers:
        writer.join(60)
    kept = dict(
        rows(
            day.site, "SELECT c.public_id, d.said FROM contacts_draft d JOIN contacts_contact c ON c.id = d.contact_id"
        )
    )
    lost = {contact for contact, said in seen.said.items() if kept.get(contact) != said}
    assert not lost, f"{len(lost)} texts are not as they were acknowledged"
    assert seen.begun <= set(kept)
    assert not list(chain.from_iterable(writer.wrong for writer in day.writers))
    for command in (("check", "--facts"), ("audit", "verify")):
        checked = day.site.say(*command)
        assert checked.returncode == 0, checked.stdout + checked.stderr
    assert day.site.stop() == 0, day.site.said()
