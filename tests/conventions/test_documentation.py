"""What an operator can set is written down."""

import ast
import re

from tests.conventions.layers import PACKAGE, ROOT

READERS = {"text", "required", "flag", "number", "choice", "names", "web_address", "file"}


def _variables() -> set[str]:
    """Return the names read from the environment by the settings and the command line."""
    found = set()
    for path in (PACKAGE / "site").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
                continue
            first = node.args[0]
            source = ast.unparse(node.func.value)
            reads = (source == "env" and node.func.attr in READERS) or source == "os.environ"
            if reads and isinstance(first, ast.Constant) and str(first.value).isupper():
                found.add(str(first.value))
    return found - {"DJANGO_SETTINGS_MODULE"}


def test_document_every_setting() -> None:
    written = "".join((ROOT / "docs" / name).read_text() for name in ("operations.md", "messages.md"))
    missing = sorted(name for name in _variables() if not re.search(rf"\b{name}\b", written))
    assert len(_variables()) > 20
    assert not missing, f"not in docs/operations.md or docs/messages.md: {missing}"


def test_give_each_dependency_a_reason() -> None:
    lines = (ROOT / "pyproject.toml").read_text().split("[project.scripts]")[0].splitlines()
    silent = []
    for number, line in enumerate(lines):
        if line.startswith('    "') and "==" in line:
            above = next(earlier for earlier in reversed(lines[:number]) if not earlier.startswith('    "'))
            if not above.strip().startswith("#"):
                silent.append(line.strip())
    assert not silent, f"without a reason: {silent}"


def test_lock_every_dependency_with_its_hash_and_no_address() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text()
        pinned = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
        assert all("==" in line and line.endswith("\\") for line in pinned), name
        assert text.count("--hash=sha256:") >= len(pinned)
        assert not any(word in text for word in ("--index", "--find-links", "://", " @ ")), name
