"""Storing one new row: the INSERT of a model is put into SQL once a process.

An action stores several rows. Django puts each INSERT into SQL anew, sends signals that nobody here listens to, and
asks for a savepoint around an INSERT that may meet a row that is there already.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Field, Model


def insert(row: Model, *, unless_there: bool = False) -> bool:
    """Store a new row; its id and generated columns are then those that the database gave.

    Args:
        unless_there: a row that would break a unique constraint stores nothing, once a rival who is just storing it
            has committed; the next statement sees the rival's row. Without it that is an IntegrityError.

    Returns:
        Whether the row was stored.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    sql, fields, returned = _words(type(row))
    # As save() does: a related object may have got its id after it was set here.
    row._prepare_related_fields_for_save(operation_name="save")  # type: ignore[attr-defined]
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


@lru_cache(maxsize=256)
def _words(model: type[Model]) -> tuple[tuple[str, str], list[Field[Any, Any]], list[str]]:
    """Return the INSERT without and with `unless_there`, the fields it sets and the names of what it returns."""
    connection, meta = connections[DEFAULT_DB_ALIAS], model._meta
    quote = connection.ops.quote_name
    fields = [field for field in meta.local_concrete_fields if not field.generated and field is not meta.auto_field]
    marks = [
        field.get_placeholder(None, None, connection) if hasattr(field, "get_placeholder") else "%s" for field in fields
    ]
    returned = meta.db_returning_fields
    begins = f"INSERT INTO {quote(meta.db_table)} ({', '.join(quote(str(field.column)) for field in fields)}) "
    begins += f"VALUES ({', '.join(marks)})"
    ends = f" RETURNING {', '.join(quote(str(field.column)) for field in returned)}"
    return (begins + ends, begins + " ON CONFLICT DO NOTHING" + ends), fields, [field.attname for field in returned]
