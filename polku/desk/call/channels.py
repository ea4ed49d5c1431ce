"""What the desk calls a contact and the one who makes it: a call, a form, a letter, a visit, a notification."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from polku.contacts.states import Channel


@dataclass(frozen=True, slots=True)
class Words:
    """The desk's words for a channel. `ask` tells what is still to be told before any deadline starts."""

    person: Promise
    park: Promise
    parked: Promise
    go_on: Promise
    back: Promise
    ask: Promise
    icon: str = "document"


_WHO_AND_WHAT = _("Tell whom it concerns and what it is about: the deadlines appear here with their reasons.")
_CALL = Words(
    person=_("Caller"),
    park=_("Park the call"),
    parked=_("The call is parked. Its text is kept, and its deadlines go on."),
    go_on=_("Go on with the call"),
    back=_("Back to the call"),
    ask=_("Tell who calls and what it is about: the deadlines appear here with their reasons."),
    icon="phone",
)
_FORM = Words(
    person=_("Sender"),
    park=_("Park the form"),
    parked=_("The form is parked. Its text is kept, and its deadlines go on."),
    go_on=_("Go on with the form"),
    back=_("Back to the form"),
    ask=_WHO_AND_WHAT,
)
_LETTER = Words(
    person=_("Sender"),
    park=_("Park the letter"),
    parked=_("The letter is parked. Its text is kept, and its deadlines go on."),
    go_on=_("Go on with the letter"),
    back=_("Back to the letter"),
    ask=_WHO_AND_WHAT,
    icon="mail",
)
_VISIT = Words(
    person=_("Visitor"),
    park=_("Park the visit"),
    parked=_("The visit is parked. Its text is kept, and its deadlines go on."),
    go_on=_("Go on with the visit"),
    back=_("Back to the visit"),
    ask=_("Tell who has come and what it is about: the deadlines appear here with their reasons."),
    icon="person",
)
_CHAT = Words(
    person=_("Who contacts"),
    park=_("Park the conversation"),
    parked=_("The conversation is parked. Its text is kept, and its deadlines go on."),
    go_on=_("Go on with the conversation"),
    back=_("Back to the conversation"),
    ask=_WHO_AND_WHAT,
    icon="video",
)
_NOTIFICATION = Words(
    person=_("Person concerned"),
    park=_("Park the notification"),
    parked=_("The notification is parked. Its text is kept, and its deadlines go on."),
    go_on=_("Go on with the notification"),
    back=_("Back to the notification"),
    ask=_WHO_AND_WHAT,
    icon="bell",
)
_APPLICATION = Words(
    person=_("Applicant"),
    park=_("Park the application"),
    parked=_("The application is parked. Its text is kept, and its deadlines go on."),
    go_on=_("Go on with the application"),
    back=_("Back to the application"),
    ask=_WHO_AND_WHAT,
)
# A contact to social services with consent, a request of Kela's, a referral: somebody else made it for the person.
_CONTACT = Words(
    person=_("Person concerned"),
    park=_("Park the contact"),
    parked=_("The contact is parked. Its text is kept, and its deadlines go on."),
    go_on=_("Go on with the contact"),
    back=_("Back to the contact"),
    ask=_WHO_AND_WHAT,
)

WORDS: dict[str, Words] = {
    Channel.PHONE: _CALL,
    Channel.E_FORM: _FORM,
    Channel.SHL_CONTACT: _CONTACT,
    Channel.SHL_NOTIFICATION: _NOTIFICATION,
    Channel.SHL_NOTICE: _NOTIFICATION,
    Channel.KELA: _CONTACT,
    Channel.SOCIAL_ASSISTANCE: _APPLICATION,
    Channel.PAPER: _LETTER,
    Channel.WALK_IN: _VISIT,
    Channel.LOCAL_POINT: _VISIT,
    Channel.HEALTH_STATION: _CONTACT,
    Channel.REMOTE: _CHAT,
}
