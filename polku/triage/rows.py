"""Rows of the worklist: what stands behind each work item, read for a whole page at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from polku.access.queries import away
from polku.cases.models import Case, Relation, WorkItem
from polku.cases.states import RelationKind, WorkKind
from polku.clients.models import Client
from polku.contacts.models import CallBack, Contact, ContactParty, ContactText
from polku.contacts.states import ContactState, PartyRole, TextKind
from polku.kit.localtime import local_date
from polku.triage.models import FirstAssessment

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
    """Return the rows of a page. At most nine queries, however many rows."""
    owners = away({item.assignee_id for item in items if item.assignee_id}, at=at)
    about: dict[int, _About] = {}
    about |= _contacts([item.pk for item in items if item.kind == WorkKind.CONTACT])
    about |= _cases([item.pk for item in items if item.kind == WorkKind.CASE])
    about |= _call_backs([item.pk for item in items if item.kind == WorkKind.CALL_BACK])
    about |= _others([item.pk for item in items if item.pk not in about])
    today = local_date(at)
    return [_row(item, about.get(item.pk) or _About(), owners, today=today) for item in items]


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


def _parties() -> Prefetch[str, QuerySet[ContactParty], str]:
    rows = ContactParty.objects.filter(removed_at__isnull=True).select_related("client__merged_into").order_by("id")
    return Prefetch("parties", queryset=rows, to_attr="present")


def _texts() -> Prefetch[str, QuerySet[ContactText], str]:
    newer = ContactText.objects.filter(contact=OuterRef("contact"), kind=TextKind.SAID, version__gt=OuterRef("version"))
    rows = ContactText.objects.filter(~Exists(newer), kind=TextKind.SAID)
    return Prefetch("texts", queryset=rows, to_attr="newest")


def _contacts(ids: list[int]) -> dict[int, _About]:
    if not ids:
        return {}
    assessments = FirstAssessment.objects.filter(contact=OuterRef("pk"))
    rows = (
        Contact.objects.filter(work_item_id__in=ids)
        .annotate(was_assessed=Exists(assessments))
        .select_related("municipality", "draft")
        .prefetch_related(_parties(), _texts())
    )
    return {row.work_item_id: _of_contact(row) for row in rows}


def _of_contact(row: Contact) -> _About:
    party = _main(row.present)  # type: ignore[attr-defined]  # set by the prefetch
    newest = row.newest[0].text if row.newest else ""  # type: ignore[attr-defined]
    if row.state == ContactState.DRAFT and hasattr(row, "draft"):
        newest = row.draft.said
    found = _About(
        thing=row.public_id,
        reference=row.reference,
        age=row.age,
        said=newest,
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


def _cases(ids: list[int]) -> dict[int, _About]:
    if not ids:
        return {}
    rows = Case.objects.filter(work_item_id__in=ids).select_related("client__merged_into")
    return {
        row.work_item_id: _About(
            thing=row.public_id,
            reference=row.reference,
            client=row.client.merged_into or row.client,
            language=row.client.contact_language,
            interpreter_language=row.client.interpreter_language,
        )
        for row in rows
    }


def _call_backs(ids: list[int]) -> dict[int, _About]:
    if not ids:
        return {}
    people = Prefetch(
        "contact__parties",
        queryset=ContactParty.objects.filter(removed_at__isnull=True)
        .select_related("client__merged_into")
        .order_by("id"),
        to_attr="present",
    )
    rows = (
        CallBack.objects.filter(work_item_id__in=ids).select_related("contact__municipality").prefetch_related(people)
    )
    found = {}
    for row in rows:
        about = _About(
            thing=row.public_id, said=row.reason, language=row.language, state=row.state, agreed_at=row.agreed_at
        )
        if row.contact is not None:
            party = _main(row.contact.present)  # type: ignore[attr-defined]  # set by the prefetch
            about.reference = row.contact.reference
            about.municipality = row.contact.municipality.name if row.contact.municipality else ""
            about.age = row.contact.age
            if party is not None:
                about.client = (party.client.merged_into or party.client) if party.client else None
                about.told_name = party.told_name or party.description
        found[row.work_item_id] = about
    return found


def _others(ids: list[int]) -> dict[int, _About]:
    """Find the person of work items of later stages by the tie that the stage made for the work item."""
    if not ids:
        return {}
    ties = Relation.objects.filter(~Q(kind=RelationKind.EMERGENCY), work_item_id__in=ids)
    found: dict[int, _About] = {}
    for tie in ties.select_related("client__merged_into").order_by("id"):
        client = tie.client.merged_into or tie.client
        if tie.work_item_id is not None:
            found[tie.work_item_id] = _About(
                client=client, language=client.contact_language, interpreter_language=client.interpreter_language
            )
    return found
