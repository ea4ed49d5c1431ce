"""Copies lives by one generic SQL writer: INSERT ... SELECT for every table of a life, on the same dates, with ids,
people and calendars of their own. Foreign keys and triggers are off and indexes aside while it writes.

The access log is not copied: its seals would not be true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from bench import own
from bench.shape import ACTORS, OWN_ACTORS, Connection, Shape, Table, read

MOST_OPEN = 20_000
"""Open work items at any size: later copies leave out lives in which something is still to be done."""
AT_ONCE = 2
_QUICK = {"fsync": "off", "full_page_writes": "off", "max_wal_size": "'16GB'", "checkpoint_timeout": "'1h'"}


@dataclass(frozen=True, slots=True)
class Originals:
    """The lives that are copied: their shape, and how many contacts and open work items one copy brings."""

    shape: Shape
    contacts: int
    closed_contacts: int
    open_items: int
    data: dict[tuple[str, str], dict[str, str]]

    @property
    def open_copies(self) -> int:
        """How many times the whole of it fits, the original included, under the limit of open work items."""
        return max(1, MOST_OPEN // max(1, self.open_items))

    def copies_for(self, contacts: int) -> int:
        """Return how many times the lives must be there, the original included, for so many contacts."""
        whole = min(self.open_copies, -(-contacts // self.contacts))
        left = max(0, contacts - whole * self.contacts)
        return whole + -(-left // max(1, self.closed_contacts))


def originals(connection: Connection) -> Originals:
    """Set the lives of this database apart in the schema `bench`; from then on only these are copied."""
    with connection.transaction():
        return _set_apart(connection, read(connection))


def _set_apart(connection: Connection, shape: Shape) -> Originals:
    connection.execute("CREATE SCHEMA bench")
    own.prepare(connection)
    open_rows = _open_rows(connection, shape)
    for table in shape.tables.values():
        rows = f"WHERE {OWN_ACTORS}" if table.name == ACTORS else ""
        connection.execute(
            f"CREATE TABLE bench.of_{table.name} AS SELECT s.*, NOT s.id = ANY (%s) AS closed "
            f"FROM {table.name} s {rows} ORDER BY id",
            [sorted(open_rows.get(table.name, ()))],
            binary=True,
        )
        highest = connection.execute(f"SELECT coalesce(max(id), 0) FROM bench.of_{table.name}").fetchone()
        assert highest is not None
        assert highest[0] < own.STRIDE, f"{table.name} has ids of more than a copy's room"
    counted = connection.execute(
        "SELECT (SELECT count(*) FROM bench.of_contacts_contact), "
        "(SELECT count(*) FROM bench.of_contacts_contact WHERE closed), "
        "(SELECT count(*) FROM bench.of_cases_workitem WHERE closed_at IS NULL)"
    ).fetchone()
    assert counted is not None
    contacts, closed_contacts, open_items = counted
    return Originals(shape, contacts, closed_contacts, open_items, _data_keys(connection, shape))


def _open_rows(connection: Connection, shape: Shape) -> dict[str, set[int]]:
    """Return the ids, by table, of the lives with an open work item. A life is all that references join."""
    above: dict[tuple[str, int], tuple[str, int]] = {}

    def top(row: tuple[str, int]) -> tuple[str, int]:
        while (higher := above.get(row, row)) != row:
            above[row] = above.get(higher, higher)
            row = higher
        return row

    rows: set[tuple[str, int]] = set()
    for table in shape.tables:
        rows |= {(table, pk) for (pk,) in connection.execute(f"SELECT id FROM {table}").fetchall()}
    for table, column, other in shape.edges():
        pairs = connection.execute(f'SELECT id, "{column}" FROM {table} WHERE "{column}" IS NOT NULL').fetchall()
        for pk, points_to in pairs:
            above[top((table, pk))] = top((other, points_to))
    still = connection.execute("SELECT id FROM cases_workitem WHERE closed_at IS NULL").fetchall()
    tops = {top(("cases_workitem", pk)) for (pk,) in still}
    found: dict[str, set[int]] = {}
    for table, pk in rows:
        if table not in (ACTORS, "appointments_resource") and top((table, pk)) in tops:
            found.setdefault(table, set()).add(pk)
    return found


def _data_keys(connection: Connection, shape: Shape) -> dict[tuple[str, str], dict[str, str]]:
    """Return, for each JSON column, which of its keys hold public ids or reference numbers of lives."""
    names = " UNION ALL ".join(
        f"SELECT \"{column.name}\" AS name, '{'id' if column.length == 16 else 'reference'}' AS what FROM {table.name}"
        for table in shape.tables.values()
        for column in table.columns
        if (column.name, column.length) in {("public_id", 16), ("reference", 11)}
    )
    found: dict[tuple[str, str], dict[str, str]] = {}
    for table in shape.tables.values():
        for column in table.columns:
            if column.kind != "jsonb":
                continue
            keys = connection.execute(
                f"SELECT DISTINCT e.key, n.what FROM {table.name} s, "
                f"LATERAL jsonb_each_text(CASE jsonb_typeof(s.{column.name}) WHEN 'object' THEN s.{column.name} END) e "
                f"JOIN ({names}) n ON n.name = e.value"
            ).fetchall()
            found[table.name, column.name] = dict(keys)
    return found


def insert(known: Originals, table: Table, *, schema: str = "public") -> str:
    """Return the statement that writes one table's rows of the copies from %s to %s; whole lives before %s."""
    columns = ", ".join(f'"{name}"' for name in table.names)
    values = ", ".join(
        own.expression(column, table, known.shape, known.data.get((table.name, column.name), {}))
        for column in table.columns
    ).replace("%", "%%")
    # For each copy in turn, so that what belongs together lies together.
    return (
        f"INSERT INTO {schema}.{table.name} ({columns}) SELECT v.* FROM generate_series(%s::int, %s::int) k, LATERAL "
        f"(SELECT {values} FROM bench.of_{table.name} s WHERE s.closed OR k < %s ORDER BY s.id OFFSET 0) v"
    )


def grow(connect: Callable[[], Connection], known: Originals, *, there: int, wanted: int) -> None:
    """Write the copies from number `there` up to but without `wanted`, two tables at a time.

    Args:
        connect: opens a connection of a superuser that commits each statement.
    """
    if wanted <= there:
        return
    assert wanted <= own.MOST_COPIES, f"{wanted} copies need more identity codes than there are"
    with connect() as admin, _quick(admin), _indexes_aside(admin, known.shape):
        _at_once(connect, known.shape, lambda session, table: _write(session, known, table, there, wanted))
        _at_once(connect, known.shape, lambda session, table: session.execute(f"REINDEX TABLE {table.name}"))
        _move_sequences(admin, known.shape)
    _at_once(connect, known.shape, lambda session, table: session.execute(f"VACUUM ANALYZE {table.name}"))
    with connect() as admin:
        admin.execute("CHECKPOINT")


def _write(session: Connection, known: Originals, table: Table, there: int, wanted: int) -> None:
    session.execute(insert(known, table), [there, wanted - 1, known.open_copies])


def _at_once(connect: Callable[[], Connection], shape: Shape, do: Callable[[Connection, Table], object]) -> None:
    """Do it for every table, in connections of their own, the largest first."""

    def one(table: Table) -> None:
        with connect() as session:
            session.execute("SET session_replication_role = replica")
            session.execute("SET maintenance_work_mem = '512MB'")
            session.execute("SET work_mem = '64MB'")
            do(session, table)

    with connect() as session:
        by_size = session.execute("SELECT relname FROM pg_class WHERE relkind = 'r' ORDER BY relpages DESC").fetchall()
    order: Sequence[Table] = [shape.tables[str(name)] for (name,) in by_size if name in shape.tables]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(one, order))


@contextmanager
def _quick(admin: Connection) -> Iterator[None]:
    """Write without waiting for the disk; the database is thrown away if it fails, and durable again afterwards."""
    for name, value in _QUICK.items():
        admin.execute(f"ALTER SYSTEM SET {name} = {value}")
    admin.execute("SELECT pg_reload_conf()")
    try:
        yield
    finally:
        for name in _QUICK:
            admin.execute(f"ALTER SYSTEM RESET {name}")
        admin.execute("SELECT pg_reload_conf()")


@contextmanager
def _indexes_aside(admin: Connection, shape: Shape) -> Iterator[None]:
    """Let the tables' indexes not be kept up; REINDEX builds them anew, and finds what is not unique or overlaps."""
    admin.execute(
        "UPDATE pg_index SET indisready = false, indisvalid = false WHERE indrelid = ANY (%s::text[]::regclass[])",
        [list(shape.tables)],
    )
    yield
    left = admin.execute("SELECT count(*) FROM pg_index WHERE NOT (indisready AND indisvalid)").fetchone()
    assert left == (0,), "an index was not built anew"


def _move_sequences(admin: Connection, shape: Shape) -> None:
    """Let new rows begin where no copy will ever be."""
    for table in shape.tables:
        admin.execute(
            "SELECT setval(name, greatest(%s, nextval(name))) FROM pg_get_serial_sequence(%s, 'id') name",
            [own.MOST_COPIES * own.STRIDE, table],
        )
