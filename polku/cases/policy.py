"""Ties between an actor and a client, and what they allow.

Full ties (own worker, the unit's case, an appointment, an item of a meeting, an emergency opening) show the whole case.
A contact in hand shows what belongs to first contact, and ends 24 hours after closing.
"""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, BooleanField, DateTimeField, Func, Q, TextField, Value

from polku.access.permissions import Relation as Tie
from polku.access.permissions import permit
from polku.access.queries import Who
from polku.access.states import ActorKind, Role
from polku.cases.states import RelationKind
from polku.clients.policy import CARE

FULL = (
    RelationKind.OWN_WORKER,
    RelationKind.UNIT_CASE,
    RelationKind.APPOINTMENT,
    RelationKind.MEETING,
    RelationKind.EMERGENCY,
)
ANY = (*FULL, RelationKind.CONTACT_IN_HAND)


class HasTie(Func):
    """Whether any of these actors or units has a tie to a person at a moment (a function of the database, `fence`).

    Asked of one row after another by the person's own few ties: those that a unit has together grow with the years.
    """

    function = "polku_has_tie"
    arity = 5
    output_field = BooleanField()


def has_tie(person: Who, at: datetime, kinds: tuple[str, ...], *, client: str = "client_id") -> Q:
    """Return the condition that the actor has a tie of these kinds, at a moment, to the person in the column `client`.

    Rows of merged people count as one person's.
    """
    numbers = ArrayField(BigIntegerField())
    return Q(
        HasTie(
            client,
            Value(sorted(person.stands_for), output_field=numbers),
            Value(person.units(CARE), output_field=numbers),
            Value([str(kind) for kind in kinds], output_field=ArrayField(TextField())),
            Value(at, output_field=DateTimeField()),
        )
    )


def tied(client: str, kinds: tuple[str, ...] = FULL) -> Tie:
    """Return a tie over a model whose column `client` holds a client's id: `pk` of Client itself, else `client_id`."""

    def tie(person: Who, at: datetime) -> Q:
        return has_tie(person, at, kinds, client=client)

    return tie


def in_own_unit(field: str = "unit", roles: tuple[str, ...] = (*CARE, Role.LEAD)) -> Tie:
    """Return a tie over a model with a unit: the actor has one of the roles there."""

    def tie(person: Who, at: datetime) -> Q:
        return Q(**{f"{field}_id__in": person.units(roles)})

    return tie


permit("clients.read", roles=CARE, relation=tied("pk", kinds=ANY))
permit(
    "clients.read",
    roles=(Role.HEALTH,),
    relation=tied("pk", kinds=(RelationKind.CONTACT_IN_HAND,)),
)
permit("clients.update", roles=CARE, relation=tied("pk", kinds=ANY))
permit(
    "clients.update",
    roles=(Role.HEALTH,),
    relation=tied("pk", kinds=(RelationKind.CONTACT_IN_HAND,)),
)
# Details under a ban on disclosure: for those whose tasks require them (661/2009 37 §), with a logged reason.
permit(
    "clients.see_protected",
    roles=(Role.SOCIAL_WORKER, Role.COUNSELLOR, Role.GUIDANCE),
    relation=tied("pk"),
)
permit("cases.read", roles=CARE, relation=tied("client_id"))
permit("cases.read", roles=(*CARE, Role.LEAD), relation=in_own_unit())
permit("cases.write", roles=CARE, relation=tied("client_id"))
permit("cases.open", roles=CARE, kinds=(ActorKind.JOB,))
permit("cases.emergency", roles=(*CARE, Role.LEAD))
permit("work.read", roles=(*CARE, Role.LEAD), relation=in_own_unit())
permit("work.change", roles=(*CARE, Role.LEAD), relation=in_own_unit())
