"""Migrations beside a working installation: they wait for moments only, and what met somebody's locks is run again."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import OperationalError, connection
from psycopg.errors import DeadlockDetected, LockNotAvailable

from polku.site import migrating
from polku.site.cluster import SUPERUSER, Cluster
from tests import migrated
from tests.fire.machines import POLKU, environment

pytestmark = pytest.mark.django_db


def failing(times: int, cause: type[Exception]) -> tuple[list[str], object]:
    """Return the lock_timeout of each try, and what is run: it fails so many times."""
    tries: list[str] = []

    def run() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('lock_timeout')")
            tries.append(cursor.fetchone()[0])
        if len(tries) <= times:
            raise OperationalError("in use") from cause("in use")

    return tries, run


@pytest.mark.parametrize("cause", [DeadlockDetected, LockNotAvailable])
def test_run_again_what_met_the_locks_of_others(cause: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrating, "PAUSE", 0.0)
    tries, run = failing(3, cause)
    migrating._beside_others(run)  # type: ignore[arg-type]
    assert tries == ["3s"] * 4
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout')")
        assert cursor.fetchone() == ("0",)


def test_give_up_at_last_and_at_once_for_another_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrating, "PAUSE", 0.0)
    tries, run = failing(10_000, LockNotAvailable)
    with pytest.raises(OperationalError):
        migrating._beside_others(run)  # type: ignore[arg-type]
    assert len(tries) == migrating.TRIES
    tries, run = failing(10_000, RuntimeError)
    with pytest.raises(OperationalError):
        migrating._beside_others(run)  # type: ignore[arg-type]
    assert len(tries) == 1


# --- A build that was cut ---------------------------------------------------------------------------------------

# Migrations that build indexes beside others, and what each of them builds.
BUILT = {
    ("outbox", "0003_unique"): ["message_key", "message_instead_of"],
    ("appointments", "0006_unique"): ["appointment_replaces"],
}
INDEXES = [name for names in BUILT.values() for name in names]
SEEN = """
SELECT c.relname, c.oid::bigint, i.indisvalid, pg_get_indexdef(c.oid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE c.relname = ANY(%s) ORDER BY 1
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Cluster]:
    """A database of its own, migrated."""
    migrated.lay_out(tmp_path / "postgres")
    with migrated.cluster(tmp_path / "postgres").using() as cluster:
        migrate(tmp_path)
        yield cluster


def migrate(var: Path) -> None:
    done = subprocess.run(
        [*POLKU, "migrate"], env=environment(POLKU_VAR=str(var)), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_build_anew_what_a_cut_build_has_left(server: Cluster, tmp_path: Path) -> None:
    with server.connect(user=SUPERUSER) as admin:
        before = admin.execute(SEEN, [INDEXES]).fetchall()
        assert [(name, valid) for name, _oid, valid, _how in before] == [(name, True) for name in sorted(INDEXES)]
        # As a build leaves it that was cut: the index is there, nobody uses it, and its migration is not told as done.
        admin.execute(
            "UPDATE pg_index SET indisvalid = false FROM pg_class c WHERE c.oid = indexrelid AND c.relname = ANY(%s)",
            [INDEXES],
        )
        for app, name in BUILT:
            admin.execute("DELETE FROM django_migrations WHERE app = %s AND name = %s", [app, name])
    migrate(tmp_path)
    with server.connect(user=SUPERUSER) as admin:
        after = admin.execute(SEEN, [INDEXES]).fetchall()
    assert [(name, True, how) for name, _oid, _valid, how in before] == [
        (name, valid, how) for name, _oid, valid, how in after
    ]
    assert not {oid for _name, oid, _valid, _how in before} & {oid for _name, oid, _valid, _how in after}
    # A second time there is nothing to do, and what is whole stays.
    migrate(tmp_path)
    with server.connect(user=SUPERUSER) as admin:
        assert admin.execute(SEEN, [INDEXES]).fetchall() == after
