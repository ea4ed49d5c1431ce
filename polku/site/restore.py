"""`polku restore`: a backup into a database, all or nothing, and the proof that it is all there."""

import contextlib
import hashlib
import json
import subprocess
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import CommandError
from django.db.migrations.loader import MigrationLoader

from polku.audit import seals
from polku.audit.verify import verify
from polku.kit import clock
from polku.site import backup, pg_tools
from polku.site.backup import ANCHORS, DUMP, MANIFEST, PIECE, Manifest
from polku.site.database import prepare_roles, take_rights_ahead

# What `prepare_roles` makes, by the rules of the database that we restore into.
MADE_ALREADY = ("SCHEMA -", "COMMENT - SCHEMA", "ACL - SCHEMA", "EXTENSION -", "COMMENT - EXTENSION", "DEFAULT ACL")
LOCK_WAIT = "10s"
OTHERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


def restore(file: Path, *, replace: bool) -> int:
    """Restore a backup and compare the rows of every table and the access log; returns the exit status.

    Args:
        replace: throw away what the database holds now.

    Raises:
        CommandError: the file is not whole or not for this version, the database is in use or not empty, or
            pg_restore failed, after which the database is empty.
    """
    try:
        packed = zipfile.ZipFile(file)
    except (OSError, zipfile.BadZipFile) as error:
        raise CommandError(f"{file} is not a backup that can be read ({error}).") from None
    with packed, pg_tools.connect() as session:
        manifest = _manifest(packed)
        server = session.info.server_version // 10000
        tools = pg_tools.tools(server)
        _refuse_versions(manifest, server)
        _refuse_broken(packed, manifest)
        _empty(session, replace=replace)
        prepare_roles(session)
        # Rights given ahead would add themselves to those in the dump: the serving role could then change the log.
        take_rights_ahead(session)
        _pour(packed, tools)
        prepare_roles(session)
        session.execute("ANALYZE")
        wrong = _differences(manifest.rows, backup.count(session))
        anchors = _lay_anchors(packed)
    # What `polku run` believes about the database that was there before.
    (Path(settings.CLUSTER.home) / "ready").unlink(missing_ok=True)
    return _told(manifest, wrong, anchors)


def _manifest(packed: zipfile.ZipFile) -> Manifest:
    try:
        found = json.loads(packed.read(MANIFEST))
        if found["format"] != backup.FORMAT:
            raise CommandError(f"the backup has format {found['format']}; this version reads {backup.FORMAT}.")
        return Manifest(**found)
    except (KeyError, TypeError, ValueError, zipfile.BadZipFile):
        raise CommandError("the file is not a backup of Polku, or it was cut short.") from None


def _refuse_versions(manifest: Manifest, server: int) -> None:
    if manifest.postgres > server:
        raise CommandError(
            f"the backup was made on PostgreSQL {manifest.postgres}, and this database is {server}: "
            "a dump goes to the same version or a newer one."
        )
    known = {".".join(key) for key in MigrationLoader(None, ignore_no_migrations=True).disk_migrations}
    newer = [name for name in manifest.migrations if name not in known]
    if newer:
        raise CommandError(f"the backup was made by a newer version of Polku (it has {newer[0]}): install that first.")


def _refuse_broken(packed: zipfile.ZipFile, manifest: Manifest) -> None:
    """Read the whole dump before anything is thrown away for it."""
    digest = hashlib.sha256()
    try:
        with packed.open(DUMP) as dump:
            while piece := dump.read(PIECE):
                digest.update(piece)
        packed.read(ANCHORS)
    except (KeyError, zipfile.BadZipFile, EOFError):
        raise CommandError("the backup is damaged: a part of it cannot be read.") from None
    if digest.hexdigest() != manifest.dump_sha256:
        raise CommandError("the backup is damaged: its dump is not the one that was written.")


def _empty(session: "psycopg.Connection[Any]", *, replace: bool) -> None:
    others = session.execute(OTHERS).fetchone()
    if others and others[0]:
        raise CommandError(
            f"{others[0]} other connections use the database: stop its web processes, workers and consoles first."
        )
    tables = session.execute(backup.TABLES).fetchall()
    if not tables:
        return
    if not replace:
        raise CommandError(
            f"the database is not empty (it has {len(tables)} tables). Restore into an empty one, or say --replace to "
            "throw away what it holds."
        )
    session.execute("SELECT set_config('lock_timeout', %s, false)", [LOCK_WAIT])
    try:
        session.execute("DROP OWNED BY CURRENT_USER CASCADE")
    except psycopg.errors.LockNotAvailable:
        raise CommandError("somebody else uses the database's tables; nothing was changed.") from None


def _pour(packed: zipfile.ZipFile, tools: pg_tools.Tools) -> None:
    """Run pg_restore in one transaction; roles, extensions and default rights are those of this database."""
    with tools.environment() as environment, tempfile.NamedTemporaryFile("w", encoding="utf-8") as wanted:
        listed = _fed(packed, tools.command("pg_restore", "--list"), environment)
        lines = (line for line in listed.splitlines() if line and not line.startswith(";"))
        chosen = [line for line in lines if not line.split(" ", 3)[3].startswith(MADE_ALREADY)]
        wanted.write("\n".join(chosen) + "\n")
        wanted.flush()
        command = tools.command("pg_restore", "--dbname=", "--single-transaction", "--exit-on-error", "--no-owner")
        _fed(packed, [*command, f"--use-list={wanted.name}"], environment)


def _fed(packed: zipfile.ZipFile, command: list[str], environment: dict[str, str]) -> str:
    """Feed the dump to a program and return what it prints. Raises CommandError where it fails."""
    with (
        tempfile.TemporaryFile() as complaint,
        packed.open(DUMP) as dump,
        subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaint
        ) as process,
    ):
        assert process.stdin is not None and process.stdout is not None
        # The list stands at the dump's beginning: the rest is not read then.
        with contextlib.suppress(BrokenPipeError):
            while piece := dump.read(PIECE):
                process.stdin.write(piece)
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        said = process.stdout.read().decode()
        if process.wait():
            complaint.seek(0)
            words = pg_tools.complaint(complaint.read().decode(errors="replace"))
            raise CommandError(f"pg_restore failed, and nothing was restored: {words}")
    return said


def _differences(promised: dict[str, int], found: dict[str, int]) -> list[str]:
    return [
        f"{name}: {promised.get(name, 'no table')} in the backup, {found.get(name, 'no table')} here"
        for name in sorted({*promised, *found})
        if promised.get(name) != found.get(name)
    ]


def _lay_anchors(packed: zipfile.ZipFile) -> str:
    """Put the anchors where there are none; those that are there know more than the backup and stay."""
    kept = seals.anchor_file()
    anchors = packed.read(ANCHORS)
    if kept is None or not anchors:
        return ""
    if kept.exists():
        return f"The anchors in {kept} were left as they are: what was logged after the backup shows there as lost."
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(anchors)
    return f"The anchors are in {kept}."


def _told(manifest: Manifest, wrong: list[str], anchors: str) -> int:
    """Say what is there; 0 when all of it is, and the access log is sound."""
    for line in wrong:
        print(line)
    if wrong:
        print("The database does NOT hold what the backup promised.")
        return 1
    rows = sum(manifest.rows.values())
    print(f"Restored what was there at {manifest.made_at}: {len(manifest.rows)} tables, {rows} rows, each as promised.")
    if anchors:
        print(anchors)
    if manifest.audit_key != backup.key_check():
        print(
            "The key that marks the access log's rows is another one than at the backup: set AUDIT_KEY (or SECRET_KEY) "
            "to that one, or name it in AUDIT_OLD_KEYS; then run polku audit verify."
        )
        return 1
    from polku.site.migrating import is_behind

    report = verify(at=clock.now())
    for finding in report.findings:
        print(f"{finding.code} ({finding.about}): {finding.sentence}")
    word = "sound" if report.sound else "NOT sound"
    print(f"The access log is {word}: {report.rows} rows, {report.seals} seals, {report.anchors} anchors.")
    if is_behind():
        print("Run polku migrate: the backup is of an earlier version.")
    return 0 if report.sound else 1
