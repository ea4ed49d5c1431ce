"""The queue's own upkeep, and steady work."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

pytestmark = pytest.mark.django_db(transaction=True)


def run(job: Any) -> None:
    """Run a job of the queue as the worker does."""
    from procrastinate.contrib.django import app

    async def once() -> None:
        with app.replace_connector(app.connector.get_worker_connector()) as queue:  # type: ignore[attr-defined]
            async with queue.open_async():
                await job(0)

    # In a thread of its own: a browser test before this one leaves a running loop in the main thread.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, once()).result()


def test_retry_stalled_gives_back_the_job_of_a_silent_worker_only() -> None:
    from django.db import connection
    from procrastinate.contrib.django.models import ProcrastinateJob

    from polku.outbox import jobs
    from polku.site.jobs import retry_stalled

    with connection.cursor() as cursor:
        for silent in ("5 minutes", "1 second"):
            jobs.announce(1)
            cursor.execute(
                "WITH worker AS (INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s::interval) "
                "RETURNING id) UPDATE procrastinate_jobs SET status = 'doing', worker_id = worker.id FROM worker "
                "WHERE status = 'todo'",
                [silent],
            )
    run(retry_stalled)
    assert list(ProcrastinateJob.objects.order_by("id").values_list("status", flat=True)) == ["todo", "doing"]


def test_forget_finished_leaves_young_jobs() -> None:
    from django.db import connection
    from procrastinate.contrib.django.models import ProcrastinateJob

    from polku.outbox import jobs
    from polku.site.jobs import forget_finished

    jobs.announce(1)
    jobs.announce(2)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing'")
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed'")
        cursor.execute("UPDATE procrastinate_events SET at = now() - interval '40 days' WHERE job_id = "
                       "(SELECT min(id) FROM procrastinate_jobs)")  # fmt: skip
    run(forget_finished)
    assert ProcrastinateJob.objects.get().args == {"message": 2}


def test_forget_counts_leaves_those_that_still_hold() -> None:
    from django.core.cache import cache
    from django.db import connection

    from polku.site.jobs import forget_counts

    cache.set("over", [1], -60)
    cache.set("holds", [1], 60)
    forget_counts.func(0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM polku_cache")
        assert [key for (key,) in cursor.fetchall()] == [":1:holds"]


def test_steadily_goes_on_after_a_failure_and_stops_when_asked() -> None:
    from polku.site.working import steadily

    stop = threading.Event()
    calls: list[int] = []

    def do() -> None:
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError
        if len(calls) == 3:
            stop.set()

    steadily(0.01, do, stop)
    assert len(calls) == 3


def test_steady_work_is_named_in_the_log() -> None:
    from polku.audit import actions
    from polku.audit.models import Event
    from polku.kit import clock
    from polku.site.working import steadily

    stop = threading.Event()

    def remind() -> None:
        actions.changed(by=None, at=clock.now(), what="outbox.queue")
        stop.set()

    remind.__module__ = "polku.appointments.jobs"
    remind.__qualname__ = "remind"
    steadily(0.01, remind, stop)
    assert Event.objects.get().path == "appointments.jobs.remind"


def test_check_names_jobs_that_failed_within_a_day() -> None:
    from django.db import connection

    from polku.outbox import jobs
    from polku.site.checking import failed_jobs

    assert failed_jobs() == []
    jobs.announce(1)
    jobs.announce(2)
    with connection.cursor() as cursor:
        for status in ("doing", "failed"):
            cursor.execute("UPDATE procrastinate_jobs SET status = %s", [status])
    (said,) = failed_jobs()
    assert said.startswith("outbox.send: 2 queued jobs failed")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_events SET at = now() - interval '2 days'")
    assert failed_jobs() == []


def test_job_that_lost_the_database_is_tried_again_and_a_broken_one_is_not() -> None:
    from django.db import InterfaceError, OperationalError
    from procrastinate.jobs import Job

    from polku.kit import clock
    from polku.outbox import jobs

    def again(error: Exception, attempts: int) -> float | None:
        """Return after how many seconds the job is tried again."""
        job = Job(id=1, queue="messages", lock=None, queueing_lock=None, task_name="outbox.send", attempts=attempts)
        asked = clock.now()
        refusal = jobs.send.get_retry_exception(exception=error, job=job)
        if refusal is None:
            return None
        assert refusal.retry_decision.retry_at is not None
        return (refusal.retry_decision.retry_at - asked).total_seconds()

    assert again(InterfaceError(), 3) and again(ValueError(), 0) is None
    waits = [again(OperationalError(), attempts) for attempts in range(7)]
    assert sum(wait or 0 for wait in waits) > 240 and max(wait or 0 for wait in waits) < 180, "longer than a failover"
    assert (waits[0] or 0) < 3, "and at once where it was a moment"
    assert again(OperationalError(), 7) is None, "not for ever: the steady work of the outbox goes on besides"
