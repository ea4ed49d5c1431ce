"""A site of its own for each bad day, with messages that leave for this machine's own servers."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import migrated
from tests.bad_days.day import Day
from tests.fire.site import Site
from tests.gateways.servers import Received, mail_server, sms_operator


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Print a figure past pytest's capture."""

    def shown(text: str) -> None:
        with capsys.disabled():
            print(text)

    return shown


@pytest.fixture
def received() -> Received:
    return Received()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The folder of the site; a test may lay something beneath it first."""
    return tmp_path


@pytest.fixture
def variables() -> dict[str, str]:
    """What the site's environment has besides."""
    return {}


@pytest.fixture
def site(place: Path, received: Received, variables: dict[str, str]) -> Iterator[Site]:
    """Database, web server, worker; mail and text messages go to servers that behave as badly as a test asks."""
    with mail_server(received) as mail_port, sms_operator(received) as sms_port:
        found = Site(
            place, MAIL_BY="smtp", MAIL_FROM="viestit@example.fi", SMTP_HOST="127.0.0.1", SMTP_PORT=str(mail_port),
            SMTP_SECURITY="none", SMTP_TIMEOUT="2", SMTP_LONGEST="2", SMS_BY="http",
            SMS_URL=f"http://127.0.0.1:{sms_port}/send", SMS_SENDER="Polku", SMS_TIMEOUT="2", SMS_LONGEST="2",
            # The operator's 2xx is not yet a yes: "throttled" means later.
            SMS_SUCCESS_FIELD="status", SMS_SUCCESS_VALUES="queued", SMS_TEMPORARY_VALUES="throttled",
            MESSAGE_LEASE="5", MESSAGE_TRIES="50", **variables,
        )  # fmt: skip
        if not (place / "postgres").exists():
            migrated.lay_out(place / "postgres")
        try:
            yield found
        finally:
            found.end()
            shutil.rmtree(found.cluster.place, ignore_errors=True)


@pytest.fixture
def day(site: Site, received: Received) -> Day:
    return Day(site, received, seed=int(os.environ.get("BAD_DAYS_SEED", "11")))
