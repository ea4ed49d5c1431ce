"""How to talk to the SMS operator. Operators differ in names only, so names are settings and no operator has code."""

from __future__ import annotations

import ipaddress
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlsplit

FIELDS: dict[str, Any] = {"to": "{to}", "from": "{sender}", "text": "{text}", "reference": "{reference}"}
"""The request's body where none is given."""


@dataclass(frozen=True, slots=True)
class SmsSettings:
    """How to reach the operator and how to read its answers.

    ``fields`` is the request's body, its texts filled in at ``{to}``, ``{sender}``, ``{text}``, ``{reference}`` and
    ``{receipts}`` (the address that delivery receipts are sent to). ``success_field`` and ``id_field`` are dotted
    paths into the JSON answer (``messages.0.id``); without either, a 2xx answer is enough.
    ``timeout_seconds`` is the longest silence, ``longest_seconds`` the longest exchange.
    Raises ValueError with a sentence when the values do not fit together.
    """

    url: str
    sender: str
    method: str = "POST"
    encoding: str = "json"
    fields: dict[str, Any] = field(default_factory=lambda: dict(FIELDS))
    headers: dict[str, Any] = field(default_factory=dict, repr=False)
    number_form: str = "plus"
    success_field: str = ""
    success_values: tuple[str, ...] = ()
    temporary_values: tuple[str, ...] = ()
    duplicate_status: int = 409
    id_field: str = ""
    receipts_url: str = ""
    ca_file: str = ""
    timeout_seconds: float = 10.0
    longest_seconds: float = 25.0

    def __post_init__(self) -> None:
        _refuse_unsafe(self.address)
        for name, value, choices in (
            ("Method", self.method, ("POST", "PUT")),
            ("Encoding", self.encoding, ("json", "form")),
            ("Form of the number", self.number_form, ("plus", "plain", "zeros")),
        ):
            if value not in choices:
                raise ValueError(f"{name} must be one of {', '.join(choices)}.")
        if bool(self.success_field) != bool(self.success_values):
            raise ValueError("The field that tells success and its values are given together or not at all.")
        shape = json.dumps(self.fields)
        for place in ("to", "text", "reference"):
            if "{" + place + "}" not in shape:
                raise ValueError(f"The fields must hold {{{place}}} somewhere.")
        for name, value in self.headers.items():
            if not isinstance(value, str) or not (name + value).isascii() or not (name + value).isprintable():
                raise ValueError("Headers are plain texts.")

    @property
    def address(self) -> SplitResult:
        """The operator's address in parts."""
        return urlsplit(self.url)


def _refuse_unsafe(address: SplitResult) -> None:
    host = address.hostname or ""
    if address.scheme not in {"http", "https"} or not host or address.username is not None:
        raise ValueError("The operator's address is like https://sms.example.fi/send, with no password in it.")
    if address.scheme == "http" and not _is_this_machine(host):
        raise ValueError("The operator's address begins with https: phone numbers do not travel unencrypted.")


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
