"""Rows of the worklist: what stands behind each work item, read for a whole page at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet

from polku.access.queries import away
from polku.asking import Question, value
from polku.cases.models import Case, Relation, WorkItem
from polku.cases.states import RelationKind, WorkKind
from polku.clients.models import Client
from polku.contacts.models import CallBack, Contact, ContactParty, ContactText
from polku.contacts.states import ContactState, PartyRole, TextKind
from polku.kit.localtime import local_date
from polku.triage.models import FirstAssessment

M = TypeVar("M", bound=Model)

# A row shows the beginning of what was said; an urgent one shows it whole.
_BEGINNING = 200


@dataclass(frozen=True, slots=True)
class Row:
    """One row: plain values. `name` is empty when the person is not known; `thing` is the public id of the contact,
    case or call-back behind the work item. `client_id` is for the access log."""

    item: WorkItem
    kind: str
    thing: str
    reference: str
    name: str
    age: int | None
    protected: bool
    said: str
    channel: str
    language: str
    interpreter_language: str
    municipality: str
    owner: str
    owner_away_until: datetime | None
    assessed: bool | None
    state: str
    agreed_at: datetime | None
    waits_until: date | None
    client_id: int | None

    @property
    def urgent(self) -> bool:
        """Whether it was assessed urgent."""
        return self.item.urgent

    @property
    def due(self) -> datetime | None:
        """The nearest moment among its running clocks."""
        return self.item.next_due


@dataclass(slots=True)
class _About:
    """What is behind a work item, before it becomes a row."""

    thing: str = ""
    reference: str = ""
    client: Client | None = None
    told_name: str = ""
    age: int | None = None
    said: str = ""
    channel: str = ""
    language: str = ""
    interpreter_language: str = ""
    municipality: str = ""
    assessed: bool | None = None
    state: str = ""
    agreed_at: datetime | None = None


def rows_of(items: Sequence[WorkItem], *, at: datetime) -> list[Row]:
    """Return the rows of a page. At most seven queries, however many rows."""
    owners = away({item.assignee_id for item in items if item.assignee_id}, at=at)
    contacts = _asked(_contacts, items, WorkKind.CONTACT)
    calls = _asked(_call_backs, items, WorkKind.CALL_BACK)
    ids = {row.pk for row in contacts} | {row.contact_id for row in calls if row.contact_id}
    people = people_of(ids)
    said = dict(_newest(ids=[row.pk for row in contacts])) if contacts else {}
    about = {row.work_item_id: _of_contact(row, people.get(row.pk, ()), said.get(row.pk, "")) for row in contacts}
    about |= {row.work_item_id: _of_call_back(row, people.get(row.contact_id or 0, ())) for row in calls}
    about |= {row.work_item_id: _of_case(row) for row in _asked(_cases, items, WorkKind.CASE)}
    about |= _others([item.pk for item in items if item.pk not in about])
    today = local_date(at)
    return [_row(item, about.get(item.pk) or _About(), owners, today=today) for item in items]


def _asked(question: Question[M], items: Sequence[WorkItem], kind: WorkKind) -> list[M]:
    """Ask what is behind the work items of a kind, if there are any."""
    ids = [item.pk for item in items if item.kind == kind]
    return question(ids=ids) if ids else []


def _row(item: WorkItem, about: _About, owners: dict[int, datetime], *, today: date) -> Row:
    client = about.client
    protected = client is not None and client.protected
    waits = item.hold_until if item.hold_until is not None and item.hold_until > today else None
    return Row(
        item=item,
        kind=item.kind,
        thing=about.thing,
        reference=about.reference,
        name=str(client) if client is not None else about.told_name,
        age=about.age,
        protected=protected,
        said=about.said if item.urgent or len(about.said) <= _BEGINNING else about.said[:_BEGINNING].rstrip() + "…",
        channel=about.channel,
        language=about.language,
        interpreter_language=about.interpreter_language,
        municipality="" if protected else about.municipality,
        owner=item.assignee.name if item.assignee else "",
        owner_away_until=owners.get(item.assignee_id) if item.assignee_id else None,
        assessed=about.assessed,
        state=about.state,
        agreed_at=about.agreed_at,
        waits_until=waits,
        client_id=client.pk if client else None,
    )


def _of_client() -> list[str]:
    """Return what a row tells of a client, and of the one into whom they were merged."""
    told = ("family_name", "given_names", "protected", "contact_language", "interpreter_language")
    return [f"{way}{name}" for way in ("client__", "client__merged_into__") for name in told]


_ITEMS: dict[str, Any] = {"work_item__any_of": value("ids")}
_contacts = Question(
    lambda: (
        Contact.objects.filter(**_ITEMS)
        .annotate(
            was_assessed=Exists(FirstAssessment.objects.filter(contact=OuterRef("pk"))), drafted=F("draft__said")
        )
        .select_related("municipality")
        .only(
            "work_item_id", "public_id", "reference", "age", "channel", "language", "interpreter_language", "state",
            "municipality__name_fi", "municipality__name_sv",
        )
    )
)  # fmt: skip
_call_backs = Question(
    lambda: (
        CallBack.objects.filter(**_ITEMS)
        .select_related("contact__municipality")
        .only(
            "work_item_id", "public_id", "reason", "language", "state", "agreed_at", "contact__reference",
            "contact__age", "contact__municipality__name_fi", "contact__municipality__name_sv",
        )
    )
)  # fmt: skip
_cases = Question(
    lambda: (
        Case.objects.filter(**_ITEMS)
        .select_related("client__merged_into")
        .only("work_item_id", "public_id", "reference", *_of_client())
    )
)
_people = Question(
    lambda: (
        ContactParty.objects.filter(contact__any_of=value("ids"), removed_at__isnull=True)
        .select_related("client__merged_into")
        .only("contact_id", "role", "family_name", "given_names", "description", *_of_client())
        .order_by("id")
    )
)
_ties = Question(
    lambda: (
        Relation.objects.filter(~Q(kind=RelationKind.EMERGENCY), **_ITEMS)
        .select_related("client__merged_into")
        .only("work_item_id", *_of_client())
        .order_by("id")
    )
)


def _texts() -> QuerySet[ContactText, tuple[int, str]]:
    newer = ContactText.objects.filter(contact=OuterRef("contact"), kind=TextKind.SAID, version__gt=OuterRef("version"))
    rows = ContactText.objects.filter(~Exists(newer), contact__any_of=value("ids"), kind=TextKind.SAID)
    return rows.values_list("contact_id", "text")


_newest = Question(_texts)


def people_of(contacts: Collection[int]) -> dict[int, list[ContactParty]]:
    """Return the people of contacts with their names, in the order in which they were added; one query."""
    found: dict[int, list[ContactParty]] = defaultdict(list)
    for row in _people(ids=sorted(contacts)) if contacts else ():
        found[row.contact_id].append(row)
    return found


def _of_contact(row: Contact, people: Sequence[ContactParty], said: str) -> _About:
    party = _main(people)
    drafted: str | None = row.drafted  # type: ignore[attr-defined]  # annotated
    if row.state == ContactState.DRAFT and drafted is not None:
        said = drafted
    found = _About(
        thing=row.public_id,
        reference=row.reference,
        age=row.age,
        said=said,
        channel=row.channel,
        language=row.language,
        interpreter_language=row.interpreter_language,
        municipality=row.municipality.name if row.municipality else "",
        assessed=bool(row.was_assessed),  # type: ignore[attr-defined]  # annotated
        state=row.state,
    )
    if party is not None:
        found.client = (party.client.merged_into or party.client) if party.client else None
        found.told_name = party.told_name or party.description
    return found


def _main(parties: Sequence[ContactParty]) -> ContactParty | None:
    """Return the person concerned, else the caller; a notifier's name never stands in a list."""
    for role in (PartyRole.CONCERNED, PartyRole.CALLER):
        for party in parties:
            if party.role == role:
                return party
    return None


def _of_case(row: Case) -> _About:
    return _About(
        thing=row.public_id,
        reference=row.reference,
        client=row.client.merged_into or row.client,
        language=row.client.contact_language,
        interpreter_language=row.client.interpreter_language,
    )


def _of_call_back(row: CallBack, people: Sequence[ContactParty]) -> _About:
    about = _About(
        thing=row.public_id, said=row.reason, language=row.language, state=row.state, agreed_at=row.agreed_at
    )
    if row.contact is not None:
        party = _main(people)
        about.reference = row.contact.reference
        about.municipality = row.contact.municipality.name if row.contact.municipality else ""
        about.age = row.contact.age
        if party is not None:
            about.client = (party.client.merged_into or party.client) if party.client else None
            about.told_name = party.told_name or party.description
    return about


def _others(ids: list[int]) -> dict[int, _About]:
    """Find the person of work items of later stages by the tie that the stage made for the work item."""
    found: dict[int, _About] = {}
    for tie in _ties(ids=ids) if ids else ():
        client = tie.client.merged_into or tie.client
        if tie.work_item_id is not None:
            found[tie.work_item_id] = _About(
                client=client, language=client.contact_language, interpreter_language=client.interpreter_language
            )
    return found
