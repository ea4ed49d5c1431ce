"""A whole site in a folder of its own, as `polku run` keeps it up, and the hand that kills parts of it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import psycopg

from polku.site.cluster import Cluster
from tests.fire.machines import POLKU, environment, free_port

ROOT = Path(__file__).resolve().parents[2]
WEB, WEB_PROCESS, WORKER = "web server", "web process", "worker"
DATABASE, DATABASE_PROCESS = "database", "database process"
PATIENCE = 240.0
"""Seconds after which what was waited for is taken not to come: long, for a busy machine is not a broken one."""


class Site:
    """Database, web server of two processes and worker below one supervisor; with the durable settings of a county."""

    def __init__(self, var: Path, **variables: str) -> None:
        self.var = var
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.cluster = Cluster(home=var / "postgres")
        # Invented lives would only take time from what is tested, and stand among what the writers made.
        own = {"POLKU_VAR": str(var), "PYTHONPATH": str(ROOT), "POLKU_DEMO_CONTACTS": "0"}
        self.env = environment(**{**own, **variables})
        self.log = var / "run.log"
        self.process: subprocess.Popen[bytes] | None = None

    def say(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of `polku`."""
        return subprocess.run([*POLKU, *arguments], env=self.env, capture_output=True, text=True, check=False)

    def module(self, name: str, *arguments: str) -> str:
        """Run a module of these tests in the site's environment; gives what it printed."""
        command = [sys.executable, "-m", f"tests.fire.{name}", *arguments]
        done = subprocess.run(command, env=self.env, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self) -> None:
        """Start the supervisor and wait until everything is up."""
        command = [*POLKU, "run", "--port", str(self.port)]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                command, env=self.env, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self.wait(self.answers, "a first page")
        self.wait(lambda: bool(self.processes(WORKER)), "a worker")

    def answers(self) -> bool:
        """Whether a page is given."""
        try:
            return httpx.get(f"{self.address}/api/v1/openapi.json", timeout=30, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def wait(self, true: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
        """Wait until it is true. Raises AssertionError with the end of the log."""
        end = time.monotonic() + seconds
        while not true():
            assert self.process is None or self.process.poll() is None, f"it has ended: {self.said()}"
            assert time.monotonic() < end, f"no {what}: {self.said()}"
            time.sleep(0.1)

    def said(self) -> str:
        """Return the ends of both logs, without the pool's many words about a database that is down."""
        own = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        own = [
            line for line in own if "psycopg.pool" not in line and "accepting connections on that socket" not in line
        ]
        database = self.cluster.log.read_text(errors="replace").splitlines() if self.cluster.log.exists() else []
        return "\n".join([*own[-60:], "--- the database says ---", *database[-10:]])

    def processes(self, kind: str) -> list[int]:
        """Return the running processes of a kind."""
        if kind == DATABASE:
            found = self.cluster.pid()
            return [] if found is None else [found]
        if kind == DATABASE_PROCESS:
            return [pid for parent in self.processes(DATABASE) for pid in below(parent)]
        if kind == WEB_PROCESS:
            return [pid for parent in self.processes(WEB) for pid in below(parent)]
        assert self.process is not None
        return below(self.process.pid, {WEB: "granian", WORKER: "\0worker\0"}[kind])

    def kill(self, kind: str, chance: random.Random, patience: float = PATIENCE) -> float:
        """Kill one process of a kind with SIGKILL; waits for one if there is none just now. Returns when it was."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            assert self.process is not None
            assert self.process.poll() is None, f"it has ended: {self.said()}"
            for pid in chance.sample(found := self.processes(kind), len(found)):
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue
                return time.monotonic()
            time.sleep(0.01)
        raise AssertionError(f"no {kind} to kill in {patience:g} s: {self.said()}")

    def query(self, statement: str) -> list[tuple[object, ...]]:
        """Ask the database as its owner; nothing while it is down."""
        try:
            with self.cluster.connect() as session:
                done = session.execute(statement)  # type: ignore[arg-type]
                return done.fetchall() if done.description else []
        except psycopg.OperationalError:
            return []

    def stop(self) -> int:
        """Stop it as Ctrl-C does; returns the exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def left(self) -> dict[int, str]:
        """Return what of this site still runs: the command of each process."""
        mark = f"POLKU_VAR={self.var}".encode()
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (folder / "environ").read_bytes().split(b"\0"):
                    found[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ")
            except OSError:
                continue
        return found

    def end(self) -> None:
        """Leave nothing running, whatever has happened."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(40)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for pid in self.left():
            os.kill(pid, signal.SIGKILL)
        self.cluster.stop()


def below(parent: int, word: str = "") -> list[int]:
    """Return the living children of a process whose command has a word in it."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            above = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            command = (folder / "cmdline").read_text()
        except OSError:
            continue
        # What has ended and was not yet waited for has no command any more.
        if above == parent and command and word in command:
            found.append(int(folder.name))
    return found
