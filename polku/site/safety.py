"""Settings under which nothing may be served: a real database with an open door is refused at the start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

PROVED = "verify-full"


def refuse_open_doors(base_url: str, hosts: Sequence[str]) -> None:
    """Refuse plain http except on this machine, and answering to any name.

    Raises:
        ImproperlyConfigured: with the variable's name and what to write.
    """
    require_tls("BASE_URL", base_url)
    if any(host.strip(".*") == "" or host.startswith("*") for host in hosts):
        raise ImproperlyConfigured("ALLOWED_HOSTS lets any name in: write the names of this site, comma between.")


def require_tls(name: str, address: str) -> str:
    """Return the address.

    Raises:
        ImproperlyConfigured: it is plain http and leads to another machine, where anybody between reads along.
    """
    parts = urlsplit(address)
    if parts.scheme == "http" and not is_here(parts.hostname or ""):
        raise ImproperlyConfigured(f"{name} is {address!r}; write https://: anybody between could read along.")
    return address


def is_here(host: str) -> bool:
    """Tell whether a host is this machine: its name, its loopback, or a socket's folder."""
    if host in ("", "localhost") or host.startswith("/"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def unproved_database(place: Mapping[str, Any]) -> str:
    """Return a sentence when the database is elsewhere and need not prove that it is ours; else an empty text."""
    if is_here(str(place.get("HOST", ""))) or place.get("OPTIONS", {}).get("sslmode") == PROVED:
        return ""
    return f"DATABASE_URL leads to another machine without sslmode={PROVED}: anybody between could read along."
