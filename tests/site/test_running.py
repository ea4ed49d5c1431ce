"""`polku run`: comes up, comes back when parts of it are killed, keeps its data, goes away without a trace."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from polku.site.cluster import Cluster
from tests import migrated

pytestmark = pytest.mark.slow

POLKU = (sys.executable, "-m", "polku.site.cli")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


RUNNING = "Polku is running."


class Demo:
    """One `polku run` in a folder of its own."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.port = _free_port()
        self.cluster = Cluster(home=var / "postgres")
        self.env = {**os.environ, "POLKU_VAR": str(var), "POLKU_DEMO_CONTACTS": "5"}
        self.log = var / "run.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        before = self.log.read_text().count(RUNNING) if self.log.exists() else 0
        with open(self.log, "ab") as log:
            command = [*POLKU, "run", "--port", str(self.port)]
            self.process = subprocess.Popen(command, env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.wait_for(self.answers, "a first page")
        self.wait_for(lambda: self.log.read_text().count(RUNNING) > before, "words that it runs")

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=5) as answer:
                return bool(answer.status == 200)
        except urllib.error.HTTPError as error:
            return error.code < 500
        except OSError:
            return False

    def wait_for(self, true: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + 120
        while not true():
            assert time.monotonic() < end, f"no {what}: {self.log.read_text()[-3000:]}"
            time.sleep(0.1)

    def children(self, word: str) -> list[int]:
        """Return the processes below this one whose command has a word in it."""
        assert self.process is not None
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                command = (folder / "cmdline").read_text()
            except OSError:
                continue
            if parent == self.process.pid and word in command:
                found.append(int(folder.name))
        return found

    def say(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*POLKU, *arguments], env=self.env | env, capture_output=True, text=True, check=False)

    def contacts(self) -> set[object]:
        with self.cluster.connect() as session:
            return {row[0] for row in session.execute("SELECT public_id FROM contacts_contact").fetchall()}

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(60)


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    """A demo that is not empty, so that starting it does not build five hundred lives."""
    migrated.lay_out(tmp_path / "postgres")
    found = Demo(tmp_path)
    assert found.say("migrate").returncode == 0
    built = found.say("demo", "--contacts", "5", "--days", "3", "--seed", "1")
    assert built.returncode == 0, built.stderr
    yield found
    if found.process is not None and found.process.poll() is None:
        found.stop()


def test_come_back_when_parts_are_killed_and_leave_nothing_behind(demo: Demo) -> None:
    demo.start()
    for word in ("granian", "worker"):
        demo.wait_for(lambda word=word: bool(demo.children(word)), word)
        before = demo.children(word)
        os.kill(before[0], signal.SIGKILL)
        demo.wait_for(lambda word=word, before=before: bool(set(demo.children(word)) - set(before)), f"new {word}")
        demo.wait_for(demo.answers, "answer")
    database = demo.cluster.pid()
    assert database is not None
    os.kill(database, signal.SIGKILL)
    demo.wait_for(lambda: demo.cluster.pid() not in (None, database) and demo.cluster.answers(), "new database")
    demo.wait_for(demo.answers, "answer")

    busy = demo.say("reset")
    assert busy.returncode == 1
    assert "in use" in busy.stderr

    assert demo.stop() == 0
    assert demo.cluster.pid() is None
    assert not demo.answers()
    assert "The data is kept" in demo.log.read_text()


def test_keep_the_data_from_one_start_to_the_next_until_reset(demo: Demo) -> None:
    with demo.cluster.using():
        before = demo.contacts()
    assert before
    demo.start()
    assert before <= demo.contacts()
    assert demo.stop(signal.SIGTERM) == 0

    # Nothing has changed since: the first page does not wait for anything else.
    demo.start()
    assert before <= demo.contacts()
    assert demo.stop() == 0

    assert demo.say("reset").returncode == 0
    assert not demo.cluster.data.exists()


def test_say_that_the_port_is_taken(tmp_path: Path) -> None:
    demo = Demo(tmp_path)
    with socket.socket() as other:
        other.bind(("127.0.0.1", demo.port))
        other.listen()
        done = demo.say("run", "--port", str(demo.port))
    assert done.returncode == 1
    assert f"port {demo.port} is not free" in done.stderr
    assert f"PORT={demo.port + 1}" in done.stderr


@pytest.mark.parametrize("command", ["run", "reset"])
def test_refuse_to_play_with_a_real_database(tmp_path: Path, command: str) -> None:
    real = {
        "DATABASE_URL": "postgresql://polku@127.0.0.1:1/polku",
        "SECRET_KEY": "0123456789abcdef" * 4,
        "BASE_URL": "https://x.fi",
    }
    done = Demo(tmp_path).say(command, MAIL_BY="off", SMS_BY="off", **real)
    assert done.returncode == 1
    assert "DATABASE_URL is set" in done.stderr


def test_say_in_a_sentence_that_the_database_has_not_been_migrated(tmp_path: Path) -> None:
    new = Demo(tmp_path)
    with new.cluster.using():
        for command in (
            ("demo", "--contacts", "1"), ("account", "outi", "--name", "Outi"), ("audit", "verify"), ("check", "--facts"),
        ):  # fmt: skip
            done = new.say(*command)
            assert done.returncode == 1
            (sentence,) = done.stderr.splitlines()
            assert sentence.startswith(f"polku {command[0]}: ") and "polku migrate" in sentence


@pytest.mark.parametrize("command", [("demo", "--contacts", "1"), ("audit", "verify"), ("migrate",)])
def test_say_in_a_sentence_that_the_database_does_not_answer(tmp_path: Path, command: tuple[str, ...]) -> None:
    real = {
        "DATABASE_URL": "postgresql://polku@127.0.0.1:1/polku",
        "SECRET_KEY": "0123456789abcdef" * 4,
        "BASE_URL": "https://x.fi",
    }
    done = Demo(tmp_path).say(*command, MAIL_BY="off", SMS_BY="off", **real)
    assert done.returncode == 1
    assert "the database does not answer" in done.stderr and "Traceback" not in done.stderr


def test_count_by_the_law_without_django_and_without_a_database() -> None:
    code = (
        "import sys; from polku.site.cli import main; status = main(['law', 'list', '--json']); "
        "assert not status; assert 'django' not in sys.modules; assert 'psycopg' not in sys.modules"
    )
    env = {"PATH": os.environ["PATH"], "DATABASE_URL": "nonsense"}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert '"tt_talk"' in done.stdout
