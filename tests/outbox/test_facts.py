"""Stored values against the rows they come from."""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.django_db


def test_check_finds_nothing_wrong_after_sending(queued: Callable[..., Any], sms: Any) -> None:
    from polku.outbox import facts, sending
    from tests.outbox.told import AT

    queued()
    sending.send_due(at=AT)
    assert not list(facts.check())


def test_check_names_a_message_whose_story_does_not_fit(queued: Callable[..., Any]) -> None:
    from polku.outbox import facts
    from polku.outbox.models import Message
    from tests.outbox.told import AT

    message = queued()
    Message.objects.filter(pk=message.pk).update(state="sent", sent_at=AT, next_try_at=None, tries=1)
    told = list(facts.check())
    assert len(told) == 2
    assert all(message.public_id in sentence for sentence in told)
