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


@dataclass(frozen=True, slots=True)
class Refusal:
    """A right that was asked for and not given: the action and the public id of the thing."""

    action: str
    subject: str


_current: ContextVar[Origin] = ContextVar("polku_audit_origin", default=Origin())  # noqa: B039 - frozen

_refusals: ContextVar[list[Refusal] | None] = ContextVar("polku_audit_refusals", default=None)


def current() -> Origin:
    """Return the origin at hand; an empty one outside requests and jobs."""
    return _current.get()


@contextmanager
def set_to(origin: Origin) -> Iterator[None]:
    """Let rows written inside the block carry this origin."""
    token, told = _current.set(origin), _refusals.set([])
    try:
        yield
    finally:
        _current.reset(token)
        _refusals.reset(told)


def tell(**fields: str) -> None:
    """Add what has become known of the request (page, role, unit); holds until the `set_to` around it ends."""
    _current.set(replace(_current.get(), **fields))


def refuse(action: str, subject: str) -> None:
    """Note a refusal, so that it is logged even when the page turns it into a sentence beside a field."""
    noted = _refusals.get()
    if noted is not None:
        noted.append(Refusal(action, subject))


def refusals() -> list[Refusal]:
    """Return what has been refused so far in this request."""
    return list(_refusals.get() or ())
