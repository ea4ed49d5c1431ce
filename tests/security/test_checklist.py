"""docs/security-asvs.md: every requirement once, and no test named that is not there."""

import re
from collections import Counter
from pathlib import Path

from tests.conventions.layers import ROOT

PAGE = ROOT / "docs" / "security-asvs.md"
# How many requirements of levels 1 and 2 each chapter of version 5.0.0 has.
CHAPTERS = dict(zip(range(1, 18), (27, 11, 19, 10, 9, 35, 18, 7, 7, 29, 14, 9, 13, 9, 13, 16, 7), strict=True))
STATES = {"met", "partly", "not met", "installation", "n.a."}


def rows() -> list[list[str]]:
    """Return the cells of each line that has a number."""
    lines = [
        line.strip("| ").split(" | ") for line in PAGE.read_text("utf-8").splitlines() if re.match(r"\| \d+\.", line)
    ]
    assert all(len(cells) == 5 for cells in lines)
    return lines


def test_lists_every_requirement_once() -> None:
    numbers = [cells[0] for cells in rows()]
    assert Counter(int(number.split(".")[0]) for number in numbers) == CHAPTERS
    assert len(set(numbers)) == len(numbers)


def test_counts_its_own_lines() -> None:
    states = Counter(cells[3] for cells in rows())
    assert set(states) <= STATES
    said = dict(re.findall(r"^\| ([a-z. ]+?) \| (\d+) \|", PAGE.read_text("utf-8"), re.MULTILINE))
    assert {name: int(said[name]) for name in STATES} == {name: states[name] for name in STATES}
    assert int(said["all"]) == sum(states.values())


def test_names_only_tests_that_exist() -> None:
    there = {
        name
        for path in Path(ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)", path.read_text("utf-8"))
    } | {path.name for path in (ROOT / "tests").rglob("test_*.py")}
    named = set(re.findall(r"\b(test_\w+(?:\.py)?)", PAGE.read_text("utf-8")))
    assert named
    assert not sorted(named - there)
