"""`polku serve` and `polku check` with a real database: strict, no demo, static files that can be kept for ever."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

import pytest

from polku.site.cluster import Cluster

pytestmark = pytest.mark.slow

POLKU = (sys.executable, "-m", "polku.site.cli")


@pytest.fixture(scope="module")
def real(cluster: Cluster, django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of production; the test's own server plays the county's database."""
    return {
        "PATH": os.environ["PATH"],
        "POLKU_VAR": str(tmp_path_factory.mktemp("serving")),
        "DATABASE_URL": cluster.url(),
        "SECRET_KEY": "0123456789" * 6,
        "BASE_URL": "https://polku.example.fi",
    }


@pytest.fixture(scope="module")
def server(real: dict[str, str]) -> Iterator[str]:
    """A running `polku serve`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = Path(real["POLKU_VAR"]) / "serve.log"
    with open(log, "wb") as file:
        command = [*POLKU, "serve", "--port", str(port), "--workers", "1"]
        process = subprocess.Popen(command, env=real, stdin=subprocess.DEVNULL, stdout=file, stderr=file)
    address = f"http://127.0.0.1:{port}"
    end = time.monotonic() + 120
    while not _up(port):
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < end, log.read_text()
        time.sleep(0.1)
    yield address
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) in (0, -signal.SIGTERM)


def _up(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _get(address: str, host: str = "polku.example.fi") -> tuple[int, Message, str]:
    request = urllib.request.Request(address, headers={"Host": host, "X-Forwarded-Proto": "https"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


def test_send_browsers_only_over_tls_and_with_the_strict_policy(server: str) -> None:
    status, headers, _ = _get(f"{server}/account/login/")
    assert status == 200
    assert "max-age=31536000" in headers["Strict-Transport-Security"]
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert all("Secure" in cookie for cookie in headers.get_all("Set-Cookie", []))


def test_have_no_way_in_with_one_click(server: str) -> None:
    _, _, page = _get(f"{server}/account/login/")
    assert "/demo/" not in page
    assert _get(f"{server}/demo/")[0] == 404


def test_answer_no_other_host(server: str) -> None:
    assert _get(f"{server}/account/login/", host="evil.example")[0] == 400


def test_give_static_files_that_may_be_kept_for_ever(server: str) -> None:
    _, _, page = _get(f"{server}/account/login/")
    names = re.findall(r'(?:href|src)="(/static/[^"]+\.(?:css|js))"', page)
    assert names
    for name in names:
        assert re.search(r"\.[0-9a-f]{12}\.", name), f"{name} has no hash in its name"
        status, headers, _ = _get(server + name)
        assert status == 200
        assert "immutable" in headers["Cache-Control"]


def test_find_nothing_wrong_in_a_good_installation(real: dict[str, str]) -> None:
    done = subprocess.run([*POLKU, "check"], env=real, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "All is well" in done.stdout
    assert "WARNINGS" not in done.stderr, done.stderr


def test_warn_of_a_mighty_role(real: dict[str, str], cluster: Cluster) -> None:
    mighty = real | {"DATABASE_URL": cluster.url(user="postgres")}
    done = subprocess.run([*POLKU, "check"], env=mighty, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "superuser" in done.stdout


def test_tell_the_administrators_statement_where_the_role_may_not(real: dict[str, str], cluster: Cluster) -> None:
    with cluster.connect(database="postgres", user="postgres") as admin:
        admin.execute("CREATE ROLE poor LOGIN")
        admin.execute("CREATE DATABASE poor OWNER poor")
    poor = real | {"DATABASE_URL": cluster.url(database="poor", user="poor")}
    done = subprocess.run([*POLKU, "migrate"], env=poor, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert 'GRANT polku_serving TO "poor";' in done.stderr
    assert "Traceback" not in done.stderr
