"""Who may do what with decisions, letters and the library of reasonings.

Whoever works with the client prepares a decision; whoever has the power decides (`powers`: a named office-holder, by
the county's administrative rule). The secretary of the unit prints and posts its letters and reads nothing else of
them; automatic tasks send what goes by wire.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from polku.access.permissions import permit
from polku.access.queries import Who, current
from polku.access.states import ActorKind, Role
from polku.cases.policy import FULL, has_tie, in_own_unit, tied
from polku.clients.policy import CARE
from polku.decisions.models import Power

PREPARERS = (Role.GUIDANCE, Role.SOCIAL_WORKER, Role.COUNSELLOR, Role.LEAD)


def tied_by_case(person: Who, at: datetime) -> Q:
    """The actor has a full tie to the client whose case the decision belongs to."""
    return has_tie(person, at, FULL, client="case__client_id")


def has_power(person: Who, at: datetime) -> Q:
    """The actor has the power to decide something in the decision's unit today, or is the one named to decide it."""
    held = Power.objects.filter(current(person.day), actor_id=person.actor.pk)
    return Q(unit_id__in=list(held.values_list("unit_id", flat=True))) | Q(decider_id=person.actor.pk)


def letter_of_own_unit(person: Who, at: datetime) -> Q:
    """The letter's decision is of a unit where the actor is secretary."""
    return Q(decision__unit_id__in=person.units((Role.SECRETARY,)))


_units_case = in_own_unit("case__unit")

# Of a decision.
permit("decisions.read", roles=(*CARE, Role.LEAD), relation=tied_by_case)
permit("decisions.read", roles=(*CARE, Role.LEAD), relation=_units_case)
permit("decisions.read", roles=(*CARE, Role.LEAD), relation=has_power)
permit("decisions.write", roles=PREPARERS, relation=tied_by_case)
permit("decisions.write", roles=PREPARERS, relation=has_power)
permit("decisions.sign", roles=PREPARERS, relation=tied_by_case)
permit("decisions.sign", roles=PREPARERS, relation=has_power)
permit("decisions.deliver", roles=PREPARERS, relation=tied_by_case)
permit("decisions.deliver", roles=PREPARERS, relation=has_power)
# Of a case.
permit("decisions.begin", roles=PREPARERS, relation=tied("client_id"))
permit("decisions.begin", roles=PREPARERS, relation=in_own_unit())
# Of a letter and a print run.
permit("decisions.post", roles=(Role.SECRETARY,), relation=letter_of_own_unit)
permit("decisions.run", roles=(Role.SECRETARY,), relation=in_own_unit("unit", (Role.SECRETARY,)))
# What goes by wire, and what follows from the days.
permit("decisions.send", kinds=(ActorKind.JOB,))
# The library, and who has the power.
permit("decisions.reasonings", roles=(*CARE, Role.LEAD, Role.ADMIN))
permit("decisions.write_reasoning", roles=(Role.SOCIAL_WORKER, Role.LEAD, Role.ADMIN))
permit("decisions.review_reasoning", roles=(Role.SOCIAL_WORKER, Role.LEAD, Role.ADMIN))
permit("decisions.powers", roles=(Role.ADMIN,))
