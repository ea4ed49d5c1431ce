"""A running `polku serve` with two processes: what leaves it as cookies, log lines and figures."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

import pytest

from polku.kit.masking import masked
from polku.site.cluster import Cluster
from tests.security.test_watching import figures

pytestmark = pytest.mark.slow
POLKU = (sys.executable, "-m", "polku.site.cli")
HOST, TOKEN = "polku.example.fi", "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
# The shapes that are written of one invented code, as they are and as they travel in an address.
CODES = ("131052-308T", "131052+308T", "131052A308T", "131052–308T")
DIGITS = "131052"


@dataclass
class Server:
    address: str
    log: Path

    def lines(self) -> list[str]:
        time.sleep(0.3)
        return self.log.read_text("utf-8").splitlines()


@pytest.fixture(scope="module")
def server(cluster: Cluster, django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    var = tmp_path_factory.mktemp("watched")
    env = {
        "PATH": os.environ["PATH"], "POLKU_VAR": str(var), "DATABASE_URL": cluster.url(), "WATCH_TOKEN": TOKEN,
        "SECRET_KEY": "0123456789abcdef" * 4, "BASE_URL": f"https://{HOST}",
    }  # fmt: skip
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = var / "serve.log"
    with open(log, "wb") as file:
        command = [*POLKU, "serve", "--port", str(port), "--workers", "2"]
        process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=file, stderr=file)
    running, end = Server(f"http://127.0.0.1:{port}", log), time.monotonic() + 120
    while not _up(port):
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < end, log.read_text()
        time.sleep(0.1)
    yield running
    process.send_signal(signal.SIGTERM)
    process.wait(30)


def _up(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def ask(
    server: Server, path: str, data: bytes | None = None, method: str = "", **headers: str
) -> tuple[int, Message, str]:
    """Ask over the wire; the proxy has ended TLS."""
    told = {"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9", **headers}
    told = {name.replace("_", "-"): value for name, value in told.items()}
    request = urllib.request.Request(server.address + path, data=data, headers=told, method=method or None)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


def test_sends_cookies_for_this_host_over_tls_alone(server: Server) -> None:
    _, headers, _ = ask(server, "/account/login/")
    cookies = headers.get_all("Set-Cookie", [])
    assert cookies
    for cookie in cookies:
        assert cookie.startswith("__Host-"), cookie
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
        assert "Domain" not in cookie
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_answers_neither_trace_nor_a_list_of_files(server: Server) -> None:
    assert ask(server, "/account/login/", method="TRACE")[0] in (403, 405)
    for path in ("/static/", "/.git/config", "/static/../settings.py", "/static/%2e%2e/serve.log"):
        assert ask(server, path)[0] == 404, path


def _everywhere(server: Server, code: str) -> None:
    """Put an identity code wherever somebody could put one."""
    quoted = urllib.parse.quote(code)
    for path in (
        f"/person/{quoted}/",
        f"/{quoted}",
        f"/search/?q={quoted}",
        f"/t/{quoted}/",
        f"/account/login/?next=/{quoted}",
    ):
        ask(server, path)
    form = urllib.parse.urlencode({"login": code, "password": code, "next": f"/{code}", code: "1"}).encode()
    _, headers, page = ask(server, "/account/login/")
    cookie = headers["Set-Cookie"].split(";")[0]
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert token
    form += f"&csrfmiddlewaretoken={token[1]}".encode()
    status, _, _ = ask(
        server, "/account/login/", form, Cookie=cookie, Referer=f"https://{HOST}/", Origin=f"https://{HOST}"
    )
    assert status == 200, "the form was read and the name is not known"
    plain = code.encode("ascii", "ignore").decode()
    for name in (
        "User_Agent",
        "Referer",
        "Accept_Language",
        "Authorization",
        "Cookie",
        "X_Forwarded_For",
        "Idempotency_Key",
    ):
        ask(server, "/account/login/", **{name: f"Bearer {plain}"})
        ask(server, "/api/v1/contacts", b"{}", Content_Type="application/json", **{name: plain})
    ask(server, "/account/login/", Host=f"{plain.replace('+', '-')}.example.fi")
    body = json.dumps({"words": code, code: code, "persons": [{"identity_code": code}]}).encode()
    ask(server, "/api/v1/contacts", body, Content_Type="application/json")
    ask(server, "/api/v1/contacts", body[:-3], Content_Type="application/json")
    ask(server, "/api/receipts/sms", body, Content_Type="application/json")
    part = f'--b\r\nContent-Disposition: form-data; name="{code}"; filename="{code}.ics"\r\n\r\n{code}\r\n--b--\r\n'
    ask(server, "/account/login/", part.encode(), Content_Type="multipart/form-data; boundary=b")
    ask(server, "/account/login/", part.encode()[:-9], Content_Type=f"multipart/form-data; boundary={plain}")
    ask(server, "/account/login/", method=f"{plain.replace('+', '').replace('-', '')}X")


@pytest.mark.parametrize("code", CODES)
def test_an_identity_code_never_stands_in_the_log_wherever_it_is_put(server: Server, code: str) -> None:
    before = len(server.lines())
    _everywhere(server, code)
    lines = server.lines()
    assert len(lines) > before + 20, "each request has its line"
    assert not [line for line in lines if DIGITS in line]


def test_each_request_is_a_line_of_json_with_who_what_and_how_long(server: Server) -> None:
    ask(server, "/account/login/")
    told = [json.loads(line) for line in server.lines()]
    (last,) = [line for line in told if line["log"] == "polku.requests"][-1:]
    assert set(last) == {"at", "level", "log", "event", "reference", "actor", "view", "method", "status", "ms"}
    assert (last["view"], last["method"], last["status"], last["actor"]) == ("account_login", "GET", 200, "")
    assert re.fullmatch(r"[0-9a-z]{16}", last["reference"])
    assert last["at"].endswith("+00:00") and last["ms"] > 0


def test_a_line_feed_in_what_is_sent_makes_no_second_line(server: Server) -> None:
    ask(server, "/account/login/?next=%0A%7B%22event%22:%22forged%22%7D", User_Agent="x")
    ask(server, "/%0d%0aforged")
    assert not [line for line in server.lines() if json.loads(line)["event"] == "forged"]


def test_one_process_tells_the_figures_of_all(server: Server) -> None:
    def seen() -> float:
        _, _, text = ask(server, "/metrics", Authorization=f"Bearer {TOKEN}", Host="10.0.0.5")
        return figures(text).get("polku_requests_total{'method': 'GET', 'status': '200', 'view': 'account_login'}", 0)

    before = seen()
    for _ in range(40):
        ask(server, "/account/login/")
    assert {seen() for _ in range(8)} == {before + 40}, "whichever process answers"
    _, _, text = ask(server, "/metrics", Authorization=f"Bearer {TOKEN}", Host="10.0.0.5")
    told = figures(text)
    assert told["polku_pool_connections{'state': 'kept'}"] >= 1
    assert told["polku_database_up"] == 1
    assert ask(server, "/metrics")[0] == 404
    assert DIGITS not in text


@pytest.mark.parametrize("code", [*CODES, "131052%2B308T", "131052%2D308T"])
def test_hides_a_code_in_every_spelling(code: str) -> None:
    assert DIGITS not in masked(f"Not found: /search/?q={code}&x=1")
