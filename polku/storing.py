"""Storing new rows: the INSERT of a model is put into SQL once a process, and rows of many tables go in one statement.

An action stores several rows. Django puts each INSERT into SQL anew, sends signals that nobody here listens to, and
asks for a savepoint around an INSERT that may meet a row that is there already. Rows that nobody reads before the
action has ended (texts, clocks, messages, timeline, log) need not each be a way to the database either:

    with storing.together():
        insert(text)
        insert(draft)

stores both in one statement at the end of the block. Foreign keys are checked when the transaction commits, so that
their order does not matter.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import (
    BooleanField,
    CharField,
    DateField,
    Field,
    ForeignKey,
    IntegerField,
    Model,
    TextField,
    TimeField,
)
from django.db.transaction import TransactionManagementError
from django.utils.functional import Promise
from psycopg.types.json import Json, Jsonb


def insert(row: Model, *, unless_there: bool = False) -> bool:
    """Store a new row; its id and generated columns are then those that the database gave.

    In a block of `together` it is stored at the end of the block, and has no id unless `number` gave it one.

    Args:
        unless_there: a row that would break a unique constraint stores nothing, once a rival who is just storing it
            has committed; the next statement sees the rival's row. Without it that is an IntegrityError. Such a row
            is always stored at once.

    Returns:
        Whether the row was stored.
    """
    # As save() does: a related object may have got its id after it was set here.
    row._prepare_related_fields_for_save(operation_name="save")  # type: ignore[attr-defined]
    if not unless_there and (waiting := _at_hand()) is not None:
        waiting.rows.append(row)
        return True
    connection = connections[DEFAULT_DB_ALIAS]
    sql, fields, returned = _words(type(row), row.pk is not None)
    values = [field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(sql[unless_there], values)
        found = cursor.fetchone()
    if found is None:
        return False
    for name, value in zip(returned, found, strict=True):
        setattr(row, name, value)
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
    return True


def insert_all(rows: Sequence[Model]) -> None:
    """Store new rows of one model in one statement, as `insert` does each."""
    if not rows or _at_hand() is not None:
        for row in rows:
            insert(row)
        return
    for row in rows:
        row._prepare_related_fields_for_save(operation_name="save")  # type: ignore[attr-defined]
    connection = connections[DEFAULT_DB_ALIAS]
    _sql, _fields, returned = _words(type(rows[0]), False)
    values = [_columns(row, connection) for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(_statement(((rows[0]._meta.db_table, tuple(values[0])),), tuple(returned)), [_as_json(values)])
        for row, found in zip(rows, cursor.fetchall(), strict=True):
            for name, value in zip(returned, found, strict=True):
                setattr(row, name, value)
            row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


def number(row: Model) -> None:
    """Give a new row its id before it is stored, so that others can refer to it."""
    connection = connections[DEFAULT_DB_ALIAS]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [connection.ops.quote_name(row._meta.db_table)]
        )
        row.pk = cursor.fetchone()[0]


# --- Together -------------------------------------------------------------------------------------------------------


@contextmanager
def together() -> Iterator[None]:
    """Store the rows of the block in one statement at its end; nothing if it raises. A block within one is its part.

    Whoever opens a block knows that nothing in it reads these rows or needs an id of them. Inside a savepoint that was
    begun in the block rows are stored at once, since they are taken back with it.
    """
    if _at_hand() is not None:
        yield
        return
    if not connections[DEFAULT_DB_ALIAS].in_atomic_block:
        raise TransactionManagementError("rows are stored together within a transaction only")
    waiting = _Waiting()
    token = _waiting.set(waiting)
    try:
        yield
    finally:
        _waiting.reset(token)
    waiting.write()


def store_waiting() -> None:
    """Store now what waits in this block, for a question that must find it."""
    if (waiting := _waiting.get()) is not None:
        waiting.write()


def keep(table: str, row: Mapping[str, object]) -> bool:
    """Store a row of a table without a model with the others of the block; False when there is no block."""
    if (waiting := _at_hand()) is None:
        return False
    waiting.rows.append((table, row))
    return True


class _Waiting:
    """The rows of a block that are not stored yet."""

    def __init__(self) -> None:
        self.rows: list[Model | tuple[str, Mapping[str, object]]] = []
        self.savepoints = len(connections[DEFAULT_DB_ALIAS].savepoint_ids)

    def write(self) -> None:
        """Store them: one INSERT a table, all in one statement, each with its rows as one value."""
        if not self.rows:
            return
        connection = connections[DEFAULT_DB_ALIAS]
        tables: dict[tuple[str, tuple[str, ...]], list[Mapping[str, object]]] = {}
        for row in self.rows:
            table, values = (row._meta.db_table, _columns(row, connection)) if isinstance(row, Model) else row
            tables.setdefault((table, tuple(values)), []).append(values)
        with connection.cursor() as cursor:
            cursor.execute(_statement(tuple(tables)), [_as_json(rows) for rows in tables.values()])
        for row in self.rows:
            if isinstance(row, Model):
                row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
        self.rows = []


_waiting: ContextVar[_Waiting | None] = ContextVar("rows_stored_together", default=None)


def _at_hand() -> _Waiting | None:
    waiting = _waiting.get()
    if waiting is None or len(connections[DEFAULT_DB_ALIAS].savepoint_ids) != waiting.savepoints:
        return None
    return waiting


def _columns(row: Model, connection: Any) -> dict[str, object]:
    """Return what is stored of a row, by column."""
    values = row.__dict__
    return {
        column: values[name] if field is None else field.get_db_prep_save(field.pre_save(row, True), connection)
        for column, name, field in _taken(type(row), row.pk is not None)
    }


@lru_cache(maxsize=256)
def _taken(model: type[Model], numbered: bool) -> list[tuple[str, str, Field[Any, Any] | None]]:
    """Return columns, the names of their attributes, and the field where an attribute is not stored as it is."""
    _sql, fields, _returned = _words(model, numbered)
    return [(str(field.column), field.attname, None if _as_it_is(field) else field) for field in fields]


def _as_it_is(field: Field[Any, Any]) -> bool:
    """Tell whether what stands in a row's attribute is what is stored."""
    if isinstance(field, DateField | TimeField):
        return not (field.auto_now or field.auto_now_add)
    return isinstance(field, BooleanField | CharField | IntegerField | TextField | ForeignKey)


@lru_cache(maxsize=256)
def _statement(tables: Sequence[tuple[str, tuple[str, ...]]], returned: tuple[str, ...] = ()) -> str:
    """Return the statement: it is the same for any number of rows and any values, so that it stays prepared."""
    quote = connections[DEFAULT_DB_ALIAS].ops.quote_name
    inserts = []
    for table, columns in tables:
        name, listed = quote(table), ", ".join(quote(column) for column in columns)
        rows = f"json_populate_recordset(NULL::{name}, %s)"
        inserts.append(f"INSERT INTO {name} ({listed}) SELECT {listed} FROM {rows}")  # noqa: S608 - names only
    *before, last = inserts
    if returned:
        last += f" RETURNING {', '.join(quote(name) for name in returned)}"
    if not before:
        return last
    return "WITH " + ", ".join(f"part{place} AS ({sql})" for place, sql in enumerate(before)) + " " + last


def _as_json(rows: Sequence[Mapping[str, object]]) -> Any:
    return Json(rows, _dumps)


def _dumps(rows: Any) -> str:
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Promise):
        return str(value)
    if isinstance(value, Jsonb):
        return value.obj
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    raise TypeError(f"{type(value).__name__} is not stored together with other rows")


# --- Putting into SQL -------------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def _words(model: type[Model], numbered: bool) -> tuple[tuple[str, str], list[Field[Any, Any]], list[str]]:
    """Return the INSERT without and with `unless_there`, the fields it sets and the names of what it returns."""
    connection, meta = connections[DEFAULT_DB_ALIAS], model._meta
    quote = connection.ops.quote_name
    fields = [
        field
        for field in meta.local_concrete_fields
        if not field.generated and (numbered or field is not meta.auto_field)
    ]
    marks = [
        field.get_placeholder(None, None, connection) if hasattr(field, "get_placeholder") else "%s" for field in fields
    ]
    returned = meta.db_returning_fields
    begins = f"INSERT INTO {quote(meta.db_table)} ({', '.join(quote(str(field.column)) for field in fields)}) "
    begins += f"VALUES ({', '.join(marks)})"
    ends = f" RETURNING {', '.join(quote(str(field.column)) for field in returned)}"
    return (begins + ends, begins + " ON CONFLICT DO NOTHING" + ends), fields, [field.attname for field in returned]
