"""A decision's kind in the reader's words."""

from __future__ import annotations

from django.utils.translation import get_language

from polku.rules.decisions import parts
from polku.rules.errors import RuleError


def decision_name(kind: str) -> str:
    """Return a kind's service and outcome in the reader's language; one that is no longer known as it stands."""
    try:
        return parts.kind(kind).name((get_language() or "fi")[:2])
    except RuleError:
        return kind
