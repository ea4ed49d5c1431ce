"""Who may do what in meetings.

A member of a series (or their deputy) sees its meetings and their items, and writes on the criteria; chair, vice chair,
leading social worker and secretary run it. Whoever presents a client sees the meeting and that client's item, and of
the others only that they take time. The unit's head and secretary plan its meetings.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from polku.access.permissions import Relation, permit
from polku.access.queries import Who, current
from polku.access.states import Role
from polku.cases.policy import FULL, has_tie, in_own_unit, tied
from polku.clients.policy import CARE
from polku.meetings.models import Item, Member
from polku.meetings.states import CHAIRS, RUNNERS

STAFF = (*CARE, Role.LEAD, Role.SECRETARY)
OFFICE = (Role.LEAD, Role.SECRETARY)


def member(series: str, roles: Iterable[str] = ()) -> Relation:
    """Return a tie over a model whose column `series` leads to a series: the actor is a member, in one of the roles."""
    wanted = tuple(roles)

    def tie(person: Who, at: datetime) -> Q:
        rows = Member.objects.filter(current(person.day), actor_id__in=person.stands_for, series_id=OuterRef(series))
        return Q(Exists(rows.filter(role__in=wanted) if wanted else rows))

    return tie


def presents_there(person: Who, at: datetime) -> Q:
    """The actor presents an item of the meeting."""
    return Q(Exists(Item.objects.filter(meeting_id=OuterRef("pk"), presenter_id__in=person.stands_for)))


def presents(person: Who, at: datetime) -> Q:
    """The actor, or somebody they stand for, presents the item or put it on the agenda."""
    return Q(presenter_id__in=person.stands_for) | Q(created_by_id__in=person.stands_for)


def with_a_tie(relation: Relation) -> Relation:
    """Return a relation to items that holds only while the actor has a tie to the client: it ends in time."""

    def tie(person: Who, at: datetime) -> Q:
        return relation(person, at) & has_tie(person, at, FULL, client="case__client_id")

    return tie


_group = with_a_tie(member("meeting__series_id"))
_runners = with_a_tie(member("meeting__series_id", RUNNERS))
_presenter = with_a_tie(presents)

# Of a series.
permit("meetings.plan", roles=STAFF, relation=member("pk", RUNNERS))
permit("meetings.plan", roles=OFFICE, relation=in_own_unit("unit", OFFICE))
permit("meetings.appoint", roles=STAFF, relation=member("pk", CHAIRS))
permit("meetings.appoint", roles=(Role.LEAD,), relation=in_own_unit("unit", (Role.LEAD,)))
permit("meetings.appoint", roles=(Role.ADMIN,))
permit("meetings.establish", roles=(Role.ADMIN, Role.LEAD))

# Of a meeting.
permit("meetings.read", roles=STAFF, relation=member("series_id"))
permit("meetings.read", roles=STAFF, relation=in_own_unit("series__unit", STAFF))
permit("meetings.read", roles=STAFF, relation=presents_there)
permit("meetings.run", roles=STAFF, relation=member("series_id", RUNNERS))
permit("meetings.arrange", roles=STAFF, relation=member("series_id", RUNNERS))
permit("meetings.arrange", roles=OFFICE, relation=in_own_unit("series__unit", OFFICE))

# Of a case.
permit("meetings.propose", roles=CARE, relation=tied("client_id"))
permit("meetings.propose", roles=CARE, relation=in_own_unit("unit", CARE))

# Of an item.
permit("meetings.see", roles=STAFF, relation=_group)
permit("meetings.see", roles=STAFF, relation=_presenter)
permit("meetings.see", roles=CARE, relation=tied("case__client_id"))
permit("meetings.change", roles=STAFF, relation=_presenter)
permit("meetings.change", roles=STAFF, relation=_runners)
permit("meetings.weigh", roles=STAFF, relation=_group)
permit("meetings.weigh", roles=STAFF, relation=_presenter)
permit("meetings.settle", roles=STAFF, relation=_runners)

# Of minutes.
permit("meetings.read_minutes", roles=STAFF, relation=member("meeting__series_id"))
permit("meetings.read_minutes", roles=STAFF, relation=in_own_unit("meeting__series__unit", STAFF))
permit("meetings.check_minutes", roles=STAFF, relation=member("meeting__series_id", CHAIRS))
permit("meetings.correct_minutes", roles=STAFF, relation=member("meeting__series_id", RUNNERS))
