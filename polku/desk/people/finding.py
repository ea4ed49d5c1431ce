"""Finding what a search is about: people, a contact or case by its number, contacts by what was said in them, and what
an emergency form names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q, prefetch_related_objects
from django.urls import reverse
from django.utils.translation import gettext as _

from polku.access.models import Actor
from polku.acting import beyond
from polku.audit import actions as audit
from polku.cases.models import Case
from polku.cases.queries import cases_visible_to
from polku.clients import queries as clients
from polku.clients.models import Client
from polku.contacts import finding as said
from polku.contacts import queries as contacts
from polku.contacts.models import Contact, ContactParty
from polku.desk.call.people import Row, found, rows
from polku.desk.people.forms import SearchForm
from polku.desk.strip import main_party, party_name, present_parties
from polku.kit import public_id, reference
from polku.kit.errors import Invalid
from polku.ui.words import number

MOST = 25
_ID = re.compile(rf"[{public_id.ALPHABET}]{{{public_id.LENGTH}}}")


@dataclass(frozen=True, slots=True)
class Said:
    """A contact in which the words were said: whose it is, when it came, and the piece of text, hits apart."""

    public_id: str
    name: str
    protected: bool
    contact: Contact
    pieces: list[tuple[str, bool]]


@dataclass(slots=True)
class Answer:
    """What a search found: an address to go to at once, or people, and contacts by what was said in them.

    `words`: what was looked for in the texts; None when only people were (a code, a phone number). `ids`: whose data
    are shown, for the log. `looked_at`: among how many of the newest, as it is written. `on`: the contact from which
    the next page goes on.
    """

    url: str = ""
    people: list[Row] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)
    how: str = "nothing"
    more: bool = False
    words: list[str] | None = None
    said: list[Said] = field(default_factory=list)
    count: int = 0
    many: bool = False
    looked_at: str = ""
    on: str = ""
    later: bool = False


def search(form: SearchForm, *, by: Actor, at: datetime) -> Answer:
    """Search by a reference number first, then people as the call desk does, then what was said in contacts."""
    text: str = form.cleaned_data["q"]
    after: str = form.cleaned_data["after"]
    if reference.is_valid(text):
        return Answer(url=by_reference(text, by=by, at=at), how="reference")
    answer = Answer(later=bool(after)) if after else _people(form, by=by, at=at)
    if answer.how in ("name", "nothing") and any(letter.isalpha() for letter in text):
        _add_said(answer, said.find(text, by=by, at=at, after=after))
    return answer


def _people(form: SearchForm, *, by: Actor, at: datetime) -> Answer:
    answer = found(form, at=at)
    few = answer.clients[:MOST]
    return Answer(
        people=rows(few, by=by, at=at),
        ids=[row.pk for row in few],
        how=answer.by,
        more=answer.more or len(answer.clients) > MOST,
    )


def _add_said(answer: Answer, hits: said.Found) -> None:
    prefetch_related_objects([hit.contact for hit in hits.hits], present_parties())
    for hit in hits.hits:
        party = main_party(hit.contact.present)  # type: ignore[attr-defined]  # by present_parties
        client = clients.root(party.client) if party and party.client else None
        answer.said.append(
            Said(
                public_id=hit.contact.public_id,
                name=party_name(party),
                protected=client is not None and client.protected,
                contact=hit.contact,
                pieces=hit.said,
            )
        )
        if client is not None:
            answer.ids.append(client.pk)
    answer.words, answer.count, answer.many, answer.on = hits.words, hits.count, hits.many, hits.after
    answer.looked_at = number(hits.looked_at)


def log(answer: Answer, typed: str, *, by: Actor, at: datetime) -> None:
    """Log a search: how, and whose data it shows; of what was said also the words and which contacts it shows."""
    people = () if answer.later else (("clients", answer.how),)
    texts = () if answer.words is None else (("contact", "words"),)
    audit.searched(
        by=by,
        at=at,
        what=", ".join(what for what, _how in (*people, *texts)),
        how=", ".join(how for _what, how in (*people, *texts)),
        clients=answer.ids,
        # What found no text may be a name, and no name that was typed is kept.
        words=typed if answer.said else "",
        shown=[row.public_id for row in answer.said],
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
