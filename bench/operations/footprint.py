"""(i) Cold start, the memory of a web process, bytes in the database for a contact and for a row of the log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bench.measuring import Measured
from bench.operations.ground import Ground
from bench.shape import read
from bench.site import one

_SIZES = """
SELECT relname, pg_total_relation_size(oid) FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname = ANY (%s) ORDER BY 2 DESC
"""
_AUDIT = "SELECT coalesce(sum(pg_total_relation_size(relid)), 0) FROM pg_partition_tree('audit_event') WHERE isleaf"


def run(ground: Ground) -> Iterator[Measured]:
    """Measure what the site takes up."""
    site = ground.site
    yield Measured("cold start to the first page", value=site.cold_start, unit="s")
    used = [_memory(pid) for pid in site.web_processes()]
    yield Measured("memory of a web process", value=max(used, default=0) / 1e6, unit="MB")
    with site.connect() as connection:
        contacts = one(connection, "SELECT count(*) FROM contacts_contact")
        tables = connection.execute(_SIZES, [list(read(connection).tables)]).fetchall()
        whole = sum(size for _name, size in tables)
        yield Measured("database, bytes a contact (without the log)", value=whole / contacts, unit="B")
        for name, size in tables:
            if size / whole > 0.04:
                yield Measured(f"  of which {name}", value=size / contacts, unit="B")
        events = one(connection, "SELECT count(*) FROM audit_event")
        yield Measured("log, bytes a row", value=float(one(connection, _AUDIT)) / max(1, events), unit="B")


def _memory(pid: int) -> int:
    """Return what a process has of its own and its share of what it shares, in bytes."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0
