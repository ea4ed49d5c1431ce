"""Seals take every committed row once; anchors keep the chain's head outside."""

import json
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.db.transaction import atomic

from polku.audit import actions, seals
from polku.audit.verify import verify
from polku.site.context import working


def _covered() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT unnest(ids) FROM audit_seal ORDER BY 1")
        return [number for (span,) in cursor.fetchall() for number in range(span.lower, span.upper)]


@pytest.mark.django_db
def test_seals_each_row_once_and_nothing_twice(worker, at) -> None:
    numbers = [actions.read(by=worker, at=at, what="contact") for _ in range(5)]
    first = seals.seal(at=at)
    assert first is not None
    assert first.n == 5
    assert seals.seal(at=at) is None
    numbers.append(actions.read(by=worker, at=at, what="contact"))
    second = seals.seal(at=at + timedelta(seconds=1))
    assert second is not None
    assert second.no == first.no + 1
    assert _covered() == numbers
    assert verify(at=at).sound


@pytest.mark.django_db
def test_seals_and_anchors_as_the_serving_role(worker, at) -> None:
    with working():
        actions.read(by=worker, at=at, what="contact")
        assert seals.seal_all(at=at) == 1
        assert seals.anchor(at=at) == 1
        actions.prepare(at)
    assert verify(at=at).sound


@pytest.mark.django_db
def test_leaves_a_gap_open_for_a_row_that_commits_late(worker, at) -> None:
    actions.read(by=worker, at=at, what="contact")
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('audit_event_id_seq')")
        late = cursor.fetchone()[0]
    actions.read(by=worker, at=at, what="contact")
    seals.seal(at=at)
    assert late not in _covered()
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('audit_event_id_seq', %s, false)", [late])
    actions.changed(by=worker, at=at, what="late")
    made = seals.seal(at=at)
    assert made is not None
    assert made.n == 1
    assert late in _covered()
    assert verify(at=at).sound


@pytest.mark.django_db
def test_seals_each_row_once_although_the_clock_has_been_put_back(worker, at, past_all_guards) -> None:
    actions.read(by=worker, at=at, what="contact")
    seals.seal(at=at)
    future = actions.read(by=worker, at=at, what="contact")
    with connection.cursor() as cursor:
        # An hour back: the last seal, and a row that came after it, are later than now.
        cursor.execute("UPDATE audit_seal SET looked_to = looked_to + interval '1 hour'")
        cursor.execute("UPDATE audit_row SET recorded_at = recorded_at + interval '1 hour' WHERE id = %s", [future])
    now = actions.read(by=worker, at=at, what="contact")
    made = seals.seal(at=at)
    assert made is not None
    assert (made.n, now in _covered(), future in _covered()) == (1, True, False)
    assert verify(at=at).sound
    with connection.cursor() as cursor:
        # The hour has passed.
        cursor.execute("UPDATE audit_row SET recorded_at = recorded_at - interval '1 hour' WHERE id = %s", [future])
    seals.seal(at=at)
    assert seals.seal(at=at) is None
    assert sorted(_covered()).count(future) == 1
    assert verify(at=at).sound


@pytest.mark.django_db
def test_takes_a_backlog_in_several_seals(worker, at, monkeypatch) -> None:
    monkeypatch.setattr(seals, "ROWS_PER_SEAL", 10)
    with connection.cursor() as cursor:
        for _ in range(25):
            actions.read(by=worker, at=at, what="contact")
        # As if they had been written an hour ago: the first full seal must not make the second one look too late.
        cursor.execute("SELECT count(*) FROM audit_event")
        before = cursor.fetchone()[0]
    assert seals.seal_all(at=at) == before
    report = verify(at=at)
    assert report.seals == 3
    assert report.sound


@pytest.mark.django_db
def test_anchors_the_last_seal_of_a_day_and_the_newest(worker, at, anchor_file) -> None:
    for moment in (at, at + timedelta(hours=1), at + timedelta(days=1)):
        actions.read(by=worker, at=moment, what="contact")
        seals.seal(at=moment)
    assert seals.anchor(at=at + timedelta(days=1)) == 3
    lines = [json.loads(line) for line in anchor_file.read_text().splitlines() if line]
    assert [line["no"] for line in lines] == [2, 3]
    assert seals.anchor(at=at + timedelta(days=1, minutes=1)) is None
    actions.read(by=worker, at=at + timedelta(days=1), what="contact")
    seals.seal(at=at + timedelta(days=1, minutes=1))
    assert seals.anchor(at=at + timedelta(days=1, minutes=2)) is None
    assert seals.anchor(at=at + timedelta(days=1, minutes=6)) == 4
    assert verify(at=at).sound


@pytest.mark.django_db
def test_completes_an_anchor_file_that_a_crash_cut_short(worker, at, anchor_file, sealed) -> None:
    actions.read(by=worker, at=at, what="contact")
    sealed()
    whole = anchor_file.read_text()
    anchor_file.write_text(whole[: len(whole) // 2])
    seals.anchor(at=at)
    assert [line.no for line in seals.kept_anchors()] == [1]
    assert verify(at=at).sound


@pytest.mark.django_db(transaction=True)
def test_loses_no_row_under_writers_that_commit_and_roll_back(worker, at) -> None:
    """Writers hold their transactions for different times while the sealer runs."""
    stop = threading.Event()
    before = verify(at=at).rows

    def write(name: int) -> None:
        try:
            for turn in range(40):
                try:
                    with atomic():
                        actions.changed(by=worker, at=at, what=f"writer {name}")
                        stop.wait(0.001 * (name + turn % 3))
                        if turn % 4 == 3:
                            raise InterruptedError
                except InterruptedError:
                    pass
        finally:
            connection.close()

    def run_sealer() -> None:
        try:
            while not stop.is_set():
                seals.seal(at=at)
        finally:
            connection.close()

    sealer = threading.Thread(target=run_sealer)
    writers = [threading.Thread(target=write, args=(name,)) for name in range(6)]
    for thread in (sealer, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    sealer.join()
    seals.seal_all(at=at)
    report = verify(at=at)
    assert report.rows - before == 6 * 30
    assert (report.unsealed, report.findings) == (0, [])
