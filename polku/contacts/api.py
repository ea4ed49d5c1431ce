"""The API for forms and other systems that bring contacts (C10)."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Field, Header, Path, Router, Schema, Status
from pydantic import StringConstraints

from polku.access.machines import (
    Email,
    IdempotencyKey,
    IdentityCode,
    Key,
    Language,
    Line,
    LongText,
    Paragraph,
    Phone,
    PublicId,
    Strict,
    Words,
    answers,
    sender,
)
from polku.access.needs import machine
from polku.contacts import clocks, intake, queries
from polku.contacts.details import Details
from polku.contacts.models import Contact
from polku.contacts.moves import concerned_ids
from polku.contacts.people import Told
from polku.contacts.states import ContactState
from polku.kit.errors import Invalid, NotFound
from polku.kit.localtime import instant

router = Router(tags=["contacts"])

_MOMENT = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?$"
Moment = Annotated[
    str,
    StringConstraints(pattern=_MOMENT, max_length=40),
    Field(description="with an offset, or local time in Finland", examples=["2026-11-24T22:40:00+02:00"]),
]
ExternalId = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"^[\x21-\x7e]{1,120}$")]


class PersonIn(Strict):
    """A person of the form. Nothing told = anonymous; an authority that notifies always has a name."""

    role: Literal["concerned", "caller", "notifier", "representative", "near_person", "guardian"] = "concerned"
    family_name: Line = ""
    given_names: Line = ""
    identity_code: IdentityCode = Field(
        "", description="Finnish personal identity code; finds or makes the client, never given back"
    )
    birth_date: date | None = None
    phone: Phone = ""
    email: Email = ""
    description: Words = ""
    notifier_kind: Literal["", "private", "authority"] = ""
    organisation: Words = ""
    title: Line = ""
    name_withheld: bool = False


class ContactIn(Strict):
    """A form as it was sent. `external_id` is the sender's own id of it: sending it again changes nothing."""

    external_id: ExternalId
    received_at: Moment
    message: Annotated[LongText, StringConstraints(min_length=1)]
    channel: Literal[
        "e_form",
        "shl_contact",
        "shl_notification",
        "shl_notice",
        "kela",
        "social_assistance",
        "health_station",
        "remote",
    ] = "e_form"
    legal_kind: (
        Literal["advice", "application", "contact_35_1", "notification_35_2", "notification_35_3", "child_protection"]
        | None
    ) = None
    consent: Literal["not_asked", "given", "refused"] = "not_asked"
    no_consent_reason: Paragraph = ""
    language: Language = "fi"
    interpreter_language: Annotated[str, StringConstraints(pattern=r"^([a-z]{2,3})?$")] = ""
    preferred_way: Literal["phone", "sms", "email", "letter", "none"] = "phone"
    municipality: Annotated[str, StringConstraints(pattern=r"^([0-9]{3})?$")] = Field(
        "", description="three-digit code of the municipality of residence", examples=["049"]
    )
    asks_to_talk: bool = False
    persons: Annotated[list[PersonIn], Field(max_length=10)] = []

    model_config = {
        "json_schema_extra": {
            "examples": [
                {
                    "external_id": "form-2026-000123",
                    "received_at": "2026-11-20T22:40:00+02:00",
                    "message": "Vuokra on maksamatta ja sähkölasku erääntyy. Haluaisin puhua jonkun kanssa.",
                    "language": "fi",
                    "municipality": "049",
                    "preferred_way": "sms",
                    "asks_to_talk": True,
                    "persons": [{"role": "concerned", "family_name": "Esimerkki", "phone": "0401234567"}],
                }
            ]
        }
    }


class ContactOut(Schema):
    """A contact as its sender sees it: never what was said, never who it concerns."""

    id: str
    external_id: str
    reference: str = Field(description="the number told to the person")
    state: Literal["received", "in_progress", "closed"]
    received_at: datetime
    recorded_at: datetime
    answer_by: datetime | None = Field(description="the unit's promise: answered at the latest at")
    answered_at: datetime | None


_STATES = {
    ContactState.DRAFT: "received",
    ContactState.OPEN: "received",
    ContactState.PARKED: "in_progress",
    ContactState.CLOSED: "closed",
    ContactState.DISCARDED: "closed",
}


def shown(contact: Contact, *, answer_by: datetime | None) -> dict[str, Any]:
    """Return a contact as its sender sees it."""
    state = _STATES[ContactState(contact.state)]
    if state == "received" and contact.work_item.assignee_id is not None:
        state = "in_progress"
    return {
        "id": contact.public_id,
        "external_id": contact.external_id,
        "reference": contact.reference,
        "state": state,
        "received_at": contact.received_at,
        "recorded_at": contact.created_at,
        "answer_by": answer_by,
        "answered_at": contact.answered_at,
    }


@router.post(
    "/contacts",
    response=answers((200, ContactOut), (201, ContactOut)),
    auth=Key("contacts:write"),
    summary="Send a form",
    operation_id="sendContact",
)
@machine("contacts:write")
def send_contact(
    request: HttpRequest,
    form: ContactIn,
    key: Annotated[IdempotencyKey, Header(alias="Idempotency-Key")],
) -> Any:
    """Take a form in. 201 the first time; the same `external_id` again gives 200 and the same contact."""
    source, actor, at = sender(request)
    received = intake.send(source=source, form=_form(form), by=actor, at=at, key=key)
    contact = received.contact
    due = received.answer_by if received.new else clocks.answer_by(contact)
    return Status(201 if received.new else 200, shown(contact, answer_by=due))


@router.get(
    "/contacts/{contact_id}",
    response=answers((200, ContactOut)),
    auth=Key("contacts:read", "contacts:write"),
    summary="How a contact proceeds",
    operation_id="getContact",
)
@machine("contacts:read")
def get_contact(request: HttpRequest, contact_id: Annotated[PublicId, Path()]) -> Any:
    """Tell a contact's state to the system that sent it."""
    source, _actor, _at = sender(request)
    contact = queries.of_source(source.pk, public_id=contact_id)
    if contact is None:
        raise NotFound("not_found", _("There is no such contact, or it is not yours to see."))
    request.saw("contact", clients=concerned_ids(contact), subject=contact.public_id)  # type: ignore[attr-defined]
    return shown(contact, answer_by=clocks.answer_by(contact))


def _form(form: ContactIn) -> intake.Form:
    """Turn what was sent into a form of the domain.

    Raises:
        Invalid: the moment does not exist.
    """
    return intake.Form(
        external_id=form.external_id,
        received_at=moment(form.received_at, field="received_at"),
        message=form.message,
        channel=form.channel,
        details=Details(
            legal_kind=form.legal_kind,
            consent=form.consent,
            no_consent_reason=form.no_consent_reason,
            language=form.language,
            interpreter_language=form.interpreter_language,
            preferred_way=form.preferred_way,
            municipality=form.municipality or None,
            asks_to_talk=form.asks_to_talk or None,
        ),
        persons=tuple(_person(person) for person in form.persons),
    )


def _person(person: PersonIn) -> intake.Person:
    told = Told(
        family_name=person.family_name,
        given_names=person.given_names,
        birth_date=person.birth_date,
        phone=person.phone,
        email=person.email,
        description=person.description,
        notifier_kind=person.notifier_kind,
        organisation=person.organisation,
        title=person.title,
        name_withheld=person.name_withheld,
    )
    return intake.Person(role=person.role, told=told, identity_code=person.identity_code)


def moment(text: str, *, field: str) -> datetime:
    """Return the instant of a written moment; without an offset it is local time in Finland.

    Raises:
        Invalid: there is no such day or time, or the clock change removes it.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid("moment_wrong", _("There is no such day or time."), field=field) from error
    if found.tzinfo is not None:
        try:
            return found.astimezone(UTC)
        except (OverflowError, ValueError) as error:
            raise Invalid("moment_wrong", _("There is no such day or time."), field=field) from error
    try:
        return instant(found.date(), found.time())
    except (OverflowError, ValueError) as error:
        raise Invalid(
            "moment_removed", _("There is no such local time: the clock change removes it."), field=field
        ) from error
