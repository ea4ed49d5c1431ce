"""Messages to clients about their times: neutral words, the client's language, rows in the caller's transaction.

A message goes by the way the client prefers among those in use and known; without one the row is not written and the
page says so. Reminders are never queued ahead: `jobs.remind_due` writes each from the facts of that moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from polku.appointments.icalendars import for_client
from polku.appointments.models import Appointment, WaitingEntry
from polku.appointments.sentences import language_of, place_text
from polku.appointments.snapshot import local_day
from polku.appointments.spans import HELSINKI
from polku.clients.queries import details, root
from polku.clients.states import PreferredWay
from polku.gateways.contract import Enclosure
from polku.outbox import actions as outbox
from polku.outbox import configuration
from polku.outbox.models import Message
from polku.outbox.states import Channel
from polku.rules.calendar import day_text


@dataclass(frozen=True, slots=True)
class Address:
    """Where a client is written to."""

    channel: str
    to: str


def address_of(appointment: Appointment, *, at: datetime) -> Address | None:
    """The best way to write to the appointment's client: their wish first, then phone, e-mail, letter.

    A protected client's own number is used (the message names no place); nobody reads it here.
    """
    phones: list[str] = []
    emails: list[str] = []
    addresses: list[str] = []
    wish = ""
    if appointment.client is not None:
        person = root(appointment.client)
        known = details([person], day=local_day(at), protected=True)[person.pk]
        phones, emails, addresses = list(known.phones), list(known.emails), list(known.addresses)
        wish = person.preferred_way
    if appointment.contact is not None:
        parties = appointment.contact.parties.filter(removed_at__isnull=True, client=appointment.client)
        for party in parties.exclude(role="notifier"):
            phones += [party.phone] if party.phone else []
            emails += [party.email] if party.email else []
    ways = {Channel.SMS: phones, Channel.EMAIL: emails, Channel.LETTER: addresses}
    first = {PreferredWay.EMAIL: Channel.EMAIL, PreferredWay.LETTER: Channel.LETTER}.get(wish, Channel.SMS)  # type: ignore[call-overload]
    in_use = configuration.current().channels()
    for channel in (first, Channel.SMS, Channel.EMAIL, Channel.LETTER):
        if channel in in_use and ways[channel]:
            return Address(channel, ways[channel][0])
    return None


def confirmed(appointment: Appointment, *, token: str, at: datetime, immediate: bool) -> Message | None:
    """Queue the confirmation of a booked time, with its link and, by e-mail, its calendar entry."""
    return _send(appointment, "appointment_confirmed", at=at, token=token, immediate=immediate, calendar=True)


def moved(old: Appointment, new: Appointment, *, token: str, at: datetime, immediate: bool) -> Message | None:
    """Queue the message that a time has moved: the old one and the new one."""
    was = _clock(old)
    outbox.cancel(key=_key(old, "appointment_reminder"), at=at)
    return _send(
        new,
        "appointment_moved",
        at=at,
        token=token,
        immediate=immediate,
        calendar=True,
        old_day=day_text(local_day(old.starts_at), language_of(new)),
        old_time=was,
    )


def cancelled(appointment: Appointment, *, at: datetime) -> Message | None:
    """Queue the message that a time was cancelled."""
    outbox.cancel(key=_key(appointment, "appointment_confirmed"), at=at)
    outbox.cancel(key=_key(appointment, "appointment_reminder"), at=at)
    return _send(appointment, "appointment_cancelled", at=at, calendar=True, gone=True)


def reminder(appointment: Appointment, *, token: str, at: datetime) -> Message | None:
    """Queue the reminder of a time that is near; not to be sent once the time has begun."""
    return _send(appointment, "appointment_reminder", at=at, token=token)


def missed(appointment: Appointment, *, at: datetime) -> Message | None:
    """Queue the message to a client who did not come: we will try again, and here is the number."""
    return _send(appointment, "appointment_missed", at=at)


def earlier_time(entry: WaitingEntry, offered: Appointment, *, token: str, at: datetime) -> Message | None:
    """Queue the offer of an earlier time; `offered` is an unsaved appointment with its day, time and place."""
    if entry.offered_until is None:
        raise ValueError("the entry has no offer")
    language = language_of(entry.appointment)
    until = entry.offered_until.astimezone(HELSINKI)
    return _send(
        entry.appointment,
        "earlier_time_offer",
        at=at,
        token=token,
        shown=offered,
        key=f"waiting:{entry.public_id}:{offered.starts_at:%Y%m%d%H%M}",
        until_day=day_text(until.date(), language),
        until_time=f"{until.hour}.{until.minute:02d}",
    )


def _key(appointment: Appointment, template: str) -> str:
    return f"appointment:{appointment.public_id}:{template}"


def _clock(appointment: Appointment) -> str:
    local = appointment.starts_at.astimezone(HELSINKI)
    return f"{local.hour}.{local.minute:02d}"


def link(token: str) -> str:
    """The address of a client's link."""
    return settings.BASE_URL + reverse("appointments:link", args=[token])


def _send(
    appointment: Appointment,
    template: str,
    *,
    at: datetime,
    token: str = "",
    immediate: bool = False,
    calendar: bool = False,
    gone: bool = False,
    shown: Appointment | None = None,
    key: str = "",
    **more: str,
) -> Message | None:
    address = address_of(appointment, at=at)
    if address is None:
        return None
    language = language_of(appointment)
    shown = shown or appointment
    sender = configuration.current().sender_names[language]
    values = {
        "day": day_text(local_day(shown.starts_at), language),
        "time": _clock(shown),
        "place": place_text(shown, language),
        "phone": appointment.unit.phone,
        "sender": sender,
        "link": link(token) if token else "",
        **more,
    }
    wanted = PLACEHOLDERS[template]
    files = []
    if calendar and address.channel == Channel.EMAIL:
        content = for_client(appointment, language=language, sender=sender, at=at, cancelled=gone)
        method = "CANCEL" if gone else "PUBLISH"
        files = [Enclosure("appointment.ics", f"text/calendar; charset=utf-8; method={method}", content)]
    return outbox.queue(
        channel=address.channel,
        to=address.to,
        language=language,
        template=template,
        values={name: values[name] for name in wanted},
        key=key or _key(appointment, template),
        at=at,
        immediate=immediate,
        attachments=files,
    )


_ALWAYS = ("day", "time", "phone", "sender")
PLACEHOLDERS = {
    "appointment_confirmed": (*_ALWAYS, "place", "link"),
    "appointment_moved": (*_ALWAYS, "place", "link", "old_day", "old_time"),
    "appointment_cancelled": (*_ALWAYS, "place"),
    "appointment_reminder": (*_ALWAYS, "place", "link"),
    "appointment_missed": _ALWAYS,
    "earlier_time_offer": ("day", "time", "place", "until_day", "until_time", "link", "sender"),
}
