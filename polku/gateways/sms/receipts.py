"""Delivery receipts of the SMS operator: is it really the operator, and what does it say."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from polku.gateways.sms.client import find

MOST_RECEIPTS = 1000


class NotTheOperator(Exception):
    """The secret or signature is missing or wrong."""


class UnreadableReceipt(Exception):
    """The content is not what the settings say. The text names what is wrong, and holds no personal data."""


@dataclass(frozen=True, slots=True)
class ReceiptSettings:
    """How the operator proves itself and what its words mean.

    ``proof``: ``bearer`` (``Authorization: Bearer <secret>``) or ``hmac`` (SHA-256 over the body, in hex, in the
    header ``signature_header``, a ``sha256=`` in front allowed). ``list_field`` names the list when one request
    brings many receipts. Raises ValueError with a sentence when the values do not fit together.
    """

    secret: str = field(repr=False)
    proof: str = "bearer"
    signature_header: str = "X-Signature"
    list_field: str = ""
    reference_field: str = "reference"
    id_field: str = ""
    status_field: str = "status"
    delivered_values: tuple[str, ...] = ("delivered",)
    failed_values: tuple[str, ...] = ("failed", "undelivered", "rejected", "expired")

    def __post_init__(self) -> None:
        if len(self.secret) < 20:
            raise ValueError("The secret of the receipts has at least 20 characters.")
        if self.proof not in {"bearer", "hmac"}:
            raise ValueError("The proof of the receipts must be bearer or hmac.")
        if not (self.reference_field or self.id_field):
            raise ValueError("Receipts need a field with our reference or the operator's id.")
        if set(self.delivered_values) & set(self.failed_values) or not self.delivered_values:
            raise ValueError("A status means either delivered or failed.")


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """One receipt. ``delivered`` is None for a word in between, such as "on its way"."""

    reference: str
    provider_id: str
    status: str
    delivered: bool | None


def check_proof(settings: ReceiptSettings, headers: Mapping[str, str], body: bytes) -> None:
    """Raise NotTheOperator unless the request carries the secret; takes the same time for every wrong one."""
    if settings.proof == "bearer":
        given = headers.get("Authorization", "").removeprefix("Bearer ").strip()
        expected = settings.secret
    else:
        given = headers.get(settings.signature_header, "").strip().lower().removeprefix("sha256=")
        expected = hmac.new(settings.secret.encode(), body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise NotTheOperator


def read(settings: ReceiptSettings, content_type: str, body: bytes) -> list[DeliveryReport]:
    """Read JSON or form content. Raises UnreadableReceipt."""
    content = _content(content_type, body)
    rows = find(content, settings.list_field) if settings.list_field else content
    if not isinstance(rows, list):
        rows = [rows]
    if len(rows) > MOST_RECEIPTS:
        raise UnreadableReceipt(f"at most {MOST_RECEIPTS} receipts in one request")
    return [_report(settings, row) for row in rows]


def _content(content_type: str, body: bytes) -> Any:
    kind = content_type.partition(";")[0].strip().lower()
    try:
        if kind == "application/json":
            return json.loads(body)
        if kind == "application/x-www-form-urlencoded":
            return dict(parse_qsl(body.decode(), strict_parsing=True, max_num_fields=100))
    except (ValueError, RecursionError):
        raise UnreadableReceipt("the content is not what its type says") from None
    raise UnreadableReceipt("the content must be application/json or application/x-www-form-urlencoded")


def _report(settings: ReceiptSettings, row: Any) -> DeliveryReport:
    if not isinstance(row, dict):
        raise UnreadableReceipt("a receipt is an object with named fields")
    reference = _word(row, settings.reference_field)
    provider_id = _word(row, settings.id_field)
    status = _word(row, settings.status_field)
    if not (reference or provider_id):
        raise UnreadableReceipt(f"{settings.reference_field or settings.id_field} is missing")
    if not status:
        raise UnreadableReceipt(f"{settings.status_field} is missing")
    known = status.lower()
    delivered = True if known in settings.delivered_values else False if known in settings.failed_values else None
    return DeliveryReport(reference, provider_id, known, delivered)


def _word(row: dict[str, Any], path: str) -> str:
    value = find(row, path)
    if value is None:
        return ""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not text or len(text) > 200 or not text.isprintable():
        raise UnreadableReceipt(f"{path} must be a short text")
    return text
