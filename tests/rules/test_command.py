"""`polku law` as somebody else's program uses it: names, exit status, no silence about bad rows."""

import json
import subprocess
import sys
from datetime import date

import pytest

from polku.rules import versions

COMMAND = [sys.executable, "-c", "import sys; from polku.rules.command import main; sys.exit(main())"]


def _law(*args: str, given: str | bytes = "") -> tuple[int, str, str]:
    data = given.encode() if isinstance(given, str) else given
    ran = subprocess.run([*COMMAND, *args], input=data, capture_output=True, check=False, timeout=60)
    return ran.returncode, ran.stdout.decode(), ran.stderr.decode()


def test_lists_every_rule_with_act_and_section() -> None:
    status, out, _ = _law("list", "--json")
    listed = json.loads(out)
    assert status == 0
    assert {rule["rule"] for rule in listed} == set(versions.all_rules())
    for rule in listed:
        assert rule["act"] and rule["section"] and rule["name"]
        assert date.fromisoformat(rule["valid_from"])
    assert {"Sosiaalihuoltolaki 1301/2014"} <= {rule["act"] for rule in listed}
    status, out, _ = _law("list")
    assert status == 0
    assert "36 § 2 mom." in out


def test_explains_with_all_the_stable_fields() -> None:
    status, out, _ = _law("explain", "pta_start_adult", "2026-12-18", "--fact", "age=80", "--json", "--lang", "sv")
    told = json.loads(out)
    assert status == 0
    stable = "rule day0 last_day last_day_lenient act section version in_force because skipped facts"
    assert set(stable.split()) <= set(told)
    assert (told["last_day"], told["last_day_lenient"]) == ("2026-12-30", "2026-12-31")
    assert told["facts"] == {"age": 80}
    assert told["skipped"][0] == {"date": "2026-12-19", "name": "lördag", "reason": "saturday"}
    assert "klienten har fyllt 75 år" in told["because"]


def test_explains_in_words() -> None:
    status, out, _ = _law("explain", "review", "2026-12-02", "--lang", "en")
    assert status == 0
    assert out.startswith("A review must be requested by Mon 4 Jan 2027")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["nope", "2026-11-24"], "no rule 'nope'"),
        (["review", "2026-02-30"], "not a day"),
        (["review", "24.11.2026"], "write it as"),
        (["review", "2026-W48-2"], "write it as"),
        (["review", "1950-01-01"], "outside"),
        (["review", "2026-11-24", "--fact", "age"], "name=value"),
        (["review", "2026-11-24", "--fact", "age=x"], "age"),
        (["review", "2026-11-24", "--fact", "wings=true"], "wings"),
        (["review", "2026-11-24", "--fact", "age=1", "--fact", "age=2"], "twice"),
    ],
)
def test_says_what_was_wrong_in_the_question(args: list[str], words: str) -> None:
    status, out, err = _law("explain", *args)
    assert status == 2
    assert out == ""
    assert words in err
    assert "Traceback" not in err


def test_counts_a_batch() -> None:
    rows = "rule,day0\npta_start_adult,2026-12-18\npta_generic,2026-12-18\npta_start_disabled,2024-12-31\n"
    status, out, err = _law("batch", given=rows)
    assert (status, err) == (0, "")
    assert out.splitlines() == [
        "rule,day0,last_day,last_day_lenient",
        "pta_start_adult,2026-12-18,2026-12-30,2026-12-31",
        "pta_generic,2026-12-18,,",
        "pta_start_disabled,2024-12-31,2025-01-13,2025-01-13",
    ]


def test_names_the_line_of_every_bad_row_and_counts_the_others() -> None:
    rows = "rule,day0\nnope,2026-12-18\nreview,2026-02-30\nreview\nreview,2026-12-02,x\n\nreview,2026-12-02\n"
    status, out, err = _law("batch", given=rows)
    assert status == 2
    assert out.splitlines()[1:] == ["review,2026-12-02,2027-01-04,2027-01-04"]
    assert [line.split(": ")[1] for line in err.splitlines()] == ["line 2", "line 3", "line 4", "line 5"]


@pytest.mark.parametrize("given", ["", "day0,rule\n", "review,2026-12-02\n", b"\xff\xfe", 'rule,day0\n"review'])
def test_refuses_what_is_not_such_a_table(given: str | bytes) -> None:
    status, _, err = _law("batch", given=given)
    assert status == 2
    assert "line" in err
    assert "Traceback" not in err


def test_reads_a_table_saved_by_a_spreadsheet() -> None:
    status, out, _ = _law("batch", given=b"\xef\xbb\xbfrule,day0\r\nreview,2026-12-02\r\n")
    assert status == 0
    assert out.splitlines()[1] == "review,2026-12-02,2027-01-04,2027-01-04"


def test_loads_neither_the_web_framework_nor_a_driver() -> None:
    code = (
        "import sys; from polku.rules import command; command.main(['list']);"
        "sys.exit(bool({'django', 'psycopg', 'holidays'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, check=False).returncode == 0


def test_stops_quietly_when_the_reader_goes_away() -> None:
    rows = "rule,day0\n" + "review,2026-12-02\n" * 20_000
    ran = subprocess.run(
        ["sh", "-c", f'"{sys.executable}" -c "{COMMAND[2]}" batch | head -n 1'],
        input=rows.encode(),
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert ran.stdout.decode() == "rule,day0,last_day,last_day_lenient\n"
    assert ran.stderr.decode() == ""
