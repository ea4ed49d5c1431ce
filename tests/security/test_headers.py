"""What every answer tells the browser, and how much is read: on pages, refusals, static files, the API."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from polku.site import headers
from polku.site.environment import Environment
from polku.site.safety import is_here, refuse_open_doors, require_tls, unproved_database
from tests.register import Register

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.ignore_template_errors]
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}
ADDRESSES = ("/account/login/", "/no/such/page/", "/api/v1/bookable", "/api/v1/openapi.json", "/ui/jsi18n/fi/")


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_answer_has_the_guards(address: str, client: Client) -> None:
    answer = client.get(address)
    for name, value in ALWAYS.items():
        if name == "X-Frame-Options" and answer.status_code >= 400:
            continue  # frame-ancestors says it
        assert answer[name] == value, name
    policy = answer["Content-Security-Policy"]
    for part in ("default-src 'none'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert part in policy
    assert "unsafe" not in policy
    assert "camera=()" in answer["Permissions-Policy"]
    assert "Access-Control-Allow-Origin" not in answer


@pytest.mark.parametrize(
    ("kind", "address", "document"),
    [
        ("text/css", "/static/ui/base.css", False),
        ('text/javascript; charset="utf-8"', "/static/ui/js/main.js", False),
        ("font/woff2", "/static/ui/a.woff2", False),
        ("image/svg+xml", "/static/ui/polku.svg", True),
        ("text/css", "/ui/theme.css", True),
    ],
)
def test_a_part_of_a_page_carries_what_it_obeys(kind: str, address: str, document: bool, rf: Any) -> None:
    answer = headers.guarded(lambda request: HttpResponse(content_type=kind))(rf.get(address))
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert {name in answer for name in headers.OF_DOCUMENTS} == {document}


def test_a_refused_host_and_a_too_big_request_have_the_guards_too(client: Client, settings: Any) -> None:
    big = client.post("/account/login/", "x", content_type="text/plain", headers={"content-length": "0"})
    assert big.status_code in (200, 403)
    big = client.generic("POST", "/account/login/", "x" * (headers.MOST_BYTES + 1), content_type="text/plain")
    assert (big.status_code, big["X-Content-Type-Options"]) == (413, "nosniff")
    settings.ALLOWED_HOSTS = ["polku.example.fi"]
    assert (
        "frame-ancestors 'none'" in client.get("/account/login/", headers={"host": "evil"})["Content-Security-Policy"]
    )


@pytest.mark.parametrize(
    ("length", "status"), [("9" * 30, 413), ("3000001", 413), ("-1", 400), ("1e3", 400), ("٣", 400), ("10 000", 400)]
)
def test_a_length_that_cannot_be_is_refused_before_anything_is_read(length: str, status: int, rf: Any) -> None:
    request = rf.post("/api/v1/contacts", "{}", content_type="application/json", CONTENT_LENGTH=length)

    def read(_: object) -> None:
        raise AssertionError("it went on")

    answer = headers.guarded(read)(request)  # type: ignore[arg-type]
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"


def test_a_file_that_is_too_big_or_unasked_is_never_kept(client: Client, tmp_path: Path) -> None:
    register = Register()
    client.force_login(register.person("suvi", account=True).account)
    file = tmp_path / "010190-900P.ics"
    file.write_bytes(b"x" * 1000)
    with open(file, "rb") as one, open(file, "rb") as two, open(file, "rb") as three:
        answer = client.post(reverse("desk:me"), {"a": one, "b": two, "c": three})
    assert answer.status_code == 400, "more files than any form has"
    assert client.post(reverse("desk:me"), {str(n): "" for n in range(1001)}).status_code == 400


def test_cookies_belong_to_this_host_alone_over_tls(tmp_path: Path) -> None:
    """Read from the settings as they are with https; `test_server` sees them leave."""
    names = "SESSION_COOKIE_NAME CSRF_COOKIE_NAME LANGUAGE_COOKIE_NAME SESSION_COOKIE_SECURE CSRF_COOKIE_SECURE"
    names += " LANGUAGE_COOKIE_SECURE SESSION_COOKIE_HTTPONLY CSRF_COOKIE_HTTPONLY LANGUAGE_COOKIE_HTTPONLY"
    told = real_settings(f"print({', '.join('s.' + name for name in names.split())})", tmp_path)
    assert told.stdout.split() == [
        "__Host-polku_session", "__Host-polku_csrf", "__Host-polku_language", *["True"] * 6,
    ], told.stderr  # fmt: skip


# --- What is refused at the start -------------------------------------------------------------------------------

GOOD_KEY = "0123456789abcdef" * 4
REAL = {"DATABASE_URL": "postgresql://polku@127.0.0.1:1/polku", "SECRET_KEY": GOOD_KEY, "BASE_URL": "https://x.fi"}


def real_settings(code: str, var: Path, **changed: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": "/usr/bin:/bin", "POLKU_VAR": str(var), **REAL, **changed}
    command = [sys.executable, "-c", f"from polku.site import settings as s; {code}"]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("SECRET_KEY", "short", "too weak"),
        ("SECRET_KEY", "k" * 60, "too weak"),
        ("SECRET_KEY", "demo", "too weak"),
        ("SECRET_KEY_OLD", "abc" * 30, "too weak"),
        ("WATCH_TOKEN", "token", "too weak"),
        ("WATCH_NETWORKS", "10.0.0.0/8, everywhere", "write networks"),
        ("BASE_URL", "http://polku.example.fi", "write https://"),
        ("ALLOWED_HOSTS", "*", "lets any name in"),
        ("ALLOWED_HOSTS", "x.fi, *.example.fi", "lets any name in"),
        ("OIDC_ISSUER", "http://login.example.fi", "write https://"),
    ],
)
def test_a_real_database_is_not_served_with_an_open_door(
    variable: str, value: str, sentence: str, tmp_path: Path
) -> None:
    done = real_settings("", tmp_path, **{variable: value})
    assert done.returncode
    last = done.stderr.strip().splitlines()[-1]
    assert variable in last and sentence in last
    if variable in ("SECRET_KEY", "SECRET_KEY_OLD", "WATCH_TOKEN"):
        assert value not in last, "the sentence does not tell the secret"


def test_a_real_database_is_not_served_with_the_demos_key(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text(GOOD_KEY)
    done = real_settings("", tmp_path)
    assert done.returncode
    assert "SECRET_KEY is the demo's" in done.stderr


def test_nothing_in_the_environment_turns_debugging_on(tmp_path: Path) -> None:
    done = real_settings("print(s.DEBUG)", tmp_path, DEBUG="1", DJANGO_DEBUG="true", POLKU_DEBUG="yes")
    assert done.stdout.strip() == "False", done.stderr


def test_an_address_without_tls_is_for_this_machine_only() -> None:
    assert require_tls("X", "http://127.0.0.7:8000") == "http://127.0.0.7:8000"
    assert require_tls("X", "") == ""
    refuse_open_doors("http://localhost", [".polku.example.fi"])
    for host in ("", "/run/postgresql", "::1", "localhost"):
        assert is_here(host)
    for host in ("10.0.0.1", "localhost.example.fi", "127.0.0.1.example.fi"):
        assert not is_here(host)
        with pytest.raises(ImproperlyConfigured):
            require_tls("X", f"http://{host}/")


def test_a_database_elsewhere_must_prove_that_it_is_ours() -> None:
    assert not unproved_database({"HOST": "/run/postgresql"})
    assert not unproved_database({"HOST": "db.example.fi", "OPTIONS": {"sslmode": "verify-full"}})
    assert "verify-full" in unproved_database({"HOST": "db.example.fi", "OPTIONS": {"sslmode": "require"}})


def test_a_secret_is_long_and_of_many_characters() -> None:
    assert Environment({"IT": GOOD_KEY}).secret("IT", 50) == GOOD_KEY
    assert Environment({}).secret("IT", 50) == ""
    for weak in ("x" * 100, "abcdabcd" * 10, GOOD_KEY[:49]):
        with pytest.raises(ImproperlyConfigured, match=r"^IT is too weak"):
            Environment({"IT": weak}).secret("IT", 50)


def test_a_cookie_that_nobody_was_given_is_refused(client: Client) -> None:
    client.cookies["polku_session"] = "a\x00bcdefghijk"
    assert client.get("/account/login/").status_code == 400
