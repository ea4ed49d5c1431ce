"""Holding a time for some minutes while the client thinks, and letting it go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor, Unit
from polku.access.permissions import require
from polku.acting import action
from polku.appointments.actions.claiming import claim, lock, taken, tells_next
from polku.appointments.models import Appointment, Kind, Resource
from polku.appointments.rules import require_rule
from polku.appointments.snapshot import Wish, utc
from polku.appointments.states import ROOM_MODES, State
from polku.asking import Question, value
from polku.audit import actions as audit
from polku.cases.models import Case, WorkItem
from polku.clients.models import Client
from polku.contacts.models import Contact
from polku.kit.errors import Conflict, Invalid


@tells_next
@action
def hold(
    *, kind: Kind, unit: Unit, start: datetime, workers: Sequence[Resource], mode: str,
    by: Actor, at: datetime, key: str,
    client: Client | None = None, contact: Contact | None = None, case: Case | None = None,
    work_item: WorkItem | None = None, need: str = "", language: str = "", promised_by: date | None = None,
    instead: Appointment | None = None,
) -> Appointment:  # fmt: skip
    """Hold a time for the unit's hold minutes; colleagues see by whom and until when.

    `instead` is a hold of the same actor that is let go in the same step. A repeat with the same `key` gives the same
    appointment.

    Raises:
        NotAllowed: the role or the booking rules do not allow it.
        Invalid: the time has passed, is too soon, too far, or not of this kind.
        Conflict: `time_taken`, `time_held`, `no_room` or `not_open`, with `next_free`.
    """
    require(by, "appointments.book", at=at)
    require_rule(by, kind, unit, at=at, need=need)
    if not workers:
        raise Invalid("workers", _("Choose one of the times in the list."), field="slot")
    start = utc(start)
    wish = Wish(kind, unit, ignore=instead.pk if instead is not None else None)
    # Who comes too late is told at once, and neither waits for the locks nor makes others wait.
    ids = [worker.pk for worker in workers]
    if instead is None and (rival := taken(wish, start=start, at=at, workers=ids)) and not made_before(by, key):
        raise rival
    rooms = kind.needs_room and mode in ROOM_MODES
    lock(workers, day=start, rooms=rooms, at=at, also=_claimed(instead))
    if (made := made_before(by, key)) is not None:
        return made
    if instead is not None:
        release(appointment=instead, by=by, at=at)
    row = Appointment(
        kind=kind, unit=unit, capacity=kind.capacity, state=State.HELD,
        held_until=at + timedelta(minutes=unit.hold_minutes),
        client=client, contact=contact, case=case, work_item=work_item or _item(contact, case),
        need=need, language=language, promised_by=promised_by, created_at=at, created_by=by, key=key,
    )  # fmt: skip
    claim(wish, start=start, workers=workers, mode=mode, at=at, row=row)
    clients = [client.pk] if client else []
    audit.changed(by=by, at=at, what="appointments.held", subject=row.public_id, clients=clients, unit=unit.key)
    return row


def _item(contact: Contact | None, case: Case | None) -> WorkItem | None:
    """The work item whose clocks the meeting answers: the contact's, else the case's."""
    if contact is not None:
        return contact.work_item
    return case.work_item if case is not None else None


def made_before(by: Actor, key: str) -> Appointment | None:
    """The appointment that the actor made with this key before: a repeat is answered from it."""
    if not key:
        return None
    return _MADE.first(by=by.pk, key=key)


_MADE = Question(
    # The second condition is the index's own.
    lambda: Appointment.objects.filter(created_by=value("by"), key=value("key")).exclude(key="")
)


def _claimed(appointment: Appointment | None) -> list[int]:
    """The resources that an appointment claims."""
    if appointment is None:
        return []
    return list(appointment.claims.values_list("resource_id", flat=True))


@action
def release(*, appointment: Appointment, by: Actor, at: datetime) -> None:
    """Let a hold go; only its holder may. A hold that has ended already is no error.

    Raises:
        Conflict: the time has been booked meanwhile.
    """
    if appointment.created_by_id != by.pk:
        require(by, "appointments.change", appointment, at=at)
    let_go = Appointment.objects.filter(pk=appointment.pk, state=State.HELD).update(state=State.RELEASED)
    if not let_go:
        appointment.refresh_from_db(fields=["state"])
        if appointment.state not in (State.RELEASED, State.EXPIRED):
            raise Conflict("booked", _("The time has been booked already: cancel or move it instead."))
        return
    appointment.state = State.RELEASED
    audit.changed(by=by, at=at, what="appointments.released", subject=appointment.public_id)


@action
def expire(*, at: datetime, limit: int = 500) -> int:
    """Mark lapsed holds as ended; a job runs this so that no list shows them. Returns how many."""
    rows = Appointment.objects.select_for_update(skip_locked=True).filter(state=State.HELD, held_until__lte=at)
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[:limit])
    return Appointment.objects.filter(pk__in=ids, state=State.HELD).update(state=State.EXPIRED)
