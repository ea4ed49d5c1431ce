"""Both outside systems as a bench: a gateway, and the server it talks to."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.gateways.servers import Received, free_port, mail_server, sms_operator

PATIENCE = {"timeout_seconds": 0.5, "longest_seconds": 1.0}


@dataclass
class Bench:
    """A gateway before its server, and the same gateway before a closed door."""

    name: str
    gateway: Any
    nobody: Any
    received: Received


@pytest.fixture
def received() -> Received:
    return Received()


@pytest.fixture
def smtp_bench(received: Received) -> Iterator[Bench]:
    from polku.gateways.smtp import SmtpGateway, SmtpSettings

    def at(port: int) -> SmtpGateway:
        return SmtpGateway(SmtpSettings("127.0.0.1", port, "viestit@example.fi", security="none", **PATIENCE))

    with mail_server(received) as port:
        yield Bench("smtp", at(port), at(free_port()), received)


@pytest.fixture
def sms_bench(received: Received) -> Iterator[Bench]:
    from polku.gateways.sms import SmsGateway, SmsSettings

    def at(port: int) -> SmsGateway:
        return SmsGateway(
            SmsSettings(
                url=f"http://127.0.0.1:{port}/v1/send?account=7",
                sender="Polku",
                headers={"Authorization": "Bearer abc"},
                success_field="status",
                success_values=("queued", "sent"),
                temporary_values=("throttled",),
                id_field="id",
                **PATIENCE,
            )
        )

    with sms_operator(received) as port:
        yield Bench("sms", at(port), at(free_port()), received)


@pytest.fixture(params=["smtp", "sms"])
def bench(request: pytest.FixtureRequest) -> Bench:
    found: Bench = request.getfixturevalue(f"{request.param}_bench")
    return found
