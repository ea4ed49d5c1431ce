"""The clocks of a contact: which start, by what facts, and when they are met.

A contact carries the clocks that are about answering it (urgency, the promise of an answer) and, until a case is
opened, those of the matter itself (assessment, talk, the promise of a meeting). When a case opens, the matter's clocks
follow it from the same day 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from polku.access.models import Actor
from polku.cases.models import Case
from polku.clients.queries import age as age_of
from polku.contacts.models import CallBack, Contact, ContactParty
from polku.contacts.queries import notifier_of
from polku.contacts.queries import people as people_of
from polku.contacts.states import Channel, ContactState, NotifierKind, PartyRole, Result
from polku.deadlines import actions as deadlines
from polku.deadlines import queries
from polku.deadlines.ledger import Ledger
from polku.deadlines.models import RUNNING, Clock
from polku.deadlines.states import BINDING, Stop
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


def facts(contact: Contact, people: Sequence[ContactParty] | None = None) -> dict[str, Any]:
    """Return the facts that decide which clocks start, as they are known of a contact now.

    What the worker told stands first; age, who made contact, a wish to talk and urgency are worked out. An assessment
    that nobody has decided on starts only the clocks that the law ties to the person (36.2 and 36.3 §). `people` saves
    asking when the caller has them.
    """
    told: dict[str, Any] = dict(contact.facts)
    if "contact_by" not in told:
        told["contact_by"] = _contact_by(contact, people_of(contact) if people is None else people)
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


def _contact_by(contact: Contact, people: Sequence[ContactParty]) -> str:
    """Return who made contact, in the words of the rules."""
    who = notifier_of(people)
    if who is not None:
        return "authority" if who.notifier_kind == NotifierKind.AUTHORITY else "other"
    if contact.channel in {Channel.KELA, Channel.HEALTH_STATION, Channel.SHL_CONTACT, Channel.SHL_NOTIFICATION}:
        return "authority"
    roles = {party.role for party in people}
    if roles & {PartyRole.REPRESENTATIVE, PartyRole.GUARDIAN}:
        return "representative"
    if PartyRole.NEAR_PERSON in roles:
        return "near"
    return "other" if contact.channel == Channel.SHL_NOTICE else "client"


# --- Following what is known ---------------------------------------------------------------------------------------
#
# The caller has locked the contact's row and with it its work item (`moves.locked`), and gives the contact's people.


def sync(
    contact: Contact,
    people: Sequence[ContactParty],
    *,
    by: Actor,
    at: datetime,
    assessed: bool = False,
    fresh: bool = False,
) -> list[Clock]:
    """Bring the clocks of a recorded contact into line with what is known of it, and meet the promise of an answer.

    Args:
        assessed: urgency has now been assessed and recorded (1301/2014 36.1 §).
        fresh: the contact was made in this transaction and has no clocks yet.
    """
    with Ledger(contact.work_item, locked=True, fresh=fresh) as clocks:
        called_for = _follow(clocks, contact, people, by=by, at=at)
        _answered(clocks, contact, at=at)
        if assessed:
            clocks.meet(Stop.URGENCY_RECORDED, by=by, at=at)
    return called_for


def sync_if_changed(
    before: Mapping[str, Any], contact: Contact, people: Sequence[ContactParty], *, by: Actor, at: datetime
) -> None:
    """Let the clocks follow a change of the contact's people, unless no fact has changed by it."""
    if contact.state != ContactState.DRAFT and facts(contact, people) != before:
        sync(contact, people, by=by, at=at)


def _follow(
    clocks: Ledger,
    contact: Contact,
    people: Sequence[ContactParty],
    *,
    by: Actor,
    at: datetime,
    only_answering: bool = False,
) -> list[Clock]:
    known = facts(contact, people)
    if only_answering or any(party.case_id for party in people):
        known = _only_answering(known)
    moments = {"tt_talk": contact.talk_requested_at} if contact.talk_requested_at else {}
    return clocks.sync(known, counted_from_at=contact.received_at, moments=moments, by=by, at=at)


def answered(contact: Contact, *, at: datetime) -> None:
    """Meet the promise of an answer at the moment of the first answer."""
    with Ledger(contact.work_item, locked=True) as clocks:
        _answered(clocks, contact, at=at)


def _answered(clocks: Ledger, contact: Contact, *, at: datetime) -> None:
    waiting = any(clock.rule == ANSWER for clock in clocks.running)
    if waiting and contact.answered_at is not None and contact.answered_by is not None:
        clocks.meet(Stop.FIRST_ANSWER, by=contact.answered_by, at=at, happened_at=contact.answered_at)


def _only_answering(known: Mapping[str, Any]) -> dict[str, Any]:
    """Return facts that start no clock of the matter: the case carries them, or the contact ended without one."""
    kept = {name: value for name, value in known.items() if name in {"age", "contact_by", "urgent"}}
    return {**kept, "assessment_needed": False, "has_promise_contact": False}


# --- Ending ---------------------------------------------------------------------------------------------------------


def advised(contact: Contact, *, by: Actor, at: datetime) -> None:
    """Write the clocks of a contact that advice solved when it came: urgency was seen to, the promise was kept."""
    with Ledger(contact.work_item, fresh=True) as clocks:
        _follow(clocks, contact, (), by=by, at=at, only_answering=True)
        _answered(clocks, contact, at=at)
        clocks.meet(Stop.URGENCY_RECORDED, by=by, at=at)


def end(contact: Contact, *, by: Actor, at: datetime) -> list[Clock]:
    """Settle the clocks of a contact that has ended; returns those of its matter that an act keeps running.

    Whoever closes has seen that nothing is urgent: the clock of urgency is met. What the ending leaves without an
    object is cancelled with the ending as its reason. After a booking, or when the matter belongs to a case that is
    open, the matter's clocks go on: a time that is booked starts no assessment and is no talk (1301/2014 36 § 2 and
    3 mom., 1412/1997 14 d §), only the meeting is.
    """
    reason = _("The contact ended: %(result)s") % {"result": Result(contact.result).label}
    with Ledger(contact.work_item, locked=True) as clocks:
        _answered(clocks, contact, at=at)
        if contact.result in {Result.NOT_REACHED, Result.DUPLICATE}:
            clocks.cancel(reason, by=by, at=at)
        else:
            clocks.meet(Stop.URGENCY_RECORDED, by=by, at=at)
        if contact.result not in _GOES_ON:
            clocks.cancel(reason, by=by, at=at, rules=of_matter())
    return [clock for clock in clocks.running if _binding(clock)]


def _binding(clock: Clock) -> bool:
    """Tell whether an act has set the clock for the matter: the unit's own promise binds nobody after the ending."""
    return clock.basis in BINDING and clock.rule not in of_answering()


def binding(contact: Contact) -> bool:
    """Tell whether a clock that an act has set for the matter still runs on the contact itself."""
    return bool(still_binding(contact))


def still_binding(contact: Contact) -> list[Clock]:
    """Return the clocks set by an act for the matter that still run on the contact itself."""
    return [clock for clock in Clock.objects.filter(RUNNING, work_item=contact.work_item) if _binding(clock)]


# --- The case ---------------------------------------------------------------------------------------------------------


def follow_case(contact: Contact, case: Case, people: Sequence[ContactParty], *, by: Actor, at: datetime) -> None:
    """Let the matter's clocks follow the case that was opened; each person's case by their own age."""
    day = local_date(contact.received_at)
    known = facts(contact, people)
    known["age"] = age_of(case.client, day=day)
    known = _fitting({name: value for name, value in known.items() if value is not None}, contact)
    if contact.facts.get("assessment_needed") is None:
        # A case that is opened is a matter to be assessed, unless somebody has decided otherwise (36.1 §).
        known["assessment_needed"] = True
    moments = {"tt_talk": contact.talk_requested_at or contact.received_at}
    wanted = {
        start.rule: moments.get(start.rule, contact.received_at)
        for start in starting(known, day)
        if start.rule not in of_answering()
    }
    with Ledger(contact.work_item, locked=True) as here, Ledger(case.work_item) as there:
        here.hand_to(there, rules=of_matter(), by=by, at=at)
        there.open(wanted, known, by=by, at=at)


def join_case(contact: Contact, case: Case, *, by: Actor, at: datetime) -> None:
    """Let the matter's clocks go over to the case that was open already, where they are seen and met.

    The caller has locked both work items.
    """
    with Ledger(contact.work_item, locked=True) as here, Ledger(case.work_item, locked=True) as there:
        here.hand_to(there, rules=of_matter(), by=by, at=at)


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
