"""Messages that did not arrive, for those to whom the appointment or contact behind them belongs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import CharField, Exists, F, Func, OuterRef, Prefetch, Q, QuerySet, Value
from django.urls import reverse
from django.utils.translation import gettext as _

from polku.access.models import Actor
from polku.access.permissions import visible_to
from polku.acting import beyond
from polku.appointments.models import Appointment
from polku.contacts.models import CallBack, Contact, ContactParty
from polku.contacts.moves import concerned_ids
from polku.desk.frame import address
from polku.kit.errors import NotFound
from polku.outbox import addresses
from polku.outbox import queries as outbox
from polku.outbox.models import Message
from polku.ui import words

PAGE = 50


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A message that did not arrive: how, to whom (partly hidden), why, and what it is about; `clients` for the log."""

    message: Message
    way: str
    to: str
    when: str
    about: str
    url: str
    clients: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the list, newest first; empty addresses where there is no other page."""

    rows: list[Undelivered]
    next_url: str = ""
    first_url: str = ""


def page(asked: Mapping[str, str], *, by: Actor, at: datetime) -> Page:
    """Return a page of the undelivered messages that the actor may see; one that is not there is the first."""
    rows, first = mine(by=by, at=at), ""
    behind = _behind(asked.get("after", ""))
    if behind is not None:
        rows, first = rows.filter(behind), reverse("desk:messages")
    found = _first(rows, PAGE + 1)
    shown = found[:PAGE]
    following = ""
    last = shown[-1].closed_at if len(found) > PAGE else None
    if last is not None:
        after = f"{last.isoformat()} {shown[-1].public_id}"
        following = f"{reverse('desk:messages')}?{urlencode({'after': after})}"
    return Page(_told(shown, by=by, at=at), following, first)


@beyond("which messages did not arrive, by the rules themselves; what they are about is read behind the fence")
def _first(rows: QuerySet[Message], most: int) -> list[Message]:
    return list(rows[:most])


@beyond("how many messages did not arrive, by the rules themselves")
def count(*, by: Actor, at: datetime) -> int:
    """Return how many undelivered messages the actor may see."""
    return mine(by=by, at=at).count()


def _behind(after: str) -> Q | None:
    """Return the condition of standing behind the last row of a page; it may have been seen to since then."""
    moment, _space, name = after.partition(" ")
    last = Message.objects.filter(public_id=name).values_list("pk", flat=True).first()
    try:
        closed = datetime.fromisoformat(moment)
    except ValueError:
        return None
    if last is None or closed.tzinfo is None:
        return None
    return Q(closed_at__lt=closed) | Q(closed_at=closed, pk__lt=last)


def mine(*, by: Actor, at: datetime) -> QuerySet[Message]:
    """Return the undelivered messages about appointments, contacts and call-backs that the actor may see."""
    name = OuterRef("thing")
    times = visible_to(by, "appointments.read", Appointment.objects.filter(public_id=name), at=at)
    told = visible_to(by, "contacts.read", Contact.objects.filter(public_id=name), at=at)
    calls = visible_to(by, "contacts.end_call_back", CallBack.objects.filter(public_id=name), at=at)
    rows = outbox.undelivered().annotate(kind=_piece(1), thing=_piece(2))
    return rows.filter(
        Q(Exists(times), kind="appointment") | Q(Exists(told), kind="contact") | Q(Exists(calls), kind="call_back")
    )


def _piece(number: int) -> Func:
    """Return a part of the key: `contact:7hd4:receipt` is what it is about, which one, and the occasion."""
    return Func(F("first_key"), Value(":"), Value(number), function="split_part", output_field=CharField())


def _told(rows: Iterable[Message], *, by: Actor, at: datetime) -> list[Undelivered]:
    """Return the messages in words; a few queries whatever their number."""
    names: dict[str, list[str]] = {"appointment": [], "contact": [], "call_back": []}
    for row in rows:
        names[row.kind].append(row.thing)  # type: ignore[attr-defined]  # by `mine`
    times = Appointment.objects.select_related("kind").in_bulk(names["appointment"], field_name="public_id")
    told = Contact.objects.prefetch_related(_known()).in_bulk(names["contact"], field_name="public_id")
    calls = CallBack.objects.select_related("contact").prefetch_related(_known("contact__"))
    promised = calls.in_bulk(names["call_back"], field_name="public_id")
    found = []
    for row in rows:
        kind, name = row.kind, row.thing  # type: ignore[attr-defined]
        if kind == "appointment":
            time = times[name]
            about = f"{time.kind.name}, {words.short_moment(time.starts_at)}"
            ids = [time.client_id] if time.client_id else []
            found.append(_row(row, about, address("appointments:appointment", name), ids))
        elif kind == "contact":
            contact = told[name]
            found.append(_row(row, contact.reference, reverse("desk:contact", args=[name]), _concerned(contact)))
        else:
            call = promised[name]
            about = _("Call-back %(time)s") % {"time": words.short_moment(call.agreed_at)}
            ids = _concerned(call.contact) if call.contact else []
            found.append(_row(row, about, reverse("desk:call_back", args=[name]), ids))
    return found


def _known(path: str = "") -> Prefetch[str]:
    """Return what to fetch besides of contacts: the known people in them."""
    people = ContactParty.objects.filter(client__isnull=False, removed_at__isnull=True)
    return Prefetch(f"{path}parties", queryset=people, to_attr="known_people")


def _concerned(contact: Contact) -> list[int]:
    return concerned_ids(contact, contact.known_people)  # type: ignore[attr-defined]  # by `_known`


def _row(message: Message, about: str, url: str, clients: list[int]) -> Undelivered:
    return Undelivered(
        message=message,
        way=str(message.get_channel_display()),
        to=addresses.hidden(message.channel, message.recipient),
        when=words.short_moment(message.closed_at),
        about=about,
        url=url,
        clients=tuple(clients),
    )


def one(public_id: str, *, by: Actor, at: datetime) -> Message:
    """Return an undelivered message that the actor may see.

    Raises:
        NotFound: it is not there, or not theirs.
    """
    found = mine(by=by, at=at).filter(public_id=public_id).first()
    if found is None:
        raise NotFound("not_found", _("There is no such message, or it is not yours to see."))
    return found
