"""No secret is kept with the code: every tracked file is read for what keys and passwords look like."""

import math
import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KINDS = {
    "private key": re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
    "cloud key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "token of a code host": re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{22,}|glpat-[\w-]{20})"),
    "token of a chat": re.compile(r"\bxox[abprs]-[\w-]{10,}"),
    "web token": re.compile(r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"),
    "password in an address": re.compile(r"\b[a-z][a-z0-9+]*://[^\s/:@'\"{}<>]+:(?P<value>[^\s/@'\"{}<>]{6,})@"),
    "assigned secret": re.compile(
        r"""(?i)(?:secret|passw(?:or)?d|token|api_?key|private_?key)\w{0,20}["']?\s{0,3}[:=]\s{0,3}["'](?P<value>[^"'\s]{16,200})["']"""
    ),
}
# Without one of these a file need not be looked at more closely.
SIGNS = {
    "private key": ("private key",),
    "cloud key": ("akia", "asia"),
    "token of a code host": ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-"),
    "token of a chat": ("xox",),
    "web token": ("eyj",),
    "password in an address": ("://",),
    "assigned secret": ("secret", "passw", "token", "key"),
}
# Random text has more than so many bits a character; words, names of settings and counted-up digits have fewer.
BITS = 3.7
# What is invented and opens nothing: a word of each line, with why it is there.
KNOWN = {
    "abcdef": "digits counted up: a key of tests",
    "kuikka": "a bird: the password of invented people in tests",
    "p%40lku:s%2Fcret": "an invented address, to read one with escaped characters",
    "user:password@host": "documentation of the form of an address",
    "a-secret-of-the-test": "the identity provider of the tests",
    "0f1e2d3c4b5a": "digits counted down: a key of tests",
    "9f8e7d6c5b4a": "digits counted down: a key of tests",
}
NOT_TEXT = {".png", ".woff2", ".ico", ".jpg", ".gz"}
OURS = Path(__file__).name


def tracked() -> list[Path]:
    """Return the files of the repository; without git (an unpacked release) those that are there."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
        paths = [ROOT / name for name in listed.decode().split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        paths = [
            path for folder in ("polku", "tests", "docs", "counties", "bench") for path in (ROOT / folder).rglob("*")
        ]
    return [path for path in paths if path.is_file() and path.suffix not in NOT_TEXT]


def bits(text: str) -> float:
    """Return the entropy of a text, bits a character."""
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())


def found_in(text: str) -> list[str]:
    """Return what looks like a secret: its kind and line, never the secret itself."""
    found = []
    low = text.lower()
    for kind, pattern in KINDS.items():
        if not any(sign in low for sign in SIGNS[kind]):
            continue
        for match in pattern.finditer(text):
            line = text[text.rfind("\n", 0, match.start()) + 1 : (text + "\n").index("\n", match.end())]
            if len(line) > 2000 or any(word in line for word in KNOWN):
                continue  # a minified module, or known
            if kind != "assigned secret" or (bits(match["value"]) > BITS and re.search(r"\d", match["value"])):
                found.append(f"{text.count(chr(10), 0, match.start()) + 1}: {kind}")
    return found


def test_keeps_no_secret_in_any_tracked_file() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{place}"
        for path in tracked()
        if path.name != OURS
        for place in found_in(path.read_text("utf-8", "replace"))
    ]
    assert len(tracked()) > 300
    assert not wrong, "a secret stands in the repository, or KNOWN lacks a reason:\n" + "\n".join(wrong)


@pytest.mark.parametrize(
    "line",
    [
        "-----BEGIN " + "EC PRIVATE KEY-----",
        "AKIA" + "J7XQ2MZ4T9WPLK3V",
        "ghp_" + "a8Kd93LmQpZx71VbNcTyRw5Uj2HsGf6E0oIq",
        "DATABASE_URL=postgresql://polku:" + "Xk9-2vQz7@db.example.fi/polku",
        'SECRET_KEY = "' + "q8Zt!v3Lk0Wm#Rn5Yb7Xc2" + '"',
        "api_key: '" + "d41JzP0sKq93mVxT6yHb" + "'",
        "Authorization: Bearer eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmN",
    ],
)
def test_finds_a_planted_secret(line: str) -> None:
    assert found_in(f"x = 1\n{line}\n")


def test_takes_words_and_names_for_no_secret() -> None:
    assert not found_in('token = "csrfmiddlewaretoken"\nSECRET_KEY = env.required("SECRET_KEY", "sign")\n')


def test_ignores_what_installations_keep_for_themselves() -> None:
    ignored = (ROOT / ".gitignore").read_text().split()
    assert {".env", "/var/"} <= set(ignored)
