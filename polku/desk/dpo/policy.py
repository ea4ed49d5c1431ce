"""Who oversees the use of data."""

from polku.access.permissions import permit
from polku.access.states import Role

permit("audit.review", roles=(Role.PROTECTION_OFFICER,))
