"""The API for systems that book: what may be booked, free times, hold, confirm, cancel, look (G7)."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Field, Header, Path, Query, Router, Schema, Status
from pydantic import StringConstraints

from polku.access.machines import IdempotencyKey, Key, Language, PublicId, Strict, Words, answers, sender
from polku.access.models import Unit
from polku.access.needs import machine
from polku.access.permissions import visible_to
from polku.access.queries import current
from polku.appointments import actions
from polku.appointments.models import Appointment, Claim, Kind
from polku.appointments.queries import full
from polku.appointments.rules import bookable, require_rule
from polku.appointments.search import Offer, Slot, Wanted, soonest
from polku.appointments.snapshot import Wish, local_day
from polku.appointments.states import CancelledBy, State
from polku.asking import Question, value
from polku.contacts.models import Contact
from polku.contacts.queries import concerned, of_source
from polku.kit.errors import Invalid, NotFound

router = Router(tags=["appointments"])

Name = Annotated[str, StringConstraints(pattern=r"^[-a-zA-Z0-9_]{1,60}$")]
Mode = Literal["office", "station", "phone", "video", "home"]
SlotText = Annotated[
    str,
    StringConstraints(max_length=120, pattern=r"^\d{8}T\d{4}Z\.[0-9a-z]{16}(-[0-9a-z]{16}){0,3}\.[a-z]{1,10}$"),
    Field(description="as /free-times gave it", examples=["20261125T1115Z.0123456789abcdef.office"]),
]


class BookableOut(Schema):
    """A kind of time that your system may book in a unit."""

    kind: str
    kind_name: str
    unit: str
    unit_name: str
    minutes: int
    modes: list[str]


class FreeOut(Schema):
    """A free time. `slot` is what a hold names."""

    slot: str
    start: datetime
    end: datetime
    mode: str
    place: str
    workers: list[str]


class HoldIn(Strict):
    """Which time to hold, and for whom: a contact that your system sent."""

    slot: SlotText
    kind: Name
    unit: Name
    contact: PublicId | None = Field(None, description="id of the contact; needed at the latest when confirming")


class ConfirmIn(Strict):
    """For whom, unless the hold told; whether to send the person a message."""

    contact: PublicId | None = None
    send_message: bool = True


class CancelIn(Strict):
    """Why, and on whose side the reason was."""

    reason: Annotated[Words, StringConstraints(min_length=1)]
    side: Literal["client", "worker", "unit"] = "client"
    send_message: bool = True


class AppointmentOut(Schema):
    """A time of your system: never whose it is."""

    id: str
    state: str
    kind: str
    unit: str
    start: datetime
    end: datetime
    mode: str
    place: str
    street: str
    workers: list[str]
    held_until: datetime | None = Field(description="confirm before this")
    booked_at: datetime | None


def shown(row: Appointment, workers: list[str] | None = None) -> dict[str, Any]:
    """Return an appointment as the system that made it sees it; `workers` are their names, when known."""
    return {
        "id": row.public_id,
        "state": str(row.state),
        **when_and_where(row, workers),
        "held_until": row.held_until if row.state == State.HELD else None,
        "booked_at": row.booked_at,
    }


def when_and_where(row: Appointment, workers: list[str] | None = None) -> dict[str, Any]:
    """Return what an appointment is, when, where and with whom: of a group too."""
    if workers is None:
        actors = (claim.resource.actor for claim in row.claims.all() if claim.position > 0)
        workers = [actor.name for actor in actors if actor]
    return {
        "kind": row.kind.key,
        "unit": row.unit.key,
        "start": row.starts_at,
        "end": row.ends_at,
        "mode": str(row.mode),
        "place": row.place.name if row.place else "",
        "street": row.place.street if row.place else "",
        "workers": workers,
    }


@router.get(
    "/bookable",
    response=answers((200, list[BookableOut])),
    auth=Key("appointments:read"),
    summary="What your system may book",
    operation_id="listBookable",
)
@machine("appointments:read")
def list_bookable(request: HttpRequest) -> Any:
    """Return the kinds and units that the booking rules let your system book."""
    _source, by, at = sender(request)
    return [
        {
            "kind": kind.key,
            "kind_name": kind.name,
            "unit": unit.key,
            "unit_name": unit.name,
            "minutes": kind.duration_minutes,
            "modes": [str(mode) for mode in kind.modes],
        }
        for kind, unit in bookable(by, at=at)
    ]


@router.get(
    "/free-times",
    response=answers((200, list[FreeOut])),
    auth=Key("appointments:read"),
    summary="Free times, the earliest first",
    operation_id="listFreeTimes",
)
@machine("appointments:read")
def list_free_times(
    request: HttpRequest,
    kind: Annotated[Name, Query()],
    unit: Annotated[Name, Query()],
    first: Annotated[date | None, Query(alias="from", description="first local day; today when left out")] = None,
    mode: Annotated[Mode | None, Query()] = None,
    language: Annotated[Language | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Any:
    """Return times that a hold would get now. Times that somebody holds are left out."""
    _source, by, at = sender(request)
    what, where = kind_of(kind, at=at), unit_of(unit, at=at)
    require_rule(by, what, where, at=at)
    if first is not None and (first - local_day(at)).days > what.horizon_days:
        return []
    wish = Wish(what, where, mode=mode or "", language=language or "")
    return [_free(offer) for offer in soonest(wish, Wanted(), at=at, first=first, most=limit)]


def _free(offer: Offer) -> dict[str, Any]:
    return {
        "slot": offer.slot,
        "start": offer.start,
        "end": offer.end,
        "mode": str(offer.mode),
        "place": offer.place.name if offer.place else "",
        "workers": [worker.name for worker in offer.workers],
    }


@router.post(
    "/appointments",
    response=answers((200, AppointmentOut), (201, AppointmentOut)),
    auth=Key("appointments:write"),
    summary="Hold a time",
    operation_id="holdTime",
)
@machine("appointments:write")
def hold_time(
    request: HttpRequest,
    wanted: HoldIn,
    key: Annotated[IdempotencyKey, Header(alias="Idempotency-Key")],
) -> Any:
    """Hold a time for some minutes. 409 names the conflict and the next free time (`facts.next_free`)."""
    _source, by, at = sender(request)
    contact = sent_contact(request, wanted.contact)
    slot = Slot.parse(wanted.slot)
    row = actions.hold(
        kind=kind_of(wanted.kind, at=at, field="kind"),
        unit=unit_of(wanted.unit, at=at, field="unit"),
        start=slot.start,
        workers=actions.workers_of(slot),
        mode=slot.mode,
        by=by,
        at=at,
        key=key,
        contact=contact,
        client=person_of(contact),
        language=contact.language if contact else "",
    )
    # What a repeat is answered with was made before.
    return Status(201 if row.created_at == at else 200, _fresh(row))


@router.post(
    "/appointments/{appointment_id}/confirm",
    response=answers((200, AppointmentOut)),
    auth=Key("appointments:write"),
    summary="Book a held time",
    operation_id="confirmTime",
)
@machine("appointments:write")
def confirm_time(request: HttpRequest, appointment_id: Annotated[PublicId, Path()], asked: ConfirmIn) -> Any:
    """Book a held time for the contact's person. Confirming twice is one booking."""
    _source, by, at = sender(request)
    contact = sent_contact(request, asked.contact)
    row = actions.confirm(
        appointment=_mine(request, appointment_id),
        by=by,
        at=at,
        contact=contact,
        client=person_of(contact),
        write=asked.send_message,
    )
    return _fresh(row)


@router.post(
    "/appointments/{appointment_id}/cancel",
    response=answers((200, AppointmentOut)),
    auth=Key("appointments:write"),
    summary="Cancel a time, or let a hold go",
    operation_id="cancelTime",
)
@machine("appointments:write")
def cancel_time(request: HttpRequest, appointment_id: Annotated[PublicId, Path()], asked: CancelIn) -> Any:
    """Cancel a booked time with its reason, or let a hold go; the time is bookable at once."""
    _source, by, at = sender(request)
    row = _mine(request, appointment_id)
    if row.state in (State.HELD, State.RELEASED, State.EXPIRED):
        actions.release(appointment=row, by=by, at=at)
    else:
        actions.cancel(
            appointment=row, side=CancelledBy(asked.side), reason=asked.reason, by=by, at=at, write=asked.send_message
        )
    return _fresh(row)


@router.get(
    "/appointments/{appointment_id}",
    response=answers((200, AppointmentOut)),
    auth=Key("appointments:write"),
    summary="A time of your system",
    operation_id="getTime",
)
@machine("appointments:write")
def get_time(request: HttpRequest, appointment_id: Annotated[PublicId, Path()]) -> Any:
    """Return a time that your system has held or booked."""
    return shown(_mine(request, appointment_id))


def _fresh(row: Appointment) -> dict[str, Any]:
    """Return a time as it is after what has just been done to it."""
    (now,) = _NOW(pk=row.pk)
    return shown(now, [name for (name,) in _WITH_WHOM(pk=row.pk)])


_NOW = Question(lambda: Appointment.objects.filter(pk=value("pk")).select_related("kind", "unit", "place"))
_WITH_WHOM = Question(
    lambda: (
        Claim.objects.filter(appointment=value("pk"), position__gt=0)
        .order_by("position")
        .values_list("resource__actor__name")
    )
)


def _mine(request: HttpRequest, public_id: str) -> Appointment:
    """Return an appointment that the machine made, told to the access log.

    Raises:
        NotFound: it is not there, or not the machine's: the same answer.
    """
    _source, by, at = sender(request)
    row = visible_to(by, "appointments.read", full(Appointment.objects.filter(public_id=public_id)), at=at).first()
    if row is None:
        raise NotFound("not_found", _("There is no such time, or it is not yours to see."))
    request.saw("appointment", clients=[row.client_id] if row.client_id else [], subject=row.public_id)  # type: ignore[attr-defined]
    return row


def sent_contact(request: HttpRequest, public_id: str | None) -> Contact | None:
    """Return the contact of an id, among those that the machine sent.

    Raises:
        Invalid: it has sent no such contact.
    """
    if public_id is None:
        return None
    source, _actor, _at = sender(request)
    found = of_source(source.pk, public_id=public_id)
    if found is None:
        raise Invalid("contact_unknown", _("Your system has sent no such contact."), field="contact")
    return found


def person_of(contact: Contact | None) -> Any:
    """Return the client whom a contact is about, when known."""
    party = concerned(contact) if contact else None
    return party.client if party else None


def kind_of(key: str, *, at: datetime, field: str = "kind") -> Kind:
    """Return the kind in force with a key. Raises Invalid at the field."""
    found = _KIND.first(day=local_day(at), key=key)
    if found is None:
        raise Invalid("kind_unknown", _("There is no such kind of time."), field=field)
    return found


def unit_of(key: str, *, at: datetime, field: str = "unit") -> Unit:
    """Return the unit in being with a key. Raises Invalid at the field."""
    found = _UNIT.first(day=local_day(at), key=key)
    if found is None:
        raise Invalid("unit_unknown", _("There is no such unit."), field=field)
    return found


_KIND = Question(lambda: Kind.objects.filter(current(value("day")), key=value("key")))
_UNIT = Question(lambda: Unit.objects.filter(current(value("day")), key=value("key")))
