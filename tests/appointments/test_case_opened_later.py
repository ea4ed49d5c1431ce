"""A time is booked in the contact; the case is opened afterwards and takes the clocks with it."""

from datetime import timedelta

import pytest

from polku.appointments import actions, clocks
from polku.contacts import actions as contacts
from polku.contacts import matters, people
from polku.contacts.details import Details
from polku.contacts.people import Told
from polku.contacts.states import PartyRole
from polku.deadlines.models import Clock
from tests.appointments.world import AT, World, build

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    made = build(workers=1)
    made.kind.rules = ["tt_talk", "promise_contact"]
    made.kind.save()
    return made


def test_a_meeting_meets_the_clock_that_followed_the_case(world: World) -> None:
    call = contacts.start(unit=world.guidance, by=world.laura, at=AT, key="c")
    call = contacts.record(contact=call, details=Details(asks_to_talk=True), by=world.laura, at=AT)
    party = people.add(contact=call, role=PartyRole.CONCERNED, told=Told(family_name="Salo"), by=world.laura, at=AT)
    party = people.make_known(party=party, by=world.laura, at=AT)
    start = AT + timedelta(days=1, hours=1, minutes=54)
    row = actions.hold(
        kind=world.kind, unit=world.team, start=start, workers=world.workers, mode="office", by=world.laura, at=AT,
        key="h", contact=call, client=party.client,
    )  # fmt: skip
    row = actions.confirm(appointment=row, by=world.laura, at=AT)
    case = matters.open_case(contact=call, party=party, unit=world.team, by=world.laura, at=AT)
    assert Clock.objects.filter(work_item=case.work_item, rule="tt_talk", met_at__isnull=True).exists()
    assert clocks.waiting(world.kind, [world.team], at=AT) == {}, "a time has been booked for this client"
    worker = world.workers[0].actor
    actions.done(appointment=row, by=worker, at=start + timedelta(hours=1))
    assert Clock.objects.get(work_item=case.work_item, rule="tt_talk").met_at == start
