"""When a time falls away: a new attempt to reach the client who did not come, and the matter is seen again at once."""

from __future__ import annotations

from datetime import datetime, time

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from polku.access.models import Actor
from polku.appointments.models import Appointment, Participant
from polku.appointments.sentences import language_of
from polku.appointments.snapshot import local_day
from polku.appointments.spans import at_wall_time
from polku.appointments.states import UPCOMING
from polku.cases import actions as cases
from polku.clients.queries import details, root, same_person
from polku.contacts import callbacks, ending
from polku.contacts.models import CallBack
from polku.contacts.states import CallBackState, ContactState
from polku.rules.calendar import working_day_after

LATEST = time(16)
"""Local hour of the next working day by which the client is called."""


def open_new(row: Appointment, *, by: Actor, at: datetime) -> CallBack:
    """Promise a call on the next working day to the client who did not come; one attempt an appointment."""
    day = working_day_after(local_day(at), 1, eves=False)
    claim = row.claims.filter(position=1).select_related("resource__actor").first()
    return callbacks.promise(
        unit=row.unit,
        agreed_at=at_wall_time(day, LATEST),
        reason=_reason(row),
        by=by,
        at=at,
        key=_key(row, at=at),
        contact=row.contact,
        phone=_phone(row, at=at),
        language=language_of(row),
        assignee=claim.resource.actor if claim else None,
    )


def withdraw(row: Appointment, *, by: Actor, at: datetime) -> None:
    """Take the attempt back when the no-show was marked by mistake and nobody has called yet."""
    waiting = CallBack.objects.filter(key__startswith=_key(row), state=CallBackState.WAITING).first()
    if waiting is not None:
        callbacks.cancel(call_back=waiting, reason=taken_back(), by=by, at=at)


def taken_back() -> str:
    """Why an attempt or a met clock is undone: stored, so in the register's language whoever marks it."""
    with override("fi"):
        return _("The mark was taken back")


def bring_back(row: Appointment, *, at: datetime) -> None:
    """Let a matter that waited for this time be seen in the worklist at once, when no other time is booked for it.

    A contact that ended with a booked time waits for the last day of its limit (`contacts.ending`); without the time
    there is nothing to wait for (1301/2014 36 §, 1412/1997 14 d §).
    """
    if row.contact is None or row.contact.state != ContactState.CLOSED:
        return
    item = row.contact.work_item
    if item.closed_at is not None or item.hold_until is None:
        return
    times, seats = _upcoming(Q(contact=row.contact))
    if times.exists() or seats.exists():
        return
    cases.let_wait(item=item, until=None, reason="", at=at)


def booked_anew(row: Appointment) -> bool:
    """Whether the client has got another time or seat of the same kind, in the same matter, since this one fell away.

    The matter is the contact or case; without either, whatever is the client's. What was only moved since is not new.
    """
    matter = Q()
    if row.contact_id is not None:
        matter |= Q(contact=row.contact_id)
    if row.case_id is not None:
        matter |= Q(case=row.case_id)
    if row.client_id is not None:
        person = Q(client__in=same_person([row.client_id]))
        matter = matter & (person | Q(client__isnull=True)) if matter else person
    if not matter or row.closed_at is None:
        return False
    times, seats = _upcoming(matter)
    times = times.filter(kind=row.kind_id, booked_at__gte=row.closed_at)
    seats = seats.filter(appointment__kind=row.kind_id, created_at__gte=row.closed_at)
    taken_along = Q(appointment__replaces__isnull=False, created_at=F("appointment__created_at"))
    return times.filter(replaces__isnull=True).exists() or seats.exclude(taken_along).exists()


def _upcoming(matter: Q) -> tuple[QuerySet[Appointment], QuerySet[Participant]]:
    """The times and the seats in groups that are agreed and still ahead or under way."""
    return (
        Appointment.objects.filter(matter, state__in=UPCOMING),
        Participant.objects.filter(matter, state__in=UPCOMING),
    )


def wait_again(row: Appointment, *, at: datetime) -> None:
    """Let a matter wait for its booked time again that came back to the worklist when the time was cancelled."""
    if row.contact is not None:
        ending.waits_again(row.contact, at=at)


def attempt_of(row: Appointment) -> CallBack | None:
    """The latest attempt that was opened because the client did not come."""
    return CallBack.objects.filter(key__startswith=_key(row)).select_related("work_item").order_by("-pk").first()


def attempts_of_seats(group: Appointment) -> dict[str, CallBack]:
    """The latest attempt for each participant of a group who did not come, by the public id of the seat; one query."""
    rows = CallBack.objects.filter(key__startswith=f"no-show:{group.public_id}.").order_by("pk")
    return {row.key.split(":")[1].partition(".")[2]: row for row in rows}


def _key(row: Appointment, *, at: datetime | None = None) -> str:
    # The moment keeps a second no-show (after a mistake was put right) apart from the first.
    whose = row.public_id if row.seat is None else f"{row.public_id}.{row.seat.public_id}"
    return f"no-show:{whose}:" + (f"{at:%Y%m%d%H%M%S}" if at else "")


def _reason(row: Appointment) -> str:
    day = local_day(row.starts_at)
    # The words are stored, so they are in the register's language whoever marks it.
    with override("fi"):
        return _("%(kind)s %(day)s: the client did not come") % {
            "kind": row.kind.name,
            "day": f"{day.day}.{day.month}.{day.year}",
        }


def _phone(row: Appointment, *, at: datetime) -> str:
    """The client's number when the contact has none; never one under a ban on disclosure."""
    if row.client is None:
        return ""
    person = root(row.client)
    return next(iter(details([person], day=local_day(at))[person.pk].phones), "")
