"""What the database tells a monitor: queues, clocks that have run out, connections, the log's seals, the worker.

Asked at each look, by counts only, as the owner of the tables and read-only: a monitor is nobody who may see clients,
and no row of a client leaves. A database that does not answer is a figure too.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from typing import Any

from django.db import DatabaseError, InterfaceError, connection, transaction
from prometheus_client.core import GaugeMetricFamily

# Longer than that, the answer would come after the monitor has given up.
MOST = "3s"

# name, what it is, its labels, the question: a column for each label and the figure.
Question = tuple[str, str, tuple[str, ...], str]

QUESTIONS: tuple[Question, ...] = (
    (
        "polku_worker_silent_seconds", "Since a worker was last heard; absent when there is none.", (),
        """
        SELECT extract(epoch FROM clock_timestamp() - max(last_heartbeat)) FROM procrastinate_workers
        HAVING max(last_heartbeat) IS NOT NULL
        """,
    ),
    (
        "polku_jobs", "Queued jobs: due, later, doing, failed.", ("state",),
        """
        SELECT state, count(job.state) FROM unnest(ARRAY['due', 'later', 'doing', 'failed']) AS state
        LEFT JOIN (
            SELECT CASE status::text WHEN 'todo' THEN CASE WHEN scheduled_at > now() THEN 'later' ELSE 'due' END
                   ELSE status::text END AS state
            FROM procrastinate_jobs WHERE status IN ('todo', 'doing', 'failed')
        ) job USING (state) GROUP BY state
        """,
    ),
    (
        "polku_job_oldest_due_seconds", "How long the job that waits longest has been due.", (),
        """
        SELECT greatest(0, coalesce(max(extract(epoch FROM clock_timestamp() - coalesce(job.scheduled_at, written.at)))
               , 0))
        FROM procrastinate_jobs job
        CROSS JOIN LATERAL (SELECT min(at) AS at FROM procrastinate_events WHERE job_id = job.id) written
        WHERE job.status = 'todo' AND (job.scheduled_at IS NULL OR job.scheduled_at <= now())
        """,
    ),
    (
        "polku_messages", "Messages that are not settled: due, later, undelivered.", ("channel", "state"),
        """
        SELECT channel, state, count(message.id)
        FROM unnest(ARRAY['sms', 'email', 'letter']) AS channel
        CROSS JOIN unnest(ARRAY['due', 'later', 'undelivered']) AS state
        LEFT JOIN (
            SELECT one.id, one.channel,
                   CASE WHEN one.state IN ('failed', 'given_up') THEN 'undelivered'
                        WHEN one.next_try_at > now() THEN 'later' ELSE 'due' END AS state
            FROM outbox_message one
            LEFT JOIN outbox_message successor ON successor.instead_of_id = one.id
            WHERE one.state IN ('queued', 'sending')
               OR one.state IN ('failed', 'given_up') AND successor.id IS NULL
        ) message USING (channel, state) GROUP BY channel, state
        """,
    ),
    (
        "polku_message_oldest_due_seconds", "How long the message that waits longest has been due.", ("channel",),
        """
        SELECT channel, coalesce(max(extract(epoch FROM clock_timestamp() - message.next_try_at)), 0)
        FROM unnest(ARRAY['sms', 'email', 'letter']) AS channel
        LEFT JOIN (
            SELECT channel, next_try_at FROM outbox_message
            WHERE state IN ('queued', 'sending') AND next_try_at <= now()
        ) message USING (channel) GROUP BY channel
        """,
    ),
    (
        "polku_clocks", "Running clocks: in time, overdue.", ("rule", "state"),
        """
        SELECT rule, state, count(*) FROM (
            SELECT rule, CASE WHEN due_at < now() THEN 'overdue' ELSE 'in_time' END AS state FROM deadlines_clock
            WHERE met_at IS NULL AND cancelled_at IS NULL AND due_at IS NOT NULL
              AND NOT EXISTS (SELECT FROM deadlines_pause WHERE clock_id = deadlines_clock.id AND until IS NULL)
        ) clock GROUP BY rule, state
        """,
    ),
    (
        "polku_log_oldest_unsealed_seconds", "How long the oldest row of the access log has waited for its seal.", (),
        """
        SELECT coalesce(extract(epoch FROM clock_timestamp() - min(recorded_at)), 0) FROM audit_event
        WHERE recorded_at > coalesce((SELECT recorded_at FROM audit_seal ORDER BY no DESC LIMIT 1), '-infinity')
        """,
    ),
    (
        "polku_database_connections", "Connections of Polku to the database.", ("state",),
        """
        SELECT coalesce(state, 'other'), count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND backend_type = 'client backend' GROUP BY 1
        """,
    ),
    (
        "polku_database_connections_most", "How many connections the database takes.", (),
        "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int",
    ),
    ("polku_database_bytes", "Size of the database.", (), "SELECT pg_database_size(current_database())"),
)  # fmt: skip


class Gauges:
    """A collector of `prometheus_client`: asks the database anew at each look."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the build, whether the database answers, and what it tells."""
        build = GaugeMetricFamily("polku_build", "What is running.", labels=("version", "python"))
        build.add_metric((version("polku"), platform.python_version()), 1)
        yield build
        found: list[GaugeMetricFamily] = []
        try:
            found += asked()
        except (DatabaseError, InterfaceError):
            found = []
        yield _one("polku_database_up", "Whether the database answers.", 1 if found else 0)
        yield from found


def asked() -> Iterable[GaugeMetricFamily]:
    """Ask every question in one read-only transaction.

    Raises:
        DatabaseError: the database does not answer in time.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('transaction_read_only', 'on', true), set_config('statement_timeout', %s, true)", [MOST]
        )
        for name, words, labels, question in QUESTIONS:
            cursor.execute(question)
            family = GaugeMetricFamily(name, words, labels=labels)
            for row in cursor.fetchall():
                family.add_metric([str(value) for value in row[:-1]], float(row[-1]))
            yield family


def _one(name: str, words: str, value: Any) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, words)
    family.add_metric((), value)
    return family
