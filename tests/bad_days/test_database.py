"""The database goes away, has no connection left, has no room left: every page says so, and nothing kept is lost."""

from __future__ import annotations

import fcntl
import os
import random
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

import psycopg
import pytest

from polku.site.cluster import Cluster
from tests import migrated
from tests.bad_days.day import Day
from tests.fire.site import WEB_PROCESS

AWAY = float(os.environ.get("BAD_DAYS_AWAY", "8"))
TIMES = 2
ROOM = 512_000_000
LEFT = 500_000
REFUSALS = 5


@contextmanager
def held_down(cluster: Cluster) -> Iterator[None]:
    """Have the database stopped, and whoever wants to start it again wait."""
    with open(cluster.home / "start.lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        cluster.stop()
        yield


def test_stop_and_start_the_database_under_load(day: Day, say: Callable[[str], None]) -> None:
    day.begins()
    for _time in range(TIMES):
        time.sleep(2)
        with held_down(day.site.cluster):
            day.refuses_in_words()
            time.sleep(AWAY)
        day.notes(
            f"database away for {AWAY:g} s; a request was acknowledged {day.works_again(time.monotonic()):.1f} s after"
        )
    time.sleep(2)
    say(day.ends())


def test_use_up_every_connection_of_the_database(day: Day, say: Callable[[str], None]) -> None:
    """Somebody else takes them all; web processes that start meanwhile get none."""
    day.begins()
    chance = random.Random(day.seed)
    with everything_taken(day.site.cluster) as taken:
        time.sleep(1)
        for _process in range(2):
            day.site.kill(WEB_PROCESS, chance)
        day.refuses_in_words()
        time.sleep(AWAY)
        many = len(taken)
    since = time.monotonic()
    day.notes(
        f"all connections taken ({many} by others); a request was acknowledged {day.works_again(since):.1f} s after"
    )
    time.sleep(2)
    say(day.ends())


@contextmanager
def everything_taken(cluster: Cluster) -> Iterator[list[psycopg.Connection[tuple[object, ...]]]]:
    """Take every connection that there is, and each that becomes free, until the end."""
    taken: list[psycopg.Connection[tuple[object, ...]]] = []
    stop = Event()

    def take() -> None:
        while not stop.is_set():
            try:
                taken.append(cluster.connect())
            except psycopg.OperationalError:
                stop.wait(0.02)

    thread = Thread(target=take, daemon=True)
    thread.start()
    try:
        yield taken
    finally:
        stop.set()
        thread.join()
        for one in taken:
            one.close()


def refused(day: Day) -> int:
    """Return how often writers were told to come again."""
    return sum(writer.answers["503"] for writer in day.writers)


def use_up_the_log_of_writes(cluster: Cluster, most: int = 40) -> bool:
    """Begin a new file of the log of writes again and again; return whether the server went down over it."""
    try:
        with cluster.connect(user="postgres") as admin:
            for _file in range(most):
                admin.execute("SELECT pg_logical_emit_message(true, 'room', 'is there any')")
                admin.execute("SELECT pg_switch_wal()")
    except psycopg.OperationalError:
        return True
    return False


@pytest.fixture
def small_disk(place: Path) -> Iterator[Path]:
    """The database's folder on a file system of its own, with little room."""
    folder = place / "postgres"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={ROOM},mode=0711", "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(
            f"A small disk needs the right to mount a tmpfs (run as root): {done.stderr.strip()}", pytrace=False
        )
    laid = place / "laid"
    if migrated.lay_out(laid):
        shutil.copytree(laid, folder, symlinks=True, dirs_exist_ok=True)
        shutil.rmtree(laid)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def disk_day(small_disk: Path, request: pytest.FixtureRequest) -> Day:
    """A day whose database stands on the small disk."""
    found: Day = request.getfixturevalue("day")
    return found


def test_fill_the_disk_of_the_database(disk_day: Day, small_disk: Path, say: Callable[[str], None]) -> None:
    day = disk_day
    day.begins()
    time.sleep(2)
    ballast = small_disk / "ballast"
    with open(ballast, "wb") as file:
        file.truncate(0)
        os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(small_disk).free - LEFT)
    # First tables cannot grow: what writes is refused, what reads is given.
    day.site.wait(lambda: refused(day) >= REFUSALS, "refusal for want of room")
    assert day.site.answers()
    assert use_up_the_log_of_writes(day.site.cluster), "the server did not go down"
    # Then there is no room for the log of writes, and the server is gone until there is.
    day.refuses_in_words()
    since = time.monotonic()
    # What is still free goes, too: whatever ends meanwhile leaves room for a moment.
    while time.monotonic() - since < AWAY:
        free = shutil.disk_usage(small_disk).free
        with suppress(OSError), open(ballast, "ab") as file:
            os.posix_fallocate(file.fileno(), ballast.stat().st_size, max(4096, free))
        time.sleep(0.2)
    assert "No space left on device" in day.site.cluster.log.read_text(errors="replace")
    ballast.unlink()
    day.notes(f"disk full for {AWAY:g} s; a request was acknowledged {day.works_again(time.monotonic()):.1f} s after")
    time.sleep(2)
    say(day.ends())
