"""Machines that use the API over real connections, the county they book in, and a server of several processes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import httpx

POLKU = (sys.executable, "-m", "polku.site.cli")
PROBLEM = "application/problem+json"
RECEIVING_UNIT = "aikuisneuvonta"
SCOPES = ("contacts:write", "appointments:read", "appointments:write")
# A time of this kind takes 45 minutes, and 15 more to write down what was agreed.
TAKES = timedelta(minutes=60)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(env: dict[str, str], log: Path, *, workers: int = 2, folder: Path | None = None) -> Iterator[str]:
    """A running `polku serve` with so many web processes, started in a folder; gives its address."""
    port = free_port()
    command = [*POLKU, "serve", "--port", str(port), "--workers", str(workers)]
    with open(log, "wb") as file:
        process = subprocess.Popen(command, env=env, cwd=folder, stdin=subprocess.DEVNULL, stdout=file, stderr=file)
    address = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + 240
        while not _up(address):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.1)
        yield address
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0, log.read_text()
    finally:
        process.kill()
        process.wait()


def _up(address: str) -> bool:
    try:
        return httpx.get(f"{address}/api/v1/openapi.json", timeout=10).status_code < 500
    except httpx.TransportError:
        return False


class Machine:
    """A system with a key of its own. One connection pool; threads may share it."""

    def __init__(
        self,
        address: str,
        key: str,
        *,
        connections: int = 1,
        patience: float = 60.0,
        kind: str = "talk",
        unit: str = "income-support",
    ) -> None:
        """Use the API at `address` with this key, for times of this kind in this unit."""
        self.wish = {"kind": kind, "unit": unit}
        self.client = httpx.Client(
            base_url=f"{address}/api/v1",
            headers={"Authorization": f"Bearer {key}", "Accept-Language": "en"},
            timeout=patience,
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
            trust_env=False,
        )

    def post(self, path: str, body: Any, key: str = "") -> httpx.Response:
        """Send a POST; `key` is its idempotency key."""
        return self.client.post(path, json=body, headers={"Idempotency-Key": key} if key else {})

    def form(self, external_id: str, key: str = "", **change: Any) -> httpx.Response:
        """Send a form of a person with a telephone."""
        return self.post("/contacts", a_form(external_id, **change), key or f"form-{external_id}")

    def hold(self, slot: str, key: str, **more: Any) -> httpx.Response:
        """Ask for a time."""
        return self.post("/appointments", {"slot": slot, **self.wish, **more}, key)

    def free(self, **query: Any) -> list[dict[str, Any]]:
        """Return the free times, the earliest first."""
        answer = self.client.get("/free-times", params={**self.wish, "limit": 100, **query})
        assert answer.status_code == 200, answer.text
        return list(answer.json())


def a_form(external_id: str, **change: Any) -> dict[str, Any]:
    """Return a form as a county's web page sends it."""
    return {
        "external_id": external_id,
        "received_at": (datetime.now(UTC) - timedelta(minutes=1)).isoformat(timespec="seconds"),
        "message": "Vuokra on maksamatta ja sähkölasku erääntyy.",
        "language": "fi",
        "municipality": "049",
        "preferred_way": "sms",
        "persons": [{"role": "concerned", "family_name": "Esimerkki", "phone": "0401234567"}],
        **change,
    }


def let_in(name: str, *, unit: str = RECEIVING_UNIT) -> str:
    """Let a machine in and return its key. As the owner of the database, before the server is asked anything."""
    from polku.access import actions as access
    from polku.access.models import Unit
    from polku.kit import clock

    _source, key = access.add_source(
        name=name, scopes=SCOPES, unit=Unit.objects.get(key=unit), by=None, at=clock.now(), per_minute=1_000_000
    )
    return key


def start_of(slot: str) -> datetime:
    """Return the moment at which a slot begins."""
    return datetime.strptime(slot.split(".")[0], "%Y%m%dT%H%MZ").replace(tzinfo=UTC)


def apart(free: list[dict[str, Any]], number: int) -> list[str]:
    """Choose so many of the free times, of which none takes away another."""
    chosen: list[str] = []
    taken: dict[str, list[datetime]] = {}
    for row in free:
        slot = row["slot"]
        start, workers = start_of(slot), slot.split(".")[1].split("-")
        if all(abs(start - other) >= TAKES for worker in workers for other in taken.get(worker, [])):
            chosen.append(slot)
            for worker in workers:
                taken.setdefault(worker, []).append(start)
        if len(chosen) == number:
            return chosen
    raise AssertionError(f"only {len(chosen)} times that are apart from each other, of {len(free)}")


def at_once(people: int, do: Callable[[int], Any]) -> list[Any]:
    """Run `do(number)` for everybody, all from the same moment on."""
    start = Barrier(people)

    def one(number: int) -> Any:
        start.wait(timeout=60)
        return do(number)

    with ThreadPoolExecutor(people) as pool:
        return list(pool.map(one, range(people)))


def environment(**change: str) -> dict[str, str]:
    """Return the environment of a demo in the tests' own folder or, with POLKU_VAR, in another."""
    env = {**os.environ, **change}
    for name in ("POLKU_POOL", "DJANGO_ALLOW_ASYNC_UNSAFE"):
        env.pop(name, None)
    return env
