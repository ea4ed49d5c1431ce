"""Builds what is measured: lives by the real actions on their true dates, then one long case and 200 full calendars."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import TYPE_CHECKING

from bench.shape import Connection, Table
from bench.site import Site, one
from polku.kit.localtime import HELSINKI, local_date

if TYPE_CHECKING:
    from polku.access.models import Unit
    from polku.appointments.models import Kind

DAYS = 400
LONG_YEARS, EVENTS = 12, 600
CALENDARS, BOOKED, AHEAD = 200, 0.85, 70
UNIT, KIND = "bench-calendars", "keskustelu"
MORNING, AFTERNOON = (time(9), time(11, 30)), (time(12, 30), time(15, 30))
MACHINE = "Bench"
SCOPES = ("contacts:write", "contacts:read", "appointments:read", "appointments:write")


@dataclass(frozen=True, slots=True)
class Built:
    """What the operations need to know."""

    key: str
    """The machine's key to the API."""
    long_case: str
    """Public id of the case with the long history."""
    owner: str
    """User name of its own worker."""


def lives(site: Site, *, contacts: int) -> None:
    """Migrate and build lives with both cores, and let their messages go, as a worker would have."""
    site.polku("migrate")
    site.polku("demo", "--contacts", str(contacts), "--days", str(DAYS), "--processes", "2", "--fill")
    _send_messages()


def _send_messages() -> None:
    """Send what waits, to the demo's own gateways; office hours are on the next working day at the latest."""
    from polku.kit import clock
    from polku.outbox import sending
    from polku.outbox.models import Message

    latest = Message.objects.order_by("-next_try_at").exclude(next_try_at=None).values_list("next_try_at", flat=True)
    at = max([clock.now(), *[moment for moment in latest[:1] if moment]])
    while sending.send_due(at=at):
        pass


def rest(site: Site) -> Built:
    """Build once what every size shares: a machine, the long case, the calendars."""
    from polku.access import actions as access
    from polku.access.models import Unit
    from polku.kit import clock

    at = clock.now()
    unit = Unit.objects.get(key="aikuisneuvonta")
    _source, key = access.add_source(
        name=MACHINE, unit=unit, scopes=SCOPES, by=None, at=at, per_minute=1_000_000
    )  # fmt: skip
    case, owner = _long_case(at)
    with site.connect() as connection:
        _calendars(connection, at)
    return Built(key, case, owner)


def _long_case(at: datetime) -> tuple[str, str]:
    """Give a case 12 years of events, as they come from an older system; returns its public id and its owner."""
    from polku.access.models import Account
    from polku.cases import actions as cases
    from polku.cases.models import NamedWorker

    named = NamedWorker.objects.filter(valid_until=None, case__closed_at=None).select_related("case", "actor")
    row = named.order_by("pk")[0]
    owner = Account.objects.get(actor=row.actor)
    rng = Random(1)
    for _ in range(EVENTS):
        cases.note(
            event="cases.event", by=row.actor, at=at, case=row.case, client=row.case.client,
            happened_at=at - timedelta(days=rng.randrange(1, 365 * LONG_YEARS), minutes=rng.randrange(600)),
            text="Tapaaminen: puhuttu vuokrasta, kuntoutuksesta ja siitä, miten arki sujuu. Seuraava aika sovittu.",
        )  # fmt: skip
    return row.case.public_id, owner.username


def _calendars(connection: Connection, at: datetime) -> None:
    """Make 200 workers with an ordinary week in a unit of their own, and book 85 % of their times ahead."""
    from polku.access import actions as access
    from polku.access.models import Account, Unit
    from polku.access.states import Role
    from polku.appointments.models import BookingRule, Kind, Opening, Place, Resource
    from polku.appointments.states import Mode, ResourceKind

    unit = Unit.objects.get(key="toimeentulotukitiimi")
    rules = list(BookingRule.objects.filter(target_unit=unit, kind__key=KIND))
    unit.pk, unit.key = None, UNIT
    unit.public_id = Unit._meta.get_field("public_id").get_default()
    unit.save(force_insert=True)
    for rule in rules:
        rule.pk, rule.target_unit = None, unit
        rule.save(force_insert=True)
    chief = Account.objects.get(username="outi").actor
    place = Place.objects.order_by("pk")[0]
    start = local_date(at) - timedelta(days=30)
    for number in range(CALENDARS):
        actor = access.add_staff(
            name=f"Työntekijä {number:03}", username=f"bench{number}", password=None, at=at, by=chief
        )
        access.give_post(actor=actor, unit=unit, role=Role.COUNSELLOR, by=chief, at=at, valid_from=start)
        worker = Resource.objects.create(actor=actor, kind=ResourceKind.WORKER)
        Opening.objects.bulk_create(
            Opening(
                resource=worker, unit=unit, place=place, weekday=weekday, starts=starts, ends=ends,
                modes=[Mode.OFFICE, Mode.PHONE], valid_from=start, created_at=at, created_by=chief,
            )
            for weekday in range(1, 6)
            for starts, ends in (MORNING, AFTERNOON)
        )  # fmt: skip
    _book(connection, unit, Kind.objects.get(key=KIND), at)


_BOOK = """
WITH slot AS (
    SELECT r.id AS resource, nextval('appointments_appointment_id_seq') AS id, day + hour AS wall
    FROM appointments_resource r JOIN access_membership m ON m.actor_id = r.actor_id AND m.unit_id = %(unit)s,
         generate_series(%(first)s::date, %(last)s::date, interval '1 day') day, unnest(%(hours)s::time[]) hour
    WHERE extract(isodow FROM day) < 6 AND random() < %(share)s
), made AS (
    INSERT INTO appointments_appointment ({columns})
    SELECT {values} FROM slot, (SELECT * FROM appointments_appointment WHERE state = 'booked' ORDER BY id LIMIT 1) s
    RETURNING id, blocks, live
)
INSERT INTO appointments_claim (appointment_id, resource_id, position, during, live)
SELECT made.id, slot.resource, 1, made.blocks, made.live FROM made JOIN slot USING (id)
"""


def _book(connection: Connection, unit: Unit, kind: Kind, at: datetime) -> None:
    """Book times by copying one booked time: the search reads claims, whoever made them."""
    from bench import shape

    span = "tstzrange(slot.wall AT TIME ZONE {zone}, (slot.wall + interval '{length}') AT TIME ZONE {zone})"
    zone = f"'{HELSINKI.key}'"
    during, blocks = (span.format(zone=zone, length=f"{minutes} minutes") for minutes in (45, 60))
    own = {
        "id": "slot.id", "public_id": "substr(md5('bench' || slot.id), 1, 16)", "unit_id": "%(unit)s",
        "kind_id": "%(kind)s", "during": during, "blocks": blocks,
        "key": "''", "replaces_id": "NULL", "contact_id": "NULL", "case_id": "NULL", "work_item_id": "NULL",
        "client_id": "(%(clients)s::bigint[])[1 + slot.id %% %(known)s]", "told_in_first_contact": "false",
    }  # fmt: skip
    table: Table = shape.read(connection).tables["appointments_appointment"]
    statement = _BOOK.format(
        columns=", ".join(f'"{name}"' for name in table.names),
        values=", ".join(own.get(name, f's."{name}"') for name in table.names),
    )
    hours = [time(9), time(10), time(12, 30), time(13, 30), time(14, 30)]
    first: date = at.astimezone(HELSINKI).date()
    clients = [pk for (pk,) in connection.execute("SELECT id FROM clients_client ORDER BY id LIMIT 500").fetchall()]
    connection.execute("SELECT setseed(0.5)")
    connection.execute(
        statement,
        {"unit": unit.pk, "kind": kind.pk, "first": first, "last": first + timedelta(days=AHEAD), "hours": hours,
         "share": BOOKED, "clients": clients, "known": len(clients)},
    )  # fmt: skip
    connection.execute("ANALYZE appointments_appointment, appointments_claim")
    assert one(connection, "SELECT count(*) FROM appointments_appointment WHERE unit_id = %s", unit.pk)
