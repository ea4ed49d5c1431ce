"""Signing in: how often one may try, what a password and a code are worth, and where a session ends."""

import time
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from polku.access import actions, forgotten, sessions
from polku.access.models import Account
from polku.access.states import Role
from polku.audit.models import Event
from polku.kit import clock
from polku.kit.errors import Conflict, NotAllowed
from polku.site.signin.secrets import MARK, SecretsAdapter
from tests.register import Register

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.ignore_template_errors]
PASSWORD = "kesäyö-ja-kuikka-7"
SECRET = "JBSWY3DPEHPK3PXP"


@pytest.fixture
def register(settings: Any) -> Register:
    settings.POLKU_FRAME = ""
    register = Register()
    register.person("suvi", account=True)
    register.person("outi", Role.ADMIN, account=True)
    return register


def account(register: Register, name: str = "suvi") -> Account:
    return Account.objects.get(actor=register.people[name])


def code(secret: str = SECRET, steps: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def sign_in(client: Client, name: str = "suvi", password: str = PASSWORD, place: str = "192.0.2.1") -> Any:
    form = {"login": name, "password": password}
    return client.post(reverse("account_login"), form, REMOTE_ADDR=place)


def whole_way_in(register: Register, name: str = "suvi") -> Client:
    """A browser whose person has given password and code."""
    client = Client()
    if not Authenticator.objects.filter(user=account(register, name)).exists():
        TOTP.activate(account(register, name), SECRET)
    sign_in(client, name)
    assert client.post(reverse("mfa_authenticate"), {"code": code()}).status_code == 302
    return client


# --- How often ---------------------------------------------------------------------------------------------------


def test_the_sixth_try_for_a_name_is_refused_and_says_when_to_try_again(register: Register, client: Client) -> None:
    tries = [sign_in(client, password=f"wrong-{number}") for number in range(5)]
    assert {answer.status_code for answer in tries} == {200}
    stopped = sign_in(client)
    assert (stopped.status_code, stopped["Retry-After"]) == (429, "300")
    assert client.get(reverse("ui:states")).status_code == 302


def test_whoever_guesses_a_name_elsewhere_does_not_keep_its_owner_out(register: Register, client: Client) -> None:
    for number in range(8):
        sign_in(Client(), password=f"wrong-{number}", place="203.0.113.9")
    assert sign_in(Client(), place="203.0.113.9").status_code == 429
    assert sign_in(client).status_code == 302


def test_many_places_together_guess_no_more_than_the_hours_limit(register: Register, settings: Any) -> None:
    settings.SIGN_IN_EVERYWHERE = "7/h/key"
    answers = [sign_in(Client(), password="wrong", place=f"203.0.113.{number}").status_code for number in range(9)]
    assert answers == [200] * 7 + [429] * 2


def test_a_few_places_cannot_use_up_what_a_name_has_everywhere(settings: Any) -> None:
    in_an_hour = {"m": 60, "h": 1, "300s": 12}

    def hourly(rate: str) -> int:
        tries, time_of, _by = rate.split("/")
        return int(tries) * in_an_hour[time_of]

    of_a_place = hourly(settings.ACCOUNT_RATE_LIMITS["login_failed"].split(",")[1])
    assert hourly(settings.SIGN_IN_EVERYWHERE) > 8 * of_a_place


def test_limits_still_hold_when_there_are_many_of_them(register: Register) -> None:
    for number in range(5):
        sign_in(Client(), password=f"wrong-{number}")
    cache.set_many({f"other-{number}": [1.0] for number in range(400)}, 300)
    assert sign_in(Client()).status_code == 429


def test_a_right_password_is_not_counted(register: Register, client: Client, settings: Any) -> None:
    settings.SIGN_IN_EVERYWHERE = "3/h/key"
    for _ in range(6):
        browser = Client()
        assert sign_in(browser).status_code == 302


def test_one_place_tries_sixty_names_a_minute_at_most(register: Register, client: Client) -> None:
    answers = [sign_in(client, name=f"name-{number}", password="wrong").status_code for number in range(62)]
    assert answers[59:] == [200, 429, 429]


def test_tries_with_a_wrong_key_are_stopped_but_the_right_key_still_comes_in(register: Register) -> None:
    admin = register.people["outi"]
    unit = register.unit("neuvonta")
    _, key = actions.add_source(name="eform", scopes=("appointments:read",), unit=unit, by=admin, at=clock.now())
    browser = Client(raise_request_exception=False)
    address = "/api/v1/bookable"
    wrong = [browser.get(address, headers={"authorization": f"Bearer wrong-{number}"}) for number in range(61)]
    assert [answer.status_code for answer in wrong[-2:]] == [401, 429]
    assert wrong[-1]["Retry-After"] == "60"
    assert wrong[-1]["Content-Type"] == "application/problem+json"
    assert wrong[-1].json()["status"] == 429
    assert Event.objects.filter(kind="refused").count() == 60, "what was stopped fills no log"
    assert browser.get(address, headers={"authorization": f"Bearer {key}"}).status_code not in (401, 429)


def test_unknown_links_are_stopped_after_sixty(register: Register, client: Client) -> None:
    answers = [client.get(reverse("appointments:link", args=[f"{number:043}"])).status_code for number in range(62)]
    assert answers[59:] == [404, 429, 429]


# --- Passwords -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "password",
    [
        "lyhyt-sana1",
        "password1234",
        "Asiakasohjaus2026!",
        "PolkuPolku2026",
        "Espoo-Espoo-2026",
        "kesä2026kesä2026",
        "suvi" * 3,
    ],
)
def test_refuses_a_password_that_is_easy_to_guess(register: Register, password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password, account(register))


@pytest.mark.parametrize("password", ["kuikka kaakkuri uikku", "yksi2kolme4viisi6", "äöå " * 20 + "kuikka ja kaakkuri"])
def test_takes_long_passwords_of_any_letters(register: Register, password: str) -> None:
    validate_password(password, account(register))
    me = account(register)
    me.set_password(password)
    assert me.check_password(password)
    assert not me.check_password(password[:-1])


def test_changing_the_password_ends_the_other_sessions(register: Register) -> None:
    here, there = whole_way_in(register), Client()
    there.force_login(account(register), backend="django.contrib.auth.backends.ModelBackend")
    assert there.get(reverse("ui:states")).status_code == 200
    before = here.session.session_key
    own = "syysaamu-ja-kaakkuri-3"
    form = {"oldpassword": PASSWORD, "password1": own, "password2": own}
    assert here.post(reverse("account_change_password"), form).status_code == 302
    assert here.get(reverse("ui:states")).status_code == 200
    assert there.get(reverse("ui:states")).status_code == 302
    assert here.session.session_key != before


# --- The second factor ---------------------------------------------------------------------------------------


def test_a_code_opens_once(register: Register) -> None:
    TOTP.activate(account(register), SECRET)
    shown = code()
    first, second = Client(), Client()
    sign_in(first), sign_in(second)
    assert first.post(reverse("mfa_authenticate"), {"code": shown}).status_code == 302
    assert second.post(reverse("mfa_authenticate"), {"code": shown}).status_code == 200
    assert second.get(reverse("ui:states")).status_code == 302


def test_a_code_of_another_half_minute_opens_nothing(register: Register, client: Client) -> None:
    TOTP.activate(account(register), SECRET)
    sign_in(client)
    for steps in (-2, 2):
        assert client.post(reverse("mfa_authenticate"), {"code": code(steps=steps)}).status_code == 200


def test_wrong_codes_lock_the_factor_for_a_while(register: Register, client: Client) -> None:
    TOTP.activate(account(register), SECRET)
    sign_in(client)
    right = code(steps=0)
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    for _ in range(5):
        assert client.post(reverse("mfa_authenticate"), {"code": wrong}).status_code == 200
    client.post(reverse("mfa_authenticate"), {"code": code()})
    assert client.get(reverse("ui:states")).status_code == 302, "the right code is refused too, for a while"


def test_a_recovery_code_opens_once(register: Register) -> None:
    TOTP.activate(account(register), SECRET)
    (one, *_) = RecoveryCodes.activate(account(register)).get_unused_codes()
    first, second = Client(), Client()
    sign_in(first), sign_in(second)
    assert first.post(reverse("mfa_authenticate"), {"code": one}).status_code == 302
    assert second.post(reverse("mfa_authenticate"), {"code": one}).status_code == 200


def test_the_database_alone_shows_no_codes(register: Register, settings: Any) -> None:
    TOTP.activate(account(register), SECRET)
    RecoveryCodes.activate(account(register))
    kept = " ".join(str(row.data) for row in Authenticator.objects.all())
    assert SECRET not in kept
    assert kept.count(MARK) == 2
    box = SecretsAdapter().encrypt(SECRET)
    assert SecretsAdapter().encrypt(SECRET) != box, "the same secret looks different each time"
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another-key-0123456789abcdef" * 3
    assert SecretsAdapter().decrypt(box) != SECRET
    settings.SECRET_KEY_FALLBACKS = [old]
    assert SecretsAdapter().decrypt(box) == SECRET
    assert SecretsAdapter().decrypt(SECRET) == SECRET, "those of before are still read"


# --- Sessions --------------------------------------------------------------------------------------------------


def test_signing_out_everywhere_else_leaves_this_session(register: Register) -> None:
    here, there = whole_way_in(register), Client()
    there.force_login(account(register), backend="django.contrib.auth.backends.ModelBackend")
    page = here.get(reverse("mfa_index")).content.decode()
    assert page.count("<li>") >= 2
    assert here.post(reverse("end_sessions"))["Location"] == reverse("mfa_index")
    assert there.get(reverse("ui:states")).status_code == 302
    assert here.get(reverse("ui:states")).status_code == 200
    row = Event.objects.filter(what="access.end_sessions").get()
    assert row.subject == register.people["suvi"].public_id


def test_the_register_opens_after_a_recent_proof_only(register: Register) -> None:
    outi = whole_way_in(register, "outi")
    assert outi.get(reverse("desk:register")).status_code == 200
    with clock.started_at(clock.now() + timedelta(minutes=16)):
        asked = outi.get(reverse("desk:register"))
        assert asked["Location"].startswith(reverse("account_reauthenticate"))
        assert outi.post(reverse("desk:machines"), {}).status_code == 302
        assert outi.get(reverse("desk:home")).status_code == 200, "nothing else asks"


def test_proving_who_one_is_gives_the_session_another_key(register: Register) -> None:
    suvi = whole_way_in(register)
    before = suvi.session.session_key
    answer = suvi.post(reverse("account_reauthenticate") + "?next=/", {"password": PASSWORD})
    assert answer.status_code == 302
    assert suvi.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()


def test_signing_in_never_keeps_the_key_of_before(register: Register, client: Client) -> None:
    client.get(reverse("account_login"))
    client.cookies["polku_session"] = "chosen-by-somebody-else-0123456789"
    sign_in(client)
    assert client.session.session_key != "chosen-by-somebody-else-0123456789"


def test_closing_an_account_ends_its_sessions_for_good(register: Register, client: Client) -> None:
    suvi, outi = register.people["suvi"], register.people["outi"]
    client.force_login(account(register), backend="django.contrib.auth.backends.ModelBackend")
    actions.open_account(actor=suvi, is_open=False, by=outi, at=clock.now())
    assert client.get(reverse("ui:states")).status_code == 302
    actions.open_account(actor=suvi, is_open=True, by=outi, at=clock.now())
    assert client.get(reverse("ui:states")).status_code == 302


def test_somebody_who_has_forgotten_their_password_begins_anew(register: Register) -> None:
    suvi, outi = register.people["suvi"], register.people["outi"]
    signed_in, admin = whole_way_in(register), whole_way_in(register, "outi")
    page = reverse("desk:worker", args=[suvi.public_id])
    assert "Unohtunut salasana tai kadonnut toinen tunnistautumistapa" in admin.get(page).content.decode()
    anew = reverse("desk:worker_anew", args=[suvi.public_id])
    for weak in ("salasana", f"{account(register).username}-{suvi.name.lower()}-1"):
        refused = admin.post(anew, {"password": weak}, headers={"referer": f"http://testserver{page}"})
        shown = refused.content.decode()
        assert refused.status_code == 422 and 'aria-invalid="true"' in shown
        assert f'name="next" value="{page}"' in shown, "another language shows the page that can be asked for"
    assert account(register).check_password(PASSWORD), "a weak one, or one of the person's own names, is refused"
    first = "metsä-ja-kuikka-81"
    assert admin.post(anew, {"password": first})["Location"] == page
    assert signed_in.get(reverse("ui:states")).status_code == 302
    assert Event.objects.filter(what="access.begin_anew", subject=suvi.public_id).exists()
    again = Client()
    assert sign_in(again).status_code == 200, "the former password opens nothing"
    assert sign_in(again, password=first).status_code == 302
    assert again.get(reverse("ui:states"))["Location"] == reverse("account_change_password")
    with pytest.raises(NotAllowed):
        forgotten.begin_anew(actor=suvi, password=first, by=suvi, at=clock.now())
    with pytest.raises(NotAllowed):
        forgotten.begin_anew(actor=outi, password=first, by=outi, at=clock.now())
    person = account(register)
    person.set_unusable_password()
    person.save()
    with pytest.raises(Conflict):
        forgotten.begin_anew(actor=suvi, password=first, by=outi, at=clock.now())
    assert "Unohtunut salasana" not in admin.get(page).content.decode()


def test_nobody_ends_somebody_elses_sessions(register: Register) -> None:
    suvi, outi = register.people["suvi"], register.people["outi"]
    with pytest.raises(NotAllowed):
        sessions.end_sessions(actor=outi, by=suvi, at=clock.now())


def test_signing_out_ends_the_session_and_empties_the_browsers_cache(register: Register, client: Client) -> None:
    client.force_login(account(register), backend="django.contrib.auth.backends.ModelBackend")
    key = client.session.session_key
    answer = client.post(reverse("account_logout"))
    assert answer["Clear-Site-Data"] == '"cache"'
    assert not Session.objects.filter(session_key=key).exists()


def test_sessions_that_are_over_are_deleted(register: Register, client: Client) -> None:
    client.force_login(account(register), backend="django.contrib.auth.backends.ModelBackend")
    sessions.forget_ended(at=clock.now())
    assert Session.objects.count() == 1
    sessions.forget_ended(at=clock.now() + timedelta(days=2))
    assert Session.objects.count() == 0


# --- Forged requests -----------------------------------------------------------------------------------------------


def test_a_form_from_elsewhere_is_refused(register: Register) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(account(register), backend="django.contrib.auth.backends.ModelBackend")
    for page in ("account_logout", "end_sessions", "desk:me", "account_login"):
        assert browser.post(reverse(page), {}).status_code == 403, page
    assert browser.get(reverse("ui:states")).status_code == 200


@pytest.mark.parametrize("where", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_no_address_leads_elsewhere_after_signing_in(register: Register, client: Client, where: str) -> None:
    form = {"login": "suvi", "password": PASSWORD, "next": where}
    answer = client.post(reverse("account_login"), form)
    assert answer.status_code == 302
    assert answer["Location"] in ("/", reverse("account_change_password"))
