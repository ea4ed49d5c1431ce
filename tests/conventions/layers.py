"""The layers as the import contract in pyproject.toml has them: one list for imports and for foreign keys."""

import ast
import tomllib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "polku"


def ranks() -> dict[str, int]:
    """Return each folder's rank, 0 at the bottom; folders side by side have the same."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contract = next(found for found in settings["tool"]["importlinter"]["contracts"] if found["type"] == "layers")
    return {
        folder.strip(" ()"): rank
        for rank, layer in enumerate(reversed(contract["layers"]))
        for folder in layer.split("|")
    }


@cache
def tree(path: Path) -> ast.Module:
    """Return a module as it is parsed: once, for all that look at it."""
    return ast.parse(path.read_text())
