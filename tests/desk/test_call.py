"""The call desk: from the first key to the time read aloud."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client as Browser

from polku.access.models import Actor
from polku.contacts.models import Contact

SignIn = Callable[..., Browser]


def url(contact: Contact, part: str = "") -> str:
    return f"/call/{contact.public_id}/{part}"


def test_start_makes_the_row_at_the_first_key_and_once(sign_in: SignIn, suvi: Actor) -> None:
    browser = sign_in("suvi")
    for _press in range(2):
        answer = browser.post("/calls/new/", {"key": "same"})
        assert answer.status_code == 303
    assert Contact.objects.filter(created_by=suvi).count() == 1


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_call_shows_the_desk_in_every_language(sign_in: SignIn, contact: Contact, language: str) -> None:
    answer = sign_in("suvi", language).get(url(contact))
    assert answer.status_code == 200
    assert contact.reference in answer.content.decode()
