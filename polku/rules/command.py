"""`polku law`: the rules on the command line. Needs no database and loads nothing of the web product.

The commands and the names of their columns and fields are stable. What is written is UTF-8, whatever the locale.
"""

import argparse
import csv
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from io import TextIOWrapper
from typing import Any

from polku.rules import deadlines, facts, sentences, versions
from polku.rules.counting import count
from polku.rules.data import LANGUAGES
from polku.rules.errors import OutOfCalendar, RuleError, UnknownRule, shown

_HEAD = ("rule", "day0", "last_day", "last_day_lenient")


def main(argv: Sequence[str] | None = None) -> int:
    """Run `polku law list | explain | batch` and return the exit status: 0 well, 1 cannot write, 2 wrongly asked."""
    wanted = _parser().parse_args(argv)
    if sys.stdout is None:
        return _told("there is nowhere to write: standard output is closed.", 1)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    run: Callable[[argparse.Namespace], int] = wanted.run
    try:
        status = run(wanted)
        sys.stdout.flush()
    except RuleError as error:
        return _told(str(error), 2)
    except KeyboardInterrupt:
        _forget_output()
        return 130
    except BrokenPipeError:  # the reader has closed (`| head`)
        _forget_output()
        return 0
    except OSError as error:
        _forget_output()
        return _told(f"reading or writing failed: {error.strerror or error}.", 1)
    return status


def _told(sentence: str, status: int) -> int:
    if sys.stderr is not None:
        print(f"polku law: {sentence}", file=sys.stderr)
    return status


def _forget_output() -> None:
    """Let nothing more be written, not even by the interpreter on its way out."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


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
        for version in rule.holding:
            length = f"{version.length} {version.unit}" if version.counts else version.kind
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
        "withdrawn": version.withdrawn or None,
    }


def _explain(wanted: argparse.Namespace) -> int:
    day0, told = _day(wanted.date), _facts(wanted.fact)
    deadline = deadlines.compute(wanted.rule, day0, told)
    starts = deadlines.starts(wanted.rule, told, day0)
    if wanted.json:
        print(json.dumps(deadline.as_json(wanted.lang) | {"starts": starts}, ensure_ascii=False, indent=2))
        return 0
    print(deadline.because(wanted.lang))
    if starts is False:
        print(sentences.text("does_not_start", wanted.lang))
    return 0


def _facts(given: Sequence[str]) -> dict[str, str]:
    told: dict[str, str] = {}
    for fact in given:
        name, equals, value = fact.partition("=")
        if not equals:
            known = ", ".join(facts.known())
            raise RuleError("wrong_fact", f"--fact {shown(fact)}: write name=value. Known facts: {known}.")
        if name in told:
            raise RuleError("wrong_fact", f"--fact {shown(name)}: given twice.")
        told[name] = value
    return told


def _day(text: str) -> date:
    # date.fromisoformat also takes week dates and dates without dashes: one form only
    if len(text) == 10 and text[4] == text[7] == "-" and text.isascii() and text.replace("-", "").isdecimal():
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise RuleError("wrong_date", f"{text} is not a day of the calendar.") from None
    raise RuleError("wrong_date", f"{shown(text)} is not a date: write it as 2026-11-24.")


def _batch(_: argparse.Namespace) -> int:
    """Stream the rows; a bad row is told on standard error with its line number and left out of the output."""
    if sys.stdin is None:
        raise RuleError("no_input", "there is nothing to read: standard input is closed.")
    # A byte that is not UTF-8 spoils its own row only.
    if isinstance(sys.stdin, TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8-sig", errors="surrogateescape", newline="")
    rows = _rows(csv.reader(sys.stdin, strict=True))
    header = next((row for _line, row in rows if isinstance(row, RuleError) or _filled(row)), None)
    if not isinstance(header, list) or [cell.strip() for cell in header[:2]] != ["rule", "day0"]:
        raise RuleError("wrong_header", "line 1: the first line must be: rule,day0 (CSV with commas, in UTF-8)")
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(_HEAD)
    complaints = _Complaints()
    answers: dict[str, dict[str, tuple[str, str]]] = {}
    for line, row in rows:
        try:
            if isinstance(row, RuleError):
                raise row
            if not _filled(row):
                continue
            if len(row) != len(header):
                raise RuleError("wrong_row", f"cells in this row: {len(row)}, in the first line: {len(header)}.")
            rule, day0 = row[0].strip(), row[1].strip()
            known = answers.get(rule)
            if known is None:
                versions.rule(rule)  # says when there is none
                known = answers[rule] = {}
            answer = known.get(day0)
            if answer is None:
                answer = known[day0] = _answer(rule, day0)  # at most one for each day of the calendar
            writer.writerow((rule, day0, *answer))
        except RuleError as error:
            complaints.tell(line, error)
    return 2 if complaints.any else 0


def _filled(row: list[str]) -> bool:
    return len(row) > 1 or bool(row and row[0].strip())


def _rows(reader: Any) -> Iterator[tuple[int, list[str] | RuleError]]:
    """Each row, or what is wrong with it, with the number of its first line."""
    while True:
        line = reader.line_num + 1
        try:
            yield line, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            until = f" (read as one row up to line {reader.line_num})" if reader.line_num > line else ""
            yield line, RuleError("wrong_csv", f"this is not CSV: {error}{until}.")


def _answer(rule: str, day0: str) -> tuple[str, str]:
    day = _day(day0)
    version = versions.rule(rule).on(day)
    last, lenient, _moved_from = count(version.unit, version.length, day)
    return last.isoformat() if last else "", lenient.isoformat() if lenient else ""


class _Complaints:
    """Tells bad rows by line; what the rules are called is said once only."""

    def __init__(self) -> None:
        self.any = self._rules_said = False

    def tell(self, line: int, error: RuleError) -> None:
        self.any = True
        message = error.message
        if isinstance(error, UnknownRule):
            if self._rules_said:
                message = f"There is no rule {shown(error.facts['rule'])}."
            self._rules_said = True
        hint = " (nothing was counted)" if isinstance(error, OutOfCalendar) else ""
        hint = " (the line is not UTF-8)" if "\\udc" in message else hint
        if sys.stderr is not None:
            print(f"polku law batch: line {line}: {message}{hint}", file=sys.stderr)
