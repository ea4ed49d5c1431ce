"""One thing of every sort, made by the real actions, and somebody of every role: what the access table is tried on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from polku.access import actions as access
from polku.access.models import Actor, Membership, Unit
from polku.appointments import actions as appointments
from polku.appointments import links
from polku.appointments.models import BookingRule, Kind, Opening, Resource
from polku.appointments.states import Mode
from polku.assessments import actions as assessments
from polku.assessments import answering, measures, plans, published
from polku.assessments.models import AnswerBeside, Known
from polku.audit import seals
from polku.cases import events
from polku.cases.models import Case
from polku.clients import actions as clients
from polku.clients.actions import Person
from polku.clients.models import Client
from polku.contacts import actions as contacts
from polku.contacts import callbacks, drafts, matters, people
from polku.contacts.models import Contact
from polku.contacts.states import PartyRole
from polku.deadlines.models import Clock
from polku.meetings import actions as meetings
from polku.meetings import attendance, groups, items, planning, proposing
from polku.meetings.models import Minutes
from polku.meetings.states import MemberRole
from polku.outbox.models import Message
from polku.outbox.states import State
from tests.desk.world import AT, workers

# Columns of docs/access.toml: who asks, and what ties them to the things below.
PEOPLE = {
    "nobody": "",  # not signed in
    "own": "suvi",  # guidance worker: took the call, booked the time, own worker of the case
    "colleague": "nina",  # guidance worker of the same unit
    "booked": "annakaisa",  # counsellor of another unit, in whose calendar the time is
    "stranger": "ville",  # social worker of another unit, no tie at all
    "health": "heli",  # public health nurse of a station
    "secretary": "pirjo",  # secretary of the unit
    "lead": "helena",  # head of the unit
    "officer": "tuomas",  # data protection officer
    "admin": "outi",  # main user
}
START = datetime(2026, 11, 25, 7, 0, tzinfo=UTC)  # Wednesday at 9.00


@dataclass
class World:
    """Actors by column, and the values that stand in addresses by the name of the address."""

    actors: dict[str, Actor | None] = field(default_factory=dict)
    values: dict[str, dict[str, object]] = field(default_factory=dict)
    client: Client = None  # type: ignore[assignment]


def build() -> World:
    """Make the county, its workers, and one of everything."""
    staff = workers(at=AT)
    world = World(actors={column: staff[name] if name else None for column, name in PEOPLE.items()})
    suvi, annakaisa = staff["suvi"], staff["annakaisa"]
    team = Unit.objects.get(key="aikuisneuvonta")
    world.client = clients.create(
        person=Person(family_name="Koskimäki", given_names="Raija", phone="0440001942", municipality="049"),
        by=suvi, at=AT,
    )  # fmt: skip
    other = clients.create(person=Person(family_name="Koskimäki", given_names="R."), by=suvi, at=AT)
    contact, party, stale = _contact(world.client, team, suvi)
    case = matters.open_case(contact=contact, party=party, by=suvi, at=AT, unit=team, own_worker=suvi)
    # Only what somebody wrote can be corrected.
    entry = events.record(case=case, text="Soitti ja kysyi.", by=suvi, at=AT, key="event")
    call_back = callbacks.promise(
        unit=team, agreed_at=AT + timedelta(hours=3), reason="Vuokra", by=suvi, at=AT, key="cb", contact=contact
    )
    calendar = Resource.objects.get(actor=annakaisa)
    first = Opening.objects.filter(resource=calendar).order_by("pk")[0]
    kind = Kind.objects.get(key="keskustelu") if Kind.objects.filter(key="keskustelu").exists() else _bookable()
    row = appointments.hold(
        kind=kind, unit=first.unit, start=START, workers=[calendar], mode=Mode.OFFICE, by=suvi, at=AT, key="a",
        client=world.client, contact=contact,
    )  # fmt: skip
    row = appointments.confirm(appointment=row, by=suvi, at=AT)
    absence = access.add_absence(
        actor=annakaisa, starts_at=AT + timedelta(days=30), ends_at=AT + timedelta(days=31), by=annakaisa, at=AT
    )
    busy = appointments.add_busy_source(
        resource=calendar, name="Outlook", by=annakaisa, at=AT, content=_CALENDAR.encode()
    )
    message = Message.objects.filter(key__startswith="appointment").order_by("pk").first()
    clock = Clock.objects.filter(work_item=contact.work_item).order_by("pk").first()
    # As when the operator has told that the number does not exist.
    Message.objects.filter(pk=message.pk if message else 0).update(
        state=State.FAILED, closed_at=AT, next_try_at=None, lease_until=None
    )
    machine, _key = access.add_source(
        name="Omaolo", scopes=("contacts:write",), unit=team, by=staff["outi"], at=AT - timedelta(days=2)
    )
    assert entry.public_id and clock and message and contact.work_item
    by_id = {"public_id": world.client.public_id}
    calls = {"public_id": contact.public_id}
    booked = {"public_id": row.public_id}
    calendars = {"public_id": calendar.public_id}
    cases = {"public_id": case.public_id}
    world.values = {
        "desk:person": by_id, "desk:person_": by_id, "desk:dpo_told": by_id,
        "desk:contact": calls, "desk:reopen": calls, "desk:call_back": {"public_id": call_back.public_id},
        "desk:settle": {**calls, "stale_id": stale}, "desk:remove_party": {**calls, "party_id": party.public_id},
        "desk:why": {**calls, "rule": clock.rule},
        "desk:case": cases, "desk:case_": cases, "desk:case_correct": {**cases, "entry_id": entry.public_id},
        "desk:message_": {"public_id": message.public_id}, "desk:team": {"key": team.key},
        "desk:": calls,
        "appointments:calendar": calendars, "appointments:add_": calendars,
        "appointments:end_opening": {**calendars, "opening_id": first.public_id},
        "appointments:remove_absence": {**calendars, "absence_id": absence.public_id},
        "appointments:remove_busy": {**calendars, "source_id": busy.public_id},
        "appointments:kind": {"key": kind.key},
        "appointments:end_rule": {"rule_id": BookingRule.objects.order_by("pk")[0].pk},
        "appointments:link": {"token": links.make(row, at=AT)},
        "appointments:feed": {"token": appointments.new_feed(actor=annakaisa, by=annakaisa, at=AT)},
        "appointments:": booked,
        **_assessing(case, staff),
        **_meeting(case, staff),
        "desk:worker": {"public_id": staff["nina"].public_id},
        "desk:end_post": {
            "public_id": staff["nina"].public_id, "post": Membership.objects.get(actor=staff["nina"]).pk
        },
        "desk:end_machine": {"public_id": machine.actor.public_id},
        "deadlines:why": {"public_id": clock.public_id},
        "deadlines:change": {"public_id": clock.public_id},
        "ui:theme": {"version": "0123456789"}, "ui:jsi18n": {"language": "fi"},
        "openid_connect_": {"provider_id": "staff"},
    }  # fmt: skip
    for name in ("item", "take_one", "hand_over_one", "wait_one", "release_one"):
        world.values[f"desk:{name}"] = {"public_id": contact.work_item.public_id}
    world.values["desk:person_merge"] = {**by_id, "other": other.public_id}
    seals.seal_all(at=AT)
    return world


def _contact(person: Client, team: Unit, by: Actor) -> tuple[Contact, object, str]:
    contact = contacts.start(unit=team, by=by, at=AT, key="c")
    party = people.add(
        contact=contact, role=PartyRole.CONCERNED, told=people.Told(family_name="Koskimäki"), by=by, at=AT
    )
    party = people.identify(party=party, client=person, by=by, at=AT)
    contact = contacts.record(contact=contact, by=by, at=AT)
    drafts.save(contact=contact, version=1, said="Vuokra on maksamatta.", by=by, at=AT)
    saved = drafts.save(contact=contact, version=1, said="Toinen teksti.", by=by, at=AT)
    return contact, party, saved.kept.public_id if saved.kept else ""


def _assessing(case: Case, staff: dict[str, Actor]) -> dict[str, dict[str, object]]:
    """Begin an assessment, record a measure and draft a plan; two people have written the same answer."""
    suvi = staff["suvi"]
    form = published.in_force("working_age", day=AT.date())
    row = assessments.begin(case=case, form=form, by=suvi, at=AT, key="assessment")
    told = {"assessment": row, "path": "housing.description", "voice": "client", "version": 0, "at": AT}
    answering.save(value="Pelkään öisin.", by=suvi, **told)
    answering.save(value="Pelkään yöllä.", by=staff["nina"], **{**told, "at": AT + timedelta(seconds=30)})
    known = Known.objects.create(assessment=row, path="housing.form", value="rented", source_kind="contact")
    measure = measures.record(
        case=case, instrument="phq9", done_on=AT.date(), total=14, parts={"9": 1}, by=suvi, at=AT, key="measure"
    )
    plan = plans.draft(case=case, by=suvi, at=AT, key="plan")
    plans.save(plan=plan, edit=0, content=plans.Content(goals=[plans.GoalText("Oma koti")]), by=suvi, at=AT)
    values: dict[str, object] = {
        "public_id": row.public_id, "case_id": case.public_id, "key": "housing", "path": "housing.searched",
        "known_id": known.public_id, "beside_id": AnswerBeside.objects.get(assessment=row).public_id,
        "measure_id": measure.public_id, "plan_id": plan.public_id, "goal_id": plans.goals(plan)[0].public_id,
    }  # fmt: skip
    return {
        "assessments:": values,
        "assessments:instrument": {**values, "key": "phq9"}, "assessments:record": {**values, "key": "phq9"},
        "assessments:export_form": {"key": "working_age", "version": 1},
    }  # fmt: skip


def _meeting(case: Case, staff: dict[str, Actor]) -> dict[str, dict[str, object]]:
    """Let own's unit meet: own's client is being handled, somebody is disqualified, an earlier meeting has minutes."""
    helena, pirjo, suvi = staff["helena"], staff["pirjo"], staff["suvi"]
    names = {"fi": "SAP-kokous", "sv": "SAP-möte", "en": "SAP meeting"}
    series = groups.establish(
        key="sap", unit=case.unit, names=names, form="working_age", rubric="housing", by=helena, at=AT
    )
    for actor, part in ((helena, MemberRole.CHAIR), (pirjo, MemberRole.SECRETARY)):
        member = groups.appoint(series=series, actor=actor, part=part, by=helena, at=AT)
    hour, before = timedelta(hours=1), AT - timedelta(minutes=20)
    held = planning.plan(series=series, starts_at=AT - hour / 6, ends_at=AT + hour, by=helena, at=before, key="held")
    meetings.begin(meeting=held, chair=helena, by=helena, at=AT)
    meetings.end(meeting=held, by=helena, at=AT)
    row = planning.plan(series=series, starts_at=AT + hour, ends_at=AT + 2 * hour, by=helena, at=AT, key="row")
    item = proposing.propose(
        meeting=row, case=case, service="community_housing", basis="new", minutes=10, by=suvi, at=AT, key="item"
    )
    meetings.begin(meeting=row, chair=helena, by=helena, at=AT)
    items.open_item(item=item, by=helena, at=AT)
    out = attendance.disqualify(item=item, actor=pirjo, ground="party", by=helena, at=AT)
    values: dict[str, object] = {
        "public_id": row.public_id, "item_id": item.public_id, "case_id": case.public_id, "key": series.key,
        "actor_id": pirjo.public_id, "number": member.pk, "criterion": "criteria.functioning",
        "minutes_id": Minutes.objects.get(meeting=held).public_id,
    }  # fmt: skip
    return {"meetings:": values, "meetings:requalify": {**values, "number": out.pk}}


def _bookable() -> Kind:
    rule = BookingRule.objects.filter(booker_role="guidance", target_unit__key="toimeentulotukitiimi").order_by("pk")[0]
    return rule.kind


def values_for(world: World, name: str, wanted: set[str]) -> dict[str, object]:
    """Return the values for an address: those under its own name, else under the longest beginning of it."""
    best = max((known for known in world.values if name == known or name.startswith(known)), key=len, default="")
    given = world.values.get(best, {})
    return {key: value for key, value in given.items() if key in wanted}


_CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//x//y//EN
BEGIN:VEVENT
UID:1
DTSTAMP:20261124T000000Z
DTSTART:20261230T070000Z
DTEND:20261230T080000Z
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n")
