"""PostgreSQL's own programs for copies, of the server's version, called without a secret on the command line."""

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import CommandError

from polku.site.cluster import OWNER, candidates
from polku.site.database import parse_url
from polku.site.log import safe

SERVICE = "polku"


def place() -> dict[str, str]:
    """Return what libpq needs to reach the database as its owner; the password is among it."""
    if settings.DEMO:
        database = settings.DATABASES["default"]
        return {"host": database["HOST"], "port": database["PORT"], "dbname": database["NAME"], "user": OWNER}
    given = parse_url(settings.DATABASE_URL)
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    found = {libpq: str(given[name]) for name, libpq in names.items() if given[name]}
    return found | {name: str(value) for name, value in given["OPTIONS"].items()}


def connect(**change: Any) -> "psycopg.Connection[tuple[Any, ...]]":
    """Open a connection as the database's owner; each statement is committed."""
    return psycopg.connect(**{**place(), "application_name": "polku backup", "connect_timeout": "10", **change},
                           autocommit=True)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tools:
    """The folder that holds pg_dump and pg_restore of one version."""

    folder: Path

    @contextmanager
    def environment(self) -> Iterator[dict[str, str]]:
        """Give the environment under which they reach the database: a file that only we can read holds the password."""
        with tempfile.TemporaryDirectory(prefix="polku-service-") as folder:
            file = Path(folder) / "service"
            file.touch(mode=0o600)
            lines = (f"{name}={value}" for name, value in place().items())
            file.write_text(f"[{SERVICE}]\n" + "\n".join(lines) + "\n", encoding="utf-8")
            kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
            yield {**kept, "PGSERVICEFILE": str(file), "PGSERVICE": SERVICE, "LC_ALL": "C.UTF-8"}

    def command(self, name: str, *arguments: str) -> list[str]:
        """Return a program of this version with its arguments."""
        return [str(self.folder / name), *arguments]


def tools(server: int) -> Tools:
    """Return the programs of the server's major version.

    Raises CommandError with what to install where there are none.
    """
    others = []
    for folder in candidates(client="pg_restore"):
        if not ((folder / "pg_dump").exists() and (folder / "pg_restore").exists()):
            continue
        version = _major(folder / "pg_dump")
        if version == server == _major(folder / "pg_restore"):
            return Tools(folder)
        others.append(str(version))
    found = f"only those of version {', '.join(sorted(set(others)))}" if others else "none"
    raise CommandError(
        f"the database is PostgreSQL {server}, and its pg_dump and pg_restore are not here ({found}). Install the "
        f"package postgresql-client-{server}, or set POLKU_PG_BIN to the folder that holds them."
    )


def complaint(said: str) -> str:
    """Return what a program says is wrong, without the row or value it stumbled over."""
    lines = [line for line in said.splitlines() if "error:" in line and "COPY" not in line]
    return safe(" / ".join(lines)[:600]) or "it gives no reason that may be told here"


def _major(program: Path) -> int:
    done = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"(\d+)", done.stdout)
    return int(found.group(1)) if found else 0
