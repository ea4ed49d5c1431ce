"""The API of group times: which have room, a seat for a contact's person, giving it up, looking."""

from datetime import timedelta
from typing import Any

import pytest

from polku.access import actions as access
from polku.access.states import Role
from polku.appointments import actions
from polku.appointments.models import Appointment, BookingRule, Kind, Participant
from polku.appointments.states import Mode, State
from polku.audit.models import Event
from polku.outbox.models import Message
from tests.appointments import world as county
from tests.appointments.world import AT, World, build, staff
from tests.site.test_api import sender

GROUPS = "/api/v1/groups"
LISTED = f"{GROUPS}?kind=talk&unit=income-support"
CODES = ("010190-900P", "010190-999W")
NEXT = AT + timedelta(days=2)


@pytest.fixture
def world(db: None, clock: Any) -> World:
    clock(AT)
    made = build(workers=2)
    Kind.objects.update(capacity=2)
    made.kind.refresh_from_db()
    return made


@pytest.fixture
def api(world: World) -> Any:
    return system(world, "Varaaja")


def system(world: World, name: str, *scopes: str) -> Any:
    admin = staff(f"Arto {name}", "pääkäyttäjä", (world.guidance, Role.ADMIN))
    wanted = scopes or ("contacts:write", "appointments:read", "appointments:write")
    return sender(access.add_source(name=name, scopes=wanted, unit=world.guidance, by=admin, at=AT)[1])


def group(world: World, days: int = 1) -> Appointment:
    row = actions.hold(
        kind=world.kind, unit=world.team, start=(AT + timedelta(days=days)).replace(hour=7, minute=0),
        workers=[world.workers[0]], mode=Mode.OFFICE, by=world.laura, at=AT, key=f"group-{days}",
    )  # fmt: skip
    return actions.confirm(appointment=row, by=world.laura, at=AT)


def contact(api: Any, code: str = "", name: str = "Salo") -> str:
    person = {"role": "concerned", "family_name": name, "given_names": "Aino", "phone": "0401234567"}
    form = {
        "external_id": f"F-{code or name}",
        "received_at": AT.isoformat(),
        "message": "Ryhmään kiitos.",
        "persons": [{**person, "identity_code": code} if code else person],
    }
    return str(api("POST", "/api/v1/contacts", form).json()["id"])


def join(api: Any, row: Appointment, who: str, **headers: str) -> Any:
    return api("POST", f"{GROUPS}/{row.public_id}/seats", {"contact": who}, **headers)


def fill(world: World, row: Appointment) -> None:
    for name in ("Eka", "Toka"):
        person = county.client(world.laura, name)
        actions.join_group(appointment=row, client=person, by=world.laura, at=AT, key="")


def test_a_seat_is_found_given_told_and_given_up(api: Any, world: World) -> None:
    row, who = group(world), contact(api, CODES[0])
    assert [(one["id"], one["free"], one["capacity"]) for one in api("GET", LISTED).json()] == [(row.public_id, 2, 2)]
    made = join(api, row, who, **{"Idempotency-Key": "seat-0001"})
    assert made.status_code == 201, made.content
    assert (made.json()["state"], made.json()["group"]) == ("booked", row.public_id)
    again = join(api, row, who, **{"Idempotency-Key": "seat-0001"})
    assert (again.status_code, again.json()) == (200, made.json())
    other_key = join(api, row, who)
    assert (other_key.status_code, other_key.json()["id"]) == (200, made.json()["id"]), "one person, one seat"
    seat = Participant.objects.get()
    assert seat.contact is not None and seat.contact.public_id == who
    assert Message.objects.filter(template="appointment_confirmed").count() == 1
    where = f"/api/v1/seats/{seat.public_id}"
    assert api("GET", where).json() == made.json()
    assert Event.objects.filter(what="seat", clients=[seat.client_id]).exists(), "whose data was read is in the log"
    for _time in range(2):
        ended = api("POST", f"{where}/cancel", {"reason": "Sairastui"})
        assert (ended.status_code, ended.json()["state"]) == (200, "cancelled")
    assert api("GET", LISTED).json()[0]["free"] == 2


def test_a_full_group_is_409_with_the_next_that_has_room(api: Any, world: World) -> None:
    row, who = group(world), contact(api, CODES[0])
    fill(world, row)
    answer = join(api, row, who)
    assert (answer.status_code, answer.json()["code"]) == (409, "full")
    assert answer.json()["facts"]["next_group"] is None
    following = group(world, days=2)
    problem = join(api, row, who).json()
    assert problem["facts"]["next_group"] == {
        "id": following.public_id, "start": "2026-11-26T07:00:00Z", "end": "2026-11-26T07:45:00Z", "free": 2,
    }  # fmt: skip
    assert join(api, following, who).status_code == 201


def test_a_group_that_fell_away_or_has_begun_is_409(api: Any, world: World, clock: Any) -> None:
    gone, begun, who = group(world), group(world, days=2), contact(api, CODES[0])
    actions.cancel(appointment=gone, side="unit", reason="x", by=world.lead, at=AT)
    answer = join(api, gone, who)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_booked")
    assert answer.json()["facts"]["next_group"]["id"] == begun.public_id
    clock(begun.starts_at + timedelta(minutes=1))
    assert join(api, begun, who).status_code == 409


def test_nobody_gets_a_seat_whom_nobody_knows(api: Any, world: World) -> None:
    answer = join(api, group(world), contact(api))
    assert (answer.status_code, answer.json()["code"]) == (422, "person_unknown")
    assert answer.json()["errors"][0]["pointer"] == "/contact"
    unknown = join(api, group(world, days=2), "0123456789abcdef")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "contact_unknown")


def test_a_key_stands_for_one_group(api: Any, world: World) -> None:
    who = contact(api, CODES[0])
    assert join(api, group(world), who, **{"Idempotency-Key": "seat-0001"}).status_code == 201
    answer = join(api, group(world, days=2), who, **{"Idempotency-Key": "seat-0001"})
    assert (answer.status_code, answer.json()["code"]) == (409, "key_used")


def test_a_key_stands_for_one_person(api: Any, world: World) -> None:
    row, one, other = group(world), contact(api, CODES[0]), contact(api, CODES[1], name="Niemi")
    assert join(api, row, one, **{"Idempotency-Key": "seat-0001"}).status_code == 201
    answer = join(api, row, other, **{"Idempotency-Key": "seat-0001"})
    assert (answer.status_code, answer.json()["code"]) == (409, "key_used"), "nobody gets another one's seat"
    assert Participant.objects.count() == 1


def test_a_seat_is_followed_when_its_group_moves(api: Any, world: World) -> None:
    first, who = group(world), contact(api, CODES[0])
    seat = join(api, first, who, **{"Idempotency-Key": "seat-0001"}).json()["id"]
    row = first
    for days in (2, 3):
        row = actions.move(
            appointment=row, start=(AT + timedelta(days=days)).replace(hour=9, minute=0), workers=[world.workers[0]],
            mode=Mode.OFFICE, side="unit", reason="x", by=world.lead, at=AT, key="",
        )  # type: ignore[arg-type]  # fmt: skip
    found = api("GET", f"/api/v1/seats/{seat}").json()
    assert (found["group"], found["state"], found["start"]) == (row.public_id, "booked", "2026-11-27T09:00:00Z")
    again = join(api, first, who, **{"Idempotency-Key": "seat-0001"})
    assert (again.status_code, again.json()) == (200, found), "a repeat finds the seat where it is now"
    assert api("GET", f"/api/v1/seats/{found['id']}").json() == found
    assert api("POST", f"/api/v1/seats/{seat}/cancel", {"reason": "x"}).json()["state"] == "cancelled"
    assert Participant.objects.get(appointment=row).state == State.CANCELLED


def test_groups_are_all_listed_and_the_next_with_room_is_found_behind_full_ones(api: Any, world: World) -> None:
    first, who = group(world), contact(api, CODES[0])
    fill(world, first)
    for number in range(1, 24):
        full = Appointment.objects.get(pk=first.pk)
        full.pk, full.public_id, full.key = None, f"{number:016d}", ""
        full.during = full.blocks = (first.starts_at + timedelta(hours=number), first.ends_at + timedelta(hours=number))
        full.capacity = 2
        full.save(force_insert=True)
        for seat, person in enumerate(Participant.objects.filter(appointment=first).order_by("seat"), start=1):
            Participant.objects.create(
                appointment=full, seat=seat, client=person.client, created_at=AT, created_by=world.laura
            )
    last = group(world, days=3)
    assert len(api("GET", LISTED).json()) == 25
    assert join(api, first, who).json()["facts"]["next_group"]["id"] == last.public_id


def test_what_is_not_yours_is_not_there(api: Any, world: World) -> None:
    row, who = group(world), contact(api, CODES[0])
    seat = join(api, row, who).json()["id"]
    other = system(world, "Toinen", "appointments:write")
    assert other("GET", f"/api/v1/seats/{seat}").status_code == 404
    assert other("POST", f"/api/v1/seats/{seat}/cancel", {"reason": "x"}).status_code == 404
    assert Participant.objects.get().state == State.BOOKED
    single = actions.hold(
        kind=world.kind, unit=world.team, start=NEXT.replace(hour=9, minute=0), workers=[world.workers[1]],
        mode=Mode.OFFICE, by=world.laura, at=AT, key="held",
    )  # fmt: skip
    assert join(api, single, who).status_code == 404, "a held group is nobody's to join"
    BookingRule.objects.all().delete()
    assert join(api, row, who).status_code == 404, "the booking rules no longer let it be booked"
    assert api("GET", LISTED).status_code == 403


@pytest.mark.parametrize("query", ["", "?kind=talk", "?kind=x&unit=income-support", "?kind=talk&unit=x"])
def test_a_wrong_question_is_refused(api: Any, query: str) -> None:
    assert api("GET", f"{GROUPS}{query}").status_code == 422
