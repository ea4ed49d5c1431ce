"""An item as it is weighed: what was said first, what is ready, criteria with reasons, who must not take part."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from polku.access.models import Actor
from polku.access.permissions import can
from polku.contacts.queries import said_first
from polku.kit.localtime import local_date
from polku.meetings import readiness, rubrics, services
from polku.meetings.models import Disqualification, Item, ItemCriterion, Meeting
from polku.meetings.readiness import Readiness
from polku.meetings.states import Basis, Fulfilled, Ground, Outcome
from polku.ui import words

_SAID = 2


@dataclass(frozen=True, slots=True)
class Said:
    """What was said in a contact, with its day and who wrote it down."""

    day: str
    text: str
    author: str


@dataclass(frozen=True, slots=True)
class Criterion:
    """A criterion as it stands: empty `fulfilled` when nothing has been written; `version` goes back with a save."""

    path: str
    name: str
    hint: str
    fulfilled: str
    label: str
    reason: str
    by: str
    version: int


@dataclass(frozen=True, slots=True)
class Disqualified:
    """Who must not take part, on which ground, and when they left; `number` names the row for taking it back."""

    number: int
    name: str
    ground: str
    note: str
    left: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the equal positions; `chosen` once it is written down."""

    value: str
    label: str
    chosen: bool
    needs_reason: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """An item as it is weighed. Of whoever is `barred` nothing but its place and service is told.

    Attributes:
        heading: "7 Salmela Jari, 52 years".
        client_id: number of the client, for the access log.
        decides: who decides on what the group has weighed, in a sentence.
    """

    public_id: str
    number: int
    heading: str
    case: str
    client_id: int
    service: str
    section: str
    basis: str
    question: str
    presenter: str
    said: tuple[Said, ...]
    ready: Readiness | None
    criteria: tuple[Criterion, ...]
    disqualified: tuple[Disqualified, ...]
    outcomes: tuple[Choice, ...]
    outcome: str
    reason: str
    decides: str
    barred: str
    may_weigh: bool
    may_settle: bool


def of(item: Item, meeting: Meeting, number: int, *, barred: bool, by: Actor, at: datetime) -> Opened:
    """Return an item as it is weighed; `number` is its place, `barred` that the reader is disqualified."""
    day = local_date(meeting.starts_at)
    client = item.case.client
    return Opened(
        public_id=item.public_id,
        number=number,
        heading=_heading(item, number, at=at) if not barred else str(number),
        case="" if barred else item.case.public_id,
        client_id=client.pk,
        service=services.name(item.service),
        section=services.section(item.service, day=day),
        basis=str(Basis(item.basis).label),
        question="" if barred else item.question,
        presenter=item.presenter.name,
        said=() if barred else _said(item, by=by, at=at),
        ready=None if barred else readiness.of([item], meeting.series, day=day)[item.pk],
        criteria=() if barred else criteria(item, meeting),
        disqualified=_disqualified(item),
        outcomes=tuple(_choice(one, item) for one in Outcome),
        outcome="" if barred else item.outcome,
        reason="" if barred else item.outcome_reason,
        decides=_decides(item, meeting),
        barred=_("You are disqualified in this item. You leave for its time.") if barred else "",
        may_weigh=not barred and can(by, "meetings.weigh", item, at=at),
        may_settle=not barred and can(by, "meetings.settle", item, at=at),
    )


def criteria(item: Item, meeting: Meeting) -> tuple[Criterion, ...]:
    """Return the criteria that the group weighs in an item, with what stands of each."""
    weighed = {row.criterion: row for row in ItemCriterion.objects.filter(item=item).select_related("written_by")}
    return tuple(
        _criterion(one, weighed.get(one.path)) for one in rubrics.of(meeting.series, day=local_date(meeting.starts_at))
    )


def _criterion(one: rubrics.Criterion, row: ItemCriterion | None) -> Criterion:
    return Criterion(
        path=one.path,
        name=one.name,
        hint=one.hint,
        fulfilled=row.fulfilled if row else "",
        label=str(Fulfilled(row.fulfilled).label) if row else "",
        reason=row.reason if row else "",
        by=row.written_by.name if row else "",
        version=row.version if row else 0,
    )


def _heading(item: Item, number: int, *, at: datetime) -> str:
    client = item.case.client
    born = client.birth_date
    if born is None:
        return f"{number} {words.person(client)}"
    today = local_date(at)
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return _("%(number)s %(name)s, %(age)s years") % {"number": number, "name": words.person(client), "age": age}


def _said(item: Item, *, by: Actor, at: datetime) -> tuple[Said, ...]:
    found = said_first([item.case.client], by=by, at=at, limit=_SAID)
    return tuple(Said(words.short_day(one.contact.received_at), one.text, one.author) for one in found)


def _disqualified(item: Item) -> tuple[Disqualified, ...]:
    rows = Disqualification.objects.filter(item=item, withdrawn_at__isnull=True).select_related("actor").order_by("pk")
    return tuple(
        Disqualified(row.pk, row.actor.name, str(Ground(row.ground).label), row.note, words.clock_time(row.left_at))
        for row in rows
    )


def _choice(one: Outcome, item: Item) -> Choice:
    return Choice(
        str(one.value), str(one.label), item.outcome == one, needs_reason=one in (Outcome.REFUSED, Outcome.RETURNED)
    )


def _decides(item: Item, meeting: Meeting) -> str:
    decider = item.decider or meeting.series.decider
    if decider is None:
        return _("The group prepares. The office-holder who decides and signs is chosen with the decision.")
    return _("The decision is made and signed by %(title)s %(name)s.") % {
        "title": decider.title, "name": decider.name,
    }  # fmt: skip
