"""What the log's words mean: names of data and actions as a person would say them."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from polku.access.states import Role

# A page may have shown several kinds of data: their words stand in one row with commas.
WHAT: dict[str, Promise] = {
    "client": _("Client's details"),
    "client.protected": _("Details under a ban on disclosure"),
    "contact": _("Contact"),
    "case": _("Case"),
    "worklist": _("Worklist"),
    "appointment": _("Appointment"),
    "audit log": _("Access log"),
    "audit.verify": _("The log was checked"),
}
_ROLES = {str(value): label for value, label in Role.choices}
_PURPOSES: dict[str, Promise] = {
    "emergency": _("Emergency"),
    "oversight": _("Oversight"),
    "guidance": _("Client guidance"),
}


def what(text: str) -> str:
    """Return what was used or done; a word without a meaning of its own is shown as it is."""
    return ", ".join(str(WHAT.get(word, word)) for word in text.split(", "))


def roles(text: str) -> str:
    """Return the roles in words."""
    return ", ".join(str(_ROLES.get(word, word)) for word in text.split(", ")) if text else ""


def purpose(text: str) -> str:
    """Return the purpose of use in words."""
    return str(_PURPOSES.get(text, text))
