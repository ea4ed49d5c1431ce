"""Sizes as a smell: what is over its size is two things in one."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.conventions.layers import PACKAGE, tree

MODULE, FUNCTION, VIEW, TEMPLATE = 400, 50, 25, 150
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "base_utils", "shared"}


def _sources() -> list[Path]:
    return [path for path in sorted(PACKAGE.rglob("*.py")) if "migrations" not in path.parts]


def _functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            yield f"{path.relative_to(PACKAGE.parent)}:{node.lineno} {node.name}", node.end_lineno - node.lineno + 1


def _is_views(path: Path) -> bool:
    return path.name == "views.py" or "views" in path.parent.parts[len(PACKAGE.parts) :]


def test_keep_modules_short() -> None:
    sizes = {str(path.relative_to(PACKAGE.parent)): len(path.read_text().splitlines()) for path in _sources()}
    long = {name: size for name, size in sizes.items() if size > MODULE}
    assert not long, f"longer than {MODULE} lines: {long}"


def test_keep_functions_short() -> None:
    long = {
        name: size
        for path in _sources()
        for name, size in _functions(path)
        if size > (VIEW if _is_views(path) else FUNCTION)
    }
    assert not long, f"longer than {FUNCTION} lines ({VIEW} in views): {long}"


def test_keep_templates_short() -> None:
    sizes = {str(path.relative_to(PACKAGE)): len(path.read_text().splitlines()) for path in PACKAGE.rglob("*.html")}
    long = {name: size for name, size in sizes.items() if size > TEMPLATE}
    assert not long, f"longer than {TEMPLATE} lines: {long}"


def test_name_modules_by_what_is_in_them() -> None:
    vague = [str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*") if path.stem in VAGUE]
    assert not vague, f"named by nothing: {vague}"


def test_say_what_each_module_is_for() -> None:
    silent = [
        str(path.relative_to(PACKAGE.parent))
        for path in _sources()
        if path.read_text().strip() and not ast.get_docstring(tree(path))
    ]
    assert not silent, f"without a docstring: {silent}"
