"""`make mutants`: puts a sample of small faults into rules and actions, and prints those that no test notices.

First the tests run once with coverage, which tells for each line the tests that run it; `--coverage` keeps that for the
next time. Then each fault is judged by those tests, the nearest first, until one fails: in a fork of a warm test run
where the fault stands in a function (tests/mutants/warm.py), else in a copy of the project. What has survived there is
judged once more by its nearest tests and the project's conventions in a process of its own, so that nothing survives
because of what a warm process remembers. A fault on a line that no test runs has survived, and so has one that its tests
did not notice within a bound of time.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from queue import Queue

from tests.mutants.faults import Fault, fault, places
from tests.mutants.reach import ROOT, Reach

RULES, ACTIONS = "rules", "actions"
# Rules themselves; actions wherever they stand (`_files`).
FOUND = {RULES: ("polku/rules/*.py",), ACTIONS: ("polku/*/actions.py", "polku/*/actions/*.py")}
TESTS = ["-m", "not browser and not alone", "tests"]
# Those that are about sources: they run in a process of their own only.
CONVENTIONS = ["tests/conventions", "--ignore=tests/conventions/test_planted.py"]
NEAREST, PATIENCE = 60, 600.0
COLD = "not in a function"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one fault."""

    fault: Fault
    survived: bool
    by: str
    """The test that noticed, or why it counts as survived."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run; returns 1 when more than a tenth survive."""
    wanted = _parser().parse_args(argv)
    home = Path(tempfile.mkdtemp(prefix="polku-mutants-"))
    # The same made-up examples every time.
    os.environ["CI"] = "1"
    try:
        kept = wanted.coverage or home / "coverage"
        if not kept.exists():
            _cover(kept, home)
        chosen = {name: list(_sample(name, wanted)) for name in wanted.of}
        reach = Reach(kept)
        judged = _judge([one for faults in chosen.values() for one in faults], reach, home, wanted.processes)
    finally:
        if not wanted.keep:
            shutil.rmtree(home, ignore_errors=True)
    for name, faults in chosen.items():
        _tell(name, [judged[one] for one in faults])
    return int(_tell("together", list(judged.values())) > 0.1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--of", nargs="+", choices=FOUND, default=list(FOUND))
    parser.add_argument("--sample", type=int, default=100, help="faults of each")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--only", nargs="+", default=[], metavar="PATH:LINE", help="of the sample, only those that stand here"
    )
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--coverage", type=Path, help="which test runs which line; made when it is not there")
    parser.add_argument("--keep", action="store_true", help="leave the copies where they are")
    return parser


def _files(name: str) -> list[Path]:
    found = {path for pattern in FOUND[name] for path in ROOT.glob(pattern)}
    if name == ACTIONS:
        found |= {path for path in ROOT.glob("polku/**/*.py") if "\n@action\n" in path.read_text()}
    return sorted(found)


def _cover(kept: Path, home: Path) -> None:
    """Run the tests once and keep which of them runs which line."""
    settings = home / "coverage.ini"
    files = "".join(f"    {path}\n" for name in FOUND for path in _files(name))
    settings.write_text(f"[run]\ninclude =\n{files}")
    options = ["--cov", f"--cov-config={settings}", "--cov-context=test", "--cov-report=", "-n", "2"]
    told = os.environ | {"COVERAGE_FILE": str(kept)}
    subprocess.run([sys.executable, "-m", "pytest", "-q", *options, *TESTS], cwd=ROOT, env=told, check=True)


def _sample(name: str, wanted: argparse.Namespace) -> Iterator[Fault]:
    everywhere = [(path.relative_to(ROOT), place) for path in _files(name) for place in places(path.read_text())]
    random.Random(wanted.seed).shuffle(everywhere)
    made = filter(None, (fault(ROOT, path, place) for path, place in everywhere))
    taken = [one for _number, one in zip(range(wanted.sample), made, strict=False)]
    print(f"{name}: {len(taken)} of {len(everywhere)} places for a fault", flush=True)
    return (one for one in taken if not wanted.only or f"{one.path}:{one.line}" in wanted.only)


def _judge(faults: Sequence[Fault], reach: Reach, home: Path, processes: int) -> dict[Fault, Outcome]:
    judged: dict[Fault, Outcome] = {}

    def told(outcome: Outcome) -> None:
        judged[outcome.fault] = outcome
        word = "survived" if outcome.survived else "noticed"
        print(
            f"{len(judged)} {word}: {outcome.fault.path}:{outcome.fault.line} {outcome.fault.name}: {outcome.by}",
            flush=True,
        )

    with ThreadPoolExecutor(processes) as pool:
        parts = pool.map(lambda number: _warm(faults[number::processes], reach, home / f"{number}"), range(processes))
        left = []
        for outcome in (outcome for part in parts for outcome in part):
            # What survived, and what a warm process cannot have, has to be seen cold.
            left.append(outcome) if outcome.survived and reach.tests(outcome.fault.path, outcome.fault.line) else told(
                outcome
            )
        copies: Queue[Path] = Queue()
        for number in range(processes if left else 0):
            copies.put(_copy(home / f"copy{number}"))
        for outcome in pool.map(lambda one: _cold(one, reach, copies), left):
            told(outcome)
    return {one: judged[one] for one in faults}


def _warm(faults: Sequence[Fault], reach: Reach, home: Path) -> list[Outcome]:
    """Judge in forks of one warm process."""
    home.mkdir()
    asked, answered = home / "asked.json", home / "answered.json"
    asks = [
        {"number": number, "path": str(one.path), "code": one.code, "tests": reach.tests(one.path, one.line)}
        for number, one in enumerate(faults)
    ]
    asked.write_text(json.dumps(asks))
    run = [sys.executable, "-m", "pytest", "-q", "-p", "tests.mutants.warm", *TESTS]
    where = os.environ | {"MUTANTS_ASKED": str(asked), "MUTANTS_ANSWERED": str(answered), "PYTHONPATH": str(ROOT)}
    with (home / "log").open("w") as log:
        subprocess.run(run, cwd=ROOT, env=where, stdout=log, stderr=subprocess.STDOUT, check=False)
    told = answered.read_text().splitlines() if answered.exists() else []
    if len(told) != len(faults) + 1:
        raise RuntimeError((home / "log").read_text()[-2000:])
    *answers, last = map(json.loads, told)
    doubtful = set(last["fails_anyway"])
    outcomes = []
    for one, answer in zip(faults, answers, strict=True):
        noticed = answer["result"] == "noticed" and answer["by"] not in doubtful
        by = answer["by"] if noticed else COLD if answer["result"] == "elsewhere" else f"{answer['by']} tests"
        outcomes.append(Outcome(one, not noticed, by))
    return outcomes


def _cold(warm: Outcome, reach: Reach, copies: Queue[Path]) -> Outcome:
    """Judge in a process of its own: by the nearest tests, by all of them where no warm process could."""
    one, copy = warm.fault, copies.get()
    tests = reach.tests(one.path, one.line)
    right = (copy / one.path).read_text()
    (copy / one.path).write_text(one.code)
    try:
        by = _first_failing([*tests[:NEAREST], *CONVENTIONS], copy)
        if by is None and warm.by == COLD and tests[NEAREST:]:
            by = _first_failing(tests[NEAREST:], copy)
    finally:
        (copy / one.path).write_text(right)
        for compiled in (copy / one.path).parent.glob(f"__pycache__/{one.path.stem}.*.pyc"):
            compiled.unlink()
        copies.put(copy)
    return Outcome(one, by is None, by or (f"{len(tests)} tests" if warm.by == COLD else warm.by))


def _copy(to: Path) -> Path:
    """Lay out what is committed or changed, with the compiled catalogues and the migrated database."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    more = [path.relative_to(ROOT) for path in ROOT.glob("polku/**/*.mo")]
    for name in [*map(Path, listed.stdout.decode().split("\0")[:-1]), *more]:
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to / name)
    if (ROOT / "var" / "tests").exists():
        shutil.copytree(ROOT / "var" / "tests", to / "var" / "tests", symlinks=True)
    return to


def _first_failing(tests: Sequence[str], copy: Path) -> str | None:
    """Return the test that fails; None where all pass, or did so until their time was over."""
    quiet = [sys.executable, "-m", "pytest", "-q", "-x", "--no-header", "--tb=no"]
    where = os.environ | {"PYTHONPATH": str(copy)}
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as listed:
        listed.write("\n".join(tests))
        listed.flush()
        try:
            ended = subprocess.run(
                [*quiet, f"@{listed.name}"], cwd=copy, env=where, capture_output=True, text=True, timeout=PATIENCE
            )
        except subprocess.TimeoutExpired:
            return None
    if ended.returncode == 0:
        return None
    said = ended.stdout + ended.stderr
    failed = [line for line in said.splitlines() if line.startswith(("FAILED", "ERROR"))]
    # A fault that keeps the tests from being found or loaded has been noticed too.
    return failed[0] if failed else " ".join(said.split())[-200:]


def _described(one: Fault) -> str:
    before, after = (ROOT / one.path).read_text().splitlines(), one.code.splitlines()
    changed = [line for line in unified_diff(before, after, n=0, lineterm="") if line[:2] not in ("--", "++", "@@")]
    return f"{one.path}:{one.line} {one.name}\n    " + "\n    ".join(changed)


def _tell(name: str, outcomes: Sequence[Outcome]) -> float:
    survived = [outcome for outcome in outcomes if outcome.survived]
    share = len(survived) / max(len(outcomes), 1)
    print(f"\n{name}: {len(outcomes)} faults, {len(survived)} survived ({share:.1%})")
    for outcome in survived:
        print(f"{_described(outcome.fault)}\n    ({outcome.by})")
    return share


if __name__ == "__main__":
    sys.exit(main())
