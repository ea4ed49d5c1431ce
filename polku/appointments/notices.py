"""Messages to clients about their times: neutral words, the client's language, rows in the caller's transaction.

A message goes by the way the client prefers among those in use and known; without one the row is not written and the
page says so. Reminders are never queued ahead: `jobs.remind_due` writes each from the facts of that moment.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Q
from django.urls import reverse

from polku.appointments import links
from polku.appointments.icalendars import for_client
from polku.appointments.models import Appointment, WaitingEntry
from polku.appointments.sentences import language_of, phone_of, place_text
from polku.appointments.snapshot import local_day
from polku.appointments.spans import HELSINKI
from polku.clients.queries import details, root
from polku.clients.states import PreferredWay
from polku.contacts.models import ContactParty
from polku.contacts.states import PartyRole
from polku.gateways.contract import Enclosure
from polku.kit.errors import Conflict, Invalid
from polku.outbox import actions as outbox
from polku.outbox import configuration
from polku.outbox.models import Message
from polku.outbox.states import UNDELIVERED, Channel
from polku.outbox.states import State as MessageState
from polku.rules.calendar import day_text


@dataclass(frozen=True, slots=True)
class Address:
    """Where a client is written to."""

    channel: str
    to: str


def addresses_of(appointment: Appointment, *, at: datetime, by_post: bool = True) -> list[Address]:
    """The ways to write to the appointment's client, the best first: their wish, then phone, e-mail, letter.

    A protected client's own number is used (the message names no place); nobody reads it here.
    """
    phones: list[str] = []
    emails: list[str] = []
    letters: list[str] = []
    wish = ""
    if appointment.client is not None:
        person = root(appointment.client)
        known = details([person], day=local_day(at), protected=True)[person.pk]
        phones, emails, letters = list(known.phones), list(known.emails), list(known.addresses)
        wish = person.preferred_way
    for party in _parties(appointment):
        phones += [party.phone] if party.phone else []
        emails += [party.email] if party.email else []
    ways = {Channel.SMS: phones, Channel.EMAIL: emails, Channel.LETTER: letters if by_post else []}
    first = {PreferredWay.EMAIL: Channel.EMAIL, PreferredWay.LETTER: Channel.LETTER}.get(wish, Channel.SMS)  # type: ignore[call-overload]
    in_use = configuration.current().channels()
    order = dict.fromkeys((first, Channel.SMS, Channel.EMAIL, Channel.LETTER))
    return [Address(channel, to) for channel in order if channel in in_use for to in ways[channel]]


def _parties(appointment: Appointment) -> list[ContactParty]:
    """The client's own rows among the people of the contact; while nobody is known, the person concerned or caller."""
    if appointment.contact is None:
        return []
    rows = appointment.contact.parties.filter(removed_at__isnull=True).order_by("id")
    if appointment.client is not None:
        person = root(appointment.client).pk
        rows = rows.filter(Q(client_id=person) | Q(client__merged_into_id=person)).exclude(role=PartyRole.NOTIFIER)
        return list(rows)
    mine = [row for row in rows.filter(client__isnull=True) if row.role in (PartyRole.CONCERNED, PartyRole.CALLER)]
    return sorted(mine, key=lambda row: row.role != PartyRole.CONCERNED)


def confirmed(appointment: Appointment, *, token: str, at: datetime, immediate: bool) -> Message | None:
    """Queue the confirmation of a booked time, with its link and, by e-mail, its calendar entry."""
    return _send(appointment, "appointment_confirmed", at=at, token=token, immediate=immediate, calendar=True)


def moved(old: Appointment, new: Appointment, *, token: str, at: datetime, immediate: bool) -> Message | None:
    """Queue the message that a time has moved: the old one and the new one."""
    was = _clock(old)
    _stop(old, at=at)
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
    _stop(appointment, at=at)
    return _send(appointment, "appointment_cancelled", at=at, calendar=True, gone=True)


def restored(appointment: Appointment, *, at: datetime) -> Message | None:
    """Take back the message of a cancellation that was taken back, or tell that the time holds after all.

    A message that has not left is stopped, and the client hears nothing; unless the cancellation had stopped the very
    message by which they would have heard of the time. `appointment` is booked again and counts the taking back.
    """
    before = appointment.restored - 1
    if _heard(_key(appointment, "appointment_cancelled", before), at=at):
        template = "appointment_restored"
    elif Message.objects.filter(
        key=_key(appointment, "appointment_confirmed", before), state=MessageState.CANCELLED
    ).exists():
        template = "appointment_confirmed"
    else:
        return None
    return _send(appointment, template, at=at, token=links.make(appointment, at=at), immediate=True, calendar=True)


def _heard(key: str, *, at: datetime) -> bool:
    """Take back a message and those by which it was sent again; whether somebody may have read one of them.

    One that waits is stopped. One that did not arrive is nobody's to tell any more: it is settled.
    """
    heard = False
    row = Message.objects.filter(key=key).first()
    while row is not None:
        following = Message.objects.filter(instead_of=row).first()
        stopped = outbox.cancel(key=row.key, at=at)
        # Only the operator's own word says that it did not arrive; what was given up may have.
        heard = heard or not (stopped or row.state == MessageState.FAILED)
        if row.state in UNDELIVERED and following is None:
            with suppress(Conflict):
                outbox.mark_handed_over(message=row, at=at)
        row = following
    return heard


def reminder_stopped(appointment: Appointment) -> bool:
    """Whether the latest reminder of a time was stopped before it left: it is to be written anew."""
    keys = [_key(appointment, "appointment_reminder", count) for count in range(appointment.restored + 1)]
    latest = Message.objects.filter(key__in=keys).order_by("-pk").first()
    return latest is not None and latest.state == MessageState.CANCELLED


def _stop(appointment: Appointment, *, at: datetime) -> None:
    """Stop what has not left yet about a time that is no more."""
    for count in range(appointment.restored + 1):
        outbox.cancel(key=_key(appointment, "appointment_confirmed", count), at=at)
        if appointment.reminded_at is not None:
            outbox.cancel(key=_key(appointment, "appointment_reminder", count), at=at)


def reminder(appointment: Appointment, *, token: str, at: datetime) -> Message | None:
    """Queue the reminder of a time that is near; not to be sent once the time has begun."""
    return _send(appointment, "appointment_reminder", at=at, token=token, by_post=False)


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
        key=_offer_key(entry),
        not_after=entry.offered_until,
        by_post=False,
        until_day=day_text(until.date(), language),
        until_time=f"{until.hour}.{until.minute:02d}",
    )


def offer_withdrawn(entry: WaitingEntry, *, at: datetime) -> None:
    """Stop the message of an offer that stands no longer, unless it has left."""
    outbox.cancel(key=_offer_key(entry), at=at)


def _offer_key(entry: WaitingEntry) -> str:
    # The moment keeps a second offer of the same time (the first was withdrawn) apart from the first.
    return f"waiting:{entry.public_id}:{entry.offered_start:%Y%m%d%H%M}:{entry.offered_at:%Y%m%d%H%M%S}"


def _key(appointment: Appointment, template: str, restored: int | None = None) -> str:
    """What makes a message one: the time, its template, whose seat, and how many cancellations were taken back."""
    count = appointment.restored if restored is None else restored
    seat = f":{appointment.seat.public_id}" if appointment.seat is not None else ""
    return f"appointment:{appointment.public_id}:{template}{seat}" + (f":{count}" if count else "")


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
    not_after: datetime | None = None,
    by_post: bool = True,
    **more: str,
) -> Message | None:
    """Queue a message by the first way that can be used; None when there is none, or no number to give.

    Nothing about a time that is still to come leaves once it has begun (`not_after`). A booking stands whatever the
    client's addresses are worth: one that cannot be right is passed over for the next.
    """
    language, shown = language_of(appointment), shown or appointment
    values = {
        "day": day_text(local_day(shown.starts_at), language),
        "time": _clock(shown),
        "place": place_text(shown, language),
        "phone": phone_of(appointment),
        "sender": configuration.current().sender_names[language],
        "link": link(token) if token else "",
        **more,
    }
    wanted = {name: values[name] for name in PLACEHOLDERS[template]}
    if not wanted.get("phone", "-"):
        return None
    if not_after is None and appointment.starts_at > at:
        not_after = appointment.starts_at
    for address in addresses_of(appointment, at=at, by_post=by_post):
        files = [_calendar_file(appointment, at=at, gone=gone)] if calendar and address.channel == Channel.EMAIL else []
        with suppress(Invalid):
            return outbox.queue(
                channel=address.channel,
                to=address.to,
                language=language,
                template=template,
                values=wanted,
                key=key or _key(appointment, template),
                at=at, not_after=not_after, immediate=immediate, attachments=files,
            )  # fmt: skip
    return None


def _calendar_file(appointment: Appointment, *, at: datetime, gone: bool) -> Enclosure:
    """The entry for the client's own calendar."""
    language = language_of(appointment)
    sender = configuration.current().sender_names[language]
    content = for_client(appointment, language=language, sender=sender, at=at, cancelled=gone)
    method = "CANCEL" if gone else "PUBLISH"
    return Enclosure("appointment.ics", f"text/calendar; charset=utf-8; method={method}", content)


_ALWAYS = ("day", "time", "phone", "sender")
PLACEHOLDERS = {
    "appointment_confirmed": (*_ALWAYS, "place", "link"),
    "appointment_moved": (*_ALWAYS, "place", "link", "old_day", "old_time"),
    "appointment_cancelled": (*_ALWAYS, "place"),
    "appointment_restored": (*_ALWAYS, "place", "link"),
    "appointment_reminder": (*_ALWAYS, "place", "link"),
    "appointment_missed": _ALWAYS,
    "earlier_time_offer": ("day", "time", "place", "until_day", "until_time", "link", "sender"),
}
