"""Who keeps the register of users and units."""

from datetime import datetime

from django.db.models import Q

from polku.access.permissions import permit
from polku.access.queries import Who
from polku.access.states import Role


def _leads(person: Who, at: datetime) -> Q:
    return Q(pk__in=person.units((Role.LEAD, Role.ADMIN)))


permit("access.manage", roles=(Role.ADMIN,))
permit("access.set_unit", roles=(Role.LEAD, Role.ADMIN), relation=_leads)
