"""`polku law` as somebody else's program uses it: names, exit status, no silence about bad rows."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from polku.rules import versions
from polku.rules.command import main

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
        (["review", "0001-01-01"], "outside"),
        (["review", "2101-01-01"], "outside"),
        (["review", "2027-02-29"], "not a day"),
        (["review", "２０２６-11-24"], "write it as"),
        (["review", "+026-11-24"], "write it as"),
        (["x" * 5000, "2026-11-24"], "no rule"),
        (["review", "2026-11-24", "--fact", "=1"], "no fact ''"),
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


def test_counts_every_vector() -> None:
    """`vectors.csv` was worked out by hand, apart from the code and from `vectors.yaml`."""
    wanted = (Path(__file__).parent / "vectors.csv").read_text()
    asked = "".join(",".join(line.split(",")[:2]) + "\n" for line in wanted.splitlines())
    assert _law("batch", given=asked) == (0, wanted, "")


def test_names_the_line_of_every_bad_row_and_counts_the_others() -> None:
    rows = "rule,day0\nnope,2026-12-18\nreview,2026-02-30\nreview\nreview,2026-12-02,x\n\nreview,2026-12-02\n"
    status, out, err = _law("batch", given=rows)
    assert status == 2
    assert out.splitlines()[1:] == ["review,2026-12-02,2027-01-04,2027-01-04"]
    assert [line.split(": ")[1] for line in err.splitlines()] == ["line 2", "line 3", "line 4", "line 5"]


def test_leaves_out_only_the_row_that_cannot_be_read() -> None:
    bad = [b"\xff,2026-12-02", b'"review"x,2026-12-02', b"z" * 200_000 + b",2026-12-02", b"review,2026-12-02\x00"]
    rows = b"\n".join([b"rule,day0", b"review,2026-12-02", *bad, b"review,2026-12-03", b'"review,2026-12-04'])
    status, out, err = _law("batch", given=rows)
    assert status == 2
    assert [line.split(",")[1] for line in out.splitlines()[1:]] == ["2026-12-02", "2026-12-03"]
    assert [line.split(": ")[1] for line in err.splitlines()] == [f"line {n}" for n in (3, 4, 5, 6, 8)]
    assert "not UTF-8" in err.splitlines()[0]
    assert max(map(len, err.splitlines())) < 400


def test_names_the_rules_once_however_many_are_unknown() -> None:
    _, _, err = _law("batch", given="rule,day0\n" + "nope,2026-12-02\n" * 50)
    assert len(err.splitlines()) == 50
    assert err.count("The rules are") == 1


def test_reads_further_columns_and_blank_lines() -> None:
    rows = '\n\nrule,day0,note\n\n  \nreview,2026-12-02,"two\nlines"\nreview , 2026-12-03,\n'
    status, out, err = _law("batch", given=rows)
    assert (status, err) == (0, "")
    assert [line.split(",")[:2] for line in out.splitlines()[1:]] == [
        ["review", "2026-12-02"],
        ["review", "2026-12-03"],
    ]


@pytest.mark.parametrize(
    ("args", "shell", "status", "words"),
    [
        ("list", ">/dev/full", 1, "No space left"),
        ("batch", ">/dev/full", 1, "No space left"),
        ("list", ">&-", 1, "standard output is closed"),
        ("batch", "<&-", 2, "standard input is closed"),
        ("explain review 2026-12-02", "2>&-", 0, ""),
    ],
)
def test_says_in_words_what_it_cannot_read_or_write(args: str, shell: str, status: int, words: str) -> None:
    command = f"""printf 'rule,day0\nreview,2026-12-02\n' | '{sys.executable}' -c "{COMMAND[2]}" {args} {shell}"""
    # As by itself: what is written waits in a buffer until the end.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    ran = subprocess.run(["bash", "-c", command], capture_output=True, check=False, timeout=60, env=env)
    assert ran.returncode == status
    assert words in ran.stderr.decode()
    assert "Traceback" not in ran.stderr.decode()


def test_writes_utf_8_whatever_the_locale() -> None:
    env = {"PATH": os.environ["PATH"], "LC_ALL": "POSIX", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    ran = subprocess.run([*COMMAND, "list"], capture_output=True, env=env, check=False, timeout=60)
    assert ran.returncode == 0
    assert "36 § 2 mom." in ran.stdout.decode()


@pytest.mark.parametrize(
    ("rule", "facts", "starts"),
    [
        ("pta_start_adult", ["age=80"], True),
        ("pta_start_adult", [], None),
        ("pta_start_adult", ["age=30"], None),
        ("pta_start_adult", ["age=30", "highest_care_allowance=no"], False),
        ("pta_start_adult", ["age=80", "assessment_needed=no"], False),
        ("pta_generic", ["age=80"], False),
        ("pta_generic", ["age=30"], True),
        ("tt_urgent", ["urgent=yes"], None),
        ("tt_urgent", ["urgent=yes", "application=none"], False),
    ],
)
def test_says_whether_the_facts_start_the_clock(
    rule: str, facts: list[str], starts: bool | None, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [part for fact in facts for part in ("--fact", fact)]
    assert main(["explain", rule, "2026-12-02", *given, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["starts"] is starts
    assert main(["explain", rule, "2026-12-02", *given, "--lang", "en"]) == 0
    assert ("this limit does not start" in capsys.readouterr().out) is (starts is False)


@pytest.mark.parametrize(
    "given", ["", "\n\n", "day0,rule\n", "rule;day0\n", "review,2026-12-02\n", b"\xff\xfe", 'rule,day0\n"review']
)
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


def test_writes_nothing_more_when_it_is_interrupted() -> None:
    env = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    rows = 1000
    # Where the tests run as a shell's background job, a child would have inherited that it ignores the signal.
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen([*COMMAND, "batch"], env=env, preexec_fn=heard, **pipes) as ran:
        assert ran.stdin is not None and ran.stdout is not None
        ran.stdin.write(b"rule,day0\n" + b"review,2026-12-02\n" * rows)
        ran.stdin.flush()
        said = ran.stdout.read(1)  # it runs
        time.sleep(0.5)
        ran.send_signal(signal.SIGINT)
        said += ran.stdout.read()
        assert ran.wait(timeout=60) == 130
        assert ran.stderr is not None and ran.stderr.read() == b""
    assert 0 < said.count(b"\n") < rows, "what waited in the buffer is given up"
