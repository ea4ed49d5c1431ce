"""The day book against a count of the same days."""

from __future__ import annotations

from django.db import connection

from polku.statistics.daybook import spans, touched
from polku.statistics.measures import MEASURES, on, values
from polku.statistics.models import Book

_DIFFERENT = """
WITH counted AS (
    SELECT day, channel, unit_id, municipality, language, total, kept, late FROM ({counted}) whole WHERE total > 0
), kept AS (
    SELECT day, channel, unit_id, municipality, language, total::bigint, kept::bigint, late::bigint
    FROM statistics_bookrow WHERE book_id = %(book)s AND day = ANY (%(days)s::date[])
)
SELECT DISTINCT day FROM (
    (TABLE counted EXCEPT ALL TABLE kept) UNION ALL (TABLE kept EXCEPT ALL TABLE counted)
) different ORDER BY day LIMIT 20
"""


def check() -> list[str]:
    """Return a sentence for each day whose kept sums are not what a count gives."""
    wrong = []
    for book in Book.objects.order_by("measure"):
        measure = MEASURES[book.measure]
        days = sorted(set(book.days) - touched(book))
        with connection.cursor() as cursor:
            asked = values(measure, spans=spans(days), at=book.kept_at)
            cursor.execute(
                _DIFFERENT.format(counted=on(spans(days), measure.sql)), {**asked, "book": book.pk, "days": days}
            )
            different = [day for (day,) in cursor.fetchall()]
        # What has moved, or been kept anew, while this was counted proves nothing.
        if different and Book.objects.filter(pk=book.pk, kept_at=book.kept_at).exists():
            moved = touched(book)
            wrong += [
                f"The day book of {measure.key} is not what {day} counts to." for day in different if day not in moved
            ]
    return wrong
