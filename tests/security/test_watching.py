"""Pages for monitors: open to them alone, true when things are bad, and without a word about anybody."""

import re
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from polku.contacts import actions as contacts
from polku.contacts.states import Channel
from polku.site import health, network
from tests.register import NOW, Register

pytestmark = pytest.mark.django_db
PAGES = ("/health/live", "/health/ready", "/health/worker", "/metrics")
TOKEN = "9f8e7d6c5b4a39281706f5e4d3c2b1a0"


def figures(text: str) -> dict[str, float]:
    """Return each sample by its name and labels."""
    return {
        f"{sample.name}{dict(sorted(sample.labels.items())) or ''}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def heard(seconds_ago: float) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (clock_timestamp() - %s)",
            [timedelta(seconds=seconds_ago)],
        )


@pytest.fixture
def settings_of_a_county(settings: Any) -> Any:
    settings.WATCH_NETWORKS = [ip_network("10.20.0.0/16")]
    settings.WATCH_TOKEN = TOKEN
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    settings.ALLOWED_HOSTS = ["polku.example.fi"]
    return settings


@pytest.mark.parametrize("page", PAGES)
def test_is_there_for_the_network_and_the_token_only(page: str, settings_of_a_county: Any, client: Client) -> None:
    heard(1)
    at_home = {"host": "polku.example.fi"}
    assert client.get(page, headers=at_home).status_code == 404
    assert client.get(page, headers=at_home | {"x-forwarded-for": "10.20.30.40, 203.0.113.9"}).status_code == 404
    assert client.get(page, headers=at_home | {"authorization": f"Bearer {TOKEN[:-1]}"}).status_code == 404
    # A balancer knows the machine, not the name of the site.
    assert client.get(page, headers={"host": "10.0.0.5:8000", "x-forwarded-for": "10.20.30.40"}).status_code == 200
    assert client.get(page, headers={"host": "10.0.0.5", "authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert client.post(page, headers={"host": "10.0.0.5", "authorization": f"Bearer {TOKEN}"}).status_code == 405


def test_is_closed_when_nobody_was_named(client: Client, settings: Any) -> None:
    settings.WATCH_NETWORKS, settings.WATCH_TOKEN = [], ""
    for page in PAGES:
        assert client.get(page).status_code == 404
        assert client.get(page, headers={"authorization": "Bearer "}).status_code == 404


def test_is_ready_with_a_database_and_tells_of_the_worker(client: Client) -> None:
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["worker"]) == (200, "failing")
    assert client.get("/health/worker").status_code == 503
    heard(61)
    assert client.get("/health/worker").status_code == 503
    heard(5)
    assert client.get("/health/worker").json() == {"status": "ok", "worker": "ok"}
    assert client.get("/health/ready").json()["worker"] == "ok"


def test_is_not_ready_before_the_tables_are_those_of_this_version(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "_seen", set())
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'outbox'")
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["migrations"]) == (503, "failing")


def test_lives_and_says_that_there_is_no_database(client: Client) -> None:
    def lost(*_: object) -> None:
        raise OperationalError("connection to server at 10.1.2.3 failed")

    with connection.execute_wrapper(lost):
        assert client.get("/health/live").status_code == 200
        answer = client.get("/health/ready")
        assert answer.status_code == 503
        assert answer.json() == {"status": "failing", "database": "failing"}
        assert client.get("/health/worker").status_code == 503
        told = client.get("/metrics")
    assert told.status_code == 200
    assert figures(told.content.decode())["polku_database_up"] == 0


def test_tells_of_pages_queues_and_clocks_by_name_and_number(client: Client) -> None:
    register = Register()
    suvi = register.person("suvi", account=True)
    browser = Client()
    browser.force_login(suvi.account, backend="django.contrib.auth.backends.ModelBackend")
    address = "/person/0000000000000000/"
    before = figures(client.get("/metrics").content.decode())
    browser.get(address)
    text = client.get("/metrics").content.decode()
    after = figures(text)
    key = "polku_requests_total{'method': 'GET', 'status': '404', 'view': 'desk:person'}"
    assert after[key] == before.get(key, 0) + 1
    assert after["polku_request_seconds_count{'view': 'desk:person'}"] >= 1
    assert after["polku_database_up"] == 1
    assert after["polku_jobs{'state': 'due'}"] >= 0
    assert after["polku_messages{'channel': 'sms', 'state': 'undelivered'}"] >= 0
    assert after["polku_message_oldest_due_seconds{'channel': 'email'}"] >= 0
    assert after["polku_database_connections_most"] > 0
    assert any(name.startswith("polku_build{") for name in after)
    assert "0000000000000000" not in text


def test_counts_the_clocks_that_have_run_out_by_their_rule(client: Client) -> None:
    register = Register()
    suvi, long_ago = register.person("suvi"), NOW - timedelta(days=364)
    row = contacts.start(
        unit=register.unit("neuvonta"), by=suvi, at=long_ago, key="long-ago", channel=Channel.PAPER
    )  # fmt: skip
    before = figures(client.get("/metrics").content.decode())
    contacts.record(contact=row, by=suvi, at=long_ago)
    after = figures(client.get("/metrics").content.decode())
    key = "polku_clocks{'rule': 'promise_answer', 'state': 'overdue'}"
    assert after[key] == before.get(key, 0) + 1


def test_a_wrong_address_makes_no_label_of_itself(client: Client) -> None:
    client.get("/person/010190-900P/astray/")
    client.generic("MAKEUP", "/account/login/")
    text = client.get("/metrics").content.decode()
    assert not re.search("astray|MAKEUP|010190", text)
    assert 'method="other"' in text


@pytest.mark.parametrize(
    ("proxies", "told", "expected"),
    [
        (0, "203.0.113.9", "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        (2, "6.6.6.6, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        (2, "203.0.113.9", "unknown"),
        (1, "not an address", "unknown"),
        (1, "::ffff:203.0.113.9", "203.0.113.9"),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
    ],
)
def test_believes_its_own_proxies_only(proxies: int, told: str, expected: str, settings: Any, rf: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    headers = {"x-forwarded-for": told} if told else {}
    assert network.place(rf.get("/", REMOTE_ADDR="192.0.2.1", headers=headers)) == expected
