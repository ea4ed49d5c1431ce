"""Fixtures for every test: an embedded PostgreSQL of its own, made by the real migrations, and a real browser."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

# Before Django reads its settings (which is why pyproject.toml does not name them): never a configured database.
os.environ.pop("DATABASE_URL", None)
os.environ["POLKU_VAR"] = tempfile.mkdtemp(prefix="polku-tests-")
os.environ["POLKU_POOL"] = "0"
os.environ["DJANGO_SETTINGS_MODULE"] = "polku.site.settings"
# Playwright's own loop runs in this thread, which Django would take for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
atexit.register(shutil.rmtree, os.environ["POLKU_VAR"], ignore_errors=True)


def pytest_configure() -> None:
    """Load Django here: pytest-django's own loading comes before this file."""
    import django

    django.setup()


@pytest.fixture(scope="session")
def cluster() -> Iterator[object]:
    """One PostgreSQL server for the run; it need not survive anything."""
    from polku.site.cluster import FLEETING, Cluster

    server = Cluster(
        home=Path(os.environ["POLKU_VAR"]) / "postgres", options=tuple(FLEETING.items()), die_with_parent=True
    )
    with server.using():
        yield server


@pytest.fixture(scope="session")
def django_db_setup(cluster: object, django_db_blocker: object) -> Iterator[None]:
    """The database as `polku migrate` makes it: roles, extensions, every migration, run by the owner."""
    from polku.site.migrating import migrate

    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        migrate(verbosity=0)
        yield
        from django.db import connections

        connections.close_all()
