"""What the worker does for the queue itself."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException

from polku.kit import clock
from polku.outbox.jobs import WHEN_DATABASE_IS_BACK

log = logging.getLogger("polku.worker")

SILENT_SECONDS = 30
KEPT_HOURS = 24 * 30


@app.periodic(cron="* * * * *")
@app.task(name="site.retry_stalled", queueing_lock="site.retry_stalled", queue="site")
async def retry_stalled(timestamp: int) -> None:
    """Give jobs back to the queue whose worker has gone silent: that is not done by itself."""
    with _next_time():
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=SILENT_SECONDS):
            await app.job_manager.retry_job(job)


@app.periodic(cron="17 3 * * *")
@app.task(name="site.forget_finished", queueing_lock="site.forget_finished", queue="site")
async def forget_finished(timestamp: int) -> None:
    """Delete jobs that ended a month ago; failed ones have been seen by then."""
    with _next_time():
        await app.job_manager.delete_old_jobs(nb_hours=KEPT_HOURS, include_failed=True, include_cancelled=True)


@app.periodic(cron="*/10 * * * *")
@app.task(name="site.forget_counts", queueing_lock="site.forget_counts", queue="site", retry=WHEN_DATABASE_IS_BACK)
def forget_counts(timestamp: int) -> None:
    """Delete counts of tries that no longer hold: each new one looks first how many there are."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM polku_cache WHERE expires < %s", [clock.now()])


@contextmanager
def _next_time() -> Iterator[None]:
    """Leave it to the next minute or night when the database is lost: the question is asked anew, nothing failed."""
    try:
        yield
    except ConnectorException:
        log.warning("the queue lost the database; it is looked after next time", exc_info=True)
