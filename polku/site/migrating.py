"""Bring a database to this version: what must be there before the tables, then the migrations."""

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from polku.kit import clock
from polku.site.database import DatabaseNotReady, prepare_roles


def migrate(verbosity: int = 1) -> None:
    """Make roles and extensions, then run every migration. Repeatable.

    Raises DatabaseNotReady where only the database's administrator can help.
    """
    with connection.cursor():
        assert connection.connection is not None
        prepare_roles(connection.connection)
    call_command("migrate", verbosity=verbosity, interactive=False)
    # Counts of failed sign-ins, shared by the web processes.
    call_command("createcachetable", verbosity=0)


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
