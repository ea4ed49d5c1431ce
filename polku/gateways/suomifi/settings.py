"""How to reach Suomi.fi messages: whose service sends, with which name and password."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

PRODUCTION = "https://api.messages.suomi.fi"


@dataclass(frozen=True, slots=True)
class SuomiFiSettings:
    """The service's id and its name and password at the interface; the address is a setting, as it is in tests.

    `timeout_seconds` is the longest silence, `longest_seconds` the longest exchange of one request.
    Raises ValueError with a sentence when the values do not fit together.
    """

    service_id: str
    username: str
    password: str = field(repr=False)
    url: str = PRODUCTION
    ca_file: str = ""
    timeout_seconds: float = 10.0
    longest_seconds: float = 30.0

    def __post_init__(self) -> None:
        address = urlsplit(self.url)
        if not _safe(address):
            raise ValueError("The address of Suomi.fi messages begins with https and has no password in it.")
        if address.path.strip("/") or address.query or address.fragment:
            raise ValueError("The address of Suomi.fi messages is a host only, such as https://api.messages.suomi.fi.")
        if not (self.service_id and self.username and self.password):
            raise ValueError("Suomi.fi messages need the service's id, a name and a password.")
        if not 0 < self.timeout_seconds <= self.longest_seconds:
            raise ValueError("The longest silence is positive and not longer than the longest exchange.")


def _safe(address: SplitResult) -> bool:
    """Tell whether the address is encrypted, or this machine's own (a test's server)."""
    host = address.hostname or ""
    if not host or address.username is not None:
        return False
    if address.scheme == "https":
        return True
    try:
        here = ipaddress.ip_address(host).is_loopback
    except ValueError:
        here = host == "localhost"
    return address.scheme == "http" and here
