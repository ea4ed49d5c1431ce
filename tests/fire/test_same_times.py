"""Fifty people want the same twenty times at the same moment, through the API of a running server.

Every time goes to exactly one; everybody else is told what stood in the way and which time is free next.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from itertools import pairwise
from typing import Any

import httpx
import pytest

from polku.appointments.models import Appointment, Claim, Kind, KindSeat, Resource
from polku.appointments.states import ResourceKind, State
from tests.appointments import world
from tests.appointments.world import World
from tests.fire.machines import PROBLEM, Machine, apart, at_once, let_in, start_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.usefixtures("no_deadlock")]

PEOPLE, TIMES = 50, 20


@pytest.fixture
def county(db: None) -> World:
    return world.build(workers=4)


@pytest.fixture
def machine(county: World, server: str) -> Machine:
    return Machine(server, let_in("Ajanvaraus"), connections=PEOPLE)


def won_and_refused(answers: list[httpx.Response], *, codes: set[str]) -> tuple[list[Any], list[Any]]:
    """Return the times that were given and the refusals, each of which says why and what is free next."""
    won = [answer.json() for answer in answers if answer.status_code == 201]
    refused = [answer for answer in answers if answer.status_code != 201]
    for answer in refused:
        problem = answer.json()
        assert answer.status_code == 409, answer.text
        assert answer.headers["Content-Type"] == PROBLEM
        assert problem["status"] == 409 and problem["code"] in codes, problem
        assert problem["detail"] and problem["errors"][0]["pointer"] == "/slot"
        following = problem["facts"]["next_free"]
        assert start_of(following["slot"]).isoformat() == following["start"].replace("Z", "+00:00")
        assert following["start"] < following["end"]
    return won, [answer.json() for answer in refused]


def whole_hours(machine: Machine, number: int) -> list[str]:
    """Return so many starts of free times that do not touch each other, whoever is met, as slots write them."""
    starts = sorted({row["slot"].split(".")[0] for row in machine.free()})
    chosen = [start for start in starts if start_of(start).minute == 0][:number]
    assert len(chosen) == number, starts
    return chosen


def assert_nothing_overlaps() -> None:
    """No two live claims of a worker or a room overlap, counted here and not by the database."""
    claims = sorted(
        (claim.resource_id, claim.during.lower, claim.during.upper) for claim in Claim.objects.filter(live=True)
    )
    assert all(one[0] != two[0] or one[2] <= two[1] for one, two in pairwise(claims))


def test_gives_twenty_times_to_exactly_twenty_of_fifty_people(machine: Machine) -> None:
    contacts = [machine.form(f"person-{number}").json()["id"] for number in range(PEOPLE)]
    wanted = apart(machine.free(), TIMES)

    def book(number: int) -> list[httpx.Response]:
        held = machine.hold(wanted[number % TIMES], f"person-{number:03d}", contact=contacts[number])
        if held.status_code != 201:
            return [held]
        return [held, machine.post(f"/appointments/{held.json()['id']}/confirm", {})]

    answers = at_once(PEOPLE, book)
    won, refused = won_and_refused([answer[0] for answer in answers], codes={"time_held", "time_taken"})
    assert (len(won), len(refused)) == (TIMES, PEOPLE - TIMES), Counter(answer[0].status_code for answer in answers)
    booked = [answer[1] for answer in answers if len(answer) == 2]
    assert all(answer.status_code == 200 and answer.json()["state"] == "booked" for answer in booked)
    rows = Appointment.objects.select_related("contact")
    assert {row.public_id for row in rows} == {answer.json()["id"] for answer in booked}
    assert {row.state for row in rows} == {State.BOOKED}
    assert len({row.contact_id for row in rows}) == TIMES
    assert Claim.objects.filter(live=True).count() == TIMES
    assert_nothing_overlaps()

    # What a refusal proposes can be had.
    again = machine.hold(wanted[0], "late-comer").json()["facts"]["next_free"]["slot"]
    assert machine.hold(again, "late-comer").status_code == 201


def test_gives_every_time_away_once_when_everybody_goes_on_trying(machine: Machine) -> None:
    """Each of the people tries one time after the other until they have one, or have been refused all."""
    wanted = apart(machine.free(), 6)

    def persist(number: int) -> list[httpx.Response]:
        answers: list[httpx.Response] = []
        for turn in range(len(wanted)):
            answers.append(machine.hold(wanted[(number + turn) % len(wanted)], f"person-{number:02d}-{turn}"))
            if answers[-1].status_code == 201:
                break
        return answers

    answers = at_once(PEOPLE // 2, persist)
    won, _refused = won_and_refused([one for tried in answers for one in tried], codes={"time_held", "time_taken"})
    assert len(won) == len(wanted)
    assert Counter(len(tried) for tried in answers if tried[-1].status_code == 409) == {6: PEOPLE // 2 - len(wanted)}
    assert Appointment.objects.count() == len(wanted)
    assert_nothing_overlaps()


def test_gives_the_only_room_to_one_at_a_time(machine: Machine, county: World) -> None:
    """Four workers are free at each of five times, but there is one room."""
    Kind.objects.filter(pk=county.kind.pk).update(needs_room=True)
    Resource.objects.create(kind=ResourceKind.ROOM, place=county.place, name="1", seats=4)
    starts = whole_hours(machine, 5)
    workers = [worker.public_id for worker in county.workers]

    def hold(number: int) -> httpx.Response:
        begin = starts[number % len(starts)]
        return machine.hold(f"{begin}.{workers[number % 4]}.office", f"the-room-{number:03d}")

    answers = at_once(PEOPLE, hold)
    won, refused = won_and_refused(answers, codes={"no_room", "time_held", "time_taken"})
    assert (len(won), len(refused)) == (len(starts), PEOPLE - len(starts))
    assert "no_room" in {problem["code"] for problem in refused}
    assert {f"{datetime.fromisoformat(row['start']):%Y%m%dT%H%MZ}" for row in won} == set(starts)
    assert Claim.objects.filter(live=True, resource__kind=ResourceKind.ROOM).count() == len(starts)
    assert_nothing_overlaps()


def test_never_gives_two_workers_together_by_halves(machine: Machine, county: World) -> None:
    """Pairs that cross (1 with 2, 2 with 3, 3 with 1, and the other way round): at a time only one of them can meet."""
    KindSeat.objects.create(kind=county.kind, position=2)
    one, two, three = (worker.public_id for worker in county.workers[:3])
    pairs = [(one, two), (two, three), (three, one), (two, one), (three, two), (one, three)]
    starts = whole_hours(machine, 5)

    def hold(number: int) -> httpx.Response:
        pair = "-".join(pairs[number % len(pairs)])
        return machine.hold(f"{starts[number % len(starts)]}.{pair}.office", f"the-pair-{number:03d}")

    answers = at_once(PEOPLE, hold)
    won, refused = won_and_refused(answers, codes={"time_held", "time_taken"})
    assert (len(won), len(refused)) == (len(starts), PEOPLE - len(starts))
    assert all(len(row["workers"]) == 2 for row in won)
    assert all(row.claims.count() == 2 for row in Appointment.objects.all())
    assert_nothing_overlaps()
