"""The web server: granian with one blocking thread in each process, static files collected before it starts."""

import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

from polku.site.children import run_until_stopped
from polku.site.database_at_hand import database

# A process has one blocking thread, which needs one connection; one more for a moment of overlap.
CONNECTIONS_PER_PROCESS = "2"
# Where the processes of one server keep their figures: prometheus_client reads it as it is imported.
FIGURES = "PROMETHEUS_MULTIPROC_DIR"


def serve(host: str, port: int, workers: int) -> int:
    """Serve until stopped. Returns the server's exit status; with a real database does not return."""
    os.environ.setdefault("POLKU_POOL", CONNECTIONS_PER_PROCESS)
    os.environ[FIGURES] = figures(port)
    command = granian(host, port, workers)
    with database():
        collect_static()
        if settings.DEMO:
            return run_until_stopped(command)
    # Not our child: signals and exit status are the service manager's.
    return os.execv(command[0], command)  # noqa: S606


def granian(host: str, port: int, workers: int) -> list[str]:
    """Return the command of the web server; its processes take POLKU_POOL connections each."""
    options = {"--interface": "wsgi", "--host": host, "--port": port, "--workers": workers, "--blocking-threads": 1}
    options |= {"--backlog": 1024, "--log-level": "warning", "--workers-kill-timeout": 10}
    given = [str(part) for pair in options.items() for part in pair]
    switches = ["--respawn-failed-workers", "--no-ws"]
    return [sys.executable, "-m", "granian", *given, *switches, "polku.site.web_process:application"]


def figures(port: int) -> str:
    """Return an empty folder for the figures of this server's processes (`polku.site.metrics`)."""
    folder = Path(settings.VAR) / f"figures-{port}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return str(folder)


def collect_static() -> None:
    """Copy static files to where they are served from, under names with their hash; nothing when none has changed."""
    root = Path(settings.STATIC_ROOT)
    mark = root / ".collected"
    now = _fingerprint()
    if mark.exists() and mark.read_text() == now:
        return
    root.mkdir(parents=True, exist_ok=True)
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    mark.write_text(now)


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for path in sorted(_sources()):
        found = os.stat(path)
        digest.update(f"{path}\0{found.st_mtime_ns}\0{found.st_size}\n".encode())
    return digest.hexdigest()


def _sources() -> Iterator[str]:
    for finder in get_finders():
        for name, storage in finder.list([]):
            yield storage.path(name)
