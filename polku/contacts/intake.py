"""Contacts that need no desk: a form from another system, and advice given without a name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor, Source, Unit
from polku.access.permissions import require
from polku.acting import action
from polku.audit import actions as audit
from polku.clients.queries import years
from polku.contacts import clocks, drafts, messages, people, queries
from polku.contacts import policy as _policy  # noqa: F401 - declares who may
from polku.contacts.details import Details, check_complete, tell
from polku.contacts.models import Contact, ContactParty, Draft
from polku.contacts.moves import arrival, concerned_ids, new_work, save_new, trace
from polku.contacts.states import (
    KIND_OF_CHANNEL,
    LIVE,
    Channel,
    ContactState,
    LegalKind,
    Result,
    TextKind,
)
from polku.deadlines.models import Clock
from polku.kit import hetu
from polku.kit.errors import Conflict, Invalid, Refused
from polku.kit.localtime import local_date
from polku.storing import insert, insert_all, together


@dataclass(frozen=True, slots=True)
class Person:
    """A person of a form: their part, what is told, and an identity code if they gave one."""

    role: str
    told: people.Told
    identity_code: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """A form as another system sends it. `external_id` is the sender's own id of it."""

    external_id: str
    received_at: datetime
    message: str
    channel: str = Channel.E_FORM
    details: Details = field(default_factory=Details)
    persons: tuple[Person, ...] = ()


@dataclass(frozen=True, slots=True)
class Received:
    """The contact that a form became, and whether it is new: sending it again changes nothing."""

    contact: Contact
    new: bool
    people: Sequence[ContactParty] | None = None
    """Of a new one: who is in it."""
    answer_by: datetime | None = None
    """Of a new one: by when it is answered by the unit's promise."""


@action
def receive(*, source: Source, form: Form, by: Actor, at: datetime, key: str, unit: Unit | None = None) -> Received:
    """Take a form in: an open contact in the unit's list, its clocks from its true arrival, a receipt to the sender.

    Idempotent by the source's own id and by `key`: a repeat gives the same contact, whatever else it says.

    Args:
        key: the request's idempotency key.
        unit: the receiving unit; without it the source's own.

    Raises:
        NotAllowed; Conflict when `key` was used for another form; Invalid with the field.
    """
    require(by, "contacts.start", at=at)
    unit = unit or source.unit
    if unit is None:
        raise Invalid("unit_missing", _("This system has no receiving unit. Name the unit."), field="unit")
    if repeat := _repeat(source, form, by=by, key=key):
        return Received(repeat, new=False)
    contact = Contact(
        unit=unit,
        channel=form.channel,
        legal_kind=KIND_OF_CHANNEL.get(form.channel, LegalKind.ADVICE),
        received_at=arrival(unit, form.received_at, at=at),
        created_at=at,
        created_by=by,
        key=key,
        source=source,
        external_id=form.external_id,
    )
    persons = _checked(contact, form, by=by, at=at)
    contact.state = ContactState.OPEN
    item = new_work(contact)
    if (stored := save_new(contact)) is not contact:
        return Received(_repeat(source, form, by=by, key=key) or stored, new=False)
    with together():
        insert(item)
        running = _fill(contact, form, persons, by=by, at=at)
    due = next((clock.due_at for clock in running if clock.rule == clocks.ANSWER), None)
    return Received(contact, new=True, people=persons, answer_by=due)


@action
def send(*, source: Source, form: Form, by: Actor, at: datetime, key: str) -> Received:
    """Take a form in as `receive` does, and log that its sender is shown the contact: all of it is kept, or nothing.

    Raises:
        NotAllowed; Conflict; Invalid: as `receive`.
    """
    with together():
        received = receive(source=source, form=form, by=by, at=at, key=key)
        contact = received.contact
        audit.read(
            by=by, at=at, what="contact", subject=contact.public_id, clients=concerned_ids(contact, received.people)
        )
    return received


def _checked(contact: Contact, form: Form, *, by: Actor, at: datetime) -> list[ContactParty]:
    """Set what the form tells on the new contact and return its people, nothing of them stored yet.

    Raises:
        Invalid: with the field.
    """
    tell(contact, form.details, at=at)
    persons = []
    for place, person in enumerate(form.persons):
        with _of_person(place):
            persons.append(people.drawn(contact=contact, role=person.role, told=person.told, by=by, at=at))
    check_complete(contact, persons)
    _foresee_age(contact, form, persons)
    return persons


def _foresee_age(contact: Contact, form: Form, persons: list[ContactParty]) -> None:
    """Set the age that the code of the person concerned tells, so that it need not be written once more (`stamp`)."""
    whose = queries.concerned_of(persons)
    for person, party in zip(form.persons, persons, strict=True):
        if party is whose and person.identity_code.strip():
            with suppress(ValueError):
                born = hetu.born(hetu.parse(person.identity_code))
                contact.age = years(born, day=local_date(contact.received_at))


@contextmanager
def _of_person(place: int) -> Iterator[None]:
    """Let a refusal name the person of the form whose field it is about."""
    try:
        yield
    except Refused as error:
        error.field = f"persons.{place}.{error.field}" if error.field else f"persons.{place}"
        raise


def _repeat(source: Source, form: Form, *, by: Actor, key: str) -> Contact | None:
    """Return the contact that this request repeats.

    Raises:
        Conflict: the key belongs to another form.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ALIKE, {"source": source.pk, "external_id": form.external_id, "by": by.pk, "key": key})
        rows = cursor.fetchall()
    for pk, external_id, source_id in rows:
        if (external_id, source_id) == (form.external_id, source.pk):
            return Contact.objects.select_related("work_item", "unit").get(pk=pk)
    if rows:
        raise Conflict("key_used", _("This idempotency key has been used for another form."), field="Idempotency-Key")
    return None


# Only few columns: mostly there is nothing. The two unique indexes hold what is not empty, and a plan that is kept uses
# them only when the statement itself says so.
_ALIKE = """
SELECT id, external_id, source_id FROM contacts_contact
WHERE source_id = %(source)s AND external_id = %(external_id)s AND external_id <> ''
UNION
SELECT id, external_id, source_id FROM contacts_contact
WHERE created_by_id = %(by)s AND key = %(key)s AND key <> ''
ORDER BY id LIMIT 2
"""


def _fill(contact: Contact, form: Form, persons: list[ContactParty], *, by: Actor, at: datetime) -> list[Clock]:
    """Write the people and words of a new form; its clocks start, and are returned."""
    for place, (person, party) in enumerate(zip(form.persons, persons, strict=True)):
        if person.identity_code.strip():
            with _of_person(place):
                _identify(contact, party, persons, person.identity_code, by=by, at=at)
    insert_all(persons)
    text = drafts.plain(form.message, field="message")
    drafts.write_text(contact=contact, kind=TextKind.SAID, text=text, by=by, at=at, source=by.name, last=0)
    insert(Draft(contact=contact, said=text, saved_at=at, saved_by=by))
    running = clocks.sync(contact, persons, by=by, at=at, fresh=True)
    messages.form_receipt(contact, persons, running, by=by, at=at)
    trace(
        contact, "received", by=by, at=at, happened_at=contact.received_at, data={"channel": contact.channel},
        people=persons,
    )  # fmt: skip
    return running


def _identify(
    contact: Contact, party: ContactParty, persons: list[ContactParty], code: str, *, by: Actor, at: datetime
) -> None:
    """Find or make the client of an identity code that a form gives."""
    client, made = people.client_of(contact, party, by=by, at=at, identity_code=code)
    people.known_as(contact, party, persons, client=client, by=by, at=at, made=made)


@dataclass(frozen=True, slots=True)
class Advice:
    """An advice-only contact: statistics without personal data."""

    topics: tuple[str, ...]
    minutes: int
    channel: str = Channel.PHONE
    result: str = Result.ADVICE
    language: str = "fi"
    municipality: str = ""
    sources_used: tuple[str, ...] = ()
    guided_to: str = ""


@action
def advise(
    *, unit: Unit, advice: Advice, by: Actor, at: datetime, key: str, happened_at: datetime | None = None
) -> Contact:
    """Record a contact that advice solved, in one step: no person, no words, no case; answered when it came.

    Raises:
        NotAllowed; Invalid with the field (no topic, a duration that is not minutes).
    """
    require(by, "contacts.advise", at=at)
    if key and (made := Contact.objects.filter(created_by=by, key=key).first()):
        return made
    if not advice.topics:
        raise Invalid("topic_missing", _("Choose at least one topic."), field="topics")
    if advice.result not in {Result.ADVICE, Result.GUIDED}:
        raise Invalid("result_unknown", _("Advice ends as advice or as guiding to another service."), field="result")
    if advice.channel not in LIVE | {Channel.E_FORM, Channel.PAPER, Channel.KELA}:
        raise Invalid("choice_unknown", _("Choose one of the alternatives."), field="channel")
    received = arrival(unit, happened_at, at=at)
    contact = Contact(
        unit=unit, channel=advice.channel, received_at=received, created_at=at, created_by=by, key=key,
        result=advice.result, passed_on_to=advice.guided_to.strip()[:200], answered_at=received, answered_by=by,
        closed_at=at, closed_by=by,
    )  # fmt: skip
    details = Details(
        language=advice.language,
        municipality=advice.municipality or None,
        topics=tuple(_known(advice.topics)),
        sources_used=tuple(_known(advice.sources_used)),
        minutes=advice.minutes,
    )
    tell(contact, details, at=at)
    contact.state = ContactState.CLOSED
    item = new_work(contact, assignee=by)
    if (stored := save_new(contact)) is not contact:
        return stored
    with together():
        insert(item)
        clocks.advised(contact, by=by, at=at)
        item.closed_at = at
        trace(contact, "advised", by=by, at=at, happened_at=received, people=())
    return contact


def _known(keys: Iterable[str]) -> list[str]:
    return sorted({key.strip() for key in keys if key.strip()})
