"""(i) Cold start, the memory of a web process, bytes in the database for a contact and for a row of the log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bench import own
from bench.measuring import Measured
from bench.operations.ground import Ground
from bench.shape import read
from bench.site import one

_SIZE = "SELECT pg_total_relation_size('{0}') * count(*) FILTER (WHERE id < %s) / greatest(count(*), 1) FROM {0}"
"""What the lives take of a table: the calendars of the bench are not theirs."""
_MONTH = """
SELECT relid::regclass::text FROM pg_partition_tree('audit_event') WHERE isleaf
ORDER BY pg_total_relation_size(relid) DESC LIMIT 1
"""


def run(ground: Ground) -> Iterator[Measured]:
    """Measure what the site takes up."""
    site = ground.site
    yield Measured("cold start to the first page", value=site.cold_start, unit="s")
    used = [_memory(pid) for pid in site.web_processes()]
    yield Measured("memory of a web process", value=max(used, default=0) / 1e6, unit="MB")
    with site.connect() as connection:
        room = own.MOST_COPIES * own.STRIDE
        contacts = one(connection, "SELECT count(*) FROM contacts_contact WHERE id < %s", room)
        tables = [(name, float(one(connection, _SIZE.format(name), room))) for name in read(connection).tables]
        tables.sort(key=lambda table: -table[1])
        whole = sum(size for _name, size in tables)
        yield Measured("database, bytes a contact (without the log)", value=whole / contacts, unit="B")
        for name, size in tables:
            if size / whole > 0.04:
                yield Measured(f"  of which {name}", value=size / contacts, unit="B")
        month = str(one(connection, _MONTH))
        for name, sized in (
            ("log, bytes a row with its indexes", "pg_total_relation_size"),
            ("  without", "pg_table_size"),
        ):
            figure = one(connection, f"SELECT {sized}('{month}')::float / greatest(count(*), 1) FROM {month}")
            yield Measured(name, value=figure, unit="B", note=f"largest month, {month}")


def _memory(pid: int) -> int:
    """Return what a process has of its own and its share of what it shares, in bytes."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0
