"""Text messages: any operator by settings, and answers read with care."""

import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import pytest

from polku.gateways.contract import Outcome
from polku.gateways.sms import SmsGateway, SmsSettings
from tests.gateways.conftest import Bench
from tests.gateways.test_contract import outgoing


def other(bench: Bench, **settings: Any) -> SmsGateway:
    """The same operator by other settings."""
    return SmsGateway(replace(bench.gateway._settings, **settings))


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        ("too_many", Outcome.TEMPORARY),
        ("wrong_key", Outcome.TEMPORARY),
        ("moved", Outcome.TEMPORARY),
        ("broken", Outcome.UNKNOWN),
        ("other_json", Outcome.UNKNOWN),
        ("said_no", Outcome.PERMANENT),
        ("said_later", Outcome.TEMPORARY),
        ("had_it", Outcome.ACCEPTED),
    ],
)
def test_send_reads_the_operators_answer(sms_bench: Bench, behaviour: str, outcome: Outcome) -> None:
    sms_bench.received.behaviours = [behaviour]
    assert sms_bench.gateway.send(outgoing()).outcome is outcome


def test_send_fills_the_named_fields_and_keeps_the_operators_id(sms_bench: Bench) -> None:
    result = sms_bench.gateway.send(outgoing())
    ((method, path, headers, body),) = sms_bench.received.requests
    assert (method, path, headers["Authorization"]) == ("POST", "/v1/send?account=7", "Bearer abc")
    assert json.loads(body) == {
        "to": "+358401234567",
        "from": "Polku",
        "text": "Päivä: ti 8.12.2026\n.Åbo\n",
        "reference": "abc123",
    }
    assert result.provider_id == "op-1"


def test_send_fills_nested_fields_and_writes_the_number_as_wanted(sms_bench: Bench) -> None:
    fields = {
        "messages": [{"destinations": [{"to": "{to}", "messageId": "{reference}"}], "text": "{text}", "flash": False}]
    }
    other(sms_bench, fields=fields, number_form="zeros", method="PUT").send(outgoing())
    ((method, _, _, body),) = sms_bench.received.requests
    sent = json.loads(body)["messages"][0]
    assert method == "PUT"
    assert sent["destinations"] == [{"to": "00358401234567", "messageId": "abc123"}]
    assert sent["flash"] is False


def test_send_can_fill_a_form(sms_bench: Bench) -> None:
    other(sms_bench, encoding="form", number_form="plain", success_field="", success_values=()).send(outgoing())
    ((_, _, headers, body),) = sms_bench.received.requests
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert parse_qs(body.decode())["to"] == ["358401234567"]


def test_send_does_not_fill_in_what_a_message_says_in_braces(sms_bench: Bench) -> None:
    sms_bench.gateway.send(replace(outgoing(), body="{to} {reference} {"))
    assert json.loads(sms_bench.received.requests[0][3])["text"] == "{to} {reference} {"


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://sms.example.fi/send"},
        {"url": "https://user:pw@sms.example.fi/send"},
        {"url": "sms.example.fi"},
        {"method": "GET"},
        {"encoding": "xml"},
        {"success_field": "status"},
        {"fields": {"to": "{to}", "text": "{text}"}},
        {"headers": {"X": "a\r\nY: b"}},
    ],
)
def test_settings_refuse_what_does_not_fit_together(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w+ .*\."):
        SmsSettings(**{"url": "https://sms.example.fi/send", "sender": "Polku", **wrong})


def test_settings_do_not_show_their_secrets() -> None:
    settings = SmsSettings(url="https://sms.example.fi", sender="P", headers={"Authorization": "Bearer abc"})
    assert "abc" not in repr(settings)
