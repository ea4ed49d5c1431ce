"""What every request gets: a transaction, a log row, a calm page when it fails."""

import json
import logging
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.models import Max
from django.test import Client

from polku.access.models import Account, Actor, Municipality
from polku.audit.models import Event
from polku.kit import clock
from polku.site import answers, middleware
from tests.register import Register

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.site.pages")]


@pytest.fixture(autouse=True)
def no_frame(settings: Any) -> None:
    """The frame's links lead to pages that are not here."""
    settings.POLKU_FRAME = ""


@pytest.fixture
def worker(db: Any) -> Actor:
    return Register().person("Aino Åkerlund", account=True)


@pytest.fixture
def stranger() -> Client:
    return Client(raise_request_exception=False)


@pytest.fixture
def desk(worker: Actor, stranger: Client) -> Client:
    stranger.force_login(Account.objects.get(actor=worker), backend="django.contrib.auth.backends.ModelBackend")
    return stranger


_left_by_others = [0]


@pytest.fixture(autouse=True)
def what_others_left(db: Any) -> None:
    """A browser's last question of an earlier test may have been answered while its rows were being deleted."""
    _left_by_others[0] = Event.objects.aggregate(newest=Max("id"))["newest"] or 0


def _rows() -> list[Event]:
    return list(Event.objects.filter(id__gt=_left_by_others[0]).order_by("id"))


def test_reads_behind_the_fence_and_cannot_write(desk: Client, worker: Actor) -> None:
    assert desk.get("/state/").content.decode() == f"polku_fenced|on|{worker.id}"
    assert desk.post("/state/").content.decode() == f"polku_fenced|off|{worker.id}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone()[0] == "polku"


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_breaks_a_page_that_writes_on_a_read(desk: Client, method: str) -> None:
    assert getattr(desk, method)("/write/").status_code == 500
    assert not Municipality.objects.filter(code="999").exists()


def test_lets_only_pages_of_sign_in_write_on_a_get(desk: Client) -> None:
    assert desk.get("/openid_connect/callback/").status_code == 200
    assert Municipality.objects.filter(code="999").exists()
    assert all(name.startswith(("openid_connect_", "mfa_")) for name in middleware.MAY_WRITE_ON_GET)


def test_saves_nothing_when_the_api_refuses(desk: Client) -> None:
    assert desk.post("/api/write/?status=422").status_code == 422
    assert not Municipality.objects.filter(code="999").exists()
    assert desk.post("/api/write/").status_code == 200
    assert Municipality.objects.filter(code="999").exists()


def test_keeps_what_was_typed_when_a_page_refuses_what_was_asked(desk: Client) -> None:
    assert desk.post("/write/?status=422").status_code == 422
    assert Municipality.objects.filter(code="999").exists()


def test_logs_one_row_a_page_with_everybody_on_it(desk: Client, worker: Actor) -> None:
    desk.get("/shows/0123456789abcdef/")
    (row,) = _rows()
    assert (row.kind, row.what, row.clients) == ("read", "client, contact", [1, 2, 3])
    assert (row.actor_id, row.actor_name, row.role) == (worker.id, "Aino Åkerlund", "guidance")
    assert (row.path, row.subject) == ("shows", "0123456789abcdef")
    assert row.provider == "Alue"
    assert row.unit == "neuvonta fi"


def test_logs_a_search_with_how_and_whom_it_found(desk: Client) -> None:
    desk.get("/searches/")
    (row,) = _rows()
    assert (row.kind, row.clients, row.facts) == ("search", [8], {"how": "name"})


def test_logs_nothing_where_nothing_was_shown(desk: Client) -> None:
    desk.get("/state/")
    assert _rows() == []


def test_gives_no_answer_without_a_row(desk: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_row ADD CONSTRAINT broken CHECK (kind <> 'read') NOT VALID")
    response = desk.get("/shows/")
    assert response.status_code == 503
    assert b"shown" not in response.content
    assert response["Retry-After"]


@pytest.mark.parametrize(("method", "certain"), [("get", True), ("post", False)])
def test_does_not_claim_that_nothing_was_saved_when_only_its_row_is_missing(
    desk: Client, method: str, certain: bool
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_row ADD CONSTRAINT broken CHECK (kind <> 'read') NOT VALID")
    response = getattr(desk, method)("/shows/", HTTP_ACCEPT_LANGUAGE="en")
    assert response.status_code == 503
    assert (b"Nothing was saved" in response.content) is certain
    assert (b"It is not certain whether" in response.content) is not certain


def test_promises_nothing_while_the_connection_leads_to_a_replica(
    desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write that meets a read-only database is no fault of ours; one on a read of ours is."""
    assert desk.get("/write/").status_code == 500
    monkeypatch.setattr(answers, "IS_REPLICA", "SELECT true")
    closed: list[bool] = []
    monkeypatch.setattr(answers, "_give_up_connection", lambda: closed.append(True))
    assert desk.get("/write/").status_code == 503
    assert closed == [True]


@pytest.mark.parametrize(
    ("language", "word"), [("fi", "Palvelu ei voi"), ("sv", "Tjänsten kan inte"), ("en", "The service")]
)
def test_says_that_there_is_no_database_in_the_language_asked_for(
    stranger: Client, monkeypatch: pytest.MonkeyPatch, language: str, word: str
) -> None:
    def gone(**_: Any) -> Any:
        raise OperationalError("no connection")

    monkeypatch.setattr(middleware, "fenced", gone)
    response = stranger.get("/state/", HTTP_ACCEPT_LANGUAGE=language)
    assert response.status_code == 503
    assert word in response.content.decode() and f'lang="{language}"' in response.content.decode()


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("notfound", 404), ("http404", 404), ("notallowed", 403), ("conflict", 409), ("invalid", 422), ("bad", 400),
        ("twice", 409), ("range", 422), ("bug", 500), ("down", 503),
    ],
)  # fmt: skip
def test_answers_each_failure_with_a_page_and_saves_nothing(desk: Client, name: str, status: int) -> None:
    response = desk.post(f"/raises/{name}/")
    assert response.status_code == status
    assert b"<h1" in response.content
    assert not Municipality.objects.filter(code="998").exists()


def test_answers_machines_with_a_problem_document(stranger: Client) -> None:
    response = stranger.get("/api/raises/invalid/")
    assert response["Content-Type"] == "application/problem+json"
    assert json.loads(response.content)["code"] == "bad_day"
    assert json.loads(response.content)["field"] == "day"


@pytest.mark.parametrize("address", ["/api/raises/down/", "/raises/down/"])
def test_says_when_to_try_again_while_the_database_does_not_answer(stranger: Client, address: str) -> None:
    response = stranger.get(address)
    assert response.status_code == 503
    assert int(response["Retry-After"]) > 0


def test_lets_no_browser_keep_a_page_that_showed_somebodys_data(desk: Client) -> None:
    assert desk.get("/shows/")["Cache-Control"] == "no-store"
    assert "Cache-Control" not in desk.get("/state/")


def test_keeps_a_row_that_the_database_refused_out_of_the_technical_log(
    desk: Client, caplog: pytest.LogCaptureFixture
) -> None:
    from polku.site.log import Lines, Words

    with caplog.at_level(logging.ERROR, "polku.request"):
        assert desk.post("/raises/row/").status_code == 409
    record = next(record for record in caplog.records if record.getMessage() == "request failed")
    for line in (Lines().format(record), Words("%(message)s").format(record)):
        assert "a rule is broken" in line
        assert "Aino" not in line and "her own words" not in line


def test_answers_the_same_for_not_there_and_not_yours(desk: Client) -> None:
    gone = desk.get("/raises/notfound/0123456789abcdef/").content
    absent = desk.get("/raises/http404/0123456789abcdef/").content
    nowhere = desk.get("/no/such/page/").content
    assert desk.get("/no/such/page/").status_code == 404
    assert b"secret" not in absent
    strip = [page.replace(b"notfound", b"x").replace(b"http404", b"x") for page in (gone, absent)]
    assert strip[0] == strip[1]
    assert b"<h1" in nowhere


def test_logs_a_refusal_with_who_tried_and_whose_data(desk: Client, worker: Actor) -> None:
    desk.get("/raises/notallowed/")
    desk.get("/raises/notfound/0123456789abcdef/")
    allowed, found = _rows()
    assert (allowed.kind, allowed.what, allowed.clients) == ("refused", "contacts.answer", [42])
    assert (found.kind, found.subject, found.clients) == ("refused", "0123456789abcdef", [41])
    assert found.actor_id == worker.id
    assert found.facts["status"] == 404


def test_logs_a_refusal_that_the_page_turns_into_a_sentence(desk: Client, worker: Actor) -> None:
    assert desk.post("/catches/0123456789abcdef/").status_code == 422
    (row,) = _rows()
    assert (row.kind, row.what, row.subject) == ("refused", "access.manage", "0123456789abcdef")
    assert row.actor_id == worker.id


def test_never_logs_the_secret_of_a_link(stranger: Client) -> None:
    stranger.get("/l/0123456789abcdef/")
    (row,) = _rows()
    assert (row.kind, row.subject, row.actor_id) == ("refused", "", None)
    assert "0123456789abcdef" not in row.details


@pytest.mark.parametrize(
    "address", ["/shows/?q=131052-308T", "/shows/?q=x&131052-308T=1", "/shows/131052-308T/", "/state/?p=150320%2B123b"]
)
def test_refuses_an_identity_code_in_the_address(desk: Client, address: str) -> None:
    response = desk.get(address)
    assert response.status_code == 400
    assert b"131052" not in response.content
    assert all("131052" not in json.dumps(row.facts) + row.subject + row.path for row in _rows())


def test_tells_a_code_of_a_fault_and_keeps_identity_codes_out_of_the_log(
    desk: Client, caplog: pytest.LogCaptureFixture
) -> None:
    from polku.site.log import Lines, Words

    with caplog.at_level(logging.ERROR, "polku.request"):
        page = desk.get("/raises/bug/").content.decode()
    (record,) = [record for record in caplog.records if record.name == "polku.request"]
    assert record.reference in page
    assert "131052" not in page
    for line in (Lines().format(record), Words("%(message)s").format(record)):
        assert "RuntimeError" in line
        assert "131052" not in line
    assert json.loads(Lines().format(record))["reference"] == record.reference


def test_ends_an_idle_session_and_an_old_one(desk: Client, settings: Any) -> None:
    begun = clock.now()
    desk.post("/alive/")
    assert desk.get("/shows/").status_code == 200
    with clock.started_at(begun + timedelta(minutes=29)):
        assert desk.get("/shows/").status_code == 200
        assert desk.post("/alive/").status_code == 204
    with clock.started_at(begun + timedelta(minutes=45)):
        assert desk.get("/shows/").status_code == 200
    with clock.started_at(begun + timedelta(minutes=60)):
        assert desk.get("/shows/").status_code == 302
        assert desk.post("/alive/").status_code == 302
    settings.SESSION_COOKIE_AGE = 10 * 3600
    moment = begun
    while moment < begun + timedelta(hours=9, minutes=50):
        moment += timedelta(minutes=20)
        with clock.started_at(moment):
            desk.post("/alive/")
    with clock.started_at(begun + timedelta(hours=10, minutes=1)):
        assert desk.get("/shows/").status_code == 302


def test_writes_nothing_of_a_session_on_a_get(desk: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT xmin FROM django_session")
        before = cursor.fetchall()
        desk.get("/shows/")
        cursor.execute("SELECT xmin FROM django_session")
        assert cursor.fetchall() == before


def test_uses_the_same_handlers_as_the_site() -> None:
    from polku.site import urls
    from tests.site import pages

    names = ("handler400", "handler403", "handler404", "handler500")
    assert [getattr(urls, name) for name in names] == [getattr(pages, name) for name in names]
