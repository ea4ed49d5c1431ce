"""Where counts of tries are kept: in the same database, by a connection of their own that commits at once.

In the request's own transaction, whoever counts would hold up all others from the same place until it has ended, with
the slow password in between; and a request that fails would take its count back.
"""

from __future__ import annotations

from typing import Any

from allauth.core.internal import ratelimit

ALIAS = "counts"
# Whoever counts waits for another who counts the same place. The library gives up after a second and then refuses: on
# a busy morning somebody who has tried once would hear that they tried too often.
ratelimit.CACHE_LOCK_WAIT_TIMEOUT = 8


class Counts:
    """Sends the cache's table, which has nothing but counts, to that connection; the ordinary one makes tables."""

    def db_for_read(self, model: Any, **hints: object) -> str | None:
        """Return the connection for reading a model's rows; None = the ordinary one."""
        return ALIAS if model._meta.app_label == "django_cache" else None

    def db_for_write(self, model: Any, **hints: object) -> str | None:
        """Return the connection for writing a model's rows, as for reading them."""
        return self.db_for_read(model)

    def allow_migrate(self, db: str, app_label: str, **hints: object) -> bool | None:
        """Refuse to make tables by the counts' connection: it is the same database."""
        return False if db == ALIAS else None
