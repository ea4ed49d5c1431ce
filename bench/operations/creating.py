"""(a) A contact arrives through the API, with 1 and 8 clients; the floor writes the same rows by bare INSERTs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any

import httpx
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from bench.measuring import Measured, alternately, cost, together
from bench.operations.ground import Ground
from bench.shape import Connection, Shape, read
from bench.site import one
from polku.kit import public_id

CLIENTS = 8
_CHECK = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_RNG = Random()


def run(ground: Ground) -> Iterator[Measured]:
    """Measure one client and eight; the processor time is that of the whole request in this process."""
    from django.test import Client as InProcess

    inside, machine = (
        InProcess(headers={"authorization": f"Bearer {ground.built.key}"}),
        ground.site.machine(ground.built.key),
    )

    def here() -> None:
        form, key = _form(ground)
        answer = inside.post(
            "/api/v1/contacts", form, content_type="application/json", headers={"idempotency-key": key}
        )
        assert answer.status_code == 201, answer.content[:300]

    with ground.site.connect() as floor:
        bare = Rewriting.of(floor, here)
        ours, times = alternately(partial(_send, ground, machine), partial(bare.write, floor), rounds=2 * ground.rounds)
    spent = cost(here, rounds=10)
    yield Measured(
        "create a contact, 1 client", ours, times, spent.queries, spent.cpu_ms, note=f"{len(bare.rows)} rows"
    )
    yield _eight(ground, bare)


def _eight(ground: Ground, bare: Rewriting) -> Measured:
    """Let eight clients create at once, then eight sessions write the same rows."""
    machines = [ground.site.machine(ground.built.key) for _ in range(CLIENTS)]
    sessions = [ground.site.connect() for _ in range(CLIENTS)]
    ours = together(CLIENTS, lambda client, turn: _send(ground, machines[client]), each=ground.rounds)
    floor = together(CLIENTS, lambda client, turn: bare.write(sessions[client]), each=ground.rounds)
    for session in sessions:
        session.close()
    return Measured(
        f"create a contact, {CLIENTS} clients",
        ours.times,
        floor.times,
        value=ours.rate,
        floor_value=floor.rate,
        unit="/s",
    )


def _send(ground: Ground, machine: httpx.Client) -> None:
    form, key = _form(ground)
    answer = machine.post("/contacts", json=form, headers={"Idempotency-Key": key})
    assert answer.status_code == 201, answer.text[:300]


def _form(ground: Ground) -> tuple[dict[str, Any], str]:
    """Return a form of a new person, who has an identity code and a telephone, and its key."""
    digits = f"{_RNG.randrange(1, 29):02}{_RNG.randrange(1, 13):02}{_RNG.randrange(30, 99):02}"
    number = str(_RNG.randrange(900, 1000))
    person = {
        "role": "concerned", "family_name": "Uusitalo", "given_names": "Kaisa", "phone": "0401234567",
        "identity_code": f"{digits}-{number}{_CHECK[int(digits + number) % 31]}",
    }  # fmt: skip
    name = public_id.new()
    return {
        "external_id": name,
        "received_at": (ground.now() - timedelta(minutes=1)).isoformat(timespec="seconds"),
        "message": "Vuokra on maksamatta ja sähkölasku erääntyy. Haluaisin puhua jonkun kanssa.",
        "language": "fi", "municipality": "049", "preferred_way": "sms", "asks_to_talk": True, "persons": [person],
    }, name  # fmt: skip


@dataclass(slots=True)
class Rewriting:
    """The rows that one request wrote, to be written again with ids of their own by one INSERT each."""

    shape: Shape
    rows: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @classmethod
    def of(cls, connection: Connection, do: Any) -> Rewriting:
        """Do it twice, and keep the rows of the second time."""
        do()
        found = cls(read(connection))
        tables = [*found.shape.tables, "audit_row"]
        last = {table: one(connection, f"SELECT coalesce(max(id), 0) FROM {table}") for table in tables}
        do()
        with connection.cursor(row_factory=dict_row) as cursor:
            for table in tables:
                names = found.shape.tables[table].names if table in found.shape.tables else None
                columns = ", ".join(f'"{name}"' for name in names) if names else "*"
                cursor.execute(f"SELECT {columns} FROM {table} WHERE id > %s ORDER BY id", [last[table]])
                found.rows += [(table, row) for row in cursor.fetchall()]
        return found

    def write(self, connection: Connection) -> None:
        """Write them all in one transaction."""
        new: dict[tuple[str, int], int] = {}
        with connection.transaction():
            for table, row in self.rows:
                values = self._values(table, row, new)
                names, marks = ", ".join(f'"{name}"' for name in values), ", ".join(["%s"] * len(values))
                made = connection.execute(
                    f"INSERT INTO {table} ({names}) VALUES ({marks}) RETURNING id",
                    list(values.values()),
                ).fetchone()
                assert made is not None
                new[table, row["id"]] = made[0]

    def _values(self, table: str, row: dict[str, Any], new: dict[tuple[str, int], int]) -> dict[str, Any]:
        values = {name: value for name, value in row.items() if name != "id"}
        for name, value in values.items():
            if isinstance(value, dict):
                values[name] = Jsonb(value)
        if table not in self.shape.tables:
            return values | {"uid": public_id.new()}
        shape = self.shape.tables[table]
        for column in shape.columns:
            value = values.get(column.name)
            if column.kind == "jsonb":
                values[column.name] = Jsonb(row[column.name])
            elif column.points_to and value is not None and (column.points_to, value) in new:
                values[column.name] = new[column.points_to, value]
        own = {name for unique in shape.uniques for name in unique} & values.keys()
        for name in own & {"public_id", "key", "external_id", "token_hash", "reference", "hetu"}:
            # Drawn reference numbers meet each other at some thousands a month; the floor need not try again.
            values[name] = values[name] and public_id.new()[: shape.column(name).length]
        return values
