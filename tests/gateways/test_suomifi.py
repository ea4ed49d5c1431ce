"""Suomi.fi messages: what leaves, what each answer means, and that nothing goes twice or tells whose it is."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from polku.gateways.contract import Outcome
from polku.gateways.suomifi import Letter, NotNow, SuomiFi, SuomiFiSettings
from tests.gateways.messages_server import PASSWORD, SERVICE, USER, Service, messages_service
from tests.gateways.servers import free_port

CODE = "010190-900P"
LETTER = Letter(
    external_id="delivery:abc", recipient=CODE, title="Sinulle on päätös", body="Päätös on liitteenä.",
    file_name="paatos.pdf", pdf=b"%PDF-1.7 ...",
)  # fmt: skip


@pytest.fixture
def running() -> Iterator[tuple[str, Service]]:
    with messages_service() as (url, service):
        service.mailboxes = {CODE}
        yield url, service


@pytest.fixture
def service(running: tuple[str, Service]) -> Service:
    return running[1]


def settings(url: str, **more: object) -> SuomiFiSettings:
    patience = {"timeout_seconds": 0.5, "longest_seconds": 1.0}
    return SuomiFiSettings(SERVICE, USER, PASSWORD, url=url, **{**patience, **more})  # type: ignore[arg-type]


@pytest.fixture
def gateway(running: tuple[str, Service]) -> Iterator[SuomiFi]:
    made = SuomiFi(settings(running[0]))
    yield made
    made.close()


def test_send_gives_the_letter_with_its_enclosure_and_a_notice_that_names_nobody(
    gateway: SuomiFi, service: Service
) -> None:
    result = gateway.send(LETTER)
    assert (result.outcome, result.provider_id) == (Outcome.ACCEPTED, "1001")
    told = service.letters["delivery:abc"]
    assert told["recipient"] == {"id": CODE} and told["sender"] == {"serviceId": SERVICE}
    (enclosure,) = told["electronic"]["attachments"]
    assert service.enclosures[enclosure["attachmentId"]] == LETTER.pdf
    assert told["electronic"]["notifications"]["senderDetailsInNotifications"] == "None"
    assert told["electronic"]["visibility"] == "Recipient only"


def test_send_twice_is_one_letter_with_the_number_of_the_first(gateway: SuomiFi, service: Service) -> None:
    first, again = gateway.send(LETTER), gateway.send(LETTER)
    assert (again.outcome, again.provider_id) == (Outcome.ACCEPTED, first.provider_id)
    assert len(service.letters) == 1 and service.tries == 2


@pytest.mark.parametrize("behaviour", ["cut_after", "nonsense", "drip", "silent", "busy"])
def test_send_again_after_an_answer_that_was_lost_brings_one_letter(
    gateway: SuomiFi, service: Service, behaviour: str
) -> None:
    service.behaviours = [behaviour]
    assert gateway.send(LETTER).outcome == Outcome.UNKNOWN
    assert gateway.send(LETTER).outcome == Outcome.ACCEPTED
    assert list(service.letters) == ["delivery:abc"]


def test_send_to_somebody_without_a_mailbox_is_told_apart_from_other_refusals(
    gateway: SuomiFi, service: Service
) -> None:
    nobody = gateway.send(replace(LETTER, recipient="010594Y9032"))
    assert (nobody.outcome, nobody.detail) == (Outcome.PERMANENT, "mailbox_not_in_use")
    service.behaviours = ["refuse"]
    refused = gateway.send(LETTER)
    assert (refused.outcome, refused.detail) == (Outcome.PERMANENT, "status 400")
    assert not service.letters


def test_sign_in_once_and_anew_when_the_token_has_ended(gateway: SuomiFi, service: Service) -> None:
    gateway.send(LETTER)
    gateway.active([CODE])
    assert service.sign_ins == 1
    service.tokens.clear()
    assert gateway.active([CODE]) == {CODE} and service.sign_ins == 2
    service.token_lasts = 30
    service.tokens.clear()
    gateway.active([CODE])
    gateway.active([CODE])
    assert service.sign_ins == 4, "a token that ends within a minute is not used again"


def test_wrong_password_or_a_closed_door_is_for_later(running: tuple[str, Service]) -> None:
    wrong = SuomiFi(replace(settings(running[0]), password="x" * 40))
    assert wrong.send(LETTER).outcome == Outcome.TEMPORARY
    closed = SuomiFi(settings(f"http://127.0.0.1:{free_port()}"))
    assert closed.send(LETTER).outcome == Outcome.TEMPORARY
    for one in (wrong, closed):
        with pytest.raises(NotNow):
            one.active([CODE])
        with pytest.raises(NotNow):
            one.events()
        one.close()


def test_active_tells_who_reads_messages_whatever_their_number(gateway: SuomiFi, service: Service) -> None:
    codes = [f"0101{year:02}-{number}A" for year in range(90, 93) for number in range(900, 950)]
    service.mailboxes = set(codes[::7])
    assert gateway.active(codes) == set(codes[::7])
    assert gateway.active([]) == set()


def test_events_are_read_on_from_the_place_where_one_stopped(gateway: SuomiFi, service: Service) -> None:
    gateway.send(LETTER)
    service.happens("Electronic message read", "delivery:abc", "2026-11-26T18:02:11.123+02:00")
    service.happens("Electronic message from end user", None)
    service.happens("Something new of next year", "delivery:abc")
    first, token = gateway.events()
    assert [event.kind for event in first] == ["Electronic message created", "Electronic message read"]
    assert first[1].at == datetime(2026, 11, 26, 16, 2, 11, 123000, tzinfo=UTC) and first[1].message_id == "1001"
    second, token = gateway.events(token)
    assert [event.kind for event in second] == ["Something new of next year"], "those of no letter are passed over"
    assert gateway.events(token) == ([], token)


def test_no_address_or_log_line_names_the_client(
    gateway: SuomiFi, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    service.behaviours = ["refuse"]
    told = [gateway.send(LETTER), gateway.send(LETTER)]
    gateway.active([CODE])
    gateway.events()
    assert not any(CODE in path for path in service.paths)
    assert CODE not in caplog.text and PASSWORD not in caplog.text
    assert CODE not in repr(LETTER) + repr(told) and PASSWORD not in repr(gateway._settings)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"url": "http://api.messages.suomi.fi"}, "https"),
        ({"url": f"https://{USER}:{PASSWORD}@api.messages.suomi.fi"}, "password"),
        ({"url": "https://api.messages.suomi.fi/v2"}, "host only"),
        ({"service_id": ""}, "id"),
        ({"timeout_seconds": 5.0, "longest_seconds": 1.0}, "silence"),
    ],
)
def test_refuse_settings_that_cannot_be(given: dict[str, object], says: str) -> None:
    whole: dict[str, object] = {"service_id": SERVICE, "username": USER, "password": PASSWORD, **given}
    with pytest.raises(ValueError, match=says):
        SuomiFiSettings(**whole)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "given",
    [{"external_id": ""}, {"title": ""}, {"title": "x" * 257}, {"body": "x" * 40_001}, {"pdf": b"x" * 10_485_761}],
)
def test_refuse_a_letter_that_the_service_would_not_take(given: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        replace(LETTER, **given)  # type: ignore[arg-type]
