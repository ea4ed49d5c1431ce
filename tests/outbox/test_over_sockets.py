"""The outbox with its real gateways against servers that misbehave: nothing is lost, and repeats carry the same id."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from polku.outbox import queries, sending
from polku.outbox.models import Message
from polku.outbox.states import State
from tests.gateways.conftest import PATIENCE
from tests.gateways.servers import Received, mail_server, sms_operator
from tests.outbox.told import AT

pytestmark = pytest.mark.django_db
FAULTS = ["refuse_for_now", "cut_before", "silent_before", "cut_after", "silent_after", "nonsense", "drip"]


@pytest.fixture
def received() -> Received:
    return Received()


@pytest.fixture(params=["email", "sms"])
def message(request: pytest.FixtureRequest, received: Received, settings: Any, queued: Callable[..., Message]) -> Any:
    """A message whose channel leads to a real server on this machine."""
    from polku.gateways.sms import SmsGateway, SmsSettings
    from polku.gateways.smtp import SmtpGateway, SmtpSettings

    email = request.param == "email"
    with mail_server(received) if email else sms_operator(received) as port:
        gateway: Any
        if email:
            gateway = SmtpGateway(SmtpSettings("127.0.0.1", port, "v@example.fi", security="none", **PATIENCE))
        else:
            url = f"http://127.0.0.1:{port}/send"
            gateway = SmsGateway(
                SmsSettings(url=url, sender="P", success_field="status", success_values=("queued",), **PATIENCE)
            )
        settings.MESSAGES = replace(settings.MESSAGES, gateways={request.param: gateway})
        yield queued(channel=request.param, to="aino@example.fi" if email else "040 123 4567")


def send_until_settled(message: Message) -> Message:
    for _ in range(10):
        message.refresh_from_db()
        if message.next_try_at is None:
            return message
        sending.send_due(at=message.next_try_at)
    return message


@pytest.mark.parametrize("fault", FAULTS)
def test_send_due_gets_through_after_any_fault(message: Message, received: Received, fault: str) -> None:
    received.behaviours = [fault, fault]
    assert send_until_settled(message).state == State.SENT
    assert message.tries == 3
    assert received.taken, "marked as sent, and the server knows of nothing"
    assert set(received.seen) == {message.reference}


def test_send_due_counts_an_answer_given_twice_once(message: Message, received: Received) -> None:
    received.behaviours = ["twice"]
    assert send_until_settled(message).state == State.SENT
    assert received.taken == [message.reference]


def test_send_due_shows_what_is_refused_for_good(message: Message, received: Received) -> None:
    received.behaviours = ["refuse_for_good"]
    assert send_until_settled(message).state == State.FAILED
    assert list(queries.undelivered()) == [message]
    assert "aino" not in message.log.get().detail


def test_send_due_gives_up_on_a_server_that_never_answers(message: Message, received: Received) -> None:
    received.behaviours = ["cut_before"] * 10
    assert send_until_settled(message).state == State.GIVEN_UP
    assert message.tries == 4
    assert message.created_at == AT
