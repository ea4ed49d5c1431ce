"""The shape of a life, read from PostgreSQL's own catalogue: its tables, their columns, what points where, what is
unique. Nothing of it is written down here except the roots, so a new table that points to a life is copied too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import psycopg

Connection = psycopg.Connection[tuple[Any, ...]]

ROOTS = ("clients_client", "cases_workitem", "appointments_resource", "outbox_message")
"""A life is what points to these, directly or through others: people, work, calendars, messages."""
STAYS = frozenset({"appointments_opening", "appointments_opening_kinds", "appointments_busysource"})
"""Points to a calendar and is not copied: a copied worker has left, so no search counts a thousand calendars more."""
ACTORS = "access_actor"
OWN_ACTORS = "kind = 'link' OR id IN (SELECT actor_id FROM appointments_resource WHERE actor_id IS NOT NULL)"
"""Actors belong to the register, except clients by link and the workers whose calendar is copied."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column that a row is written with; generated ones are left to the database."""

    name: str
    kind: str
    length: int | None
    points_to: str = ""
    """The table whose id it holds; empty for a plain value."""


@dataclass(slots=True)
class Table:
    """A table of a life."""

    name: str
    columns: list[Column] = field(default_factory=list)
    uniques: list[tuple[str, ...]] = field(default_factory=list)
    """Columns of each unique index but the primary key's."""

    def column(self, name: str) -> Column:
        """Return a column by its name."""
        return next(column for column in self.columns if column.name == name)

    @property
    def names(self) -> list[str]:
        """The columns' names in order."""
        return [column.name for column in self.columns]


@dataclass(slots=True)
class Shape:
    """The tables of a life by name; those pointed to come first."""

    tables: dict[str, Table]

    def edges(self) -> Iterable[tuple[str, str, str]]:
        """Return (table, column, table pointed to) for every reference inside lives, but not to calendars or actors."""
        for table in self.tables.values():
            for column in table.columns:
                if column.points_to in self.tables and column.points_to not in (ACTORS, "appointments_resource"):
                    yield table.name, column.name, column.points_to


_REFERENCES = """
SELECT k.conrelid::regclass::text, a.attname, k.confrelid::regclass::text
FROM pg_constraint k
CROSS JOIN LATERAL unnest(k.conkey, k.confkey) AS pair(own, other)
JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = pair.own
JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = pair.other
WHERE k.contype = 'f' AND k.connamespace = 'public'::regnamespace AND b.attname = 'id'
"""
_COLUMNS = """
SELECT a.attrelid::regclass::text, a.attname, format_type(a.atttypid, NULL),
       CASE WHEN a.atttypid = 'varchar'::regtype AND a.atttypmod > 4 THEN a.atttypmod - 4 END
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0
  AND NOT a.attisdropped AND a.attgenerated = ''
ORDER BY a.attrelid, a.attnum
"""
_UNIQUES = """
SELECT i.indrelid::regclass::text, array_agg(a.attname::text ORDER BY a.attnum)
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND i.indisunique AND NOT i.indisprimary
GROUP BY i.indexrelid, i.indrelid
"""


def read(connection: Connection) -> Shape:
    """Return the shape of a life in this database."""
    points = {(table, column): other for table, column, other in connection.execute(_REFERENCES).fetchall()}
    names = set(ROOTS)
    while more := {t for (t, _), other in points.items() if other in names and t not in names | STAYS}:
        names |= more
    names |= {ACTORS}
    found = {name: Table(name) for name in names}
    for table, column, kind, length in connection.execute(_COLUMNS).fetchall():
        if table in found:
            other = points.get((table, column), "")
            found[table].columns.append(Column(column, kind, length, other if other in names else ""))
    for table, unique in connection.execute(_UNIQUES).fetchall():
        if table in found:
            found[table].uniques.append(tuple(unique))
    return Shape({name: found[name] for name in _in_order(found)})


def _in_order(found: dict[str, Table]) -> list[str]:
    """Return the tables' names, those pointed to before those that point."""
    order: list[str] = []
    left = dict(sorted(found.items()))
    while left:
        ready = [
            name
            for name, table in left.items()
            if all(c.points_to in ("", name) or c.points_to in order for c in table.columns)
        ]
        # A ring of references would leave none: what is left then comes in any order.
        for name in ready or list(left):
            order.append(name)
            del left[name]
    return order
