"""The county that is looked at: first without a single contact, then with one of everything and with lives of days."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.urls import reverse

from polku.access import closing
from polku.access.models import Actor, Unit
from polku.appointments import actions as appointments
from polku.appointments import links, seats
from polku.appointments.models import Appointment, Kind, Opening, Participant, Resource, WaitingEntry
from polku.appointments.states import LinkPurpose, Mode
from polku.clients import actions as clients
from polku.clients.actions import Person
from polku.clients.models import Client
from polku.contacts import actions as contacts
from polku.contacts import matters, people
from polku.contacts.states import PartyRole
from polku.deadlines.models import Clock
from polku.deadlines.states import AGREED
from polku.demo import build
from polku.kit.localtime import local_date
from polku.site.context import working
from tests.desk.world import AT, workers
from tests.site import access_world
from tests.site.access_world import PEOPLE, START, World

CONTACTS, DAYS = 60, 12
LANGUAGES = [code for code, _name in settings.LANGUAGES]
# A name as long as names are.
LONG = ("Koskimäki-Ahvenainen", "Raija Helena Maria Kristiina")
PASSWORD = "kesäyö-ja-kuikka-7"
# Beside the columns of the access table: who signs in by a password, and who has a second factor too.
WITH_PASSWORD, WITH_CODE = "password", "code"


@dataclass
class Town:
    """Who is there by column of the access table, its things, and addresses that only some days have."""

    actors: dict[str, Actor] = field(default_factory=dict)
    world: World = field(default_factory=World)
    at: dict[str, str] = field(default_factory=dict)


def people_only() -> Town:
    """Return the county with its workers and their calendars, and nobody who has ever asked anything."""
    staff = workers(at=AT)
    town = Town(actors={column: staff[name] for column, name in PEOPLE.items() if name})
    town.actors["lead2"] = staff["petri"]
    for who, name in ((WITH_PASSWORD, "janne"), (WITH_CODE, "sami")):
        actor = town.actors[who] = staff[name]
        actor.account.set_password(PASSWORD)
        actor.account.save()
    TOTP.activate(town.actors[WITH_CODE].account, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(town.actors[WITH_CODE].account)
    return town


def fill(town: Town) -> None:
    """Make one of everything that an address can name, what only some days have, and the lives of the last days."""
    town.world = access_world.build()
    _groups(town)
    _times(town)
    why = ("Kehittämispäivä", "Utvecklingsdag", "Training day")
    # The day of the time that was cancelled on the unit's side, and a day without any.
    for lead, key, days in (("lead2", "toimeentulotukitiimi", 2), ("lead", "aikuisneuvonta", 14)):
        unit, day = Unit.objects.get(key=key), local_date(START) + timedelta(days=days)
        closing.close_day(unit=unit, day=day, by=town.actors[lead], at=AT, reasons=why)
    _told_by_nobody(town)
    _protected(town)
    for _made in build.build(contacts=CONTACTS, days=DAYS, seed="looks", at=AT, working=working):
        pass
    _deadlines(town)


def _client(by: Actor, family: str, given: str) -> Client:
    person = Person(family_name=family, given_names=given, phone="0440001943", municipality="049")
    return clients.create(person=person, by=by, at=AT)


def _book(town: Town, kind: Kind, unit: Unit, start: datetime, at: datetime, **about: object) -> Appointment:
    own = town.actors["own"]
    calendar = Resource.objects.get(actor=town.actors["booked"])
    row = appointments.hold(
        kind=kind, unit=unit, start=start, workers=[calendar], mode=Mode.OFFICE, by=own, at=at,
        key=f"looks-{start.isoformat()}", **about,  # type: ignore[arg-type]
    )  # fmt: skip
    return appointments.confirm(appointment=row, by=own, at=at)


def _seat(town: Town, row: Appointment, family: str, given: str, at: datetime) -> Participant:
    own = town.actors["own"]
    who = _client(own, family, given)
    return appointments.join_group(appointment=row, client=who, by=own, at=at, key=f"looks-{who.public_id}")


def _told_by_nobody(town: Town) -> None:
    """A call that has begun, of which nobody knows yet who calls."""
    unit = Unit.objects.get(key="aikuisneuvonta")
    contact = contacts.start(unit=unit, by=town.actors["own"], at=AT, key="looks-call")
    town.at["call without a person"] = reverse("desk:call", args=[contact.public_id])


def _protected(town: Town) -> None:
    """Somebody whose details may not be disclosed, in a contact and a case of own's."""
    unit, own = Unit.objects.get(key="aikuisneuvonta"), town.actors["own"]
    who = clients.create(
        person=Person(family_name="Heinonen", given_names="Saara", phone="0440001955", municipality="049", protected=True),
        by=own, at=AT,
    )  # fmt: skip
    contact = contacts.start(unit=unit, by=own, at=AT, key="looks-protected")
    party = people.add(
        contact=contact, role=PartyRole.CONCERNED, told=people.Told(family_name="Heinonen"), by=own, at=AT
    )
    party = people.identify(party=party, client=who, by=own, at=AT)
    matters.open_case(contact=contact, party=party, by=own, at=AT, unit=unit, own_worker=own)
    town.at["protected person"] = reverse("desk:person", args=[who.public_id])


def _deadlines(town: Town) -> None:
    """A promise that may be paused, and a deadline that was met and may run again."""
    ours = Clock.objects.filter(work_item__unit__key="aikuisneuvonta", cancelled_at=None).order_by("pk")
    runs = ours.filter(rule__startswith="promise", met_at=None)[0]
    met = ours.filter(met_at__isnull=False).exclude(rule=AGREED)[0]
    for name, clock in (("promise that runs", runs), ("deadline that was met", met)):
        town.at[name] = reverse("deadlines:why", args=[clock.public_id])


def _groups(town: Town) -> None:
    """A group ahead with a seat taken and told and one given up, and one that has begun and waits for its roll."""
    own = town.actors["own"]
    kind, unit = Kind.objects.get(key="talousryhma"), Unit.objects.get(key="toimeentulotukitiimi")
    ahead = _book(town, kind, unit, START + timedelta(days=7), AT)
    first, second = _seat(town, ahead, *LONG, AT), _seat(town, ahead, "Öhman", "Åke", AT)
    appointments.tell_participant(participant=first, by=own, at=AT)
    appointments.leave_group(participant=second, side="client", reason="soitti", by=own, at=AT)
    before = AT - timedelta(days=5)
    appointments.add_opening(
        resource=Resource.objects.get(actor=town.actors["booked"]), unit=unit, starts=time(8), ends=time(12),
        modes=[Mode.OFFICE], valid_from=local_date(AT), place=ahead.place, by=town.actors["booked"], at=before,
    )  # fmt: skip
    begun = _book(town, kind, unit, START - timedelta(days=1), before)
    for family, given in (LONG, ("Šimić", "Željka"), ("Ek", "Bo")):
        _seat(town, begun, family, given, before)
    town.at |= {
        "group ahead": f"/appointments/{ahead.public_id}/",
        "group begun": f"/appointments/{begun.public_id}/",
        "joining a group": f"/appointments/?kind={kind.key}&unit={unit.key}",
        "seat link": f"/appointments/t/{links.make(seats.own(first), at=AT)}/",
    }


def _times(town: Town) -> None:
    """A time that is cancelled and can be taken back, its dead link, and a client to whom it is offered."""
    own = town.actors["own"]
    kind = access_world._bookable()
    unit = Opening.objects.filter(resource__actor=town.actors["booked"]).order_by("pk")[0].unit
    later = _book(town, kind, unit, START + timedelta(days=14), AT, client=_client(own, "Åberg", "Signe"))
    appointments.join(appointment=later, by=own, at=AT, key="looks-earlier")
    gone = _book(
        town, kind, unit, START + timedelta(days=2, hours=3, minutes=30), AT, client=_client(own, "Lindqvist", "Gunnel")
    )
    dead = links.make(gone, at=AT)
    appointments.cancel(appointment=gone, side="unit", reason="työntekijä sairastui", by=own, at=AT)
    entry = WaitingEntry.objects.get(appointment=later)
    offer = links.make(later, at=AT, purpose=LinkPurpose.OFFER, waiting=entry)
    begun = _book(town, kind, unit, START - timedelta(days=7), AT - timedelta(days=8), client=_client(own, "Ek", "Eva"))
    appointments.done(appointment=begun, by=town.actors["booked"], at=AT)
    # Wednesdays and Fridays on which the unit is open and the calendar has nothing else.
    for what, first, weeks in (("move", START, (3, 4, 7)), ("cancel", START + timedelta(hours=51.5), (1, 2, 3))):
        for week, language in zip(weeks, LANGUAGES, strict=True):
            client = _client(own, "Virtanen", f"Åsa {language}")
            own_time = _book(town, kind, unit, first + timedelta(weeks=week), AT, client=client)
            town.at[f"link to {what} {language}"] = f"/appointments/t/{links.make(own_time, at=AT)}/"
    town.at |= {
        "held meeting": f"/appointments/{begun.public_id}/",
        "free for one": f"/appointments/?kind={kind.key}&unit={unit.key}",
        "cancelled": f"/appointments/{gone.public_id}/",
        "used link": f"/appointments/t/{dead}/",
        "offer link": f"/appointments/t/{offer}/",
        "moving": f"/appointments/?moving={later.public_id}",
    }
