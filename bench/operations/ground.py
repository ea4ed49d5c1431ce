"""What every operation stands on: the site, what was built, the moment, and the people who look."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bench.building import Built
from bench.site import Site

if TYPE_CHECKING:
    from django.test import Client as InProcess

    from polku.access.models import Actor

ANSWERING = "suvi"
"""Sees the whole list of a team."""
LEADING = "helena"


@dataclass(frozen=True, slots=True)
class Ground:
    """One size's ground."""

    site: Site
    built: Built
    size: int
    rounds: int

    def now(self) -> datetime:
        """Return the present moment."""
        from polku.kit import clock

        return clock.now()

    def actor(self, username: str) -> Actor:
        """Return an invented worker."""
        from polku.access.models import Account

        return Account.objects.select_related("actor").get(username=username).actor

    def in_process(self, username: str) -> InProcess:
        """Return a signed-in session of a worker in this very process, for counting what a page costs."""
        from django.test import Client as InProcess

        from polku.access.models import Account

        client = InProcess(headers={"accept-language": "fi"})
        client.force_login(Account.objects.get(username=username), backend="django.contrib.auth.backends.ModelBackend")
        return client

    def reading(self) -> AbstractContextManager[Any]:
        """The transaction in which a page reads, as the worker who answers calls."""
        from polku.site.context import fenced

        return fenced(by=self.actor(ANSWERING), at=self.now(), read_only=True)

    def inside(self, do: Callable[[], object]) -> Callable[[], None]:
        """Return the same thing done as a page does it: in a transaction of its own that cannot write."""

        def run() -> None:
            with self.reading():
                do()

        return run
