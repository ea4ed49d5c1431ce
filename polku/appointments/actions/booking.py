"""Booking a held time, telling it, cancelling it, moving it in one step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor, Unit
from polku.access.permissions import require
from polku.access.states import ActorKind
from polku.acting import action
from polku.appointments import attempts, links, notices, seats
from polku.appointments.actions.claiming import claim, lock, tells_next
from polku.appointments.actions.holding import made_before
from polku.appointments.actions.rows import keep, locked, turn, worker_claims
from polku.appointments.actions.seating import cancel_all, move_all, seat_told, take
from polku.appointments.actions.tracing import trace
from polku.appointments.actions.tying import tie_workers
from polku.appointments.actions.waiting import end_entries, enter, offer_freed
from polku.appointments.models import Appointment, Resource
from polku.appointments.queries import is_taken
from polku.appointments.rules import check_client_may_change, require_rule
from polku.appointments.sentences import aloud
from polku.appointments.snapshot import Wish, utc
from polku.appointments.states import ROOM_MODES, CancelledBy, State
from polku.cases.models import Case
from polku.clients.models import Client
from polku.clients.queries import root
from polku.contacts.models import Contact
from polku.contacts.states import IN_HAND
from polku.kit.errors import Conflict, Invalid


@action
def confirm(
    *, appointment: Appointment, by: Actor, at: datetime,
    client: Client | None = None, contact: Contact | None = None, case: Case | None = None,
    told: bool = False, write: bool = True,
) -> Appointment:  # fmt: skip
    """Book a held time. The client gets a message at once when they can be written to; the worker gets the tie.

    `told` says that the sentence with day, time and place was read aloud just now (`tell`). `write` False leaves the
    message out (the client does not want one). Confirming twice is one booking.

    Raises:
        NotAllowed: it is not this actor's hold to confirm.
        Conflict: `hold_ended` (its facts tell whether the time is still free), `released` or `moved`.
        Invalid: `nobody`: neither client nor contact is known.
    """
    row = locked(appointment)
    if row.created_by_id != by.pk:
        require(by, "appointments.change", row, at=at)
    if row.state == State.BOOKED and row.booked_by_id == by.pk:
        return row
    person = client or row.client
    contact = contact or row.contact
    if row.capacity == 1 and person is None and contact is None:
        raise Invalid(
            "nobody", _("Say first for whom the time is: find the client, or open a contact."), field="client"
        )
    if row.state != State.HELD or row.held_until is None or row.held_until <= at:
        raise _not_held(row, at=at)
    if row.capacity > 1:
        return _book_group(row, person, contact, case or row.case, by=by, at=at, told=told, write=write)
    # By id: what the message says and whether the contact is open is read anew, under the lock.
    turn(
        row,
        State.BOOKED,
        booked_at=at,
        booked_by=by,
        client_id=root(person).pk if person else None,
        contact_id=contact.pk if contact else None,
        case_id=case.pk if case else row.case_id,
        work_item_id=row.work_item_id or (contact.work_item_id if contact else None),
    )
    tie_workers(row, by=by, at=at)
    trace(row, "booked", by=by, at=at)
    if told:
        _told(row, by=by, at=at)
    if write:
        notices.confirmed(row, token=links.make(row, at=at), at=at, immediate=True)
    return row


def _book_group(
    row: Appointment, person: Client | None, contact: Contact | None, case: Case | None, *,
    by: Actor, at: datetime, told: bool, write: bool,
) -> Appointment:  # fmt: skip
    """Book a held group time. It is nobody's own: whoever it was held for gets its first seat."""
    if contact is not None and person is None:
        raise Invalid("person_unknown", _("Find or create the person first: a seat is a known person's."), "client")
    promised_by = row.promised_by
    turn(
        row, State.BOOKED, booked_at=at, booked_by=by, client_id=None, contact_id=None, case_id=None,
        work_item_id=None, promised_by=None,
    )  # fmt: skip
    trace(row, "booked", by=by, at=at)
    if person is not None:
        seat = take(row, client=root(person), contact=contact, case=case, promised_by=promised_by, by=by, at=at)
        if told:
            seat_told(seat, by=by, at=at)
        if write:
            own = seats.own(seat)
            notices.confirmed(own, token=links.make(own, at=at), at=at, immediate=True)
    return row


def _not_held(row: Appointment, *, at: datetime) -> Conflict:
    """Why a hold cannot be confirmed."""
    if row.state in (State.HELD, State.EXPIRED):
        free = not is_taken(row, at=at)
        message = (
            _("The hold has ended, but the time is still free. Hold it again.")
            if free
            else _("The hold has ended, and somebody else has taken the time. Choose another one.")
        )
        return Conflict("hold_ended", message, field="slot", still_free=free)
    if row.state == State.RELEASED:
        return Conflict("released", _("The time has been let go. Hold it again."), field="slot")
    return Conflict("booked", _("The time has already been booked."), field="slot", state=row.state)


@action
def tell(*, appointment: Appointment, by: Actor, at: datetime) -> Appointment:
    """Write down that day, time and place were read aloud to the client just now, and the sentence as it was.

    It counts as told in the first contact only while the contact is still open. Telling twice keeps the first.

    Raises:
        NotAllowed; Conflict when the time is not booked.
    """
    require(by, "appointments.change", appointment, at=at)
    row = locked(appointment)
    if row.capacity > 1:
        raise Invalid("group", _("Each participant of a group is told by themselves."))
    if row.state != State.BOOKED:
        raise Conflict("not_booked", _("Only a booked time can be told. See what has happened to it."), state=row.state)
    if row.told_at is None:
        _told(row, by=by, at=at)
    return row


def _told(row: Appointment, *, by: Actor, at: datetime) -> None:
    """Write down on a locked, booked row that it was told."""
    worker_claims(row)
    in_contact = row.contact is not None and row.contact.state in IN_HAND
    told = {"told_at": at, "told_by": by, "told_text": aloud(row, at=at), "told_in_first_contact": in_contact}
    Appointment.objects.filter(pk=row.pk, told_at__isnull=True).update(**told)
    keep(row, **told)
    trace(row, "told", by=by, at=at, data={"in_first_contact": in_contact})


@action
def cancel(
    *, appointment: Appointment, side: CancelledBy, reason: str, by: Actor, at: datetime, write: bool = True
) -> Appointment:
    """Cancel a booked time: it is bookable at once, and offered to the first on the earlier-time list.

    Raises:
        NotAllowed; Invalid without a reason; Conflict when it is no longer booked; for the client by link or signed
        in also `too_late`.
    """
    require(by, "appointments.change", appointment, at=at)
    reason = _reason(reason, by)
    row = locked(appointment)
    if row.state == State.CANCELLED and row.closed_by_id == by.pk:
        return row
    check_client_may_change(row, by=by, at=at)
    turn(row, State.CANCELLED, closed_at=at, closed_by=by, cancelled_side=side, cancelled_reason=reason)
    links.use_up(row, at=at)
    end_entries(row, at=at)
    trace(row, "cancelled", by=by, at=at, text=reason, data={"side": side})
    if row.capacity > 1:
        cancel_all(row, side=side, reason=reason, by=by, at=at, write=write)
    elif write:
        notices.cancelled(row, at=at)
    attempts.bring_back(row, at=at)
    offer_freed(row, at=at)
    return row


@tells_next
@action
def move(
    *, appointment: Appointment, start: datetime, workers: Sequence[Resource], mode: str,
    side: CancelledBy, reason: str, by: Actor, at: datetime, key: str,
    unit: Unit | None = None, told: bool = False, wait: bool = False,
) -> Appointment:  # fmt: skip
    """Move a booked time in one step: the new one is booked or nothing changes. The first promise keeps counting.

    `told` as in `confirm`; `wait` puts the client on the earlier-time list with the new time.

    The freed time is bookable at once and offered to the first on the earlier-time list. Returns the new appointment;
    a repeat with the same key returns the same.

    Raises:
        NotAllowed; Invalid; Conflict with `next_free` when the new time cannot be taken, or when the old one is no
        longer booked; for the client also `too_late`.
    """
    if (made := made_before(by, key)) is not None:
        return made
    require(by, "appointments.change", appointment, at=at)
    reason = _reason(reason, by)
    start = utc(start)
    kind, unit = appointment.kind, unit or appointment.unit
    require_rule(by, kind, unit, at=at, need=appointment.need)
    old_claims = list(appointment.claims.values_list("resource_id", flat=True))
    lock(workers, day=start, rooms=kind.needs_room and mode in ROOM_MODES, at=at, also=old_claims)
    old = locked(appointment)
    if (made := made_before(by, key)) is not None:
        return made
    check_client_may_change(old, by=by, at=at)
    turn(old, State.MOVED, closed_at=at, closed_by=by, cancelled_side=side, cancelled_reason=reason)
    new = _copy(old, unit=unit, by=by, at=at, key=key)
    # Ignored for the next free time too, which is looked for when this has been taken back.
    claim(Wish(kind, unit, ignore=old.pk), start=start, workers=workers, mode=mode, at=at, row=new)
    _after_move(old, new, by=by, at=at, reason=reason, side=side, told=told)
    if wait and new.client_id is not None:
        enter(new, by=by, at=at)
    return new


def _copy(old: Appointment, *, unit: Unit, by: Actor, at: datetime, key: str) -> Appointment:
    """The new time of a moved one, still without when and where: for whom and why stay, the first promise too."""
    return Appointment(
        kind=old.kind, unit=unit, state=State.BOOKED, capacity=old.capacity,
        client_id=old.client_id, contact_id=old.contact_id, case_id=old.case_id, work_item_id=old.work_item_id,
        need=old.need, language=old.language, promised_by=old.promised_by, replaces=old,
        restored=old.restored, created_at=at, created_by=by, booked_at=at, booked_by=by, key=key,
    )  # fmt: skip


def _after_move(
    old: Appointment, new: Appointment, *, by: Actor, at: datetime, reason: str, side: str, told: bool
) -> None:
    """The rest of a move: ties, trace, message with a new link, lists."""
    tie_workers(new, by=by, at=at)
    trace(
        new,
        "moved",
        by=by,
        at=at,
        text=reason,
        data={"side": side, "from": old.starts_at.isoformat(), "was": old.public_id},
    )
    if told and new.capacity == 1:
        _told(new, by=by, at=at)
    waiting = end_entries(old, at=at, moved_to=new)
    links.use_up(old, at=at)
    immediate = by.kind != ActorKind.JOB
    if new.capacity > 1:
        move_all(old, new, side=side, reason=reason, by=by, at=at, immediate=immediate)
    else:
        notices.moved(old, new, token=links.make(new, at=at), at=at, immediate=immediate)
    offer_freed(old, at=at, but=waiting)


def _reason(reason: str, by: Actor) -> str:
    if by.kind in (ActorKind.LINK, ActorKind.CLIENT):
        return reason.strip()[:300] or "-"
    if not reason.strip():
        raise Invalid("reason_missing", _("Write why the time is cancelled or moved."), field="reason")
    return reason.strip()[:300]
