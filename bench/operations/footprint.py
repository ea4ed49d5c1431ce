"""(i) Cold start, the memory of a web process, bytes in the database for a contact and for a row of the log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from bench.account import weigh
from bench.measuring import Measured
from bench.operations.ground import Ground
from bench.site import Site, one

LOG_ROWS = 10_000
MONTHS_AHEAD = 2
_AT_ONCE = 500
_PART = "SELECT 'audit_event_' || to_char(%s::timestamptz AT TIME ZONE 'UTC', 'YYYY_MM')"


def run(ground: Ground) -> Iterator[Measured]:
    """Measure what the site takes up."""
    site = ground.site
    yield Measured("cold start to the first page", value=site.cold_start, unit="s")
    used = [_memory(pid) for pid in site.web_processes()]
    yield Measured("memory of a web process", value=max(used, default=0) / 1e6, unit="MB")
    with site.connect() as connection:
        weights = weigh(connection)
    whole = sum(weight.whole for weight in weights)
    held = sum(sum(weight.indexes.values()) for weight in weights)
    note = f"rows {whole - held:.0f} B, indexes {held:.0f} B"
    yield Measured("database, bytes a contact (without the log)", value=whole, unit="B", note=note)
    for weight in weights:
        if weight.whole / whole > 0.04:
            yield Measured(f"  of which {weight.table}", value=weight.whole, unit="B", note=weight.told)
    part = _log(site)
    with site.connect() as connection:
        for name, sized in (
            ("log, bytes a row with its indexes", "pg_total_relation_size"),
            ("  without", "pg_table_size"),
        ):
            figure = one(connection, f"SELECT {sized}('{part}')::float / greatest(count(*), 1) FROM {part}")
            yield Measured(name, value=figure, unit="B", note="a full month, as pages write it")


def _log(site: Site) -> str:
    """Write what the lives have left in the log once more, as pages write it, into a month of its own.

    A month of the lives themselves has too few rows to tell: half of it would be the files' first pages. Returns the
    month's table.
    """
    from django.db import transaction

    from polku.access.models import Actor
    from polku.audit import actions, origin
    from polku.audit.models import Event
    from polku.kit import clock, public_id

    rows = list(Event.objects.filter(actor_id__isnull=False).order_by("id")[:LOG_ROWS])
    actors = Actor.objects.in_bulk({row.actor_id for row in rows if row.actor_id})
    at = begins = (clock.now().replace(day=1) + timedelta(days=31 * MONTHS_AHEAD)).replace(day=2)
    for first in range(0, LOG_ROWS, _AT_ONCE):
        with transaction.atomic():
            for number in range(first, first + _AT_ONCE):
                row, at = rows[number % len(rows)], at + timedelta(seconds=20)
                page = origin.Origin("contacts:read", public_id.new(), "guidance", "Länsi-Uusimaa", row.unit)
                with origin.set_to(page):
                    actions.write(
                        kind=row.kind, by=actors.get(row.actor_id or 0), at=at, what=row.what, subject=row.subject,
                        clients=row.clients, purpose=row.purpose, details=row.facts, record_class=row.record_class,
                    )  # fmt: skip
    with site.admin() as admin:
        part = str(one(admin, _PART, begins))
        admin.execute(f"VACUUM ANALYZE {part}")
    return part


def _memory(pid: int) -> int:
    """Return what a process has of its own and its share of what it shares, in bytes."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0
