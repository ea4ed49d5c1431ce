"""Reading contacts: what a worker has in hand, what was said, who is in it. These never write."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, IntegerField, Prefetch, Q, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.access.permissions import visible_to
from polku.asking import Question, value
from polku.cases.models import WorkItem
from polku.clients.models import Client
from polku.clients.queries import same_person
from polku.contacts import policy as _policy  # noqa: F401 - declares who may
from polku.contacts.models import CallBack, Contact, ContactParty, ContactText, Draft, StaleDraft
from polku.contacts.states import CallBackState, ContactState, Knowledge, PartyRole, TextKind
from polku.kit import reference
from polku.kit.errors import Conflict, NotFound

# Whose the contact is, in this order: the person concerned, a client by another name, whoever called.
_FIRST = Case(
    When(role=PartyRole.CONCERNED, then=Value(0)),
    When(role=PartyRole.CALLER, then=Value(1)),
    default=Value(2),
    output_field=IntegerField(),
)


def contacts_visible_to(by: Actor, *, at: datetime) -> QuerySet[Contact]:
    """Return the contacts that the actor may read now."""
    rows = Contact.objects.select_related("work_item", "work_item__assignee", "unit", "municipality")
    return visible_to(by, "contacts.read", rows, at=at)


def get(public_id: str, *, by: Actor, at: datetime) -> Contact:
    """Return a contact that the actor may read.

    Raises:
        NotFound: it is not there, or not the reader's: the same answer.
    """
    row = contacts_visible_to(by, at=at).filter(public_id=public_id).first()
    if row is None:
        raise NotFound("not_found", _("There is no such contact, or it is not yours to see."))
    return row


def by_reference(text: str, *, by: Actor, at: datetime) -> Contact | None:
    """Return the contact with a reference number as a caller reads it, if the actor may read it."""
    return contacts_visible_to(by, at=at).filter(reference=reference.normalise(text)).first()


def in_hand(by: Actor, *, at: datetime) -> list[Contact]:
    """Return the worker's open contacts, being written or parked: the strip on top of the page, oldest first.

    Two queries; `people` of each row is filled (see `people`).
    """
    rows = (
        contacts_visible_to(by, at=at)
        .filter(
            work_item__assignee=by,
            work_item__closed_at__isnull=True,
            state__in=[ContactState.DRAFT, ContactState.OPEN, ContactState.PARKED],
        )
        .prefetch_related(Prefetch("parties", queryset=_parties()))
        .order_by("created_at", "id")
    )
    return list(rows[:20])


def _parties() -> QuerySet[ContactParty]:
    rows = ContactParty.objects.filter(removed_at__isnull=True).select_related("client", "client__merged_into", "case")
    return rows.order_by(_FIRST, "id")


_PEOPLE = Question(lambda: _parties().filter(contact=value("contact")))


def people(contact: Contact) -> list[ContactParty]:
    """Return the people of a contact, the person concerned first."""
    found = _PEOPLE(contact=contact.pk)
    for party in found:
        party.contact = contact
    return found


def matter_items(contact: Contact) -> list[WorkItem]:
    """Return the work items that carry the clocks of a contact's matter: its own, and those of cases opened from it."""
    cases = contact.parties.filter(removed_at__isnull=True, case__isnull=False).values("case__work_item_id")
    return list(WorkItem.objects.filter(Q(pk=contact.work_item_id) | Q(pk__in=cases)).order_by("pk"))


def present(party: ContactParty, people: Iterable[ContactParty]) -> ContactParty:
    """Return a person of a contact as they are among its people now.

    Raises:
        Conflict `person_removed`: somebody has taken the person out of the contact.
    """
    for row in people:
        if row.pk == party.pk:
            return row
    raise Conflict("person_removed", _("Somebody has taken this person out of the contact."), "party")


def concerned(contact: Contact) -> ContactParty | None:
    """Return the person concerned, the caller when nobody else is named; None when no person is there."""
    return concerned_of(people(contact))


def concerned_of(parties: Sequence[ContactParty]) -> ContactParty | None:
    """Return the person concerned among the people of a contact, else the caller."""
    for role in (PartyRole.CONCERNED, PartyRole.CALLER):
        for party in parties:
            if party.role == role:
                return party
    return None


def notifier_of(parties: Iterable[ContactParty]) -> ContactParty | None:
    """Return who made the contact, when it was somebody else than the person."""
    return next((party for party in parties if party.role == PartyRole.NOTIFIER), None)


def shown_name(party: ContactParty) -> str:
    """Return the name to show for a person in a contact: empty when it is not known or is withheld."""
    if party.name_withheld:
        return ""
    if party.client is not None:
        return str(party.client.merged_into or party.client)
    return party.told_name


def said(contact: Contact) -> ContactText | None:
    """Return the newest kept version of what was said."""
    return contact.texts.filter(kind=TextKind.SAID).order_by("-version").first()


def texts(contact: Contact) -> list[ContactText]:
    """Return all kept versions of what was said and answered, oldest first."""
    return list(contact.texts.order_by("written_at", "id"))


@dataclass(frozen=True, slots=True)
class Words:
    """What was said in a contact of a client: shown first on every later page of that client."""

    contact: Contact
    text: str
    written_at: datetime
    author: str
    author_title: str


def said_first(clients: Iterable[Client], *, by: Actor, at: datetime, limit: int = 5) -> list[Words]:
    """Return what was said in the newest contacts of these people that the actor may read; three queries."""
    return said_by(same_person([client.pk for client in clients]), by=by, at=at, limit=limit)


def said_by(client_ids: Sequence[int], *, by: Actor, at: datetime, limit: int) -> list[Words]:
    """Return the same of people by all their rows (`clients.queries.same_person`); two queries."""
    parties = ContactParty.objects.filter(client_id__in=client_ids, removed_at__isnull=True)
    rows = (
        visible_to(by, "contacts.read", Contact.objects.all(), at=at)
        .filter(pk__in=parties.values("contact_id"))
        .exclude(state=ContactState.DISCARDED)
        .order_by("-received_at", "-id")
        .prefetch_related(
            Prefetch("texts", queryset=ContactText.objects.filter(kind=TextKind.SAID).order_by("-version"))
        )
    )
    found = []
    for row in rows[:limit]:
        newest = next(iter(row.texts.all()), None)
        if newest is not None:
            found.append(
                Words(row, newest.text, newest.written_at, author=newest.author_name, author_title=newest.author_title)
            )
    return found


def of_client(client: Client, *, by: Actor, at: datetime) -> QuerySet[Contact]:
    """Return the contacts of a person (all rows of a merged one) that the actor may read, newest first."""
    parties = ContactParty.objects.filter(client_id__in=same_person([client.pk]), removed_at__isnull=True)
    rows = contacts_visible_to(by, at=at).filter(pk__in=parties.values("contact_id"))
    return rows.exclude(state=ContactState.DISCARDED).order_by("-received_at", "-id")


def draft(contact: Contact) -> Draft | None:
    """Return what stands in the form of the contact."""
    return Draft.objects.select_related("saved_by").filter(contact=contact).first()


def stale_drafts(contact: Contact) -> list[StaleDraft]:
    """Return texts kept aside because they were based on an older version, until somebody settles them."""
    rows = StaleDraft.objects.filter(contact=contact, settled_at__isnull=True)
    return list(rows.select_related("saved_by").order_by("saved_at", "id"))


def open_at(contact: Contact, moment: datetime) -> bool:
    """Tell whether the contact was open at a moment: what "told in the first contact" asks."""
    return contact.received_at <= moment and (contact.closed_at is None or moment < contact.closed_at)


def of_source(source_id: int, *, external_id: str = "", public_id: str = "") -> Contact | None:
    """Return a contact that a machine has sent, by its own id or ours."""
    wanted = Q(public_id=public_id) if public_id else Q(external_id=external_id)
    rows = Contact.objects.select_related("work_item", "unit")
    return rows.filter(wanted, source_id=source_id).first()


def call_backs_visible_to(by: Actor, *, at: datetime) -> QuerySet[CallBack]:
    """Return call-backs in the actor's units or on their desk."""
    rows = CallBack.objects.select_related("work_item", "work_item__assignee", "unit", "contact")
    return visible_to(by, "contacts.end_call_back", rows, at=at)


def late_call_backs(by: Actor, *, at: datetime) -> list[CallBack]:
    """Return the waiting call-backs whose agreed time has passed, latest promise first broken first."""
    rows = call_backs_visible_to(by, at=at).filter(state=CallBackState.WAITING, agreed_at__lte=at)
    return list(rows.order_by("agreed_at", "id")[:50])


def is_unknown(party: ContactParty | None) -> bool:
    """Tell whether nothing is known of the person: "Name not known" in a list."""
    return party is None or party.knowledge == Knowledge.ANONYMOUS
