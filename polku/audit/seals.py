"""Seals over committed rows, and anchors that keep the chain's head outside the database.

A chain inside the writers' transactions would make them wait for each other until commit. So rows are written
unchained, and a job seals, every second or so, what the earlier seals left out: a row that commits late is taken by
the next seal. The anchor is written with the first seal of a new day for the day before, and every few minutes between.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.transaction import atomic
from psycopg.types.multirange import Multirange
from psycopg.types.range import Range

from polku.audit import marks
from polku.kit.localtime import local_date

# How far back an ordinary seal looks for rows that committed late; the first seal of a day looks two days back.
LOOKS_BACK = timedelta(minutes=15)
LOOKS_BACK_DAILY = timedelta(days=2)
ROWS_PER_SEAL = 10_000
FIRST = bytes(32)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_LOCK = 0x506F6C6B75  # one sealer at a time
_log = logging.getLogger("polku.audit.anchor")

ROW = f"e.id, (extract(epoch FROM e.recorded_at) * 1000000)::bigint, e.mark, {marks.sql_form('e')}"
Row = tuple[int, int, bytes, str]


@dataclass(frozen=True, slots=True)
class Sealed:
    """A seal that was made now."""

    no: int
    n: int
    hash: bytes


def feed(digest: Any, row: Row) -> None:
    """Add a row to a digest: number, time of writing, mark and text form."""
    number, recorded, mark, text = row
    digest.update(b"%d\x1f%d\x1f%b\x1f%b\n" % (number, recorded, mark, text.encode()))


def seal_hash(*, no: int, at: datetime, ids: Multirange[int], n: int, prev: bytes, rows: bytes) -> bytes:
    """Return the hash of a seal over its own fields, the seal before it and the digest of its rows."""
    spans = ",".join(f"{span.lower}-{span.upper}" for span in ids)
    head = f"{no}\x1f{marks.microseconds(at)}\x1f{spans}\x1f{n}\x1f{prev.hex()}\x1f{rows.hex()}"
    return sha256(head.encode()).digest()


def ranges(numbers: Iterable[int]) -> Multirange[int]:
    """Return ascending numbers as half-open spans, neighbours joined."""
    spans: list[Range[int]] = []
    start = end = None
    for number in numbers:
        if end is None or number != end:
            if start is not None:
                spans.append(Range(start, end))
            start = number
        end = number + 1
    if start is not None:
        spans.append(Range(start, end))
    return Multirange(spans)


def _text(ids: Multirange[int]) -> str:
    """Return the spans as PostgreSQL writes them."""
    return "{" + ",".join(f"[{span.lower},{span.upper})" for span in ids) + "}"


@atomic
def seal(*, at: datetime, everything: bool = False) -> Sealed | None:
    """Seal what earlier seals left out, at most `ROWS_PER_SEAL` rows; None when there is nothing or another seals.

    Args:
        at: now; kept in the seal.
        everything: look at the whole log, not only at its end (after a restore, or when verification asks for it).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s), clock_timestamp()", [_LOCK])
        free, begun = cursor.fetchone()
        if not free:
            return None
        # A new statement, and so a new snapshot: what the sealer before us committed is seen.
        cursor.execute("SELECT no, hash, at, looked_to FROM audit_seal ORDER BY no DESC LIMIT 1")
        last = cursor.fetchone()
        since = None
        if last and not everything:
            # Where the clock has been put back, the last seal has looked further than it is now.
            since = min(last[3], begun) - (LOOKS_BACK_DAILY if local_date(last[2]) != local_date(at) else LOOKS_BACK)
        rows = _unsealed(cursor, since, begun)
        if not rows:
            return None
        digest = sha256()
        for row in rows:
            feed(digest, row)
        no, prev = (last[0] + 1, bytes(last[1])) if last else (1, FIRST)
        # A full seal may have left rows for the next one.
        looked_to = begun if len(rows) < ROWS_PER_SEAL else (last[3] if last else EPOCH)
        ids = ranges(row[0] for row in rows)
        value = seal_hash(no=no, at=at, ids=ids, n=len(rows), prev=prev, rows=digest.digest())
        cursor.execute(
            "INSERT INTO audit_seal (no, at, ids, n, prev, hash, looked_to)"
            " VALUES (%s, %s, %s::int8multirange, %s, %s, %s, %s)",
            [no, at, _text(ids), len(rows), prev, value, looked_to],
        )
    return Sealed(no=no, n=len(rows), hash=value)


def _unsealed(cursor: Any, since: datetime | None, now: datetime) -> list[Row]:
    """Return rows recorded since a moment and before now that no seal covers, by number."""
    # Seals made before `since` cannot hold rows recorded after it: no seal takes a row that is later than itself, as
    # there are where the clock has been put back. Such rows wait until the clock has passed them again.
    cursor.execute(
        f"""
        WITH sealed AS (
            SELECT coalesce(range_agg(span), '{{}}') AS ids
            FROM (SELECT unnest(ids) AS span FROM audit_seal WHERE %(since)s::timestamptz IS NULL
                  OR recorded_at >= %(since)s) AS spans
        )
        SELECT {ROW} FROM audit_event AS e
        WHERE (%(since)s::timestamptz IS NULL OR e.recorded_at >= %(since)s)
          AND e.recorded_at < %(now)s AND NOT (SELECT ids FROM sealed) @> e.id
        ORDER BY e.id LIMIT %(most)s
        """,  # noqa: S608 - the expression is a constant of this package
        {"since": since, "now": now, "most": ROWS_PER_SEAL},
    )
    return list(cursor.fetchall())


def seal_all(*, at: datetime, everything: bool = False) -> int:
    """Seal what there is now, in as many seals as it takes; return how many rows were sealed.

    What is written meanwhile is left for the next time: under a steady stream of writers this would never end.
    """
    total = 0
    while made := seal(at=at, everything=everything):
        total += made.n
        if made.n < ROWS_PER_SEAL:
            break
    return total


@dataclass(frozen=True, slots=True)
class Kept:
    """A line of the anchor file."""

    no: int
    hash: bytes
    at: str


def anchor_file() -> Path | None:
    """Return where the chain's head is kept outside the database (setting AUDIT_ANCHOR), if anywhere."""
    place = getattr(settings, "AUDIT_ANCHOR", "")
    return Path(place) if place else None


def kept_anchors() -> Iterator[Kept]:
    """Return the lines of the anchor file; a line cut short by a crash is passed over.

    Raises:
        FileNotFoundError: there is no such file.
    """
    place = anchor_file()
    if place is None:
        return
    with place.open(encoding="utf-8") as lines:
        for line in lines:
            try:
                fields = json.loads(line)
                yield Kept(int(fields["no"]), bytes.fromhex(fields["hash"]), str(fields["at"]))
            except (ValueError, KeyError, TypeError):
                continue


def anchor(*, at: datetime, now: bool = False) -> int | None:
    """Keep the newest seals' hashes outside the database when it is time, and return the newest anchored number.

    It is time for the last seal of each earlier day that has none, and for the newest seal when the last anchor is
    older than AUDIT_ANCHOR_MINUTES (5 unless set) or `now` is asked for. The file is written after the database has
    committed: a line without its row would look like a lost seal.
    """
    with atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK + 1])
        if not cursor.fetchone()[0]:
            return None
        cursor.execute("SELECT seal_id, at FROM audit_anchor ORDER BY seal_id DESC LIMIT 1")
        last = cursor.fetchone() or (0, None)
        cursor.execute("SELECT no, at, hash FROM audit_seal WHERE no > %s ORDER BY no", [last[0]])
        chosen = _to_anchor(cursor.fetchall(), last[1], at, now)
        for no, _, value in chosen:
            cursor.execute("INSERT INTO audit_anchor (seal_id, at, hash) VALUES (%s, %s, %s)", [no, at, value])
    for no, _, value in chosen:
        _log.info("audit anchor %s %s", no, bytes(value).hex())
    _write_anchors()
    return chosen[-1][0] if chosen else None


def _to_anchor(
    seals: list[tuple[int, datetime, bytes]], last_at: datetime | None, at: datetime, now: bool
) -> list[tuple[int, datetime, bytes]]:
    """Return the last seal of each day that is over, and the newest one when it is time."""
    today = local_date(at)
    last_of_day = {local_date(row[1]): row for row in seals}
    chosen = [row for day, row in last_of_day.items() if day < today]
    minutes = timedelta(minutes=int(getattr(settings, "AUDIT_ANCHOR_MINUTES", 5)))
    due = now or last_at is None or at - last_at >= minutes
    if due and seals and seals[-1] not in chosen:
        chosen.append(seals[-1])
    return sorted(chosen)


def _write_anchors() -> None:
    """Bring the file up to the table: what a crash left unwritten is added, nothing is ever changed."""
    place = anchor_file()
    if place is None:
        return
    try:
        newest = max((line.no for line in kept_anchors()), default=0)
    except FileNotFoundError:
        newest = 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT seal_id, hash, at FROM audit_anchor WHERE seal_id > %s ORDER BY seal_id", [newest])
        missing = cursor.fetchall()
    if not missing:
        return
    lines = [json.dumps({"no": no, "hash": bytes(value).hex(), "at": at.isoformat()}) for no, value, at in missing]
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("a", encoding="utf-8") as file:
        # The first line break ends a line that a crash may have cut short.
        file.write("\n" + "\n".join(lines) + "\n")
        file.flush()
        os.fsync(file.fileno())
