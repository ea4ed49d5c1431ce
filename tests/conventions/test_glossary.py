import importlib
import re
from pathlib import Path

import pytest

ROWS = [
    [cell.strip() for cell in line.strip("|\n").split("|")]
    for line in (Path(__file__).parents[2] / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines()
    if re.match(r"\|.*`polku\.", line)
]


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_every_word_of_the_glossary_is_in_the_code(row: list[str]) -> None:
    _english, finnish, swedish, place, _source = row
    assert finnish and swedish
    parts = place.strip("`").split(".")
    for size in range(len(parts), 0, -1):
        try:
            thing: object = importlib.import_module(".".join(parts[:size]))
        except ModuleNotFoundError:
            continue
        for name in parts[size:]:
            thing = getattr(thing, name)
        return
    raise AssertionError(place)


def test_the_glossary_is_in_order_and_says_nothing_twice() -> None:
    words = [row[0] for row in ROWS]
    assert words == sorted(words)
    assert len(words) == len(set(words)) > 40
