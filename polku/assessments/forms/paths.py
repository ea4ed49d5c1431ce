"""Paths of questions: `section.question` in a definition; with row numbers, `section.group[2].question`, in answers."""

import re

KEY = re.compile(r"[a-z][a-z0-9_]{0,49}")
ROWS_AT_MOST = 99
_ROW = re.compile(r"\[(\d+)\]")
_ANSWER = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*(\[[1-9][0-9]?\])?)+")


def plain(path: str) -> str:
    """Return the path in the definition: without row numbers."""
    return _ROW.sub("", path)


def written_well(path: str) -> bool:
    """Say whether a path of an answer is written as one; rows are numbered from 1 to ROWS_AT_MOST."""
    return len(path) <= 500 and _ANSWER.fullmatch(path) is not None


def parent(path: str) -> str:
    """Return the path of the group row, question or section that a path lies in; "" for a section."""
    return path.rpartition(".")[0]


def rows(path: str) -> dict[str, int]:
    """Return the row number of each repeating group on the way, by the group's path in the definition."""
    return {plain(path[: found.start()]): int(found[1]) for found in _ROW.finditer(path)}


def groups(path: str) -> list[tuple[str, int]]:
    """Return the repeating groups on the way with their row numbers, each by its own path with the rows above it."""
    return [(path[: found.start()], int(found[1])) for found in _ROW.finditer(path)]
