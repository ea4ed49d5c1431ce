"""The outbox's ways out, read from the environment (docs/messages.md lists the variables)."""

from __future__ import annotations

import json
import tomllib
from datetime import time, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from polku.gateways.console import ConsoleGateway
from polku.gateways.contract import Gateway
from polku.gateways.sms import SmsGateway, SmsSettings
from polku.gateways.sms.receipts import ReceiptSettings
from polku.gateways.smtp import SmtpGateway, SmtpSettings
from polku.gateways.smtp.settings import PORTS
from polku.outbox.configuration import OutboxSettings
from polku.site.environment import Environment

RECEIPTS_PATH = "/api/receipts/sms"


def outbox_settings(env: Environment, *, demo: bool, base_url: str, county: Path) -> OutboxSettings:
    """Build the outbox's settings. Raises ImproperlyConfigured naming the variable or what does not fit together."""
    gateways: dict[str, Gateway] = {}
    email = _way(env, "MAIL_BY", "smtp", demo=demo)
    sms = _way(env, "SMS_BY", "http", demo=demo)
    try:
        if email == "smtp":
            gateways["email"] = SmtpGateway(_smtp(env))
        if sms == "http":
            gateways["sms"] = SmsGateway(_sms(env, base_url))
        for channel, way in (("email", email), ("sms", sms)):
            if way == "console":
                gateways[channel] = ConsoleGateway()
        return OutboxSettings(
            gateways=gateways,
            mail_domain=env.text("MAIL_FROM").rpartition("@")[2] or urlsplit(base_url).hostname or "localhost",
            sender_names=_sender_names(county),
            opens=_hour(env, "MESSAGE_HOURS_FROM", "8.00"),
            closes=_hour(env, "MESSAGE_HOURS_TO", "18.00"),
            most_tries=env.number("MESSAGE_TRIES", 8, 1, 50),
            lease=timedelta(seconds=env.number("MESSAGE_LEASE", 90, 1, 3600)),
            receipts=_receipts(env) if sms == "http" else None,
        )
    except ValueError as error:
        raise ImproperlyConfigured(f"Messages: {error}") from None


def _way(env: Environment, name: str, real: str, *, demo: bool) -> str:
    """Return how a channel leaves. With a real database nothing stays in the house unnoticed: `off` refuses."""
    return env.choice(name, (real, "off", "console") if demo else (real, "off"), "console" if demo else "off")


def _smtp(env: Environment) -> SmtpSettings:
    security = env.choice("SMTP_SECURITY", tuple(PORTS), "starttls")
    ca_file = env.file("SMTP_CA_FILE", Path()) if env.text("SMTP_CA_FILE") else ""
    return SmtpSettings(
        host=env.required("SMTP_HOST", "it names the mail server."),
        port=env.number("SMTP_PORT", PORTS[security], 1, 65535),
        sender=env.required("MAIL_FROM", "mail is sent from this address."),
        security=security,
        ca_file=str(ca_file),
        username=env.text("SMTP_USER"),
        password=env.text("SMTP_PASSWORD"),
        reply_to=env.text("MAIL_REPLY_TO"),
        timeout_seconds=env.number("SMTP_TIMEOUT", 10, 1, 60),
        longest_seconds=env.number("SMTP_LONGEST", 40, 1, 300),
    )


def _sms(env: Environment, base_url: str) -> SmsSettings:
    optional: dict[str, Any] = {"fields": fields} if (fields := _object(env, "SMS_FIELDS")) else {}
    ca_file = env.file("SMS_CA_FILE", Path()) if env.text("SMS_CA_FILE") else ""
    return SmsSettings(
        url=env.required("SMS_URL", "it is the address of the SMS operator."),
        sender=env.required("SMS_SENDER", "the recipient sees this name or number."),
        method=env.choice("SMS_METHOD", ("POST", "PUT"), "POST"),
        encoding=env.choice("SMS_ENCODING", ("json", "form"), "json"),
        headers=_object(env, "SMS_HEADERS"),
        number_form=env.choice("SMS_NUMBER_FORM", ("plus", "plain", "zeros"), "plus"),
        success_field=env.text("SMS_SUCCESS_FIELD"),
        success_values=tuple(env.names("SMS_SUCCESS_VALUES")),
        temporary_values=tuple(env.names("SMS_TEMPORARY_VALUES")),
        duplicate_status=env.number("SMS_DUPLICATE_STATUS", 409, 200, 599),
        id_field=env.text("SMS_ID_FIELD"),
        receipts_url=base_url + RECEIPTS_PATH,
        ca_file=str(ca_file),
        timeout_seconds=env.number("SMS_TIMEOUT", 10, 1, 60),
        longest_seconds=env.number("SMS_LONGEST", 25, 1, 300),
        **optional,
    )


def _receipts(env: Environment) -> ReceiptSettings | None:
    """Return how receipts are read; None, and the address answers 404, when no secret is set."""
    if not env.text("SMS_RECEIPT_SECRET"):
        return None
    plain = ReceiptSettings(secret=env.text("SMS_RECEIPT_SECRET"))
    return ReceiptSettings(
        secret=plain.secret,
        proof=env.choice("SMS_RECEIPT_PROOF", ("bearer", "hmac"), plain.proof),
        signature_header=env.text("SMS_RECEIPT_SIGNATURE_HEADER", plain.signature_header),
        list_field=env.text("SMS_RECEIPT_LIST_FIELD"),
        reference_field=env.text("SMS_RECEIPT_REFERENCE_FIELD", plain.reference_field),
        id_field=env.text("SMS_RECEIPT_ID_FIELD"),
        status_field=env.text("SMS_RECEIPT_STATUS_FIELD", plain.status_field),
        delivered_values=_lower(env.names("SMS_RECEIPT_DELIVERED_VALUES", plain.delivered_values)),
        failed_values=_lower(env.names("SMS_RECEIPT_FAILED_VALUES", plain.failed_values)),
    )


def _lower(words: list[str]) -> tuple[str, ...]:
    return tuple(word.lower() for word in words)


def _object(env: Environment, name: str) -> dict[str, Any]:
    text = env.text(name, "{}")
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise ImproperlyConfigured(f'{name} is not a JSON object; write it like {{"name": "value"}}.')
    return value


def _hour(env: Environment, name: str, default: str) -> time:
    text = env.text(name, default)
    hours, _, minutes = text.replace(":", ".").partition(".")
    try:
        return time(int(hours), int(minutes or 0))
    except ValueError:
        raise ImproperlyConfigured(f"{name} is {text!r}; write a time of day such as 8.00.") from None


def _sender_names(county: Path) -> dict[str, str]:
    name: dict[str, str] = tomllib.loads(county.read_text(encoding="utf-8"))["county"]["name"]
    return name
