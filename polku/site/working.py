"""`polku worker`: queued jobs, and the steady work that must be done every second or so.

Two kinds of work, each where it is strongest (docs/adr, "Steady work and queued jobs"):

- Steady work asks the database again and again what is due: `TICKS` in an app's jobs.py, pairs of seconds and a
  function without arguments. Each runs in a thread of its own. Nothing is lost when it stops, since the question is
  asked anew; several workers may ask at once.
- A queued job is a row that was written in somebody's transaction (procrastinate), with ids as its only arguments. It
  wakes the worker at once and may run twice.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec

from django.conf import settings
from django.db import close_old_connections, connections
from procrastinate.contrib.django import app

from polku.audit import origin
from polku.site.database import SERVING_ROLE

log = logging.getLogger("polku.worker")

Tick = tuple[float, Callable[[], object]]
SIGNALS = (signal.SIGTERM, signal.SIGINT)
CONCURRENCY = 4
PAUSE_AFTER_FAILURE = 2.0
STOP_SECONDS = 10.0
STOP_SEEN_SECONDS = 0.1


def work() -> int:
    """Work until SIGTERM or SIGINT: steady work in threads, queued jobs in the main thread."""
    # All that the worker does is done by the role that serves; it is set on each connection as it opens.
    connections.settings["default"]["OPTIONS"]["assume_role"] = SERVING_ROLE
    stop = threading.Event()
    threads = [
        threading.Thread(target=steadily, args=(seconds, do, stop), name=do.__qualname__, daemon=True)
        for seconds, do in _ticks()
    ]
    for number in SIGNALS:
        signal.signal(number, lambda *_: stop.set())
    for thread in threads:
        thread.start()
    try:
        while not stop.is_set():
            try:
                asyncio.run(_serve_queue(stop))
            except Exception:
                log.exception("the queue failed")
            # Without a signal it has lost the database: it starts anew until that is back.
            stop.wait(PAUSE_AFTER_FAILURE)
    finally:
        stop.set()
        _join(threads)
    return 0


async def _serve_queue(stop: threading.Event) -> None:
    """Take queued jobs until a signal comes, or until the queue itself ends because it lost the database."""
    connector = app.connector.get_worker_connector()  # type: ignore[attr-defined]
    with app.replace_connector(connector) as queue:
        async with queue.open_async():
            serving = asyncio.create_task(
                queue.run_worker_async(
                    concurrency=CONCURRENCY,
                    delete_jobs="successful",
                    shutdown_graceful_timeout=STOP_SECONDS,
                    install_signal_handlers=False,
                )
            )

            # Not by the loop's own signal handlers: it takes them with it when it ends, and a signal then would kill.
            watching = asyncio.create_task(_until(stop))
            await asyncio.wait({serving, watching}, return_when=asyncio.FIRST_COMPLETED)
            watching.cancel()
            if stop.is_set():
                # It takes this as the request to finish what it has in hand.
                serving.cancel()
            with suppress(asyncio.CancelledError):
                await serving


async def _until(stop: threading.Event) -> None:
    """Return when it is time to stop."""
    while not stop.is_set():  # noqa: ASYNC110 - set by signals and threads, which an event of the loop does not allow
        await asyncio.sleep(STOP_SEEN_SECONDS)


def _join(threads: Iterable[threading.Thread]) -> None:
    end = time.monotonic() + STOP_SECONDS
    for thread in threads:
        thread.join(timeout=max(0.0, end - time.monotonic()))


def _ticks() -> Iterator[Tick]:
    """Return the steady work of the site and of every app."""
    for package in ("polku.site", *settings.POLKU_APPS):
        if find_spec(f"{package}.jobs"):
            yield from getattr(import_module(f"{package}.jobs"), "TICKS", ())


def steadily(seconds: float, do: Callable[[], object], stop: threading.Event) -> None:
    """Do it again and again until `stop`; a failure is told and tried again, a lost database too."""
    while not stop.is_set():
        pause = seconds
        try:
            with origin.set_to(origin.Origin(path=f"{do.__module__.removeprefix('polku.')}.{do.__qualname__}")):
                do()
        except Exception:
            log.exception("steady work failed", extra={"work": do.__qualname__})
            pause = min(10 * seconds, 30.0)
        finally:
            close_old_connections()
        stop.wait(pause)
    connections.close_all()
