"""How long ties to a client last that somebody has already been given."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from polku.access.models import Actor, Unit
from polku.acting import action
from polku.cases.models import Case, Relation
from polku.cases.states import RelationKind


@action
def prolong(
    *, case: Case, kind: RelationKind, until: datetime, at: datetime, unit: Unit, actors: Iterable[Actor] = ()
) -> int:
    """Let running ties of a kind to a case, a unit's and some people's, last at least until a moment.

    Returns:
        How many now end later than they would have.
    """
    whose = Q(unit=unit) | Q(actor__in=[actor.pk for actor in actors])
    running = Relation.objects.filter(whose, case=case, kind=kind, ends_at__gt=at, ends_at__lt=until)
    return running.update(ends_at=until)
