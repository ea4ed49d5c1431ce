"""The day book of closed days, so that a year is read from kept sums and only what moves is counted.

A day of arrival is closed for a measure when the last moment of each of its contacts has passed, and before the first
of these moments there is nothing of it to count. What happens later (an answer that came late, an attendance put right)
leaves a trace on the timeline: days of contacts that have one since the book was kept are counted from the contacts
again, at reading; every few minutes the book itself follows. The book holds nothing of its own: thrown away, it is made
anew, and a reader never sees other figures than the count gives.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import connection, transaction

from polku.acting import beyond
from polku.cases.models import TimelineEntry
from polku.contacts.models import Contact
from polku.kit.localtime import local_date
from polku.statistics.measures import MEASURES, Measure, Span, Tally, on, unripe, values
from polku.statistics.models import Book, BookRow

# Longer than an action lasts: what was being written when the book was kept is looked at again. Were one longer, its
# days would be put right when every day is counted anew.
_LONGEST_ACTION = timedelta(minutes=5)
# Every day is counted anew as often as this, whatever the timeline says.
_ANEW = timedelta(days=1)

# By joins, each thing once: after an outage of the worker or an import the news are as many as the register.
_TOUCHED = """
WITH told AS MATERIALIZED (
    SELECT DISTINCT work_item_id, case_id FROM cases_timelineentry WHERE id > %(seen)s
), items AS (
    SELECT DISTINCT work_item_id AS id FROM told WHERE work_item_id IS NOT NULL
), matters AS (
    SELECT case_id AS id FROM told WHERE case_id IS NOT NULL
    UNION
    SELECT s.id FROM items JOIN cases_case s ON s.work_item_id = items.id
), touched AS (
    SELECT c.received_at FROM items JOIN contacts_contact c ON c.work_item_id = items.id
    UNION ALL
    SELECT c.received_at
    FROM matters JOIN contacts_contactparty p ON p.case_id = matters.id JOIN contacts_contact c ON c.id = p.contact_id
)
SELECT DISTINCT (received_at AT TIME ZONE 'Europe/Helsinki')::date FROM touched
"""
_KEEP = """
INSERT INTO statistics_bookrow (book_id, day, channel, unit_id, municipality, language, total, kept, late)
SELECT %(book)s, day, channel, unit_id, municipality, language, total, kept, late
FROM ({counted}) counted WHERE total > 0
"""
_SUMS = """
SELECT GROUPING(week, channel, unit_id, municipality, language),
       coalesce(week::text, channel, unit_id::text, municipality, language),
       coalesce(sum(total), 0)::int, coalesce(sum(kept), 0)::int, coalesce(sum(late), 0)::int, bool_or(unripe),
       (SELECT kept_at FROM statistics_book WHERE id = %(book)s)
FROM (
    SELECT date_trunc('week', day)::date AS week, counted.* FROM (
        {counted}
        UNION ALL
        SELECT r.day, r.channel, r.unit_id, r.municipality, r.language, r.total, r.kept, r.late, false
        FROM statistics_bookrow r
        WHERE r.book_id = %(book)s AND r.day = ANY (%(days)s::date[])
          AND (%(units)s::bigint[] IS NULL OR r.unit_id = ANY (%(units)s))
    ) counted
) w
GROUP BY GROUPING SETS ((week), (channel), (unit_id), (municipality), (language), ())
"""
# What GROUPING says of a row: a bit for each thing that it is not grouped by.
_WEEK, _CHANNEL, _UNIT, _MUNICIPALITY, _LANGUAGE, _WHOLE = 0b01111, 0b10111, 0b11011, 0b11101, 0b11110, 0b11111


@dataclass(slots=True)
class Sums:
    """A measure over a period, by each thing it is broken down by."""

    whole: Tally = field(default_factory=Tally)
    weeks: dict[date, Tally] = field(default_factory=dict)
    channels: dict[str, Tally] = field(default_factory=dict)
    units: dict[int, Tally] = field(default_factory=dict)
    municipalities: dict[str, Tally] = field(default_factory=dict)
    languages: dict[str, Tally] = field(default_factory=dict)
    # Mondays of the weeks some of whose contacts have not reached their last moment.
    unripe: set[date] = field(default_factory=set)

    def put(self, grouping: int, name: str, tally: Tally, *, unripe: bool) -> None:
        """Put a row of the database in its place; what has no contact yet whose last moment has passed has none."""
        if grouping == _WEEK and unripe:
            self.unripe.add(date.fromisoformat(name))
        if grouping == _WHOLE:
            self.whole = tally
        elif not tally.total:
            return
        elif grouping == _WEEK:
            self.weeks[date.fromisoformat(name)] = tally
        elif grouping == _CHANNEL:
            self.channels[name] = tally
        elif grouping == _UNIT:
            self.units[int(name)] = tally
        elif grouping == _MUNICIPALITY:
            self.municipalities[name] = tally
        elif grouping == _LANGUAGE:
            self.languages[name] = tally


@beyond("figures of contacts by week, channel, municipality and language; no contact of its own")
def sums(measure: Measure, *, first: date, last: date, at: datetime, units: Iterable[int] | None = None) -> Sums:
    """Return the sums of contacts that arrived on these days in these units (any when left out) and whose last moment
    has passed by `at`.
    """
    while True:
        book = Book.objects.filter(measure=measure.key, kept_at__lte=at).first()
        kept, ahead = _told(book, first=first, last=last, at=at) if book else (set(), set())
        if units is not None:
            # Whether the weeks of these units are over is seen by looking at their contacts alone.
            ahead = set()
        live = spans(day for day in _days(first, last) if day not in kept and day not in ahead)
        asked = values(measure, spans=live, at=at, units=units)
        asked |= {"book": book.pk if book else 0, "days": sorted(kept)}
        found = Sums(unripe={_monday(day) for day in ahead})
        with connection.cursor() as cursor:
            cursor.execute(_SUMS.format(counted=on(live, measure.sql)), asked)
            rows = cursor.fetchall()
        for grouping, name, all_of_them, in_time, late, unripe_too, _kept_at in rows:
            found.put(grouping, name, Tally(all_of_them, in_time, late), unripe=bool(unripe_too))
        # The book may have been kept between the two questions: then they speak of different days.
        if rows[0][-1] == (book.kept_at if book else None):
            break
    return found


def _told(book: Book, *, first: date, last: date, at: datetime) -> tuple[set[date], set[date]]:
    """Return the days of which the book has the sums, and those of which there is nothing to count yet."""
    kept = {day for day in book.days if first <= day <= last}
    soonest = {date.fromisoformat(day): datetime.fromisoformat(moment) for day, moment in book.ahead.items()}
    ahead = {day for day, moment in soonest.items() if first <= day <= last and moment >= at}
    changed = touched(book) if kept or ahead else set()
    return kept - changed, ahead - changed


def keep(*, at: datetime) -> int:
    """Bring every measure's book up to date; returns how many days were counted. May run twice, and at once."""
    return sum(_kept(measure, at=at) for measure in MEASURES.values())


@transaction.atomic
def _kept(measure: Measure, *, at: datetime) -> int:
    Book.objects.get_or_create(measure=measure.key, defaults={"kept_at": at, "made_at": at, "seen_entry": 0})
    book = Book.objects.select_for_update().get(measure=measure.key)
    oldest = Contact.objects.order_by("received_at").values_list("received_at", flat=True).first()
    if oldest is None or book.kept_at > at:
        return 0
    anew = at - book.made_at >= _ANEW
    before: set[date] = set() if anew else set(book.days)
    changed = touched(book) if before else set()
    over = set(_days(local_date(oldest), local_date(at) - timedelta(days=1)))
    wanted = over - (before - changed)
    still_open = unripe(measure, spans=spans(wanted), at=at)
    closed = wanted - still_open.keys()
    BookRow.objects.filter(book=book, **({} if anew else {"day__in": changed})).delete()
    with connection.cursor() as cursor:
        runs = spans(closed)
        asked = values(measure, spans=runs, at=at)
        cursor.execute(_KEEP.format(counted=on(runs, measure.sql)), {**asked, "book": book.pk})
    Book.objects.filter(pk=book.pk).update(
        days=sorted((before - still_open.keys()) | closed), kept_at=at, made_at=at if anew else book.made_at,
        seen_entry=max(_seen(at), book.seen_entry),
        ahead={day.isoformat(): moment.isoformat() for day, moment in still_open.items()},
    )  # fmt: skip
    return len(closed)


def _seen(at: datetime) -> int:
    """Return the newest row of the timeline before which nothing is being written any more."""
    rows = TimelineEntry.objects.filter(recorded_at__lt=at - _LONGEST_ACTION).order_by("-pk")
    return rows.values_list("pk", flat=True).first() or 0


def touched(book: Book) -> set[date]:
    """Return the days of arrival of contacts to which something has happened since the book was kept."""
    with connection.cursor() as cursor:
        cursor.execute(_TOUCHED, {"seen": book.seen_entry})
        return {row[0] for row in cursor.fetchall()}


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _days(first: date, last: date) -> list[date]:
    return [date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1)]


def spans(days: Iterable[date]) -> list[Span]:
    """Return days as runs without a gap, in order."""
    found: list[Span] = []
    for day in sorted(days):
        if found and found[-1][1] == day - timedelta(days=1):
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found
