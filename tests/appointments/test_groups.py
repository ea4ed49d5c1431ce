"""Group times, two workers together, and missing times by team and week."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from polku.access.models import Actor
from polku.access.states import Role
from polku.appointments import actions, clocks, jobs, missing, search
from polku.appointments.models import Appointment, ClientLink, Kind, KindSeat, Participant, Resource
from polku.appointments.snapshot import Wish
from polku.appointments.states import CancelledBy, Mode, ResourceKind, State
from polku.cases.models import Relation
from polku.clients.models import Client, ContactPoint
from polku.clients.states import PointKind
from polku.contacts import actions as contacts
from polku.contacts import people
from polku.contacts.details import Details
from polku.contacts.models import CallBack, Contact
from polku.contacts.people import Told
from polku.contacts.states import PartyRole
from polku.deadlines import actions as deadlines
from polku.deadlines.models import Clock
from polku.kit.errors import Conflict, Invalid, NotAllowed
from polku.outbox.models import Message
from tests.appointments import world
from tests.appointments.world import AT, World

pytestmark = pytest.mark.django_db

START = datetime(2026, 11, 25, 7, 0, tzinfo=UTC)


@pytest.fixture
def county(db: None) -> World:
    return world.build()


def session(county: World, capacity: int = 2) -> Appointment:
    Kind.objects.update(capacity=capacity)
    county.kind.refresh_from_db()
    row = actions.hold(
        kind=county.kind, unit=county.team, start=START, workers=[county.workers[0]], mode=Mode.OFFICE, by=county.laura,
        at=AT, key="",
    )  # fmt: skip
    return actions.confirm(appointment=row, by=county.laura, at=AT)


def join(county: World, row: Appointment, name: str) -> Participant:
    client = world.client(county.laura, name)
    return actions.join_group(appointment=row, client=client, by=county.laura, at=AT, key="")


def test_seats_clients_until_the_group_is_full(county: World) -> None:
    row = session(county)
    one = join(county, row, "Eka")
    assert actions.join_group(appointment=row, client=one.client, by=county.laura, at=AT, key="").pk == one.pk
    join(county, row, "Toka")
    with pytest.raises(Conflict) as refused:
        join(county, row, "Kolmas")
    assert refused.value.code == "full"
    actions.leave_group(participant=one, side=CancelledBy.CLIENT, reason="x", by=county.laura, at=AT)
    assert join(county, row, "Kolmas").seat == 1
    assert row.claims.count() == 1, "one claim, many participants"


def test_marks_no_group_as_a_whole_as_not_come(county: World) -> None:
    row = session(county)
    join(county, row, "Eka")
    with pytest.raises(Invalid) as refused:
        actions.no_show(appointment=row, by=county.lead, at=START)
    assert refused.value.code == "group"


def test_marks_each_participant(county: World) -> None:
    row = session(county)
    one = join(county, row, "Eka")
    actions.mark_participant(participant=one, state=State.DONE, by=county.lead, at=START)
    one.refresh_from_db()
    assert (one.state, one.closed_at) == (State.DONE, START)


def test_refuses_a_group_where_there_is_none(county: World) -> None:
    with pytest.raises(Invalid):
        join(county, _single(county), "Eka")


def _single(county: World) -> Appointment:
    row = actions.hold(
        kind=county.kind, unit=county.team, start=START, workers=[county.workers[0]], mode=Mode.OFFICE, by=county.laura,
        at=AT, key="", client=county.client,
    )  # fmt: skip
    return actions.confirm(appointment=row, by=county.laura, at=AT)


def test_finds_and_books_a_social_worker_and_a_nurse_together(county: World) -> None:
    nurse = world.staff("Sairaanhoitaja", "sairaanhoitaja", (county.team, Role.NURSE))
    resource = Resource.objects.create(kind=ResourceKind.WORKER, actor=nurse)
    world.opening(resource, county.team, county.place, weekday=3)
    KindSeat.objects.create(kind=county.kind, position=2, roles=[Role.NURSE])
    found = search.search(Wish(county.kind, county.team), search.Wanted(), at=AT)
    free = [*found.inside, *found.after]
    assert free and all(len(offer.workers) == 2 and offer.workers[1] == nurse for offer in free)
    assert {offer.day.isoweekday() for offer in free} == {3}
    assert found.servable == len({offer.start for offer in free}), "one nurse serves one client at a time"
    slot = search.Slot.parse(free[0].slot)
    row = actions.hold(
        kind=county.kind, unit=county.team, start=slot.start, workers=actions.workers_of(slot), mode=slot.mode,
        by=county.laura, at=AT, key="", client=county.client,
    )  # fmt: skip
    assert [claim.resource.actor for claim in row.claims.order_by("position")][1] == nurse


def clock(county: World) -> Clock:
    """A client of the team who waits for a talk within seven working days."""
    contact = world.contact(county.laura, county.team)
    return deadlines.open_clock(work_item=contact.work_item, rule="tt_talk", counted_from_at=AT, by=county.laura, at=AT)


def test_counts_the_clients_who_wait_against_free_times(county: World) -> None:
    county.kind.rules = ["tt_talk"]
    county.kind.save()
    assert clock(county).last_day == date(2026, 12, 3)
    clock(county)
    weeks = missing.weeks(county.kind, county.team, at=AT)
    assert [(week.number, week.waiting, week.missing) for week in weeks][:2] == [(48, 0, 0), (49, 2, 0)]
    Resource.objects.update(active=False)
    weeks = missing.weeks(county.kind, county.team, at=AT)
    assert [(week.number, week.missing) for week in weeks if week.missing] == [(49, 2)]
    assert missing.alerts([(county.kind, county.team)], at=AT)[0].missing == 2


def test_counts_the_weeks_of_many_units_at_once_as_of_each_alone(county: World) -> None:
    county.kind.rules = ["tt_talk"]
    county.kind.save()
    clock(county)
    units = [county.guidance, county.team]
    with CaptureQueriesContext(connection) as alone:
        team = missing.weeks(county.kind, county.team, at=AT)
    with CaptureQueriesContext(connection) as together:
        both = missing.weeks_of(county.kind, units, at=AT)
    assert both == [missing.weeks(county.kind, county.guidance, at=AT), team]
    assert len(together) == len(alone)
    assert any(week.waiting for week in team) and any(week.free for week in team)
    Resource.objects.update(active=False)
    whole, short = (missing.weeks_of(county.kind, units, at=AT, idle=idle) for idle in (True, False))
    lacking = [[week.missing for week in weeks] for weeks in whole]
    assert lacking == [[week.missing for week in weeks] for weeks in short] and lacking[1][1] == 1


def test_counts_nobody_twice_and_nobody_who_has_a_time(county: World) -> None:
    county.kind.rules = ["tt_talk"]
    county.kind.save()
    item = clock(county).work_item
    row = actions.hold(
        kind=county.kind, unit=county.team, start=START, workers=[county.workers[0]], mode=Mode.OFFICE, by=county.laura,
        at=AT, key="", client=county.client, work_item=item,
    )  # fmt: skip
    assert missing.shortage(county.kind, county.team, by_day=None, free=0, at=AT).waiting == 0
    later = AT + timedelta(minutes=10)
    assert missing.shortage(county.kind, county.team, by_day=None, free=0, at=later).waiting == 1, "the hold has ended"
    assert row.state == State.HELD


def test_meets_the_clock_by_the_beginning_of_the_meeting(county: World) -> None:
    county.kind.rules = ["tt_talk"]
    county.kind.save()
    running = clock(county)
    row = actions.hold(
        kind=county.kind, unit=county.team, start=START, workers=[county.workers[0]], mode=Mode.OFFICE, by=county.laura,
        at=AT, key="", client=county.client, work_item=running.work_item,
    )  # fmt: skip
    row = actions.confirm(appointment=row, by=county.laura, at=AT)
    worker = county.workers[0].actor
    assert worker is not None
    actions.done(appointment=row, by=worker, at=START + timedelta(hours=1))
    running.refresh_from_db()
    assert running.met_at == START
    actions.put_right(appointment=row, reason="x", by=worker, at=START + timedelta(hours=2))
    running.refresh_from_db()
    assert running.met_at is None, "it runs again when the mark was a mistake"


def talk_contact(county: World, name: str) -> tuple[Contact, Client, Clock]:
    """A client of the guidance team who has asked for a talk (1412/1997 14 d §)."""
    call = contacts.start(unit=county.guidance, by=county.laura, at=AT, key=name)
    call = contacts.record(contact=call, details=Details(asks_to_talk=True), by=county.laura, at=AT)
    party = people.add(contact=call, role=PartyRole.CONCERNED, told=Told(family_name=name), by=county.laura, at=AT)
    party = people.make_known(party=party, by=county.laura, at=AT)
    assert party.client is not None
    ContactPoint.objects.create(
        client=party.client, kind=PointKind.PHONE, value=f"+35844000{len(name):04d}", valid_from=world.START
    )
    return call, party.client, Clock.objects.get(work_item=call.work_item, rule="tt_talk")


def group_of_talks(county: World) -> Appointment:
    county.kind.rules = ["tt_talk"]
    county.kind.save()
    return session(county, capacity=3)


def seat(county: World, row: Appointment, name: str) -> tuple[Participant, Clock]:
    call, client, clock = talk_contact(county, name)
    made = actions.join_group(
        appointment=row, client=client, contact=call, by=county.laura, at=AT, key="", promised_by=clock.last_day
    )
    return made, clock


def messages(template: str) -> int:
    return Message.objects.filter(template=template).count()


def test_meets_the_clock_of_each_participant_who_took_part(county: World) -> None:
    row = group_of_talks(county)
    came, clock = seat(county, row, "Eka")
    missed, running = seat(county, row, "Toinen")
    later = START + timedelta(hours=1)
    actions.mark_participant(participant=came, state=State.DONE, by=county.lead, at=later)
    actions.mark_participant(participant=missed, state=State.NO_SHOW, by=county.lead, at=later)
    clock.refresh_from_db()
    running.refresh_from_db()
    assert (clock.met_at, running.met_at) == (START, None)
    assert [row.contact_id for row in CallBack.objects.all()] == [missed.contact_id], "a new attempt, never silence"
    assert messages("appointment_missed") == 1


def test_counts_nobody_who_has_a_seat_as_waiting(county: World) -> None:
    row = group_of_talks(county)
    _call, client, clock = talk_contact(county, "Eka")
    assert len(clocks.waiting(county.kind, [county.guidance], at=AT)[county.guidance.pk]) == 1
    actions.join_group(
        appointment=row, client=client, contact=_call, by=county.laura, at=AT, key="", promised_by=clock.last_day
    )
    assert clocks.waiting(county.kind, [county.guidance], at=AT) == {}


def test_tells_and_writes_to_each_participant(county: World) -> None:
    row = group_of_talks(county)
    one, _clock = seat(county, row, "Eka")
    assert messages("appointment_confirmed") == 1
    assert Relation.objects.filter(client=one.client, actor=county.workers[0].actor).exists(), "the worker's tie"
    one = actions.tell_participant(participant=one, by=county.laura, at=AT)
    assert one.told_in_first_contact and "9.00" in one.told_text
    assert actions.tell_participant(participant=one, by=county.laura, at=AT + timedelta(hours=1)).told_at == AT


def test_reminds_each_participant_before_the_group_begins_and_never_after(county: World) -> None:
    row = group_of_talks(county)
    seat(county, row, "Eka")
    seat(county, row, "Toinen")
    Participant.objects.update(created_at=AT - timedelta(days=9))
    assert jobs.remind_due(AT) == 2
    assert {sent.not_after for sent in Message.objects.filter(template="appointment_reminder")} == {START}


def test_takes_everybody_along_when_the_group_moves(county: World) -> None:
    row = group_of_talks(county)
    one, clock = seat(county, row, "Eka")
    new = actions.move(
        appointment=row, start=START + timedelta(hours=2), workers=[county.workers[1]], mode=Mode.OFFICE,
        side=CancelledBy.UNIT, reason="x", by=county.lead, at=AT, key="m",
    )  # fmt: skip
    moved = Participant.objects.get(appointment=new)
    one.refresh_from_db()
    assert (one.state, moved.state, moved.client_id) == (State.MOVED, State.BOOKED, one.client_id)
    assert moved.promised_by == clock.last_day, "the first promise keeps counting"
    assert messages("appointment_moved") == 1


def test_tells_everybody_when_the_group_is_cancelled(county: World) -> None:
    row = group_of_talks(county)
    one, _clock = seat(county, row, "Eka")
    seat(county, row, "Toinen")
    actions.cancel(appointment=row, side=CancelledBy.UNIT, reason="x", by=county.lead, at=AT)
    one.refresh_from_db()
    assert (one.state, one.cancelled_side) == (State.CANCELLED, CancelledBy.UNIT)
    assert messages("appointment_cancelled") == 2


def test_gives_a_seat_to_whom_a_new_group_was_held_for(county: World) -> None:
    Kind.objects.update(capacity=2)
    county.kind.refresh_from_db()
    row = actions.hold(
        kind=county.kind, unit=county.team, start=START, workers=[county.workers[0]], mode=Mode.OFFICE, by=county.laura,
        at=AT, key="", client=county.client, contact=county.contact,
    )  # fmt: skip
    row = actions.confirm(appointment=row, by=county.laura, at=AT, told=True)
    made = Participant.objects.get(appointment=row)
    assert (row.client_id, row.contact_id) == (None, None), "a group is nobody's own"
    assert made.client == county.client and made.told_in_first_contact


def test_marks_nothing_before_its_time(county: World) -> None:
    row = group_of_talks(county)
    one, _clock = seat(county, row, "Eka")
    for state in (State.DONE, State.NO_SHOW):
        with pytest.raises(Invalid):
            actions.mark_participant(participant=one, state=state, by=county.lead, at=AT)
    with pytest.raises(Invalid):
        actions.no_show(appointment=row, by=county.lead, at=START + timedelta(hours=1))


def test_joins_only_by_the_rules_of_the_game(county: World) -> None:
    row = group_of_talks(county)
    stranger = world.staff("Tuntematon", "terveydenhoitaja", (county.station, Role.HEALTH))
    with pytest.raises(NotAllowed):
        actions.join_group(appointment=row, client=county.client, by=stranger, at=AT, key="")


def test_tells_the_clients_own_worker_whom_to_ask_when_the_group_is_of_another_unit(county: World) -> None:
    row = group_of_talks(county)
    one, _clock = seat(county, row, "Eka")
    own = world.staff("Oma Työntekijä", "sosiaalityöntekijä", (county.guidance, Role.SOCIAL_WORKER))
    leave = {"side": CancelledBy.CLIENT, "reason": "Estyi", "at": AT}
    with pytest.raises(NotAllowed) as nothing:
        actions.leave_group(participant=one, by=own, **leave)
    assert nothing.value.code == "not_allowed", "a stranger hears nothing of the group"
    Relation.objects.create(kind="own_worker", client=one.client, actor=own, starts_at=AT, made_by=county.lead)
    own = Actor.objects.get(pk=own.pk)
    for language, words in {
        "fi": "Paikka on ryhmässä, jonka pitää Income-Support. Pyydä heitä perumaan se: 044 000 1000.",
        "sv": "Platsen är i en grupp hos Income-Support. Be dem avboka den: 044 000 1000.",
        "en": "The seat is in a group of Income-Support. Ask them to give it up: 044 000 1000.",
    }.items():
        with override(language):
            with pytest.raises(NotAllowed) as refused:
                actions.leave_group(participant=one, by=own, **leave)
            assert refused.value.code == "group_of_another_unit"
            assert str(refused.value.message).replace("\u00a0", " ") == words
    one.refresh_from_db()
    assert one.state == State.BOOKED
    actions.leave_group(participant=one, by=county.lead, **leave)
    one.refresh_from_db()
    assert one.state == State.CANCELLED


def test_opens_nothing_of_the_others_by_a_participants_link(county: World) -> None:
    row = group_of_talks(county)
    one, _clock = seat(county, row, "Eka")
    two, _clock = seat(county, row, "Toinen")
    link = ClientLink.objects.get(participant=one)
    with pytest.raises(NotAllowed):
        actions.cancel(appointment=row, side=CancelledBy.CLIENT, reason="", by=link.actor, at=AT)
    with pytest.raises(NotAllowed):
        actions.leave_group(participant=two, side=CancelledBy.CLIENT, reason="", by=link.actor, at=AT)
    actions.leave_group(participant=one, side=CancelledBy.CLIENT, reason="", by=link.actor, at=AT)
    one.refresh_from_db()
    link.refresh_from_db()
    assert one.state == State.CANCELLED and link.used_at == AT


def test_counts_the_seats_of_groups_as_free_for_those_who_wait(county: World) -> None:
    row = group_of_talks(county)
    seat(county, row, "Eka")
    Resource.objects.update(active=False)
    week = missing.weeks(county.kind, county.team, at=AT)[0]
    assert (week.number, week.free) == (48, 2), "two seats of the group are free, and no worker for another one"
    assert missing.shortage(county.kind, county.team, by_day=date(2026, 11, 25), free=0, at=AT).free == 2
    assert missing.shortage(county.kind, county.team, by_day=date(2026, 11, 24), free=1, at=AT).free == 3
