"""Django loaded and its database reachable: the embedded cluster is started for the time it is needed."""

import contextlib
from collections.abc import Iterator


@contextlib.contextmanager
def database(*, migrated: bool = False) -> Iterator[None]:
    """Load Django; without DATABASE_URL also have the embedded cluster running until the end.

    Raises:
        DatabaseNotReady: `migrated` is asked for and a migration is waiting.
    """
    import django
    from django.conf import settings
    from django.db import connections

    django.setup()
    with settings.CLUSTER.using() if settings.DEMO else contextlib.nullcontext():
        try:
            if migrated:
                from polku.site.migrating import require_migrated

                require_migrated()
            yield
        finally:
            connections.close_all()
