"""What every action is wrapped in: one transaction, whole or not at all. And the way past the fence.

A request reads as a role to whom the database shows only rows about clients in the reader's reach (docs/adr, "Row
security behind every page"). What has to see further says so and why: an action, which has asked for its right as its
first beat, and the few questions that are about the whole register.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import wraps
from typing import ParamSpec, Protocol, TypeVar

from django.db import connection, transaction
from psycopg.pq import TransactionStatus

from polku.kit import roles

P = ParamSpec("P")
R = TypeVar("R")


class HasId(Protocol):
    """Whoever acts."""

    @property
    def id(self) -> int: ...


_inside: ContextVar[bool] = ContextVar("inside_an_action", default=False)
_fenced: ContextVar[bool] = ContextVar("behind_the_fence", default=False)


def action(function: Callable[P, R]) -> Callable[P, R]:
    """Make the function whole: what it wrote is taken back when it raises, also inside a request's transaction.

    An action called by another action is a part of it and gets no savepoint of its own: its refusal is the refusal of
    the whole. An action that wants to go on after the refusal of a part says so with `transaction.atomic()` around
    that part. (A savepoint for each part cost a third of all statements, and a transaction with more than 64 of them
    slows every reader of its rows.)
    """

    @wraps(function)
    def whole(*args: P.args, **kwargs: P.kwargs) -> R:
        if _inside.get():
            return function(*args, **kwargs)
        token = _inside.set(True)
        try:
            with transaction.atomic(), beyond("an action has asked for its right itself"):
                return function(*args, **kwargs)
        finally:
            _inside.reset(token)

    return whole


@contextmanager
def beyond(why: str) -> Iterator[None]:
    """See the whole register inside the block, or in the function that this decorates.

    Does nothing where there is no fence: in jobs and commands, inside an action, inside another such block. Every
    call outside actions is on a list that a test keeps (tests/access/test_row_security.py), with its reason.
    """
    if not _fenced.get():
        yield
        return
    token = _fenced.set(False)
    try:
        _take(roles.SERVING)
        yield
    finally:
        _fenced.reset(token)
        # After a failed statement nothing more can be said: taking it back brings the role of before, too.
        if _usable():
            _take(roles.FENCED)


@contextmanager
def fence(up: bool) -> Iterator[None]:
    """Tell for the block whether the connection's role is the fenced one; whoever sets the role calls this."""
    token = _fenced.set(up)
    try:
        yield
    finally:
        _fenced.reset(token)


def act_as(by: HasId | None, *, at: datetime) -> None:
    """Tell the database whose reach counts, once it is known who that is; until the transaction ends.

    Does nothing where there is no fence.
    """
    if _fenced.get():
        with connection.cursor() as cursor:
            cursor.execute("SELECT polku_act(%s, %s)", [None if by is None else by.id, at])


def _take(role: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('role', %s, true)", [role])


def _usable() -> bool:
    # A value that the driver refused (a NUL) has reached no server, and yet the transaction is to be taken back.
    raw = None if connection.needs_rollback else connection.connection
    return raw is not None and not raw.closed and raw.info.transaction_status == TransactionStatus.INTRANS
