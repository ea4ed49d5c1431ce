"""The text form of a row, and the keyed mark over it.

One form serves all: Python writes it when a row is made, SQL writes the same one when rows are read for sealing and
verification, so neither depends on how a driver prints a value. The mark's key lives in the settings, not in the
database: whoever can write to the tables but does not hold the key cannot make a row that passes.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache

from django.conf import settings

# Columns in the order of the text form; times as microseconds since 1970, clients with commas.
TEXTS_BEFORE = ("kind", "what", "record_class", "subject", "purpose")
TEXTS_AFTER = ("actor_public_id", "actor_kind", "actor_name", "role", "register", "provider", "unit")
TEXTS_LAST = ("path", "request", "details")

_SEPARATOR = "\x1f"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


def microseconds(moment: datetime | None) -> str:
    """Return a moment as whole microseconds since 1970, empty for none."""
    return "" if moment is None else str((moment - _EPOCH) // _MICROSECOND)


def plain(text: str, limit: int = 0) -> str:
    """Return the text without control characters (they would blur the form), cut to a limit if one is given."""
    text = _CONTROL.sub(" ", text)
    return text[:limit] if limit else text


def form(values: Sequence[str]) -> bytes:
    """Return the text form of a row from its values in the order of `sql_form`."""
    return _SEPARATOR.join(values).encode()


def sql_form(row: str = "e") -> str:
    """Return the SQL expression for the same text form of a row of `audit_event`."""

    def time(column: str) -> str:
        return f"coalesce((extract(epoch FROM {row}.{column}) * 1000000)::bigint::text, '')"

    parts = [f"{row}.uid", time("at"), time("happened_at")]
    parts += [f"{row}.{name}" for name in TEXTS_BEFORE]
    parts += [f"coalesce({row}.actor_id::text, '')"]
    parts += [f"{row}.{name}" for name in TEXTS_AFTER]
    parts += [f"array_to_string({row}.clients, ',')"]
    parts += [f"{row}.{name}" for name in TEXTS_LAST]
    return f"concat_ws(E'\\x1f', {', '.join(parts)})"


@cache
def _derived(secret: str) -> bytes:
    return hmac.digest(secret.encode(), b"polku audit mark", "sha256")


def keys() -> list[bytes]:
    """Return the keys that marks may carry, the one in use first (settings AUDIT_KEY, AUDIT_OLD_KEYS)."""
    now = getattr(settings, "AUDIT_KEY", "") or settings.SECRET_KEY
    return [_derived(secret) for secret in (now, *getattr(settings, "AUDIT_OLD_KEYS", ()))]


def mark(text: bytes) -> bytes:
    """Return the mark of a row's text form under the key in use."""
    return hmac.digest(keys()[0], text, "sha256")
