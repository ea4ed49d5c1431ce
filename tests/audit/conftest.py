"""Somebody who does things, and the clock of the log's tests."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from polku.audit import seals
from polku.site.cluster import OWNER, SUPERUSER


@dataclass(frozen=True)
class Worker:
    """An actor as the log sees one."""

    id: int = 7
    public_id: str = "w0rker0000000007"
    name: str = "Aino Åkerlund"
    kind: str = "staff"


@pytest.fixture
def worker() -> Worker:
    """A staff member."""
    return Worker()


@pytest.fixture
def at() -> datetime:
    """A moment of an ordinary working day."""
    return datetime(2026, 11, 20, 9, 15, 30, 123456, tzinfo=UTC)


@pytest.fixture(autouse=True)
def anchor_file(tmp_path: Any, settings: Any) -> Any:
    """Anchors go to a file of the test's own."""
    settings.AUDIT_ANCHOR = str(tmp_path / "anchors.jsonl")
    return tmp_path / "anchors.jsonl"


@pytest.fixture
def sealed(at: datetime) -> Any:
    """Seals and anchors what there is when called."""

    def make(moment: datetime | None = None) -> None:
        seals.seal_all(at=moment or at)
        seals.anchor(at=moment or at, now=True)

    return make


@pytest.fixture
def past_all_guards(cluster: Any, db: Any) -> Iterator[None]:
    """The connection of the test as a superuser's, with triggers and foreign keys off: the strongest forger."""
    with cluster.connect(user=SUPERUSER) as admin:
        admin.execute(f"ALTER ROLE {OWNER} SUPERUSER")
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL session_replication_role = replica")
            yield
        finally:
            admin.execute(f"ALTER ROLE {OWNER} NOSUPERUSER")
