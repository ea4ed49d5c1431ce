"""Ties between an actor and a client, and what they allow.

Full ties (own worker, the unit's case, an appointment, an emergency opening) show the whole case. A contact in hand
shows what belongs to first contact, and ends 24 hours after closing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db.models import BigIntegerField, Q, QuerySet
from django.db.models.functions import Coalesce

from polku.access.permissions import Relation as Tie
from polku.access.permissions import permit
from polku.access.queries import Who
from polku.access.states import ActorKind, Role
from polku.cases.models import Relation
from polku.cases.states import RelationKind
from polku.clients.models import PersonNumbers
from polku.clients.policy import CARE

FULL = (
    RelationKind.OWN_WORKER,
    RelationKind.UNIT_CASE,
    RelationKind.APPOINTMENT,
    RelationKind.EMERGENCY,
)
ANY = (*FULL, RelationKind.CONTACT_IN_HAND)


def related_roots(person: Who, at: datetime, kinds: tuple[str, ...]) -> QuerySet[PersonNumbers, int]:
    """Return ids of the people (their standing rows) to whom the actor has a tie of these kinds at a moment."""
    ties = Relation.objects.filter(
        Q(actor_id__in=person.stands_for) | Q(unit_id__in=person.units(CARE)),
        Q(ends_at__isnull=True) | Q(ends_at__gt=at),
        kind__in=kinds,
        starts_at__lte=at,
    )
    rows = PersonNumbers.objects.filter(pk__in=ties.values("client_id"))
    return rows.annotate(root=Coalesce("merged_into_id", "id", output_field=BigIntegerField())).values_list(
        "root", flat=True
    )


def of_roots(roots: QuerySet[PersonNumbers, int], field: str = "client_id") -> Q:
    """Return the condition that a column holds a row of one of these people, the standing one or one merged into it."""
    merged = PersonNumbers.objects.filter(merged_into_id__in=roots).values("pk")
    return Q(**{f"{field}__in": roots}) | Q(**{f"{field}__in": merged})


def tied(prefix: str = "", kinds: tuple[str, ...] = FULL) -> Callable[[Who, datetime], Q]:
    """Return a tie over a model whose path to the client is `prefix` (`""` on Client itself, else `client__`).

    Rows of merged people count as one person's.
    """

    def tie(person: Who, at: datetime) -> Q:
        return of_roots(related_roots(person, at, kinds), f"{prefix}pk")

    return tie


def in_own_unit(field: str = "unit", roles: tuple[str, ...] = (*CARE, Role.LEAD)) -> Tie:
    """Return a tie over a model with a unit: the actor has one of the roles there."""

    def tie(person: Who, at: datetime) -> Q:
        return Q(**{f"{field}_id__in": person.units(roles)})

    return tie


permit("clients.read", roles=CARE, relation=tied(kinds=ANY))
permit(
    "clients.read",
    roles=(Role.HEALTH,),
    relation=tied(kinds=(RelationKind.CONTACT_IN_HAND,)),
)
permit("clients.update", roles=CARE, relation=tied(kinds=ANY))
permit(
    "clients.update",
    roles=(Role.HEALTH,),
    relation=tied(kinds=(RelationKind.CONTACT_IN_HAND,)),
)
# Details under a ban on disclosure: for those whose tasks require them (661/2009 37 §), with a logged reason.
permit(
    "clients.see_protected",
    roles=(Role.SOCIAL_WORKER, Role.COUNSELLOR, Role.GUIDANCE),
    relation=tied(kinds=FULL),
)
permit("cases.read", roles=CARE, relation=tied("client__"))
permit("cases.read", roles=(*CARE, Role.LEAD), relation=in_own_unit())
permit("cases.write", roles=CARE, relation=tied("client__"))
permit("cases.open", roles=CARE, kinds=(ActorKind.JOB,))
permit("cases.emergency", roles=(*CARE, Role.LEAD))
permit("work.read", roles=(*CARE, Role.LEAD), relation=in_own_unit())
permit("work.change", roles=(*CARE, Role.LEAD), relation=in_own_unit())
