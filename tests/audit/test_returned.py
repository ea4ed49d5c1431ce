"""A process that outlives its database: what it knows by number is asked anew after a return to a moment."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from polku.site.cluster import Cluster
from tests import migrated
from tests.fire.machines import POLKU, environment

# Reads a contact for somebody: once for each line, in a transaction of its own.
PROCESS = """
import sys
from dataclasses import dataclass
import django
django.setup()
from django.db import close_old_connections
from polku.audit import actions
from polku.kit import clock
from polku.site.context import working

@dataclass(frozen=True)
class Doer:
    name: str
    id: int = 7
    public_id: str = "w0rker0000000007"
    kind: str = "staff"

for line in sys.stdin:
    # As every request begins.
    close_old_connections()
    with working():
        actions.read(by=Doer(line.strip()), at=clock.now(), what="contact")
    print("read", flush=True)
"""
ROWS = "SELECT e.actor_name FROM audit_event e WHERE e.kind = 'read' ORDER BY e.id"


class Living:
    """A process that reads for whoever is named to it."""

    def __init__(self, env: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROCESS], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def reads(self, name: str) -> None:
        """Have it read once and wait until it has."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(name + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "read\n"

    def ends(self) -> None:
        """Let it end."""
        self.process.communicate(timeout=60)
        assert self.process.returncode == 0


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {**environment(POLKU_VAR=str(tmp_path)), "DJANGO_SETTINGS_MODULE": "polku.site.settings"}


@pytest.fixture
def server(tmp_path: Path, env: dict[str, str]) -> Iterator[Cluster]:
    """A database of its own, migrated."""
    migrated.lay_out(tmp_path / "postgres")
    with migrated.cluster(tmp_path / "postgres").using() as cluster:
        subprocess.run([*POLKU, "migrate"], env=env, check=True, capture_output=True)
        yield cluster


def copy(source: Path, target: Path) -> None:
    """Copy a stopped cluster's files with their owner."""
    subprocess.run(["rm", "-rf", str(target)], check=True)
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)


@pytest.mark.slow
def test_a_return_to_a_moment_under_a_living_process_mixes_up_nobody(
    server: Cluster, env: dict[str, str], tmp_path: Path
) -> None:
    living = Living(env)
    try:
        living.reads("Known Before")
        server.stop()
        copy(server.data, tmp_path / "moment")
        server.start()
        living.reads("Lost Later")
        server.stop()
        copy(tmp_path / "moment", server.data)
        server.start()
        # Gets the number that the lost words had.
        other = Living(env)
        other.reads("Came Instead")
        other.ends()
        living.reads("Lost Later")
        living.reads("Known Before")
        living.ends()
    finally:
        living.process.kill()
        living.process.wait()
    with server.connect() as session:
        names = [name for (name,) in session.execute(ROWS).fetchall()]
    assert names == ["Known Before", "Came Instead", "Lost Later", "Known Before"]
