"""`make mutants`: puts a sample of small faults into rules and actions, and prints those that no test notices.

First the tests run once with coverage, which tells for each line the tests that run it. Then each fault goes into a copy
of the project, and those tests run there until one fails: first the nearest ones, then, if none has failed, all of them
and the project's own conventions. A fault on a line that no test runs has survived.
"""

from __future__ import annotations

import argparse
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

from coverage import CoverageData

from tests.mutants.faults import Fault, fault, places

ROOT = Path(__file__).resolve().parents[2]
FOUND = {"rules": ("polku/rules/*.py",), "actions": ("polku/*/actions.py", "polku/*/actions/*.py")}
TESTS = ["-m", "not browser and not alone and not slow", "tests"]
# Pages and the API call actions too, and some actions only they.
PAGES = ["-m", "slow and not browser and not alone", "tests/desk", "tests/site"]
NEAR, PATIENCE = 12, 900.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one fault."""

    fault: Fault
    tests: int
    survived: bool


def main(argv: Sequence[str] | None = None) -> int:
    """Run; returns 1 when more than a tenth survive."""
    wanted = _parser().parse_args(argv)
    home = Path(tempfile.mkdtemp(prefix="polku-mutants-"))
    try:
        kept = wanted.coverage or home / "coverage"
        if not kept.exists():
            _cover(kept)
        chosen = list(_sample(wanted.of, wanted.sample, random.Random(wanted.seed)))
        outcomes = _judge_all(chosen, _Reach(kept), home, wanted.processes)
    finally:
        if not wanted.keep:
            shutil.rmtree(home, ignore_errors=True)
    return _tell(outcomes)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--of", nargs="+", choices=FOUND, default=list(FOUND))
    parser.add_argument("--sample", type=int, default=100, help="faults of each")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--coverage", type=Path, help="which test runs which line; made when it is not there")
    parser.add_argument("--keep", action="store_true", help="leave the copies where they are")
    return parser


def _cover(kept: Path) -> None:
    """Run the tests once and keep which of them runs which line."""
    os.environ["COVERAGE_FILE"] = str(kept)
    for number, tests in enumerate((TESTS, PAGES)):
        more = ["--cov-append"] if number else []
        options = ["--cov=polku", "--cov-context=test", "--cov-report=", "-n", "2", "-p", "no:cacheprovider"]
        subprocess.run([sys.executable, "-m", "pytest", "-q", *options, *more, *tests], cwd=ROOT, check=True)


def _sample(of: Sequence[str], size: int, rng: random.Random) -> Iterator[Fault]:
    for name in of:
        files = sorted(path for pattern in FOUND[name] for path in ROOT.glob(pattern))
        everywhere = [(path.relative_to(ROOT), place) for path in files for place in places(path.read_text())]
        rng.shuffle(everywhere)
        made = (fault(ROOT, path, place) for path, place in everywhere)
        taken = [one for _number, one in zip(range(size), filter(None, made), strict=False)]
        print(f"{name}: {len(taken)} of {len(everywhere)} places for a fault", flush=True)
        yield from taken


class _Reach:
    """Which tests run a line."""

    def __init__(self, kept: Path) -> None:
        self.data = CoverageData(str(kept))
        self.data.read()
        self.lines: dict[Path, dict[int, list[str]]] = {}

    def tests(self, path: Path, line: int) -> list[str]:
        """Return the tests that run the line; for one that runs at import only, all that run a line of the file."""
        if path not in self.lines:
            self.lines[path] = self.data.contexts_by_lineno(str(ROOT / path))
        lines = self.lines[path]
        found = _named(lines.get(line, ()))
        if not found and "" in lines.get(line, ()):
            found = sorted({test for contexts in lines.values() for test in _named(contexts)})
        own = f"tests/{path.parts[1]}/"
        return sorted(found, key=lambda test: (not test.startswith(own), test))


def _named(contexts: Sequence[str]) -> list[str]:
    return [context.rpartition("|")[0] for context in contexts if context.endswith("|run")]


def _judge_all(faults: Sequence[Fault], reach: _Reach, home: Path, processes: int) -> list[Outcome]:
    copies: Queue[Path] = Queue()
    for number in range(processes):
        copy = _copy(home / f"copy{number}")
        if not _passes(["tests/rules/test_promises.py", "tests/cases"], copy):
            raise RuntimeError("the tests fail without any fault")
        copies.put(copy)

    def judge(one: Fault) -> Outcome:
        copy = copies.get()
        try:
            return _judge(one, reach.tests(one.path, one.line), copy)
        finally:
            copies.put(copy)

    with ThreadPoolExecutor(processes) as pool:
        outcomes = []
        for outcome in pool.map(judge, faults):
            outcomes.append(outcome)
            if outcome.survived:
                print(f"survived {outcome.tests} tests: {_described(outcome.fault)}", flush=True)
    return outcomes


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


def _judge(one: Fault, tests: list[str], copy: Path) -> Outcome:
    right = (copy / one.path).read_text()
    (copy / one.path).write_text(one.code)
    try:
        near = random.Random(str(one.path)).sample(tests[: 4 * NEAR], min(NEAR, len(tests)))
        survived = not near or (_passes(near, copy) and _passes([*tests, "tests/conventions"], copy))
    finally:
        (copy / one.path).write_text(right)
    return Outcome(one, len(tests), survived)


def _passes(tests: list[str], copy: Path) -> bool:
    """Return whether the tests pass; one that takes for ever does not."""
    quiet = [sys.executable, "-m", "pytest", "-q", "-x", "--no-header", "--tb=no", "-p", "no:cacheprovider"]
    where = os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as listed:
        listed.write("\n".join(tests))
        listed.flush()
        try:
            ended = subprocess.run(
                [*quiet, f"@{listed.name}"], cwd=copy, env=where, capture_output=True, timeout=PATIENCE
            )
        except subprocess.TimeoutExpired:
            return False
    if ended.returncode == 4:
        raise RuntimeError(ended.stdout.decode()[-2000:] + ended.stderr.decode()[-2000:])
    return ended.returncode == 0


def _described(one: Fault) -> str:
    before, after = (ROOT / one.path).read_text().splitlines(), one.code.splitlines()
    changed = [line for line in unified_diff(before, after, n=0, lineterm="") if line[:2] not in ("--", "++", "@@")]
    return f"{one.path}:{one.line} {one.name}\n    " + "\n    ".join(changed)


def _tell(outcomes: Sequence[Outcome]) -> int:
    survived = [outcome for outcome in outcomes if outcome.survived]
    share = len(survived) / max(len(outcomes), 1)
    print(f"\n{len(outcomes)} faults, {len(survived)} survived ({share:.1%}):")
    for outcome in survived:
        print(_described(outcome.fault))
    return int(share > 0.1)


if __name__ == "__main__":
    sys.exit(main())
