"""What the outbox relies on, whatever system is at the other end."""

import time
from datetime import UTC, datetime

import pytest

from polku.gateways.console import ConsoleGateway
from polku.gateways.contract import Gateway, Outcome, Outgoing
from tests.gateways.conftest import Bench


def outgoing(bench_name: str = "sms") -> Outgoing:
    return Outgoing(
        message_id="<abc123@viestit.example.fi>" if bench_name == "smtp" else "abc123",
        to="aino@example.fi" if bench_name == "smtp" else "+358401234567",
        subject="Aika varattu: ti 8.12.2026 klo 13.15" if bench_name == "smtp" else "",
        body="Päivä: ti 8.12.2026\n.Åbo\n",
        language="fi",
        written_at=datetime(2026, 12, 1, 9, 0, tzinfo=UTC),
    )


EITHER = {Outcome.TEMPORARY, Outcome.UNKNOWN}
ENDS = {
    "accept": {Outcome.ACCEPTED},
    "twice": {Outcome.ACCEPTED},
    "refuse_for_now": {Outcome.TEMPORARY},
    "refuse_for_good": {Outcome.PERMANENT},
    "cut_before": EITHER,
    "silent_before": EITHER,
    "cut_after": {Outcome.UNKNOWN},
    "silent_after": {Outcome.UNKNOWN},
    "drip": {Outcome.UNKNOWN},
    "nonsense": {Outcome.UNKNOWN},
}


@pytest.mark.parametrize("behaviour", ENDS)
def test_send_tells_what_is_known_of_the_end(bench: Bench, behaviour: str) -> None:
    bench.received.behaviours = [behaviour]
    started = time.monotonic()
    result = bench.gateway.send(outgoing(bench.name))
    assert result.outcome in ENDS[behaviour]
    assert time.monotonic() - started < bench.gateway.longest_seconds + 0.5
    for personal in ("358", "40123", "aino", "Päivä"):
        assert personal not in result.detail


@pytest.mark.parametrize("behaviour", ["cut_after", "silent_after", "drip", "nonsense"])
def test_send_repeats_under_the_same_id_after_a_cut(bench: Bench, behaviour: str) -> None:
    message = outgoing(bench.name)
    bench.received.behaviours = [behaviour]
    bench.gateway.send(message)
    assert bench.gateway.send(message).outcome is Outcome.ACCEPTED
    assert bench.received.taken == [message.message_id] * 2


@pytest.mark.parametrize("behaviour", ["refuse_for_now", "refuse_for_good", "cut_before", "silent_before"])
def test_send_that_says_not_sent_has_not_sent(bench: Bench, behaviour: str) -> None:
    bench.received.behaviours = [behaviour]
    bench.gateway.send(outgoing(bench.name))
    assert not bench.received.taken


def test_send_to_a_closed_door_is_temporary(bench: Bench) -> None:
    assert bench.nobody.send(outgoing(bench.name)).outcome is Outcome.TEMPORARY


def test_console_passes_for_a_gateway(caplog: pytest.LogCaptureFixture) -> None:
    gateway: Gateway = ConsoleGateway()
    caplog.set_level("INFO")
    for _ in range(2):
        result = gateway.send(outgoing())
        assert (result.outcome, result.delivered) == (Outcome.ACCEPTED, True)
    assert "abc123" in caplog.text
    assert "40123" not in caplog.text
