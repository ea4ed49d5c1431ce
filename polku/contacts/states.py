"""Closed lists of the contact stage and the moves between states."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ContactState(models.TextChoices):
    """Where a contact stands; the row exists from the first keystroke."""

    DRAFT = "draft", _("Being written")
    OPEN = "open", pgettext_lazy("contact", "Open")
    PARKED = "parked", _("Parked")
    CLOSED = "closed", pgettext_lazy("contact", "Closed")
    DISCARDED = "discarded", _("Discarded")


TRANSITIONS: dict[str, frozenset[str]] = {
    ContactState.DRAFT: frozenset({ContactState.OPEN, ContactState.DISCARDED}),
    ContactState.OPEN: frozenset({ContactState.PARKED, ContactState.CLOSED}),
    ContactState.PARKED: frozenset({ContactState.OPEN, ContactState.CLOSED}),
    ContactState.CLOSED: frozenset({ContactState.OPEN}),
    ContactState.DISCARDED: frozenset(),
}

IN_HAND = (ContactState.DRAFT, ContactState.OPEN, ContactState.PARKED)
ARRIVED = (ContactState.OPEN, ContactState.PARKED, ContactState.CLOSED)


class Channel(models.TextChoices):
    """The way a contact came. All ways carry the same promise."""

    PHONE = "phone", _("Phone")
    E_FORM = "e_form", _("Electronic form")
    SHL_CONTACT = "shl_contact", _("Contact to social services (35.1 §)")
    SHL_NOTIFICATION = "shl_notification", _("Notification by an authority (35.2 §)")
    SHL_NOTICE = "shl_notice", _("Notification by anyone (35.3 §)")
    KELA = "kela", _("Kela's request")
    SOCIAL_ASSISTANCE = "social_assistance", _("With a social assistance application")
    PAPER = "paper", _("Paper form or letter")
    WALK_IN = "walk_in", _("Walk-in")
    LOCAL_POINT = "local_point", _("Local guidance point")
    HEALTH_STATION = "health_station", _("Health station's referral")
    REMOTE = "remote", _("Chat or remote meeting")


# The person is there while the worker writes: arriving and being answered are one moment.
LIVE = frozenset({Channel.PHONE, Channel.WALK_IN, Channel.LOCAL_POINT, Channel.REMOTE})


class LegalKind(models.TextChoices):
    """What the contact is before the law (1301/2014 34-35 §)."""

    ADVICE = "advice", _("Request for advice")
    APPLICATION = "application", _("Application")
    CONTACT = "contact_35_1", _("Contact with consent, 1301/2014 35.1 §")
    NOTIFICATION = "notification_35_2", _("Notification without consent, 1301/2014 35.2 §")
    NOTICE = "notification_35_3", _("Notification by anyone, 1301/2014 35.3 §")
    CHILD_PROTECTION = "child_protection", _("Child welfare notification, passed on (417/2007 25 §)")


# Some channels are a legal kind by themselves.
KIND_OF_CHANNEL: dict[str, LegalKind] = {
    Channel.SHL_CONTACT: LegalKind.CONTACT,
    Channel.SHL_NOTIFICATION: LegalKind.NOTIFICATION,
    Channel.SHL_NOTICE: LegalKind.NOTICE,
}

# Kinds that somebody else than the person makes: they need a notifier.
NOTIFIED = frozenset({LegalKind.CONTACT, LegalKind.NOTIFICATION, LegalKind.NOTICE, LegalKind.CHILD_PROTECTION})


class Consent(models.TextChoices):
    """Whether the person concerned agrees to the contact (1301/2014 35.1 §)."""

    NOT_ASKED = "not_asked", _("Not asked")
    GIVEN = "given", pgettext_lazy("consent", "Given")
    REFUSED = "refused", _("Refused or not obtainable")


class PartyRole(models.TextChoices):
    """A person's part in a contact."""

    CONCERNED = "concerned", _("Person concerned")
    CALLER = "caller", _("Caller")
    NOTIFIER = "notifier", _("Notifier")
    REPRESENTATIVE = "representative", _("Representative")
    NEAR_PERSON = "near_person", _("Near person")
    GUARDIAN = "guardian", _("Guardian")


class Knowledge(models.TextChoices):
    """How well a person in a contact is known."""

    KNOWN = "known", pgettext_lazy("person", "Known")
    PARTLY = "partly", _("Partly known")
    ANONYMOUS = "anonymous", _("Not known")


class NotifierKind(models.TextChoices):
    """Who notifies: a private person may stay anonymous, an authority never."""

    PRIVATE = "private", _("Private person")
    AUTHORITY = "authority", _("Authority or professional")


class TextKind(models.TextChoices):
    """What a kept text is."""

    SAID = "said", _("What was said")
    ANSWER = "answer", _("Answer")


class PreferredWay(models.TextChoices):
    """How the person wants to hear from us about this contact."""

    PHONE = "phone", _("By phone")
    SMS = "sms", _("By text message")
    EMAIL = "email", _("By e-mail")
    LETTER = "letter", _("By letter")
    NONE = "none", _("No answer wanted")


class Result(models.TextChoices):
    """How a contact ended."""

    ADVICE = "advice", _("Solved by advice")
    GUIDED = "guided", _("Guided to another service")
    BOOKED = "booked", _("A time was booked")
    CASE = "case", _("A case was opened")
    KNOWN_CASE = "known_case", _("Belongs to a case that is open")
    PASSED_ON = "passed_on", _("Passed on")
    NOT_REACHED = "not_reached", _("The person was not reached")
    WITHDRAWN = "withdrawn", _("The person withdrew")
    DUPLICATE = "duplicate", _("The same contact twice")


class CallBackState(models.TextChoices):
    """Where a promised call-back stands."""

    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Called")
    NOT_REACHED = "not_reached", _("Not reached")
    CANCELLED = "cancelled", pgettext_lazy("call-back", "Cancelled")


CALL_BACK_TRANSITIONS: dict[str, frozenset[str]] = {
    CallBackState.WAITING: frozenset({CallBackState.DONE, CallBackState.NOT_REACHED, CallBackState.CANCELLED}),
    CallBackState.DONE: frozenset(),
    CallBackState.NOT_REACHED: frozenset(),
    CallBackState.CANCELLED: frozenset(),
}
