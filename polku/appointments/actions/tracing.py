"""The trace of every change to an appointment: a timeline row when there is something to stand on, and a log row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from polku.access.models import Actor
from polku.appointments.models import Appointment
from polku.audit import actions as audit
from polku.cases import actions as cases


def trace(
    row: Appointment,
    verb: str,
    *,
    by: Actor,
    at: datetime,
    happened_at: datetime | None = None,
    text: str = "",
    data: Mapping[str, object] | None = None,
) -> None:
    """Write what happened to the timeline of the case, contact or client, and to the log."""
    facts = {
        "appointment": row.public_id,
        "starts_at": row.starts_at.isoformat(),
        "place": row.place.name_fi if row.place else "",
        "mode": row.mode,
        **(data or {}),
    }
    if row.case or row.work_item or row.client:
        cases.note(
            event=f"appointments.{verb}",
            by=by,
            at=at,
            happened_at=happened_at,
            case=row.case,
            work_item=row.work_item,
            client=row.client,
            text=text,
            data=facts,
        )
    audit.changed(
        by=by,
        at=at,
        what=f"appointments.{verb}",
        subject=row.public_id,
        clients=[row.client_id] if row.client_id else [],
        unit=row.unit.key,
        happened_at=happened_at,
    )
