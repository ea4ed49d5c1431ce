"""Work that nobody present may open (T4): units where all are away, and whose work is on no present person's desk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet

from polku.access.models import Absence, Actor, Deputy, Membership, Unit
from polku.access.permissions import may_ever
from polku.access.queries import current
from polku.acting import beyond
from polku.cases.models import WorkItem
from polku.contacts.policy import READERS
from polku.kit.localtime import local_date
from polku.triage import policy as _policy  # noqa: F401 - declares who may
from polku.triage.sharing import URGENT, waits


@dataclass(frozen=True, slots=True)
class Unattended:
    """A unit's work that waits for nobody: how much, how much of it urgent, and what is due next. No person's data."""

    unit: Unit
    count: int
    urgent: int
    due: datetime | None


@beyond("figures of every unit's work that waits for nobody: no person's data")
def unattended(*, by: Actor, at: datetime) -> list[Unattended]:
    """Return the units with open work that nobody present may open, urgent ones first; empty for whom it is not.

    Every head of a unit and main user hears of every unit: whoever should is the one who is away.
    """
    if not may_ever(by, "triage.see_unattended", at=at):
        return []
    day = local_date(at)
    posts = Membership.objects.filter(current(day), ~_away("actor", at), unit=OuterRef("pk"), role__in=READERS)
    units = {unit.pk: unit for unit in Unit.objects.filter(current(day), ~Exists(posts))}
    rows = (
        WorkItem.objects.filter(~waits(day), ~_on_a_present_desk(day, at), closed_at__isnull=True, unit__in=units)
        .values("unit")
        .annotate(count=Count("pk"), urgents=Count("pk", filter=URGENT), due=Min("next_due"))
    )
    found = [Unattended(units[row["unit"]], row["count"], row["urgents"], row["due"]) for row in rows]
    return sorted(found, key=lambda row: (-row.urgent, row.due is None, row.due, row.unit.pk))


def _on_a_present_desk(day: date, at: datetime) -> Q:
    """The owner, or somebody who stands in for them, has a post today and is not away."""
    working = Q(Exists(Membership.objects.filter(current(day), actor=OuterRef("assignee")))) & ~_away("assignee", at)
    deputies: QuerySet[Deputy] = Deputy.objects.filter(current(day), ~_away("deputy", at), actor=OuterRef("assignee"))
    return Q(assignee__isnull=False) & (working | Q(Exists(deputies)))


def _away(whose: str, at: datetime) -> Q:
    return Q(Exists(Absence.objects.filter(actor=OuterRef(whose), starts_at__lte=at, ends_at__gt=at)))
