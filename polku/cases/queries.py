"""Reading the spine: cases of a person, who works with them, what happened."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from polku.access.models import Actor
from polku.access.permissions import visible_to
from polku.access.queries import current, who
from polku.asking import Question, value
from polku.cases.models import Case, NamedWorker, Relation, TimelineEntry
from polku.cases.policy import FULL
from polku.cases.states import RelationKind
from polku.clients.models import Client
from polku.clients.queries import same_person

PAGE = 50
"""Events of the timeline at a time."""
_END = datetime(9999, 1, 1, tzinfo=UTC)


def clients_visible_to(by: Actor, *, at: datetime) -> QuerySet[Client]:
    """Return the people whose first-contact data the actor may read now."""
    return visible_to(by, "clients.read", Client.objects.all(), at=at)


def cases_visible_to(by: Actor, *, at: datetime) -> QuerySet[Case]:
    """Return the cases that the actor may read now."""
    return visible_to(
        by,
        "cases.read",
        Case.objects.select_related("client", "unit", "work_item"),
        at=at,
    )


def open_cases(client: Client) -> QuerySet[Case]:
    """Return the person's open cases, oldest first."""
    return Case.objects.filter(client_id__in=same_person([client.pk]), closed_at__isnull=True).order_by("initiated_at")


def own_worker(case: Case, *, day: date) -> Actor | None:
    """Return the case's own worker (omatyöntekijä) on a day."""
    row = _OWN_WORKER.first(case=case.pk, day=day)
    return row.actor if row else None


_OWN_WORKER = Question(
    lambda: (
        NamedWorker.objects.filter(current(value("day")), case_id=value("case"))
        .select_related("actor")
        .order_by("-valid_from")[:1]
    )
)


def own_worker_of(client: Client, *, day: date) -> Actor | None:
    """Return the own worker in any open case of the person: a new contact goes there first."""
    rows = NamedWorker.objects.filter(current(day), case__in=open_cases(client)).select_related("actor")
    row = rows.order_by("-valid_from").first()
    return row.actor if row else None


# Of one person, by all their rows.
_FULL_TIES = Question(
    lambda: Relation.objects.filter(
        Q(actor_id=value("actor")) | Q(unit_id__any_of=value("units")),
        Q(ends_at__isnull=True) | Q(ends_at__gt=value("at")),
        client_id__any_of=value("clients"),
        starts_at__lte=value("at"),
        kind__in=FULL,
    ).order_by("-starts_at")
)


def emergency_opening(clients: list[int], *, by: Actor, at: datetime) -> Relation | None:
    """Return the actor's emergency opening of a person's data that is in force, unless they have another full tie.

    Args:
        clients: ids of all rows of the person (`clients.queries.same_person`).
    """
    found = _FULL_TIES(clients=clients, actor=by.pk, units=who(by, at=at).units(), at=at)
    if any(tie.kind != RelationKind.EMERGENCY for tie in found):
        return None
    return found[0] if found else None


def _told(**about: Any) -> Question[TimelineEntry]:
    """Return a question for the newest entries about something up to a place in the timeline, newest first."""

    def rows() -> QuerySet[TimelineEntry]:
        corrected = TimelineEntry.objects.filter(corrects_id=OuterRef("pk"))
        shown = Q(happened_at=value("moment"), pk__gte=value("entry"))
        found = TimelineEntry.objects.filter(~Exists(corrected), ~shown, happened_at__lte=value("moment"), **about)
        return found.order_by("-happened_at", "-pk")[: PAGE + 1]

    return Question(rows)


# Each way by its own index, which has the newest first: row security weighs the rows of a page, not of all years.
_OF_CASE = _told(case_id=value("case"))
_OF_ITEMS = _told(work_item_id__any_of=value("items"))


_MOMENT = "%Y%m%d%H%M%S%f"


def place(entry: TimelineEntry) -> str:
    """Return where an entry stands among others, for the address of what is before it: not every entry has a name."""
    return f"{entry.happened_at.astimezone(UTC):{_MOMENT}}-{entry.pk}"


def _place(before: str) -> dict[str, Any]:
    found = re.fullmatch(r"([0-9]{20})-([0-9]{1,18})", before)
    try:
        moment = datetime.strptime(found[1], _MOMENT).replace(tzinfo=UTC) if found else None
    except ValueError:
        moment = None
    if found is None or moment is None:
        return {"moment": _END, "entry": 0}
    return {"moment": moment, "entry": int(found[2])}


@dataclass(frozen=True, slots=True)
class Stretch:
    """A page of what happened, newest first; `older` when there is more before it."""

    entries: list[TimelineEntry]
    older: bool


def timeline(*, case: Case | None = None, items: Iterable[int] = (), before: str = "") -> Stretch:
    """Return what happened in a case and in work items (by their ids), without texts that a later one corrects.

    Args:
        before: the place of an entry (`place`): only what comes after it in the list, that is, happened before it.
            A page of the newest without it, or when it is no place.
    """
    reached = _place(before)
    wanted = list(items)
    found = {entry.pk: entry for entry in _OF_ITEMS(items=wanted, **reached)} if wanted else {}
    if case is not None:
        found |= {entry.pk: entry for entry in _OF_CASE(case=case.pk, **reached)}
    rows = sorted(found.values(), key=lambda entry: (entry.happened_at, entry.pk), reverse=True)
    return Stretch(rows[:PAGE], older=len(rows) > PAGE)
