"""`polku check`: settings and system checks, the database's version and roles, and stored values against facts."""

from importlib import import_module
from importlib.util import find_spec

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from polku.fence.guards import unguarded
from polku.site.migrating import is_behind
from polku.site.safety import unproved_database

LOWEST_VERSION = 15_00_00


def check(*, facts: bool) -> int:
    """Print what is wrong; return 1 if anything is. With `facts`, recompute every stored derived value too."""
    call_command("check", deploy=not settings.DEMO)
    wrong = _database() + (failed_jobs() if not is_behind() else [])
    if facts:
        wrong += wrong_facts()
    for sentence in wrong:
        print(f"- {sentence}")
    if not wrong:
        print("All is well.")
    return 1 if wrong else 0


def _database() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version_num')::int, current_setting('default_transaction_isolation'), "
            "rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
        )
        version, isolation, mighty = cursor.fetchone()
    wrong = []
    if version < LOWEST_VERSION:
        wrong.append(f"PostgreSQL is {version // 10000}; Polku needs 15 or newer.")
    if isolation != "read committed":
        wrong.append(f"The database's isolation is {isolation!r}; bookings are safe only under 'read committed'.")
    if elsewhere := unproved_database(connection.settings_dict):
        wrong.append(elsewhere)
    if mighty:
        wrong.append("The role in DATABASE_URL is a superuser or bypasses row security; use an ordinary one.")
    if is_behind():
        wrong.append("The database has not been brought to this version; run polku migrate.")
    return wrong + unguarded()


def failed_jobs() -> list[str]:
    """Return a sentence for each kind of queued job of which some failed for good within a day."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT j.task_name, count(DISTINCT j.id), max(e.at) FROM procrastinate_jobs j "
            "JOIN procrastinate_events e ON e.job_id = j.id AND e.type = 'failed' "
            "WHERE j.status = 'failed' AND e.at > now() - interval '1 day' GROUP BY 1 ORDER BY 1"
        )
        return [
            f"{name}: {count} queued job{'s' if count > 1 else ''} failed, last {last:%Y-%m-%d %H:%M} UTC; "
            "the worker's log says why."
            for name, count, last in cursor.fetchall()
        ]


def wrong_facts() -> list[str]:
    """Ask every app that stores a derived value: `check()` in its facts.py gives a sentence for each fault."""
    wrong: list[str] = []
    for app in settings.POLKU_APPS:
        if find_spec(f"{app}.facts"):
            wrong += import_module(f"{app}.facts").check()
    return wrong
