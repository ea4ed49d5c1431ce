"""The one way into the database for requests, jobs and commands.

Inside, everything is one transaction under the serving role, which owns nothing; the acting person is known to the
database; a read cannot write. Everything is local to the transaction: pooled connections carry nothing over. The role
is set back by hand, because inside another transaction (tests) it would outlive the savepoint.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction

from polku.site.database import SERVING_ROLE

_WORK = """
SELECT current_setting('transaction_isolation'), set_config('role', %s, true), set_config('polku.actor', %s, true)
"""
# The same as SET TRANSACTION READ ONLY, without a statement of its own: it ends with the savepoint or transaction.
_READ = _WORK + ", set_config('transaction_read_only', 'on', true)"


class HasId(Protocol):
    """Whoever acts."""

    @property
    def id(self) -> int: ...


@contextmanager
def working(*, by: HasId | None = None, read_only: bool = False) -> Iterator[None]:
    """Run the block in one transaction under the serving role.

    Args:
        by: whoever acts, told to the database as `polku.actor`; may be told later with `act_as`.
        read_only: the database refuses every write inside.

    Raises:
        ImproperlyConfigured: the database's isolation is not READ COMMITTED, under which alone bookings are safe.
    """
    inside_another = connection.in_atomic_block
    before = _state() if inside_another else ("none", "")
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_READ if read_only else _WORK, [SERVING_ROLE, _id(by)])
            isolation = cursor.fetchone()[0]
            if isolation != "read committed":
                raise ImproperlyConfigured(
                    f"The database's isolation is {isolation!r}. Bookings are safe only under 'read committed': "
                    "set default_transaction_isolation back."
                )
        yield
        # After an error, or when the block is to be taken back, the savepoint's rollback sets both back.
        if inside_another and not transaction.get_rollback():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('role', %s, true), set_config('polku.actor', %s, true)", list(before))


def act_as(by: HasId | None) -> None:
    """Tell the database who acts, once it is known who that is; until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('polku.actor', %s, true)", [_id(by)])


def _state() -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('role'), coalesce(current_setting('polku.actor', true), '')")
        role, actor = cursor.fetchone()
    return role, actor


def _id(by: HasId | None) -> str:
    return "" if by is None else str(by.id)
