"""Seats of a group, given and taken back in the caller's transaction, who has checked the right and holds the locks."""

from __future__ import annotations

from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.appointments import attempts, links, notices, seats
from polku.appointments.actions.rows import changed_meanwhile, worker_claims
from polku.appointments.actions.tracing import trace
from polku.appointments.actions.tying import tie_workers
from polku.appointments.models import Appointment, Participant
from polku.appointments.sentences import aloud
from polku.appointments.states import UPCOMING, State
from polku.cases.models import Case
from polku.clients.models import Client
from polku.contacts.models import Contact
from polku.contacts.states import IN_HAND
from polku.kit.errors import Conflict


def take(
    group: Appointment, *, client: Client, contact: Contact | None, case: Case | None, promised_by: date | None,
    by: Actor, at: datetime, key: str = "", seat: int = 0, restored: int = 0, giver: int | None = None,
) -> Participant:  # fmt: skip
    """Give a client the lowest free seat (or `seat`), with the tie and the trace. The group's row is locked.

    `giver` is the id of who gave the seat when that is not who acts: a moved seat stays theirs.

    Raises:
        Conflict: `full`.
    """
    free = seat or free_seat(group, at=at)
    made = Participant.objects.create(
        appointment=group, seat=free, client=client, contact=contact, case=case, promised_by=promised_by,
        restored=restored, created_at=at, created_by_id=giver or by.pk, key=key,
    )  # fmt: skip
    own = seats.own(made)
    tie_workers(own, by=by, at=at)
    trace(own, "group_joined", by=by, at=at)
    return made


def free_seat(group: Appointment, *, at: datetime, wanted: int = 0) -> int:
    """The number of a free seat in a locked group: the wanted one if it can be had, else the lowest.

    Raises:
        Conflict: `full`, with the next group of the kind that has room (`next_group`).
    """
    held = Participant.objects.filter(appointment=group, state__in=seats.SEATED).values_list("seat", flat=True)
    free = [number for number in range(1, group.capacity + 1) if number not in set(held)]
    if not free:
        raise no_seat(group, "full", _("The group is full. Choose another time."), at=at)
    return wanted if wanted in free else free[0]


def no_seat(group: Appointment, code: str, message: object, *, at: datetime) -> Conflict:
    """A conflict that carries the next group with room, for a machine to try and for a person to be told."""
    following = seats.next_with_room(group.kind, group.unit, at=at)
    facts = None
    if following is not None:
        start, end = following.appointment.starts_at, following.appointment.ends_at
        facts = {
            "id": following.appointment.public_id,
            "start": start.isoformat().replace("+00:00", "Z"),
            "end": end.isoformat().replace("+00:00", "Z"),
            "free": following.free,
        }
    return Conflict(code, message, capacity=group.capacity, next_group=facts)


def locked_seat(participant: Participant) -> Participant:
    """The seat as it is now, locked until the end of the transaction, with the group's time."""
    Participant.objects.select_for_update(no_key=True).get(pk=participant.pk)
    rows = Participant.objects.select_related("appointment__kind", "appointment__unit", "appointment__place")
    return rows.get(pk=participant.pk)


def give_up(row: Participant, state: State, *, side: str, reason: str, by: Actor, at: datetime) -> None:
    """Free a seat: cancelled, or moved with the group.

    Raises:
        Conflict: it is marked already what became of the participant.
    """
    changed = Participant.objects.filter(pk=row.pk, state__in=UPCOMING).update(
        state=state, closed_at=at, closed_by=by, cancelled_side=side, cancelled_reason=reason
    )
    if not changed:
        raise changed_meanwhile(row)
    row.state, row.closed_at, row.closed_by = state, at, by


def seat_told(row: Participant, *, by: Actor, at: datetime) -> None:
    """Write down that a participant heard day, time and place just now, and the sentence as it was."""
    own = seats.own(row)
    worker_claims(own)
    in_contact = row.contact is not None and row.contact.state in IN_HAND
    row.told_at, row.told_by, row.told_text, row.told_in_first_contact = at, by, aloud(own, at=at), in_contact
    row.save(update_fields=["told_at", "told_by", "told_text", "told_in_first_contact"])
    trace(own, "group_told", by=by, at=at, data={"in_first_contact": in_contact})


def cancel_all(group: Appointment, *, side: str, reason: str, by: Actor, at: datetime, write: bool) -> None:
    """Tell every participant that the group was cancelled."""
    for row in _coming(group):
        give_up(row, State.CANCELLED, side=side, reason=reason, by=by, at=at)
        own = seats.own(row)
        trace(own, "group_left", by=by, at=at, text=reason, data={"side": side})
        if write:
            notices.cancelled(own, at=at)
        attempts.bring_back(own, at=at)


def move_all(
    old: Appointment, new: Appointment, *, side: str, reason: str, by: Actor, at: datetime, immediate: bool
) -> None:
    """Take every participant along to the group's new time, each with their seat, first promise and a message."""
    for row in _coming(old):
        was = seats.own(row)
        give_up(row, State.MOVED, side=side, reason=reason, by=by, at=at)
        made = take(
            new, client=row.client, contact=row.contact, case=row.case, promised_by=row.promised_by, seat=row.seat,
            restored=row.restored, giver=row.created_by_id, by=by, at=at,
        )  # fmt: skip
        own = seats.own(made)
        notices.moved(was, own, token=links.make(own, at=at), at=at, immediate=immediate)


def _coming(group: Appointment) -> list[Participant]:
    """The participants who are still expected, locked, by seat."""
    list(Participant.objects.select_for_update(no_key=True).filter(appointment=group).order_by("pk").values_list("pk"))
    rows = Participant.objects.filter(appointment=group, state__in=UPCOMING).select_related("client", "contact", "case")
    found = list(rows.order_by("seat"))
    for row in found:
        row.appointment = group
    return found
