"""The one way into the database for requests, jobs and commands.

Inside, everything is one transaction under a role that owns nothing; the acting person is known to the database; a
read cannot write. A request works behind the fence: row security shows it only what is about clients in the reader's
reach (docs/adr, "Row security behind every page"). Everything is local to the transaction: pooled connections carry
nothing over. It is all set back by hand, because inside another transaction (tests) it would outlive the savepoint.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction

from polku.acting import HasId, fence
from polku.audit import actions as audit
from polku.kit.roles import FENCED, SERVING

# Which database answers: another server has another start, and restored tables have other numbers.
_DATABASE = "extract(epoch FROM pg_postmaster_start_time()) || ' ' || to_regclass('public.audit_who')::oid"
_WORK = f"""
SELECT current_setting('transaction_isolation'), {_DATABASE}, set_config('role', %s, true),
    set_config('polku.actor', %s, true)
"""
# Who acts, when, and from that the reach: units with a post and people stood in for.
_FENCED = f"""
SELECT current_setting('transaction_isolation'), {_DATABASE}, set_config('role', %s, true), polku_act(%s, %s)
"""
# The same as SET TRANSACTION READ ONLY, without a statement of its own: it ends with the savepoint or transaction.
_READ = ", set_config('transaction_read_only', 'on', true)"
_STATE = ("role", "polku.actor", "polku.at", "polku.units", "polku.stands_for")


@contextmanager
def working(*, by: HasId | None = None, read_only: bool = False) -> Iterator[None]:
    """Run the block in one transaction under the serving role, which sees the whole register.

    Args:
        by: whoever acts, told to the database as `polku.actor`.
        read_only: the database refuses every write inside.

    Raises:
        ImproperlyConfigured: the database's isolation is not READ COMMITTED, under which alone bookings are safe.
    """
    with _working(_WORK, [SERVING, "" if by is None else str(by.id)], read_only, fenced=False):
        yield


@contextmanager
def fenced(*, at: datetime, by: HasId | None = None, read_only: bool = False) -> Iterator[None]:
    """Run the block as `working` does, but behind the fence: it reads what is about clients in the actor's reach.

    Args:
        at: the moment whose posts, substitutions and ties count.
        by: whoever reads; may be told later with `acting.act_as`. Nobody sees no client at all.
    """
    with _working(_FENCED, [FENCED, None if by is None else by.id, at], read_only, fenced=True):
        yield


@contextmanager
def _working(question: str, values: list[Any], read_only: bool, *, fenced: bool) -> Iterator[None]:
    inside_another = connection.in_atomic_block
    before = _state() if inside_another else ()
    with transaction.atomic(), fence(fenced):
        with connection.cursor() as cursor:
            cursor.execute(question + _READ if read_only else question, values)
            isolation, database = cursor.fetchone()[:2]
            if isolation != "read committed":
                raise ImproperlyConfigured(
                    f"The database's isolation is {isolation!r}. Bookings are safe only under 'read committed': "
                    "set default_transaction_isolation back."
                )
        audit.meet(database or "")
        yield
        # After an error, or when the block is to be taken back, the savepoint's rollback sets everything back.
        if inside_another and not transaction.get_rollback():
            _set_back(before)


def _state() -> tuple[str, ...]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"coalesce(current_setting('{name}', true), '')" for name in _STATE))
        return tuple(cursor.fetchone())


def _set_back(before: tuple[str, ...]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"set_config('{name}', %s, true)" for name in _STATE), list(before))
