"""A message in the outbox, and gateways that do what a test tells them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.outbox.told import AT, VALUES, Told

if TYPE_CHECKING:
    from polku.outbox.configuration import OutboxSettings
    from polku.outbox.models import Message


@pytest.fixture
def sms() -> Told:
    return Told()


@pytest.fixture
def mail() -> Told:
    return Told()


@pytest.fixture(autouse=True)
def ways_out(settings: Any, sms: Told, mail: Told) -> "OutboxSettings":
    """Both channels lead to the test's own gateways."""
    settings.MESSAGES = replace(
        settings.MESSAGES,
        gateways={"sms": sms, "email": mail},
        mail_domain="viestit.example.fi",
        lease=timedelta(seconds=60),
        most_tries=4,
    )
    found: OutboxSettings = settings.MESSAGES
    return found


@pytest.fixture
def queued() -> "Callable[..., Message]":
    """Queue a confirmation: `queued(key="k")`; anything may be given otherwise."""
    from polku.outbox import actions

    def queue(**other: Any) -> "Message":
        what: dict[str, Any] = {
            "channel": "sms",
            "to": "040 123 4567",
            "language": "fi",
            "template": "appointment_confirmed",
            "values": VALUES,
            "key": "appointment:1:confirmed",
            "at": AT,
        }
        return actions.queue(**{**what, **other})

    return queue
