"""Three databases under Patroni with one etcd and an HAProxy before them, all on this machine's loopback."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import yaml

from polku.site import unprivileged
from polku.site.cluster import find_binaries
from polku.site.database import prepare_cluster
from tests.fire.machines import free_port
from tests.fire.site import PATIENCE, ROOT, below

LOOP = "127.0.0.1"
SCOPE = "polku"
# What a leader may be silent before another one takes over; the shortest that Patroni allows.
TTL, LOOK, RETRY = 20, 2, 4
SUPERUSER, REPLICATOR, PASSWORD = "postgres", "replicator", "only-on-loopback"


def program(name: str, package: str, *places: Path) -> str:
    """Return where a program is. Fails with what to install: a test that is left out proves nothing."""
    for found in (*map(str, places), shutil.which(name), f"/usr/sbin/{name}"):
        if found and Path(found).exists():
            return found
    pytest.fail(f"{name} is missing: install {package}.", pytrace=False)


def started(command: list[str], log: Path, **options: Any) -> subprocess.Popen[bytes]:
    """Start a process that writes to a log and is in a group of its own."""
    with open(log, "ab") as file:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True, **options
        )


@dataclass
class Node:
    """One machine: a Patroni and the PostgreSQL that it keeps."""

    name: str
    home: Path
    patroni: str
    etcd: int
    port: int = field(default_factory=free_port)
    rest: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        return self.home / "data"

    def configure(self) -> None:
        """Write what Patroni reads."""
        unprivileged.make_folder(self.home)
        login = {"password": PASSWORD}
        locale = [{"encoding": "UTF8"}, {"locale": "C.UTF-8"}]
        if (find_binaries() / "postgres").parent.parent.name == "pginstall":
            locale += [{"locale-provider": "builtin"}, {"builtin-locale": "C.UTF-8"}]
        configuration = {
            "scope": SCOPE,
            "name": self.name,
            "restapi": {"listen": f"{LOOP}:{self.rest}", "connect_address": f"{LOOP}:{self.rest}"},
            "etcd3": {"host": f"{LOOP}:{self.etcd}"},
            "bootstrap": {
                "dcs": {
                    "ttl": TTL,
                    "loop_wait": LOOK,
                    "retry_timeout": RETRY,
                    "synchronous_mode": True,
                    "synchronous_mode_strict": True,
                    "postgresql": {
                        "use_pg_rewind": True,
                        "parameters": {"max_connections": 60, "shared_buffers": "64MB", "max_wal_size": "512MB"},
                    },
                },
                "initdb": locale,
            },
            "postgresql": {
                "listen": f"{LOOP}:{self.port}",
                "connect_address": f"{LOOP}:{self.port}",
                "data_dir": str(self.data),
                "bin_dir": str(unprivileged.reachable_binaries(find_binaries())),
                "pgpass": str(self.home / "pgpass"),
                "authentication": {
                    "superuser": {"username": SUPERUSER, **login},
                    "replication": {"username": REPLICATOR, **login},
                },
                "parameters": {"unix_socket_directories": "", "timezone": "UTC", "log_timezone": "UTC"},
                "pg_hba": [
                    f"host replication {REPLICATOR} {LOOP}/32 scram-sha-256",
                    f"host all {SUPERUSER} {LOOP}/32 scram-sha-256",
                    f"host all all {LOOP}/32 trust",
                ],
            },
        }
        (self.home / "patroni.yml").write_text(yaml.safe_dump(configuration))

    def start(self) -> None:
        """Start the machine, for the first time or after it was killed."""
        command = [self.patroni, str(self.home / "patroni.yml")]
        self.process = started(command, self.home / "log", **unprivileged.popen_options())

    def kill(self) -> float:
        """Let the machine lose its power: Patroni, the server and all its processes at once. Returns when it was."""
        assert self.process is not None
        server = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        doomed = [self.process.pid, *below(self.process.pid), server, *below(server)]
        moment = time.monotonic()
        for pid in doomed:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        return moment

    def says(self) -> dict[str, Any]:
        """Return what the node says about itself; nothing while it is down."""
        try:
            answer = httpx.get(f"http://{LOOP}:{self.rest}/patroni", timeout=3, trust_env=False)
            return dict(answer.json())
        except (httpx.TransportError, ValueError):
            return {}

    def leads(self) -> bool:
        """Whether it is the leader, by its own word."""
        try:
            return httpx.get(f"http://{LOOP}:{self.rest}/primary", timeout=3, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def connect(self, database: str = "polku", user: str = "polku") -> psycopg.Connection[tuple[object, ...]]:
        """Open a connection to this node."""
        return psycopg.connect(
            host=LOOP, port=self.port, dbname=database, user=user, password=PASSWORD, autocommit=True, connect_timeout=5
        )


class Nodes:
    """The three of them; `connect` reaches the one that leads, so they stand where a cluster stands."""

    def __init__(self, home: Path) -> None:
        self.home = home
        patroni = program("patroni", "it with `make test-ha`", ROOT / ".venv-ha" / "bin" / "patroni")
        self.haproxy = program("haproxy", "the package haproxy")
        self._etcd = program("etcd", "the package etcd-server")
        self.etcd_port = free_port()
        self.database_port, self.web_port = free_port(), free_port()
        self.nodes = [Node(f"node{n}", home / f"node{n}", patroni, self.etcd_port) for n in (1, 2, 3)]
        self.others: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Start etcd and the nodes, one after the other; wait until one leads with a synchronous standby."""
        client, peer = f"http://{LOOP}:{self.etcd_port}", f"http://{LOOP}:{free_port()}"
        command = [self._etcd, "--data-dir", str(self.home / "etcd"), "--name", "one"]
        command += ["--listen-client-urls", client, "--advertise-client-urls", client, "--listen-peer-urls", peer]
        command += ["--initial-advertise-peer-urls", peer, "--initial-cluster", f"one={peer}", "--enable-v2=false"]
        self.others.append(started(command, self.home / "etcd.log"))
        wait(lambda: httpx.get(f"{client}/health", trust_env=False).status_code == 200, "etcd", PATIENCE)
        for node in self.nodes:
            node.configure()
            node.start()
            if node is self.nodes[0]:
                wait(node.leads, "a first leader", PATIENCE)
        self.whole()
        with self.leader().connect("postgres", SUPERUSER) as admin:
            prepare_cluster(admin, owner="polku", name="polku")

    def whole(self, seconds: float = PATIENCE) -> None:
        """Wait until one leads and two follow, one of them in step with it."""

        def all_there() -> bool:
            leaders = [node for node in self.nodes if node.leads()]
            if len(leaders) != 1:
                return False
            with leaders[0].connect("postgres", SUPERUSER) as admin:
                found = admin.execute("SELECT sync_state FROM pg_stat_replication WHERE state = 'streaming'").fetchall()
            return len(found) == 2 and any(row[0] in ("sync", "quorum") for row in found)

        wait(all_there, "a leader with two followers, one of them synchronous", seconds)

    def leader(self) -> Node:
        """Return the node that leads."""
        found: list[Node] = []

        def one() -> bool:
            found[:] = [node for node in self.nodes if node.leads()]
            return bool(found)

        wait(one, "a leader", PATIENCE)
        return found[0]

    def connect(self) -> psycopg.Connection[tuple[object, ...]]:
        """Open a connection to the leader."""
        return self.leader().connect()

    def balance(self, servers: list[int]) -> None:
        """Start HAProxy before the databases (to the one that leads) and before the web servers."""
        checked = "check port {rest} inter 1s fall 3 rise 1 on-marked-down shutdown-sessions"
        lines = [
            "global", "  maxconn 500", "defaults", "  timeout connect 3s", "  timeout client 10m",
            "  timeout server 10m", "  timeout check 3s", "listen database", f"  bind {LOOP}:{self.database_port}", "  mode tcp",
            "  option httpchk OPTIONS /primary",
            *(f"  server {n.name} {LOOP}:{n.port} {checked.format(rest=n.rest)}" for n in self.nodes),
            "listen web", f"  bind {LOOP}:{self.web_port}", "  mode http", "  balance roundrobin",
            "  option redispatch",
            # Only whether it listens: a server that says 503 because the database is away says it better than HAProxy.
            *(f"  server web{number} {LOOP}:{port} check inter 1s" for number, port in enumerate(servers)),
        ]  # fmt: skip
        file = self.home / "haproxy.cfg"
        file.write_text("\n".join(lines) + "\n")
        self.others.append(started([self.haproxy, "-db", "-f", str(file)], self.home / "haproxy.log"))

    def said(self) -> str:
        """Return the ends of the logs."""
        logs = [*(node.home / "log" for node in self.nodes), self.home / "etcd.log", self.home / "haproxy.log"]
        return "\n".join(f"--- {log}\n" + log.read_text(errors="replace")[-2500:] for log in logs if log.exists())

    def end(self) -> None:
        """Stop everything that was started here."""
        for node in self.nodes:
            if node.process is not None and node.process.poll() is None:
                node.process.send_signal(signal.SIGTERM)
        for node in self.nodes:
            if node.process is not None:
                with suppress(subprocess.TimeoutExpired):
                    node.process.wait(30)
                with suppress(OSError, ValueError):
                    node.kill()
        for process in self.others:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()


def wait(true: Callable[[], bool], what: str, seconds: float) -> None:
    """Wait until it is true. Raises AssertionError naming what did not come."""
    end = time.monotonic() + seconds
    while True:
        with suppress(httpx.HTTPError, psycopg.Error):
            if true():
                return
        assert time.monotonic() < end, f"no {what} in {seconds:g} s"
        time.sleep(0.2)
