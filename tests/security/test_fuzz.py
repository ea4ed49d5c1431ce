"""Every parser of what comes from outside gets what nobody should send: it answers, or refuses by its own errors.

A few inputs each in every run; `make fuzz EXAMPLES=2000` or `make fuzz SECONDS=600` for more, with the numbers tried.
An input is made up, or it is a right one with some of its characters lost, doubled, swapped or replaced.
"""

import base64
import json
import os
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import Client, RequestFactory
from django.utils.translation import get_language_from_request
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from pydantic import ValidationError as SchemaError

from polku.access import actions as access
from polku.access.models import Account, Source
from polku.access.states import Role
from polku.appointments.icalendars import busy_times
from polku.clients import queries as clients
from polku.contacts.api import ContactIn
from polku.desk.home.forms import AbsenceForm, ClosingForm, HoursForm
from polku.gateways.sms import receipts
from polku.kit import clock, hetu, localtime, masking, names, phone, reference
from polku.kit.errors import Refused
from polku.site import county, network
from polku.site.log import safe
from polku.site.signin.adapters import _account_of, _claims
from polku.site.signin.secrets import SecretsAdapter
from polku.triage import worklist
from tests.register import NOW, Register

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES") or 0)
SECONDS = float(os.environ.get("FUZZ_SECONDS") or 0)
FEW, BATCH = 20, 500

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]

ODD = "\x00\x01\x7f\u200b\u202e\ud800\ufeff\U0001f600%<>&'\"\\;=/.,:-+*(){}[]\r\n\t ÄäÅåÖö٣−–"
TEXT = st.text(st.one_of(st.characters(), st.sampled_from(ODD), st.sampled_from("0123456789ABCDabcd")), max_size=60)
LONG = st.builds(lambda text, times: text * times, TEXT, st.sampled_from([1, 1, 1, 50, 1000]))


@st.composite
def changed(draw: st.DrawFn, samples: list[str]) -> str:
    """A right one, with up to six changes."""
    text = draw(st.sampled_from(samples))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(text)))
        piece = draw(
            st.one_of(st.just(""), st.sampled_from(ODD), st.sampled_from(["9" * 30, "1e999", "[" * 3000, "NaN"]))
        )
        width = draw(st.sampled_from([0, 1, 1, 2, 20]))
        text = text[:at] + piece + (text[at : at + width] * 2 if draw(st.booleans()) else "") + text[at + width :]
    return text


def like(*samples: str) -> st.SearchStrategy[str]:
    return st.one_of(changed(list(samples)), changed(list(samples)), LONG)


def as_bytes(texts: st.SearchStrategy[str]) -> st.SearchStrategy[bytes]:
    return st.one_of(texts.map(lambda text: text.encode("utf-8", "surrogatepass")), st.binary(max_size=300))


def as_a_form_brings_it(text: str) -> str:
    """Half of a surrogate pair never comes out of a form: Django has read it as UTF-8."""
    return text.encode("utf-8", "replace").decode()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
FORM = {
    "external_id": "form-2026-000123", "received_at": "2026-11-20T22:40:00+02:00", "message": "Tarvitsen apua",
    "language": "fi", "municipality": "049", "preferred_way": "sms", "asks_to_talk": True,
    "persons": [{"role": "concerned", "family_name": "Salo", "identity_code": "131052-308T", "phone": "044 000 1942",
                 "email": "a@b.fi", "birth_date": "1952-10-13"}],
}  # fmt: skip
CALENDAR = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTART;TZID=Europe/Helsinki:20261124T090000\r\n"
    "DTEND:20261124T100000Z\r\nRRULE:FREQ=WEEKLY;BYDAY=TU;UNTIL=20270101T000000Z\r\nEXDATE:20261201T090000\r\n"
    "TRANSP:OPAQUE\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261206\r\nDURATION:P1D\r\nEND:VEVENT\r\n"
    "END:VCALENDAR\r\n"
)
TOLD = receipts.ReceiptSettings(secret="s" * 30, list_field="reports", reference_field="reference", status_field="a.b")
TOKEN = ".".join(
    base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
    for part in ({"alg": "RS256", "kid": "1"}, {"iss": "https://x", "sub": "suvi", "exp": 1, "aud": "polku"}, {"s": 1})
)
CLAIMS = st.fixed_dictionaries(
    {},
    optional={
        name: st.one_of(JSON, like("suvi", "131052-308T", "suvi@example.fi"))
        for name in ("sub", "preferred_username", "email", "email_verified", "id_token", "userinfo")
    },
)


@dataclass(frozen=True)
class Parser:
    """What is tried: its input, what is done with it, and the errors by which it may refuse."""

    inputs: st.SearchStrategy[Any]
    run: Callable[["World", Any], object]
    refuses_by: tuple[type[Exception], ...] = ()
    slow: bool = False


class World:
    """One worker with a browser and a folder: what the parsers need around them."""

    def __init__(self, folder: Path) -> None:
        register = Register()
        self.actor = register.person("suvi", account=True)
        source, self.key = access.add_source(
            name="eform", scopes=("contacts:write",), unit=register.unit("neuvonta"),
            by=register.person("outi", Role.ADMIN), at=clock.now(),
        )  # fmt: skip
        Source.objects.filter(pk=source.pk).update(per_minute=1_000_000)
        self.browser = Client(raise_request_exception=False)
        self.browser.force_login(
            Account.objects.get(actor=self.actor), backend="django.contrib.auth.backends.ModelBackend"
        )
        self.stranger = Client(raise_request_exception=False)
        self.requests = RequestFactory()
        self.file = folder / "county.toml"

    def asks(self, address: str, browser: Client | None = None, **more: Any) -> None:
        """Ask for a page; whatever it answers, it is no fault of ours."""
        if "data" in more:
            more["data"] = {name: as_a_form_brings_it(text) for name, text in more["data"].items()}
        answer = (browser or self.browser).get(address, **more)
        assert answer.status_code < 500, f"{answer.status_code} at {address!r}"

    def posts(self, address: str, sent: Any, browser: Client | None = None, **more: Any) -> None:
        if isinstance(sent, dict):
            sent = {name: as_a_form_brings_it(text) for name, text in sent.items()}
        answer = (browser or self.stranger).post(address, sent, **more)
        assert answer.status_code < 500, f"{answer.status_code} for {sent!r}"

    def sends(self, address: str, body: bytes) -> None:
        """Send it as a machine with a right key, each time under another key of its own."""
        headers = {"authorization": f"Bearer {self.key}", "idempotency-key": uuid.uuid4().hex}
        answer = self.stranger.post(address, body, content_type="application/json", headers=headers)
        assert answer.status_code < 500, f"{answer.status_code} for {body!r}"
        assert answer.status_code not in (401, 403, 429), "it was let in"

    def toml(self, content: bytes) -> None:
        self.file.write_bytes(content)
        county.read(self.file)

    def header(self, **headers: str) -> Any:
        return self.requests.get("/", headers=headers)


def _identity_code(_: World, text: str) -> None:
    hetu.looks_like(text)
    names.words(text)
    assert not masking.found(masking.masked(text))
    assert not masking.found(safe(text))
    assert len(hetu.parse(text)) == 11


def _day(_: World, text: str) -> None:
    for form in (ClosingForm({"day": text, "opens": text, "closes": text}), AbsenceForm({"first": text, "last": text})):
        form.is_valid()
    HoursForm({f"opens_{day}": text for day in range(1, 8)}).is_valid()
    moment = datetime.fromisoformat(text)
    localtime.local_date(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _reference(_: World, text: str) -> None:
    assert isinstance(reference.is_valid(text), bool)
    reference.normalise(text)


def _claimed(_: World, told: dict[str, Any]) -> None:
    found = _claims(SocialAccount(uid="x", extra_data=told))
    _account_of(found)


def _cursor(world: World, text: str) -> None:
    worklist.page(by=world.actor, at=NOW, after=text)


def _ascii(text: str) -> str:
    return text.encode("latin-1", "ignore").decode("latin-1").replace("\r", "").replace("\n", "")


CURSOR = [base64.urlsafe_b64encode(text.encode()).decode().rstrip("=") for text in (
    json.dumps([True, "2026-11-24T09:00:00+00:00", 7]), json.dumps([False, None, 10**30]), "[" * 3000,
    json.dumps([False, "0001-01-01T00:00:00+14:00", 1]), json.dumps({"a": 1}), "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
)]  # fmt: skip

PARSERS: dict[str, Parser] = {
    "identity code": Parser(like("131052-308T", "010190+900P", "131052A308T"), _identity_code, (ValueError,)),
    "phone number": Parser(
        like("044 000 1942", "+358 9 000 100", "tel:+46;ext=1"), lambda _, text: phone.shown(phone.parse(text)), (ValueError,)
    ),
    "reference of a case": Parser(like("26-K7QX-3P", "26K7QX3P"), _reference, (ValueError,)),
    "days and times": Parser(like("24.11.2026", "2026-11-24", "9.15", "2027-03-28T03:30+02:00"), _day, (ValueError, Refused, OverflowError)),
    "search words": Parser(
        like("Koskimäki Raija", "0440001942", "131052-308T", "Åkerlund % _ \\").map(as_a_form_brings_it),
        lambda world, text: clients.search(text, at=NOW), (Refused,),
    ),
    "search page": Parser(
        like("Koskimäki", "131052-308T"), lambda world, text: world.asks("/search/", data={"q": text}), slow=True
    ),
    "form in JSON": Parser(
        as_bytes(st.one_of(like(json.dumps(FORM)), JSON.map(json.dumps))),
        lambda _, body: ContactIn.model_validate_json(body), (SchemaError,),
    ),
    "API over HTTP": Parser(
        as_bytes(st.one_of(like(json.dumps(FORM)), JSON.map(json.dumps))),
        lambda world, body: world.sends("/api/v1/contacts", body), slow=True,
    ),
    "calendar file": Parser(
        as_bytes(like(CALENDAR)),
        lambda _, content: busy_times(content, low=NOW, high=NOW + timedelta(days=60)), (Refused,),
    ),
    "SMS receipt": Parser(
        st.tuples(
            st.sampled_from(["application/json", "application/x-www-form-urlencoded", "text/plain"]),
            as_bytes(st.one_of(like('{"reports": [{"reference": "a", "a": {"b": "delivered"}}]}', "reference=a&a.b=x"), JSON.map(json.dumps))),
        ),
        lambda _, told: receipts.read(TOLD, *told), (receipts.UnreadableReceipt,),
    ),
    "county file": Parser(
        as_bytes(like((ROOT / "counties" / "lansi-uusimaa.toml").read_text("utf-8")[:2000])),
        lambda world, content: world.toml(content), (ValueError,),
    ),
    "claims of the identity provider": Parser(CLAIMS, _claimed),
    "answer of the identity provider": Parser(
        like(TOKEN, "code", "state"),
        lambda world, text: world.asks("/account/oidc/staff/login/callback/", world.stranger, data={"code": text, "state": text}),
        slow=True,
    ),
    "language asked for": Parser(
        like("fi, sv;q=0.9, en;q=0.8", "sv-FI", "*;q=1e400"),
        lambda world, text: get_language_from_request(world.header(**{"accept-language": text})),
    ),
    "address of the browser": Parser(
        like("203.0.113.9, 10.0.0.1", "::ffff:1.2.3.4", "fe80::1%eth0"),
        lambda world, text: network.place(world.header(**{"x-forwarded-for": text})),
    ),
    "public id in an address": Parser(
        like("0123456789abcdef", "../../etc/passwd", "%2e%2e"),
        lambda world, text: world.asks(f"/person/{quote(text.encode('utf-8', 'replace'))}/"), slow=True,
    ),
    "secret of a link": Parser(
        like("A" * 43), lambda world, text: world.asks(f"/t/{quote(text.encode('utf-8', 'replace'))}/", world.stranger), slow=True
    ),
    "page of a list": Parser(like(*CURSOR), _cursor, (Refused,)),
    "fields of a form": Parser(
        st.tuples(like("suvi", "131052-308T"), like("kesäyö")),
        lambda world, told: world.posts("/account/login/", {"login": told[0], "password": told[1], "next": told[0]}), slow=True,
    ),
    "cookies": Parser(
        like("sessionid", "polku", "fi"),
        lambda world, text: world.asks("/account/login/", _with_cookies(world, text)), slow=True,
    ),
    "host and key": Parser(
        like("polku.example.fi:8000", "Bearer abc", "[::1]"),
        lambda world, text: world.asks("/api/v1/bookable", world.stranger, headers={"host": _ascii(text), "authorization": _ascii(text)}),
        slow=True,
    ),
    "secret of a second factor": Parser(
        like(SecretsAdapter().encrypt("JBSWY3DPEHPK3PXP"), "JBSWY3DPEHPK3PXP"), lambda _, text: SecretsAdapter().decrypt(text)
    ),
}  # fmt: skip


def _with_cookies(world: World, text: str) -> Client:
    browser = world.stranger
    browser.cookies = SimpleCookie()
    for name in ("polku_session", "polku_csrf", "polku_language", "polku_said"):
        browser.cookies[name] = _ascii(text)
    return browser


@pytest.fixture(scope="module")
def tried() -> Iterator[dict[str, tuple[int, int]]]:
    """How many inputs each parser got, and how many it took; printed at the end."""
    counts: dict[str, tuple[int, int]] = {}
    yield counts
    if EXAMPLES or SECONDS:
        print(f"\n\n{'parser':34}{'inputs':>10}{'taken':>10}")
        for name, (inputs, taken) in counts.items():
            print(f"{name:34}{inputs:>10,}{taken:>10,}")
        print(f"{'all':34}{sum(inputs for inputs, _ in counts.values()):>10,}")


@pytest.fixture
def world(tmp_path: Path, settings: Any) -> World:
    settings.POLKU_FRAME = ""
    # Each is asked a thousand times a minute from one place.
    settings.ACCOUNT_RATE_LIMITS, settings.SIGN_IN_EVERYWHERE = {}, ""
    return World(tmp_path)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if one.slow else []) for name, one in PARSERS.items()]
)
def test_answers_or_refuses_whatever_comes(name: str, world: World, tried: dict[str, tuple[int, int]]) -> None:
    parser, counts = PARSERS[name], [0, 0]
    end = time.monotonic() + SECONDS / len(PARSERS)
    batch, number = EXAMPLES or (BATCH if SECONDS else FEW), 0
    while number == 0 or (SECONDS and time.monotonic() < end):
        _try(parser, world, counts, batch, number)
        number += 1
    tried[name] = (counts[0], counts[1])


def _try(parser: Parser, world: World, counts: list[int], examples: int, number: int) -> None:
    @settings(
        max_examples=examples, deadline=None, database=None, phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(parser.inputs)
    def one(given_: Any) -> None:
        counts[0] += 1
        with transaction.atomic():
            try:
                parser.run(world, given_)
            except parser.refuses_by:
                transaction.set_rollback(True)
                return
        counts[1] += 1

    # Other inputs at each run by hand; on a checking machine the same.
    (seed(number) if "CI" in os.environ else seed(time.time_ns()))(one)()


def test_refuses_by_an_error_of_its_own_only() -> None:
    """What a parser may raise is never so wide that a fault of ours would pass as a refusal."""
    wide = {Exception, BaseException, TypeError, KeyError, AttributeError, RecursionError, ValidationError}
    assert not [name for name, parser in PARSERS.items() if wide & set(parser.refuses_by)]
