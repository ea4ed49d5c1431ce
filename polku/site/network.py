"""Whence a request comes: the address that our own proxies vouch for, and whether it is one of the watchers'."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from functools import wraps
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from polku.access.needs import machine
from polku.kit.errors import NotFound

Address = IPv4Address | IPv6Address
# A household or an office has one such network of IPv6 addresses, and may use a new address for every try.
IPV6_PREFIX = 64


def address(request: HttpRequest) -> Address | None:
    """Return the address of whoever asks, or None where it cannot be told.

    Each of our proxies (setting TRUSTED_PROXIES) adds the address it sees to the end of X-Forwarded-For; what stands
    before that was written by the browser and counts for nothing. A request without the header came past the proxies.
    """
    told = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    proxies = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    if proxies and told:
        return _read(told[-proxies]) if len(told) >= proxies else None
    return _read(request.META.get("REMOTE_ADDR", ""))


def place(request: HttpRequest) -> str:
    """Return the address as one counts tries by it: IPv4 as it is, IPv6 by its network; "unknown" is one place too."""
    found = address(request)
    if isinstance(found, IPv6Address):
        return str(IPv6Network((found, IPV6_PREFIX), strict=False).network_address)
    return str(found or "unknown")


def is_watcher(request: HttpRequest) -> bool:
    """Tell whether a monitor asks: from a network of WATCH_NETWORKS, or with the token of WATCH_TOKEN."""
    found = address(request)
    if found is not None and any(found in network for network in settings.WATCH_NETWORKS):
        return True
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    wanted = settings.WATCH_TOKEN
    return bool(wanted) and scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), wanted.encode())


def for_watchers(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A page for monitors; to anybody else it is not there."""

    @machine("site.watch")
    @wraps(view)
    def checked(request: HttpRequest) -> HttpResponse:
        if not is_watcher(request):
            raise NotFound("not_found", _("There is no such page, or it is not yours to see."))
        return view(request)

    return checked


def _read(text: str) -> Address | None:
    try:
        found = ip_address(text)
    except ValueError:
        return None
    # The same machine, whichever way the socket was opened.
    return getattr(found, "ipv4_mapped", None) or found
