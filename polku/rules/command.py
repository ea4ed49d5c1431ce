"""`polku law`: the rules on the command line. Needs no database and loads nothing of the web product.

The commands and the names of their columns and fields are stable.
"""

import argparse
import csv
import json
import os
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, TextIO

from polku.rules import deadlines, facts, versions
from polku.rules.counting import count
from polku.rules.data import LANGUAGES
from polku.rules.errors import OutOfCalendar, RuleError

_HEAD = ("rule", "day0", "last_day", "last_day_lenient")


def main(argv: Sequence[str] | None = None) -> int:
    """Run `polku law list | explain | batch` and return the exit status: 0 well, 2 wrongly asked."""
    wanted = _parser().parse_args(argv)
    try:
        status: int = wanted.run(wanted)
        sys.stdout.flush()
    except RuleError as error:
        print(f"polku law: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # The reader has closed (`| head`): nothing more can be written, not even by the interpreter on its way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="polku law", description="Deadlines of the law, with their reasons.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="list|explain|batch")

    listing = commands.add_parser("list", help="every rule with its act and section")
    listing.add_argument("--json", action="store_true", help="as JSON, with every version")
    listing.add_argument("--lang", choices=LANGUAGES, default="fi")
    listing.set_defaults(run=_list)

    explain = commands.add_parser("explain", help="the last day of one rule, and why")
    explain.add_argument("rule", metavar="RULE")
    explain.add_argument("date", metavar="DATE", help="the day from which it counts, as 2026-11-24")
    explain.add_argument("--fact", action="append", default=[], metavar="name=value", help="may be given many times")
    explain.add_argument("--lang", choices=LANGUAGES, default="fi")
    explain.add_argument("--json", action="store_true")
    explain.set_defaults(run=_explain)

    batch = commands.add_parser("batch", help="CSV rule,day0 in; rule,day0,last_day,last_day_lenient out")
    batch.set_defaults(run=_batch)
    return parser


def _list(wanted: argparse.Namespace) -> int:
    rules = versions.all_rules().values()
    if wanted.json:
        listed = [_described(version, wanted.lang) for rule in rules for version in rule.versions]
        print(json.dumps(listed, ensure_ascii=False, indent=2))
        return 0
    for rule in rules:
        for version in rule.versions:
            length = f"{version.length} {version.unit}" if version.counts else version.kind
            source = version.sources[-1]
            until = f" – {version.valid_to}" if version.valid_to else ""
            print(f"{rule.id}  v{version.version}  {version.valid_from}{until}  {length}")
            print(f"    {version.name[wanted.lang]}")
            for source in version.sources:
                print(f"    {source.act(wanted.lang)}, {source.section(wanted.lang)}")
    return 0


def _described(version: versions.Version, lang: str) -> dict[str, Any]:
    source = version.sources[-1]
    return {
        "rule": version.rule,
        "name": version.name[lang],
        "names": dict(version.name),
        "act": source.act(lang),
        "act_number": source.number,
        "section": source.section(lang),
        "sources": [
            {"act": s.act(lang), "act_number": s.number, "section": s.section(lang), "when": dict(s.when)}
            for s in version.sources
        ],
        "version": version.version,
        "valid_from": version.valid_from.isoformat(),
        "valid_to": version.valid_to and version.valid_to.isoformat(),
        "kind": version.kind,
        "length": version.length,
        "unit": version.unit,
        "counted_from": version.trigger["key"],
        "stops_at": version.stops_at["key"],
        "applies_when": [{"when": dict(g.when), "because": g.because[lang]} for g in version.grounds],
        "needs": dict(version.needs),
        "unless_started": list(version.unless_started),
        "restarts_on": list(version.restarts_on),
        "pauses": version.pauses,
    }


def _explain(wanted: argparse.Namespace) -> int:
    day0 = _day(wanted.date)
    deadline = deadlines.compute(wanted.rule, day0, _facts(wanted.fact))
    if wanted.json:
        print(json.dumps(deadline.as_json(wanted.lang), ensure_ascii=False, indent=2))
    else:
        print(deadline.because(wanted.lang))
    return 0


def _facts(given: Sequence[str]) -> dict[str, str]:
    told: dict[str, str] = {}
    for fact in given:
        name, equals, value = fact.partition("=")
        if not equals:
            known = ", ".join(facts.known())
            raise RuleError("wrong_fact", f"--fact {fact!r}: write name=value. Known facts: {known}.")
        if name in told:
            raise RuleError("wrong_fact", f"--fact {name}: given twice.")
        told[name] = value
    return told


def _day(text: str) -> date:
    # date.fromisoformat also takes week dates and dates without dashes: one form only
    if len(text) == 10 and text[4] == "-" and text[7] == "-":
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise RuleError("wrong_date", f"{text} is not a day of the calendar.") from None
    raise RuleError("wrong_date", f"{text!r} is not a date: write it as 2026-11-24.")


def _batch(_: argparse.Namespace) -> int:
    """Stream the rows; a bad row is told on standard error with its line number and left out of the output."""
    status = 0
    sys.stdin.reconfigure(encoding="utf-8-sig", newline="")  # type: ignore[union-attr]
    reader = csv.reader(sys.stdin, strict=True)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    header = next(_rows(reader), None)
    if header is None or [cell.strip() for cell in header[:2]] != ["rule", "day0"]:
        raise RuleError("wrong_header", "line 1: the first line must be: rule,day0")
    writer.writerow(_HEAD)
    answers: dict[tuple[str, str], tuple[str, str]] = {}
    for row in _rows(reader):
        if not row:
            continue
        try:
            if len(row) != len(header):
                raise RuleError("wrong_row", f"{len(row)} cells where the header has {len(header)}.")
            key = row[0].strip(), row[1].strip()
            answer = answers.get(key)
            if answer is None:
                answer = _answer(*key)
                if len(answers) < 500_000:
                    answers[key] = answer
            writer.writerow((*key, *answer))
        except RuleError as error:
            _complain(sys.stderr, reader.line_num, error)
            status = 2
    return status


def _rows(reader: Any) -> Iterator[list[str]]:
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except (csv.Error, UnicodeDecodeError) as error:
            message = f"line {reader.line_num + 1}: this is not CSV in UTF-8 ({error})."
            raise RuleError("wrong_csv", message) from None


def _answer(rule: str, day0: str) -> tuple[str, str]:
    day = _day(day0)
    counted = count(versions.rule(rule).on(day), day)
    last, lenient = counted.last_day, counted.last_day_lenient
    return last.isoformat() if last else "", lenient.isoformat() if lenient else ""


def _complain(to: TextIO, line: int, error: RuleError) -> None:
    hint = " (nothing was counted)" if isinstance(error, OutOfCalendar) else ""
    print(f"polku law batch: line {line}: {error}{hint}", file=to)
