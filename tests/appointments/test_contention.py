"""Many people, few times, one moment: real threads and connections, every time given exactly once, no deadlock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from threading import Barrier

import pytest
from django.db import connection, connections, transaction

from polku.appointments import actions
from polku.appointments.models import Appointment, Claim, Kind, KindSeat, Resource
from polku.appointments.states import Mode, ResourceKind, State
from polku.kit.errors import Conflict
from tests.appointments import world
from tests.appointments.world import AT, World

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 50
DAY = datetime(2026, 11, 25, 7, 0, tzinfo=UTC)


def at_once(people: int, do: Callable[[int], object]) -> list[object]:
    """Run `do(number)` for everybody at the same moment, each on a connection of its own; results or errors."""
    start = Barrier(people)

    def one(number: int) -> object:
        try:
            start.wait(timeout=60)
            with transaction.atomic():
                return do(number)
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(people) as pool:
        return list(pool.map(one, range(people)))


def deadlocks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def no_overlap() -> bool:
    """Whether no two live claims of a resource overlap, counted by hand."""
    claims = sorted(
        (claim.resource_id, claim.during.lower, claim.during.upper) for claim in Claim.objects.filter(live=True)
    )
    return all(one[0] != two[0] or one[2] <= two[1] for one, two in pairwise(claims))


def slots(county: World, hours: int) -> list[tuple[Resource, datetime]]:
    return [(worker, DAY + timedelta(hours=hour)) for worker in county.workers for hour in range(hours)]


@pytest.fixture
def county(db: None) -> World:
    return world.build(workers=4)


def test_gives_twenty_times_to_exactly_twenty_of_fifty(county: World) -> None:
    wanted = slots(county, 5)
    assert len(wanted) == 20
    before = deadlocks()
    ends = at_once(
        PEOPLE,
        lambda number: actions.hold(
            kind=county.kind,
            unit=county.team,
            start=wanted[number % 20][1],
            workers=[wanted[number % 20][0]],
            mode=Mode.OFFICE,
            by=county.laura if number % 2 else county.petra,
            at=AT,
            key=f"person-{number}",
            client=county.client,
        ),
    )
    won = [end for end in ends if isinstance(end, Appointment)]
    lost = [end for end in ends if isinstance(end, Conflict)]
    assert (len(won), len(lost)) == (20, 30), Counter(type(end).__name__ for end in ends)
    assert {end.code for end in lost} <= {"time_held", "time_taken"}
    assert all(end.facts["next_free"] for end in lost)
    assert Claim.objects.filter(live=True).count() == 20 and no_overlap()
    assert deadlocks() == before


def test_serves_everybody_who_tries_the_next_free_time(county: World) -> None:
    """Losers follow `next_free` until they have a time: twenty times, twenty winners."""
    from polku.appointments.search import Slot

    wanted = slots(county, 1)[0]
    Kind.objects.update(horizon_days=2)
    county.kind.refresh_from_db()

    def persist(number: int) -> object:
        worker, start = [wanted[0]], wanted[1]
        for attempt in range(60):
            try:
                with transaction.atomic():
                    return actions.hold(
                        kind=county.kind, unit=county.team, start=start, workers=worker, mode=Mode.OFFICE,
                        by=county.laura, at=AT, key=f"{number}-{attempt}",
                    )  # fmt: skip
            except Conflict as conflict:
                following = conflict.facts["next_free"]
                if not following:
                    return conflict
                slot = Slot.parse(following["slot"])  # type: ignore[index]
                worker, start = actions.workers_of(slot), slot.start
        return None

    ends = at_once(20, persist)
    assert all(isinstance(end, Appointment) for end in ends), Counter(repr(end) for end in ends)
    assert Claim.objects.filter(live=True).count() == 20 and no_overlap()


def test_gives_one_room_to_one_of_many_workers(county: World) -> None:
    Kind.objects.update(needs_room=True)
    county.kind.refresh_from_db()
    for number in range(2):
        Resource.objects.create(kind=ResourceKind.ROOM, place=county.place, name=str(number), seats=4)
    before = deadlocks()
    ends = at_once(
        20,
        lambda number: actions.hold(
            kind=county.kind,
            unit=county.team,
            start=DAY,
            workers=[county.workers[number % 4]],
            mode=Mode.OFFICE,
            by=county.laura,
            at=AT,
            key=f"room-{number}",
        ),
    )
    won = [end for end in ends if isinstance(end, Appointment)]
    assert len(won) == 2, Counter(repr(end) for end in ends)
    assert sum(isinstance(end, Conflict) for end in ends) == 18
    assert no_overlap() and deadlocks() == before


def test_never_gives_two_workers_together_by_halves(county: World) -> None:
    """Pairs that cross (1 with 2, 2 with 1) would deadlock without one order of locks."""
    KindSeat.objects.create(kind=county.kind, position=2)
    one, two = county.workers[:2]
    before = deadlocks()
    ends = at_once(
        30,
        lambda number: actions.hold(
            kind=county.kind,
            unit=county.team,
            start=DAY + timedelta(hours=number % 3),
            workers=[one, two] if number % 2 else [two, one],
            mode=Mode.OFFICE,
            by=county.laura,
            at=AT,
            key=f"pair-{number}",
        ),
    )
    won = [end for end in ends if isinstance(end, Appointment)]
    assert len(won) == 3, Counter(repr(end) for end in ends)
    assert all(row.claims.count() == 2 for row in won)
    assert sum(isinstance(end, Conflict) for end in ends) == 27
    assert no_overlap() and deadlocks() == before


def test_books_once_when_the_same_request_comes_many_times(county: World) -> None:
    ends = at_once(
        20,
        lambda number: actions.hold(
            kind=county.kind,
            unit=county.team,
            start=DAY,
            workers=[county.workers[0]],
            mode=Mode.OFFICE,
            by=county.laura,
            at=AT,
            key="the-same",
        ),
    )
    assert len({end.pk for end in ends if isinstance(end, Appointment)}) == 1, Counter(repr(end) for end in ends)
    assert all(isinstance(end, Appointment) for end in ends)


def test_hands_lapsed_holds_to_one_new_holder_each(county: World) -> None:
    wanted = slots(county, 2)
    for number, (worker, start) in enumerate(wanted):
        actions.hold(
            kind=county.kind, unit=county.team, start=start, workers=[worker], mode=Mode.OFFICE, by=county.laura, at=AT,
            key=f"old-{number}",
        )  # fmt: skip
    later = AT + timedelta(minutes=30)
    ends = at_once(
        24,
        lambda number: actions.hold(
            kind=county.kind,
            unit=county.team,
            start=wanted[number % 8][1],
            workers=[wanted[number % 8][0]],
            mode=Mode.OFFICE,
            by=county.petra,
            at=later,
            key=f"new-{number}",
        ),
    )
    assert sum(isinstance(end, Appointment) for end in ends) == 8, Counter(repr(end) for end in ends)
    assert Appointment.objects.filter(state=State.EXPIRED).count() == 8
    assert no_overlap()


def test_moves_two_people_into_each_others_old_times_without_deadlock(county: World) -> None:
    booked = []
    for number, (worker, start) in enumerate(slots(county, 1)):
        row = actions.hold(
            kind=county.kind, unit=county.team, start=start, workers=[worker], mode=Mode.OFFICE, by=county.laura, at=AT,
            key=f"hold-{number}", client=county.client,
        )  # fmt: skip
        booked.append(actions.confirm(appointment=row, by=county.laura, at=AT, write=False))
    before = deadlocks()
    ends = at_once(
        4,
        lambda number: actions.move(
            appointment=booked[number],
            start=DAY,
            workers=[county.workers[(number + 1) % 4]],
            mode=Mode.OFFICE,
            side="client",
            reason="swap",
            by=county.laura,
            at=AT,
            key=f"move-{number}",
        ),
    )
    assert all(isinstance(end, Appointment | Conflict) for end in ends), Counter(repr(end) for end in ends)
    assert no_overlap() and deadlocks() == before
    assert Appointment.objects.filter(state=State.BOOKED).count() == 4
