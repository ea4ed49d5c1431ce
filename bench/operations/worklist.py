"""(b) The worklist by time left: the page, and the page of 50 alone, first and deep."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from bench.measuring import Measured, alternately, cost
from bench.operations.ground import ANSWERING, Ground
from bench.shape import Connection

ROWS, DEEP = 50, 20
_FLOOR = """
SELECT w.*, c.*, p.family_name, p.given_names, k.family_name, k.given_names, t.text
FROM (SELECT * FROM cases_workitem WHERE unit_id = %s AND closed_at IS NULL
      ORDER BY urgent DESC, next_due, id LIMIT %s OFFSET %s) w
LEFT JOIN contacts_contact c ON c.work_item_id = w.id
LEFT JOIN contacts_contactparty p ON p.contact_id = c.id AND p.role = 'concerned' AND p.removed_at IS NULL
LEFT JOIN clients_client k ON k.id = p.client_id
LEFT JOIN LATERAL (
    SELECT text FROM contacts_contacttext WHERE contact_id = c.id AND kind = 'said' ORDER BY version DESC LIMIT 1
) t ON true
"""


def run(ground: Ground) -> Iterator[Measured]:
    """Measure the page over HTTP and its rows inside, first and deep, against one statement for the same rows."""
    from polku.access.models import Unit
    from polku.triage import worklist

    worker, inside, actor = ground.site.person(ANSWERING), ground.in_process(ANSWERING), ground.actor(ANSWERING)
    unit = Unit.objects.get(key="aikuisneuvonta").pk
    with ground.site.connect() as floor:
        for name, page in (("first", 0), ("deep", DEEP)):
            after = _cursor(ground, pages=page)
            path = f"/work/?after={after}" if after else "/work/"
            bare = partial(_rows, floor, unit, 26, page * ROWS)
            ours, times = alternately(partial(worker.get, path), bare, rounds=ground.rounds)
            spent = cost(partial(inside.get, path))
            yield Measured(f"worklist, {name} page over HTTP", ours, times, spent.queries, spent.cpu_ms)
            rows = ground.inside(lambda after=after: worklist.page(by=actor, at=ground.now(), after=after, size=ROWS))  # type: ignore[misc]
            ours, times = alternately(rows, partial(_rows, floor, unit, ROWS + 1, page * ROWS), rounds=ground.rounds)
            spent = cost(rows)
            yield Measured(f"worklist, {name} {ROWS} rows alone", ours, times, spent.queries, spent.cpu_ms)


def _rows(floor: Connection, unit: int, size: int, skipped: int) -> object:
    return floor.execute(_FLOOR, [unit, size, skipped]).fetchall()


def _cursor(ground: Ground, *, pages: int) -> str:
    """Return the cursor so many pages on, or of the last page there is."""
    from polku.triage import worklist

    after = ""
    with ground.reading():
        for _ in range(pages):
            page = worklist.page(by=ground.actor(ANSWERING), at=ground.now(), after=after, size=ROWS)
            if page.after is None:
                break
            after = page.after
    return after
