"""What a copy has of its own: public ids, keys, reference numbers, identity codes, phone numbers. As SQL expressions
over a row `s` and the number of the copy `k`; for k = 0 each gives what the row has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import product
from random import Random

from bench.shape import ACTORS, Column, Connection, Shape, Table

STRIDE = 1_000_000
"""Added to every id of a life, once for each copy; no table of the original lives has so many rows."""
MOST_COPIES = 2000
_TABLE = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_SPOKEN = "23456789ABCDEFHJKMNPRSTVWXY"
_VARIANTS = 500
"""Identity codes of one birth date: 900-999 with the five later signs; the first signs are left to new people."""

_PHONE = (
    "CASE WHEN k > 0 AND s.{0} LIKE '+358%' THEN '+35850' || "
    "lpad(((('x' || substr(md5(s.{0} || ':' || k), 1, 7))::bit(28)::int) % 10000000)::text, 7, '0') ELSE s.{0} END"
)
_BORN = (
    "coalesce((SELECT b.born FROM bench.born b WHERE k > 0 AND b.client = s.{0} AND b.part = k / 500), s.birth_date)"
)
_CODE = (
    "CASE WHEN k = 0 OR s.hetu IS NULL THEN s.hetu "
    "ELSE (SELECT bench.code(b.born, k % 500) FROM bench.born b WHERE b.client = s.id AND b.part = k / 500) END"
)
_REFERENCE = (
    "(SELECT r.month || '-' || y.body || '-' || substr('" + _TABLE + "', (r.weight + y.weight) % 31 + 1, 1) "
    "FROM bench.reference r JOIN bench.body y ON y.n = r.rank + k * r.most WHERE r.old = {0})"
)
_TEXTS, _NUMBERS = ("char", "text"), ("integer", "bigint")
_FUNCTIONS = f"""
CREATE FUNCTION bench.code(born date, variant int) RETURNS text IMMUTABLE LANGUAGE sql AS $$
    SELECT d || substr(CASE WHEN born >= '2000-01-01' THEN 'BCDEF' ELSE 'YXWVU' END, variant / 100 + 1, 1)
             || n || substr('{_TABLE}', ((d || n)::bigint % 31)::int + 1, 1)
    FROM (SELECT to_char(born, 'DDMMYY') AS d, (900 + variant % 100)::text AS n) x
$$;
CREATE TABLE bench.born (client bigint, part int, born date UNIQUE, PRIMARY KEY (client, part));
CREATE TABLE bench.reference (old text PRIMARY KEY, month text, weight int, rank int, most int);
CREATE TABLE bench.body (n int PRIMARY KEY, body text UNIQUE, weight int);
"""


def prepare(connection: Connection) -> None:
    """Lay out, in the schema `bench`, the birth dates and reference numbers that copies draw from."""
    connection.execute(_FUNCTIONS)
    rows = connection.execute("SELECT id, birth_date FROM clients_client WHERE hetu IS NOT NULL ORDER BY id").fetchall()
    with connection.cursor() as cursor, cursor.copy("COPY bench.born FROM STDIN") as copy:
        for row in _birth_dates(rows):
            copy.write_row(row)
    with connection.cursor() as cursor, cursor.copy("COPY bench.body FROM STDIN") as copy:
        for body in _bodies():
            copy.write_row(body)
    rows = connection.execute(
        "SELECT reference FROM contacts_contact UNION SELECT reference FROM cases_case"
    ).fetchall()
    with connection.cursor() as cursor, cursor.copy("COPY bench.reference FROM STDIN") as copy:
        for known in _references(str(row[0]) for row in rows):
            copy.write_row(known)
    connection.execute("ANALYZE bench.born, bench.reference, bench.body")


def _birth_dates(people: Iterable[tuple[int, date]]) -> Iterator[tuple[int, int, date]]:
    """Give each person a date of their own, near the true one, for every 500 copies."""
    taken: set[date] = set()
    for person, born in people:
        for part in range(MOST_COPIES // _VARIANTS):
            day, step = born, 0
            while day in taken or (day.year >= 2000) != (born.year >= 2000):
                step += 1
                day = born + timedelta(days=(step + 1) // 2 * (-1 if step % 2 else 1))
            taken.add(day)
            yield person, part, day


def _bodies() -> Iterator[tuple[int, str, int]]:
    """Return middles of reference numbers that are never drawn for a new one: with a letter mixed up on the phone."""
    bodies = ["".join(four) for four in product(_TABLE, repeat=4) if not set(four) <= set(_SPOKEN)]
    Random(1).shuffle(bodies)
    for number, body in enumerate(bodies):
        yield number, body, sum(place * _TABLE.index(letter) for place, letter in enumerate(body, start=5))


def _references(known: Iterable[str]) -> list[tuple[str, str, int, int, int]]:
    """Number the references of each month; `most` is the longest month, the step from a copy to the next."""
    months: dict[str, list[str]] = {}
    for reference in sorted(known):
        months.setdefault(reference[:4], []).append(reference)
    most = max((len(rows) for rows in months.values()), default=1)
    return [
        (reference, month, sum(place * int(digit) for place, digit in enumerate(month, start=1)), rank, most)
        for month, rows in months.items()
        for rank, reference in enumerate(rows)
    ]


def expression(column: Column, table: Table, shape: Shape, data: dict[str, str]) -> str:
    """Return the expression of a column's value in copy `k`.

    Args:
        data: of a JSON column: which of its keys hold a public id (`id`) or a reference number (`reference`).
    """
    own = f's."{column.name}"'
    if column.name == "id":
        return f"{own} + k * {STRIDE}::bigint"
    if column.points_to == ACTORS:
        return f"CASE WHEN {own} IN (SELECT id FROM bench.of_{ACTORS}) THEN {own} + k * {STRIDE}::bigint ELSE {own} END"
    if column.points_to in shape.tables:
        return f"{own} + k * {STRIDE}::bigint"
    if column.name == "birth_date":
        return _BORN.format("id" if table.name == "clients_client" else "client_id")
    if column.name == "phone" or (table.name, column.name) == ("clients_contactpoint", "value"):
        return _PHONE.format(column.name)
    if column.kind == "jsonb" and data:
        return _in_data(own, data)
    if column.name not in _rewritten(table):
        return own
    return _text(column, own) if column.kind.startswith(_TEXTS) else f"{own} + k * {STRIDE}"


def _rewritten(table: Table) -> set[str]:
    """Return the columns that must differ for a copy to be unique: in each unique index without an id of the life, the
    last text, or without one the last number (a place among others: copies stand behind)."""
    found: set[str] = set()
    for unique in table.uniques:
        columns = [table.column(name) for name in unique if name in table.names]
        moved = any(c.name == "id" or c.points_to not in ("", ACTORS) or c.name in found for c in columns)
        if not moved and not (len(columns) == 1 and columns[0].points_to):
            texts = [column for column in columns if column.kind.startswith(_TEXTS)]
            found.add((texts or [column for column in columns if column.kind in _NUMBERS])[-1].name)
    return found


def _text(column: Column, own: str) -> str:
    if column.name == "hetu":
        return _CODE
    if column.name == "reference" and column.length == 11:
        return f"CASE WHEN k = 0 THEN {own} ELSE {_REFERENCE.format(own)} END"
    return f"CASE WHEN k = 0 OR {own} = '' THEN {own} ELSE {_anew(own, column.length)} END"


def _anew(own: str, length: int | None) -> str:
    if length == 16:  # a public id: hexadecimal digits are all in its alphabet
        return f"substr(md5({own} || ':' || k), 1, 16)"
    if length == 64:  # the hash of a link's secret, which nobody has
        return f"encode(sha256(({own} || ':' || k)::bytea), 'hex')"
    return f"{own} || '~' || k"


def _in_data(own: str, data: dict[str, str]) -> str:
    """Return the expression of a JSON value in which some keys name rows of the life."""
    value = own
    for key, what in sorted(data.items()):
        old = f"({own} ->> '{key}')"
        new = _anew(old, 16) if what == "id" else _REFERENCE.format(old)
        changed = f"jsonb_set({value}, '{{{key}}}', to_jsonb({new}))"
        value = f"CASE WHEN k > 0 AND {own} ? '{key}' THEN {changed} ELSE {value} END"
    return value
