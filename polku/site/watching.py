"""Every request is measured and noted in the technical log; monitors are answered before anything else is asked.

The pages for monitors need neither a host name nor a transaction of their own, and they must answer when there is no
database. To anybody but a monitor they are not there. The line of a request has its page's name, never its address:
an address may name a client's case.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from django.http import HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve

from polku.site import metrics, network
from polku.site.middleware import GetResponse

log = logging.getLogger("polku.requests")

FOR_WATCHERS = frozenset({"/health/live", "/health/ready", "/health/worker", "/metrics"})
# What no page answers to: a wrong address, or a request that ended before its page was looked up.
NO_VIEW = "none"


def watched(get_response: GetResponse) -> GetResponse:
    """Answer monitors; measure everybody else."""

    def handle(request: HttpRequest) -> HttpResponseBase:
        if request.path_info in FOR_WATCHERS and network.is_watcher(request):
            return _to_watcher(request)
        began = time.perf_counter()
        response = get_response(request)
        _note(request, response, time.perf_counter() - began)
        return response

    return handle


def _to_watcher(request: HttpRequest) -> HttpResponseBase:
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(("GET", "HEAD"))
    response: HttpResponseBase = resolve(request.path_info).func(request)
    response.headers["Cache-Control"] = "no-store"
    return response


def _note(request: Any, response: HttpResponseBase, seconds: float) -> None:
    view = _view(request)
    metrics.count(request, view, response.status_code, seconds)
    log.info(
        "request",
        extra={
            "reference": getattr(request, "reference", ""),
            "actor": getattr(getattr(request, "actor", None), "public_id", ""),
            "view": view,
            "method": request.method if request.method in metrics.METHODS else "other",
            "status": response.status_code,
            "ms": round(seconds * 1000, 1),
        },
    )


def _view(request: Any) -> str:
    """Return the name of the page; a request that was refused before its page was looked up has one as well."""
    match = request.resolver_match
    if match is None:
        try:
            match = resolve(request.path_info)
        except Resolver404:
            return NO_VIEW
    return str(match.view_name or NO_VIEW)
