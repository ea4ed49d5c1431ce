"""The tie of an appointment's workers to its client."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from polku.access.models import Actor
from polku.appointments.actions.rows import worker_claims
from polku.appointments.models import Appointment
from polku.cases import actions as cases
from polku.cases.states import RelationKind

TIE_LASTS: Final = timedelta(days=30)
"""How long after an appointment its worker still sees the client's data, to write down what was agreed."""


def tie_workers(row: Appointment, *, by: Actor, at: datetime) -> None:
    """Let the appointment's workers see the client's data until some weeks after it."""
    if row.client_id is None or row.client is None:
        return
    for claim in worker_claims(row):
        cases.relate(
            kind=RelationKind.APPOINTMENT,
            client=row.client,
            actor=claim.resource.actor,
            case=row.case,
            work_item=row.work_item,
            by=by,
            at=at,
            ends_at=row.ends_at + TIE_LASTS,
        )
