"""The leader of three databases is killed three times under writers: nothing acknowledged is lost, nothing is doubled.

`make test-ha`. Two web servers and a worker reach the leader through HAProxy; the databases replicate synchronously.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from tests.fire.machines import POLKU, Machine, environment, free_port
from tests.fire.site import PATIENCE, ROOT
from tests.fire.test_kills import (
    assert_every_message_is_sent_and_marked,
    assert_ledger_is_the_truth,
    assert_nothing_is_half_made,
    open_for_office,
)
from tests.fire.writers import Writer
from tests.gateways.servers import Received, mail_server, sms_operator
from tests.ha.nodes import LOOP, Nodes, started, wait

WRITERS = 4
KILLS = 3
BETWEEN = float(os.environ.get("HA_SECONDS", "10"))
WISH = {"kind": "keskustelu", "unit": "toimeentulotukitiimi"}


class County:
    """A county's installation: databases, two web servers, a worker, a balancer."""

    def __init__(self, home: Path, mail_port: int, sms_port: int) -> None:
        self.home = home
        self.cluster = Nodes(home)
        self.servers = [free_port(), free_port()]
        self.address = f"http://{LOOP}:{self.cluster.web_port}"
        self.env = environment(
            POLKU_VAR=str(home / "var"), PYTHONPATH=str(ROOT), BASE_URL=self.address, SECRET_KEY="0123456789abcdef" * 4,
            DATABASE_URL=f"postgresql://polku@{LOOP}:{self.cluster.database_port}/polku", ALLOWED_HOSTS=LOOP,
            MAIL_BY="smtp", MAIL_FROM="viestit@example.fi", SMTP_HOST=LOOP, SMTP_PORT=str(mail_port),
            SMTP_SECURITY="none", SMTP_TIMEOUT="2", SMTP_LONGEST="2", SMS_BY="http",
            SMS_URL=f"http://{LOOP}:{sms_port}/send", SMS_SENDER="Polku", SMS_TIMEOUT="2", SMS_LONGEST="2",
            MESSAGE_LEASE="5", MESSAGE_TRIES="50",
        )  # fmt: skip
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> list[str]:
        """Start everything; returns the keys of the machines."""
        (self.home / "var").mkdir()
        self.cluster.start()
        self.cluster.balance(self.servers)
        command = [sys.executable, "-m", "tests.fire.ground", str(WRITERS)]
        done = subprocess.run(command, env=self.env, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        for port in self.servers:
            self._run("serve", "--port", str(port), "--workers", "1")
            wait(lambda port=port: _up(port), "web server", PATIENCE)  # type: ignore[misc]
        self._run("worker")
        wait(lambda: _up(self.cluster.web_port), "page through the balancer", PATIENCE)
        return list(json.loads(done.stdout.splitlines()[-1]))

    def _run(self, *arguments: str) -> None:
        log = self.home / f"{arguments[0]}{len(self.processes)}.log"
        self.processes.append(started([*POLKU, *arguments], log, env=self.env))

    def say(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of `polku`."""
        return subprocess.run([*POLKU, *arguments], env=self.env, capture_output=True, text=True, check=False)

    def query(self, statement: str) -> list[tuple[object, ...]]:
        """Ask the leader."""
        with self.cluster.connect() as session:
            done = session.execute(statement)  # type: ignore[arg-type]
            return done.fetchall() if done.description else []

    def end(self) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.cluster.end()


def _up(port: int) -> bool:
    import httpx

    return httpx.get(f"http://{LOOP}:{port}/api/v1/openapi.json", timeout=30, trust_env=False).status_code == 200


@pytest.fixture
def received() -> Received:
    return Received()


@pytest.fixture
def county(tmp_path: Path, received: Received) -> Iterator[County]:
    with mail_server(received) as mail_port, sms_operator(received) as sms_port:
        found = County(tmp_path, mail_port, sms_port)
        try:
            yield found
        finally:
            found.end()


def test_kill_the_leader_three_times(county: County, received: Received, capsys: pytest.CaptureFixture[str]) -> None:
    keys = county.start()
    stop = Event()
    writers = [Writer(n, Machine(county.address, key, patience=30, **WISH), 17, stop) for n, key in enumerate(keys)]
    for writer in writers:
        writer.start()
    told = []
    for number in range(1, KILLS + 1):
        time.sleep(BETWEEN)
        leader = county.cluster.leader()
        killed = leader.kill()
        recovery = works_again(writers, killed)
        after = county.cluster.leader()
        assert after.name != leader.name
        leader.start()
        back = time.monotonic()
        county.cluster.whole()
        told.append(f"kill {number}: {leader.name} led, {after.name} leads; a request was acknowledged {recovery:.1f} s "
                    f"after; {leader.name} followed again {time.monotonic() - back:.1f} s after its start")  # fmt: skip
    time.sleep(BETWEEN)
    stop.set()
    for writer in writers:
        writer.join(300)
        writer.machine.client.close()
    assert not [writer.name for writer in writers if writer.is_alive()]
    wait(lambda: open_for_office(county) == [(0,)], "end of the outbox", PATIENCE)  # type: ignore[arg-type]
    answers = sum((writer.answers for writer in writers), Counter[str]())
    told.append(f"{sum(len(writer.acknowledged) for writer in writers)} requests acknowledged, answers {dict(answers)}")
    told.append(f"{sum(len(writer.ledger.contacts) for writer in writers)} contacts and "
                f"{sum(len(writer.ledger.times) for writer in writers)} times in the ledgers")  # fmt: skip
    with capsys.disabled():
        print("\n" + "\n".join(f"  {line}" for line in told))
    wrong = [fault for writer in writers for fault in writer.wrong]
    assert not wrong, wrong
    assert_ledger_is_the_truth(county, writers)  # type: ignore[arg-type]
    assert_nothing_is_half_made(county)  # type: ignore[arg-type]
    assert_every_message_is_sent_and_marked(county, writers, received)  # type: ignore[arg-type]
    for command in (("check", "--facts"), ("audit", "verify")):
        done = county.say(*command)
        assert done.returncode == 0, done.stdout + done.stderr
    wait(lambda: len(copies(county)) == 1, "end at which all three databases hold the same", PATIENCE)


def works_again(writers: list[Writer], since: float, seconds: float = PATIENCE) -> float:
    """Return after how many seconds a write begun since then was acknowledged."""
    found: list[float] = []

    def answered() -> bool:
        found[:] = [end for writer in writers for began, end in list(writer.acknowledged) if began >= since]
        return bool(found)

    wait(answered, "request that is acknowledged", seconds)
    return min(found) - since


def copies(county: County) -> set[tuple[object, ...]]:
    """Return what the databases hold: one thing when they hold the same."""
    question = (
        "SELECT (SELECT count(*) FROM contacts_contact), (SELECT count(*) FROM appointments_appointment),"
        " (SELECT count(*) FROM audit_event), (SELECT count(*) FROM outbox_message)"
    )
    found = set()
    for node in county.cluster.nodes:
        with node.connect() as session:
            row = session.execute(question).fetchone()  # type: ignore[arg-type]
            assert row is not None
            found.add(row)
    return found
