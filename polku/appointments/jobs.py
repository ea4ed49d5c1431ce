"""Steady work of the stage: lapsed holds, reminders, offers that were not answered, other calendars read in.

Nothing is queued ahead of its hour: a reminder is written when it is due, from the facts of that moment.
"""

from __future__ import annotations

import ipaddress
import logging
import socket
from datetime import datetime, timedelta
from time import monotonic
from urllib.parse import urlsplit

import httpx
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from polku.appointments import actions, links, notices, seats
from polku.appointments.icalendars import LARGEST
from polku.appointments.models import Appointment, BusySource, Kind
from polku.appointments.states import State
from polku.kit import clock
from polku.kit.errors import Invalid, Refused

AT_ONCE = 100
READ_AGAIN = timedelta(minutes=15)
PATIENCE = 10.0
LONGEST = 60.0
log = logging.getLogger("polku.appointments")


def remind_due(at: datetime, *, limit: int = AT_ONCE) -> int:
    """Write the reminders that are due: booked times that begin within their kind's hours and were not reminded of.

    A time booked within those hours needs no reminder: its confirmation has just gone. One that cannot be written is
    logged and left, so that it does not stand before the others. Returns how many were written.
    """
    hours = Kind.objects.filter(reminder_hours__isnull=False).values_list("reminder_hours", flat=True).distinct()
    written = 0
    for window in (timedelta(hours=number or 0) for number in hours):
        with transaction.atomic():
            rows = Appointment.objects.select_for_update(skip_locked=True, of=("self",)).filter(
                state=State.BOOKED,
                reminded_at__isnull=True,
                kind__reminder_hours=window // timedelta(hours=1),
                during__startswith__gt=at,
                during__startswith__lte=at + window,
            )
            written += sum(_remind(row, window, at=at) for row in rows.order_by("during")[:limit])
    return written


def _remind(row: Appointment, window: timedelta, *, at: datetime) -> int:
    Appointment.objects.filter(pk=row.pk).update(reminded_at=at)
    told = [row] if row.capacity == 1 else [seats.own(seat) for seat in seats.of(row) if seat.state == State.BOOKED]
    return sum(_remind_one(one, window, at=at) for one in told)


def _remind_one(row: Appointment, window: timedelta, *, at: datetime) -> int:
    """Write to one client, unless they have just heard of the time."""
    heard_at = row.seat.created_at if row.seat is not None else row.booked_at
    if heard_at is not None and heard_at > row.starts_at - window:
        return 0
    try:
        with transaction.atomic():
            return int(notices.reminder(row, token=links.make(row, at=at), at=at) is not None)
    except Refused as error:
        log.error("reminder not written", extra={"appointment": row.public_id, "error": error.code})
        return 0


def read_due(at: datetime, *, limit: int = 20) -> int:
    """Read the other calendars whose turn it is; one that cannot be read keeps its last times and says why.

    The reading happens outside any transaction. Returns how many were read.
    """
    due = BusySource.objects.filter(~Q(url="")).filter(Q(tried_at__isnull=True) | Q(tried_at__lte=at - READ_AGAIN))
    done = 0
    for source in due.order_by(F("tried_at").asc(nulls_first=True))[:limit]:
        done += _read(source, at=at)
    return done


def _read(source: BusySource, *, at: datetime) -> int:
    try:
        content = fetched(source.url)
        actions.replace_busy_times(source=source, content=content, at=at)
    except (httpx.HTTPError, Refused) as error:
        # The address is a secret of the worker: only what went wrong is kept and logged.
        actions.note_problem(source=source, problem=type(error).__name__, at=at)
        log.warning("calendar not read", extra={"source": source.public_id, "error": type(error).__name__})
        return 0
    return 1


def fetched(url: str) -> bytes:
    """Fetch a calendar over https, within a minute and two megabytes.

    Raises:
        httpx.HTTPError: no answer, or not a good one.
        Invalid: the address leads inside the network; a worker's own text must not reach what only servers reach.
    """
    parts = urlsplit(url)
    inside = Invalid(
        "inside", _("This address is not outside the network. Give an address that everybody can reach, or a file.")
    )
    address = public_address(url)
    if address is None or parts.hostname is None:
        raise inside
    # The connection goes to the very address that was looked at: a name may lead elsewhere the next moment.
    pinned = httpx.URL(url).copy_with(host=address)
    named = {"Host": parts.netloc.rpartition("@")[2]}
    ends = monotonic() + LONGEST
    with (
        httpx.Client(timeout=PATIENCE, follow_redirects=False, trust_env=False) as client,
        client.stream("GET", pinned, headers=named, extensions={"sni_hostname": parts.hostname}) as answer,
    ):
        answer.raise_for_status()
        content = b""
        for part in answer.iter_bytes():
            content += part
            if len(content) > LARGEST:
                break
            if monotonic() > ends:
                raise httpx.ReadTimeout("the calendar comes too slowly", request=answer.request)
        return content


def public_address(url: str) -> str | None:
    """The network address of the host when the scheme is https and every address of the host is a public one."""
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        return None
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except (OSError, ValueError):
        return None
    addresses = [str(entry[4][0]) for entry in found]
    return addresses[0] if addresses and all(ipaddress.ip_address(one).is_global for one in addresses) else None


def expire() -> None:
    """Mark lapsed holds."""
    actions.expire(at=clock.now())


def remind() -> None:
    """Write due reminders."""
    remind_due(clock.now())


def pass_on() -> None:
    """Pass unanswered offers on."""
    actions.pass_on_lapsed(at=clock.now())


def read() -> None:
    """Read other calendars."""
    read_due(clock.now())


TICKS = ((10.0, expire), (60.0, remind), (60.0, pass_on), (60.0, read))
