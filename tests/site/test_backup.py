"""A backup restored into another cluster is the same installation: rows, rights, and an access log that verifies."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from polku.site.cluster import FLEETING, Cluster, find_binaries
from tests import migrated
from tests.fire.machines import POLKU, environment

RIGHTS = """
SELECT c.relkind::text, c.relname, c.relrowsecurity, c.relforcerowsecurity,
       (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid),
       (SELECT array_agg((r.grantee::regrole::text, r.privilege_type, r.is_grantable)::text ORDER BY r.grantee::regrole::text, r.privilege_type)
        FROM aclexplode(coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char",
                                                      c.relowner))) r)
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S') ORDER BY 1, 2
"""
FUNCTIONS = """
SELECT p.oid::regprocedure::text, p.prosecdef, p.prosrc, p.proconfig,
       has_function_privilege('polku_serving', p.oid, 'EXECUTE')
FROM pg_proc p
WHERE p.pronamespace = 'public'::regnamespace ORDER BY 1
"""
AHEAD = "SELECT defaclobjtype::text, defaclacl::text FROM pg_default_acl ORDER BY 1"
MADE = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"


class Place:
    """An installation in a folder of its own."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.cluster = Cluster(home=var / "postgres", options=tuple(FLEETING.items()))
        self.env = environment(POLKU_VAR=str(var))

    def say(self, *arguments: str, **change: str) -> subprocess.CompletedProcess[str]:
        """Run a command of `polku`; the password of a database must not be in what it prints."""
        done = subprocess.run(
            [*POLKU, *arguments], env={**self.env, **change}, capture_output=True, text=True, check=False
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def well(self, *arguments: str) -> str:
        """Run a command that must end well."""
        done = self.say(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def rows(self, question: str) -> list[tuple[object, ...]]:
        """Ask the database as its owner."""
        with self.cluster.connect() as session:
            return session.execute(question).fetchall()  # type: ignore[arg-type]

    def counts(self) -> dict[str, object]:
        """Return the number of rows of every table."""
        return {str(name): self.rows(f'SELECT count(*) FROM "{name}"')[0][0] for (name,) in self.rows(MADE)}


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """An installation in which people have lived, with a sealed and anchored log."""
    place = Place(tmp_path_factory.mktemp("lived"))
    migrated.lay_out(place.var / "postgres")
    with place.cluster.using():
        place.well("migrate")
        place.well("demo", "--contacts", "5", "--days", "6", "--seed", "3", "--processes", "1")
        place.well("audit", "seal")
        yield place
    shutil.rmtree(place.cluster.place, ignore_errors=True)


@pytest.fixture(scope="module")
def file(lived: Place) -> Path:
    """A backup of it."""
    file = lived.var / "polku.backup"
    said = lived.well("backup", str(file))
    assert "rows of" in said
    return file


@pytest.fixture
def empty(tmp_path: Path, lived: Place) -> Iterator[Place]:
    """Another cluster, of an installation with the same secret."""
    place = Place(tmp_path / "other")
    place.var.mkdir()
    shutil.copy(lived.var / "secret_key", place.var / "secret_key")
    with place.cluster.using():
        yield place
    shutil.rmtree(place.cluster.place, ignore_errors=True)


def test_restore_every_row_right_and_seal_into_another_cluster(lived: Place, file: Path, empty: Place) -> None:
    said = empty.well("restore", str(file))
    assert "each as promised" in said and "The access log is sound" in said
    assert empty.counts() == lived.counts()
    assert sum(map(int, map(str, lived.counts().values()))) > 300
    for question in (RIGHTS, FUNCTIONS, AHEAD):
        assert empty.rows(question) == lived.rows(question)
    anchors = "audit-anchors.jsonl"
    assert (empty.var / anchors).read_bytes() == (lived.var / anchors).read_bytes()
    empty.well("check", "--facts")
    assert "The log is sound" in empty.well("audit", "verify")


def test_refuse_a_database_that_holds_something_unless_told(file: Path, empty: Place) -> None:
    empty.well("restore", str(file))
    with empty.cluster.connect() as session:
        session.execute("UPDATE access_unit SET name_fi = 'Muuttunut'")
        session.execute("CREATE TABLE afterwards (n int)")
    done = empty.say("restore", str(file))
    assert done.returncode == 1 and "not empty" in done.stderr
    assert empty.rows("SELECT DISTINCT name_fi FROM access_unit") == [("Muuttunut",)]
    said = empty.well("restore", str(file), "--replace")
    assert "were left as they are" in said
    assert ("Muuttunut",) not in empty.rows("SELECT name_fi FROM access_unit")
    assert ("afterwards",) not in empty.rows(MADE)


def test_refuse_while_somebody_uses_the_database(file: Path, empty: Place) -> None:
    with empty.cluster.connect():
        done = empty.say("restore", str(file))
    assert done.returncode == 1 and "1 other connections use the database" in done.stderr


def test_tell_that_the_log_needs_the_key_under_which_it_was_written(file: Path, empty: Place) -> None:
    (empty.var / "secret_key").write_text("y" * 60)
    done = empty.say("restore", str(file))
    assert done.returncode == 1 and "AUDIT_KEY" in done.stdout


def test_refuse_a_damaged_file_before_anything_is_thrown_away(file: Path, empty: Place, tmp_path: Path) -> None:
    whole = file.read_bytes()
    broken = bytearray(whole)
    broken[len(broken) // 2] ^= 1
    for content, says in ((bytes(broken), "damaged"), (whole[: len(whole) // 2], "can be read"), (b"", "can be read")):
        damaged = tmp_path / "damaged"
        damaged.write_bytes(content)
        done = empty.say("restore", str(damaged), "--replace")
        assert done.returncode == 1 and says in done.stderr, done.stderr
    assert empty.rows(MADE) == []


def test_never_write_over_a_file_and_keep_it_from_others(lived: Place, file: Path) -> None:
    before = file.read_bytes()
    done = lived.say("backup", str(file))
    assert done.returncode == 1 and "is there already" in done.stderr
    assert file.read_bytes() == before
    assert file.stat().st_mode & 0o077 == 0
    assert [path.name for path in file.parent.iterdir() if path.name.endswith(".new")] == []


def test_hold_no_secret(lived: Place, file: Path) -> None:
    secret = (lived.var / "secret_key").read_text()
    with zipfile.ZipFile(file) as packed:
        assert set(packed.namelist()) == {"database.dump", "anchors.jsonl", "manifest.json"}
        assert all(secret.encode() not in packed.read(name) for name in packed.namelist())


def test_say_which_programs_are_missing(lived: Place, tmp_path: Path) -> None:
    """Programs of another version are not used: what they write could be wrong."""
    bins = tmp_path / "bin"
    bins.mkdir()
    for name in ("pg_dump", "pg_restore"):
        (bins / name).write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 12.1'\n")
        (bins / name).chmod(0o755)
    for name in ("initdb", "postgres"):
        (bins / name).symlink_to(find_binaries() / name)
    code = (
        "import django; django.setup()\n"
        "from polku.site import cluster, pg_tools\n"
        f"pg_tools.candidates = lambda client: iter([cluster.Path({str(bins)!r})])\n"
        "pg_tools.tools(18)"
    )
    done = subprocess.run(
        [POLKU[0], "-c", code], env={**lived.env, "DJANGO_SETTINGS_MODULE": "polku.site.settings"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "only those of version 12" in done.stderr and "postgresql-client-18" in done.stderr


def test_back_up_an_outside_database_by_its_address_without_telling_the_password(lived: Place, tmp_path: Path) -> None:
    """The same database reached by DATABASE_URL, as a county's own is."""
    password = "kuikka-ja-kaakkuri"
    outside = {
        "DATABASE_URL": f"postgresql://polku:{password}@/polku?host={lived.cluster.socket_dir}",
        "SECRET_KEY": (lived.var / "secret_key").read_text(),
        "BASE_URL": "https://polku.example.fi",
        "POLKU_VAR": str(tmp_path),
        "AUDIT_ANCHOR": str(lived.var / "audit-anchors.jsonl"),
    }
    file = tmp_path / "outside"
    done = lived.say("backup", str(file), **outside)
    assert done.returncode == 0, done.stderr
    assert password not in done.stdout + done.stderr
    assert password.encode() not in file.read_bytes()
    done = lived.say("restore", str(file), **outside)
    assert done.returncode == 1 and "not empty" in done.stderr and password not in done.stderr
