"""(f) The page of a case with 12 years of history."""

from __future__ import annotations

from collections.abc import Iterator

from bench.measuring import Measured, alternately, cost
from bench.operations.ground import Ground

_CASE = "SELECT * FROM cases_case k JOIN clients_client c ON c.id = k.client_id WHERE k.public_id = %s"
_EVENTS = """
SELECT t.* FROM cases_timelineentry t JOIN cases_case k ON k.id = t.case_id
WHERE k.public_id = %s ORDER BY happened_at DESC
"""
_SAID = """
SELECT t.text FROM contacts_contactparty p JOIN cases_case k ON k.client_id = p.client_id
JOIN contacts_contacttext t ON t.contact_id = p.contact_id AND t.kind = 'said'
WHERE k.public_id = %s ORDER BY t.written_at DESC LIMIT 4
"""
_CLOCKS = (
    "SELECT c.* FROM deadlines_clock c JOIN cases_case k ON k.work_item_id = c.work_item_id WHERE k.public_id = %s"
)
_TIMES = "SELECT a.* FROM appointments_appointment a JOIN cases_case k ON k.id = a.case_id WHERE k.public_id = %s"


def run(ground: Ground) -> Iterator[Measured]:
    """Measure the page as the case's own worker sees it, against reading the same rows."""
    owner, inside = ground.site.person(ground.built.owner), ground.in_process(ground.built.owner)
    path = f"/case/{ground.built.long_case}/"
    with ground.site.connect() as floor:

        def rows() -> None:
            for statement in (_CASE, _EVENTS, _SAID, _CLOCKS, _TIMES):
                floor.execute(statement, [ground.built.long_case]).fetchall()

        ours, bare = alternately(lambda: owner.get(path), rows, rounds=ground.rounds)
    spent = cost(lambda: inside.get(path))
    yield Measured("case page, 12 years of history", ours, bare, spent.queries, spent.cpu_ms)
