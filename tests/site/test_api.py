import json
from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser

from polku.access import actions as access
from polku.access.models import Municipality, Source, SourceMinute
from polku.access.states import Role
from polku.audit.models import Event
from polku.cases.models import WorkItem
from polku.contacts.models import Contact
from polku.kit.public_id import new as new_key
from polku.outbox.models import Message
from tests.register import NOW, Register

URL = "/api/v1/contacts"
Api = Callable[..., Any]


@pytest.fixture
def register(db: None, clock: Callable[..., None]) -> Register:
    clock(NOW)
    return Register()


def source_of(
    register: Register, *, unit: str = "lomakkeet", scopes: tuple[str, ...] = (), **more: Any
) -> tuple[Source, str]:
    admin = register.person("Arto", Role.ADMIN, unit)
    where = register.unit(unit)
    where.phone = "+358401112222"
    where.save()
    wanted = scopes or ("contacts:write", "appointments:read", "appointments:write")
    return access.add_source(name="Omaolo", scopes=wanted, unit=where, by=admin, at=NOW, **more)


@pytest.fixture
def key(register: Register) -> str:
    return source_of(register)[1]


@pytest.fixture
def api(key: str) -> Api:
    return sender(key)


def sender(key: str) -> Api:
    browser = Browser()

    def send(method: str, path: str, body: Any = None, **headers: str) -> Any:
        given = {"Authorization": f"Bearer {key}", "Accept-Language": "en", "Idempotency-Key": new_key(), **headers}
        content = body if isinstance(body, bytes) else json.dumps(body)
        return browser.generic(
            method, path, content if body is not None else "", headers=given,
            content_type=given.pop("Content-Type", "application/json"),
        )  # fmt: skip

    return send


def form(**change: Any) -> dict[str, Any]:
    return {
        "external_id": "F-1",
        "received_at": "2026-11-24T09:00:00+02:00",
        "message": "Vuokra on maksamatta.",
        "municipality": "049",
        "persons": [{"role": "concerned", "family_name": "Salo", "phone": "0401234567"}],
        **change,
    }


def test_a_form_gets_a_number_and_the_moment_by_which_it_is_answered(api: Api) -> None:
    answer = api("POST", URL, form())
    body = answer.json()
    assert answer.status_code == 201
    assert body["state"] == "received" and body["received_at"] == "2026-11-24T07:00:00Z"
    assert body["answer_by"] == "2026-11-25T14:00:00Z", "the next working day, at the unit's closing time"
    assert body["reference"] in Message.objects.get().body
    assert api("GET", f"{URL}/{body['id']}").json() == body


def test_the_same_form_again_gives_the_same_answer(api: Api) -> None:
    first = api("POST", URL, form(), **{"Idempotency-Key": "aaaaaaaa"})
    for key in ("aaaaaaaa", "bbbbbbbb"):
        again = api("POST", URL, form(message="Toisin"), **{"Idempotency-Key": key})
        assert (again.status_code, again.json()) == (200, first.json())
    assert Contact.objects.count() == WorkItem.objects.count() == Message.objects.count() == 1


def test_a_key_used_for_another_form_is_409(api: Api) -> None:
    api("POST", URL, form(), **{"Idempotency-Key": "aaaaaaaa"})
    answer = api("POST", URL, form(external_id="F-2"), **{"Idempotency-Key": "aaaaaaaa"})
    assert answer.status_code == 409
    assert answer.json()["errors"][0]["parameter"] == "Idempotency-Key"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"received_at": "2026-11-24T09:30:00+02:00"}, "/received_at"),
        ({"received_at": "2020-11-24T09:30:00+02:00"}, "/received_at"),
        ({"received_at": "2026-02-30T09:30:00+02:00"}, "/received_at"),
        ({"received_at": "2026-03-29T03:30:00"}, "/received_at"),
        ({"received_at": "0001-01-01T00:00:00+14:00"}, "/received_at"),
        ({"received_at": "9999-12-31T23:59:59-12:00"}, "/received_at"),
        ({"received_at": "eilen"}, "/received_at"),
        ({"received_at": None}, "/received_at"),
        ({"message": ""}, "/message"),
        ({"message": "a\x00b"}, "/message"),
        ({"message": "x" * 20_001}, "/message"),
        ({"municipality": "999"}, "/municipality"),
        ({"municipality": "091"}, "/municipality"),
        ({"municipality": "Espoo"}, "/municipality"),
        ({"channel": "phone"}, "/channel"),
        ({"channel": "shl_contact"}, "/consent"),
        ({"channel": "shl_notification"}, "/no_consent_reason"),
        ({"external_id": ""}, "/external_id"),
        ({"colour": "blue"}, "/colour"),
        ({"language": "finnish"}, "/language"),
        ({"persons": [{}, {"phone": "abc"}]}, "/persons/1/phone"),
        ({"persons": [{"email": "abc"}]}, "/persons/0/email"),
        ({"persons": [{"birth_date": "2027-01-01"}]}, "/persons/0/birth_date"),
        ({"persons": [{"birth_date": "1990-02-30"}]}, "/persons/0/birth_date"),
        ({"persons": [{"identity_code": "010190-900X"}]}, "/persons/0/identity_code"),
        ({"persons": [{"family_name": "a\x00"}]}, "/persons/0/family_name"),
        ({"persons": [{"role": "notifier"}]}, "/persons/0/notifier_kind"),
        ({"persons": [{"role": "notifier", "notifier_kind": "authority"}]}, "/persons/0/family_name"),
        ({"persons": [{}] * 11}, "/persons"),
        ({"persons": "Salo"}, "/persons"),
    ],
)
def test_bad_input_is_a_problem_document_that_names_the_field(api: Api, change: dict[str, Any], pointer: str) -> None:
    Municipality.objects.get_or_create(code="091", defaults={"name_fi": "Helsinki", "name_sv": "Helsingfors"})
    answer = api("POST", URL, form(**change))
    assert answer.status_code == 422, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["errors"][0]["pointer"] == pointer
    assert problem["detail"] and problem["status"] == 422 and problem["reference"]
    assert not Contact.objects.exists() and not WorkItem.objects.exists()


@pytest.mark.parametrize("text", ["مرحبا", "Ščř 漢字 🙂", "Åke Öhman\n<b>x</b>", "'; DROP TABLE--"])
def test_letters_of_any_script_come_in_as_they_are(api: Api, text: str) -> None:
    assert api("POST", URL, form(message=text)).status_code == 201
    assert Contact.objects.get().texts.get().text == text


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"[]", 422),
        (b"null", 422),
        (b'"x"', 422),
        (b"", 422),
        (b'{"message": "\\ud800"}', 422),
    ],
)
def test_what_is_not_a_form_is_refused(api: Api, body: bytes, status: int) -> None:
    answer = api("POST", URL, body)
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"


def test_half_a_surrogate_pair_is_refused_at_the_field(api: Api) -> None:
    body = json.dumps(form(), ensure_ascii=True).replace("Vuokra", "\\ud83d").encode()
    answer = api("POST", URL, body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/message"


def test_too_much_is_refused_before_it_is_read(api: Api) -> None:
    answer = api("POST", URL, b"x" * 10_000_000)
    assert answer.status_code == 413 and answer.json()["code"] == "too_big"


def test_a_length_that_is_no_number_is_refused(key: str) -> None:
    answer = Browser().generic(
        "POST", URL, "{}", content_type="application/json", headers={"Authorization": f"Bearer {key}"},
        CONTENT_LENGTH="many",
    )  # fmt: skip
    assert answer.status_code == 400 and answer["Content-Type"] == "application/problem+json"


def test_another_content_type_is_refused(api: Api) -> None:
    assert api("POST", URL, form(), **{"Content-Type": "text/plain"}).status_code == 415


def test_another_method_is_refused(api: Api) -> None:
    answer = api("PUT", URL, form())
    assert answer.status_code == 405 and answer["Allow"] == "POST"
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer ", "Bearer wrong", "Basic abc", "Bearer a\x00"])
def test_without_a_known_key_nobody_comes_in(api: Api, given: str) -> None:
    answer = api("POST", URL, form(), Authorization=given)
    assert answer.status_code == 401 and answer["WWW-Authenticate"] == "Bearer"
    assert Event.objects.filter(kind="refused", what__contains="send_contact").exists()


def test_a_key_without_the_scope_is_refused_and_logged(register: Register) -> None:
    send = sender(source_of(register, scopes=("appointments:read",))[1])
    answer = send("POST", URL, form())
    assert answer.status_code == 403
    assert answer.json()["facts"] == {"scope": "contacts:write"}
    assert Event.objects.filter(kind="refused", actor_name="Omaolo").exists()


def test_a_key_to_read_sees_how_its_own_contacts_proceed_and_sends_none(api: Api, key: str, register: Register) -> None:
    made = api("POST", URL, form()).json()
    Source.objects.update(scopes=["contacts:read"])
    assert api("GET", f"{URL}/{made['id']}").json() == made
    assert api("POST", URL, form(external_id="F-2")).status_code == 403


def test_another_systems_contact_is_not_there(api: Api, register: Register) -> None:
    made = api("POST", URL, form()).json()
    other = sender(source_of(register)[1])
    assert other("GET", f"{URL}/{made['id']}").status_code == 404
    assert other("GET", f"{URL}/0000000000000000").status_code == 404
    assert other("GET", f"{URL}/x-y").status_code == 422
    assert other("GET", f"{URL}/x%00y").status_code == 400


def test_reading_a_contact_is_in_the_access_log(api: Api) -> None:
    person = {"role": "concerned", "family_name": "Salo", "identity_code": "010190-900P"}
    made = api("POST", URL, form(persons=[person])).json()
    assert "010190" not in json.dumps(made)
    api("GET", f"{URL}/{made['id']}")
    row = Event.objects.filter(kind="read", subject=made["id"]).latest("id")
    assert len(row.clients) == 1 and row.actor_name == "Omaolo"


def test_a_system_may_come_so_often_in_a_minute(register: Register) -> None:
    send = sender(source_of(register, per_minute=3)[1])
    found = [send("GET", f"{URL}/0000000000000000").status_code for _ in range(4)]
    assert found == [404, 404, 404, 429], "refused requests count too"
    answer = send("GET", f"{URL}/0000000000000000")
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert SourceMinute.objects.get().used == 5


def test_the_answer_is_in_the_language_asked_for(api: Api) -> None:
    found = {
        language: api("POST", URL, form(message=""), **{"Accept-Language": language}).json()["title"]
        for language in ("en", "fi", "sv")
    }
    assert found["en"] == "Could not be done"
    assert len(set(found.values())) == 3


def test_the_description_is_open_and_of_the_promised_version(db: None) -> None:
    answer = Browser().get("/api/v1/openapi.json")
    assert answer.json()["openapi"] == "3.1.0"


@pytest.mark.django_db(transaction=True)
def test_the_same_form_a_hundred_times_at_once_over_http_is_one_contact(clock: Callable[..., None]) -> None:
    clock(NOW)
    _source, key = source_of(Register(), unit="sata-kertaa")
    answers: list[tuple[int, str]] = []
    failures: list[Any] = []
    start = Barrier(10)

    def run() -> None:
        send = sender(key)
        start.wait()
        try:
            for number in range(10):
                got = send("POST", URL, form(), **{"Idempotency-Key": f"same-key-{number % 2}"})
                answers.append((got.status_code, got.json().get("id", str(got.content))))
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    statuses = [status for status, _id in answers]
    assert statuses.count(201) == 1 and statuses.count(200) == 99
    assert len({public_id for _status, public_id in answers}) == 1
    assert Contact.objects.count() == WorkItem.objects.count() == Message.objects.count() == 1


def test_a_form_that_came_yesterday_counts_from_its_true_time(api: Api) -> None:
    body = api("POST", URL, form(received_at=(NOW - timedelta(days=1)).isoformat())).json()
    assert body["answer_by"] == "2026-11-24T14:00:00Z"
