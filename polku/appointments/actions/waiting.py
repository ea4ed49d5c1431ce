"""The earlier-time list: those who have a time and would come earlier, in the order of joining.

A freed time is bookable at once by anybody. Its offer to the first on the list holds nothing: whoever takes it first
has it. An offer not answered in its time goes to the next one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.access.permissions import require
from polku.acting import action
from polku.appointments import freetimes, links, notices
from polku.appointments.actions.rows import worker_claims
from polku.appointments.actions.tracing import trace
from polku.appointments.models import Appointment, Place, WaitingEntry
from polku.appointments.queries import entry_of
from polku.appointments.snapshot import Wish, facts, local_day
from polku.appointments.states import WAITING, LinkPurpose, State, WaitState
from polku.kit.errors import Conflict, Invalid

OFFER_LASTS = timedelta(hours=2)
SOONEST = timedelta(hours=3)
"""A time that begins sooner is not offered by message: nobody could count on its being read."""


@action
def join(
    *,
    appointment: Appointment,
    by: Actor,
    at: datetime,
    key: str,
    place: Place | None = None,
    modes: Sequence[str] = (),
) -> WaitingEntry:
    """Put the client of a booked time on the list of those who would come earlier; joining twice is one entry.

    Raises:
        NotAllowed; Conflict when the time is not booked or has begun; Invalid when no client is known.
    """
    require(by, "appointments.change", appointment, at=at)
    return enter(appointment, by=by, at=at, key=key, place=place, modes=modes)


def enter(
    appointment: Appointment,
    *,
    by: Actor,
    at: datetime,
    key: str = "",
    place: Place | None = None,
    modes: Sequence[str] = (),
) -> WaitingEntry:
    """Join the list in the caller's transaction, who has checked the right."""
    row = Appointment.objects.select_for_update(no_key=True).get(pk=appointment.pk)
    running = WaitingEntry.objects.filter(appointment=row, state__in=WAITING).first()
    if running is not None:
        return running
    if row.client is None:
        raise Invalid("nobody", _("An earlier time can be offered only to a client who is known."), field="client")
    if row.state != State.BOOKED or row.starts_at <= at:
        raise Conflict("not_booked", _("Only a booked time that is still ahead can be changed to an earlier one."))
    entry = WaitingEntry.objects.create(
        appointment=row,
        client=row.client,
        kind=row.kind,
        unit=row.unit,
        place=place,
        modes=list(modes),
        created_at=at,
        created_by=by,
        key=key,
    )
    trace(row, "waiting_joined", by=by, at=at)
    return entry


@action
def leave(*, entry: WaitingEntry, by: Actor, at: datetime) -> None:
    """Take a client off the list; leaving twice is no error."""
    require(by, "appointments.change", entry.appointment, at=at)
    left = WaitingEntry.objects.filter(pk=entry.pk, state__in=WAITING).update(
        state=WaitState.LEFT, offered_at=None, offered_until=None, offered_start=None
    )
    if left:
        trace(entry.appointment, "waiting_left", by=by, at=at)


def end_entries(old: Appointment, *, at: datetime, moved_to: Appointment | None = None) -> WaitingEntry | None:
    """Close the list entry of a time that was cancelled or moved; taken when the new time is an earlier one.

    A client who moved to a later time did not get what they wait for: the entry goes on with the new time.
    Returns the entry, if there was one.
    """
    entry = WaitingEntry.objects.select_for_update().filter(appointment=old, state__in=WAITING).first()
    if entry is None:
        return None
    rows = WaitingEntry.objects.filter(pk=entry.pk)
    cleared = {"offered_at": None, "offered_until": None, "offered_start": None}
    if moved_to is None:
        rows.update(state=WaitState.OVER, **cleared)
    elif moved_to.starts_at < old.starts_at:
        rows.update(state=WaitState.TAKEN, **cleared)
    else:
        rows.update(appointment=moved_to, state=WaitState.WAITING, **cleared)
    return entry


def resume_entry(row: Appointment) -> None:
    """Let the client wait for an earlier time again whose place on the list ended with a cancelled time."""
    entry = WaitingEntry.objects.filter(appointment=row, state=WaitState.OVER).order_by("-pk").first()
    if entry is not None and entry_of(row) is None:
        WaitingEntry.objects.filter(pk=entry.pk).update(state=WaitState.WAITING)


def withdraw_offers(row: Appointment, *, resources: Sequence[int], at: datetime) -> None:
    """Take back the offers of a freed time that is booked again: who got them goes on waiting in their old place."""
    entries = WaitingEntry.objects.select_for_update().filter(
        state=WaitState.OFFERED, offered_start=row.starts_at, offered_workers__overlap=list(resources)
    )
    for entry in entries.order_by("pk"):
        notices.offer_withdrawn(entry, at=at)
        WaitingEntry.objects.filter(pk=entry.pk).update(
            state=WaitState.WAITING, offered_at=None, offered_until=None, offered_start=None
        )


def offer_freed(freed: Appointment, *, at: datetime, but: WaitingEntry | None = None) -> WaitingEntry | None:
    """Offer the time that an appointment has set free to the first on the list whom it suits.

    Called in the transaction that freed it. Returns the entry that got the offer.
    """
    if freed.capacity > 1:
        return None
    workers = [claim.resource_id for claim in worker_claims(freed)]
    return offer(freed.kind_id, freed.unit_id, freed.starts_at, workers, freed.mode, at=at, but=but.pk if but else None)


@action
def offer(
    kind_id: int,
    unit_id: int,
    start: datetime,
    workers: Sequence[int],
    mode: str,
    *,
    at: datetime,
    but: int | None = None,
) -> WaitingEntry | None:
    """Offer a free time to the first whom it suits: later time now, same kind and unit, place and way as wished."""
    if start < at + SOONEST:
        return None
    rows = WaitingEntry.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        Q(modes=[]) | Q(modes__contains=[mode]),
        kind_id=kind_id,
        unit_id=unit_id,
        state=WaitState.WAITING,
        appointment__state=State.BOOKED,
        appointment__during__startswith__gt=start,
    )
    rows = rows.exclude(declined__contains=[start]).exclude(pk__in=[but] if but else []).order_by("created_at", "id")
    time_: freetimes.Time | None = None
    for entry in rows.select_related("kind", "unit", "client", "place")[:50]:
        # The same time for everybody on the list: looked at once.
        time_ = time_ or _still_free(entry, start, workers, mode, at=at)
        if time_ is None:
            return None
        if entry.place_id is None or time_.place == entry.place_id:
            return _offer_to(entry, time_, at=at)
    return None


def _still_free(
    entry: WaitingEntry, start: datetime, workers: Sequence[int], mode: str, *, at: datetime
) -> freetimes.Time | None:
    day = local_day(start)
    read = facts(Wish(entry.kind, entry.unit), first=day, last=day, at=at, only=workers)
    return freetimes.fitting(start, workers, mode, read.need, read.calendars)


def _offer_to(entry: WaitingEntry, time_: freetimes.Time, *, at: datetime) -> WaitingEntry:
    until = min(at + OFFER_LASTS, time_.start - timedelta(hours=1))
    WaitingEntry.objects.filter(pk=entry.pk).update(
        state=WaitState.OFFERED,
        offered_at=at,
        offered_until=until,
        offered_start=time_.start,
        offered_workers=list(time_.workers),
        offered_mode=time_.mode,
        offered_place=time_.place,
    )
    entry.refresh_from_db()
    token = links.make(entry.appointment, at=at, purpose=LinkPurpose.OFFER, waiting=entry)
    notices.earlier_time(entry, offered(entry), token=token, at=at)
    return entry


def offered(entry: WaitingEntry) -> Appointment:
    """The offered time as an appointment that is not saved: what the message and the client's page show."""
    if entry.offered_start is None:
        raise ValueError("nothing is offered")
    return Appointment(
        kind=entry.kind,
        unit=entry.unit,
        client=entry.client,
        contact=entry.appointment.contact,
        mode=entry.offered_mode,
        place=entry.offered_place,
        during=DateTimeTZRange(
            entry.offered_start, entry.offered_start + timedelta(minutes=entry.kind.duration_minutes)
        ),
    )


@action
def decline(*, entry: WaitingEntry, by: Actor, at: datetime) -> None:
    """Turn an offer down: the client keeps the present time and stays on the list; the next one gets the offer."""
    require(by, "appointments.change", entry.appointment, at=at)
    row = WaitingEntry.objects.select_for_update().get(pk=entry.pk)
    if row.state == WaitState.OFFERED:
        _pass_on(row, at=at)


@action
def pass_on_lapsed(*, at: datetime, limit: int = 100) -> int:
    """Pass offers that were not answered in time to the next on the list; close entries whose time has come.

    A job runs this. Returns how many offers lapsed.
    """
    WaitingEntry.objects.filter(state__in=WAITING, appointment__during__startswith__lte=at).update(
        state=WaitState.OVER, offered_at=None, offered_until=None, offered_start=None
    )
    rows = WaitingEntry.objects.select_for_update(skip_locked=True).filter(
        state=WaitState.OFFERED, offered_until__lte=at
    )
    lapsed = list(rows.order_by("offered_until")[:limit])
    for row in lapsed:
        _pass_on(row, at=at)
    return len(lapsed)


def _pass_on(row: WaitingEntry, *, at: datetime) -> None:
    start, workers, mode = row.offered_start, list(row.offered_workers), row.offered_mode
    if start is None:
        return
    WaitingEntry.objects.filter(pk=row.pk).update(
        state=WaitState.WAITING,
        offered_at=None,
        offered_until=None,
        offered_start=None,
        declined=[*row.declined, start],
    )
    offer(row.kind_id, row.unit_id, start, workers, mode, at=at, but=row.pk)
