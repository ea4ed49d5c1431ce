"""Fixtures for every test: an embedded PostgreSQL of its own, made by the real migrations, and a real browser."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Page
    from pytest_django.live_server_helper import LiveServer

    from polku.site.cluster import Cluster

# How quick this machine happens to be decides no test; on a checking machine the same examples every time.
settings.register_profile(
    "polku", deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None, derandomize="CI" in os.environ
)
settings.load_profile("polku")

# Before Django reads its settings (which is why pyproject.toml does not name them): never a configured database.
for name in ("DATABASE_URL", "BASE_URL", "ALLOWED_HOSTS", "SECRET_KEY", "OIDC_ISSUER", "POLKU_COUNTY"):
    os.environ.pop(name, None)
os.environ["POLKU_VAR"] = tempfile.mkdtemp(prefix="polku-tests-")
os.environ["POLKU_POOL"] = "0"
os.environ["DJANGO_SETTINGS_MODULE"] = "polku.site.settings"
# Playwright's own loop runs in this thread, which Django would take for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
(Path(os.environ["POLKU_VAR"]) / "static").mkdir()
atexit.register(shutil.rmtree, os.environ["POLKU_VAR"], ignore_errors=True)

TESTS = Path(__file__).parent
# What needs whole pages, processes and a browser.
WHOLE = {"gateways", "site", "ui", "desk", "walks"}
# What runs by its own command only: `make test` names neither mark.
APART = {"bad_days": "bad_day", "ha": "ha", "looks": "looks"}
AXE = TESTS / "vendor" / "axe.min.js"
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_configure() -> None:
    """Load Django here: pytest-django's own loading comes before this file."""
    import django
    from django.conf import settings

    # The live server gives static files from where they lie, under their own names.
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    # A fast hash: the real one is made to be slow.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Counts are kept in the test's own transaction, and so end with it (test_counts.py has them as they are).
    settings.DATABASE_ROUTERS = []
    django.setup()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Whatever opens a browser or stands in one of these folders is marked so, whether its writer thought of it or not."""
    for item in items:
        folder = item.path.relative_to(TESTS).parts[0]
        if folder == "fire":
            item.add_marker(pytest.mark.alone)
        if folder in WHOLE:
            item.add_marker(pytest.mark.slow)
        if folder in APART:
            item.add_marker(getattr(pytest.mark, APART[folder]))
        if {"page", "context", "browser"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.browser)
    # Only a run that asks for such a mark by name has them.
    asked = config.option.markexpr
    apart = [
        item for item in items if any(item.get_closest_marker(mark) and mark not in asked for mark in APART.values())
    ]
    if apart:
        config.hook.pytest_deselected(items=apart)
        items[:] = [item for item in items if item not in apart]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Let each process of several read the settings after this file too, with a folder and database of its own."""
    os.environ.pop("DJANGO_SETTINGS_MODULE")


# --- Database ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def cluster() -> "Iterator[Cluster]":
    """One PostgreSQL server for the run; it need not survive anything."""
    from tests import migrated

    home = Path(os.environ["POLKU_VAR"]) / "postgres"
    migrated.lay_out(home)
    with migrated.cluster(home).using() as server:
        yield server


@pytest.fixture(scope="session")
def django_db_setup(cluster: "Cluster", django_db_blocker: Any) -> Iterator[None]:
    """The database as `polku migrate` makes it: roles, extensions, every migration, run by the owner."""
    from django.db import connections
    from django.test import TransactionTestCase

    from polku.site.migrating import migrate_if_needed
    from tests import migrated

    with django_db_blocker.unblock():
        if migrate_if_needed():
            connections.close_all()
            cluster.stop()
            migrated.keep(cluster)
            cluster.start()
    # Django's own way empties two hundred tables one by one; most are empty already.
    kept = _rows(cluster)
    ordinary = TransactionTestCase._fixture_teardown
    TransactionTestCase._fixture_teardown = lambda case: _empty_tables(cluster, kept)  # type: ignore[method-assign]
    yield
    TransactionTestCase._fixture_teardown = ordinary  # type: ignore[method-assign]
    with django_db_blocker.unblock():
        connections.close_all()


def _filled_tables(cluster: "Cluster") -> set[str]:
    """Return the tables that have rows."""
    with cluster.connect(user="postgres") as admin:
        found = admin.execute(
            "SELECT quote_ident(relname) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        ).fetchall()
        tables = [str(row[0]) for row in found]
        question = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in tables)
        return {str(row[0]) for row in admin.execute(question).fetchall()}  # type: ignore[arg-type]


def _rows(cluster: "Cluster") -> dict[str, tuple[str, list[Any]]]:
    """Return what migrations made (the county's units and settings): each filled table's key column and its keys."""
    kept: dict[str, tuple[str, list[Any]]] = {}
    with cluster.connect(user="postgres") as admin:
        for name in _filled_tables(cluster):
            key = admin.execute(
                "SELECT quote_ident(a.attname) FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid"
                " AND a.attnum = i.indkey[0] WHERE i.indrelid = %s::regclass AND i.indisprimary",
                [name],
            ).fetchone()
            if key is not None:
                rows = admin.execute(f"SELECT {key[0]}::text FROM {name}").fetchall()  # type: ignore[arg-type]
                kept[name] = (str(key[0]), [row[0] for row in rows])
    return kept


def _empty_tables(cluster: "Cluster", kept: dict[str, tuple[str, list[Any]]]) -> None:
    """Delete what a test with real transactions has written, append-only tables too; keep what migrations made."""
    from polku.audit import words

    filled = _filled_tables(cluster)
    # What this process knows by number goes with it.
    words.forget()
    with cluster.connect(user="postgres") as admin:
        # As a replica: no foreign key is checked and no trigger runs.
        admin.execute("SET session_replication_role = replica")
        admin.execute("SET lock_timeout = '10s'")
        for name in filled:
            if name in kept:
                key, rows = kept[name]
                admin.execute(f"DELETE FROM {name} WHERE NOT {key}::text = ANY(%s)", [rows])  # type: ignore[arg-type]
            else:
                admin.execute(f"DELETE FROM {name}")  # type: ignore[arg-type]


# --- Time -------------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def nothing_of_another_test() -> None:
    """Forget what this process has kept of pages' figures, and in which language it spoke last."""
    from django.core.cache import caches
    from django.utils import translation

    caches["figures"].clear()
    translation.deactivate()


@pytest.fixture
def clock() -> Iterator[Callable[[datetime], None]]:
    """Set the process's clock: `clock(moment)`; time goes on from there, and is right again after the test."""
    from polku.kit.clock import started_at

    with ExitStack() as stack:
        yield lambda moment: stack.enter_context(started_at(moment))


# --- Browser ----------------------------------------------------------------------------------------------------


def _chromium() -> str:
    for command in (os.environ.get("POLKU_CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome"):
        if command and shutil.which(command):
            return str(shutil.which(command))
    pytest.fail("No Chromium found: install the package chromium (`apt-get install chromium`).", pytrace=False)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium, quiet."""
    return {**browser_type_launch_args, "executable_path": _chromium(), "args": CHROMIUM_FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A Finn at an ordinary screen, somewhere else than the county: pages must not use the browser's time zone."""
    screen = {"width": 1280, "height": 900}
    return {**browser_context_args, "locale": "fi-FI", "timezone_id": "America/New_York", "viewport": screen}


@pytest.fixture
def site(live_server: "LiveServer", settings: Any) -> str:
    """The address of a running server; links in letters and messages begin with it."""
    settings.BASE_URL = live_server.url
    return str(live_server.url)


@pytest.fixture
def page(context: "BrowserContext") -> "Iterator[Page]":
    """A page whose scripts must not fail and whose content must not break the content security policy."""
    page = context.new_page()
    page.set_default_timeout(10_000)
    complaints: list[str] = []

    def listen(message: "ConsoleMessage") -> None:
        # A refused form answers 4xx, which the browser also writes to its console.
        if message.type == "error" and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    page.on("console", listen)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    assert not complaints, "the browser complained: " + "; ".join(complaints)


@pytest.fixture
def axe() -> "Callable[[Page], None]":
    """Check a page for accessibility by every rule of axe: `axe(page)` fails with what is wrong and where."""

    def check(page: "Page") -> None:
        if not page.evaluate("'axe' in window"):
            page.evaluate(AXE.read_text())
        # Only what is wrong leaves the browser: the whole report of a page is megabytes.
        wrong = page.evaluate(
            """async () => (await axe.run()).violations.map(
                ({ id, help, nodes }) => `${id}: ${help} at ${nodes.map(node => node.target).join(", ")}`)"""
        )
        assert not wrong, f"axe at {page.url}: " + "; ".join(wrong)

    return check
