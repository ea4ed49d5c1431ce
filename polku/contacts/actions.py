"""The life of a contact: start, record, describe, answer, park, resume, close, discard, reopen, open a case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor, Unit
from polku.access.permissions import require
from polku.acting import action
from polku.audit import actions as audit
from polku.cases import actions as cases
from polku.cases.models import WorkItem
from polku.contacts import clocks, drafts, ending, queries
from polku.contacts import policy as _policy  # noqa: F401 - declares who may
from polku.contacts.details import Details, check_complete, tell
from polku.contacts.models import Contact, ContactParty, Draft
from polku.contacts.moves import (
    arrival,
    concerned_ids,
    lock_beside,
    locked,
    move,
    new_work,
    save_new,
    to_write,
    trace,
)
from polku.contacts.states import (
    KIND_OF_CHANNEL,
    LIVE,
    Channel,
    ContactState,
    LegalKind,
    Result,
    TextKind,
)
from polku.kit.errors import Conflict, Invalid
from polku.storing import insert, together


@action
def start(
    *,
    unit: Unit,
    by: Actor,
    at: datetime,
    key: str,
    channel: str = Channel.PHONE,
    happened_at: datetime | None = None,
    language: str = "fi",
) -> Contact:
    """Start writing a contact: the row exists from the first keystroke, on the worker's own desk.

    Args:
        unit: the unit that answers.
        key: idempotency key of the page; a repeat gives the same contact.
        happened_at: when it truly arrived (paper, written down after an outage); drives the clocks.

    Raises:
        NotAllowed; Invalid when the arrival is in the future or before the unit existed.
    """
    require(by, "contacts.start", at=at)
    if key and (made := Contact.objects.filter(created_by=by, key=key).first()):
        return made
    received = arrival(unit, happened_at, at=at)
    contact = Contact(
        unit=unit,
        channel=channel,
        legal_kind=KIND_OF_CHANNEL.get(channel, LegalKind.ADVICE),
        received_at=received,
        language=language,
        created_at=at,
        created_by=by,
        key=key,
    )
    item = new_work(contact, assignee=by)
    if (stored := save_new(contact)) is not contact:
        return stored
    with together():
        insert(item)
        insert(Draft(contact=contact, saved_at=at, saved_by=by))
        trace(contact, "started", by=by, at=at, happened_at=received, data={"channel": channel}, people=())
    return contact


@action
def record(*, contact: Contact, by: Actor, at: datetime, details: Details | None = None) -> Contact:
    """Record a contact that was being written: it is open, its clocks run from its true arrival.

    A call or visit is answered at the moment it came. What stands in the draft becomes the first kept version of what
    was said. On a contact that is open already this only adds `details`.

    Raises:
        NotAllowed; Conflict when it is closed; Invalid with the field that the law asks for (reason for missing
        consent, consent, notifier).
    """
    row = to_write(contact, by=by, at=at)
    people = queries.people(row)
    changed = tell(row, details, at=at)
    if row.state != ContactState.DRAFT:
        return _described(row, people, changed, by=by, at=at)
    return recorded(row, people, changed, by=by, at=at)


def recorded(
    row: Contact,
    people: Sequence[ContactParty],
    changed: Mapping[str, object] | None = None,
    *,
    by: Actor,
    at: datetime,
    assessed: bool = False,
) -> Contact:
    """Open a locked contact that was being written, its clocks running from its true arrival: a part of an action.

    Args:
        changed: columns that the same action has set and not written yet.
        assessed: the same action has assessed its urgency.
    """
    check_complete(row, people)
    drafts.keep(contact=row, by=by, at=at)
    answered = {"answered_at": row.received_at, "answered_by": by} if row.channel in LIVE else {}
    row = move(row, ContactState.OPEN, **(changed or {}), **answered)
    if row.work_item.opened_at != row.received_at:
        WorkItem.objects.filter(pk=row.work_item_id).update(opened_at=row.received_at)
        row.work_item.opened_at = row.received_at
    clocks.sync(row, people, by=by, at=at, assessed=assessed)
    trace(row, "recorded", by=by, at=at, data={"kind": row.legal_kind}, people=people)
    return row


@action
def describe(*, contact: Contact, by: Actor, at: datetime, details: Details) -> Contact:
    """Change what is known of a contact in hand: kind, consent, language, municipality, facts. Clocks follow.

    Raises:
        NotAllowed; Conflict when it is closed; Invalid with the field.
    """
    row = to_write(contact, by=by, at=at)
    return _described(row, None, tell(row, details, at=at), by=by, at=at)


def _described(
    row: Contact, people: list[ContactParty] | None, changed: Mapping[str, object], *, by: Actor, at: datetime
) -> Contact:
    if not changed:
        return row
    people = queries.people(row) if people is None else people
    if row.state != ContactState.DRAFT:
        check_complete(row, people)
    Contact.objects.filter(pk=row.pk).update(**changed)
    told = {"changed": sorted(changed)}
    if row.state != ContactState.DRAFT:
        clocks.sync(row, people, by=by, at=at)
        trace(row, "described", by=by, at=at, data=told, people=people, details=told)
        return row
    # Of a draft only the log tells: it changes with every line that is typed.
    audit.changed(
        by=by, at=at, what="contacts.described", subject=row.public_id, clients=concerned_ids(row, people),
        unit=row.unit.key, record_class="contact", details=told,
    )  # fmt: skip
    return row


@action
def answer(
    *, contact: Contact, by: Actor, at: datetime, text: str = "", happened_at: datetime | None = None
) -> Contact:
    """Note the first answer to the person (or a later one); the promise clock is met by the first.

    Args:
        text: what was answered, kept as a version of its own.
        happened_at: when the person was truly answered.

    Raises:
        NotAllowed; Conflict when it is closed; Invalid when the time is in the future or before the arrival.
    """
    moment = happened_at or at
    row = to_write(contact, by=by, at=at)
    if not row.received_at <= moment <= at:
        raise Invalid(
            "answer_time", _("The answer cannot be in the future or before the contact arrived."), field="happened_at"
        )
    people = queries.people(row)
    if row.state == ContactState.DRAFT:
        row = recorded(row, people, by=by, at=at)
    if row.answered_at is None:
        row.answered_at, row.answered_by = moment, by
        row.save(update_fields=["answered_at", "answered_by"])
        clocks.answered(row, at=at)
    if text.strip():
        drafts.write_text(contact=row, kind=TextKind.ANSWER, text=drafts.plain(text, field="text"), by=by, at=at)
    trace(row, "answered", by=by, at=at, happened_at=moment, people=people)
    return row


@action
def park(*, contact: Contact, by: Actor, at: datetime, note: str = "") -> Contact:
    """Park a contact: the worker turns to another; it stays on their desk with its text, its clocks go on.

    Raises:
        NotAllowed; Conflict when it is parked or closed already.
    """
    row = to_write(contact, by=by, at=at)
    people = queries.people(row)
    let_out(row, people, by=by, at=at)
    row = move(row, ContactState.PARKED, parked_at=at, parked_note=note.strip()[:300])
    trace(row, "parked", by=by, at=at, text=note.strip(), people=people)
    return row


@action
def resume(*, contact: Contact, by: Actor, at: datetime) -> Contact:
    """Take a parked contact up again.

    Raises:
        NotAllowed; Conflict when it is not parked.
    """
    require(by, "contacts.write", contact, at=at)
    row = locked(contact)
    if row.state != ContactState.PARKED:
        raise Conflict("not_parked", _("The contact is not parked any more."))
    row = move(row, ContactState.OPEN, parked_at=None, parked_note="")
    trace(row, "resumed", by=by, at=at, people=queries.people(row))
    return row


def let_out(row: Contact, people: Sequence[ContactParty], *, by: Actor, at: datetime) -> None:
    """Record what was still being written and keep what was said, before the contact leaves its writer's hands."""
    if row.state == ContactState.DRAFT:
        recorded(row, people, by=by, at=at)
    else:
        drafts.keep(contact=row, by=by, at=at)


@action
def close(
    *,
    contact: Contact,
    result: str,
    by: Actor,
    at: datetime,
    topics: Iterable[str] = (),
    sources_used: Iterable[str] = (),
    minutes: int | None = None,
    passed_on_to: str = "",
    note: str = "",
) -> Contact:
    """Close a contact with its result. Ties that the contact gave end 24 hours later.

    A person who has been told something has been answered: closing without an earlier answer counts as the answer,
    unless the person was not reached or it was the same contact twice. What becomes of limits that an act has set for
    the matter: see `ending`.

    Raises:
        NotAllowed; Conflict when it is closed already; Invalid with the field.
    """
    known = ending.case_joined(contact) if result == Result.KNOWN_CASE else None
    if known is not None:
        lock_beside(contact, known[1].work_item)
    row = to_write(contact, by=by, at=at)
    _check_result(row, result, passed_on_to=passed_on_to)
    people = queries.people(row)
    let_out(row, people, by=by, at=at)
    if known is not None:
        ending.join_case(row, queries.present(known[0], people), known[1], people, by=by, at=at)
    answered: dict[str, object] = {}
    if row.answered_at is None and result not in {Result.NOT_REACHED, Result.DUPLICATE}:
        answered = {"answered_at": at, "answered_by": by}
    row = move(
        row, ContactState.CLOSED, closed_at=at, closed_by=by, result=result, parked_at=None, parked_note="",
        topics=_keys(topics) or row.topics, sources_used=_keys(sources_used) or row.sources_used,
        duration_minutes=row.duration_minutes if minutes is None else minutes,
        passed_on_to=passed_on_to.strip()[:200], **answered,
    )  # fmt: skip
    ending.work_ends(row, going_on=clocks.end(row, by=by, at=at), at=at)
    trace(row, "closed", by=by, at=at, text=note.strip(), data={"result": result}, people=people)
    return row


def _check_result(row: Contact, result: str, *, passed_on_to: str) -> None:
    """Raise Invalid when the contact cannot end so."""
    if result not in Result.values:
        raise Invalid("result_missing", _("Choose how the contact ended."), field="result")
    if result == Result.PASSED_ON and not passed_on_to.strip():
        raise Invalid("passed_on_to_missing", _("Write to whom it was passed on."), field="passed_on_to")
    if row.legal_kind == LegalKind.CHILD_PROTECTION and result not in {Result.PASSED_ON, Result.DUPLICATE}:
        raise Invalid(
            "child_protection_passed_on",
            _("A child welfare notification is passed on to child protection. Choose Passed on."),
            field="result",
        )


def _keys(values: Iterable[str]) -> list[str]:
    return sorted({value for value in values if value})[:20]


@action
def discard(*, contact: Contact, by: Actor, at: datetime) -> None:
    """Throw away a contact that was only being written and holds nothing (a wrong key pressed).

    Raises:
        NotAllowed; Conflict when it has been recorded, holds a text or names a person.
    """
    row = to_write(contact, by=by, at=at)
    draft = Draft.objects.filter(contact=row).first()
    if (draft and draft.said.strip()) or row.parties.filter(removed_at__isnull=True).exists():
        raise Conflict("not_empty", _("Something has been written here: close the contact with a result instead."))
    row = move(row, ContactState.DISCARDED)
    cases.close_work(item=row.work_item, at=at)
    trace(row, "discarded", by=by, at=at, people=())


@action
def reopen(*, contact: Contact, reason: str, by: Actor, at: datetime) -> Contact:
    """Open a closed contact again, for a reason: it was closed by mistake or the matter goes on.

    Raises:
        NotAllowed; Invalid without a reason; Conflict when it is not closed.
    """
    require(by, "contacts.write", contact, at=at)
    if not reason.strip():
        raise Invalid("reason_missing", _("Write why the contact is opened again."), field="reason")
    row = locked(contact)
    if row.state != ContactState.CLOSED:
        raise Conflict("not_closed", _("The contact is not closed."))
    people = queries.people(row)
    row = move(row, ContactState.OPEN, closed_at=None, closed_by=None, result="", passed_on_to="")
    cases.reopen_work(item=row.work_item, assignee=by)
    clocks.sync(row, people, by=by, at=at)
    trace(row, "reopened", by=by, at=at, text=reason.strip(), people=people)
    return row
