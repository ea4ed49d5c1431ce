"""Call-backs (takaisinsoitto): promised to a person at an agreed time, a work item of their own. Late ones shout."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor, Unit
from polku.access.permissions import require
from polku.acting import action
from polku.audit import actions as audit
from polku.cases import actions as cases
from polku.cases.models import WorkItem
from polku.cases.states import WorkKind
from polku.contacts import clocks, messages
from polku.contacts import policy as _policy  # noqa: F401 - declares who may
from polku.contacts.models import CallBack, Contact
from polku.contacts.moves import concerned_ids
from polku.contacts.states import CALL_BACK_TRANSITIONS, CallBackState
from polku.kit import phone as phones
from polku.kit.errors import Conflict, Invalid


@action
def promise(
    *,
    unit: Unit,
    agreed_at: datetime,
    reason: str,
    by: Actor,
    at: datetime,
    key: str,
    contact: Contact | None = None,
    phone: str = "",
    language: str = "fi",
    assignee: Actor | None = None,
    follows: CallBack | None = None,
    tell: bool = False,
) -> CallBack:
    """Promise to call a person back at the latest at an agreed time; it stands in the target team's list.

    Args:
        unit: the team that calls.
        phone: the number to call; empty = that of the person in the contact.
        follows: the call that did not reach the person, when this is a new attempt.
        tell: send the person a message with the agreed time.

    Raises:
        NotAllowed; Invalid with the field (a time that is not ahead, no reason, a wrong number).
    """
    require(by, "contacts.call_back", at=at)
    if key and (made := CallBack.objects.filter(created_by=by, key=key).first()):
        return made
    if agreed_at <= at:
        raise Invalid("agreed_past", _("The agreed time must be ahead."), field="agreed_at")
    if not reason.strip():
        raise Invalid("reason_missing", _("Write what the call is about."), field="reason")
    item = cases.open_work(kind=WorkKind.CALL_BACK, unit=unit, at=at, assignee=assignee, language=language)
    row = _saved(
        CallBack(
            work_item=item, contact=contact, unit=unit, agreed_at=agreed_at, phone=_number(phone),
            reason=reason.strip()[:500], language=language, attempt=(follows.attempt + 1) if follows else 1,
            follows=follows, created_at=at, created_by=by, key=key,
        )
    )  # fmt: skip
    if row.work_item_id != item.pk:
        return row
    clocks.agree(row, by=by, at=at)
    if tell:
        messages.call_back_agreed(row, by=by, at=at)
    _trace(row, "call_back_promised", by=by, at=at, data={"agreed_at": agreed_at.isoformat()})
    return row


def _saved(row: CallBack) -> CallBack:
    """Save a new call-back; returns the one that the same request made a moment ago, if there is one."""
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        made = CallBack.objects.filter(created_by=row.created_by, key=row.key).first() if row.key else None
        if made is None:
            raise
        WorkItem.objects.filter(pk=row.work_item_id).delete()
        return made
    return row


def _number(phone: str) -> str:
    if not phone.strip():
        return ""
    try:
        return phones.parse(phone)
    except ValueError as error:
        raise Invalid(
            "phone_wrong", _("This is not a phone number. Write for example 040 123 4567."), field="phone"
        ) from error


@action
def done(
    *, call_back: CallBack, outcome: str, by: Actor, at: datetime, happened_at: datetime | None = None
) -> CallBack:
    """Note that the person was called and what came of it; a contact still without an answer is answered by this.

    Raises:
        NotAllowed; Invalid without an outcome; Conflict when it has ended already.
    """
    from polku.contacts import actions

    if not outcome.strip():
        raise Invalid("outcome_missing", _("Write what came of the call."), field="outcome")
    row = _end(call_back, CallBackState.DONE, outcome, by=by, at=at)
    if row.contact is not None and row.contact.is_open:
        actions.answer(contact=row.contact, by=by, at=at, happened_at=happened_at)
    _trace(row, "call_back_done", by=by, at=at, happened_at=happened_at, text=outcome.strip())
    return row


@action
def not_reached(
    *, call_back: CallBack, again_at: datetime, by: Actor, at: datetime, outcome: str = "", tell: bool = False
) -> CallBack:
    """Note that nobody answered, and promise the next attempt: silence is not an end. Returns the new call-back.

    Raises:
        NotAllowed; Invalid when the next time is not ahead; Conflict when it has ended already.
    """
    row = _end(call_back, CallBackState.NOT_REACHED, outcome, by=by, at=at)
    _trace(row, "call_back_not_reached", by=by, at=at, text=outcome.strip())
    following = promise(
        unit=row.work_item.unit,
        agreed_at=again_at,
        reason=row.reason,
        by=by,
        at=at,
        key=f"after:{row.public_id}",
        contact=row.contact,
        phone=row.phone,
        language=row.language,
        assignee=row.work_item.assignee,
        follows=row,
    )
    if tell:
        messages.attempted(row, by=by, at=at)
    return following


@action
def cancel(*, call_back: CallBack, reason: str, by: Actor, at: datetime) -> CallBack:
    """Cancel a call-back: the person called themselves or does not want it.

    Raises:
        NotAllowed; Invalid without a reason; Conflict when it has ended already.
    """
    if not reason.strip():
        raise Invalid("reason_missing", _("Write why the call-back is not needed."), field="reason")
    row = _end(call_back, CallBackState.CANCELLED, reason, by=by, at=at)
    _trace(row, "call_back_cancelled", by=by, at=at, text=reason.strip())
    return row


def _end(call_back: CallBack, to: str, outcome: str, *, by: Actor, at: datetime) -> CallBack:
    require(by, "contacts.end_call_back", call_back, at=at)
    origins = [state for state, ways in CALL_BACK_TRANSITIONS.items() if to in ways]
    ended = CallBack.objects.filter(pk=call_back.pk, state__in=origins).update(
        state=to, ended_at=at, ended_by=by, outcome=outcome.strip()[:1000]
    )
    if not ended:
        raise Conflict("call_back_ended", _("Somebody has already dealt with this call-back."))
    row = CallBack.objects.select_related("work_item__unit", "work_item__assignee", "contact", "unit").get(
        pk=call_back.pk
    )
    if to == CallBackState.CANCELLED:
        clocks.void_agreed(row, by=by, at=at)
    else:
        clocks.meet_agreed(row, by=by, at=at)
    cases.close_work(item=row.work_item, at=at)
    return row


def _trace(
    row: CallBack,
    event: str,
    *,
    by: Actor,
    at: datetime,
    happened_at: datetime | None = None,
    text: str = "",
    data: dict[str, object] | None = None,
) -> None:
    """Write the timeline of the call-back, and of its contact when it has one."""
    items = [row.work_item] + ([row.contact.work_item] if row.contact else [])
    for item in items:
        cases.note(
            event=f"contacts.{event}", by=by, at=at, happened_at=happened_at, work_item=item, text=text, data=data
        )
    audit.changed(
        by=by, at=at, happened_at=happened_at, what=f"contacts.{event}", subject=row.public_id,
        clients=concerned_ids(row.contact) if row.contact else (), unit=row.unit.key, record_class="contact",
    )  # fmt: skip
