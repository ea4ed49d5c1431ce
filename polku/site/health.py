"""Whether this server lives, whether it can serve, and whether a worker works: for balancers and monitors.

- `live`: the process answers. Asks nothing else, so that a lost database does not have it killed.
- `ready`: the database answers and has this version's tables. Tells of the worker as well, but does not fail for it: a
  balancer would take the pages away from everybody because messages wait.
- `worker`: some worker was heard from within a minute.
"""

from __future__ import annotations

from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, JsonResponse

from polku.site.migrating import is_behind
from polku.site.network import for_watchers

SILENT_SECONDS = 60
OK, FAILING = "ok", "failing"
_SILENT_FOR = "SELECT extract(epoch FROM clock_timestamp() - max(last_heartbeat)) FROM procrastinate_workers"

# Tables do not go away under a running process: asked until they are found.
_seen: set[str] = set()


@for_watchers
def live(request: HttpRequest) -> JsonResponse:
    """Say that the process answers."""
    return _answer({"process": OK})


@for_watchers
def ready(request: HttpRequest) -> JsonResponse:
    """Say whether pages can be shown: 503 where the database or its tables are missing."""
    try:
        _ask("SELECT 1")
        told = {"database": OK, "migrations": _migrations()}
        worker = _worker() if told["migrations"] == OK else FAILING
    except (DatabaseError, InterfaceError):
        return _answer({"database": FAILING})
    return _answer(told, worker=worker)


@for_watchers
def worker(request: HttpRequest) -> JsonResponse:
    """Say whether a worker was heard from within a minute: 503 where none was."""
    try:
        return _answer({"worker": _worker()})
    except (DatabaseError, InterfaceError):
        return _answer({"database": FAILING})


def _answer(told: dict[str, str], **aside: str) -> JsonResponse:
    """Return what was found; 503 where something that counts is failing."""
    well = all(value == OK for value in told.values())
    return JsonResponse({"status": OK if well else FAILING, **told, **aside}, status=200 if well else 503)


def _migrations() -> str:
    if "migrations" not in _seen and not is_behind():
        _seen.add("migrations")
    return OK if "migrations" in _seen else FAILING


def _worker() -> str:
    silent = _ask(_SILENT_FOR)
    return OK if silent is not None and float(str(silent)) <= SILENT_SECONDS else FAILING


def _ask(question: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(question)
        row = cursor.fetchone()
    return row[0] if row else None
