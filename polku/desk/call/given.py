"""What the desk gives back: clocks that start, where the matter goes, free times, the time held or booked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from polku.access.models import Actor, Unit
from polku.appointments import sentences
from polku.appointments.models import Appointment, Kind
from polku.appointments.rules import bookable
from polku.appointments.search import Offer, Result, Wanted, search
from polku.appointments.snapshot import Wish
from polku.appointments.states import Mode, State
from polku.contacts.ahead import starting
from polku.contacts.models import Contact
from polku.desk.clocks import MEETING
from polku.desk.frame import address
from polku.kit import public_id
from polku.ui import words

SHOWN = 8


@dataclass(frozen=True, slots=True)
class Note:
    """A notice in the section of times."""

    tone: str
    title: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class SlotRow:
    """A time as `ui/slot.html` draws it, or (with `line`) the end of the promise between two of them."""

    when: datetime | None = None
    place: str = ""
    who: str = ""
    reason: str = ""
    state: str = "free"
    value: str = ""
    key: str = ""
    line: str = ""


@dataclass(slots=True)
class Times:
    """The section of free times. `picked`: the worker chose the kind and unit, which then stay as more is told."""

    choices: list[tuple[str, str]] = field(default_factory=list)
    chosen: str = ""
    picked: bool = False
    modes: list[tuple[str, str]] = field(default_factory=list)
    mode: str = ""
    line: str = ""
    all_url: str = ""
    slots: list[SlotRow] = field(default_factory=list)
    note: Note | None = None
    empty_title: str = ""
    empty_text: str = ""
    hold_key: str = field(default_factory=public_id.new)


@dataclass(frozen=True, slots=True)
class Held:
    """The time that is held for the client, and the sentence to read aloud."""

    public_id: str
    until: datetime
    left: timedelta
    sentence: str
    language: str


@dataclass(slots=True)
class Bar:
    """The bar at the bottom: what the next step is."""

    finish: str = ""
    hold: Held | None = None
    booked: str = ""
    note: str = ""
    can_discard: bool = False
    parked: bool = False
    oob: bool = False


def promise_day(contact: Contact) -> date | None:
    """Return the last day of the nearest clock that a meeting answers."""
    days = [deadline.last_day for deadline, _because in starting(contact) if deadline.rule in MEETING]
    return min((day for day in days if day is not None), default=None)


def value_of(kind: Kind, unit: Unit) -> str:
    """Return a kind and unit as one choice: `talk@social-assistance`."""
    return f"{kind.key}@{unit.key}"


def choices(contact: Contact, *, by: Actor, at: datetime) -> list[tuple[Kind, Unit]]:
    """Return the kinds and units that the worker may book for the need, else for any need."""
    return bookable(by, at=at, need=contact.need) or bookable(by, at=at)


def chosen_pair(
    pairs: Sequence[tuple[Kind, Unit]], wanted: str, direction: Unit | None, contact: Contact
) -> tuple[Kind, Unit] | None:
    """Return the pair to show: the one asked for, else the unit where the matter goes, and there the kind of meeting
    that answers most of the clocks that run (a talk before a group)."""
    if not pairs:
        return None
    running = {deadline.rule for deadline, _because in starting(contact)}

    def fits(pair: tuple[Kind, Unit]) -> tuple[bool, bool, int]:
        kind, unit = pair
        at_its_unit = direction is not None and unit.pk == direction.pk
        return value_of(kind, unit) == wanted, at_its_unit, len(running.intersection(kind.rules))

    return max(pairs, key=fits)


def times(
    contact: Contact,
    *,
    by: Actor,
    at: datetime,
    direction: Unit | None,
    wanted: str = "",
    mode: str = "",
    note: Note | None = None,
) -> Times:
    """Return the section: whose times, the promise, and the times with their reasons."""
    pairs = choices(contact, by=by, at=at)
    pair = chosen_pair(pairs, wanted, direction, contact)
    if pair is None:
        return Times(note=note, empty_text=_("The booking rules give you no times to book."))
    kind, unit = pair
    mode = mode if mode in kind.modes else ""
    promise = promise_day(contact)
    municipality = "" if _protected(contact) else contact.municipality_id or ""
    language = contact.language if contact.language in {"fi", "sv"} else ""
    found = search(Wish(kind, unit, mode=mode, language=language), Wanted(promise, municipality=municipality), at=at)
    mine = held_by_me(contact, by=by, at=at)
    return Times(
        choices=[(value_of(k, u), f"{u.name}: {k.name}") for k, u in pairs],
        chosen=value_of(kind, unit),
        picked=value_of(kind, unit) == wanted,
        modes=[("", _("Any way")), *((value, str(Mode(value).label)) for value in kind.modes)],
        mode=mode,
        line=_line(kind, unit, found),
        all_url=_all_url(contact, kind, unit),
        slots=_slots(found, mine),
        note=note or _missing(found, unit, promise),
        empty_title=_("No free times"),
        empty_text=_("Choose another team or way, or promise to call back."),
    )


def _protected(contact: Contact) -> bool:
    return contact.parties.filter(client__protected=True, removed_at__isnull=True).exists()


def _all_url(contact: Contact, kind: Kind, unit: Unit) -> str:
    url = address("appointments:free")
    return f"{url}?kind={kind.key}&unit={unit.key}&contact={contact.public_id}" if url else ""


def _line(kind: Kind, unit: Unit, found: Result) -> str:
    facts = {"unit": unit.name, "kind": kind.name.lower(), "minutes": kind.duration_minutes}
    if found.promise is None:
        return _("%(unit)s, %(kind)s %(minutes)s min.") % facts
    count = found.servable
    facts |= {"count": count, "day": words.short_day(found.promise)}
    return (
        ngettext(
            "%(unit)s, %(kind)s %(minutes)s min. %(count)s time by %(day)s",
            "%(unit)s, %(kind)s %(minutes)s min. %(count)s times by %(day)s",
            count,
        )
        % facts
    )


def _missing(found: Result, unit: Unit, promise: date | None) -> Note | None:
    """Return the notice that no time is left inside the promise, with the earliest late one."""
    if promise is None or any(not offer.held_by for offer in found.inside):
        return None
    first = next((offer for offer in found.after if not offer.held_by), None)
    title = _("There is no time by %(day)s") % {"day": words.short_day(promise)}
    text = _("%(unit)s has none left inside the promise.") % {"unit": unit.name}
    if first is not None:
        late = ngettext("%(count)s working day late", "%(count)s working days late", first.late_days)
        text += " " + _("The earliest time is %(day)s, %(late)s.") % {
            "day": words.short_day(first.start),
            "late": late % {"count": first.late_days},
        }
    return Note("late", title, text)


def _slots(found: Result, mine: Appointment | None) -> list[SlotRow]:
    """Return the rows with their digits; the end of the promise stands between the last inside and the first late."""
    rows: list[SlotRow] = []
    digit = 0
    inside = _spread(found.inside)
    # The end of the promise is drawn only where everything before it is in view.
    late = found.after[: SHOWN - len(inside)] if len(inside) == len(found.inside) else []
    for offer in [*inside, *late]:
        if offer.is_late and found.promise and not any(row.line for row in rows):
            rows.append(SlotRow(line=_("At the latest %(day)s") % {"day": words.short_day(found.promise)}))
        if offer.held_by and (mine is None or offer.held is None or offer.held.pk != mine.pk):
            rows.append(_held_row(offer))
            continue
        digit += 1
        rows.append(_row(offer, str(digit) if digit < 10 else "", chosen=offer.held is not None))
    return rows


def _spread(offers: Sequence[Offer]) -> list[Offer]:
    """Return the first times in order, at most two that begin at the same moment: a choice, not a list of workers."""
    if len(offers) <= SHOWN:
        return list(offers)
    found: list[Offer] = []
    for offer in offers:
        if len(found) == SHOWN:
            break
        if offer.held_by or sum(other.start == offer.start for other in found) < 2:
            found.append(offer)
    return found


def _row(offer: Offer, key: str, *, chosen: bool) -> SlotRow:
    place = offer.place.name if offer.place else str(Mode(offer.mode).label)
    who = _(" and ").join(f"{worker.name}, {worker.title.lower()}".strip(", ") for worker in offer.workers)
    state = "chosen" if chosen else "late" if offer.is_late else "free"
    reason = _("Held by you.") if chosen else f"{offer.reason}." if offer.reason else ""
    return SlotRow(offer.start, place, who, reason, state, offer.slot, key)


def _held_row(offer: Offer) -> SlotRow:
    row = _row(offer, "", chosen=False)
    reason = _("Held by %(name)s until %(time)s.") % {
        "name": offer.held_by,
        "time": words.clock_time(offer.held_until),
    }
    return SlotRow(row.when, row.place, row.who, reason, "held", row.value)


def held_by_me(contact: Contact, *, by: Actor, at: datetime, public_id: str = "") -> Appointment | None:
    """Return the time that the worker holds for this contact, while it runs."""
    rows = _full().filter(contact=contact, created_by=by, state=State.HELD, held_until__gt=at)
    if public_id:
        rows = rows.filter(public_id=public_id)
    return rows.order_by("-created_at").first()


def ended(contact: Contact, times: Times, *, by: Actor, at: datetime) -> Note | None:
    """Return the notice that the worker's hold has run out, and whether the time can be held again."""
    lapsed = Q(state=State.HELD, held_until__lte=at) | Q(state=State.EXPIRED)
    last = _full().filter(lapsed, contact=contact, created_by=by).order_by("-held_until").first()
    if last is None:
        return None
    again = next((row for row in times.slots if row.when == last.starts_at and row.state in {"free", "late"}), None)
    if again is None:
        return Note("soon", _("The hold has ended"), _("Choose another time."))
    text = _("Hold it again with %(key)s, or choose another.") % {"key": again.key} if again.key else ""
    return Note("soon", _("The hold has ended, the time is still free"), text)


def booked(contact: Contact) -> Appointment | None:
    """Return the newest time booked in this contact."""
    return _full().filter(contact=contact, state=State.BOOKED).order_by("-booked_at").first()


def _full() -> QuerySet[Appointment]:
    rows = Appointment.objects.select_related("kind", "unit", "place", "client", "contact")
    return rows.prefetch_related("claims__resource__actor")


def bar(contact: Contact, *, by: Actor, at: datetime, oob: bool = False) -> Bar:
    """Return the bar: confirm what is held, else finish the contact."""
    hold = held_by_me(contact, by=by, at=at)
    if hold is not None and hold.held_until is not None:
        held = Held(
            public_id=hold.public_id,
            until=hold.held_until,
            left=hold.held_until - at,
            sentence=sentences.aloud(hold, at=at),
            language=sentences.language_of(hold),
        )
        # A parked call is taken up again first: its time is held meanwhile.
        return Bar(hold=held, parked=contact.state == "parked", oob=oob)
    done = booked(contact)
    return Bar(
        finish=_("Finish the contact"),
        booked=sentences.aloud(done, at=at) if done else "",
        note=_("Choose a time, promise to call back, or finish."),
        can_discard=contact.state == "draft",
        parked=contact.state == "parked",
        oob=oob,
    )
