"""The data protection officer sees emergencies at once, reads the log by client, person and time, and is logged too."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser

from polku.access.models import Account, Actor
from polku.access.states import Role
from polku.audit import actions as audit
from polku.audit import seals
from polku.audit.models import Event
from polku.clients import actions as clients
from polku.clients.actions import Person
from polku.clients.models import Client
from polku.desk.dpo.words import what
from polku.kit import clock
from polku.site.needs import addresses
from tests.register import NOW, Register

pytestmark = pytest.mark.django_db
HOME = "/data-protection/"
LOG = "/data-protection/log/"


@pytest.fixture
def register(db: Any) -> Register:
    return Register()


@pytest.fixture
def worker(register: Register) -> Actor:
    return register.person("Aino Åkerlund", account=True)


@pytest.fixture
def officer(register: Register, settings: Any, tmp_path: Any) -> Browser:
    settings.AUDIT_ANCHOR = str(tmp_path / "anchors.jsonl")
    return _browser(register.person("Tuomas Tarkka", Role.PROTECTION_OFFICER, account=True))


def _browser(actor: Actor) -> Browser:
    browser = Browser(raise_request_exception=False)
    browser.force_login(Account.objects.get(actor=actor), backend="django.contrib.auth.backends.ModelBackend")
    return browser


def _client(worker: Actor, family: str = "Vuorela", given: str = "Helmi", hetu: str = "131052-308T") -> Client:
    person = Person(family_name=family, given_names=given, identity_code=hetu)
    return clients.create(person=person, by=worker, at=NOW - timedelta(days=900))


def _text(response: Any) -> str:
    return response.content.decode()


def test_shows_an_emergency_opening_first_with_its_reason(officer: Browser, worker: Actor) -> None:
    person = _client(worker)
    audit.emergency(
        by=worker,
        at=clock.now(),
        what="cases.open_emergency",
        clients=[person.pk],
        reason="Uhka itselle",
        reference="P-7",
    )
    page = _text(officer.get(HOME))
    assert "Uhka itselle" in page
    assert "Helmi Vuorela" in page
    assert "Aino Åkerlund" in page
    assert "P-7" in page
    fragment = _text(officer.get(f"{HOME}latest/"))
    assert "Uhka itselle" in fragment
    assert fragment.strip() in page


def test_shows_a_refused_try(officer: Browser, worker: Actor) -> None:
    person = _client(worker)
    audit.refused(by=worker, at=clock.now(), what="cases.read", clients=[person.pk])
    assert "Helmi Vuorela" in _text(officer.get(HOME))


def test_is_not_there_for_others(worker: Actor) -> None:
    browser = _browser(worker)
    for address in (HOME, f"{HOME}latest/", LOG, f"{HOME}clients/x/log.csv"):
        assert browser.get(address).status_code == 404
    assert browser.post(f"{HOME}check/").status_code == 404
    assert Event.objects.filter(kind="refused", actor_id=worker.pk).count() == 5
    assert Browser().get(HOME).status_code == 302


@pytest.mark.parametrize("text", ["131052-308T", "Vuorela"])
def test_finds_the_log_of_a_client_without_a_code_in_the_address(officer: Browser, worker: Actor, text: str) -> None:
    person = _client(worker)
    response = officer.post(f"{HOME}find/", {"text": text})
    assert response.status_code == 303
    assert response["Location"] == f"{LOG}?client={person.public_id}"
    row = Event.objects.get(kind="search")
    assert row.clients == [person.pk]
    assert text not in row.details


def test_lets_one_choose_among_several(officer: Browser, worker: Actor) -> None:
    _client(worker)
    _client(worker, given="Aatu", hetu="")
    page = _text(officer.post(f"{HOME}find/", {"text": "Vuorela"}))
    assert "Helmi Vuorela" in page
    assert "Aatu Vuorela" in page
    assert officer.post(f"{HOME}find/", {"text": "Olematon"}).status_code == 200
    assert officer.post(f"{HOME}find/", {"text": ""}).status_code == 422


def test_reads_one_clients_rows_and_those_of_rows_merged_into_it(officer: Browser, worker: Actor) -> None:
    person, other = _client(worker), _client(worker, "Muu", "Toinen", "")
    twin = _client(worker, "Vuorela", "H.", "")
    twin.merged_into = person
    twin.save()
    audit.read(by=worker, at=NOW, what="contact", clients=[twin.pk], purpose="one")
    audit.read(by=worker, at=NOW, what="contact", clients=[person.pk, other.pk], purpose="two")
    audit.read(by=worker, at=NOW, what="contact", clients=[other.pk], purpose="three")
    page = _text(officer.get(LOG, {"client": person.public_id}))
    assert "one" in page
    assert "two" in page
    assert "three" not in page


def test_reads_by_staff_member_kind_and_days(officer: Browser, register: Register, worker: Actor) -> None:
    petra = register.person("Petra Pöyry")
    audit.read(by=worker, at=NOW, what="contact", purpose="by-aino")
    audit.changed(by=petra, at=NOW, what="contacts.answer", purpose="by-petra")
    audit.read(by=petra, at=NOW - timedelta(days=3), what="contact", purpose="earlier")
    asked = {
        "by-aino": {"staff": "åkerl", "since": "2026-11-24", "until": "2026-11-24"},
        "by-petra": {"kind": "change"},
        "earlier": {"until": "2026-11-21"},
    }
    for mine, query in asked.items():
        page = _text(officer.get(LOG, query))
        assert [word for word in asked if word in page] == [mine]
    assert "by-" not in _text(officer.get(LOG, {"staff": "Nobody"}))
    wrong = officer.get(LOG, {"since": "2026-11-24", "until": "2026-11-23"})
    assert wrong.status_code == 422
    assert officer.get(LOG, {"client": "absent"}).status_code == 404


def test_turns_pages_without_losing_or_repeating_a_row(officer: Browser, worker: Actor) -> None:
    for turn in range(130):
        audit.read(by=worker, at=NOW + timedelta(seconds=turn // 7), what="contact", purpose=f"row{turn:03}x")
    seen: list[str] = []
    address = f"{LOG}?since=2026-11-24&until=2026-11-24"
    for _ in range(3):
        response = officer.get(address)
        seen += [row.purpose for row in response.context["rows"]]
        address = LOG + response.context["next"]
    assert seen == [f"row{turn:03}x" for turn in reversed(range(130))]
    assert response.context["next"] == ""


def test_gives_the_client_two_years_as_a_file(officer: Browser, worker: Actor) -> None:
    person = _client(worker)
    now = clock.now()
    audit.read(by=worker, at=now - timedelta(days=3), what="contact", clients=[person.pk], purpose="=SUM(A1)")
    audit.disclosed(
        by=worker, at=now - timedelta(days=2), what="case", clients=[person.pk], to="Kela", basis="703/2023 64 §"
    )
    audit.read(by=worker, at=now - timedelta(days=800), what="contact", clients=[person.pk])
    response = officer.get(f"{HOME}clients/{person.public_id}/log.csv")
    lines = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig")), delimiter=";"))
    assert len(lines) == 3
    assert "Kela" in lines[1]
    assert "703/2023 64 §" in lines[1]
    assert "'=SUM(A1)" in lines[2]
    assert len(_text(officer.get(f"{HOME}clients/{person.public_id}/log.csv?all=yes")).splitlines()) == 6
    own = Event.objects.filter(what="audit log").order_by("id")
    assert [row.clients for row in own] == [[person.pk], [person.pk]]
    assert own[0].facts["rows"] == 2


def test_logs_the_officers_own_reading(officer: Browser, worker: Actor) -> None:
    person = _client(worker)
    audit.read(by=worker, at=NOW, what="contact", clients=[person.pk])
    officer.get(LOG, {"client": person.public_id})
    row = Event.objects.get(what="audit log")
    assert (row.actor_name, row.clients, row.purpose) == ("Tuomas Tarkka", [person.pk], "oversight")


def test_shows_seals_anchors_and_the_last_check(officer: Browser, worker: Actor) -> None:
    audit.read(by=worker, at=NOW, what="contact")
    seals.seal(at=NOW)
    seals.anchor(at=NOW, now=True)
    line = next(iter(seals.kept_anchors()))
    assert line.hash.hex() in _text(officer.get(HOME))
    response = officer.post(f"{HOME}check/", follow=True)
    assert response.redirect_chain[0][1] == 303
    row = Event.objects.get(what="audit.verify")
    assert row.facts["sound"] is True
    assert row.actor_name == "Tuomas Tarkka"


def test_names_what_is_wrong_when_the_log_is_not_sound(officer: Browser, worker: Actor) -> None:
    number = audit.read(by=worker, at=NOW, what="contact")
    seals.seal(at=NOW)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_row DISABLE TRIGGER audit_event_kept")
        cursor.execute("UPDATE audit_row SET actor_name = 'x' WHERE id = %s", [number])
    page = _text(officer.post(f"{HOME}check/"))
    assert "row_forged" in page
    assert f"row {number}" in page
    assert Event.objects.get(what="audit.verify").facts["sound"] is False


def test_names_every_address_in_words() -> None:
    nameless = [address.name for address in addresses() if what(address.name) == address.name]
    assert nameless == [], "a refused try there would stand in the log by its internal name"
