"""The whole way to a client's mailbox: the real gateway, and a server that behaves as the service is documented to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from polku.decisions import printing, sending
from polku.gateways.suomifi import SuomiFi, SuomiFiSettings
from tests.decisions.world import CODE, LATER, World
from tests.gateways.messages_server import PASSWORD, SERVICE, USER, Service, messages_service


@pytest.fixture
def service(world: World, settings: Any) -> Iterator[Service]:
    with messages_service() as (url, service):
        service.mailboxes = {CODE}
        gateway = SuomiFi(SuomiFiSettings(SERVICE, USER, PASSWORD, url=url, timeout_seconds=1.0, longest_seconds=2.0))
        settings.DECISIONS = replace(settings.DECISIONS, gateway=gateway)
        yield service
        gateway.close()


def send(world: World, minutes: int = 0) -> None:
    sending.send_due(by=world.job, at=LATER + timedelta(minutes=minutes))


def test_a_cut_line_and_a_repeat_bring_one_letter_with_its_enclosure(world: World, service: Service) -> None:
    delivery = world.signed().deliveries.get()
    service.behaviours = ["cut_after"]
    send(world)
    delivery.refresh_from_db()
    assert delivery.state == "waiting" and delivery.unknown_on == delivery.sent_on
    send(world, minutes=5)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.external_id) == ("sent", "1001")
    (letter,) = service.letters.values()
    (enclosure,) = letter["electronic"]["attachments"]
    assert service.enclosures[enclosure["attachmentId"]] == bytes(delivery.pdf)
    assert letter["externalId"] == delivery.public_id and CODE not in " ".join(service.paths)


def test_who_has_no_mailbox_gets_paper_and_who_reads_is_seen(world: World, service: Service) -> None:
    first = world.signed("a").deliveries.get()
    send(world)
    service.happens("Electronic message read", first.public_id)
    sending.poll(at=LATER)
    first.refresh_from_db()
    assert first.read_at is not None
    service.mailboxes = set()
    second = world.signed("b")
    send(world)
    assert [one.state for one in second.deliveries.order_by("id")] == ["failed", "waiting"]
    assert len(printing.waiting(world.sari, at=LATER)) == 1
