"""The address that the SMS operator reports to: only the operator, any number of times, and no error of ours."""

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from polku.gateways.sms.receipts import ReceiptSettings

pytestmark = pytest.mark.django_db

SECRET = "a-secret-of-at-least-twenty-letters"
PATH = "/api/receipts/sms"
JSON = "application/json"


@pytest.fixture
def told_how(settings: Any) -> Callable[..., None]:
    """Set how receipts are read."""

    def tell(**how: Any) -> None:
        settings.MESSAGES = replace(settings.MESSAGES, receipts=ReceiptSettings(SECRET, **how))

    tell()
    return tell


@pytest.fixture
def message(settings: Any) -> Any:
    """A text message that has left."""
    from polku.gateways.contract import Outcome, Result
    from polku.outbox import actions, sending

    at = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
    queued = actions.queue(
        channel="sms",
        to="040 123 4567",
        language="sv",
        template="callback_agreed",
        values={"day": "ti 8.12.2026", "time": "13.15", "phone": "09 000 100"},
        key="k",
        at=at,
    )

    class Gateway:
        longest_seconds = 1.0

        def send(self, message: Any) -> Result:
            return Result(Outcome.ACCEPTED, provider_id="op-1")

    settings.MESSAGES = replace(settings.MESSAGES, gateways={"sms": Gateway()})
    sending.send_due(at=at)
    return queued


def post(client: Client, body: Any, *, secret: str = SECRET, kind: str = JSON, **headers: str) -> Any:
    content = body if isinstance(body, str | bytes) else json.dumps(body)
    given = headers or {"Authorization": f"Bearer {secret}"}
    return client.post(PATH, content, content_type=kind, headers=given)


def test_receipt_marks_the_message_delivered_and_again_changes_nothing(
    client: Client, told_how: Any, message: Any
) -> None:
    for _ in range(2):
        answer = post(client, {"reference": message.reference, "status": "Delivered"})
        assert (answer.status_code, answer.json()) == (200, {"received": 1, "known": 1})
    message.refresh_from_db()
    assert message.state == "delivered"
    assert message.receipts.count() == 1


def test_receipt_may_come_as_a_form_with_the_operators_id(client: Client, told_how: Any, message: Any) -> None:
    told_how(id_field="MessageId", reference_field="", status_field="State", failed_values=("undeliv",))
    answer = post(client, "MessageId=op-1&State=UNDELIV", kind="application/x-www-form-urlencoded")
    assert answer.status_code == 200
    message.refresh_from_db()
    assert message.state == "failed"


def test_receipts_may_come_many_at_once(client: Client, told_how: Any, message: Any) -> None:
    told_how(list_field="results")
    rows = [{"reference": name, "status": "delivered"} for name in (message.reference, "another")]
    answer = post(client, {"results": rows})
    assert answer.json() == {"received": 2, "known": 1}


def test_receipt_is_proved_by_a_signature_over_the_body(client: Client, told_how: Any, message: Any) -> None:
    told_how(proof="hmac")
    body = json.dumps({"reference": message.reference, "status": "delivered"})
    good = hmac.new(SECRET.encode(), body.encode(), hashlib.sha256).hexdigest()
    assert post(client, body, **{"X-Signature": f"sha256={good}"}).status_code == 200
    assert post(client, body + " ", **{"X-Signature": good}).status_code == 403
    assert post(client, body, **{"X-Signature": ""}).status_code == 403


@pytest.mark.parametrize("headers", [{"Authorization": "Bearer wrong"}, {"Authorization": SECRET + "ä"}, {"X": "y"}])
def test_receipt_of_somebody_else_is_refused(
    client: Client, told_how: Any, message: Any, headers: dict[str, str]
) -> None:
    answer = post(client, {"reference": message.reference, "status": "delivered"}, **headers)
    assert answer.status_code == 403
    assert answer["Content-Type"] == "application/problem+json"
    message.refresh_from_db()
    assert message.state == "sent"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("", JSON),
        ("{", JSON),
        ("[" * 100_000, JSON),
        ("7", JSON),
        ("[[1]]", JSON),
        ('{"reference": ["x"], "status": "delivered"}', JSON),
        ('{"reference": "x"}', JSON),
        ('{"status": "delivered"}', JSON),
        ('{"reference": "a\\u0000b", "status": "delivered"}', JSON),
        ('{"reference": "\\ud800", "status": "delivered"}', JSON),
        (json.dumps({"reference": "x" * 500, "status": "delivered"}), JSON),
        (b"\xff\xfe", JSON),
        (b"\xff\xfe", "application/x-www-form-urlencoded"),
        ("reference=x", "text/plain"),
    ],
)
def test_receipt_that_cannot_be_read_is_a_problem_and_no_error(
    client: Client, told_how: Any, body: Any, kind: str
) -> None:
    answer = post(client, body, kind=kind)
    assert answer.status_code == 422, answer.content
    assert answer.json()["code"] == "bad_receipt"


def test_receipt_of_an_unknown_message_is_not_found(client: Client, told_how: Any) -> None:
    assert post(client, {"reference": "nothing", "status": "delivered"}).status_code == 404


def test_receipts_are_not_there_when_no_secret_is_set(client: Client, settings: Any) -> None:
    settings.MESSAGES = replace(settings.MESSAGES, receipts=None)
    assert post(client, {"reference": "x", "status": "delivered"}).status_code == 404


def test_receipts_are_posted(client: Client, told_how: Any) -> None:
    assert client.get(PATH).status_code == 405


@pytest.mark.parametrize(
    "wrong", [{"secret": "short"}, {"proof": "trust"}, {"reference_field": ""}, {"failed_values": ("delivered",)}]
)
def test_settings_refuse_what_does_not_fit_together(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w+ .*\."):
        ReceiptSettings(**{"secret": SECRET, **wrong})
