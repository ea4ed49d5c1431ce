"""What the log's words mean: names of data and actions as a person would say them."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from polku.access.states import Role

# Words of the log by how they begin: kinds of data, actions (`contacts.answer`), names of pages (`desk:person`). The
# longest beginning decides.
WHAT: dict[str, Promise] = {
    "client": _("Client's details"),
    "client.protected": _("Details under a ban on disclosure"),
    "clients.see_protected": _("Details under a ban on disclosure"),
    "desk:person": _("Client's details"),
    "desk:emergency": _("Client's details"),
    "contact": _("Contact"),
    "desk:call": _("Contact"),
    "desk:contact": _("Contact"),
    "triage.": _("Contact"),
    "case": _("Case"),
    "desk:case": _("Case"),
    "work": _("Worklist"),
    "desk:work": _("Worklist"),
    "appointment": _("Appointment"),
    "clock": _("Time limit"),
    "deadlines": _("Time limit"),
    "assessment": _("Assessment and plan"),
    "meeting": _("Meeting of a group"),
    "minutes": _("Minutes of a group"),
    "call-back": _("Call back"),
    "my day": _("My day"),
    "message": _("Message"),
    "outbox.": _("Message"),
    "desk:message": _("Message"),
    "statistics": _("Measures"),
    "access.": _("Register of users"),
    "desk:register": _("Register of users"),
    "desk:worker": _("Register of users"),
    "desk:machine": _("Register of users"),
    "audit": _("Access log"),
    "desk:dpo": _("Access log"),
    "audit.verify": _("The log was checked"),
    "sign-in": _("Signing in"),
    "sign-in failed": _("Signing in did not succeed"),
    "sign-out": _("Signing out"),
    # Pages that show nothing of a client, or several kinds of data: a refused try names them.
    "desk:": _("Contact"),
    "desk:search": _("Client's details"),
    "desk:find": _("Client's details"),
    "desk:pick": _("Client's details"),
    "desk:new_person": _("Client's details"),
    "desk:home": _("My day"),
    "desk:me": _("My day"),
    "desk:team": _("My day"),
    "desk:alerts": _("Worklist"),
    "desk:messages": _("Message"),
    "desk:take": _("Worklist"),
    "desk:hand_over": _("Worklist"),
    "desk:wait": _("Worklist"),
    "desk:give_back": _("Worklist"),
    "desk:release_one": _("Worklist"),
    "desk:keep_filter": _("Worklist"),
    "desk:item": _("Worklist"),
    "desk:add_worker": _("Register of users"),
    "desk:end_": _("Register of users"),
    "api": _("Interface for other systems"),
    "account_": _("Signing in"),
    "mfa_": _("Signing in"),
    "socialaccount_": _("Signing in"),
    "openid_": _("Signing in"),
    "end_sessions": _("Signing in"),
    "demo:": _("Signing in"),
    "desk:help": _("Technical page"),
    "ui:": _("Technical page"),
    "alive": _("Technical page"),
    "watch_": _("Technical page"),
    "sms_receipts": _("Technical page"),
}
_ROLES = {str(value): label for value, label in Role.choices}
_PURPOSES: dict[str, Promise] = {
    "emergency": _("Emergency"),
    "oversight": _("Oversight"),
    "guidance": _("Client guidance"),
}


def what(text: str) -> str:
    """Return what was used or done; a page may have shown several kinds of data, each is named once."""
    return ", ".join(dict.fromkeys(_one(word) for word in text.split(", ")))


def _one(word: str) -> str:
    known = max((begin for begin in WHAT if word.startswith(begin)), key=len, default="")
    return str(WHAT[known]) if known else word


def roles(text: str) -> str:
    """Return the roles in words."""
    return ", ".join(str(_ROLES.get(word, word)) for word in text.split(", ")) if text else ""


def purpose(text: str) -> str:
    """Return the purpose of use in words."""
    return str(_PURPOSES.get(text, text))
