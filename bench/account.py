"""What a contact weighs, table by table: rows, bytes of a row, its indexes. `python -m bench.account FOLDER` prints it
of a bench that was kept (`--keep --var FOLDER`).

Tables and indexes are counted as they lie on disk. A copy has been written in one go, vacuumed and its indexes built
anew: no dead rows, pages 90 % full. Where rows are changed one by one, pages of random keys are some 70 % full.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import own
from bench.shape import Connection, read
from bench.site import Site, one

ROOM = own.MOST_COPIES * own.STRIDE
"""Ids below this are rows of lives; the bench's own calendars and new rows lie above."""
_SIZES = """
SELECT pg_relation_size(oid), coalesce(pg_total_relation_size(nullif(reltoastrelid, 0)), 0)
FROM pg_class WHERE oid = %s::text::regclass
"""
_INDEXES = """
SELECT indexrelid::regclass::text, pg_relation_size(indexrelid) FROM pg_index WHERE indrelid = %s::text::regclass
ORDER BY 2 DESC, 1
"""


@dataclass(frozen=True, slots=True)
class Weight:
    """One table's part of a contact; all figures are for one contact, sizes in bytes."""

    table: str
    rows: float
    row: float
    """Bytes of one row as it is stored, without its place on the page."""
    heap: float
    toast: float
    indexes: dict[str, float]

    @property
    def whole(self) -> float:
        """Everything that the table and its indexes take."""
        return self.heap + self.toast + sum(self.indexes.values())

    @property
    def told(self) -> str:
        """The account in a few words."""
        return f"{self.rows:.2f} rows of {self.row:.0f} B, indexes {sum(self.indexes.values()):.0f} B"


def weigh(connection: Connection) -> list[Weight]:
    """Return the tables of a life, the heaviest first."""
    contacts = int(one(connection, "SELECT count(*) FROM contacts_contact WHERE id < %s", ROOM))
    found = [_weight(connection, table, max(1, contacts)) for table in read(connection).tables]
    return sorted(found, key=lambda weight: -weight.whole)


def _weight(connection: Connection, table: str, contacts: int) -> Weight:
    counted = connection.execute(
        f"SELECT count(*), count(*) FILTER (WHERE id < %s), avg(pg_column_size(s.*)) FILTER (WHERE id < %s)"
        f" FROM {table} s",
        [ROOM, ROOM],
    ).fetchone()
    sizes = connection.execute(_SIZES, [table]).fetchone()
    assert counted is not None
    assert sizes is not None
    rows, lives, size = counted
    # What is not of a life lies in the same files: it takes its share.
    share = lives / max(1, rows) / contacts
    indexes = {str(name): int(taken) * share for name, taken in connection.execute(_INDEXES, [table]).fetchall()}
    return Weight(table, lives / contacts, float(size or 0), sizes[0] * share, sizes[1] * share, indexes)


def lines(weights: Sequence[Weight]) -> list[str]:
    """Return the account as Markdown: tables that take at least a byte a contact, then the indexes that take most."""
    found = ["| table | B a contact | rows | B a row | rows, B | indexes, B |", "|---|--:|--:|--:|--:|--:|"]
    for weight in weights:
        if weight.whole >= 1:
            held = sum(weight.indexes.values())
            found.append(
                f"| {weight.table} | {weight.whole:.0f} | {weight.rows:.2f} | {weight.row:.0f} | "
                f"{weight.heap + weight.toast:.0f} | {held:.0f} |"
            )
    whole, held = sum(w.whole for w in weights), sum(sum(w.indexes.values()) for w in weights)
    found.append(f"| all | {whole:.0f} | {sum(w.rows for w in weights):.2f} | | {whole - held:.0f} | {held:.0f} |")
    each = sorted(((size, name) for w in weights for name, size in w.indexes.items()), reverse=True)
    return [*found, "", ", ".join(f"`{name}` {size:.0f}" for size, name in each if size >= 20)]


def main(folder: str) -> int:
    """Print the account of a bench that was kept; returns the exit status."""
    site = Site(Path(folder))
    with site.cluster.using(), site.connect() as connection:
        print("\n".join(lines(weigh(connection))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
