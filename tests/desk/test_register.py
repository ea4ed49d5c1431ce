from collections.abc import Callable

import pytest
from django.test import Client as Browser
from django.urls import reverse

from polku.access.models import Account, Actor, Membership, Source
from polku.access.queries import source_by_key
from polku.audit.models import Event
from polku.kit import clock

pytestmark = pytest.mark.django_db
NEW = {
    "name": "Kaisa Uusi", "username": "kaisa.uusi", "title_fi": "sosiaalityöntekijä", "title_sv": "socialarbetare",
    "password": "kesäyö-ja-kuikka-7", "unit": "aikuisneuvonta", "role": "guidance",
}  # fmt: skip


@pytest.fixture
def outi(sign_in: Callable[..., Browser]) -> Browser:
    return sign_in("outi")


def test_add_a_worker_with_account_and_post(outi: Browser) -> None:
    answer = outi.post(reverse("desk:add_worker"), NEW)
    made = Actor.objects.get(name="Kaisa Uusi")
    assert answer["Location"] == reverse("desk:worker", args=[made.public_id])
    assert Membership.objects.get(actor=made).unit.key == "aikuisneuvonta"
    assert made.account.check_password(NEW["password"])
    assert "Kaisa Uusi" in outi.get(reverse("desk:register"), {"q": "uusi"}).content.decode()


@pytest.mark.parametrize(
    ("field", "value"), [("name", " "), ("username", "suvi"), ("username", "010190-900P"), ("password", "salasana")]
)
def test_bad_input_shows_the_field_and_keeps_what_was_typed(outi: Browser, field: str, value: str) -> None:
    answer = outi.post(reverse("desk:add_worker"), {**NEW, field: value})
    assert answer.status_code == 422
    assert f"id_{field}-error" in answer.content.decode() or f'id="id_{field}"' in answer.content.decode()
    assert "sosiaalityöntekijä" in answer.content.decode()
    assert not Actor.objects.filter(name="Kaisa Uusi").exists()


def test_give_and_end_a_post(outi: Browser, suvi: Actor) -> None:
    page = reverse("desk:worker", args=[suvi.public_id])
    outi.post(page, {"unit": "toimeentulotukitiimi", "role": "counsellor", "valid_from": "1.12.2026"})
    post = Membership.objects.get(actor=suvi, role="counsellor")
    outi.post(reverse("desk:end_post", args=[suvi.public_id, post.pk]), {"last_day": "31.12.2026"})
    post.refresh_from_db()
    assert str(post.valid_until) == "2026-12-31"
    outi.post(reverse("desk:end_post", args=[suvi.public_id, post.pk]), {"last_day": "hupsis"})
    assert outi.get(page).status_code == 200


def test_a_closed_account_does_not_sign_in_and_nobody_closes_their_own(outi: Browser, suvi: Actor) -> None:
    outi.post(reverse("desk:worker_account", args=[suvi.public_id]), {"open": "no"})
    assert not Account.objects.get(actor=suvi).is_active
    me = Account.objects.get(username="outi").actor
    outi.post(reverse("desk:worker_account", args=[me.public_id]), {"open": "no"})
    assert Account.objects.get(username="outi").is_active


def test_a_machine_s_key_is_shown_once_and_ends(outi: Browser) -> None:
    given = {"name": "Omaolo", "unit": "aikuisneuvonta", "scopes": ["contacts:write"], "per_minute": "60"}
    answer = outi.post(reverse("desk:machines"), given)
    key = answer.content.decode().split("<code>")[1].split("</code>")[0]
    assert answer["Cache-Control"] == "no-store"
    source = source_by_key(key, at=clock.now())
    assert source is not None and source.actor.name == "Omaolo"
    assert key not in (page := outi.get(reverse("desk:machines")).content.decode())
    assert "Lähettää yhteydenottoja" in page and "<code>contacts:write</code>" in page
    for _again in range(2):
        outi.post(reverse("desk:end_machine", args=[source.actor.public_id]))
        # On the very day on which it was made.
        assert source_by_key(key, at=clock.now()) is None
    assert Source.objects.get(pk=source.pk).valid_until is not None
    assert Event.objects.filter(what="access.end_source", subject=source.actor.public_id).count() == 1
    assert (
        reverse("desk:end_machine", args=[source.actor.public_id])
        not in outi.get(reverse("desk:machines")).content.decode()
    )


def test_a_post_that_is_known_already_is_said_at_its_day(outi: Browser, suvi: Actor) -> None:
    page = reverse("desk:worker", args=[suvi.public_id])
    given = {"unit": "toimeentulotukitiimi", "role": "counsellor", "valid_from": "1.12.2030"}
    assert outi.post(page, given).status_code == outi.post(page, given).status_code == 303
    longer = outi.post(page, {**given, "valid_until": "31.12.2030"})
    assert longer.status_code == 422 and "1.12.2030" in longer.content.decode()
    assert Membership.objects.get(actor=suvi, role="counsellor").valid_until is None


def test_the_last_main_user_stays_one(outi: Browser) -> None:
    me = Account.objects.get(username="outi").actor
    post = Membership.objects.get(actor=me, role="admin")
    outi.post(reverse("desk:end_post", args=[me.public_id, post.pk]), {"last_day": "31.12.2030"})
    post.refresh_from_db()
    assert post.valid_until is None


def test_nothing_asked_for_in_an_address_breaks_the_register(outi: Browser) -> None:
    for query in ({"q": "a\x00"}, {"after": "\x00"}, {"q": "%", "after": "x" * 500}):
        assert outi.get(reverse("desk:register"), query).status_code in (200, 400, 422)


def test_the_register_is_for_the_main_user(sign_in: Callable[..., Browser], suvi: Actor) -> None:
    guidance = sign_in("suvi")
    for page in (reverse("desk:register"), reverse("desk:machines"), reverse("desk:worker", args=[suvi.public_id])):
        assert guidance.get(page).status_code == 404
