"""What asks for its own right and writes is an action: one transaction, whole or not at all."""

import ast
from collections.abc import Iterator

from tests.conventions.layers import PACKAGE, tree

# Writes nothing but the log's row about what was seen.
READS = {"polku/contacts/people.py see_notifier"}


def _functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        named = path.name == "actions.py" or path.parent.name == "actions"
        if named or "\n@action\n" in path.read_text():
            for one in tree(path).body:
                if isinstance(one, ast.FunctionDef):
                    yield f"{path.relative_to(PACKAGE.parent).as_posix()} {one.name}", one


def _requires(function: ast.FunctionDef) -> bool:
    calls = (one.func for one in ast.walk(function) if isinstance(one, ast.Call))
    return any(isinstance(one, ast.Name) and one.id == "require" for one in calls)


def test_what_asks_for_its_right_is_one_transaction() -> None:
    bare = [
        name
        for name, one in _functions()
        if not one.name.startswith("_")
        and _requires(one)
        and not any(isinstance(mark, ast.Name) and mark.id == "action" for mark in one.decorator_list)
    ]
    assert set(bare) == READS, f"not an @action: {sorted(set(bare) - READS)}"
