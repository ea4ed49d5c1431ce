"""Who sees measures: reports without identifiers for those who lead (decree 457/2024 24 §), and the guidance itself."""

from polku.access.permissions import permit
from polku.access.states import Role

permit("statistics.read", roles=(Role.LEAD, Role.ADMIN, Role.GUIDANCE, Role.SOCIAL_WORKER, Role.COUNSELLOR))
