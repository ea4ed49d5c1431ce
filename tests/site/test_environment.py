"""A wrong setting stops the start with a sentence that names it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from polku.site.database import parse_url
from polku.site.environment import Environment


def test_take_the_default_where_nothing_is_said() -> None:
    env = Environment({"EMPTY": "  "})
    assert env.text("EMPTY", "x") == "x"
    assert env.flag("EMPTY", default=True)
    assert env.number("EMPTY", 5, 1, 9) == 5
    assert env.names("EMPTY", ["a"]) == ["a"]
    assert env.web_address("EMPTY", "https://x.fi/") == "https://x.fi"
    assert env.file("EMPTY", Path("/x")) == Path("/x")


def test_read_what_is_said() -> None:
    env = Environment({"FLAG": "Yes", "NUMBER": "7", "NAMES": "a, b,", "ADDRESS": "https://x.fi:8443/p/"})
    assert env.flag("FLAG", default=False)
    assert env.number("NUMBER", 5, 1, 9) == 7
    assert env.names("NAMES") == ["a", "b"]
    assert env.web_address("ADDRESS") == "https://x.fi:8443/p"


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (lambda env: env.flag("IT", default=False), "maybe"),
        (lambda env: env.number("IT", 5, 1, 9), "10"),
        (lambda env: env.number("IT", 5, 1, 9), "-1"),
        (lambda env: env.number("IT", 5, 1, 9), "٣"),
        (lambda env: env.choice("IT", ("a", "b"), "a"), "c"),
        (lambda env: env.web_address("IT"), "polku.fi"),
        (lambda env: env.web_address("IT"), "ftp://polku.fi"),
        (lambda env: env.web_address("IT"), "https://polku.fi/?a=b"),
        (lambda env: env.file("IT", Path("/x")), "/there/is/no/such/file"),
        (lambda env: env.required("IT", "it is needed."), ""),
    ],
)
def test_refuse_what_cannot_be_with_its_name(read: object, value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^IT is "):
        read(Environment({"IT": value}))  # type: ignore[operator]


def test_read_a_database_address() -> None:
    found = parse_url("postgresql://p%40lku:s%2Fcret@db.example.fi:5433/polku?sslmode=verify-full")
    assert (found["USER"], found["PASSWORD"], found["PORT"]) == ("p@lku", "s/cret", "5433")
    assert (found["HOST"], found["NAME"], found["OPTIONS"]) == ("db.example.fi", "polku", {"sslmode": "verify-full"})
    assert parse_url("postgresql:///polku?host=/run/postgresql")["HOST"] == "/run/postgresql"


@pytest.mark.parametrize(
    "url", ["mysql://x/y", "postgresql://x", "postgresql://x:port/y", "postgresql://x/y/z", "polku"]
)
def test_refuse_another_database_address(url: str) -> None:
    with pytest.raises(ValueError, match="DATABASE_URL"):
        parse_url(url)


REAL = {
    "DATABASE_URL": "postgresql://polku@127.0.0.1:1/polku",
    "SECRET_KEY": "0123456789abcdef" * 4,
    "BASE_URL": "https://x.fi",
}
REAL |= {"MAIL_BY": "off", "SMS_BY": "off"}


def _settings(code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    env = {key: value for key, value in os.environ.items() if key in ("PATH", "POLKU_VAR", "HOME")}
    command = [sys.executable, "-c", f"from polku.site import settings as s; {code}"]
    return subprocess.run(command, env=env | variables, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("missing", ["SECRET_KEY", "BASE_URL"])
def test_refuse_a_real_database_without_what_it_needs(missing: str) -> None:
    done = _settings("", **{key: value for key, value in REAL.items() if key != missing})
    assert done.returncode
    assert f"{missing} is not set" in done.stderr


def test_be_no_demo_with_a_real_database_and_be_strict() -> None:
    wanted = (
        "s.DEMO, s.DEBUG, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS > 0, s.ALLOWED_HOSTS"
    )
    done = _settings(f"print({wanted})", **REAL)
    assert done.stdout.strip() == "False False True True True ['x.fi']", done.stderr
    assert "polku.demo" not in _settings("print(s.POLKU_APPS)", **REAL).stdout


def test_be_the_demo_only_without_a_database() -> None:
    done = _settings("print(s.DEMO, 'polku.demo' in s.INSTALLED_APPS)")
    assert done.stdout.strip() == "True True", done.stderr


def test_keep_the_demos_key_to_its_owner() -> None:
    done = _settings("import os; print(oct(os.stat(s.VAR / 'secret_key').st_mode & 0o777), len(s.SECRET_KEY) > 50)")
    assert done.stdout.strip() == "0o600 True", done.stderr


def test_tell_the_command_lines_reader_in_a_sentence() -> None:
    env = {
        **os.environ,
        "DATABASE_URL": "mysql://x/y",
        "BASE_URL": "https://x.fi",
        "SECRET_KEY": "0123456789abcdef" * 4,
    }
    command = [sys.executable, "-m", "polku.site.cli", "migrate"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.strip().startswith("polku migrate: DATABASE_URL must begin with postgresql://")
    assert "Traceback" not in done.stderr
