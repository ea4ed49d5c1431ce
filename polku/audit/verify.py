"""Checks the log against its marks, seals and anchors, and names what is wrong.

What each guard finds: marks - a row changed or written past the application; seals - a row changed, removed, swapped
or put among sealed ones; the chain - a seal changed, removed or put in; anchors - a lost tail or a chain rewritten as
a whole; age - rows that no seal has taken, so a sealer that has stopped.
"""

from __future__ import annotations

import hmac
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.db import connection
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from polku.audit import marks, seals

MAY_WAIT = timedelta(minutes=20)
MOST = 200  # findings told one by one; a log broken beyond that is told as broken
_BATCH = 5000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: a stable word, the row or seal it is about, and a sentence."""

    code: str
    about: str
    sentence: str


@dataclass(slots=True)
class Report:
    """What a verification looked at and found."""

    rows: int = 0
    seals: int = 0
    anchors: int = 0
    unsealed: int = 0
    findings: list[Finding] = field(default_factory=list)
    more: int = 0

    @property
    def sound(self) -> bool:
        """True when nothing is wrong."""
        return not self.findings

    def add(self, code: str, about: str, sentence: str) -> None:
        """Add a finding; beyond `MOST` they are only counted."""
        if len(self.findings) < MOST:
            self.findings.append(Finding(code, about, sentence))
        else:
            self.more += 1


@dataclass(slots=True)
class _Seal:
    no: int
    at: datetime
    ids: Any
    n: int
    prev: bytes
    hash: bytes
    digest: Any
    seen: int = 0


def verify(*, at: datetime, rows_seen: Callable[[int], None] | None = None) -> Report:
    """Check the whole log.

    The log may grow meanwhile: what must be there is read first (anchors, then seals, then rows), so that nothing new
    looks lost.

    Args:
        at: now; rows recorded more than `MAY_WAIT` before it must be sealed.
        rows_seen: called now and then with the number of rows checked so far.
    """
    report = Report()
    with atomic():
        outside, inside = _kept(report)
        chain = _chain(report)
        _rows(report, chain, at, rows_seen)
        _once(report)
        _sealed_rows(report, chain)
        _anchors(report, chain, outside, inside)
    return report


def _chain(report: Report) -> list[_Seal]:
    """Read the seals and check that each follows the one before it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT no, at, ids, n, prev, hash FROM audit_seal ORDER BY no")
        chain = [_Seal(no, at, ids, n, bytes(prev), bytes(value), sha256()) for no, at, ids, n, prev, value in cursor]
    report.seals = len(chain)
    expected, prev = 1, seals.FIRST
    for one in chain:
        if one.no != expected:
            span = f"{expected}-{one.no - 1}" if one.no - 1 > expected else str(expected)
            report.add("seal_missing", f"seal {span}", _("Seals are missing from the chain: %(no)s.") % {"no": span})
        elif one.prev != prev:
            report.add(
                "chain_broken", f"seal {one.no}",
                _("Seal %(no)s does not follow the seal before it: the chain has been changed.") % {"no": one.no},
            )  # fmt: skip
        expected, prev = one.no + 1, one.hash
    return chain


def _rows(report: Report, chain: list[_Seal], at: datetime, rows_seen: Callable[[int], None] | None) -> None:
    """Go through all rows by number: their marks, their seals, and whether any is left without a seal."""
    spans = sorted((span.lower, span.upper, index) for index, one in enumerate(chain) for span in one.ids)
    starts = [span[0] for span in spans]
    keys = marks.keys()
    oldest = int(marks.microseconds(at - MAY_WAIT))
    before = None
    where = -1
    for row in _read():
        number, recorded, mark, text = row
        report.rows += 1
        if rows_seen is not None and report.rows % _BATCH == 0:
            rows_seen(report.rows)
        if number == before:
            report.add("row_twice", f"row {number}", _("Row %(id)s is there more than once.") % {"id": number})
        before = number
        form = text.encode()
        if mark != hmac.digest(keys[0], form, "sha256") and not _marked(keys, mark, form):
            report.add(
                "row_forged", f"row {number}",
                _("Row %(id)s has been changed, or was not written by this application.") % {"id": number},
            )  # fmt: skip
        if where + 1 < len(starts) and starts[where + 1] <= number:
            where = bisect_right(starts, number) - 1
        if where >= 0 and number < spans[where][1]:
            one = chain[spans[where][2]]
            one.digest.update(b"%d\x1f%d\x1f%b\x1f%b\n" % (number, recorded, mark, form))
            one.seen += 1
            continue
        report.unsealed += 1
        if recorded < oldest:
            report.add(
                "row_unsealed", f"row {number}",
                _("Row %(id)s stands in no seal: it was put in afterwards, or sealing has stopped.") % {"id": number},
            )  # fmt: skip


def _marked(keys: list[bytes], mark: bytes, text: bytes) -> bool:
    return any(hmac.digest(key, text, "sha256") == mark for key in keys)


def _read() -> Iterator[seals.Row]:
    """Return all rows by number, some thousands at a time."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(f"SELECT {seals.ROW} FROM audit_event AS e ORDER BY e.id")  # noqa: S608 - constant
        while rows := cursor.fetchmany(_BATCH):
            yield from rows


def _once(report: Report) -> None:
    """Find rows copied under a new number: their mark is right, but each mark may stand only once."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT array_agg(id ORDER BY id) FROM audit_row GROUP BY mark HAVING count(*) > 1 LIMIT %s", [MOST]
        )
        for (numbers,) in cursor.fetchall():
            told = ", ".join(map(str, numbers))
            report.add("row_copied", f"row {told}", _("Rows %(ids)s are copies of one row.") % {"ids": told})


def _sealed_rows(report: Report, chain: list[_Seal]) -> None:
    """Check each seal's hash and number of rows against what was read."""
    for one in chain:
        if one.seen != one.n:
            report.add(
                "rows_missing" if one.seen < one.n else "rows_added", f"seal {one.no}",
                _("Seal %(no)s covers %(n)s rows, but %(seen)s are there: rows %(ids)s.")
                % {"no": one.no, "n": one.n, "seen": one.seen, "ids": _span(one)},
            )  # fmt: skip
            continue
        value = seals.seal_hash(no=one.no, at=one.at, ids=one.ids, n=one.n, prev=one.prev, rows=one.digest.digest())
        if value != one.hash:
            report.add(
                "rows_changed", f"seal {one.no}",
                _("Rows %(ids)s or seal %(no)s have been changed since they were sealed.")
                % {"ids": _span(one), "no": one.no},
            )  # fmt: skip


def _span(one: _Seal) -> str:
    spans = list(one.ids)
    return f"{spans[0].lower}-{spans[-1].upper - 1}" if spans else "-"


def _kept(report: Report) -> tuple[dict[int, bytes], dict[int, bytes]]:
    """Return the anchors kept outside the database, and their copies inside."""
    missing = False
    try:
        outside = {line.no: line.hash for line in seals.kept_anchors()}
    except FileNotFoundError:
        outside, missing = {}, True
    with connection.cursor() as cursor:
        cursor.execute("SELECT seal_id, hash FROM audit_anchor ORDER BY seal_id")
        inside = {no: bytes(value) for no, value in cursor.fetchall()}
    if missing and inside:
        report.add("anchor_file_missing", "anchor file", _("The anchor file is missing."))
    report.anchors = len(outside or inside)
    return outside, inside


def _anchors(report: Report, chain: list[_Seal], outside: dict[int, bytes], inside: dict[int, bytes]) -> None:
    """Check the chain against the hashes kept outside the database and against their copies inside."""
    hashes = {one.no: one.hash for one in chain}
    for no in sorted(outside.keys() - inside.keys()):
        report.add(
            "anchor_missing", f"seal {no}", _("The anchor of seal %(no)s is gone from the database.") % {"no": no}
        )
    for no, value in sorted({*outside.items(), *inside.items()}):
        if no not in hashes:
            report.add(
                "tail_lost", f"seal {no}",
                _("Seal %(no)s was anchored and is gone: the end of the log has been lost.") % {"no": no},
            )  # fmt: skip
        elif hashes[no] != value:
            report.add(
                "chain_rewritten", f"seal {no}",
                _("Seal %(no)s differs from its anchor: the chain has been rewritten.") % {"no": no},
            )  # fmt: skip
