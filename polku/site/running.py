"""`polku run`: the demo on one machine. Database, web server and worker come up together and go down together."""

import hashlib
import http.client
import os
import shutil
import socket
import sys
import time
from pathlib import Path

import django
import psycopg
from django.conf import settings
from django.core.management.base import CommandError

from polku.site import children, migrating, serving
from polku.site.cluster import ClusterError
from polku.site.database_at_hand import database

WATCH_SECONDS = 0.5
WEB_PROCESSES = 2
# A web server that cannot start ends and is told at once; this is for a slow machine.
FIRST_PAGE_SECONDS = 180.0
POLKU = (sys.executable, "-m", "polku.site.cli")
PACKAGE = Path(__file__).resolve().parents[1]
PACKAGES = Path(django.__file__).parents[1]


def run(host: str, port: int) -> int:
    """Run the demo until Ctrl-C or SIGTERM. Raises CommandError when the port is taken or a real database is set."""
    os.environ.setdefault("BASE_URL", f"http://{host}:{port}")
    if not settings.DEMO:
        raise CommandError("this is the demo, but DATABASE_URL is set; use polku migrate, serve and worker.")
    _refuse_taken(host, port)
    with children.stopped_by_signals():
        try:
            with settings.CLUSTER.using():
                _together(host, port)
        except KeyboardInterrupt:
            print("Polku has stopped. The data is kept; `make run` goes on from here.", flush=True)
    return 0


def _refuse_taken(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(f"port {port} is not free ({error.strerror}); try `make run PORT={port + 1}`.") from None


def _together(host: str, port: int) -> None:
    """Run web server and worker, and what makes the lives meanwhile; start again what is killed, the database too.

    Ends by KeyboardInterrupt.
    """
    group: list[children.Child] = []
    try:
        # The first page first: where nothing has changed since the last start, everything else can wait for it.
        lives = None if _is_ready() else _prepare()
        group.append(_web(host, port))
        if lives:
            group.append(_makers())
        _wait_for_first_page(host, port, group)
        group.append(children.Child("worker", [*POLKU, "worker"], {}))
        if lives is None and _prepare():
            group.append(_makers())
        shown = f"[{host}]" if ":" in host else host
        print(f"\n  Polku is running. Open http://{shown}:{port}/ in a browser. Ctrl-C stops it.\n", flush=True)
        while True:
            time.sleep(WATCH_SECONDS)
            _watch(group)
    except children.ChildFailed as error:
        raise CommandError(str(error)) from None
    finally:
        children.stop(group)


def _web(host: str, port: int) -> children.Child:
    environment = {"POLKU_POOL": serving.CONNECTIONS_PER_PROCESS, serving.FIGURES: serving.figures(port)}
    return children.Child("web server", serving.granian(host, port, WEB_PROCESSES), environment)


def _makers() -> children.Child:
    return children.Child("maker of lives", [*POLKU, "demo", "--fill", "--processes", "2"], {}, once=True)


def _prepare() -> bool:
    """Bring database and static files to this version and make the invented workers, so that somebody can sign in.

    Returns whether lives are still to be made.
    """
    with database():
        from polku.demo import command
        from polku.site.context import working

        migrating.migrate_if_needed()
        serving.collect_static()
        lives = command.register(working=working)
    _ready_mark().write_text(_version())
    return lives


def _is_ready() -> bool:
    """Return whether database and static files were made by exactly this code."""
    mark = _ready_mark()
    return mark.exists() and mark.read_text() == _version() and Path(settings.STATIC_ROOT).exists()


def _ready_mark() -> Path:
    return Path(settings.CLUSTER.home) / "ready"


def _version() -> str:
    """Return what changes with every changed file of Polku and every installed package."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*")):
        if "__pycache__" not in path.parts and path.is_file():
            found = path.stat()
            digest.update(f"{path}\0{found.st_mtime_ns}\0{found.st_size}\n".encode())
    digest.update("\n".join(sorted(path.name for path in PACKAGES.glob("*.dist-info"))).encode())
    return digest.hexdigest()


def _watch(group: list[children.Child]) -> None:
    if settings.CLUSTER.pid() is None:
        # Killed again while it comes up, or without room on its disk: the next look tries anew.
        try:
            settings.CLUSTER.revive()
        except psycopg.OperationalError:
            pass
        except ClusterError as error:
            print(f"{error} Trying again.", file=sys.stderr, flush=True)
    for child in group:
        child.watch()


def _wait_for_first_page(host: str, port: int, group: list[children.Child]) -> None:
    end = time.monotonic() + FIRST_PAGE_SECONDS
    while not _answers(host, port):
        if time.monotonic() > end:
            raise children.ChildFailed("The web server does not answer.")
        time.sleep(0.1)
        _watch(group)


def _answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1" if host == "0.0.0.0" else host, port, timeout=5)  # noqa: S104
    try:
        connection.request("GET", "/")
        connection.getresponse().read()
    except OSError:
        return False
    except http.client.HTTPException:
        return False
    finally:
        connection.close()
    return True


def reset() -> int:
    """Throw away the embedded database; the next `polku run` makes the demo anew."""
    if not settings.DEMO:
        raise CommandError("there is no demo to reset: DATABASE_URL is set.")
    cluster = settings.CLUSTER
    if not cluster.home.exists():
        return 0
    with cluster.alone():
        _ready_mark().unlink(missing_ok=True)
        shutil.rmtree(cluster.place, ignore_errors=True)
    print("The demo's data is gone; `make run` makes it anew.")
    return 0
