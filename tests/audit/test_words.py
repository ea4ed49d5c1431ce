"""What rows of the log have in common is kept once; each row reads and is verified as a whole."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.db.transaction import atomic

from polku.audit import actions, marks, origin, queries, seals, words
from polku.audit.models import Event
from polku.audit.verify import verify

pytestmark = pytest.mark.django_db

# As the version before this one adds a row.
BEFORE = """
INSERT INTO audit_event (uid, at, happened_at, kind, what, record_class, subject, purpose,
    actor_id, actor_public_id, actor_kind, actor_name, role, register, provider, unit, clients, path, request,
    details, mark)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::bigint[], %s, %s, %s, %s)
RETURNING id
"""


def one(statement: str, *values: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()


def test_keeps_once_what_rows_have_in_common(worker, at) -> None:
    page = origin.Origin("contacts:read", "r1", "guidance", "Alue", "neuvonta")
    with origin.set_to(page):
        first = actions.read(by=worker, at=at, what="contact", subject="a", clients=[1], purpose="care")
        other = actions.read(by=worker, at=at, what="contact", subject="b", clients=[2], purpose="care")
    rows = [one("SELECT who_id, about_id, what, actor_name FROM audit_row WHERE id = %s", n) for n in (first, other)]
    assert rows[0] == rows[1]
    assert rows[0][0] and rows[0][1] and rows[0][2:] == (None, None)
    row = Event.objects.get(id=other)
    assert (row.actor_name, row.actor_public_id, row.actor_kind) == (worker.name, worker.public_id, "staff")
    assert (row.role, row.provider, row.unit, row.register) == ("guidance", "Alue", "neuvonta", "social")
    assert (row.what, row.purpose, row.path, row.record_class) == ("contact", "care", "contacts:read", "")


def test_keeps_the_name_of_then_when_somebody_has_another_name_now(worker, at) -> None:
    before = actions.read(by=worker, at=at, what="contact")
    after = actions.read(by=replace(worker, name="Aino Laine"), at=at, what="contact")
    assert [Event.objects.get(id=n).actor_name for n in (before, after)] == ["Aino Åkerlund", "Aino Laine"]


def test_keeps_a_client_by_link_and_the_check_in_the_row_itself(worker, at) -> None:
    number = actions.read(by=replace(worker, kind="link"), at=at, what="appointment")
    assert one("SELECT who_id, actor_kind FROM audit_row WHERE id = %s", number) == (None, "link")
    assert Event.objects.get(id=number).actor_kind == "link"
    checked = actions.checked(by=None, at=at, report=verify(at=at))
    found = queries.last_check()
    assert found is not None and found.id == checked


def test_forgets_words_that_were_taken_back(worker, at) -> None:
    with pytest.raises(RuntimeError), atomic():
        actions.read(by=worker, at=at, what="never-before")
        raise RuntimeError
    number = actions.read(by=worker, at=at, what="never-before")
    assert Event.objects.get(id=number).what == "never-before"


def test_takes_the_rows_of_the_version_before_beside_its_own(worker, at, sealed) -> None:
    own = actions.read(by=worker, at=at, what="contact", clients=[1])
    texts = ("read", "contact", "", "a", "care")
    who = (worker.public_id, worker.kind, worker.name, "guidance", "social", "Alue", "neuvonta")
    last = ("contacts:read", "r1", "")
    form = marks.form(("0123456789abcdef", marks.microseconds(at), "", *texts, "7", *who, "1", *last))
    values = ["0123456789abcdef", at, None, *texts, 7, *who, [1], *last, marks.mark(form)]
    (number,) = one(BEFORE, *values)
    row = Event.objects.get(id=number)
    assert (row.uid, row.actor_name, row.path, row.clients) == ("0123456789abcdef", worker.name, "contacts:read", [1])
    assert {found.id for found in queries.rows(queries.Wanted(clients=[1]))} >= {own, number}
    sealed()
    assert verify(at=at).sound
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {seals.ROW} FROM audit_event AS e WHERE id = ANY(%s)", [[own, number]])
        assert len(cursor.fetchall()) == 2


@pytest.mark.parametrize("table", ["audit_who", "audit_about"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = DEFAULT", "DELETE FROM {}", "TRUNCATE {}"])
def test_refuses_change_of_words_even_by_the_owner(worker, at, table: str, statement: str) -> None:
    actions.read(by=worker, at=at, what="contact")
    with pytest.raises(DatabaseError, match="only added to"), atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))


@pytest.mark.parametrize("statement", ["UPDATE audit_event SET what = 'x'", "DELETE FROM audit_event"])
def test_refuses_change_by_the_logs_name(worker, at, statement: str) -> None:
    actions.read(by=worker, at=at, what="contact")
    with pytest.raises(DatabaseError), atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_who SET actor_name = 'Somebody Else'",
        "UPDATE audit_about SET purpose = 'another'",
        "DELETE FROM audit_who",
        "DELETE FROM audit_about",
    ],
)
def test_finds_every_row_whose_words_were_changed(worker, at, past_all_guards, sealed, statement: str) -> None:
    numbers = {actions.read(by=worker, at=at, what="changed-words", clients=[turn]) for turn in range(5)}
    sealed()
    with connection.cursor() as cursor:
        cursor.execute(statement)
    found = {finding.about for finding in verify(at=at).findings if finding.code == "row_forged"}
    assert found >= {f"row {number}" for number in numbers}
    words._known.clear()
