"""Copies of lives: equal to their originals where nothing is to be their own, valid and different where it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bench import copying, own
from bench.shape import ACTORS, Connection
from polku.kit import clock, hetu, reference

if TYPE_CHECKING:
    from polku.site.cluster import Cluster

LIVES, COPIES = 15, 4
pytestmark = pytest.mark.slow


@pytest.fixture
def known(transactional_db: None, cluster: Cluster) -> Iterator[copying.Originals]:
    """Lives by the real actions, set apart to be copied."""
    from polku.demo import build
    from polku.site.context import working

    now = clock.now()
    build.register(at=now - timedelta(days=30), working=working)
    for _ in build.build(contacts=LIVES, days=30, seed="bench", at=now, working=working):
        pass
    with _admin(cluster) as admin:
        made = copying.originals(admin)
        before = {name: _last(admin, name) for name in made.shape.tables}
        yield made
        admin.execute("DROP SCHEMA bench CASCADE")
        for name, last in before.items():
            admin.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [name, last])


@contextmanager
def _admin(cluster: Cluster) -> Iterator[Connection]:
    from django.conf import settings

    with cluster.connect(database=str(settings.DATABASES["default"]["NAME"]), user="postgres") as admin:
        yield admin


def _grow(known: copying.Originals, cluster: Cluster, wanted: int) -> None:
    from django.conf import settings

    name = str(settings.DATABASES["default"]["NAME"])
    copying.grow(lambda: cluster.connect(database=name, user="postgres"), known, there=1, wanted=wanted)


def test_copy_without_offset_equals_its_original_row_by_row(known: copying.Originals, cluster: Cluster) -> None:
    with _admin(cluster) as admin:
        admin.execute("CREATE SCHEMA copied")
        rows = 0
        for table in known.shape.tables.values():
            admin.execute(f"CREATE TABLE copied.{table.name} (LIKE public.{table.name} INCLUDING GENERATED)")
            admin.execute(copying.insert(known, table, schema="copied"), [0, 0, 1])
            originals = f"SELECT * FROM public.{table.name}"
            if table.name == ACTORS:
                originals += f" WHERE id IN (SELECT id FROM bench.of_{ACTORS})"
            for one, other in ((originals, f"SELECT * FROM copied.{table.name}"),) * 2:
                different = admin.execute(
                    f"SELECT count(*) FROM (({one} EXCEPT ALL {other}) UNION ALL ({other} EXCEPT ALL {one})) d"
                ).fetchone()
                assert different == (0,), table.name
            rows += _count(admin, f"copied.{table.name}")
        admin.execute("DROP SCHEMA copied CASCADE")
    assert rows > 10 * LIVES


def test_copies_are_people_of_their_own_and_keep_every_reference_and_stored_fact(
    known: copying.Originals, cluster: Cluster
) -> None:
    from polku.site.checking import wrong_facts

    _grow(known, cluster, COPIES)
    with _admin(cluster) as admin:
        assert _count(admin, "contacts_contact") == COPIES * known.contacts
        broken = [
            f"{table}.{column}"
            for table, column, other in known.shape.edges()
            if _count(
                admin,
                f'{table} s LEFT JOIN {other} o ON o.id = s."{column}"',
                f's."{column}" IS NOT NULL AND o.id IS NULL',
            )
        ]
        assert not broken
        # Each check constraint, foreign key and exclusion of the database, asked anew.
        for name, constraint in _checks(admin):
            admin.execute(
                f"ALTER TABLE {name} DROP CONSTRAINT {constraint[0]}, ADD CONSTRAINT {constraint[0]} {constraint[1]}"
            )
    assert wrong_facts() == []
    _are_people_of_their_own()


def _are_people_of_their_own() -> None:
    from polku.cases.models import TimelineEntry
    from polku.clients.models import Client
    from polku.contacts.models import Contact

    codes = list(Client.objects.exclude(hetu=None).values_list("hetu", "birth_date"))
    assert len({code for code, _ in codes}) == len(codes) >= COPIES
    assert all(hetu.parse(code) == code and int(code[7:10]) >= 900 for code, _ in codes)
    assert all(hetu.born(code) == born for code, born in codes)
    assert all(reference.is_valid(row) for row in Contact.objects.values_list("reference", flat=True))
    told = TimelineEntry.objects.filter(event="appointments.told").values_list("data__appointment", flat=True)
    assert len(told) == len(set(told)) >= COPIES


def test_later_copies_leave_out_what_is_still_open(
    known: copying.Originals, cluster: Cluster, monkeypatch: Any
) -> None:
    from polku.cases.models import WorkItem

    monkeypatch.setattr(copying, "MOST_OPEN", 2 * known.open_items)
    assert known.open_copies == 2
    _grow(known, cluster, COPIES)
    assert WorkItem.objects.filter(closed_at=None).count() == 2 * known.open_items
    assert known.copies_for(known.contacts * 2 + known.closed_contacts) == 3


def test_birth_dates_of_copies_stay_in_their_century_and_are_all_different() -> None:
    people = [(number, datetime(1999, 12, 30 + number % 2, tzinfo=UTC).date()) for number in range(50)]
    given = list(own._birth_dates(people))
    assert len({born for _, _, born in given}) == len(given)
    assert {born.year for _, _, born in given} <= {1998, 1999}


def _last(admin: Connection, table: str) -> int:
    row = admin.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [table]).fetchone()
    assert row is not None
    return int(row[0])


def _count(admin: Connection, table: str, where: str = "true") -> int:
    row = admin.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchone()
    assert row is not None
    return int(row[0])


def _checks(admin: Connection) -> list[tuple[str, tuple[str, str]]]:
    rows = admin.execute(
        "SELECT conrelid::regclass::text, conname::text, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE contype IN ('c', 'f') AND connamespace = 'public'::regnamespace AND conparentid = 0 AND NOT conrelid IN "
        "(SELECT partrelid FROM pg_partitioned_table) AND conrelid::regclass::text !~ '^audit'"
    ).fetchall()
    return [(str(table), (str(name), str(definition))) for table, name, definition in rows]
