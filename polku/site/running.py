"""`polku run`: the demo on one machine. Database, web server and worker come up together and go down together."""

import http.client
import os
import shutil
import socket
import sys
import time

from django.conf import settings
from django.core.management.base import CommandError

from polku.site import children, migrating, serving
from polku.site.database_at_hand import database

WATCH_SECONDS = 0.5
WEB_PROCESSES = 2
FIRST_PAGE_SECONDS = 60.0


def run(host: str, port: int) -> int:
    """Run the demo until Ctrl-C or SIGTERM. Raises CommandError when the port is taken or a real database is set."""
    os.environ.setdefault("BASE_URL", f"http://{host}:{port}")
    if not settings.DEMO:
        raise CommandError("this is the demo, but DATABASE_URL is set; use polku migrate, serve and worker.")
    _refuse_taken(host, port)
    with children.stopped_by_signals():
        try:
            with database():
                migrating.migrate_if_needed()
                lives = _people()
                _together(host, port, lives=lives)
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


def _people() -> bool:
    """Make the invented workers, so that somebody can sign in at once; tell whether lives are still to be made."""
    from polku.demo import command
    from polku.site.context import working

    return command.register(working=working)


def _together(host: str, port: int, *, lives: bool) -> None:
    """Run web server and worker, and what makes the lives meanwhile; start again what is killed, the database too.

    Ends by KeyboardInterrupt.
    """
    group: list[children.Child] = []
    serving.collect_static()
    pool = {"POLKU_POOL": serving.CONNECTIONS_PER_PROCESS}
    try:
        group.append(children.Child("web server", serving.granian(host, port, WEB_PROCESSES), pool))
        # The first page first: the worker would take a core from it.
        _wait_for_first_page(host, port, group)
        group.append(children.Child("worker", [sys.executable, "-m", "polku.site.cli", "worker"], {}))
        shown = f"[{host}]" if ":" in host else host
        print(f"\n  Polku is running. Open http://{shown}:{port}/ in a browser. Ctrl-C stops it.\n", flush=True)
        while True:
            time.sleep(WATCH_SECONDS)
            _watch(group)
    except children.ChildFailed as error:
        raise CommandError(str(error)) from None
    finally:
        children.stop(group)


def _watch(group: list[children.Child]) -> None:
    if settings.CLUSTER.pid() is None:
        settings.CLUSTER.start()
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
        shutil.rmtree(cluster.place, ignore_errors=True)
    print("The demo's data is gone; `make run` makes it anew.")
    return 0
