"""Compares the one stored derived value, `next_due` of a work item, with what the clocks say."""

from __future__ import annotations

from django.db import connection

_DIFFERENT = """
SELECT item.public_id, item.next_due, derived.nearest
FROM cases_workitem item
LEFT JOIN (
    SELECT work_item_id, min(due_at) AS nearest
    FROM deadlines_clock clock
    WHERE met_at IS NULL AND cancelled_at IS NULL
      AND NOT EXISTS (SELECT FROM deadlines_pause pause WHERE pause.clock_id = clock.id AND pause.until IS NULL)
    GROUP BY work_item_id
) derived ON derived.work_item_id = item.id
WHERE item.next_due IS DISTINCT FROM derived.nearest
ORDER BY item.id
LIMIT 100
"""


def check() -> list[str]:
    """Return a sentence for each work item whose stored moment differs from the nearest of its running clocks."""
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERENT)
        rows = cursor.fetchall()
    return [
        f"Work item {public_id}: next_due is {_moment(stored)}, by its clocks it would be {_moment(derived)}."
        for public_id, stored, derived in rows
    ]


def _moment(value: object) -> str:
    return "empty" if value is None else str(value)
