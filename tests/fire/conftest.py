"""A server of two web processes on the tests' own database, for tests that come to it from outside."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.fire.machines import environment, serving

if TYPE_CHECKING:
    from polku.site.cluster import Cluster


@pytest.fixture(scope="module")
def server(cluster: "Cluster", django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of `polku serve` with two web processes; nothing in its log is a failure of ours."""
    log: Path = tmp_path_factory.mktemp("serve") / "log"
    with serving(environment(), log) as address:
        yield address
    said = log.read_text()
    assert "Traceback" not in said and "ERROR" not in said, said


@pytest.fixture
def no_deadlock(cluster: "Cluster") -> Iterator[None]:
    """The database met no deadlock, neither by its own count nor by its log."""
    begin = cluster.log.stat().st_size
    before = _deadlocks(cluster)
    yield
    with open(cluster.log, "rb") as file:
        file.seek(begin)
        said = file.read().decode(errors="replace")
    assert "deadlock" not in said, said
    assert _deadlocks(cluster) == before


def _deadlocks(cluster: "Cluster") -> object:
    with cluster.connect() as session:
        return session.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()").fetchone()
