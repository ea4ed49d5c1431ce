"""The log keeps what the law asks for, and is only added to."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from django.db import DatabaseError, connection
from django.db.transaction import atomic

from polku.audit import actions, origin
from polku.audit.models import Event
from polku.audit.states import Kind, Register

if TYPE_CHECKING:
    from polku.site.cluster import Cluster

pytestmark = pytest.mark.django_db


def test_keeps_the_fields_of_act_703_2023_10(worker, at) -> None:
    here = origin.Origin(
        path="contacts:read",
        request="abc",
        role="guidance",
        provider="Länsi-Uudenmaan hyvinvointialue",
        unit="Neuvonta",
    )
    with origin.set_to(here):
        number = actions.read(
            by=worker, at=at, what="contact", record_class="contact", subject="c0ntact", clients=[5, 3, 5],
            purpose="guidance", register=Register.SOCIAL,
        )  # fmt: skip
    row = Event.objects.get(id=number)
    assert (row.what, row.record_class) == ("contact", "contact")
    assert row.provider == "Länsi-Uudenmaan hyvinvointialue"
    assert row.unit == "Neuvonta"
    assert (row.actor_name, row.actor_public_id, row.actor_id) == (worker.name, worker.public_id, worker.id)
    assert row.role == "guidance"
    assert row.purpose == "guidance"
    assert row.at == at
    assert row.clients == [3, 5]
    assert row.kind == Kind.READ
    assert row.register == "social"
    assert row.path == "contacts:read"


def test_keeps_both_when_it_happened_and_when_it_was_told(worker, at) -> None:
    earlier = at - timedelta(hours=5)
    local = earlier.astimezone(timezone(timedelta(hours=2)))
    number = actions.changed(by=worker, at=at, what="contacts.open", happened_at=local, details={"channel": "phone"})
    row = Event.objects.get(id=number)
    assert (row.at, row.happened_at) == (at, earlier)
    assert row.facts == {"channel": "phone"}


def test_refuses_a_moment_without_its_time_zone(worker) -> None:
    with pytest.raises(ValueError, match="time zone"):
        actions.read(by=worker, at=datetime(2026, 11, 20), what="contact")


def test_never_keeps_an_identity_code(worker, at) -> None:
    number = actions.emergency(
        by=worker, at=at, what="cases.open_emergency", clients=[1], reason="soitti 131052-308T hädissään",
        reference="150320A123b",
    )  # fmt: skip
    row = Event.objects.get(id=number)
    assert "131052" not in row.details
    assert "150320A" not in row.details
    assert "hädissään" in row.details


def test_keeps_a_search_by_its_kind_and_what_it_found(worker, at) -> None:
    number = actions.searched(by=worker, at=at, what="client", how="code", clients=[9])
    row = Event.objects.get(id=number)
    assert (row.kind, row.facts, row.clients) == (Kind.SEARCH, {"how": "code"}, [9])


def test_keeps_somebody_not_signed_in(at) -> None:
    row = Event.objects.get(id=actions.refused(by=None, at=at, what="cases:read", subject="x"))
    assert (row.actor_id, row.actor_name) == (None, "")


@pytest.mark.parametrize("moment", [datetime(2019, 2, 28, 23, 59, 59, tzinfo=UTC), datetime(2028, 2, 29, tzinfo=UTC)])
def test_takes_rows_of_any_month(worker, moment: datetime) -> None:
    number = actions.changed(by=worker, at=moment, what="contacts.open")
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM audit_row WHERE id = %s", [number])
        assert cursor.fetchone()[0] == f"audit_event_{moment:%Y_%m}"


def test_takes_rows_of_a_month_whose_making_was_rolled_back(worker) -> None:
    moment = datetime(2018, 5, 5, tzinfo=UTC)
    with pytest.raises(RuntimeError), atomic():
        actions.changed(by=worker, at=moment, what="contacts.open")
        actions.changed(by=worker, at=moment, what="contacts.open")
        raise RuntimeError
    assert actions.changed(by=worker, at=moment, what="contacts.open")


def test_makes_a_month_once_for_two_who_need_it_at_once(cluster: "Cluster") -> None:
    """The clocks of several processes come to a new month together."""
    make = "SELECT audit_partition('2016-05-05')"
    waits = "SELECT 1 FROM pg_stat_activity WHERE pid = %s AND wait_event = 'advisory'"
    with cluster.connect() as first, cluster.connect() as second, ThreadPoolExecutor(1) as beside:
        with first.transaction():
            assert first.execute(make).fetchone() == (True,)
            later = beside.submit(lambda: second.execute(make).fetchone())
            while not later.done() and not first.execute(waits, [second.info.backend_pid]).fetchone():
                time.sleep(0.01)
        try:
            assert later.result(60) == (False,)
        finally:
            first.execute("ALTER TABLE audit_row DETACH PARTITION audit_event_2016_05")
            first.execute("DROP TABLE audit_event_2016_05")


@pytest.mark.parametrize("table", ["audit_row", "audit_seal", "audit_anchor"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET at = now()", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_refuses_change_even_by_the_owner(worker, at, table: str, statement: str, sealed: Callable[[], None]) -> None:
    actions.read(by=worker, at=at, what="contact")
    sealed()
    with pytest.raises(DatabaseError, match="only added to"), atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))


def test_refuses_emptying_a_month_by_the_owner(worker, at) -> None:
    actions.read(by=worker, at=at, what="contact")
    with pytest.raises(DatabaseError, match="only added to"), atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE audit_event_2026_11")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_row SET what = 'x'",
        "DELETE FROM audit_row",
        "TRUNCATE audit_row",
        "DELETE FROM audit_event_2026_11",
        "INSERT INTO audit_event_2026_11 DEFAULT VALUES",
        "UPDATE audit_seal SET n = 1",
        "DELETE FROM audit_anchor",
        "DROP TABLE audit_row",
        "ALTER TABLE audit_row DISABLE TRIGGER ALL",
        "SELECT setval('audit_event_id_seq', 1)",
    ],
)
def test_lets_the_serving_role_add_and_read_only(worker, at, statement: str) -> None:
    actions.read(by=worker, at=at, what="contact")
    with atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE polku_serving")
        actions.read(by=worker, at=at, what="contact")
        actions.read(by=worker, at=datetime(2017, 3, 3, tzinfo=UTC), what="contact")
        with pytest.raises(DatabaseError, match=r"permission denied|must be owner"), atomic():
            cursor.execute(statement)
        cursor.execute("RESET ROLE")


def test_cuts_a_long_text_instead_of_losing_the_row(worker, at) -> None:
    row = Event.objects.get(id=actions.changed(by=worker, at=at, what="x" * 500, unit="y\x1f\x00z"))
    assert len(row.what) == 120
    assert row.unit == "y z"
    assert json.dumps(row.facts) == "{}"
