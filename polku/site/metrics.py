"""Figures for a monitor, in the text format that Prometheus reads (`/metrics`, docs/operations.md).

What a web process counts itself stands in small files that all processes of a server share (`serving` names the
folder), so that whichever process answers tells of all. What the database knows is asked when somebody looks
(`polku.site.gauges`). Labels name pages, methods, states and rules: never an address with ids in it, never a person.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from polku.site import gauges
from polku.site.network import for_watchers
from polku.site.serving import FIGURES

SECONDS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})
OWN = CollectorRegistry()

REQUESTS = Counter(
    "polku_requests", "Requests answered, by page, method and status.", ("view", "method", "status"), registry=OWN
)
DURATIONS = Histogram(
    "polku_request_seconds", "How long answers took, by page.", ("view",), buckets=SECONDS, registry=OWN
)
SIGN_INS = Counter("polku_sign_ins", "Tries to sign in: in, failed, stopped.", ("outcome",), registry=OWN)
STRANGERS = Counter(
    "polku_strangers", "Requests with a wrong key or link: refused, stopped.", ("door", "outcome"), registry=OWN
)
POOL = Gauge(
    "polku_pool_connections", "Database connections that web processes keep.", ("state",),
    registry=OWN, multiprocess_mode="livesum",
)  # fmt: skip


def count(request: HttpRequest, view: str, status: int, seconds: float) -> None:
    """Count an answered request."""
    method = request.method if request.method in METHODS else "other"
    REQUESTS.labels(view, method, status).inc()
    DURATIONS.labels(view).observe(seconds)
    pool: Any = getattr(connection, "pool", None)
    if pool is not None:
        stats = pool.get_stats()
        POOL.labels("kept").set(stats.get("pool_size", 0))
        POOL.labels("free").set(stats.get("pool_available", 0))


@for_watchers
def metrics(request: HttpRequest) -> HttpResponse:
    """Give the figures of all processes of this server and of the database."""
    registry = CollectorRegistry()
    if folder := os.environ.get(FIGURES):
        _forget_the_dead(Path(folder))
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(OWN)
    registry.register(gauges.Gauges())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _forget_the_dead(folder: Path) -> None:
    """Leave out what processes that have ended said of themselves; what they counted goes on counting."""
    for path in folder.glob("gauge_live*_*.db"):
        pid = path.stem.rpartition("_")[2]
        if not Path(f"/proc/{pid}").exists():
            mark_process_dead(int(pid), str(folder))  # type: ignore[no-untyped-call]
