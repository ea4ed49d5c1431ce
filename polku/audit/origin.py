"""Where an event comes from: the page or job at hand, kept for the time of one request so that rows can name it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Origin:
    """What every row of one request or job has in common.

    `path` is the name of the page (`contacts:read`) or job, `request` the reference id that an error page shows,
    `role` the person's roles, `provider` and `unit` whose data is handled unless a call says otherwise.
    """

    path: str = ""
    request: str = ""
    role: str = ""
    provider: str = ""
    unit: str = ""


_current: ContextVar[Origin] = ContextVar("polku_audit_origin", default=Origin())  # noqa: B039 - frozen


def current() -> Origin:
    """Return the origin at hand; an empty one outside requests and jobs."""
    return _current.get()


@contextmanager
def set_to(origin: Origin) -> Iterator[None]:
    """Let rows written inside the block carry this origin."""
    token = _current.set(origin)
    try:
        yield
    finally:
        _current.reset(token)


def tell(**fields: str) -> None:
    """Add what has become known of the request (page, role, unit); holds until the `set_to` around it ends."""
    _current.set(replace(_current.get(), **fields))
