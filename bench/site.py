"""The bench's own site in a folder of its own: database, web server, people who look at pages, a machine."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import psycopg

from bench.shape import Connection
from polku.site.cluster import SUPERUSER, Cluster

POLKU = (sys.executable, "-m", "polku.site.cli")
START_SECONDS = 120
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Site:
    """One embedded cluster with the settings of a county, and `polku serve` on it with a pool."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.cluster = Cluster(home=var / "postgres", options=(("shared_buffers", "2GB"), ("random_page_cost", "1.1")))
        self.env = {**os.environ, "POLKU_VAR": str(var), "POLKU_DEMO_CONTACTS": "0"}
        self.env.pop("POLKU_POOL", None)
        self.address = ""
        self.process: subprocess.Popen[bytes] | None = None
        self.cold_start = 0.0

    def connect(self) -> Connection:
        """Open a connection of the owner that commits each statement: the floor's."""
        return self.cluster.connect()

    def admin(self) -> Connection:
        """Open a connection of a superuser, for copying only."""
        return self.cluster.connect(user=SUPERUSER)

    def polku(self, *arguments: str) -> None:
        """Run a command of `polku`. Raises CalledProcessError."""
        subprocess.run([*POLKU, *arguments], env=self.env, check=True)

    @contextmanager
    def serving(self, *, workers: int = 2) -> Iterator[None]:
        """Have the web server running; `cold_start` is the time to its first page."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        began = time.monotonic()
        with open(self.var / "serve.log", "ab") as log:
            command = [*POLKU, "serve", "--port", str(port), "--workers", str(workers)]
            self.process = subprocess.Popen(command, env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            while not self._answers():
                assert self.process.poll() is None, f"the web server has ended; see {self.var / 'serve.log'}"
                assert time.monotonic() - began < START_SECONDS, "the web server does not answer"
                time.sleep(0.01)
            self.cold_start = time.monotonic() - began
            yield
        finally:
            self.process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(30)
            self.process.kill()

    def _answers(self) -> bool:
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.address}/demo/", timeout=10, trust_env=False).status_code == 200
        return False

    def web_processes(self) -> list[int]:
        """Return the processes that answer: those without children of their own below the server."""
        assert self.process is not None
        above = _parents()
        below = {self.process.pid}
        while more := {pid for pid, parent in above.items() if parent in below and pid not in below}:
            below |= more
        names = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in below - {self.process.pid}}
        leaves = {pid for pid in names if pid not in above.values()}
        return sorted(pid for pid in leaves if b"spawn_main" in names[pid] or b"granian" in names[pid])

    def person(self, username: str) -> Browser:
        """Sign in as an invented worker."""
        return Browser(self.address, username)

    def machine(self, key: str) -> httpx.Client:
        """Return a machine with a key to the API."""
        return httpx.Client(
            base_url=f"{self.address}/api/v1", headers={"Authorization": f"Bearer {key}"}, timeout=60, trust_env=False
        )


class Browser:
    """A person's session: pages, and forms with their token."""

    def __init__(self, address: str, username: str) -> None:
        self.client = httpx.Client(base_url=address, timeout=120, trust_env=False, headers={"Accept-Language": "fi"})
        page = self.client.get("/demo/")
        self.post("/demo/enter/", {"username": username}, token=_token(page.text))

    def get(self, path: str) -> httpx.Response:
        """Open a page. Raises AssertionError when it is not one."""
        answer = self.client.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return answer

    def post(self, path: str, fields: dict[str, str], *, token: str) -> httpx.Response:
        """Send a form. Raises AssertionError when it is refused."""
        answer = self.client.post(path, data={**fields, "csrfmiddlewaretoken": token})
        assert answer.status_code < 400, f"{path}: {answer.status_code}"
        return answer

    def token(self, path: str) -> str:
        """Return the token of the forms on a page."""
        return _token(self.get(path).text)


def _token(page: str) -> str:
    found = _TOKEN.search(page)
    assert found, "a page without a form"
    return found.group(1)


def _parents() -> dict[int, int]:
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            found[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    return found


def one(connection: Connection, statement: str, *values: Any) -> Any:
    """Return the first value of the first row."""
    row = connection.execute(statement, values or None).fetchone()
    return row[0] if row else None


def deadlocks(connection: psycopg.Connection[Any]) -> int:
    """Return how many deadlocks the database has broken."""
    return int(one(connection, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))
