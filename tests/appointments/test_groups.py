"""Group times, two workers together, and missing times by team and week."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from polku.access.states import Role
from polku.appointments import actions, missing, search
from polku.appointments.models import Appointment, Kind, KindSeat, Participant, Resource
from polku.appointments.snapshot import Wish
from polku.appointments.states import CancelledBy, Mode, ResourceKind, State
from polku.deadlines import actions as deadlines
from polku.deadlines.models import Clock
from polku.kit.errors import Conflict, Invalid
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
    with pytest.raises(Conflict) as refused:
        actions.put_right(appointment=row, reason="x", by=worker, at=START + timedelta(hours=2))
    assert refused.value.code == "clock_met"
