"""`polku backup`: one file from which a whole installation comes back, but for the secrets of its environment.

The file is a zip that any tool opens. `database.dump` is pg_dump's custom format, for pg_restore; `anchors.jsonl` are
the access log's anchors as they were before the dump began, so that each of them has its seal in it; `manifest.json`
tells the versions, the migrations, and the number of rows of every table in the dump's own snapshot.
"""

import hashlib
import hmac
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import psycopg
from django.core.management.base import CommandError
from psycopg import sql

from polku.audit import marks, seals
from polku.kit import clock
from polku.site import pg_tools

FORMAT = 1
DUMP, ANCHORS, MANIFEST = "database.dump", "anchors.jsonl", "manifest.json"
PIECE = 1 << 20

TABLES = """
SELECT c.relname FROM pg_class c
WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
ORDER BY c.relname
"""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says about itself."""

    made_at: str
    """UTC, ISO 8601."""
    postgres: int
    """Major version of the server."""
    migrations: list[str]
    """Those that the database has had: `app.name`."""
    rows: dict[str, int]
    """How many each table has."""
    dump_sha256: str
    audit_key: str
    """A check value of the key that marks the access log's rows; the key cannot be told from it."""
    format: int = FORMAT


def backup(file: Path) -> int:
    """Write the backup and say what is in it; returns the exit status. Web processes and worker may go on meanwhile.

    Raises:
        CommandError: the file is there already, the programs are missing, or pg_dump failed. No file is left then.
    """
    if file.exists():
        raise CommandError(f"{file} is there already; give another name.")
    if not file.absolute().parent.is_dir():
        raise CommandError(f"there is no folder {file.absolute().parent}.")
    new = file.with_name(f".{file.name}.{os.getpid()}.new")
    try:
        with open(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out:
            manifest = _write(out)
            out.flush()
            os.fsync(out.fileno())
        # Refuses a file that has come meanwhile, as a renaming would not.
        os.link(new, file)
    except OSError as error:
        raise CommandError(f"the backup could not be written to {file}: {error.strerror}.") from None
    finally:
        new.unlink(missing_ok=True)
    rows, size = sum(manifest.rows.values()), file.stat().st_size / 1e6
    print(f"{file}: {rows:,} rows of {len(manifest.rows)} tables, {size:,.1f} MB.".replace(",", " "))
    print("The secrets (SECRET_KEY, AUDIT_KEY) are not in it: keep them elsewhere.")
    return 0


def _write(out: IO[bytes]) -> Manifest:
    # First, for an anchor without its seal in the dump would look like a lost end of the log.
    anchors = _anchors()
    with pg_tools.connect() as session, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED, allowZip64=True) as packed:
        server = session.info.server_version // 10000
        tools = pg_tools.tools(server)
        with snapshot(session) as name:
            rows, migrations = count(session), migrated(session)
            digest = hashlib.sha256()
            with packed.open(DUMP, "w", force_zip64=True) as into, tools.environment() as environment:
                command = tools.command("pg_dump", "--format=custom", "--schema=public", f"--snapshot={name}")
                _pour(command, environment, into, digest)
        packed.writestr(ANCHORS, anchors, zipfile.ZIP_DEFLATED)
        manifest = Manifest(
            made_at=clock.now().isoformat(timespec="seconds"), postgres=server, migrations=migrations, rows=rows,
            dump_sha256=digest.hexdigest(), audit_key=key_check(),
        )  # fmt: skip
        packed.writestr(MANIFEST, json.dumps(asdict(manifest), indent=1), zipfile.ZIP_DEFLATED)
    return manifest


def _pour(command: list[str], environment: dict[str, str], into: IO[bytes], digest: Any) -> None:
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        try:
            while piece := process.stdout.read(PIECE):
                digest.update(piece)
                into.write(piece)
        except BaseException:
            process.kill()
            raise
        said = process.stderr.read().decode(errors="replace")
    if process.returncode:
        raise CommandError(f"pg_dump failed: {pg_tools.complaint(said)}")


@contextmanager
def snapshot(session: "psycopg.Connection[Any]") -> Iterator[str]:
    """One view of the whole database for us and pg_dump, whatever is written meanwhile; gives its name."""
    session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    row = session.execute("SELECT pg_export_snapshot()").fetchone()
    assert row is not None
    yield str(row[0])
    session.execute("COMMIT")


def count(session: "psycopg.Connection[Any]") -> dict[str, int]:
    """Return the number of rows of every table of ours."""
    names = [str(row[0]) for row in session.execute(TABLES).fetchall()]
    found = {}
    for name in names:
        row = session.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier("public", name))).fetchone()
        assert row is not None
        found[name] = int(row[0])
    return found


def migrated(session: "psycopg.Connection[Any]") -> list[str]:
    """Return the migrations that the database has had.

    Raises CommandError where it has had none: there is nothing to keep.
    """
    try:
        rows = session.execute("SELECT app || '.' || name FROM django_migrations ORDER BY 1").fetchall()
    except psycopg.errors.UndefinedTable:
        raise CommandError("the database is empty: there is nothing to back up.") from None
    return [str(row[0]) for row in rows]


def _anchors() -> bytes:
    kept = seals.anchor_file()
    if kept is None or not kept.exists():
        print("There is no file of anchors yet: the backup has none.", file=sys.stderr)
        return b""
    return kept.read_bytes()


def key_check() -> str:
    """Return a check value of the key that marks the access log's rows."""
    return hmac.digest(marks.keys()[0], b"polku backup", "sha256").hex()[:16]
