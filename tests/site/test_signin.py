import base64
import hmac
import json
import re
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client
from django.urls import reverse

from polku.audit.models import Event
from polku.site.signin.provider import Provider
from tests.register import Register

pytestmark = pytest.mark.django_db
PASSWORD = "kesäyö-ja-kuikka-7"


@pytest.fixture
def register() -> Register:
    register = Register()
    register.person("suvi", account=True)
    return register


def sign_in(client: Client, password: str = PASSWORD) -> Any:
    return client.post(reverse("account_login"), {"login": "SUVI", "password": password})


def code_of(secret: str) -> str:
    """What an authenticator app shows now (RFC 6238)."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30), "sha1")
    place = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[place : place + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def test_a_password_alone_opens_nothing_until_ones_own_is_chosen_and_the_second_factor_set_up(
    register: Register, client: Client
) -> None:
    sign_in(client)
    for page in ("ui:states", "mfa_activate_totp"):
        answer = client.get(reverse(page))
        assert answer.status_code == 302
        assert answer["Location"] == reverse("account_change_password")
    own = "syysaamu-ja-kaakkuri-3"
    same = {"oldpassword": PASSWORD, "password1": PASSWORD, "password2": PASSWORD}
    assert client.post(reverse("account_change_password"), same).status_code == 200, "it must be another one"
    answer = client.post(reverse("account_change_password"), same | {"password1": own, "password2": own})
    assert answer["Location"] == reverse("mfa_activate_totp")
    assert client.get(reverse("ui:states"))["Location"] == reverse("mfa_activate_totp")
    page = client.get(reverse("mfa_activate_totp")).content.decode()
    secret = re.search(r"<code>([A-Z2-7]+)</code>", page)
    assert secret
    client.post(reverse("mfa_activate_totp"), {"code": code_of(secret[1])})
    assert Authenticator.objects.filter(type="totp").exists()
    assert client.get(reverse("ui:states")).status_code == 200


def test_the_second_factor_is_asked_at_every_sign_in(register: Register, client: Client) -> None:
    account = register.people["suvi"].account
    TOTP.activate(account, "JBSWY3DPEHPK3PXP")
    answer = sign_in(client)
    assert answer["Location"] == reverse("mfa_authenticate")
    assert client.get(reverse("ui:states")).status_code == 302
    refused = client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert refused.status_code == 200
    client.post(reverse("mfa_authenticate"), {"code": code_of("JBSWY3DPEHPK3PXP")})
    assert client.get(reverse("ui:states")).status_code == 200


def test_signing_in_and_failing_are_in_the_log(register: Register, client: Client) -> None:
    sign_in(client, "wrong")
    sign_in(client)
    rows = list(Event.objects.filter(kind="sign-in").order_by("id").values_list("what", "actor_name"))
    assert ("sign-in failed", "suvi") in rows
    assert ("sign-in", "suvi") in rows
    assert "kesäyö" not in "".join(Event.objects.values_list("details", flat=True))


def test_somebody_who_guesses_passwords_keeps_nobody_else_out(
    register: Register, client: Client, settings: Any
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    # What the browser itself claims stands before what the proxy adds.
    guesser = {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "10.0.0.7, 203.0.113.9"}
    for number in range(61):
        form = {"login": f"user-{number}", "password": "wrong"}
        last = client.post(reverse("account_login"), form, **guesser)
    assert last.status_code in (200, 429)
    suvi = {"login": "suvi", "password": PASSWORD}
    assert client.post(reverse("account_login"), suvi, **guesser).status_code in (200, 429)
    colleague = {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "10.0.0.7"}
    assert client.post(reverse("account_login"), suvi, **colleague).status_code == 302


def test_many_wrong_passwords_are_stopped(register: Register, client: Client) -> None:
    answers = [sign_in(client, f"wrong-{n}") for n in range(12)]
    last = answers[-1].content.decode()
    assert answers[-1].status_code in (200, 429)
    assert sign_in(client).status_code in (200, 429), "the right password is refused too, for a while"
    assert "wrong-" not in last


def test_nobody_signs_up_and_no_other_page_of_the_library_is_there(client: Client) -> None:
    for path in ("signup/", "email/", "password/reset/", "3rdparty/", "social/connections/"):
        assert client.get(f"/account/{path}").status_code == 404, path


def test_pages_of_signing_in_speak_three_languages(register: Register, client: Client) -> None:
    words = {"fi": "Kirjaudu sisään", "sv": "Logga in", "en": "Sign in"}
    for language, word in words.items():
        client.cookies["polku_language"] = language
        assert word in client.get(reverse("account_login")).content.decode(), language


# --- The identity provider ---------------------------------------------------------------------------------------


@pytest.fixture
def provider(settings: Any) -> Iterator[Callable[..., None]]:
    """Start a provider that knows one person: `provider(sub=..., preferred_username=...)`."""
    running: list[subprocess.Popen[str]] = []

    def start(**claims: object) -> None:
        script = Path(__file__).with_name("provider.py")
        process = subprocess.Popen(
            [sys.executable, str(script), json.dumps(claims)],
            stdout=subprocess.PIPE,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        running.append(process)
        assert process.stdout
        address = process.stdout.readline().strip()
        settings.OIDC_ISSUER = address
        settings.SOCIALACCOUNT_PROVIDERS = {
            "openid_connect": {
                "OAUTH_PKCE_ENABLED": True,
                "APPS": [
                    {
                        "provider_id": "staff", "name": "Test", "client_id": "polku", "secret": "a-secret-of-the-test",
                        "settings": {"server_url": address},
                    }
                ],
            }
        }  # fmt: skip

    yield start
    for process in running:
        process.kill()
        process.wait()


def through_provider(client: Client) -> Any:
    """Go to the provider and come back, as a browser does."""
    away = client.post(reverse("openid_connect_login", args=["staff"]))
    assert away.status_code == 302, away.content
    back = httpx.get(away["Location"], follow_redirects=False)
    assert back.status_code == 302, back.text
    path = back.headers["location"].removeprefix("http://testserver")
    return client.get(path)


def test_the_provider_s_person_is_the_account_of_that_user_name(
    register: Register, client: Client, provider: Callable[..., None]
) -> None:
    provider(sub="abc-1", preferred_username="Suvi", email="suvi@example.org", birthdate="1980-01-01")
    assert through_provider(client).status_code == 302
    assert client.get(reverse("ui:states")).status_code == 200
    kept = SocialAccount.objects.get()
    assert kept.extra_data == {"sub": "abc-1", "preferred_username": "Suvi", "email": "suvi@example.org"}
    client.logout()
    through_provider(client)
    assert SocialAccount.objects.count() == 1


def test_a_person_without_an_account_is_refused_in_words(
    register: Register, client: Client, provider: Callable[..., None]
) -> None:
    provider(sub="abc-2", preferred_username="stranger", email="suvi@example.org")
    answer = through_provider(client)
    assert answer.status_code == 403
    assert not SocialAccount.objects.exists()
    assert client.get(reverse("ui:states")).status_code == 302
    assert Event.objects.filter(kind__in=["sign-in", "refused"]).exists()


def test_an_unchecked_e_mail_names_nobody(register: Register, client: Client, provider: Callable[..., None]) -> None:
    account = register.people["suvi"].account
    account.email = "suvi@example.org"
    account.save()
    provider(sub="abc-3", email="suvi@example.org", email_verified=False)
    assert through_provider(client).status_code == 403
    provider(sub="abc-3", email="suvi@example.org", email_verified=True)
    assert through_provider(client).status_code == 302


def test_an_identity_code_from_the_provider_is_never_kept(
    register: Register, client: Client, provider: Callable[..., None]
) -> None:
    provider(sub="010190-900P", preferred_username="suvi")
    assert through_provider(client).status_code == 403
    assert not SocialAccount.objects.exists()
    provider(sub="abc-4", preferred_username="suvi", national_id="010190-900P")
    assert through_provider(client).status_code == 302
    assert "900P" not in json.dumps(SocialAccount.objects.get().extra_data)


def test_a_forged_answer_signs_nobody_in(register: Register, client: Client, provider: Callable[..., None]) -> None:
    provider(sub="abc-5", preferred_username="suvi")
    client.post(reverse("openid_connect_login", args=["staff"]))
    callback = reverse("openid_connect_callback", args=["staff"])
    for query in ({"code": "made-up", "state": "made-up"}, {"code": "x"}, {"error": "access_denied", "state": "x"}, {}):
        answer = client.get(callback, query)
        assert answer.status_code in (302, 400, 403), answer.status_code
        assert client.get(reverse("ui:states")).status_code == 302


@pytest.mark.parametrize("change", ["left out", "another's"])
def test_a_token_of_another_sign_in_signs_nobody_in(
    register: Register, client: Client, provider: Callable[..., None], change: str
) -> None:
    provider(sub="abc-8", preferred_username="suvi")
    away = client.post(reverse("openid_connect_login", args=["staff"]))["Location"]
    other = client.post(reverse("openid_connect_login", args=["staff"]))["Location"]
    nonce, others = (parse_qs(urlsplit(address).query)["nonce"][0] for address in (away, other))
    assert nonce != others
    forged = away.replace(f"nonce={nonce}", "" if change == "left out" else f"nonce={others}")
    for address, status in ((forged, 403), (other, 302)):
        back = httpx.get(address, follow_redirects=False).headers["location"]
        assert client.get(back.removeprefix("http://testserver")).status_code == status
        assert SocialAccount.objects.exists() is (status == 302)


def test_a_weaker_sign_in_than_the_county_asks_for_signs_nobody_in(
    register: Register, client: Client, provider: Callable[..., None], settings: Any
) -> None:
    settings.OIDC_ACR = ("high", "substantial")
    away = "acr_values=high+substantial"
    for told, status in (({}, 403), ({"acr": "low"}, 403), ({"acr": ["high"]}, 403), ({"acr": "substantial"}, 302)):
        provider(sub="abc-9", preferred_username="suvi", **told)
        assert away in client.post(reverse("openid_connect_login", args=["staff"]))["Location"]
        assert through_provider(client).status_code == status, told
    assert client.get(reverse("ui:states")).status_code == 200


def test_a_provider_that_says_it_is_another_signs_nobody_in(
    register: Register, client: Client, provider: Callable[..., None], settings: Any
) -> None:
    provider(sub="abc-6", preferred_username="suvi")
    settings.OIDC_ISSUER = "https://login.example.fi"
    assert through_provider(client).status_code == 403
    assert client.get(reverse("ui:states")).status_code == 302


@pytest.mark.parametrize("alg", ["none", "HS256", "RS256"])
def test_a_token_that_the_provider_did_not_sign_signs_nobody_in(
    register: Register, client: Client, provider: Callable[..., None], monkeypatch: pytest.MonkeyPatch, alg: str
) -> None:
    """What an attacker between could make of a true token: no signature, one by a public word, one by another key."""
    provider(sub="abc-7", preferred_username="suvi")
    true = Provider._decode_id_token

    def forged(self: Provider, app: Any, id_token: str) -> dict[str, Any]:
        told = jwt.decode(id_token, options={"verify_signature": False})
        other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        key: Any = {"none": None, "HS256": "a-word-that-everybody-knows-0123456789", "RS256": other}[alg]
        return true(self, app, jwt.encode(told, key, algorithm=alg, headers={"kid": "one"}))

    monkeypatch.setattr(Provider, "_decode_id_token", forged)
    assert through_provider(client).status_code == 403
    assert not SocialAccount.objects.exists()
    monkeypatch.setattr(Provider, "_decode_id_token", true)
    assert through_provider(client).status_code == 302
