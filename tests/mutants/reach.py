"""Which tests run a line, the nearest first."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from coverage import CoverageData

ROOT = Path(__file__).resolve().parents[2]
NEAR = 12


class Reach:
    """What a run with coverage has told."""

    def __init__(self, kept: Path) -> None:
        self.data = CoverageData(str(kept))
        self.data.read()
        self.files: dict[Path, _File] = {}

    def tests(self, path: Path, line: int) -> list[str]:
        """Return every test that runs the line; for what runs at import only, those that run what it is for."""
        if path not in self.files:
            self.files[path] = _File((ROOT / path).read_text(), self.data.contexts_by_lineno(str(ROOT / path)))
        file = self.files[path]
        # Those of the same app first, and first of them those that run little else here: they ask about less.
        found = sorted(
            file.tests(line), key=lambda test: (test.split("/")[1] != path.parts[1], file.weight[test], test)
        )
        own = sum(test.split("/")[1] == path.parts[1] for test in found) or len(found)
        step = max(own // NEAR, 1)
        spread = found[:own:step]
        return list(dict.fromkeys([*spread, *found]))


class _File:
    def __init__(self, source: str, contexts: dict[int, list[str]]) -> None:
        self.lines = {line: _named(told) for line, told in contexts.items()}
        self.at_import = {line for line, told in contexts.items() if "" in told}
        self.weight = Counter(test for tests in self.lines.values() for test in tests)
        self.tree = ast.parse(source)

    def tests(self, line: int) -> set[str]:
        """Return the tests that run the line, or its statement, or the function it belongs to, or what names it."""
        return next(filter(None, (self._run(lines) for lines in self._wider(line))), set())

    def _run(self, lines: Iterable[int]) -> set[str]:
        return {test for line in lines for test in self.lines.get(line, ())}

    def _wider(self, line: int) -> list[list[int]]:
        """Return the lines to look at, one group after the other until somebody runs one."""
        around = [one for one in ast.walk(self.tree) if isinstance(one, ast.stmt) and _first(one) <= line <= _last(one)]
        inmost = max(around, key=_first, default=None)
        if inmost is None:
            return [[line]]
        names = {one.id for one in ast.walk(inmost) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
        if isinstance(inmost, ast.FunctionDef | ast.ClassDef):
            # A decorator, or what a parameter is when nothing is given.
            return [[line], list(range(inmost.lineno, _last(inmost) + 1))]
        named = [one.lineno for one in ast.walk(self.tree) if isinstance(one, ast.Name) and one.id in names]
        statement = [] if isinstance(inmost, _Blocks) else list(range(_first(inmost), _last(inmost) + 1))
        inside = line not in self.at_import and any(isinstance(one, ast.FunctionDef) for one in around)
        return [[line], statement, *([] if inside else [named, list(self.lines)])]


_Blocks = ast.If | ast.For | ast.While | ast.With | ast.Try


def _first(one: ast.stmt) -> int:
    return min([one.lineno, *(decorator.lineno for decorator in getattr(one, "decorator_list", ()))])


def _last(one: ast.stmt) -> int:
    return one.end_lineno or one.lineno


def _named(contexts: Sequence[str]) -> list[str]:
    """Return the tests: those that run it themselves or in laying their ground."""
    return [context.rpartition("|")[0] for context in contexts if context.endswith(("|run", "|setup"))]
