"""The API of group times: which have room, a seat for a client, giving it up, looking (G7, B6)."""

from datetime import datetime
from typing import Annotated, Any

from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Field, Header, Path, Query, Router, Schema, Status

from polku.access.machines import IdempotencyKey, Key, PublicId, Strict, answers, sender
from polku.access.models import Actor
from polku.access.needs import machine
from polku.access.permissions import visible_to
from polku.appointments import actions, seats
from polku.appointments.actions.groups import seat_made_before
from polku.appointments.api import CancelIn, Name, kind_of, person_of, sent_contact, unit_of, when_and_where
from polku.appointments.models import Appointment, Participant
from polku.appointments.queries import full
from polku.appointments.rules import may_book, require_rule
from polku.appointments.states import CancelledBy
from polku.contacts.models import Contact
from polku.kit.errors import Invalid, NotFound

router = Router(tags=["groups"])


class GroupOut(Schema):
    """A group that is ahead: when, where, with whom, and how many seats are free."""

    id: str = Field(examples=["0123456789abcdef"])
    kind: str = Field(examples=["debt-group"])
    unit: str = Field(examples=["income-support"])
    start: datetime
    end: datetime
    mode: str = Field(examples=["office"])
    place: str
    street: str
    workers: list[str]
    capacity: int = Field(examples=[8])
    free: int = Field(description="seats that are free now", examples=[3])


class SeatIn(Strict):
    """For whom: a contact that your system sent, whose person is known by an identity code."""

    contact: PublicId
    send_message: bool = True

    model_config = {
        "extra": "forbid",
        "json_schema_extra": {"examples": [{"contact": "0123456789abcdef", "send_message": True}]},
    }


class SeatOut(Schema):
    """A seat that your system has given: never whose it is."""

    id: str = Field(
        description="another one after the group has been moved; the old one leads to it", examples=["fedcba9876543210"]
    )
    state: str = Field(examples=["booked"])
    group: str = Field(description="id of the group; another one after the group has been moved")
    kind: str
    unit: str
    start: datetime
    end: datetime
    mode: str
    place: str
    street: str
    workers: list[str]
    booked_at: datetime


def _seat(row: Participant) -> dict[str, Any]:
    """Return a seat as the system that gave it sees it."""
    group = full(Appointment.objects.filter(pk=row.appointment_id)).get()
    return {
        "id": row.public_id,
        "state": str(row.state),
        "group": group.public_id,
        "booked_at": row.created_at,
        **when_and_where(group),
    }


@router.get(
    "/groups",
    response=answers((200, list[GroupOut])),
    auth=Key("appointments:read"),
    summary="Groups that are ahead, the earliest first",
    operation_id="listGroups",
)
@machine("appointments:read")
def list_groups(request: HttpRequest, kind: Annotated[Name, Query()], unit: Annotated[Name, Query()]) -> Any:
    """Return the groups of a kind in a unit that begin later, full ones too: a seat may become free."""
    _source, by, at = sender(request)
    what, where = kind_of(kind, at=at), unit_of(unit, at=at)
    require_rule(by, what, where, at=at)
    found = {one.appointment.pk: one for one in seats.open_sessions(what, where, at=at)}
    return [
        {"id": row.public_id, "capacity": row.capacity, "free": found[row.pk].free, **when_and_where(row)}
        for row in seats.groups(Q(pk__in=found))
    ]


@router.post(
    "/groups/{group_id}/seats",
    response=answers((200, SeatOut), (201, SeatOut)),
    auth=Key("appointments:write"),
    summary="Give a client a seat in a group",
    operation_id="joinGroup",
)
@machine("appointments:write")
def join_group(
    request: HttpRequest,
    group_id: Annotated[PublicId, Path()],
    wanted: SeatIn,
    key: Annotated[IdempotencyKey, Header(alias="Idempotency-Key")],
) -> Any:
    """Give the contact's person a seat. The same person twice has one seat: 200.

    409 says that the group is full (`full`) or not open any more (`not_booked`), with the next group that has room
    (`facts.next_group`: its id, start, end and free seats; null when there is none).
    """
    _source, by, at = sender(request)
    group, contact = _group(group_id, by=by, at=at), sent_contact(request, wanted.contact)
    before = seat_made_before(by, key, group=group, contact=contact)
    if before is not None:
        return Status(200, _seat(seats.now(before)))
    row = actions.join_group(
        appointment=group, client=_person(contact), contact=contact, by=by, at=at, key=key, write=wanted.send_message
    )
    return Status(201 if row.created_by_id == by.pk and row.key == key else 200, _seat(row))


@router.get(
    "/seats/{seat_id}",
    response=answers((200, SeatOut)),
    auth=Key("appointments:write"),
    summary="A seat of your system",
    operation_id="getSeat",
)
@machine("appointments:write")
def get_seat(request: HttpRequest, seat_id: Annotated[PublicId, Path()]) -> Any:
    """Return a seat that your system has given. When its group has been moved, it is the seat at the new time."""
    return _seat(_mine(request, seat_id))


@router.post(
    "/seats/{seat_id}/cancel",
    response=answers((200, SeatOut)),
    auth=Key("appointments:write"),
    summary="Give a seat up",
    operation_id="cancelSeat",
)
@machine("appointments:write")
def cancel_seat(request: HttpRequest, seat_id: Annotated[PublicId, Path()], asked: CancelIn) -> Any:
    """Give a seat up with its reason; it is free for others at once. Twice is once."""
    _source, by, at = sender(request)
    row = _mine(request, seat_id)
    actions.leave_group(
        participant=row, side=CancelledBy(asked.side), reason=asked.reason, by=by, at=at, write=asked.send_message
    )
    row.refresh_from_db()
    return _seat(row)


def _group(public_id: str, *, by: Actor, at: datetime) -> Appointment:
    """Return a group that the booking rules let the machine book.

    Raises:
        NotFound: it is not there, or not the machine's to book: the same answer.
    """
    row = next(iter(seats.groups(Q(public_id=public_id))), None)
    if row is None or not may_book(by, row.kind, row.unit, at=at):
        raise NotFound("not_found", _("There is no such group, or it is not yours to book."))
    return row


def _person(contact: Contact | None) -> Any:
    """Return the client of a contact.

    Raises:
        Invalid: nobody is known yet.
    """
    client = person_of(contact)
    if client is None:
        raise Invalid(
            "person_unknown",
            _("A seat is a known person's. Send the contact with the person's identity code, or let the unit book."),
            field="contact",
        )
    return client


def _mine(request: HttpRequest, public_id: str) -> Participant:
    """Return a seat that the machine gave, where it is now, told to the access log.

    Raises:
        NotFound: it is not there, or not the machine's: the same answer.
    """
    _source, by, at = sender(request)
    rows = Participant.objects.select_related("appointment").filter(public_id=public_id)
    row = visible_to(by, "appointments.seat", rows, at=at).first()
    if row is None:
        raise NotFound("not_found", _("There is no such seat, or it is not yours to see."))
    row = seats.now(row)
    request.saw("seat", clients=[row.client_id], subject=row.public_id)  # type: ignore[attr-defined]
    return row
