"""Two deployments during a migration: the code of before goes on working on the new tables, beside the new code."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from threading import Event

import httpx
import pytest

from tests.bad_days.day import WISH
from tests.fire.machines import Machine, environment, serving
from tests.fire.site import ROOT, Site
from tests.fire.test_kills import assert_ledger_is_the_truth, assert_nothing_is_half_made
from tests.fire.writers import Writer

WRITERS = 4
BOTH = 12.0
EACH = 5
MOST = 20
CHANGES = ("--", "polku/*/migrations/0*.py")


def git(*arguments: str) -> bytes:
    """Run git on the repository; a history that does not reach back far enough is told in words."""
    done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, check=False)
    if done.returncode:
        pytest.fail(f"The code of before comes from git: {done.stderr.decode().strip()}", pytrace=False)
    return done.stdout


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """The code before the newest migration, or what BAD_DAYS_BEFORE names: the newest commit of it that starts."""
    newest = git("log", "-1", "--diff-filter=A", "--format=%H", *CHANGES).decode().strip()
    wanted = os.environ.get("BAD_DAYS_BEFORE", f"{newest}^")
    for commit in git("rev-list", "--first-parent", f"--max-count={MOST}", wanted).decode().split():
        folder = tmp_path / "before" / commit
        with tarfile.open(fileobj=BytesIO(git("archive", commit, "polku", "counties"))) as packed:
            packed.extractall(folder, filter="data")
        started = subprocess.run(
            [sys.executable, "-c", "import django; django.setup()"], cwd=folder, capture_output=True, check=False,
            env={**environment(PYTHONPATH=str(folder)), "DJANGO_SETTINGS_MODULE": "polku.site.settings"},
        )  # fmt: skip
        if started.returncode == 0:
            assert migrations(folder) < migrations(ROOT), "the newest migration is in the code of before"
            return folder
    pytest.fail(
        f"None of the last {MOST} commits before {wanted} starts; name one with BAD_DAYS_BEFORE.", pytrace=False
    )


def migrations(folder: Path) -> set[str]:
    """Return the migrations of a tree."""
    return {str(path.relative_to(folder)) for path in folder.glob("polku/*/migrations/0*.py")}


def run(env: dict[str, str], folder: Path, *command: str) -> str:
    """Run a command of the code in that folder."""
    done = subprocess.run(
        [sys.executable, "-m", *command], env=env, cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def each_has_answers(site: Site, writers: list[Writer]) -> None:
    """Wait until each writer has so many answers more."""
    before = [len(writer.acknowledged) for writer in writers]
    site.wait(lambda: all(len(writer.acknowledged) >= number + EACH or writer.wrong
                          for number, writer in zip(before, writers, strict=True)), "answers to each writer")  # fmt: skip


def test_migrate_while_the_code_of_before_works_on(before: Path, tmp_path: Path, say: Callable[[str], None]) -> None:
    site = Site(tmp_path / "var")
    site.var.mkdir()
    old = environment(POLKU_VAR=str(site.var), PYTHONPATH=f"{before}:{ROOT}")
    new = site.env
    with ExitStack() as stack:
        stack.enter_context(site.cluster.using())
        # The county and its tables as the code of before makes them.
        keys = json.loads(run(old, before, "tests.fire.ground", str(WRITERS)).splitlines()[-1])
        first = stack.enter_context(serving(old, tmp_path / "old.log", folder=before))
        stop = Event()
        stack.callback(stop.set)
        writers = [Writer(n, Machine(first, key, patience=60, **WISH), 3, stop) for n, key in enumerate(keys)]
        for writer in writers:
            writer.start()
        each_has_answers(site, writers)
        assert run(old, before, "tests.bad_days.whose_code").strip() == str(before)
        said = run(new, ROOT, "polku.site.cli", "migrate")
        assert "Applying" in said
        second = stack.enter_context(serving(new, tmp_path / "new.log"))
        for writer in writers[: WRITERS // 2]:
            writer.machine.client.base_url = httpx.URL(f"{second}/api/v1/")
        time.sleep(BOTH)
        each_has_answers(site, writers)
        stop.set()
        for writer in writers:
            writer.join(300)
        assert not [writer.name for writer in writers if writer.is_alive()]
        assert not [fault for writer in writers for fault in writer.wrong]
        assert_ledger_is_the_truth(site, writers)
        assert_nothing_is_half_made(site)
        for command in (("check", "--facts"), ("audit", "seal"), ("audit", "verify")):
            done = site.say(*command)
            assert done.returncode == 0, done.stdout + done.stderr
    for log in ("old.log", "new.log"):
        told = (tmp_path / log).read_text()
        # Whoever met the migration's locks the other way round was told to try again; nothing else went wrong.
        faults = set(re.findall(r"^(?:\w+\.)*\w*(?:Error|Exception)(?=:|$)", told, re.MULTILINE))
        assert faults <= {"django.db.utils.OperationalError"}, told[-3000:]
    number = sum(len(writer.acknowledged) for writer in writers)
    say(
        f"\n  {said.count('Applying')} migrations under {WRITERS} writers; {number} requests acknowledged by both versions, "
        f"{sum(writer.answers['503'] for writer in writers)} sent again"
    )
