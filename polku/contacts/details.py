"""What can be told of a contact besides its people and words, and what the law asks before it is recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from polku.access.models import Municipality
from polku.asking import Question, value
from polku.contacts.models import Contact, ContactParty
from polku.contacts.moves import arrival
from polku.contacts.queries import notifier_of
from polku.contacts.states import (
    KIND_OF_CHANNEL,
    NOTIFIED,
    Channel,
    Consent,
    ContactState,
    LegalKind,
    PreferredWay,
)
from polku.kit.errors import Invalid
from polku.rules.errors import FactError
from polku.rules.facts import checked

# Facts that a worker tells; the rest (age, who made contact, urgency, promises) are worked out.
TOLD_FACTS = frozenset(
    {
        "highest_care_allowance",
        "disabled",
        "special_support_child",
        "child_protection",
        "assessment_needed",
        "contact_by",
        "application",
        "application_incomplete",
        "service_kind",
        "under23_psychosocial",
    }
)


@dataclass(frozen=True, slots=True)
class Details:
    """What is told of a contact; None = leave as it is."""

    channel: str | None = None
    legal_kind: str | None = None
    received_at: datetime | None = None
    consent: str | None = None
    no_consent_reason: str | None = None
    language: str | None = None
    interpreter_language: str | None = None
    preferred_way: str | None = None
    municipality: str | None = None
    age: int | None = None
    need: str | None = None
    asks_to_talk: bool | None = None
    facts: Mapping[str, Any] | None = None
    topics: tuple[str, ...] | None = None
    sources_used: tuple[str, ...] | None = None
    minutes: int | None = None


def tell(contact: Contact, details: Details | None, *, at: datetime) -> dict[str, Any]:
    """Set what was told on a locked contact; returns the columns that changed, for the caller to write.

    Raises:
        Invalid: with the field.
    """
    if details is None:
        return {}
    before = _columns(contact)
    _set_kind(contact, details)
    _set_arrival(contact, details, at=at)
    _set_words(contact, details)
    _set_person(contact, details)
    if details.asks_to_talk is not None:
        contact.talk_requested_at = (contact.talk_requested_at or at) if details.asks_to_talk else None
    if details.facts is not None:
        contact.facts = _told(details.facts)
    return {name: value for name, value in _columns(contact).items() if value != before[name]}


def _columns(contact: Contact) -> dict[str, Any]:
    return {field.attname: getattr(contact, field.attname) for field in contact._meta.concrete_fields}


def _set_kind(contact: Contact, details: Details) -> None:
    if details.channel is not None:
        contact.channel = _one_of(Channel.values, details.channel, "channel")
    if details.legal_kind is not None:
        contact.legal_kind = _one_of(LegalKind.values, details.legal_kind, "legal_kind")
    contact.legal_kind = KIND_OF_CHANNEL.get(contact.channel, contact.legal_kind)
    if details.consent is not None:
        contact.consent = _one_of(Consent.values, details.consent, "consent")
    if details.no_consent_reason is not None:
        contact.no_consent_reason = _fitting(details.no_consent_reason, contact, "no_consent_reason")


def _set_arrival(contact: Contact, details: Details, *, at: datetime) -> None:
    if details.received_at is None or details.received_at == contact.received_at:
        return
    if contact.state != ContactState.DRAFT:
        raise Invalid(
            "arrival_fixed",
            _("The time of arrival can be changed only before the contact is recorded."),
            field="received_at",
        )
    contact.received_at = arrival(contact.unit, details.received_at, at=at)


def _set_words(contact: Contact, details: Details) -> None:
    for field in ("language", "interpreter_language"):
        value = getattr(details, field)
        if value is not None:
            if len(value) > 3 or (value and not (value.isascii() and value.isalpha())):
                raise Invalid("language_unknown", _("Give the language by its code, for example fi, sv or ar."), field)
            setattr(contact, field, value.lower() or (contact.language if field == "language" else ""))
    if details.preferred_way is not None:
        contact.preferred_way = _one_of(PreferredWay.values, details.preferred_way, "preferred_way")
    if details.need is not None:
        contact.need = _fitting(details.need, contact, "need")
    if details.topics is not None:
        contact.topics = sorted(set(details.topics))[:20]
    if details.sources_used is not None:
        contact.sources_used = sorted(set(details.sources_used))[:20]
    if details.minutes is not None:
        if not 0 <= details.minutes <= 1440:
            raise Invalid("minutes_wrong", _("Give the duration in minutes, at most 1440."), field="minutes")
        contact.duration_minutes = details.minutes


def _set_person(contact: Contact, details: Details) -> None:
    """Set the municipality and age told of somebody who is not known; a known person's own details stand."""
    if details.municipality is not None:
        _check_municipality(details.municipality)
        contact.municipality_id = details.municipality or None
    if details.age is not None:
        if not 0 <= details.age <= 130:
            raise Invalid("age_wrong", _("The age is in whole years, from 0 to 130."), field="age")
        contact.age = details.age


_OF_CODE = Question(lambda: Municipality.objects.filter(pk=value("code")))


def _check_municipality(code: str) -> None:
    if not code:
        return
    found = _OF_CODE.first(code=code)
    if found is None:
        raise Invalid("municipality_unknown", _("There is no such municipality."), field="municipality")
    if not found.in_county:
        raise Invalid(
            "municipality_outside",
            _("%(name)s is not in this county. Guide the person to their own wellbeing services county.")
            % {"name": found.name},
            field="municipality",
            municipality=code,
        )


def _told(facts: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in facts.items() if value not in (None, "")}
    for name in given:
        if name not in TOLD_FACTS:
            raise Invalid("fact_unknown", _("There is no such fact: %(fact)s.") % {"fact": name}, field=f"facts.{name}")
    try:
        return checked(given)
    except FactError as error:
        raise Invalid(
            "fact_wrong",
            _("These facts do not fit: %(why)s") % {"why": error.message},
            field=f"facts.{error.facts.get('fact', '')}",
        ) from error


def _one_of(values: list[str], value: str, field: str) -> str:
    if value not in values:
        raise Invalid("choice_unknown", _("Choose one of the alternatives."), field=field, known=", ".join(values))
    return value


def _fitting(value: str, contact: Contact, field: str) -> str:
    value = value.strip()
    most: int = getattr(contact._meta.get_field(field), "max_length", 0)
    if len(value) > most:
        raise Invalid("too_long", _("This is too long: at most %(most)s characters.") % {"most": most}, field=field)
    if "\x00" in value:
        raise Invalid("nul", _("The text has a character that cannot be stored (NUL)."), field=field)
    return value


def check_complete(contact: Contact, people: Sequence[ContactParty]) -> None:
    """Check what the law asks of a contact before it counts as recorded.

    Raises:
        Invalid: consent missing (35.1 §), its missing reason (35.2 §), notifier missing or not an authority.
    """
    if contact.legal_kind == LegalKind.CONTACT and contact.consent != Consent.GIVEN:
        raise Invalid(
            "consent_missing",
            _("A contact under 35.1 § needs the person's consent. Without it, record a notification (35.2 §)."),
            field="consent",
        )
    if contact.legal_kind == LegalKind.NOTIFICATION and not contact.no_consent_reason.strip():
        raise Invalid(
            "no_consent_reason_missing",
            _("Write why consent could not be had: a notification under 35.2 § needs the reason."),
            field="no_consent_reason",
        )
    if contact.legal_kind not in NOTIFIED:
        return
    notifier = notifier_of(people)
    if notifier is None:
        raise Invalid(
            "notifier_missing",
            _("Write who makes the contact. A private person may stay without a name."),
            field="notifier",
        )
    if contact.legal_kind in {LegalKind.CONTACT, LegalKind.NOTIFICATION} and notifier.notifier_kind != "authority":
        raise Invalid(
            "notifier_authority",
            _("This contact is made by an authority or professional (35.1 and 35.2 §): name and organisation."),
            field="notifier",
        )
