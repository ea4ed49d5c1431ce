"""The embedded cluster's life: starts, survives, shares, stops; nobody else gets in."""

import os
import shutil
import signal
import stat
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection

from polku.site import unprivileged
from polku.site.cluster import FLEETING, Cluster, ClusterError, find_binaries


def _cluster(home: Path) -> Cluster:
    return Cluster(home=home, options=tuple(FLEETING.items()), die_with_parent=True)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Cluster]:
    """A cluster that a test may break."""
    found = _cluster(tmp_path / "postgres")
    yield found
    found.stop()
    shutil.rmtree(found.socket_dir, ignore_errors=True)


@pytest.mark.django_db
def test_connect_as_an_ordinary_role_that_cannot_bypass_row_security() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == ("polku", False, False)


@pytest.mark.django_db
def test_serve_under_a_role_that_owns_nothing_and_cannot_log_in() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolcanlogin, rolsuper FROM pg_roles WHERE rolname = 'polku_serving'")
        assert cursor.fetchone() == (False, False)
        cursor.execute("SELECT count(*) FROM pg_class WHERE relowner = 'polku_serving'::regrole")
        assert cursor.fetchone() == (0,)
        cursor.execute("SET LOCAL ROLE polku_serving")


@pytest.mark.django_db
def test_know_finnish_letters_in_every_way_of_search() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT lower('ÄÖÅ'), upper('äöå'), similarity('Yli-Särkkä', 'yli-särkkä')")
        assert cursor.fetchone() == ("äöå", "ÄÖÅ", 1.0)
        cursor.execute("SELECT to_tsvector('finnish', 'Päätökset') @@ to_tsquery('finnish', 'päätös')")
        assert cursor.fetchone() in ((True,), (False,))


def test_listen_on_a_socket_in_a_private_folder_and_on_no_network(cluster: Cluster) -> None:
    mode = stat.S_IMODE(cluster.socket_dir.stat().st_mode)
    assert mode == 0o700
    with cluster.connect() as session:
        row = session.execute("SELECT current_setting('listen_addresses'), inet_server_addr()").fetchone()
    assert row == ("", None)


def test_keep_the_data_through_a_stop_and_a_start(own: Cluster) -> None:
    with own.using(), own.connect() as session:
        session.execute("CREATE TABLE kept AS SELECT 1 AS n")
    assert own.pid() is None
    with own.using(), own.connect() as session:
        assert session.execute("SELECT n FROM kept").fetchone() == (1,)


def test_come_back_after_being_killed(own: Cluster) -> None:
    with own.using():
        pid = own.pid()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        own.start()
        with own.connect() as session:
            assert session.execute("SELECT 1").fetchone() == (1,)
        assert own.pid() != pid


def test_start_though_a_stale_lock_names_somebody_elses_process(own: Cluster) -> None:
    with own.using():
        pass
    (own.data / "postmaster.pid").write_text(f"{os.getpid()}\n{own.data}\n1\n5432\n{own.socket_dir}\n\n")
    assert own.pid() is None
    with own.using():
        assert own.answers()


def test_stay_up_until_the_last_of_several_users_leaves(own: Cluster) -> None:
    with own.using():
        with own.using():
            pass
        assert own.answers()
        with pytest.raises(ClusterError, match="in use"), own.alone():
            pass
    assert not own.answers()
    with own.alone():
        assert own.pid() is None


def test_use_a_short_socket_path_where_the_folder_is_deep(tmp_path: Path) -> None:
    deep = _cluster(tmp_path / ("ä" * 60) / "with space" / "postgres")
    try:
        assert str(deep.socket_dir).startswith("/tmp/polku-")
        with deep.using():
            assert deep.answers()
    finally:
        shutil.rmtree(deep.socket_dir, ignore_errors=True)


def test_refuse_a_socket_folder_that_somebody_else_has_made(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "real")
    with pytest.raises(PermissionError, match="belongs to somebody else"):
        unprivileged.make_folder(tmp_path / "run")


def test_say_what_to_do_when_the_data_is_of_another_version(own: Cluster) -> None:
    with own.using():
        pass
    (own.data / "PG_VERSION").write_text("12\n")
    with pytest.raises(ClusterError, match=r"made by PostgreSQL 12.*make reset"), own.using():
        pass


def test_take_the_binaries_that_are_named_or_say_that_they_are_not_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    known = find_binaries()
    monkeypatch.setenv("POLKU_PG_BIN", str(known))
    assert find_binaries() == known
    monkeypatch.setenv("POLKU_PG_BIN", str(tmp_path))
    with pytest.raises(ClusterError, match="no initdb and postgres"):
        find_binaries()


def test_run_as_nobody_for_root_without_a_user_namespace_and_as_oneself_for_anybody_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    root = os.geteuid() == 0
    monkeypatch.setattr(unprivileged, "_method", lambda: "nobody" if root else "plain")
    whose = 65534 if root else os.geteuid()
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    found = _cluster(closed / "postgres")
    assert found.place.parent == (Path("/var/tmp") if root else closed)
    try:
        with found.using():
            pid = found.pid()
            assert pid is not None
            assert Path(f"/proc/{pid}").stat().st_uid == whose
            assert found.data.stat().st_uid == whose
    finally:
        shutil.rmtree(found.place, ignore_errors=True)


def test_use_user_namespaces_only_as_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unprivileged.os, "geteuid", lambda: 1000)
    assert unprivileged._method.__wrapped__() == "plain"
    fake: Any = SimpleNamespace(unshare=lambda flags: -1)
    monkeypatch.setattr(unprivileged.ctypes, "CDLL", lambda *a, **k: fake)
    with pytest.raises(OSError, match="not allowed"):
        unprivileged._enter_namespace()
