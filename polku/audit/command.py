"""`polku audit verify`: check the whole log; 0 when it is sound, 1 when anything is wrong."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict

from polku.audit import seals
from polku.audit.verify import Report, verify
from polku.kit import clock


def main(argv: Sequence[str]) -> int:
    """Run one command on the log and return its exit status."""
    parser = argparse.ArgumentParser(prog="polku audit", description="The log of reads and changes.")
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("verify", help="check rows, seals and anchors; exit 1 on any finding")
    check.add_argument("--json", action="store_true", help="print the report as JSON")
    sealing = commands.add_parser("seal", help="seal and anchor now, looking at the whole log (after a restore)")
    sealing.add_argument("--json", action="store_true", help="print the result as JSON")
    wanted = parser.parse_args(list(argv))
    return _verify(wanted.json) if wanted.command == "verify" else _seal(wanted.json)


def _verify(as_json: bool) -> int:
    begun = time.perf_counter()
    report = verify(at=clock.now(), rows_seen=_progress if sys.stderr.isatty() else None)
    if as_json:
        print(json.dumps({"sound": report.sound, **asdict(report)}, ensure_ascii=False))
    else:
        _tell(report, time.perf_counter() - begun)
    return 0 if report.sound else 1


def _tell(report: Report, seconds: float) -> None:
    for finding in report.findings:
        print(f"{finding.code} ({finding.about}): {finding.sentence}")
    if report.more:
        print(f"... and {report.more} more findings.")
    word = "The log is sound" if report.sound else "The log is NOT sound"
    print(
        f"{word}: {report.rows} rows ({report.unsealed} not yet sealed), {report.seals} seals, "
        f"{report.anchors} anchors checked in {seconds:.2f} s."
    )


def _progress(rows: int) -> None:
    if rows % 100_000 == 0:
        print(f"{rows} rows", file=sys.stderr)


def _seal(as_json: bool) -> int:
    at = clock.now()
    rows = seals.seal_all(at=at, everything=True)
    anchored = seals.anchor(at=at, now=True)
    print(json.dumps({"rows": rows, "anchored": anchored}) if as_json else f"{rows} rows sealed.")
    return 0
