"""From the form of the call desk to the contact: the draft as typed, what fits told, the assessment made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.http import QueryDict

from polku.access.models import Actor
from polku.access.permissions import can
from polku.contacts import actions as contacts
from polku.contacts import drafts
from polku.contacts.details import Details
from polku.contacts.drafts import Saved
from polku.contacts.models import Contact, Draft
from polku.contacts.queries import concerned
from polku.desk.call.forms import FACTS, CallForm, local_parts
from polku.kit.errors import Refused
from polku.kit.localtime import local_date
from polku.triage import actions as triage
from polku.triage.models import FirstAssessment

MANY = frozenset({"criteria", "facts"})
TICKS = frozenset({"asks_to_talk"})


@dataclass(frozen=True, slots=True)
class Kept:
    """What came of saving the form: the draft, the parsed form, and why something in it was not accepted."""

    saved: Saved
    form: CallForm
    error: Refused | None = None

    def errors(self) -> dict[str, list[str]]:
        """Return the words to show, by field."""
        found = {name: [str(text) for text in texts] for name, texts in self.form.errors.items()}
        if self.error is not None:
            found.setdefault(self.error.field or "said", []).append(str(self.error.message))
        return found


def typed(data: QueryDict) -> dict[str, Any]:
    """Return the fields of the form as typed, without what was said."""
    found: dict[str, Any] = {}
    for name in CallForm.base_fields:
        if name == "said" or (name not in data and name not in MANY | TICKS):
            continue
        found[name] = data.getlist(name) if name in MANY else data.get(name, "")
    return found


def initial(contact: Contact, draft: Draft | None) -> dict[str, Any]:
    """Return what stands in the form: what was typed last, else what the contact knows."""
    day, hour = local_parts(contact.received_at)
    told: dict[str, Any] = {
        "channel": contact.channel,
        "legal_kind": contact.legal_kind,
        "received_on": day,
        "received_time": hour,
        "consent": contact.consent,
        "no_consent_reason": contact.no_consent_reason,
        "language": contact.language,
        "interpreter_language": contact.interpreter_language,
        "preferred_way": contact.preferred_way,
        "municipality": contact.municipality_id or "",
        "age": contact.age,
        "need": contact.need,
        "asks_to_talk": contact.talk_requested_at is not None,
        "facts": [name for name, value in contact.facts.items() if value is True],
        "application": contact.facts.get("application", ""),
    }
    if draft is not None:
        # A known person's own municipality and age, stamped when they were found, stand over an empty field.
        told |= {name: value for name, value in draft.fields.items() if value or name not in {"municipality", "age"}}
        told["asks_to_talk"] = bool(told.get("asks_to_talk"))
        told["said"] = draft.said
    return told


def keep(
    contact: Contact, data: QueryDict, *, by: Actor, at: datetime, final: bool = False, autosave: bool = False
) -> Kept:
    """Save the form as typed, and tell the contact what in it is valid.

    Args:
        final: the worker acts (confirms, parks, finishes): the assessment is written down as it stands. An autosave
            writes it only when urgency is new, so that the duty worker hears of it at once.
        autosave: the form saved itself: its version must be the one that stands.
    """
    saved = drafts.save(
        contact=contact,
        version=_version(data),
        said=data.get("said", ""),
        fields=typed(data),
        by=by,
        at=at,
        pressed=not autosave,
    )
    form = CallForm(data, day=local_date(at))
    form.is_valid()
    if saved.stale or saved.overtaken:
        return Kept(saved, form)
    try:
        tell(contact, form, by=by, at=at)
        assess(contact, form, by=by, at=at, final=final)
    except Refused as error:
        return Kept(saved, form, error)
    return Kept(saved, form)


def _version(data: QueryDict) -> int:
    """Return the version on which the sent text is based."""
    given = data.get("version", "")
    return int(given) if given.isdecimal() and len(given) < 10 else 0


def tell(contact: Contact, form: CallForm, *, by: Actor, at: datetime) -> None:
    """Tell the contact what the form says, when that is something new."""
    details = form.details()
    if details.received_at is not None and details.received_at == _minute(contact.received_at):
        details = replace(details, received_at=None)
    if not details.municipality and known_person(contact):
        # An empty field of the form does not take away where a known person lives.
        details = replace(details, municipality=None)
    # Facts that the form does not have (the decision on the assessment) stay as they are.
    kept = {name: value for name, value in contact.facts.items() if name not in (*FACTS, "application")}
    details = replace(details, facts={**kept, **(details.facts or {})})
    if _news(contact, details):
        contacts.describe(contact=contact, details=details, by=by, at=at)
        contact.refresh_from_db()


def known_person(contact: Contact) -> bool:
    """Whether the person concerned has been found or made a client."""
    party = concerned(contact)
    return party is not None and party.client_id is not None


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def _news(contact: Contact, details: Details) -> bool:
    """Whether the details differ from what the contact knows already."""
    pairs: tuple[tuple[Any, Any], ...] = (
        (details.channel, contact.channel),
        (details.legal_kind, contact.legal_kind),
        (details.received_at, contact.received_at),
        (details.consent, contact.consent),
        (details.no_consent_reason, contact.no_consent_reason),
        (details.language, contact.language),
        (details.interpreter_language, contact.interpreter_language),
        (details.preferred_way, contact.preferred_way),
        (details.municipality, contact.municipality_id or ""),
        (details.age, contact.age),
        (details.need, contact.need),
        (details.asks_to_talk, contact.talk_requested_at is not None),
        (details.facts, contact.facts),
    )
    return any(new is not None and new != old for new, old in pairs)


def assess(contact: Contact, form: CallForm, *, by: Actor, at: datetime, final: bool) -> FirstAssessment | None:
    """Make the first assessment from the ticks, when they say something new."""
    weighs = can(by, "triage.assess", contact, at=at)
    tells = form.ticked and can(by, "triage.report_urgent", contact, at=at)
    if not (form.ticked or form.none_apply) or not (weighs or tells):
        return None
    grounds: str = form.cleaned_data.get("grounds", "").strip()
    last = triage.latest(contact)
    if not final and not (form.ticked and grounds and (last is None or set(last.criteria) != set(form.ticked))):
        return None
    same = last is not None and (set(last.criteria), last.grounds) == (set(form.ticked), grounds)
    # What health staff have told is assessed anew by the one who takes the contact, though nothing is changed in it.
    if last is not None and same and (not weighs or can(last.made_by, "triage.assess", contact, at=at)):
        return None
    made = triage.assess(
        contact=contact, criteria=form.ticked, none_apply=form.none_apply, grounds=grounds, by=by, at=at, key=""
    )
    contact.refresh_from_db()
    return made
