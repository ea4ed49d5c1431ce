"""(g) The manager's page over one year, against the same figures by one statement."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from bench.measuring import Measured, alternately, cost
from bench.operations.ground import LEADING, Ground

WEEKS = 52
_FLOOR = """
SELECT (date_trunc('week', k.counted_from_at AT TIME ZONE 'Europe/Helsinki'))::date, c.channel, c.unit_id,
       c.municipality_id, c.language, count(*), count(*) FILTER (WHERE k.met_at <= k.due_at)
FROM deadlines_clock k JOIN contacts_contact c ON c.work_item_id = k.work_item_id AND c.state <> 'discarded'
WHERE k.rule = 'promise_answer' AND (k.cancelled_at IS NULL OR k.cancelled_at > k.due_at) AND k.due_at < %s
  AND k.counted_from_at >= %s
GROUP BY 1, 2, 3, 4, 5
"""


def run(ground: Ground) -> Iterator[Measured]:
    """Measure the page of two measures: one of answers, one that looks at meetings too."""
    from polku.statistics import daybook

    chief, inside = ground.site.person(LEADING), ground.in_process(LEADING)
    rounds, at = max(3, ground.rounds // 6), ground.now()
    daybook.keep(at=at)  # as the worker does every ten minutes
    with ground.site.connect() as floor:
        for measure in ("answered", "held"):
            path = f"/statistics/?weeks={WEEKS}&measure={measure}"

            def year() -> object:
                return floor.execute(_FLOOR, [at, at - timedelta(weeks=WEEKS)]).fetchall()

            ours, bare = alternately(lambda path=path: chief.get(path), year, rounds=rounds)  # type: ignore[misc]
            spent = cost(lambda path=path: inside.get(path), rounds=2)  # type: ignore[misc]
            yield Measured(f"manager's page, a year, {measure}", ours, bare, spent.queries, spent.cpu_ms)
