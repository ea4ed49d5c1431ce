"""Days and times as the reader of a message sees them."""

from __future__ import annotations

from datetime import date, datetime

from polku.kit.localtime import HELSINKI, local_date
from polku.rules.calendar import day_text


def day(when: date | datetime, language: str) -> str:
    """Return the local day: `ti 1.12.2026`, in English `Tue 1 Dec 2026`."""
    return day_text(local_date(when) if isinstance(when, datetime) else when, language)


def clock_time(when: datetime) -> str:
    """Return the local time of day, `13.15`, as all three languages write it; `klo` and `kl.` stand in the texts."""
    local = when.astimezone(HELSINKI)
    return f"{local.hour}.{local.minute:02d}"
