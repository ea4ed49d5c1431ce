"""Group appointments: one claim on the workers and the room, many participants."""

from __future__ import annotations

from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.access.permissions import require
from polku.acting import action
from polku.appointments.models import Appointment, Participant
from polku.appointments.states import CancelledBy, State
from polku.audit import actions as audit
from polku.cases import actions as cases
from polku.cases.models import Case
from polku.clients.models import Client
from polku.clients.queries import root, same_person
from polku.contacts.models import Contact
from polku.kit.errors import Conflict, Invalid


@action
def join_group(
    *,
    appointment: Appointment,
    client: Client,
    by: Actor,
    at: datetime,
    key: str,
    contact: Contact | None = None,
    case: Case | None = None,
    promised_by: date | None = None,
) -> Participant:
    """Give a client a seat in a group appointment; the same client twice is one seat.

    Raises:
        NotAllowed; Invalid when it is no group; Conflict `full`, or when it has begun or is not booked.
    """
    require(by, "appointments.book", at=at)
    row = Appointment.objects.select_for_update(no_key=True).get(pk=appointment.pk)
    if row.capacity == 1:
        raise Invalid("not_a_group", _("This time is for one client only."))
    client = root(client)
    seated = Participant.objects.filter(appointment=row).exclude(state=State.CANCELLED)
    mine = seated.filter(client_id__in=same_person([client.pk])).first()
    if mine is not None:
        return mine
    if row.state != State.BOOKED or row.starts_at <= at:
        raise Conflict("not_booked", _("This group is not open for new participants any more."))
    taken = set(seated.values_list("seat", flat=True))
    free = next((seat for seat in range(1, row.capacity + 1) if seat not in taken), None)
    if free is None:
        raise Conflict("full", _("The group is full. Choose another time."), capacity=row.capacity)
    made = Participant.objects.create(
        appointment=row,
        seat=free,
        client=client,
        contact=contact,
        case=case,
        promised_by=promised_by,
        created_at=at,
        created_by=by,
        key=key,
    )
    _trace(made, "group_joined", by=by, at=at)
    return made


@action
def leave_group(*, participant: Participant, side: CancelledBy, reason: str, by: Actor, at: datetime) -> None:
    """Take a client's seat back; leaving twice is no error.

    Raises:
        NotAllowed; Invalid without a reason.
    """
    require(by, "appointments.change", participant.appointment, at=at)
    if not reason.strip():
        raise Invalid("reason_missing", _("Write why the time is cancelled or moved."), field="reason")
    left = Participant.objects.filter(pk=participant.pk, state=State.BOOKED).update(
        state=State.CANCELLED, closed_at=at, closed_by=by, cancelled_side=side, cancelled_reason=reason.strip()[:300]
    )
    if left:
        _trace(participant, "group_left", by=by, at=at)


@action
def mark_participant(*, participant: Participant, state: State, by: Actor, at: datetime) -> None:
    """Mark that a participant arrived, took part or did not come.

    Raises:
        NotAllowed; Conflict when the seat has been given up.
    """
    require(by, "appointments.attend", participant.appointment, at=at)
    if state not in (State.ARRIVED, State.DONE, State.NO_SHOW, State.BOOKED):
        raise ValueError(f"a participant is never {state}")
    closed = state in (State.DONE, State.NO_SHOW)
    marked = Participant.objects.filter(pk=participant.pk).exclude(state=State.CANCELLED)
    if not marked.update(state=state, closed_at=at if closed else None, closed_by=by if closed else None):
        raise Conflict("changed", _("The participant has left the group meanwhile."))
    _trace(participant, f"group_{state}", by=by, at=at)


def _trace(row: Participant, verb: str, *, by: Actor, at: datetime) -> None:
    cases.note(
        event=f"appointments.{verb}",
        by=by,
        at=at,
        client=row.client,
        case=row.case,
        data={"appointment": row.appointment.public_id, "start": row.appointment.starts_at.isoformat()},
    )
    audit.changed(by=by, at=at, what=f"appointments.{verb}", subject=row.appointment.public_id, clients=[row.client_id])
