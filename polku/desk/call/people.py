"""Who calls: the person's card, people found, others in the contact."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.forms import Form
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from polku.access.models import Actor, Municipality
from polku.access.permissions import can, may_ever, visible_to
from polku.acting import beyond
from polku.asking import Question, value
from polku.cases.queries import open_cases
from polku.clients import queries as clients
from polku.clients.models import Client
from polku.contacts import queries as contacts
from polku.contacts.models import Contact, ContactParty
from polku.contacts.states import Knowledge, NotifierKind, PartyRole
from polku.desk.call.forms import FindForm, PartyForm
from polku.desk.names import code_names, language_name
from polku.desk.strip import party_name
from polku.desk.units import answering_unit
from polku.kit.localtime import local_date
from polku.ui import words


@dataclass(frozen=True, slots=True)
class Row:
    """A person found: name, birth year, municipality and whether there is a tie; never more."""

    public_id: str
    name: str
    born: str
    line: str
    protected: bool

    @property
    def protected_word(self) -> str:
        """The tag of somebody whose details are under a ban on disclosure."""
        return _("Ban on disclosure")


@dataclass(frozen=True, slots=True)
class Card:
    """The person concerned: known, partly known, or nobody yet known by name."""

    name: str
    age: int | None
    facts: list[tuple[str, str]]
    history: str
    ways: list[tuple[str, str]]
    protected: bool = False
    duplicates: str = ""
    person_url: str = ""

    @property
    def age_line(self) -> str:
        """The age as a list shows it."""
        return _("%(age)s y") % {"age": self.age}

    @property
    def protected_word(self) -> str:
        """The tag of somebody whose details are under a ban on disclosure."""
        return _("Ban on disclosure")


@dataclass(frozen=True, slots=True)
class Other:
    """Somebody else in the contact."""

    public_id: str
    name: str
    line: str


@dataclass(slots=True)
class Caller:
    """The section of who calls, in one of its states."""

    card: Card | None = None
    find: FindForm = field(default_factory=lambda: FindForm(auto_id="id_find_%s"))
    results: list[Row] | None = None
    more: bool = False
    person: Form | None = None
    alike: list[Row] = field(default_factory=list)
    others: list[Other] = field(default_factory=list)
    others_open: bool = False
    party: Form = field(default_factory=lambda: PartyForm(auto_id="id_party_%s"))
    sought_name: str = ""
    focus_find: bool = False

    @property
    def found_line(self) -> str:
        """How many were found, for those who do not see the list."""
        count = len(self.results or ())
        return ngettext("%(count)d person found", "%(count)d people found", count) % {"count": count}

    @property
    def others_line(self) -> str:
        """The others by name, after the heading."""
        return ", ".join(other.name for other in self.others)


@beyond("a row of a search's answer: name, birth year, municipality, never more")
def rows(found: Sequence[Client], *, by: Actor, at: datetime) -> list[Row]:
    """Return the people found as rows; four queries whatever their number."""
    day = local_date(at)
    known = clients.details(found, day=day)
    ids = [client.pk for client in found]
    mine = set(visible_to(by, "clients.read", Client.objects.filter(pk__in=ids), at=at).values_list("pk", flat=True))
    places = names_of({known[client.pk].municipality for client in found})
    return [
        Row(
            public_id=client.public_id,
            name=words.person(client),
            born=str(client.birth_date.year) if client.birth_date else "",
            line=_row_line(places.get(known[client.pk].municipality, ""), client.pk in mine),
            protected=client.protected,
        )
        for client in found
    ]


def _row_line(place: str, tied: bool) -> str:
    return ", ".join(part for part in (place, _("you have a client relationship") if tied else "") if part)


_MUNICIPALITIES = Question(lambda: Municipality.objects.filter(code__any_of=value("codes")))


def names_of(codes: Iterable[str]) -> dict[str, str]:
    """Return municipalities' names by code, in the reader's language."""
    wanted = [code for code in codes if code]
    return {row.code: row.name for row in _MUNICIPALITIES(codes=wanted)} if wanted else {}


def caller(contact: Contact, *, by: Actor, at: datetime, again: bool = False) -> Caller:
    """Return the section as the contact's people stand now; `again` shows the search in place of the card."""
    everybody = contacts.people(contact)
    main = next((party for party in everybody if party.role in {PartyRole.CONCERNED, PartyRole.CALLER}), None)
    others = [other(party, by=by, at=at) for party in everybody if party is not main]
    party = _party_form(everybody, by=by, at=at)
    if main is None or again:
        return Caller(others=others, party=party, focus_find=True)
    return Caller(card=card(contact, main, by=by, at=at), party=party, others=others)


def _party_form(everybody: Iterable[ContactParty], *, by: Actor, at: datetime) -> PartyForm:
    """Return the form for another person; health staff who write are the notifier, until they have said so."""
    told = any(party.role == PartyRole.NOTIFIER for party in everybody)
    if told or not may_ever(by, "triage.report_urgent", at=at):
        return PartyForm(auto_id="id_party_%s")
    given, _space, family = by.name.rpartition(" ")
    unit = answering_unit(by, at=at)
    myself = {
        "role": PartyRole.NOTIFIER,
        "notifier_kind": NotifierKind.AUTHORITY,
        "given_names": given,
        "family_name": family,
        "title": by.title,
        "organisation": unit.name if unit else "",
    }
    return PartyForm(auto_id="id_party_%s", initial=myself)


def other(party: ContactParty, *, by: Actor, at: datetime) -> Other:
    hidden = party.name_withheld and not can(by, "contacts.see_notifier", party.contact, at=at)
    parts: list[str | Promise] = [PartyRole(party.role).label]
    if party.notifier_kind:
        parts.append(NotifierKind(party.notifier_kind).label)
    if party.name_withheld:
        parts.append(_("name withheld from the client"))
    parts += [text for text in (party.title, party.organisation, words.phone(party.phone)) if text]
    name = _("Name withheld") if hidden else party_name(party)
    return Other(party.public_id, name, ", ".join(str(part) for part in parts))


def card(contact: Contact, party: ContactParty, *, by: Actor, at: datetime) -> Card:
    """Return the person's card, with what the county knows of them from before."""
    if party.client is None:
        return _told_card(contact, party)
    client = party.client.merged_into or party.client
    day = local_date(at)
    known = clients.details([client], day=day)[client.pk]
    place = names_of([known.municipality]).get(known.municipality, "")
    facts = [
        (_("Identity code"), client.hetu or _("not known")),
        (_("Municipality"), place),
        (_("Phone"), words.phone(known.phones[0]) if known.phones else ""),
        (_("Language"), spoken(client.contact_language, client.interpreter_language)),
    ]
    return Card(
        name=words.person(client),
        age=clients.age(client, day=day),
        facts=[(str(label), str(value)) for label, value in facts if value],
        history=history(contact, client, by=by, at=at),
        ways=_ways(contact),
        protected=client.protected,
        duplicates=_duplicates(client),
        person_url=reverse("desk:person", args=[client.public_id]),
    )


def _told_card(contact: Contact, party: ContactParty) -> Card:
    anonymous = party.knowledge == Knowledge.ANONYMOUS
    facts = [
        (_("Born"), words.day(party.birth_date) if party.birth_date else ""),
        (_("Phone"), words.phone(party.phone) if party.phone else ""),
        (_("Municipality"), contact.municipality.name if contact.municipality else ""),
    ]
    note = (
        _("Continues without a name. Nothing that was written is lost if the person is found later.")
        if anonymous
        else _("Not in the register of clients. Nothing is typed again when the person is made known.")
    )
    return Card(
        name=party_name(party),
        age=contact.age,
        facts=[(label, value) for label, value in facts if value],
        history=note,
        ways=_ways(contact, named=False),
    )


def _ways(contact: Contact, *, named: bool = True) -> list[tuple[str, str]]:
    ways = [(_("Search again"), "desk:again"), (_("New person"), "desk:new_person")]
    if named:
        ways.append((_("Continue without a name"), "desk:anonymous"))
    return [(label, reverse(page, args=[contact.public_id])) for label, page in ways]


def spoken(language: str, interpreter: str) -> str:
    """Return `suomi, ei tulkkia`."""
    name = language_name(language)
    if not interpreter:
        return _("%(language)s, no interpreter") % {"language": name}
    return _("%(language)s, interpreter for %(other)s") % {"language": name, "other": language_name(interpreter)}


def history(contact: Contact, client: Client, *, by: Actor, at: datetime) -> str:
    """Return what the county has had to do with the person before, in two short sentences."""
    cases = open_cases(client).count()
    first = (
        ngettext("%(count)d open case.", "%(count)d open cases.", cases) % {"count": cases}
        if cases
        else _("No open case.")
    )
    before = contacts.of_client(client, by=by, at=at).exclude(pk=contact.pk).first()
    if before is None:
        return " ".join((first, _("No earlier contact.")))
    facts = {"day": words.day(before.received_at), "what": _ended(before)}
    return " ".join((first, _("Previous contact %(day)s: %(what)s.") % facts))


def _ended(contact: Contact) -> str:
    topics = code_names("topic")
    told = [topics.get(key, key).lower() for key in contact.topics[:2]]
    result = contact.get_result_display() if contact.result else _("still open")
    return ", ".join([str(result).lower(), *told])


def alike(client: Client) -> list[Client]:
    """Return other records that may be the same person; the first of several first names is enough."""
    first = client.given_names.split()[:1]
    rows = clients.possible_duplicates(
        family_name=client.family_name, given_names=" ".join(first), birth_date=client.birth_date
    )
    return [row for row in rows if row.pk != client.pk and row.merged_into_id is None]


def _duplicates(client: Client) -> str:
    others = alike(client)
    if not others:
        return ""
    return ngettext(
        "There may be another record of the same person.",
        "There may be %(count)d other records of the same person.",
        len(others),
    ) % {"count": len(others)}


def found(form: FindForm, *, at: datetime) -> clients.Found:
    """Search by what was typed: a birth year after a name narrows the answer."""
    text, year, born = form.sought()
    answer = clients.search(text, at=at, born=born)
    if year is None or born is not None or answer.by != "name":
        return answer
    kept = [client for client in answer.clients if client.birth_date is None or client.birth_date.year == year]
    kept.sort(key=lambda client: client.birth_date is None)
    return clients.Found(answer.by, kept, answer.more)
