"""Finding what a search is about: people, a contact or case by its number, and what an emergency form names."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from polku.access.models import Actor
from polku.acting import beyond
from polku.cases.models import Case
from polku.cases.queries import cases_visible_to
from polku.clients import queries as clients
from polku.clients.models import Client
from polku.contacts import queries as contacts
from polku.contacts.models import Contact, ContactParty
from polku.desk.call.forms import FindForm
from polku.desk.call.people import Row, found, rows
from polku.kit import public_id, reference
from polku.kit.errors import Invalid

MOST = 25
_ID = re.compile(rf"[{public_id.ALPHABET}]{{{public_id.LENGTH}}}")


@dataclass(slots=True)
class Answer:
    """What a search found: an address to go to at once, or people."""

    url: str = ""
    people: list[Row] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)
    how: str = "nothing"
    more: bool = False


def search(form: FindForm, *, by: Actor, at: datetime) -> Answer:
    """Search by a reference number first, then as the call desk does."""
    text: str = form.cleaned_data["q"]
    if reference.is_valid(text):
        return Answer(url=by_reference(text, by=by, at=at), how="reference")
    answer = found(form, at=at)
    few = answer.clients[:MOST]
    return Answer(
        people=rows(few, by=by, at=at),
        ids=[row.pk for row in few],
        how=answer.by,
        more=answer.more or len(answer.clients) > MOST,
    )


def by_reference(text: str, *, by: Actor, at: datetime) -> str:
    """Return the address of the contact or case with a number that the actor may read; empty when there is none."""
    contact = contacts.by_reference(text, by=by, at=at)
    if contact is not None:
        return reverse("desk:contact", args=[contact.public_id])
    case = cases_visible_to(by, at=at).filter(reference=reference.normalise(text)).first()
    return reverse("desk:case", args=[case.public_id]) if case else ""


@dataclass(frozen=True, slots=True)
class Named:
    """The client whom an emergency form is about, and the page that was asked for."""

    client: Client
    url: str


def named(address: str, text: str, *, at: datetime) -> Named:
    """Return whom an emergency form names: by the page's address, a reference number, or what is known of the person.

    Raises:
        Invalid: nobody, or more than one person.
    """
    for wanted in (*_ID.findall(address), reference.normalise(text)):
        if (hit := _thing(wanted)) is not None:
            return hit
    people = clients.search(text, at=at, limit=3)
    if len(people.clients) == 1:
        client = people.clients[0]
        return Named(client, reverse("desk:person", args=[client.public_id]))
    if people.clients:
        raise Invalid(
            "many", _("More than one person fits. Give the identity code or a reference number."), field="reference"
        )
    raise Invalid("nobody", _("Nobody was found. Check the number, the code or the spelling."), field="reference")


@beyond("an emergency form names a person whom the reader has no tie to; opening them is logged with its reason")
def _thing(wanted: str) -> Named | None:
    """Return the client behind a public id or a reference number."""
    if not wanted:
        return None
    case = Case.objects.select_related("client__merged_into").filter(_either(wanted)).first()
    if case is not None:
        return Named(clients.root(case.client), reverse("desk:case", args=[case.public_id]))
    contact = Contact.objects.filter(_either(wanted)).first()
    if contact is not None:
        party = ContactParty.objects.filter(contact=contact, client__isnull=False, removed_at__isnull=True)
        row = party.select_related("client__merged_into").order_by("id").first()
        if row is not None and row.client is not None:
            return Named(clients.root(row.client), reverse("desk:contact", args=[contact.public_id]))
        return None
    client = Client.objects.select_related("merged_into").filter(public_id=wanted).first()
    if client is None:
        return None
    client = clients.root(client)
    return Named(client, reverse("desk:person", args=[client.public_id]))


def _either(wanted: str) -> Q:
    return Q(public_id=wanted) | Q(reference=wanted)
