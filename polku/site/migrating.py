"""Bring a database to this version: what must be there before the tables, then the migrations."""

import time
from collections.abc import Callable

from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from psycopg.errors import DeadlockDetected, LockNotAvailable

from polku.kit import clock
from polku.site.database import DatabaseNotReady, prepare_roles

LOCK_WAIT = "3s"
TRIES = 30
PAUSE = 1.0


def migrate(verbosity: int = 1) -> None:
    """Make roles and extensions, then run every migration. Repeatable.

    Raises DatabaseNotReady where only the database's administrator can help.
    """
    with connection.cursor():
        assert connection.connection is not None
        prepare_roles(connection.connection)
    _beside_others(lambda: call_command("migrate", verbosity=verbosity, interactive=False))
    # Counts of failed sign-ins, shared by the web processes.
    call_command("createcachetable", verbosity=0)


def _beside_others(run: Callable[[], object]) -> None:
    """Run migrations while the version of before works on. Each is one transaction: what was taken back is run again.

    A change of a table that waits for its lock makes everybody behind it wait, so it waits for moments only; and one
    that changes two tables may meet somebody who holds them the other way round. Those that build indexes beside others
    are not one transaction: what they have done stays, and each of their steps may be run again.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [LOCK_WAIT])
    try:
        for left in reversed(range(TRIES)):
            try:
                _drop_unfinished()
                run()
                return
            except OperationalError as error:
                if left == 0 or not isinstance(error.__cause__, DeadlockDetected | LockNotAvailable):
                    raise
                print(" the tables are in use; trying again.", flush=True)
                time.sleep(PAUSE)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")


# A build beside others that was cut leaves an index that is kept up and never used, and that keeps nothing unique.
_UNFINISHED = """
SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT i.indisvalid AND n.nspname = 'public' AND c.relkind = 'i'
"""


def _drop_unfinished() -> None:
    """Drop what a cut build has left, so that it is built anew."""
    with connection.cursor() as cursor:
        cursor.execute(_UNFINISHED)
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")


def load_county() -> None:
    """Read the county's file into rows; what has not changed stays as it is."""
    from polku.site import county
    from polku.site.context import working

    with working():
        county.load(county.read(settings.COUNTY), at=clock.now())


def is_behind() -> bool:
    """Return whether a migration of this version has not been run. A database of a newer version is not behind."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def require_migrated() -> None:
    """Raise DatabaseNotReady where a migration is waiting: nothing else would say what is wrong."""
    if is_behind():
        raise DatabaseNotReady("the database has not been brought to this version: run polku migrate first.")


def migrate_if_needed() -> bool:
    """Migrate where a migration is waiting and return whether one was; a second start has none and is quick."""
    waiting = is_behind()
    if waiting:
        print("Making the database ...", flush=True)
        migrate(verbosity=0)
        load_county()
    return waiting
