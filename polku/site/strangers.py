"""Wrong keys and wrong links are counted by the place they come from: nobody guesses for long, nobody fills the log.

Keys and links have 128 random bits and more, so guessing finds nothing; but each try costs a question to the database
and a row in the access log. Whoever brings a right key or link is never held up by others at the same address.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.core.internal import ratelimit
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from polku.access.needs import BY_LINK
from polku.site import answers, metrics
from polku.site.context import working
from polku.site.network import place

# Wrong ones within a minute from one place; a mistyped link or a wrongly set system is well below.
PER_MINUTE = 60


def stopped(request: HttpRequest, door: str) -> bool:
    """Count a wrong key or link and tell whether there have been too many from its place."""
    used = ratelimit.consume(
        request, app="polku", action="wrong", config={"wrong": f"{PER_MINUTE}/m/key"},
        key=f"{door} {place(request)}", limit_get=True,
    )  # fmt: skip
    metrics.STRANGERS.labels(door, "refused" if used else "stopped").inc()
    return used is None


def links(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: answer 429 to whoever tries one unknown link after another."""

    def counted(request: Any) -> HttpResponseBase:
        response = get_response(request)
        match = request.resolver_match
        if response.status_code != 404 or match is None or getattr(match.func, "need", "") != BY_LINK:
            return response
        with working():
            too_many = stopped(request, "link")
        if not too_many:
            return response
        return answers.too_often(request)

    return counted
