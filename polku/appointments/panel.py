"""What the free-times page and the call desk show: the choices, the rows, the hold that runs, the sentence to read.

`read` turns a query string into a `Panel`. The same panel fills the page and the fragments that the call desk embeds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from polku.access.models import Actor, Unit
from polku.access.permissions import may_ever, visible_to
from polku.access.queries import who
from polku.appointments import clocks, missing, offers, rules, search, seats
from polku.appointments.models import Appointment, Kind, Place, Resource
from polku.appointments.sentences import aloud
from polku.appointments.snapshot import CLAIMS, Wish, local_day
from polku.appointments.states import Mode, State
from polku.cases.models import Case
from polku.cases.queries import cases_visible_to
from polku.clients.models import Client
from polku.clients.queries import picked, same_person
from polku.contacts.models import Contact
from polku.contacts.queries import concerned, contacts_visible_to
from polku.kit.errors import NotAllowed, NotFound
from polku.ui import words

NOT_FOUND = gettext_lazy("There is no such page, or it is not yours to see.")
ROWS_SHOWN = 7


@dataclass(frozen=True, slots=True)
class About:
    """For whom a time is looked for: a contact, a case, or a booked time that is to be moved."""

    contact: Contact | None = None
    case: Case | None = None
    moving: Appointment | None = None
    person: Client | None = None
    """Found on the page itself, when there is no contact, case or time."""

    @property
    def client(self) -> Client | None:
        """The person, when known."""
        if self.person is not None:
            return self.person
        if self.moving is not None:
            return self.moving.client
        if self.case is not None:
            return self.case.client
        party = concerned(self.contact) if self.contact else None
        return party.client if party else None

    @property
    def municipality(self) -> str:
        """The client's municipality, where it may be shown."""
        return (self.contact.municipality_id or "") if self.contact else ""

    @property
    def need(self) -> str:
        """The service need that the contact has."""
        return self.contact.need if self.contact else ""

    def query(self) -> dict[str, str]:
        """The same as query parameters."""
        found = {}
        for name in ("contact", "case", "moving"):
            row = getattr(self, name)
            if row is not None:
                found[name] = row.public_id
        if self.person is not None:
            found["client"] = self.person.public_id
        return found


@dataclass(frozen=True, slots=True)
class Row:
    """A row as `ui/slot.html` shows it."""

    value: str
    when: datetime
    place: str
    who: str
    reason: str
    state: str
    url: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filters offer and what is chosen."""

    kinds: list[tuple[Kind, Unit]]
    kind: Kind | None
    unit: Unit | None
    mode: str = ""
    place: Place | None = None
    km: str = ""
    language: str = ""
    worker: Resource | None = None
    first: date | None = None
    shown: int = ROWS_SHOWN

    def query(self) -> dict[str, str]:
        """The same as query parameters, empty ones left out."""
        found = {
            "kind": self.kind.key if self.kind else "",
            "unit": self.unit.key if self.unit else "",
            "mode": self.mode,
            "place": self.place.public_id if self.place else "",
            "km": self.km if self.place else "",
            "language": self.language,
            "worker": self.worker.public_id if self.worker else "",
            "first": self.first.isoformat() if self.first else "",
        }
        return {name: value for name, value in found.items() if value}


@dataclass(slots=True)
class Panel:
    """Everything that the templates need; built by `read`."""

    about: About
    choices: Choices
    at: datetime
    promise: date | None = None
    promise_text: str = ""
    result: search.Result | None = None
    hold: Appointment | None = None
    sentence: str = ""
    shortage: missing.Shortage | None = None
    sessions: list[seats.Session] = field(default_factory=list)
    notice: str = ""
    rows: list[Row] = field(default_factory=list)
    late_rows: list[Row] = field(default_factory=list)
    more: int = 0

    @property
    def first_value(self) -> str:
        """The slot that the primary button holds when nothing is chosen: the first that is free."""
        return next((row.value for row in (*self.rows, *self.late_rows) if row.state != "held"), "")

    @property
    def counted(self) -> str:
        """How many times there are inside the promise: `35 times by Thu 3.12.`"""
        if self.result is None:
            return ""
        count = self.result.servable
        if self.promise is None:
            return ngettext("%(count)d free time", "%(count)d free times", count) % {"count": count}
        text = ngettext("%(count)d time by %(day)s", "%(count)d times by %(day)s", count)
        return text % {"count": count, "day": words.short_day(self.promise)}

    @property
    def limit_text(self) -> str:
        """The words on the black line."""
        return _("No later than %(day)s") % {"day": words.short_day(self.promise)} if self.promise else ""


def about(params: Mapping[str, str], *, by: Actor, at: datetime) -> About:
    """Read for whom a time is looked for.

    Raises:
        NotFound: there is no such contact, case or time, or it is not the reader's.
    """
    contact = _one(contacts_visible_to(by, at=at), params.get("contact", ""))
    case = _one(cases_visible_to(by, at=at), params.get("case", ""))
    booked = Appointment.objects.select_related("kind", "unit", "client", "contact", "case", "place")
    moving = _one(visible_to(by, "appointments.change", booked, at=at), params.get("moving", ""))
    if moving is not None:
        contact, case = moving.contact, moving.case
    if contact is not None or case is not None or moving is not None:
        return About(contact, case, moving)
    return About(person=_person(params.get("client", ""), by=by, at=at))


def _person(public_id: str, *, by: Actor, at: datetime) -> Client | None:
    """The client picked on the page: a name as searching shows it, never more."""
    if not public_id:
        return None
    found = picked(public_id)
    if found is None or not may_ever(by, "clients.search", at=at):
        raise NotFound("not_found", NOT_FOUND)
    return found


def _one(rows: Any, public_id: str) -> Any:
    if not public_id:
        return None
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound("not_found", NOT_FOUND)
    return found


def choices(params: Mapping[str, str], whom: About, *, by: Actor, at: datetime) -> Choices:
    """Read the filters; what is not given is taken from what is known of the contact."""
    kinds = rules.bookable(by, at=at, need=whom.need)
    if whom.moving is not None:
        kinds = [pair for pair in kinds if pair[0].pk == whom.moving.kind_id] or [(whom.moving.kind, whom.moving.unit)]
    kind, unit = _kind_and_unit(params, kinds, whom, own=who(by, at=at).units())
    place = Place.objects.filter(public_id=params.get("place", "")).first()
    worker = Resource.objects.filter(public_id=params.get("worker", ""), kind="worker").select_related("actor").first()
    mode = params.get("mode", "")
    language = params.get("language", "")
    if not language and "language" not in params and whom.contact and whom.contact.language in ("fi", "sv"):
        language = whom.contact.language
    return Choices(
        kinds=kinds,
        kind=kind,
        unit=unit,
        mode=mode if mode in Mode.values else "",
        place=place,
        km=params.get("km", "20") if params.get("km", "20") in ("0", "20", "50", "any") else "20",
        language=language,
        worker=worker,
        first=_day(params.get("first", ""), at=at, kind=kind),
        shown=min(int(params.get("shown", "") or ROWS_SHOWN), 200) if params.get("shown", "").isdigit() else ROWS_SHOWN,
    )


def _kind_and_unit(
    params: Mapping[str, str], kinds: list[tuple[Kind, Unit]], whom: About, *, own: Collection[int]
) -> tuple[Kind | None, Unit | None]:
    """The pair asked for (`what=unit:kind`, or `kind` and `unit`), else of the time moved, the contact, own unit."""
    unit_key, _colon, kind_key = params.get("what", "").partition(":")
    unit_key, kind_key = unit_key or params.get("unit", ""), kind_key or params.get("kind", "")
    fitting = [
        pair
        for pair in kinds
        if (not unit_key or pair[1].key == unit_key) and (not kind_key or pair[0].key == kind_key)
    ]
    if not fitting and (unit_key or kind_key):
        raise NotAllowed(
            "no_booking_rule", _("The booking rules do not let you book this kind of time in this unit."), "what"
        )
    if unit_key or kind_key:
        return fitting[0]
    if whom.moving is not None:
        return whom.moving.kind, whom.moving.unit
    routed = {whom.contact.unit_id, whom.contact.work_item.unit_id} if whom.contact else set()
    for near in (routed, own):
        for pair in kinds:
            if pair[1].pk in near:
                return pair
    return kinds[0] if kinds else (None, None)


def _day(text: str, *, at: datetime, kind: Kind | None) -> date | None:
    """The first day asked for, as far as times of the kind can be booked; None for a text that is no day."""
    try:
        asked = date.fromisoformat(text)
    except ValueError:
        return None
    today = local_day(at)
    return min(max(asked, today), today + timedelta(days=kind.horizon_days if kind else 0))


def read(params: Mapping[str, str], *, by: Actor, at: datetime, hold: Appointment | None = None) -> Panel:
    """Build the panel of a query string. `hold` is the hold that runs, when the caller knows it.

    Raises:
        NotFound; NotAllowed when the rules do not let the actor book what is asked for.
    """
    whom = about(params, by=by, at=at)
    chosen = choices(params, whom, by=by, at=at)
    panel = Panel(about=whom, choices=chosen, at=at, hold=hold or _own_hold(whom, by=by, at=at))
    if chosen.kind is None or chosen.unit is None:
        return panel
    promised = clocks.promised(whom.contact, whom.case, chosen.kind, at=at)
    panel.promise = whom.moving.promised_by if whom.moving and whom.moving.promised_by else promised.day
    panel.promise_text = promised.text
    wish = Wish(
        kind=chosen.kind,
        unit=chosen.unit,
        mode=chosen.mode,
        places=_places(chosen),
        language=chosen.language,
        workers=frozenset({chosen.worker.pk}) if chosen.worker else frozenset(),
        ignore=whom.moving.pk if whom.moving else None,
    )
    wanted = search.Wanted(promise=panel.promise, place=chosen.place, municipality=whom.municipality)
    panel.result = search.search(wish, wanted, at=at, first=chosen.first)
    _fill_rows(panel, by)
    if panel.hold is not None:
        panel.sentence = aloud(panel.hold, at=at)
    if chosen.kind.capacity > 1:
        clients = same_person([whom.client.pk]) if whom.client is not None else []
        panel.sessions = seats.open_sessions(chosen.kind, chosen.unit, at=at, clients=clients, most=20)
    panel.shortage = missing.shortage(chosen.kind, chosen.unit, by_day=panel.promise, free=panel.result.servable, at=at)
    return panel


def _own_hold(whom: About, *, by: Actor, at: datetime) -> Appointment | None:
    """The actor's own running hold for the same contact, case or nobody yet."""
    rows = Appointment.objects.filter(state=State.HELD, held_until__gt=at, created_by=by)
    rows = rows.filter(contact=whom.contact, case=whom.case).order_by("-created_at")
    if whom.contact is None and whom.case is None:
        # A time held before the person was found is theirs too.
        rows = rows.filter(Q(client__isnull=True) | Q(client=whom.person) if whom.person else Q(client__isnull=True))
    return rows.select_related("place", "kind", "unit", "client", "contact").prefetch_related(CLAIMS).first()


def _places(chosen: Choices) -> frozenset[int]:
    if chosen.place is None or chosen.km == "any":
        return frozenset()
    return offers.places_near(chosen.place, km=float(chosen.km))


def _fill_rows(panel: Panel, by: Actor) -> None:
    """Number the rows that can be taken 1 to 9; a held row keeps its place without a number."""
    if panel.result is None:
        return
    number = 0
    inside = _one_of_each(panel.result.inside if panel.promise else [*panel.result.inside, *panel.result.after])
    for offer, others in inside[: panel.choices.shown]:
        row = _row(panel, offer, by, others)
        if row.state in ("free", "late") and number < 9:
            number += 1
            row = Row(row.value, row.when, row.place, row.who, row.reason, row.state, key=str(number))
        panel.rows.append(row)
    panel.more = max(len(inside) - panel.choices.shown, 0)
    if panel.promise:
        panel.late_rows = [_row(panel, offer, by, others) for offer, others in _one_of_each(panel.result.after)[:3]]


def _one_of_each(found: list[search.Offer]) -> list[tuple[search.Offer, int]]:
    """One row for each start, place and way, with how many other workers have the same; held ones stand alone."""
    first: dict[object, search.Offer] = {}
    others: Counter[object] = Counter()
    for offer in found:
        same = offer.same
        others[same] += same in first
        first.setdefault(same, offer)
    return [(offer, others[same]) for same, offer in first.items()]


def _row(panel: Panel, offer: search.Offer, by: Actor, others: int) -> Row:
    reason, state = offer.reason, "late" if offer.is_late else "free"
    if offer.held is not None and offer.held_until is not None:
        mine = offer.held.created_by_id == by.pk and panel.hold is not None and offer.held.pk == panel.hold.pk
        state = "chosen" if mine else "held"
        left = words.duration(offer.held_until - panel.at)
        reason = (
            _("Held by you")
            if mine
            else _("Held by %(name)s. Free again in %(left)s.") % {"name": offer.held_by, "left": left}
        )
    who = _(" and ").join(worker.name for worker in offer.workers)
    if others:
        who = ngettext("%(who)s or %(count)d other", "%(who)s or %(count)d others", others) % {
            "who": who,
            "count": others,
        }
    return Row(
        value=offer.slot,
        when=offer.start,
        place=place_words(offer.mode, offer.place),
        who=who,
        reason=reason[:1].lower() + reason[1:],
        state=state,
    )


def place_words(mode: str, place: Place | None) -> str:
    """Where or how, for staff: the place's name, or the way when nobody comes to a place."""
    if mode in (Mode.PHONE, Mode.VIDEO, Mode.HOME) or place is None:
        return str(Mode(mode).label)
    return place.name


def opened_on(panel: Panel) -> date:
    """The first day shown."""
    return panel.choices.first or local_day(panel.at)
