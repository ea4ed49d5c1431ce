"""Reading the spine: cases of a person, who works with them, what happened."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import Q, QuerySet

from polku.access.models import Actor
from polku.access.permissions import visible_to
from polku.access.queries import current, who
from polku.cases.models import Case, NamedWorker, Relation, TimelineEntry, WorkItem
from polku.cases.policy import FULL
from polku.cases.states import RelationKind
from polku.clients.models import Client
from polku.clients.queries import same_person


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
    row = NamedWorker.objects.filter(current(day), case=case).select_related("actor").order_by("-valid_from").first()
    return row.actor if row else None


def own_worker_of(client: Client, *, day: date) -> Actor | None:
    """Return the own worker in any open case of the person: a new contact goes there first."""
    rows = NamedWorker.objects.filter(current(day), case__in=open_cases(client)).select_related("actor")
    row = rows.order_by("-valid_from").first()
    return row.actor if row else None


def emergency_opening(client: Client, *, by: Actor, at: datetime) -> Relation | None:
    """Return the actor's emergency opening of the person's data that is in force, unless they have another full tie."""
    ties = Relation.objects.filter(
        Q(actor=by) | Q(unit_id__in=who(by, at=at).units()),
        Q(ends_at__isnull=True) | Q(ends_at__gt=at),
        Q(client=client) | Q(client__merged_into=client),
        starts_at__lte=at,
        kind__in=FULL,
    )
    found = list(ties.order_by("-starts_at"))
    if any(tie.kind != RelationKind.EMERGENCY for tie in found):
        return None
    return found[0] if found else None


def timeline(*, cases: Iterable[Case] = (), work_items: Iterable[WorkItem] = ()) -> QuerySet[TimelineEntry]:
    """Return what happened in these cases and work items, latest first, without texts that a later one corrects."""
    rows = TimelineEntry.objects.filter(Q(case__in=[c.pk for c in cases]) | Q(work_item__in=[w.pk for w in work_items]))
    return rows.filter(corrections__isnull=True).order_by("-happened_at", "-id")
