"""`polku worker`: durable jobs from the queue, and the steady work that must be done every second or so."""

import logging
import threading
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec

from django.conf import settings
from django.core.management import call_command
from django.db import connection

log = logging.getLogger("polku.worker")

Tick = tuple[float, Callable[[], object]]


def work() -> int:
    """Work until stopped: each app's steady work in a thread of its own, queued jobs in the main thread."""
    stop = threading.Event()
    threads = [
        threading.Thread(target=_steadily, args=(seconds, do, stop), name=do.__qualname__, daemon=True)
        for seconds, do in _ticks()
    ]
    for thread in threads:
        thread.start()
    try:
        call_command("procrastinate", "worker", concurrency=4)
    finally:
        stop.set()
        for thread in threads:
            thread.join(timeout=5)
    return 0


def _ticks() -> Iterator[Tick]:
    """Return what the apps want done steadily: `TICKS` in their jobs.py, pairs of seconds and function."""
    for app in settings.POLKU_APPS:
        if find_spec(f"{app}.jobs"):
            yield from getattr(import_module(f"{app}.jobs"), "TICKS", ())


def _steadily(seconds: float, do: Callable[[], object], stop: threading.Event) -> None:
    """Do it again and again; a failure is told and tried again, a lost database too."""
    while not stop.is_set():
        try:
            do()
        except Exception:
            log.exception("steady work failed: %s", do.__qualname__)
            stop.wait(min(10 * seconds, 30.0))
        finally:
            connection.close()
        stop.wait(seconds)
