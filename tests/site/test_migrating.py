"""Migrations beside a working installation: they wait for moments only, and what met somebody's locks is run again."""

import pytest
from django.db import OperationalError, connection
from psycopg.errors import DeadlockDetected, LockNotAvailable

from polku.site import migrating

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
