"""A small county for the tests: a guidance team that books, an income-support team that is booked, a station."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from polku.access.models import Actor, Membership, Municipality, Organisation, Unit
from polku.access.states import ActorKind, OrganisationKind, Role, TaskGroup, UnitKind
from polku.appointments.models import BookingRule, Kind, KindSeat, Opening, Place, Resource
from polku.appointments.states import Mode, ResourceKind
from polku.cases.models import WorkItem
from polku.cases.states import WorkKind
from polku.clients.models import Client, ContactPoint
from polku.clients.states import PointKind
from polku.contacts.models import Contact
from polku.contacts.states import Channel, ContactState
from polku.kit import public_id, reference

START = date(2026, 1, 1)
AT = datetime(2026, 11, 24, 7, 6, tzinfo=UTC)  # Tuesday 9.06
ALL_DAYS = (1, 2, 3, 4, 5)


def unit(key: str, organisation: Organisation, kind: str, **more: object) -> Unit:
    names = {f"name_{language}": key.title() for language in ("fi", "sv", "en")}
    return Unit.objects.create(
        key=key, organisation=organisation, kind=kind, valid_from=START, phone="+358440001000", **names, **more
    )


def staff(name: str, title: str, *posts: tuple[Unit, str], languages: tuple[str, ...] = ("fi",)) -> Actor:
    actor = Actor.objects.create(
        kind=ActorKind.STAFF,
        name=name,
        title_fi=title,
        title_sv=title,
        title_en=title,
        languages=list(languages),
        created_at=AT,
    )
    for where, role in posts:
        Membership.objects.create(actor=actor, unit=where, role=role, task_group=TaskGroup.BROAD, valid_from=START)
    return actor


def opening(resource: Resource, where: Unit, place: Place, **changed: object) -> list[Opening]:
    values: dict[str, object] = {
        "resource": resource,
        "unit": where,
        "place": place,
        "starts": time(9),
        "ends": time(16),
        "modes": [Mode.OFFICE, Mode.PHONE],
        "valid_from": START,
        "created_at": AT,
        "created_by": resource.actor,
        **changed,
    }
    if "weekday" in changed or "on_date" in changed:
        return [Opening.objects.create(**values)]
    return [Opening.objects.create(**values, weekday=weekday) for weekday in ALL_DAYS]


@dataclass
class World:
    guidance: Unit
    team: Unit
    station: Unit
    place: Place
    far: Place
    kind: Kind
    laura: Actor
    petra: Actor
    lead: Actor
    workers: list[Resource] = field(default_factory=list)
    client: Client = None  # type: ignore[assignment]
    contact: Contact = None  # type: ignore[assignment]


def build(workers: int = 3) -> World:
    home = Municipality.objects.get_or_create(
        code="049", defaults={"name_fi": "Espoo", "name_sv": "Esbo", "in_county": True}
    )[0]
    away = Municipality.objects.get_or_create(
        code="444", defaults={"name_fi": "Lohja", "name_sv": "Lojo", "in_county": True}
    )[0]
    county = Organisation.objects.create(
        key="county", kind=OrganisationKind.COUNTY, name_fi="Alue", name_sv="Området", name_en="County"
    )
    guidance = unit("guidance", county, UnitKind.TEAM)
    team = unit("income-support", county, UnitKind.TEAM)
    station = unit("station", county, UnitKind.STATION)
    place = Place.objects.create(
        unit=station, name_fi="Hiidenlahden terveysasema", name_sv="Hiidenviks hälsostation", name_en="Hiidenlahti",
        street_fi="Kauppatie 11", municipality=home, latitude=60.2, longitude=24.6, valid_from=START,
    )  # fmt: skip
    far = Place.objects.create(
        name_fi="Lohjan sote-keskus", name_sv="Lojo central", name_en="Lohja", street_fi="Asemakatu 4",
        municipality=away, latitude=60.25, longitude=24.07, valid_from=START,
    )  # fmt: skip
    kind = Kind.objects.create(
        key="talk", name_fi="Keskustelu", name_sv="Samtal", name_en="Talk", duration_minutes=45, after_minutes=15,
        modes=[Mode.OFFICE, Mode.PHONE], valid_from=START,
    )  # fmt: skip
    KindSeat.objects.create(kind=kind, position=1, roles=[Role.COUNSELLOR, Role.SOCIAL_WORKER])
    BookingRule.objects.create(kind=kind, booker_role=Role.GUIDANCE, target_unit=team, valid_from=START)
    BookingRule.objects.create(kind=kind, client=True, target_unit=team, valid_from=START)
    made = World(
        guidance=guidance,
        team=team,
        station=station,
        place=place,
        far=far,
        kind=kind,
        laura=staff("Laura Heikkilä", "palveluohjaaja", (guidance, Role.GUIDANCE)),
        petra=staff("Petra Salo", "palveluohjaaja", (guidance, Role.GUIDANCE)),
        lead=staff("Leena Johto", "johtava sosiaalityöntekijä", (team, Role.LEAD)),
    )
    for number in range(workers):
        actor = staff(f"Työntekijä {number:02d}", "Sosiaaliohjaaja", (team, Role.COUNSELLOR))
        resource = Resource.objects.create(kind=ResourceKind.WORKER, actor=actor)
        opening(resource, team, place)
        made.workers.append(resource)
    made.client = client(made.laura)
    made.contact = contact(made.laura, guidance)
    return made


def client(by: Actor, family: str = "Koskimäki", **more: object) -> Client:
    made = Client.objects.create(
        family_name=family, given_names="Raija Helena", contact_language="fi", created_at=AT, created_by=by, **more
    )
    if not made.protected:
        ContactPoint.objects.create(client=made, kind=PointKind.PHONE, value="+358440001942", valid_from=START)
    return made


def contact(by: Actor, where: Unit, **more: object) -> Contact:
    item = WorkItem.objects.create(kind=WorkKind.CONTACT, unit=where, opened_at=AT)
    values = {"state": ContactState.OPEN, "channel": Channel.PHONE, **more}
    return Contact.objects.create(
        reference=reference.new(AT.date()),
        work_item=item,
        unit=where,
        received_at=AT,
        created_at=AT,
        created_by=by,
        public_id=public_id.new(),
        **values,
    )
