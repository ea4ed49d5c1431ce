"""The API of times: what may be booked, free times, hold, confirm, cancel."""

from typing import Any

import pytest

from polku.access import actions as access
from polku.access.models import Membership
from polku.access.states import Role, TaskGroup
from polku.appointments.models import Appointment
from tests.appointments.world import AT, START, World, build, staff
from tests.site.test_api import sender

URL = "/api/v1/appointments"


@pytest.fixture
def world(db: None, clock: Any) -> World:
    clock(AT)
    return build(workers=2)


@pytest.fixture
def api(world: World) -> Any:
    admin = staff("Arto", "pääkäyttäjä", (world.guidance, Role.ADMIN))
    Membership.objects.filter(actor=admin).update(task_group=TaskGroup.ADMINISTRATIVE)
    scopes = ("contacts:write", "appointments:read", "appointments:write")
    _source, key = access.add_source(name="Varaaja", scopes=scopes, unit=world.guidance, by=admin, at=AT)
    return sender(key)


def sent(api: Any) -> str:
    form = {
        "external_id": "F-1",
        "received_at": AT.isoformat(),
        "message": "Aika kiitos.",
        "persons": [{"role": "concerned", "family_name": "Salo", "phone": "0401234567"}],
    }
    return str(api("POST", "/api/v1/contacts", form).json()["id"])


def free(api: Any) -> list[dict[str, Any]]:
    answer = api("GET", "/api/v1/free-times?kind=talk&unit=income-support")
    assert answer.status_code == 200, answer.content
    return list(answer.json())


def wanted(slot: str, **more: Any) -> dict[str, Any]:
    return {"slot": slot, "kind": "talk", "unit": "income-support", **more}


def test_what_may_be_booked_is_told(api: Any) -> None:
    assert ("talk", "income-support") in {(row["kind"], row["unit"]) for row in api("GET", "/api/v1/bookable").json()}


def test_a_time_is_found_held_booked_and_cancelled(api: Any) -> None:
    contact = sent(api)
    slot = free(api)[0]["slot"]
    held = api("POST", URL, wanted(slot, contact=contact), **{"Idempotency-Key": "hold-0001"})
    assert held.status_code == 201 and held.json()["state"] == "held"
    again = api("POST", URL, wanted(slot, contact=contact), **{"Idempotency-Key": "hold-0001"})
    assert (again.status_code, again.json()["id"]) == (200, held.json()["id"])
    where = f"{URL}/{held.json()['id']}"
    assert slot not in {row["slot"] for row in free(api)}
    booked = api("POST", f"{where}/confirm", {})
    assert booked.status_code == 200 and booked.json()["state"] == "booked"
    assert api("POST", f"{where}/confirm", {}).json() == booked.json()
    assert api("GET", where).json() == booked.json()
    cancelled = api("POST", f"{where}/cancel", {"reason": "Sairastui"})
    assert cancelled.json()["state"] == "cancelled"
    assert slot in {row["slot"] for row in free(api)}
    assert Appointment.objects.get().contact.public_id == contact


def test_a_taken_time_is_409_with_the_next_free_one(api: Any) -> None:
    slot = free(api)[0]["slot"]
    assert api("POST", URL, wanted(slot)).status_code == 201
    answer = api("POST", URL, wanted(slot))
    problem = answer.json()
    assert answer.status_code == 409 and problem["code"] in {"time_held", "time_taken"}
    following = problem["facts"]["next_free"]["slot"]
    assert api("POST", URL, wanted(following)).status_code == 201


def test_a_hold_without_a_person_is_not_booked(api: Any) -> None:
    held = api("POST", URL, wanted(free(api)[0]["slot"])).json()
    answer = api("POST", f"{URL}/{held['id']}/confirm", {})
    assert answer.status_code == 422 and answer.json()["field"] == "client"
    assert api("POST", f"{URL}/{held['id']}/confirm", {"contact": sent(api)}).status_code == 200


def test_letting_a_hold_go_frees_the_time(api: Any) -> None:
    slot = free(api)[0]["slot"]
    held = api("POST", URL, wanted(slot)).json()
    assert api("POST", f"{URL}/{held['id']}/cancel", {"reason": "-"}).json()["state"] == "released"
    assert slot in {row["slot"] for row in free(api)}


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"slot": "20261125T1115Z.0123456789abcdef.office"}, "/slot"),
        ({"slot": "20261325T1115Z.0123456789abcdef.office"}, "/slot"),
        ({"slot": "huomenna"}, "/slot"),
        ({"kind": "no-such"}, "/kind"),
        ({"unit": "no-such"}, "/unit"),
        ({"contact": "0123456789abcdef"}, "/contact"),
    ],
)
def test_a_wrong_wish_is_refused_at_the_field(api: Any, change: dict[str, str], pointer: str) -> None:
    answer = api("POST", URL, {**wanted(free(api)[0]["slot"]), **change})
    assert answer.status_code == 422, answer.content
    assert answer.json()["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize("query", ["", "kind=talk", "kind=x&unit=y", "kind=talk&unit=income-support&from=2026-02-30"])
def test_a_wrong_question_is_refused(api: Any, query: str) -> None:
    assert api("GET", f"/api/v1/free-times?{query}").status_code == 422


def test_another_systems_time_is_not_there(api: Any, world: World) -> None:
    held = api("POST", URL, wanted(free(api)[0]["slot"])).json()
    admin = staff("Airi", "pääkäyttäjä", (world.guidance, Role.ADMIN))
    _source, key = access.add_source(name="Toinen", scopes=("appointments:write",), unit=None, by=admin, at=AT)
    other = sender(key)
    assert other("GET", f"{URL}/{held['id']}").status_code == 404
    assert other("POST", f"{URL}/{held['id']}/cancel", {"reason": "x"}).status_code == 404
    assert AT.date() > START
