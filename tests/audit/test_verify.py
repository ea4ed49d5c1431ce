"""Verification names what is wrong: a thousand random faults, made past every trigger, and each is found."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.db import connection
from django.db.transaction import atomic

from polku.audit import actions, marks, seals
from polku.audit.verify import Report, verify

ROWS = 120


@contextmanager
def undone() -> Iterator[Any]:
    """A cursor whose changes are taken back at the end."""

    class Done(Exception):
        pass

    try:
        with atomic(), connection.cursor() as cursor:
            yield cursor
            raise Done
    except Done:
        pass


def _write(worker: Any, at: Any, count: int) -> list[int]:
    kinds = ("contact", "client", "case", "worklist")
    return [
        actions.read(
            by=worker, at=at + timedelta(seconds=turn), what=kinds[turn % 4], clients=[turn % 7, 100 + turn],
            details={"turn": turn},
        )
        for turn in range(count)
    ]  # fmt: skip


CHANGES = (
    ("actor_name", "'Somebody Else'"),
    ("actor_id", "actor_id + 1"),
    ("actor_id", "NULL"),
    ("clients", "clients || 999::bigint"),
    ("clients", "'{}'"),
    ("at", "at + interval '1 microsecond'"),
    ("recorded_at", "recorded_at - interval '1 second'"),
    ("happened_at", "at"),
    ("kind", "'change'"),
    ("what", "'another'"),
    ("purpose", "'another'"),
    ("subject", "'another'"),
    ("record_class", "'another'"),
    ("role", "'lead'"),
    ("register", "'patient'"),
    ("provider", "'another'"),
    ("unit", "'another'"),
    ("path", "'another'"),
    ("request", "'another'"),
    ("details", "details || ' '"),
    ("uid", "'another'"),
    ("mark", "sha256(mark)"),
)
COLUMNS = (
    "uid, at, happened_at, recorded_at, kind, what, record_class, subject, purpose, actor_id, actor_public_id, "
    "actor_kind, actor_name, role, register, provider, unit, clients, path, request, details, mark"
)


def change(cursor: Any, numbers: list[int], dice: random.Random) -> None:
    """One field of one row is changed."""
    column, value = dice.choice(CHANGES)
    cursor.execute(f"UPDATE audit_row SET {column} = {value} WHERE id = %s", [dice.choice(numbers)])


def remove(cursor: Any, numbers: list[int], dice: random.Random) -> None:
    """Some rows are removed."""
    cursor.execute("DELETE FROM audit_row WHERE id = ANY(%s)", [dice.sample(numbers, dice.randint(1, 5))])


def swap(cursor: Any, numbers: list[int], dice: random.Random) -> None:
    """Two rows change places, marks and all."""
    one, other = dice.sample(numbers, 2)
    cursor.execute("UPDATE audit_row SET id = -1 WHERE id = %s", [one])
    cursor.execute("UPDATE audit_row SET id = %s WHERE id = %s", [one, other])
    cursor.execute("UPDATE audit_row SET id = %s WHERE id = -1", [other])


def lose_tail(cursor: Any, numbers: list[int], dice: random.Random) -> None:
    """The last seals go with their rows, anchors and all that the database holds of them."""
    cursor.execute("SELECT max(no) FROM audit_seal")
    keep = dice.randrange(0, cursor.fetchone()[0])
    cursor.execute(
        "DELETE FROM audit_row USING audit_seal WHERE audit_seal.no > %s AND audit_seal.ids @> audit_row.id", [keep]
    )
    cursor.execute("DELETE FROM audit_seal WHERE no > %s", [keep])
    if dice.random() < 0.5:
        cursor.execute("DELETE FROM audit_anchor WHERE seal_id > %s", [keep])


def forge(cursor: Any, numbers: list[int], dice: random.Random) -> None:
    """A row is put in: under a free number, a used number, or as a copy of a true row; sealed or not."""
    sort = dice.randrange(4)
    source = dice.choice(numbers)
    if sort == 0:  # a lie with an invented mark, of this very moment
        fields = COLUMNS.replace("recorded_at", "clock_timestamp()").replace("clients", "'{1}'")
        number = "nextval('audit_event_id_seq')"
    elif sort == 1:  # a true row, mark and all, again under a new number
        fields, number = COLUMNS.replace("recorded_at", "clock_timestamp()"), "nextval('audit_event_id_seq')"
    elif sort == 2:  # the same number a second time, at another moment
        fields, number = COLUMNS.replace(" at,", " at + interval '1 hour',", 1), "id"
    else:  # among old rows, under a number that was never used
        fields, number = COLUMNS, "-id"
    cursor.execute(
        f"INSERT INTO audit_row (id, {COLUMNS}) SELECT {number}, {fields} FROM audit_event WHERE id = %s", [source]
    )
    if dice.random() < 0.5:
        cursor.execute("SELECT max(at) FROM audit_seal")
        seals.seal(at=cursor.fetchone()[0], everything=True)


def rewrite_chain(cursor: Any, numbers: list[int], dice: random.Random) -> None:
    """By somebody who holds the key and everything in the database: a row is changed and all seals made anew."""
    number = dice.choice(numbers)
    cursor.execute("UPDATE audit_row SET actor_name = 'Somebody Else' WHERE id = %s", [number])
    cursor.execute(f"SELECT {marks.sql_form('e')} FROM audit_event AS e WHERE id = %s", [number])
    mark = marks.mark(cursor.fetchone()[0].encode())
    cursor.execute("UPDATE audit_row SET mark = %s WHERE id = %s", [mark, number])
    cursor.execute("SELECT no, at, ids FROM audit_seal ORDER BY no")
    prev = seals.FIRST
    for no, at, ids in cursor.fetchall():
        cursor.execute(
            f"SELECT {seals.ROW} FROM audit_event AS e JOIN audit_seal AS s ON s.ids @> e.id WHERE s.no = %s "
            "ORDER BY e.id", [no],
        )  # fmt: skip
        rows, digest = cursor.fetchall(), sha256()
        for row in rows:
            seals.feed(digest, row)
        value = seals.seal_hash(no=no, at=at, ids=ids, n=len(rows), prev=prev, rows=digest.digest())
        cursor.execute("UPDATE audit_seal SET hash = %s, prev = %s WHERE no = %s", [value, prev, no])
        if dice.random() < 0.5:
            cursor.execute("UPDATE audit_anchor SET hash = %s WHERE seal_id = %s", [value, no])
        prev = value


SORTS: tuple[Callable[[Any, list[int], random.Random], None], ...] = (
    change, remove, swap, lose_tail, forge, rewrite_chain,
)  # fmt: skip


def test_finds_sixty_of_sixty_random_faults(worker, at, past_all_guards, anchor_file) -> None:
    _finds_every_one(60, worker, at, anchor_file)


@pytest.mark.slow
def test_finds_a_thousand_of_a_thousand_random_faults(worker, at, past_all_guards, anchor_file) -> None:
    _finds_every_one(1000, worker, at, anchor_file)


def _finds_every_one(faults: int, worker: Any, at: Any, anchor_file: Any) -> None:
    numbers: list[int] = []
    for part in range(8):
        moment = at + timedelta(minutes=part)
        numbers += _write(worker, moment, ROWS // 8)
        seals.seal(at=moment)
        if part % 3 == 2:
            seals.anchor(at=moment, now=True)
    seals.anchor(at=at + timedelta(hours=1), now=True)
    assert verify(at=at).findings == []
    anchors = anchor_file.read_text()
    dice = random.Random(20261122)
    missed: list[str] = []
    for turn in range(faults):
        sort = SORTS[turn % len(SORTS)]
        with undone() as cursor:
            sort(cursor, numbers, dice)
            if verify(at=at).sound:
                missed.append(f"{turn} {sort.__name__}")
    assert missed == []
    assert anchor_file.read_text() == anchors
    assert verify(at=at).findings == []


def _only(report: Report) -> list[tuple[str, str]]:
    return [(finding.code, finding.about) for finding in report.findings]


def test_names_the_row_that_was_changed(worker, at, past_all_guards, sealed) -> None:
    numbers = _write(worker, at, 5)
    sealed()
    with undone() as cursor:
        cursor.execute("UPDATE audit_row SET purpose = 'x' WHERE id = %s", [numbers[2]])
        assert _only(verify(at=at)) == [("row_forged", f"row {numbers[2]}"), ("rows_changed", "seal 1")]


def test_names_the_seal_whose_rows_are_gone(worker, at, past_all_guards, sealed) -> None:
    numbers = _write(worker, at, 5)
    sealed()
    with undone() as cursor:
        cursor.execute("DELETE FROM audit_row WHERE id = %s", [numbers[2]])
        report = verify(at=at)
    assert _only(report) == [("rows_missing", "seal 1")]
    assert f"{numbers[0]}-{numbers[4]}" in report.findings[0].sentence


def test_tells_that_the_tail_is_lost(worker, at, past_all_guards, sealed) -> None:
    _write(worker, at, 5)
    sealed()
    _write(worker, at, 5)
    sealed()
    with undone() as cursor:
        cursor.execute("DELETE FROM audit_row WHERE id > (SELECT min(upper(ids)) - 1 FROM audit_seal)")
        cursor.execute("DELETE FROM audit_seal WHERE no = 2; DELETE FROM audit_anchor WHERE seal_id = 2")
        assert ("tail_lost", "seal 2") in _only(verify(at=at))


@pytest.mark.django_db
def test_tells_of_rows_that_nobody_seals(worker, at) -> None:
    _write(worker, at, 2)
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(recorded_at) FROM audit_event")
        written = cursor.fetchone()[0]
    assert verify(at=written + timedelta(minutes=1)).sound
    report = verify(at=written + timedelta(minutes=30))
    assert {finding.code for finding in report.findings} == {"row_unsealed"}
    assert report.unsealed == 2


@pytest.mark.django_db
def test_tells_that_the_anchor_file_is_gone(worker, at, sealed, anchor_file) -> None:
    _write(worker, at, 2)
    sealed()
    anchor_file.unlink()
    assert _only(verify(at=at)) == [("anchor_file_missing", "anchor file")]


@pytest.mark.django_db
def test_accepts_marks_of_the_key_before(worker, at, settings, sealed) -> None:
    settings.AUDIT_KEY = "first " * 12
    _write(worker, at, 3)
    settings.AUDIT_KEY = "second " * 12
    sealed()
    assert {finding.code for finding in verify(at=at).findings} == {"row_forged"}
    settings.AUDIT_OLD_KEYS = ["first " * 12]
    assert verify(at=at).sound


@pytest.mark.slow
def test_checks_sixty_six_thousand_rows_with_little_work(worker, at, past_all_guards, sealed) -> None:
    with connection.cursor() as cursor:
        _write(worker, at, 1)
        cursor.execute(
            f"CREATE TEMPORARY TABLE many ON COMMIT DROP AS SELECT nextval('audit_event_id_seq') AS id, "
            f"md5(turn::text)::varchar(16) AS uid, {COLUMNS.removeprefix('uid, ')} "
            "FROM audit_event, generate_series(1, 66000) AS turn"
        )
        cursor.execute(f"SELECT id, {marks.sql_form('e')} FROM many AS e")
        marked = [(number, marks.mark(form.encode())) for number, form in cursor.fetchall()]
        cursor.execute(
            f"INSERT INTO audit_row (id, {COLUMNS}) SELECT id, {COLUMNS.removesuffix(', mark')}, m.mark FROM many "
            "JOIN unnest(%s::bigint[], %s::bytea[]) AS m(id, mark) USING (id)",
            [[number for number, _ in marked], [mark for _, mark in marked]],
        )
        cursor.execute("ANALYZE audit_row")
    sealed()
    # What it costs this process, however busy the machine is.
    begun = time.process_time()
    report = verify(at=at)
    took = time.process_time() - begun
    assert report.rows >= 66_000
    assert report.findings == []
    print(f"{report.rows} rows verified with {took:.2f} s of work")
    assert took < 2
