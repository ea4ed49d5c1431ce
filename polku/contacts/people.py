"""The people of a contact: add, describe, make known, remove. What was told of a person is never typed again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.access.permissions import require
from polku.access.states import ActorKind
from polku.acting import action
from polku.audit import actions as audit
from polku.cases import actions as cases
from polku.cases.models import Relation
from polku.cases.states import RelationKind
from polku.clients import actions as clients
from polku.clients import queries as client_queries
from polku.clients.models import Client
from polku.contacts import clocks, queries
from polku.contacts import policy as _policy  # noqa: F401 - declares who may
from polku.contacts.models import Contact, ContactParty
from polku.contacts.moves import to_write, trace
from polku.contacts.states import Knowledge, NotifierKind, PartyRole
from polku.kit import hetu, phone
from polku.kit.errors import Conflict, Invalid
from polku.kit.localtime import local_date
from polku.storing import insert


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of a person in a contact. Empty = not told.

    `notifier_kind`, `organisation`, `title` and `name_withheld` belong to a notifier only. A personal identity code is
    not kept here: `make_known` takes it and finds or makes the client.
    """

    family_name: str = ""
    given_names: str = ""
    birth_date: date | None = None
    phone: str = ""
    email: str = ""
    description: str = ""
    notifier_kind: str = ""
    organisation: str = ""
    title: str = ""
    name_withheld: bool = False


@action
def add(*, contact: Contact, role: str, told: Told, by: Actor, at: datetime) -> ContactParty:
    """Add a person to a contact by what is told of them; nothing told = anonymous.

    Raises:
        NotAllowed; Conflict when the contact is closed; Invalid with the field (an authority is never anonymous).
    """
    row = to_write(contact, by=by, at=at)
    present = queries.people(row)
    before = clocks.facts(row, present)
    party = drawn(contact=row, role=role, told=told, by=by, at=at)
    insert(party)
    present.append(party)
    clocks.sync_if_changed(before, row, present, by=by, at=at)
    trace(row, "person_added", by=by, at=at, data={"role": role}, people=present)
    return party


def drawn(*, contact: Contact, role: str, told: Told, by: Actor, at: datetime) -> ContactParty:
    """Return a person of a contact as told, checked, not stored yet.

    Raises:
        Invalid: with the field.
    """
    party = ContactParty(contact=contact, role=_role(role), added_at=at, added_by=by)
    _set(party, told, at=at)
    return party


def _role(role: str) -> str:
    if role not in PartyRole.values:
        raise Invalid("role_unknown", _("Choose what the person is in this contact."), field="role")
    return role


@action
def change(*, party: ContactParty, told: Told, by: Actor, at: datetime, role: str | None = None) -> ContactParty:
    """Change what was told of a person who is not known yet, or their part in the contact.

    Raises:
        NotAllowed; Conflict when the contact is closed or the person was taken out; Invalid with the field.
    """
    row = to_write(party.contact, by=by, at=at)
    present = queries.people(row)
    before = clocks.facts(row, present)
    party = queries.present(party, present)
    if role is not None:
        party.role = _role(role)
        _once(party, party.client, present)
    _set(party, told, at=at)
    party.save()
    clocks.sync_if_changed(before, row, present, by=by, at=at)
    trace(row, "person_changed", by=by, at=at, data={"role": party.role}, people=present)
    return party


@action
def identify(*, party: ContactParty, client: Client, by: Actor, at: datetime) -> ContactParty:
    """Say who the person is: a client found by search. Gives the worker the contact in hand with that client.

    The client's municipality and age of the day of the contact go on the contact; a protected person's municipality
    and told phone number do not stay on it.

    Raises:
        NotAllowed; Conflict when the contact is closed, the person was taken out or the same person is already in that
        part.
    """
    row = to_write(party.contact, by=by, at=at)
    present = queries.people(row)
    return _identified(row, queries.present(party, present), present, client=client, by=by, at=at)


def _identified(
    row: Contact,
    party: ContactParty,
    present: list[ContactParty],
    *,
    client: Client,
    by: Actor,
    at: datetime,
    made: bool = False,
) -> ContactParty:
    """Identify a person of a locked contact; `made` = the client was made of what was told of them just now."""
    before = clocks.facts(row, present)
    if not known_as(row, party, present, client=client, by=by, at=at, made=made):
        return party
    if by.kind == ActorKind.STAFF and party.client is not None:
        take_in_hand(row, party.client, actor=by, by=by, at=at)
    clocks.sync_if_changed(before, row, present, by=by, at=at)
    trace(row, "person_known", by=by, at=at, data={"role": party.role}, people=present)
    return party


def known_as(
    row: Contact,
    party: ContactParty,
    present: list[ContactParty],
    *,
    client: Client,
    by: Actor,
    at: datetime,
    made: bool = False,
) -> bool:
    """Write who a person of a locked contact is; False when that was known already. A part of an action."""
    client = client_queries.root(client)
    if party.client_id == client.pk:
        return False
    _once(party, client, present)
    if (party.phone or party.email) and not made:
        reach = clients.Person(phone=party.phone, email=party.email)
        client = clients.update(client=client, person=reach, by=by, at=at)
    party.client = client
    party.knowledge = Knowledge.KNOWN
    party.made_known_at, party.made_known_by = at, by
    if client.protected:
        # What was told before the ban was known must not stay where everybody in the unit reads it.
        party.phone, party.email = "", ""
    # Whoever is drawn and not stored yet takes it along.
    if not (drawn := party._state.adding):
        party.save(update_fields=["client", "knowledge", "made_known_at", "made_known_by", "phone", "email"])
    if party.role in {PartyRole.CONCERNED, PartyRole.CALLER}:
        stamp(row, present, made=client if made and drawn else None)
    return True


def _once(party: ContactParty, client: Client | None, present: list[ContactParty]) -> None:
    """Refuse the same person twice in the same part; the contact is locked, so nobody else is adding them."""
    if client is None:
        return
    if any(row.client_id == client.pk and row.role == party.role and row.pk != party.pk for row in present):
        raise Conflict("person_twice", _("This person is already in the contact in the same part."), "client")


@action
def make_known(
    *, party: ContactParty, by: Actor, at: datetime, identity_code: str = "", municipality: str = ""
) -> ContactParty:
    """Make a client of what was told of the person (and an identity code), and identify them as that client.

    A client who has the code already is used; nothing is typed twice.

    Raises:
        NotAllowed; Conflict when the contact is closed or the person was taken out; Invalid with the field.
    """
    row = to_write(party.contact, by=by, at=at)
    present = queries.people(row)
    party = queries.present(party, present)
    client, made = client_of(row, party, by=by, at=at, identity_code=identity_code, municipality=municipality)
    return _identified(row, party, present, client=client, by=by, at=at, made=made)


def client_of(
    row: Contact, party: ContactParty, *, by: Actor, at: datetime, identity_code: str = "", municipality: str = ""
) -> tuple[Client, bool]:
    """Return the client who has the identity code, else a client made of what was told, and whether it was made.

    Raises:
        Invalid: with the field.
    """
    code = ""
    if identity_code.strip():
        try:
            code = hetu.parse(identity_code)
        except ValueError as error:
            raise Invalid(
                "code_wrong",
                _("This is not a personal identity code. Check it, for example 010190-900P."),
                field="identity_code",
            ) from error
        if (known := client_queries.by_code(code)) is not None:
            return known, False
    person = _as_person(
        party, identity_code=code, language=row.language, municipality=municipality or row.municipality_id or ""
    )
    try:
        key, fresh = f"party:{party.public_id}", party._state.adding and not municipality
        return clients.create(person=person, by=by, at=at, key=key, fresh=fresh), True
    except Conflict:
        # Several forms of one new person at once: the first has just made the client.
        if code and (known := client_queries.by_code(code)) is not None:
            return known, False
        raise


def _as_person(party: ContactParty, *, identity_code: str, language: str, municipality: str) -> clients.Person:
    return clients.Person(
        family_name=party.family_name,
        given_names=party.given_names,
        identity_code=identity_code,
        birth_date=party.birth_date,
        phone=party.phone,
        email=party.email,
        municipality=municipality,
        language=language,
    )


@action
def remove(*, party: ContactParty, by: Actor, at: datetime) -> None:
    """Take a person out of the contact (the wrong one was chosen); the row stays, marked, and the tie ends at once.

    Raises:
        NotAllowed; Conflict when the contact is closed or the person has a case opened from it.
    """
    row = to_write(party.contact, by=by, at=at)
    present = queries.people(row)
    if all(person.pk != party.pk for person in present):
        return
    party = queries.present(party, present)
    if party.case_id:
        raise Conflict("has_case", _("A case has been opened for this person from the contact."), field="party")
    ContactParty.objects.filter(pk=party.pk).update(removed_at=at)
    before = clocks.facts(row, present)
    present.remove(party)
    gone = [] if any(person.client_id == party.client_id for person in present) else [party]
    if gone and party.client_id is not None:
        _end_tie(row, party.client_id, at=at)
    stamp(row, present)
    clocks.sync_if_changed(before, row, present, by=by, at=at)
    trace(row, "person_removed", by=by, at=at, data={"role": party.role}, people=gone)


def _end_tie(contact: Contact, client_id: int, *, at: datetime) -> None:
    Relation.objects.filter(
        work_item=contact.work_item, client_id=client_id, kind=RelationKind.CONTACT_IN_HAND, ends_at__isnull=True
    ).update(ends_at=at)


def take_in_hand(contact: Contact, client: Client, *, actor: Actor, by: Actor, at: datetime) -> None:
    """Give an actor the contact in hand with a client: first-contact data, until 24 h after closing."""
    cases.relate(
        kind=RelationKind.CONTACT_IN_HAND, client=client, actor=actor, work_item=contact.work_item, by=by, at=at
    )


@action
def taken_over(*, contact: Contact, actor: Actor, by: Actor, at: datetime) -> None:
    """Let a new owner of the contact have it in hand: ties to all its known people. Called when the owner changes."""
    parties = contact.parties.filter(client__isnull=False, removed_at__isnull=True).select_related("client")
    for party in parties:
        if party.client is not None:
            take_in_hand(contact, party.client, actor=actor, by=by, at=at)


def stamp(contact: Contact, present: list[ContactParty], *, made: Client | None = None) -> None:
    """Keep on the contact the municipality and age of the person concerned as they were on its day.

    The municipality of a protected person is never kept (661/2009 37 §). `made` is a client made just now of what the
    contact tells: there is no other municipality to ask for.
    """
    party = queries.concerned_of(present)
    if party is None or party.client is None:
        return
    day = local_date(contact.received_at)
    age = client_queries.age(party.client, day=day)
    asked = not (party.client.protected or party.client == made)
    home = client_queries.municipality(party.client, day=day) if asked else ""
    was = contact.municipality_id, contact.age
    contact.municipality_id = None if party.client.protected else (home or contact.municipality_id or None)
    contact.age = contact.age if age is None else age
    if (contact.municipality_id, contact.age) != was:
        contact.save(update_fields=["municipality", "age"])


def see_notifier(*, party: ContactParty, by: Actor, at: datetime) -> str:
    """Return a notifier's name that is withheld from the list, and log that it was shown.

    Raises:
        NotAllowed.
    """
    require(by, "contacts.see_notifier", party.contact, at=at)
    audit.read(by=by, at=at, what="contacts.notifier", subject=party.contact.public_id, record_class="contact")
    return party.told_name


def _set(party: ContactParty, told: Told, *, at: datetime) -> None:
    """Set what was told, checked; knowledge follows from it unless the person is known."""
    for name in Told.__slots__:
        said = getattr(told, name)
        if isinstance(said, str):
            said = " ".join(said.split())
            most: int = getattr(party._meta.get_field(name), "max_length", 0)
            if len(said) > most:
                raise Invalid(
                    "too_long", _("This is too long: at most %(most)s characters.") % {"most": most}, field=name
                )
            if "\x00" in said:
                raise Invalid("nul", _("The text has a character that cannot be stored (NUL)."), field=name)
        setattr(party, name, said)
    _check_reach(party)
    _check_birth_date(party, at=at)
    _check_notifier(party)
    if party.client_id is None:
        told_name = party.family_name or party.given_names
        named = told_name or party.phone or party.email or party.birth_date or party.description
        party.knowledge = Knowledge.PARTLY if named else Knowledge.ANONYMOUS


def _check_reach(party: ContactParty) -> None:
    if party.phone:
        try:
            party.phone = phone.parse(party.phone)
        except ValueError as error:
            raise Invalid(
                "phone_wrong", _("This is not a phone number. Write for example 040 123 4567."), field="phone"
            ) from error
    if party.email:
        try:
            validate_email(party.email)
        except ValidationError as error:
            raise Invalid("email_wrong", _("This is not an e-mail address."), field="email") from error


def _check_birth_date(party: ContactParty, *, at: datetime) -> None:
    if party.birth_date is not None and not date(1880, 1, 1) <= party.birth_date <= local_date(at):
        raise Invalid("birth_date_wrong", _("The birth date cannot be right: check the year."), field="birth_date")


def _check_notifier(party: ContactParty) -> None:
    if party.role != PartyRole.NOTIFIER:
        party.notifier_kind, party.name_withheld = "", False
        return
    if party.notifier_kind not in NotifierKind.values:
        raise Invalid(
            "notifier_kind_missing", _("Choose whether the notifier is private or an authority."), field="notifier_kind"
        )
    if party.notifier_kind == NotifierKind.PRIVATE:
        return
    if not party.family_name:
        raise Invalid(
            "authority_anonymous", _("An authority is never anonymous: write the notifier's name."), field="family_name"
        )
    if not party.organisation:
        raise Invalid("organisation_missing", _("Write the notifier's organisation."), field="organisation")
    if party.name_withheld:
        raise Invalid("authority_withheld", _("Only a private person's name may be withheld."), field="name_withheld")
