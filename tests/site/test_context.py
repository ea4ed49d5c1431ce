"""One way into the database: serving role, acting person, reads that cannot write."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, InternalError, connection, transaction

from polku.access.models import Actor, Municipality
from polku.acting import act_as
from polku.site.context import fenced, working
from tests.register import NOW

pytestmark = pytest.mark.django_db


def _state() -> tuple[str, str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, current_setting('transaction_read_only'), "
            "coalesce(current_setting('polku.actor', true), '')"
        )
        return cursor.fetchone()


@pytest.fixture
def somebody() -> Actor:
    return Actor(id=12)


def test_serves_as_a_role_that_owns_nothing(somebody) -> None:
    with working(by=somebody):
        assert _state() == ("polku_serving", "off", "12")
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_class WHERE relowner = 'polku_serving'::regrole")
            assert cursor.fetchone()[0] == 0
    assert _state() == ("polku", "off", "")


def test_sets_back_what_was_before_when_it_fails(somebody) -> None:
    with pytest.raises(RuntimeError), working(by=somebody, read_only=True):
        raise RuntimeError
    assert _state() == ("polku", "off", "")


def test_sets_back_what_was_before_when_taken_back(somebody) -> None:
    with working(by=somebody):
        Municipality.objects.create(code="999", name_fi="x", name_sv="x")
        transaction.set_rollback(True)
    assert _state() == ("polku", "off", "")
    assert not Municipality.objects.filter(code="999").exists()


def test_keeps_the_outer_work_when_one_stands_in_another(somebody) -> None:
    with working(by=somebody):
        with working(by=Actor(id=13), read_only=True):
            assert _state() == ("polku_serving", "on", "13")
        assert _state() == ("polku_serving", "off", "12")


def test_reads_behind_the_fence_and_sets_back_whose_reach_it_was(somebody) -> None:
    with fenced(by=somebody, at=NOW):
        assert _state() == ("polku_fenced", "off", "12")
        with working():
            assert _state() == ("polku_serving", "off", "")
        with fenced(at=NOW, read_only=True):
            assert _state() == ("polku_fenced", "on", "")
        assert _state() == ("polku_fenced", "off", "12")
        act_as(Actor(id=14), at=NOW)
        assert _state()[2] == "14"
    assert _state() == ("polku", "off", "")


def test_lets_no_read_write() -> None:
    with pytest.raises(InternalError, match="read-only"), working(read_only=True):
        Municipality.objects.create(code="999", name_fi="x", name_sv="x")


def test_lets_nobody_change_the_form_of_tables() -> None:
    with pytest.raises(DatabaseError, match="must be owner"), working(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE access_actor ADD COLUMN x int")


@pytest.mark.django_db(transaction=True)
def test_leaves_nothing_on_the_connection(somebody) -> None:
    with working(by=somebody, read_only=True):
        assert _state() == ("polku_serving", "on", "12")
    assert _state() == ("polku", "off", "")


@pytest.mark.django_db(transaction=True)
def test_refuses_another_isolation_with_a_sentence() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_isolation = 'repeatable read'")
    try:
        with pytest.raises(ImproperlyConfigured, match="read committed"), working():
            pass
    finally:
        connection.close()
