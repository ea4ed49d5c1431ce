"""The one worklist of work items: filters, counts, order, keyset pages. A fixed number of queries whatever its length.

Order: urgent first, then what is due next (nothing due last), then the oldest. What waits until a later day stands only
in its own list. Rows carry no municipality, phone or address of a person under a ban on disclosure.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from polku.access.models import Absence, Actor, Unit
from polku.access.permissions import visible_to
from polku.access.queries import who
from polku.acting import beyond
from polku.cases.models import Case, WorkItem
from polku.cases.states import WorkKind
from polku.contacts.models import CallBack, Contact
from polku.contacts.states import CallBackState
from polku.kit.errors import Invalid
from polku.kit.localtime import local_date
from polku.triage import policy as _policy  # noqa: F401 - declares who may
from polku.triage.rows import Row, rows_of
from polku.triage.sharing import URGENT, waits
from polku.triage.states import Scope

PAGE = 50


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list shows. Plain texts, so that it can stand in a URL and be saved; empty = any."""

    scope: str = Scope.TEAM
    unit: str = ""
    kind: str = ""
    language: str = ""
    interpreter: bool = False
    channel: str = ""
    municipality: str = ""

    def as_values(self) -> dict[str, Any]:
        """Return what differs from the usual list."""
        return {name: value for name, value in asdict(self).items() if value != _USUAL[name]}

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Filter:
        """Return a filter from a URL's or a saved row's values; unknown names are left out.

        Raises:
            Invalid: a value is not one of its alternatives.
        """
        known = {field.name for field in fields(cls)}
        given = {name: value for name, value in values.items() if name in known and value not in (None, "")}
        given["interpreter"] = given.get("interpreter") in (True, "1", "true", "on")
        given = {name: value if name == "interpreter" else str(value)[:60] for name, value in given.items()}
        found = cls(**given)
        if found.scope not in Scope.values:
            raise Invalid("choice_unknown", _("Choose one of the alternatives."), field="scope")
        if found.kind and found.kind not in WorkKind.values:
            raise Invalid("choice_unknown", _("Choose one of the alternatives."), field="kind")
        return found


_USUAL = asdict(Filter())


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the list; `after` opens the next one, None when this is the last."""

    rows: list[Row]
    after: str | None


def page(*, by: Actor, at: datetime, chosen: Filter | None = None, after: str = "", size: int = PAGE) -> Page:
    """Return a page of the worklist that the actor may see.

    Args:
        after: the cursor of the page before.

    Raises:
        Invalid: the cursor or the filter is not one that a page gives.
    """
    wanted = chosen or Filter()
    places = _behind(after) if after else [Q()]
    nearest = _nearest(wanted, places, by=by, at=at, size=size + 1)
    rows = _ordered(items(by=by, at=at, chosen=wanted).filter(pk__in=nearest))
    found = list(rows.select_related("unit", "assignee")[: size + 1])
    shown = found[:size]
    return Page(rows_of(shown, at=at), after=_cursor(shown[-1]) if len(found) > size else None)


@beyond("numbers of a list's next rows; the rows themselves are read behind the fence")
def _nearest(chosen: Filter, places: list[Q], *, by: Actor, at: datetime, size: int) -> list[int]:
    """Return ids of the first rows of each part: every unit of the actor's, and the desks of those they stand for.

    Each part is read in the order of its own index and only as far as needed; all that the actor may see lies in one of
    them (`policy`). The page itself then asks for the right again and takes the first of these few.
    """
    person = who(by, at=at)
    parts = [Q(unit_id=unit) for unit in person.units()] + [Q(assignee_id=pk) for pk in sorted(person.stands_for)]
    rows = _chosen(chosen, by=by, at=at)
    pieces = [_ordered(rows.filter(part, place)).values_list("pk")[:size] for part in parts for place in places]
    return [pk for (pk,) in pieces[0].union(*pieces[1:])] if len(pieces) > 1 else [pk for (pk,) in pieces[0]]


def items(*, by: Actor, at: datetime, chosen: Filter) -> QuerySet[WorkItem]:
    """Return the open work items of a filter that the actor may see, unordered."""
    return visible_to(by, "work.read", _chosen(chosen, by=by, at=at), at=at)


def _chosen(chosen: Filter, *, by: Actor, at: datetime) -> QuerySet[WorkItem]:
    """Return the open work items of a filter, whoever may see them."""
    rows = WorkItem.objects.filter(closed_at__isnull=True)
    if chosen.unit:
        rows = rows.filter(unit_id__in=list(Unit.objects.filter(public_id=chosen.unit).values_list("pk", flat=True)))
    if chosen.kind:
        rows = rows.filter(kind=chosen.kind)
    return _about(rows, chosen).filter(_scope(chosen.scope, by=by, at=at))


def _scope(scope: str, *, by: Actor, at: datetime) -> Q:
    """Return the condition of a scope. Mine includes what waits on the desk of somebody away whose deputy I am."""
    person, day = who(by, at=at), local_date(at)
    absent = Exists(Absence.objects.filter(actor=OuterRef("assignee"), starts_at__lte=at, ends_at__gt=at))
    mine = Q(assignee=by) | Q(absent, assignee_id__in=person.stands_for)
    of_scope: dict[str, Q] = {
        Scope.MINE: mine & ~waits(day),
        Scope.TEAM: Q(unit_id__in=person.units()) & ~waits(day),
        Scope.UNASSIGNED: Q(assignee__isnull=True) & ~waits(day),
        Scope.URGENT: URGENT & ~waits(day),
        Scope.LATE: Q(next_due__lt=at),
        Scope.ABSENT: Q(absent) & ~waits(day),
        Scope.ON_HOLD: waits(day),
    }
    return of_scope[scope]


def _about(rows: QuerySet[WorkItem], chosen: Filter) -> QuerySet[WorkItem]:
    """Narrow by what stands on the contact, case or call-back behind the work item."""
    if not (chosen.language or chosen.interpreter or chosen.channel or chosen.municipality):
        return rows
    of_contact = Q()
    if chosen.language:
        of_contact &= Q(language=chosen.language)
    if chosen.interpreter:
        of_contact &= ~Q(interpreter_language="")
    if chosen.channel:
        of_contact &= Q(channel=chosen.channel)
    if chosen.municipality:
        of_contact &= Q(municipality_id=chosen.municipality)
    wanted = Q(Exists(Contact.objects.filter(of_contact, work_item=OuterRef("pk"))))
    if chosen.language and not (chosen.interpreter or chosen.channel or chosen.municipality):
        wanted |= Q(Exists(Case.objects.filter(work_item=OuterRef("pk"), client__contact_language=chosen.language)))
        wanted |= Q(Exists(CallBack.objects.filter(work_item=OuterRef("pk"), language=chosen.language)))
    elif chosen.interpreter and not (chosen.channel or chosen.municipality):
        client = Q(work_item=OuterRef("pk")) & ~Q(client__interpreter_language="")
        if chosen.language:
            client &= Q(client__contact_language=chosen.language)
        wanted |= Q(Exists(Case.objects.filter(client)))
    return rows.filter(wanted)


def _ordered(rows: QuerySet[WorkItem]) -> QuerySet[WorkItem]:
    return rows.order_by("-urgent", F("next_due").asc(nulls_last=True), "id")


def _cursor(item: WorkItem) -> str:
    due = item.next_due.isoformat() if item.next_due else None
    text = json.dumps([item.urgent, due, item.pk])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _behind(cursor: str) -> list[Q]:
    """Return the conditions of standing behind a cursor in the list's order: any of them.

    Raises:
        Invalid: not a cursor that a page has given.
    """
    try:
        urgent, due, pk = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        moment = datetime.fromisoformat(due) if due is not None else None
        if not isinstance(urgent, bool) or not isinstance(pk, int) or (moment is not None and moment.tzinfo is None):
            raise ValueError(cursor)
    except (ValueError, TypeError, binascii.Error, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(
            "cursor_wrong", _("This page of the list is not there. Begin from its start."), "after"
        ) from error
    later: list[Q] = [Q(urgent=False)] if urgent else []
    if moment is None:
        return [Q(urgent=urgent, next_due__isnull=True, pk__gt=pk), *later]
    # Each an unbroken stretch of the index.
    return [
        Q(urgent=urgent, next_due__gte=moment) & (Q(next_due__gt=moment) | Q(pk__gt=pk)),
        Q(urgent=urgent, next_due__isnull=True),
        *later,
    ]


@beyond("how many a list holds, by the rule itself")
def counts(
    *, by: Actor, at: datetime, chosen: Filter | None = None, scopes: Iterable[str] = tuple(Scope.values)
) -> dict[str, int]:
    """Return how many work items each of the scopes holds, in one query; the rest of the filter applies."""
    narrowed = chosen or Filter()
    rows = visible_to(by, "work.read", WorkItem.objects.filter(closed_at__isnull=True), at=at)
    if narrowed.unit:
        rows = rows.filter(unit__public_id=narrowed.unit)
    if narrowed.kind:
        rows = rows.filter(kind=narrowed.kind)
    rows = _about(rows, narrowed)
    totals = {scope: Count("pk", filter=_scope(scope, by=by, at=at)) for scope in scopes}
    return dict(rows.aggregate(**totals))


@dataclass(frozen=True, slots=True)
class Alert:
    """What a duty worker hears of wherever they are: the urgent work item that nobody has, and how many there are."""

    first: Row
    count: int


def urgent_alert(*, by: Actor, at: datetime) -> Alert | None:
    """Return the most urgent work item in the actor's units that nobody present has; for every page."""
    person, day = who(by, at=at), local_date(at)
    if not person.units():
        return None
    absent = Exists(Absence.objects.filter(actor=OuterRef("assignee"), starts_at__lte=at, ends_at__gt=at))
    rows = visible_to(by, "work.read", WorkItem.objects.filter(closed_at__isnull=True, urgent=True), at=at)
    rows = rows.filter(Q(assignee__isnull=True) | Q(absent)).exclude(waits(day))
    rows = rows.filter(unit_id__in=person.units())
    found = list(_ordered(rows).select_related("unit", "assignee")[:20])
    if not found:
        return None
    return Alert(first=rows_of(found[:1], at=at)[0], count=len(found))


def late_call_backs(*, by: Actor, at: datetime) -> list[Row]:
    """Return the call-backs in the actor's units whose agreed time has passed: they shout."""
    waiting = CallBack.objects.filter(state=CallBackState.WAITING, agreed_at__lte=at)
    rows = visible_to(by, "work.read", WorkItem.objects.filter(closed_at__isnull=True), at=at)
    rows = rows.filter(pk__in=waiting.values("work_item_id")).order_by(F("next_due").asc(nulls_last=True), "id")
    return rows_of(list(rows.select_related("unit", "assignee")[:20]), at=at)


def get(public_id: str, *, by: Actor, at: datetime) -> WorkItem | None:
    """Return a work item that the actor may see."""
    rows = visible_to(by, "work.read", WorkItem.objects.select_related("unit", "assignee"), at=at)
    return rows.filter(public_id=public_id).first()
