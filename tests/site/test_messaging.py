"""Settings of messages: complete ones work, wrong ones stop the start with a sentence that names them."""

from datetime import time
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from polku.site.environment import Environment

COUNTY = Path(__file__).resolve().parents[2] / "counties" / "lansi-uusimaa.toml"
MAIL = {"MAIL_BY": "smtp", "MAIL_FROM": "viestit@example.fi", "SMTP_HOST": "smtp.example.fi"}
SMS = {"SMS_BY": "http", "SMS_URL": "https://sms.example.fi/send", "SMS_SENDER": "Polku"}


def read(variables: dict[str, str], *, demo: bool = False) -> Any:
    from polku.site.messaging import outbox_settings

    return outbox_settings(Environment(variables), demo=demo, base_url="https://polku.example.fi", county=COUNTY)


def test_settings_of_the_demo_keep_messages_in_the_house() -> None:
    found = read({}, demo=True)
    assert {type(gateway).__name__ for gateway in found.gateways.values()} == {"ConsoleGateway"}
    assert found.channels() == ("sms", "email", "letter")


def test_settings_of_a_county_send_nothing_until_told_how() -> None:
    assert read({}).channels() == ("letter",)


def test_settings_read_everything() -> None:
    found = read(
        {
            **MAIL,
            **SMS,
            "SMS_HEADERS": '{"Authorization": "Bearer abc"}',
            "SMS_FIELDS": '{"a": "{to}", "b": "{text}", "c": "{reference}", "d": "{receipts}"}',
            "SMS_RECEIPT_SECRET": "a-secret-of-at-least-twenty-letters",
            "SMS_RECEIPT_DELIVERED_VALUES": "DELIVRD, READ",
            "MESSAGE_HOURS_FROM": "9.30",
            "MESSAGE_HOURS_TO": "16:00",
        }
    )
    assert found.channels() == ("sms", "email", "letter")
    assert (found.opens, found.closes) == (time(9, 30), time(16, 0))
    assert found.mail_domain == "example.fi"
    assert found.receipts.delivered_values == ("delivrd", "read")
    assert found.gateways["sms"]._settings.receipts_url == "https://polku.example.fi/api/receipts/sms"
    assert found.gateways["email"]._settings.port == 587
    assert found.sender_names["sv"] == "Västra Nylands välfärdsområde"


@pytest.mark.parametrize(
    ("wrong", "names"),
    [
        ({"MAIL_BY": "pigeon"}, "MAIL_BY"),
        ({"MAIL_BY": "console"}, "MAIL_BY"),
        ({**MAIL, "SMTP_HOST": ""}, "SMTP_HOST"),
        ({**MAIL, "MAIL_FROM": "Polku"}, "sender"),
        ({**MAIL, "SMTP_PORT": "x"}, "SMTP_PORT"),
        ({**MAIL, "SMTP_CA_FILE": "/no/such"}, "SMTP_CA_FILE"),
        ({**MAIL, "SMTP_USER": "a"}, "password"),
        ({**SMS, "SMS_URL": "http://sms.example.fi"}, "https"),
        ({**SMS, "SMS_SENDER": ""}, "SMS_SENDER"),
        ({**SMS, "SMS_FIELDS": "[]"}, "SMS_FIELDS"),
        ({**SMS, "SMS_HEADERS": "x"}, "SMS_HEADERS"),
        ({**SMS, "SMS_FIELDS": '{"a": "{to}"}'}, "text"),
        ({**SMS, "SMS_RECEIPT_SECRET": "short"}, "20 characters"),
        ({"MESSAGE_HOURS_FROM": "8 am"}, "MESSAGE_HOURS_FROM"),
        ({"MESSAGE_HOURS_FROM": "18", "MESSAGE_HOURS_TO": "8"}, "hours"),
        ({**MAIL, "MESSAGE_LEASE": "20"}, "lease"),
    ],
)
def test_settings_stop_the_start_with_a_sentence(wrong: dict[str, str], names: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=names):
        read(wrong)
