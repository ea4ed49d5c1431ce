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
from polku.appointments.models import Appointment, Claim, Kind, KindSeat, Participant, Resource
from polku.appointments.states import CancelledBy, Mode, ResourceKind, State
from polku.kit.errors import Conflict
from polku.outbox.models import Message
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


def group_of(county: World, people: int) -> Appointment:
    """A group tomorrow at nine in which `people` clients have a seat and one seat is free."""
    Kind.objects.update(capacity=people + 1)
    county.kind.refresh_from_db()
    row = actions.hold(
        kind=county.kind, unit=county.team, start=DAY, workers=[county.workers[0]], mode=Mode.OFFICE, by=county.laura,
        at=AT, key="group",
    )  # fmt: skip
    row = actions.confirm(appointment=row, by=county.laura, at=AT)
    for number in range(people):
        actions.join_group(
            appointment=row, client=world.client(county.laura, f"Osallistuja{number}"), by=county.laura, at=AT,
            key=f"seat-{number}",
        )  # fmt: skip
    return row


def test_cancels_every_seat_of_a_group_while_people_leave_join_and_are_told(county: World) -> None:
    """One locks all seats, many lock one each, in both directions of the list: nobody is left seated, nobody stuck."""
    row = group_of(county, 10)
    seats = list(Participant.objects.order_by("-pk"))
    guest = world.client(county.laura, "Viime")
    before = deadlocks()

    def act(number: int) -> object:
        if number % 4 == 0:
            return actions.cancel(
                appointment=row, side=CancelledBy.UNIT, reason="sairaus", by=county.lead if number else county.laura,
                at=AT,
            )  # fmt: skip
        if number % 4 == 1:
            return actions.leave_group(
                participant=seats[number // 2 % 10], side=CancelledBy.CLIENT, reason="este", by=county.laura, at=AT
            )
        if number % 4 == 2:
            return actions.tell_participant(participant=seats[number // 2 % 10], by=county.laura, at=AT)
        return actions.join_group(appointment=row, client=guest, by=county.laura, at=AT, key=f"guest-{number}")

    ends = at_once(24, act)
    errors = [end for end in ends if isinstance(end, Exception)]
    assert all(isinstance(end, Conflict) for end in errors), Counter(repr(end) for end in errors)
    assert deadlocks() == before
    row.refresh_from_db()
    assert row.state == State.CANCELLED
    assert set(Participant.objects.values_list("state", flat=True)) == {State.CANCELLED}, "nobody is left seated"
    assert Participant.objects.count() in (10, 11) and not Participant.objects.filter(closed_by__isnull=True).exists()
    told = Message.objects.filter(template="appointment_cancelled").values_list("key", flat=True)
    assert len(told) == len(set(told)) == Participant.objects.count(), "everybody hears of it once"


def test_moves_and_marks_all_seats_of_a_group_against_one_another(county: World) -> None:
    """Two who lock every seat (one moves the group, one marks it) and many who lock one: one of the two is first."""
    row = group_of(county, 8)
    seats = list(Participant.objects.order_by("-pk"))
    began = DAY + timedelta(minutes=5)
    before = deadlocks()

    def act(number: int) -> object:
        if number % 3 == 0:
            return actions.move(
                appointment=row, start=DAY + timedelta(hours=2), workers=[county.workers[1]], mode=Mode.OFFICE,
                side=CancelledBy.UNIT, reason="sairaus", by=county.lead, at=began, key="move",
            )  # fmt: skip
        if number % 3 == 1:
            marks = {seat.public_id: State.DONE for seat in seats}
            return actions.call_roll(appointment=row, marks=marks, by=county.lead, at=began)
        return actions.mark_participant(participant=seats[number % 8], state=State.DONE, by=county.lead, at=began)

    ends = at_once(18, act)
    errors = [end for end in ends if isinstance(end, Exception)]
    assert all(isinstance(end, Conflict) for end in errors), Counter(repr(end) for end in errors)
    assert deadlocks() == before
    row.refresh_from_db()
    assert row.state in (State.MOVED, State.DONE)
    here = set(Participant.objects.filter(appointment=row).values_list("state", flat=True))
    assert State.BOOKED not in here, "no seat is forgotten"
    if row.state == State.MOVED:
        assert {seat.client_id for seat in seats} == set(
            Participant.objects.filter(appointment__replaces=row).values_list("client_id", flat=True)
        ) | set(Participant.objects.filter(appointment=row, state=State.DONE).values_list("client_id", flat=True))
    else:
        assert here == {State.DONE}
    assert no_overlap()


def test_takes_a_cancelled_time_back_or_gives_it_to_another_never_both(county: World) -> None:
    row = actions.hold(
        kind=county.kind, unit=county.team, start=DAY, workers=[county.workers[0]], mode=Mode.OFFICE, by=county.laura,
        at=AT, key="first", client=county.client,
    )  # fmt: skip
    actions.confirm(appointment=row, by=county.laura, at=AT, write=False)
    actions.cancel(appointment=row, side=CancelledBy.UNIT, reason="x", by=county.laura, at=AT, write=False)
    before = deadlocks()

    def act(number: int) -> object:
        if number % 2:
            return actions.restore(appointment=row, by=county.laura, at=AT)
        return actions.hold(
            kind=county.kind, unit=county.team, start=DAY, workers=[county.workers[0]], mode=Mode.OFFICE,
            by=county.petra, at=AT, key=f"rival-{number}",
        )  # fmt: skip

    ends = at_once(16, act)
    won = {end.pk for end in ends if isinstance(end, Appointment)}
    assert len(won) == 1, Counter(repr(end) for end in ends)
    lost = [end for end in ends if not isinstance(end, Appointment)]
    assert all(isinstance(end, Conflict) and end.code in {"time_taken", "time_held"} for end in lost)
    assert Claim.objects.filter(live=True).count() == 1 and no_overlap() and deadlocks() == before


def test_takes_back_seats_no_more_than_the_group_has(county: World) -> None:
    row = group_of(county, 4)
    gone = list(Participant.objects.order_by("-pk"))
    for seat in gone:
        actions.leave_group(participant=seat, side=CancelledBy.CLIENT, reason="x", by=county.laura, at=AT, write=False)
    guests = [world.client(county.laura, f"Vieras{number}") for number in range(4)]
    before = deadlocks()

    def act(number: int) -> object:
        if number % 2:
            return actions.restore_seat(participant=gone[number // 2 % 4], by=county.laura, at=AT)
        return actions.join_group(
            appointment=row, client=guests[number // 2 % 4], by=county.laura, at=AT, key=f"guest-{number}"
        )

    ends = at_once(16, act)
    errors = [end for end in ends if isinstance(end, Exception)]
    assert all(isinstance(end, Conflict) and end.code == "full" for end in errors), Counter(repr(e) for e in errors)
    seated = list(Participant.objects.filter(state=State.BOOKED).values_list("seat", flat=True))
    assert sorted(seated) == [1, 2, 3, 4, 5] and deadlocks() == before
