"""What others made is kept as they made it: version, licence and sum of every file."""

import gzip
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

import polku.ui

STATIC = Path(polku.ui.__file__).parent / "static" / "ui"
FOLDERS = {"pages": STATIC / "vendor", "tests": Path(__file__).parents[1] / "vendor"}
FIRST_VISIT = 60_000


@pytest.mark.parametrize("folder", FOLDERS.values(), ids=FOLDERS)
def test_keep_vendored_files_unchanged_and_named(folder: Path) -> None:
    packages: list[dict[str, Any]] = json.loads((folder / "manifest.json").read_text())
    named = {name: digest for package in packages for name, digest in package["files"].items()}
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} - {"manifest.json"}
    assert set(named) == there
    assert all(package["version"] and package["licence"] for package in packages)
    for name, digest in named.items():
        assert sha256((folder / name).read_bytes()).hexdigest() == digest, name


def test_send_little_at_a_first_visit() -> None:
    sent = [
        *STATIC.glob("*.css"),
        *STATIC.glob("js/*.js"),
        *STATIC.glob("vendor/*/*.css"),
        *STATIC.glob("vendor/*/*.js"),
    ]
    weight = sum(len(gzip.compress(path.read_bytes(), 6)) for path in sent)
    # The page itself and its words are about 10 kB more.
    assert weight < FIRST_VISIT - 12_000, f"{weight} bytes"


def test_load_nothing_from_elsewhere() -> None:
    ours = [*STATIC.glob("*.css"), *STATIC.glob("js/*.js"), STATIC / "vendor/hds-core/base.min.css"]
    for path in ours:
        text = path.read_text().replace("http://www.w3.org/", "")
        assert "http:" not in text, path
        assert "https:" not in text, path
        assert "@import" not in text, path
