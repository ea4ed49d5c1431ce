"""The clocks of a contact: which start, by what facts, and when they are met.

A contact carries the clocks that are about answering it (urgency, the promise of an answer) and, until a case is
opened, those of the matter itself (assessment, talk, the promise of a meeting). When a case opens, the matter's clocks
follow it from the same day 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from polku.access.models import Actor
from polku.cases.models import Case
from polku.clients.queries import age as age_of
from polku.contacts.models import CallBack, Contact
from polku.contacts.queries import notifier
from polku.contacts.states import Channel, ContactState, NotifierKind, PartyRole, Result
from polku.deadlines import actions as deadlines
from polku.deadlines import queries
from polku.deadlines.models import RUNNING, Clock
from polku.deadlines.states import Stop
from polku.kit.localtime import local_date
from polku.rules import versions
from polku.rules.deadlines import starting

ANSWER = "promise_answer"
MEETING = "promise_contact"
URGENCY = "urgent_assess"

# Endings after which somebody still meets the person: the matter's clocks go on.
_GOES_ON = frozenset({Result.BOOKED, Result.CASE, Result.KNOWN_CASE})


def of_answering() -> frozenset[str]:
    """Return the rules that are about answering a contact; they never follow a case."""
    return frozenset({ANSWER, URGENCY})


def of_matter() -> frozenset[str]:
    """Return the rules that are about the matter: they follow the case."""
    return frozenset(versions.all_rules()) - of_answering()


def facts(contact: Contact) -> dict[str, Any]:
    """Return the facts that decide which clocks start, as they are known of a contact now.

    What the worker told stands first; age, who made contact, a wish to talk and urgency are worked out. An assessment
    that nobody has decided on starts only the clocks that the law ties to the person (36.2 and 36.3 §).
    """
    told: dict[str, Any] = dict(contact.facts)
    told.setdefault("contact_by", _contact_by(contact))
    if contact.age is not None:
        told["age"] = contact.age
    if contact.talk_requested_at is not None:
        told["asks_to_talk"] = True
    if contact.work_item.urgent:
        told["urgent"] = True
    return _fitting(told, contact)


def _fitting(told: dict[str, Any], contact: Contact) -> dict[str, Any]:
    """Leave out what a later fact has made impossible (a special-support child who turns out to be grown up)."""
    age = told.get("age")
    if age is not None and age >= 18:
        told.pop("special_support_child", None)
    if age is not None and age >= 23:
        told.pop("under23_psychosocial", None)
    if "assessment_needed" not in told:
        started = {start.rule for start in starting(told, local_date(contact.received_at))}
        if not started & {"pta_start_adult", "pta_start_disabled", "pta_start_child"}:
            told["assessment_needed"] = False
    return told


def _contact_by(contact: Contact) -> str:
    """Return who made contact, in the words of the rules."""
    who = notifier(contact)
    if who is not None:
        return "authority" if who.notifier_kind == NotifierKind.AUTHORITY else "other"
    if contact.channel in {Channel.KELA, Channel.HEALTH_STATION, Channel.SHL_CONTACT, Channel.SHL_NOTIFICATION}:
        return "authority"
    roles = set(contact.parties.filter(removed_at__isnull=True).values_list("role", flat=True))
    if roles & {PartyRole.REPRESENTATIVE, PartyRole.GUARDIAN}:
        return "representative"
    if PartyRole.NEAR_PERSON in roles:
        return "near"
    return "other" if contact.channel == Channel.SHL_NOTICE else "client"


def sync(contact: Contact, *, by: Actor, at: datetime) -> None:
    """Bring the clocks of a recorded contact into line with what is known of it, and meet the promise of an answer."""
    known = facts(contact)
    if _has_case(contact) or (contact.state == ContactState.CLOSED and contact.result not in _GOES_ON):
        known = _only_answering(known)
    moments = {"tt_talk": contact.talk_requested_at} if contact.talk_requested_at else {}
    deadlines.sync_clocks(
        work_item=contact.work_item, facts=known, counted_from_at=contact.received_at, moments=moments, by=by, at=at
    )
    answered(contact, at=at)


def answered(contact: Contact, *, at: datetime) -> None:
    """Meet the promise of an answer at the moment of the first answer, when there is one."""
    if contact.answered_at is not None and contact.answered_by is not None:
        deadlines.meet(
            work_item=contact.work_item, what=Stop.FIRST_ANSWER, by=contact.answered_by, at=at,
            happened_at=contact.answered_at,
        )  # fmt: skip


def _has_case(contact: Contact) -> bool:
    return contact.parties.filter(case__isnull=False, removed_at__isnull=True).exists()


def _only_answering(known: Mapping[str, Any]) -> dict[str, Any]:
    """Return facts that start no clock of the matter: the case carries them, or the contact ended without one."""
    kept = {name: value for name, value in known.items() if name in {"age", "contact_by", "urgent"}}
    return {**kept, "assessment_needed": False, "has_promise_contact": False}


def urgency_recorded(contact: Contact, *, by: Actor, at: datetime) -> None:
    """Meet the clock of assessing urgency (1301/2014 36.1 §)."""
    deadlines.meet(work_item=contact.work_item, what=Stop.URGENCY_RECORDED, by=by, at=at)


def close(contact: Contact, *, by: Actor, at: datetime) -> None:
    """Settle the clocks of a contact that has ended.

    Whoever closes has seen that nothing is urgent: the clock of urgency is met. What the ending leaves without an
    object is cancelled with the ending as its reason; after a booking the matter's clocks go on.
    """
    if contact.result in {Result.NOT_REACHED, Result.DUPLICATE}:
        _cancel(contact, by=by, at=at, rules=None)
        return
    urgency_recorded(contact, by=by, at=at)
    if contact.result not in _GOES_ON:
        _cancel(contact, by=by, at=at, rules=of_matter())


def _cancel(contact: Contact, *, by: Actor, at: datetime, rules: frozenset[str] | None) -> None:
    reason = _("The contact ended: %(result)s") % {"result": Result(contact.result).label}
    deadlines.cancel(work_item=contact.work_item, reason=reason, by=by, at=at, rules=rules)


def follow_case(contact: Contact, case: Case, *, by: Actor, at: datetime) -> None:
    """Let the matter's clocks follow the case that was opened; each person's case by their own age."""
    deadlines.move(source=contact.work_item, target=case.work_item, by=by, at=at, rules=of_matter())
    known = facts(contact)
    known["age"] = age_of(case.client, day=local_date(contact.received_at))
    known = _fitting({name: value for name, value in known.items() if value is not None}, contact)
    if contact.facts.get("assessment_needed") is None:
        # A case that is opened is a matter to be assessed, unless somebody has decided otherwise (36.1 §).
        known["assessment_needed"] = True
    for start in starting(known, local_date(contact.received_at)):
        if start.rule in of_answering():
            continue
        moment = contact.received_at
        if start.rule == "tt_talk" and contact.talk_requested_at is not None:
            moment = contact.talk_requested_at
        deadlines.open_clock(
            work_item=case.work_item, rule=start.rule, counted_from_at=moment, facts=known, by=by, at=at
        )


def statutory_running(contact: Contact) -> bool:
    """Tell whether a clock that an act has set for the matter still runs on the contact itself."""
    rows = Clock.objects.filter(RUNNING, work_item=contact.work_item, basis__in=["statute", "precaution"])
    return rows.exclude(rule__in=of_answering()).exists()


def answer_by(contact: Contact) -> datetime | None:
    """Return by when the contact is answered by the unit's promise: its closing time on the promised day."""
    clock = queries.latest_by_rule(contact.work_item, ANSWER)
    return clock.due_at if clock else None


def agree(row: CallBack, *, by: Actor, at: datetime) -> None:
    """Open the clock of the moment that was agreed for a call-back."""
    deadlines.agree(work_item=row.work_item, due_at=row.agreed_at, by=by, at=at)


def meet_agreed(row: CallBack, *, by: Actor, at: datetime) -> None:
    """Meet the agreed moment: somebody called."""
    deadlines.meet(work_item=row.work_item, what=Stop.CALLED_BACK, by=by, at=at)


def void_agreed(row: CallBack, *, by: Actor, at: datetime) -> None:
    """Cancel the agreed moment: nobody needs to call."""
    deadlines.cancel(work_item=row.work_item, reason=row.outcome, by=by, at=at)
