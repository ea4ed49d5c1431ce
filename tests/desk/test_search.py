"""The search page: people and what was said in contacts, in one box; what the log keeps of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from polku.access.models import Actor, Unit
from polku.audit.models import Event
from polku.clients.models import Client
from polku.contacts import actions, finding
from polku.contacts.drafts import write_text
from polku.contacts.models import Contact, ContactParty
from polku.contacts.states import TextKind

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Browser]


def text(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined,no-any-return]


@pytest.fixture
def said(contact: Contact, raija: Client, suvi: Actor, now: datetime) -> Contact:
    """Raija's call about her rent."""
    write_text(contact=contact, kind=TextKind.SAID, text="Vuokrat & 2 < 3 laskua maksamatta.", by=suvi, at=now)
    ContactParty.objects.create(
        contact=contact, client=raija, role="concerned", knowledge="known", added_at=now, added_by=suvi
    )
    return contact


def test_search_finds_what_was_said_and_marks_it(sign_in: SignIn, said: Contact) -> None:
    page = text(sign_in("suvi").post("/search/", {"q": "vuokra"}))
    assert "<mark>Vuokrat</mark> &amp; 2 &lt; 3 laskua" in page
    assert f'href="/contact/{said.public_id}/"' in page
    assert "Koskimäki" in page
    assert "Sanottu yhteydenotoissa" in page


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_search_says_that_nothing_was_found(sign_in: SignIn, said: Contact, language: str) -> None:
    page = text(sign_in("suvi", language).post("/search/", {"q": "zzyzx"}))
    assert 'class="empty"' in page
    assert "<mark>" not in page


def test_search_shows_nothing_said_in_another_unit(sign_in: SignIn, said: Contact) -> None:
    page = text(sign_in("jenni").post("/search/", {"q": "vuokra"}))
    assert said.public_id not in page
    assert "Vuokrat" not in page


def test_search_log_keeps_the_words_and_what_was_shown_without_identity_codes(
    sign_in: SignIn, said: Contact, raija: Client
) -> None:
    browser = sign_in("suvi")
    browser.post("/search/", {"q": "vuokra"})
    row = Event.objects.get(kind="search")
    assert row.facts == {"how": "name, words", "words": "vuokra", "shown": [said.public_id]}
    assert (row.what, row.clients) == ("clients, contact", [raija.pk])
    browser.post("/search/", {"q": "zzyzx 040250-912H"})
    last = Event.objects.filter(kind="search").latest("id")
    assert last.facts == {"how": "name, words"}, "what found no text may be a name"


def test_search_by_code_or_phone_asks_nothing_of_what_was_said(sign_in: SignIn, said: Contact) -> None:
    browser = sign_in("suvi")
    for typed in ("040250-912H", "044 000 1942"):
        with CaptureQueriesContext(connection) as asked:
            browser.post("/search/", {"q": typed})
        assert not any("polku_sought" in query["sql"] for query in asked)


def test_search_goes_on_to_older_contacts(
    sign_in: SignIn, team: Unit, suvi: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "PAGE", 2)
    contacts = []
    for hours in range(3):
        at = now - timedelta(hours=hours)
        contacts.append(actions.start(unit=team, by=suvi, at=at, key=f"call {hours}"))
        write_text(contact=contacts[-1], kind=TextKind.SAID, text="Lasku hukkui.", by=suvi, at=at)
    browser = sign_in("suvi")
    first = text(browser.post("/search/", {"q": "lasku"}))
    assert f'data-row="{contacts[2].public_id}"' not in first
    assert f'name="after" value="{contacts[1].public_id}"' in first
    last = text(browser.post("/search/", {"q": "lasku", "after": contacts[1].public_id}))
    assert f'data-row="{contacts[2].public_id}"' in last and f'data-row="{contacts[0].public_id}"' not in last
    assert '<button class="button button-second">' not in last
    assert browser.post("/search/", {"q": "lasku", "after": "x" * 17}).status_code == 422


@pytest.mark.parametrize(
    ("language", "yours", "none"),
    [
        ("fi", "Uusimmista 3:sta saat nähdä 3", "eikä mikään uusimmista 3:sta"),
        ("sv", "Av de 3 nyaste får du se 3", "ingen av de 3 nyaste"),
        ("en", "Of the newest 3, 3 are yours", "none of the newest 3 is yours"),
    ],
)
def test_search_says_among_how_many_it_looked_when_there_are_more(
    sign_in: SignIn, team: Unit, suvi: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch,
    language: str, yours: str, none: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(finding, "BATCHES", (1, 2))
    for hours in range(4):
        at = now - timedelta(hours=hours)
        row = actions.start(unit=team, by=suvi, at=at, key=f"call {hours}")
        write_text(contact=row, kind=TextKind.SAID, text="Lasku hukkui.", by=suvi, at=at)
    assert yours in text(sign_in("suvi", language).post("/search/", {"q": "lasku"}))
    assert none in text(sign_in("jenni", language).post("/search/", {"q": "lasku"}))


def test_search_asks_as_much_however_much_is_found(
    sign_in: SignIn, said: Contact, team: Unit, suvi: Actor, now: datetime
) -> None:
    browser = sign_in("suvi")

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            browser.post("/search/", {"q": "vuokra"})
        return len([query for query in queries if "SAVEPOINT" not in query["sql"]])

    asked()
    one = asked()
    for hours in range(1, 6):
        at = now - timedelta(hours=hours)
        row = actions.start(unit=team, by=suvi, at=at, key=f"call {hours}")
        write_text(contact=row, kind=TextKind.SAID, text="Vuokra.", by=suvi, at=at)
    # The strip names the open contacts, and is no part of the search.
    assert asked() <= one + 1
