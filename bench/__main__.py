"""`python -m bench`: builds, copies, measures, prints; `make bench` calls it."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple
from pathlib import Path

from bench import building, copying, table
from bench.measuring import Measured
from bench.operations.ground import Ground
from bench.site import Site

SIZES = (10_000, 100_000, 1_000_000)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the bench; returns the exit status."""
    wanted = _parser().parse_args(argv)
    # Beside the database, not in the project: a million contacts take some 10 GB.
    var = wanted.var or Path(tempfile.mkdtemp(prefix="polku-bench-", dir="/var/tmp"))
    for name in ("DATABASE_URL", "POLKU_POOL"):
        os.environ.pop(name, None)
    os.environ |= {"POLKU_VAR": str(var), "DJANGO_SETTINGS_MODULE": "polku.site.settings", "POLKU_DEMO_CONTACTS": "0"}
    # Ended by hand it takes its servers and its folder along, as at the end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    site, found = Site(var), []
    try:
        with site.cluster.using():
            for measured in _measured(site, wanted):
                found.append(measured)
                print("\r" + table.lines([measured])[-1], flush=True)
    finally:
        if not wanted.keep:
            shutil.rmtree(var, ignore_errors=True)
    print("\n" + "\n".join(table.lines(found)))
    if wanted.json:
        table.write(found, wanted.json)
    return 0


def _measured(site: Site, wanted: argparse.Namespace) -> Iterator[Measured]:
    import django

    django.setup()
    if (mark := site.var / "built.json").exists():
        size, *built = json.loads(mark.read_text())
        yield from _operate(Ground(site, building.Built(*built), size, wanted.rounds), wanted.only)
        return
    took = _Stopwatch()
    building.lives(site, contacts=wanted.lives)
    with site.admin() as admin:
        known = copying.originals(admin)
    took.say(f"{known.contacts} lives by the real actions")
    there, built = 1, None
    for size in wanted.sizes:
        copies = known.copies_for(size)
        copying.grow(site.admin, known, there=there, wanted=copies)
        there = max(there, copies)
        took.say(f"copied to {size:,} contacts")
        built = built or building.rest(site)
        mark.write_text(json.dumps([size, *astuple(built)]))
        yield from _operate(Ground(site, built, size, wanted.rounds), wanted.only)
        took.say("measured")


def _operate(ground: Ground, only: Sequence[str]) -> Iterator[Measured]:
    """Measure every operation on one size, against a web server started for it."""
    with ground.site.serving():
        for operation in _operations(only):
            for measured in operation(ground):
                measured.size = ground.size
                yield measured


def _operations(only: Sequence[str]) -> list[Callable[..., Iterator[Measured]]]:
    from bench.operations import (
        case_page,
        contention,
        creating,
        deadlines,
        footprint,
        free_times,
        manager,
        searching,
        worklist,
    )

    modules = (creating, worklist, searching, free_times, contention, case_page, manager, deadlines, footprint)
    return [module.run for module in modules if not only or module.__name__.rpartition(".")[2] in only]


class _Stopwatch:
    """Tells what took how long."""

    def __init__(self) -> None:
        self.began = time.monotonic()

    def say(self, what: str) -> None:
        now = time.monotonic()
        print(f"  {what}: {now - self.began:.0f} s", flush=True)
        self.began = now


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench", description="Ours beside bare SQL, on lives of any number.")
    parser.add_argument("--sizes", type=_sizes, default=SIZES, metavar="N,N", help="contacts, from small to large")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the table as JSON too")
    parser.add_argument("--lives", type=int, default=1000, metavar="N", help="lives by the real actions")
    parser.add_argument("--rounds", type=int, default=60, metavar="N", help="runs of a page")
    parser.add_argument("--only", type=lambda text: text.split(","), default=(), metavar="NAME,NAME", help="operations")
    parser.add_argument("--var", type=Path, metavar="FOLDER", help="its folder; one that was kept is measured again")
    parser.add_argument("--keep", action="store_true", help="leave the folder as it is at the end")
    return parser


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(sorted(int(part) for part in text.replace("_", "").split(",") if part))


if __name__ == "__main__":
    sys.exit(main())
