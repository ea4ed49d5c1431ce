"""`python -m bench.profiling FOLDER PAGE...`: where a page's processor time goes, on a database kept by the bench.

The folder is one that `python -m bench --keep --var FOLDER` has left. Each page is opened in this very process: what it
costs, its statements, and the functions that take most.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import os
import pstats
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from bench import building, measuring
from bench.operations.ground import ANSWERING, Ground
from bench.site import Site

WARM = 5


def main(argv: Sequence[str] | None = None) -> int:
    """Print what the pages cost; returns the exit status."""
    parser = argparse.ArgumentParser(prog="bench.profiling", description="Where a page's processor time goes.")
    parser.add_argument("var", type=Path, help="a folder that the bench has kept")
    parser.add_argument("pages", nargs="*", default=["/work/"], help="addresses; `q=...` is a search")
    parser.add_argument("--who", default=ANSWERING, help="user name of an invented worker")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--top", type=int, default=0, metavar="N", help="print the N functions that take most")
    parser.add_argument("--statements", action="store_true", help="print each statement's beginning and time")
    wanted = parser.parse_args(argv)
    for name in ("DATABASE_URL", "POLKU_POOL"):
        os.environ.pop(name, None)
    os.environ |= {
        "POLKU_VAR": str(wanted.var), "DJANGO_SETTINGS_MODULE": "polku.site.settings", "POLKU_DEMO_CONTACTS": "0",
    }  # fmt: skip
    site = Site(wanted.var)
    with site.cluster.using():
        import django

        django.setup()
        if not (wanted.var / "static").exists():
            from django.core.management import call_command

            call_command("collectstatic", verbosity=0, interactive=False)
        size, *built = json.loads((wanted.var / "built.json").read_text())
        client = Ground(site, building.Built(*built), size, wanted.rounds).in_process(wanted.who)
        for page in wanted.pages:
            _print(page, _opener(client, page), wanted)
    return 0


def _opener(client: Any, page: str) -> Callable[[], Any]:
    def open_() -> Any:
        if page.startswith("q="):
            return client.post("/search/", {"q": page[2:]})
        return client.get(page)

    return open_


def _print(page: str, open_: Callable[[], Any], wanted: argparse.Namespace) -> None:
    for _ in range(WARM):
        answer = open_()
    spent, took = [], []
    for _ in range(wanted.rounds):
        cpu, wall = time.thread_time(), time.perf_counter()
        open_()
        spent.append((time.thread_time() - cpu) * 1000)
        took.append((time.perf_counter() - wall) * 1000)
    cost = measuring.cost(open_)
    print(
        f"{page}: {answer.status_code}, {len(answer.content)} bytes, {cost.queries} statements, "
        f"cpu median {median(spent):.1f} least {min(spent):.1f} ms, wall median {median(took):.1f} ms"
    )
    if wanted.statements:
        _statements(open_)
    if wanted.top:
        # Waiting for the database and for the processor does not count.
        profile = cProfile.Profile(time.thread_time)
        profile.enable()
        for _ in range(wanted.rounds):
            open_()
        profile.disable()
        for order in ("cumulative", "tottime"):
            pstats.Stats(profile, stream=sys.stdout).sort_stats(order).print_stats(wanted.top)


def _statements(open_: Callable[[], Any]) -> None:
    from django.db import connection

    def told(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            print(f"  {(time.perf_counter() - began) * 1000:6.2f} ms  {len(sql):5}  {' '.join(sql.split())[:220]}")

    with connection.execute_wrapper(told):
        open_()


if __name__ == "__main__":
    sys.exit(main())
