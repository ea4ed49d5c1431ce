"""What every action is wrapped in: one transaction, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import transaction

P = ParamSpec("P")
R = TypeVar("R")

_inside: ContextVar[bool] = ContextVar("inside_an_action", default=False)


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
            with transaction.atomic():
                return function(*args, **kwargs)
        finally:
            _inside.reset(token)

    return whole
