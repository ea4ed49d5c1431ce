"""Finding contacts by what was said: forms of words, beginnings, what stands now, and only what the reader may see."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from polku.access.models import Actor, Unit
from polku.access.queries import who
from polku.contacts import actions, finding
from polku.contacts.drafts import write_text
from polku.contacts.models import Contact, ContactText
from polku.contacts.states import TextKind
from polku.site.context import fenced
from tests.register import NOW, Register

pytestmark = pytest.mark.django_db
Say = Callable[..., Contact]


@pytest.fixture
def register() -> Register:
    return Register()


@pytest.fixture
def suvi(register: Register) -> Actor:
    return register.person("Suvi")


@pytest.fixture
def unit(register: Register) -> Unit:
    return register.unit("neuvonta")


@pytest.fixture
def say(unit: Unit, suvi: Actor) -> Say:
    """Write what was said in a new contact."""

    def said(*texts: str, language: str = "fi", at: datetime = NOW, kind: str = TextKind.SAID) -> Contact:
        contact = actions.start(unit=unit, by=suvi, at=at, key=f"{texts}{at}")
        Contact.objects.filter(pk=contact.pk).update(language=language)
        contact.refresh_from_db()
        for text in texts:
            write_text(contact=contact, kind=kind, text=text, by=suvi, at=at)
        return contact

    return said


def found(text: str, by: Actor, **more: str) -> list[Contact]:
    with fenced(by=by, at=NOW):
        return [hit.contact for hit in finding.find(text, by=by, at=NOW, **more).hits]


@pytest.mark.parametrize("typed", ["vuokra", "Vuokrasta", "vuokrat maksamatta", "VUOKRIEN", "(vuokra) & !:* '"])
def test_finds_a_word_in_every_form(say: Say, suvi: Actor, typed: str) -> None:
    contact = say("Kahden kuukauden vuokra on maksamatta.")
    say("Lääkkeisiin ei ole rahaa.")
    assert found(typed, suvi) == [contact]


def test_finds_a_compound_by_its_beginning_and_numbers_whole(say: Say, suvi: Actor) -> None:
    contact = say("Vuokravelkaa on 1900 euroa, ja yö on kylmä.")
    assert found("vuokra 1900", suvi) == [contact]
    assert found("velka", suvi) == found("19", suvi) == []


def test_finds_by_the_language_of_the_contact(say: Say, suvi: Actor) -> None:
    swedish = say("Räkningarna för oktober är obetalda.", language="sv")
    somali = say("Kirada guriga lama bixin.", language="so")
    assert found("räkningen", suvi) == [swedish]
    assert found("guriga", suvi) == [somali]
    assert list(ContactText.objects.order_by("pk").values_list("language", flat=True)) == ["sv", "so"]


def test_needs_every_word(say: Say, suvi: Actor) -> None:
    contact = say("Häätö uhkaa, lapset kotona.")
    say("Häätö on peruttu.")
    assert found("häätö lapsi", suvi) == [contact]


def test_finds_what_stands_now_and_not_what_was_corrected(say: Say, suvi: Actor) -> None:
    contact = say("Velkaa Kelalle.", "Velkaa vuokranantajalle.")
    assert found("Kela", suvi) == []
    assert found("vuokranantaja", suvi) == [contact]


def test_finds_what_was_answered(say: Say, suvi: Actor) -> None:
    contact = say("Neuvottu hakemaan asumistukea.", kind=TextKind.ANSWER)
    assert found("asumistuki", suvi) == [contact]


@pytest.mark.parametrize("typed", ["", " ", "?!", "ja", "'", "\\", "#1", ":*", "a" * 120, "<b>", "\u0000"])
def test_finds_nothing_by_what_is_no_word(say: Say, suvi: Actor, typed: str) -> None:
    say("Vuokra ja lasku.")
    assert found(typed, suvi) == []


def test_shows_the_hits_and_the_text_around_as_it_was_written(say: Say, suvi: Actor) -> None:
    say("Vuokra < 500 & \ue000vuokran\ue001 'korotus'")
    with fenced(by=suvi, at=NOW):
        (hit,) = finding.find("vuokra", by=suvi, at=NOW).hits
    assert [text for text, marked in hit.said if marked] == ["Vuokra", "vuokran"]
    assert "".join(text for text, _marked in hit.said) == "Vuokra < 500 & vuokran 'korotus"


def test_shows_nothing_of_another_unit(say: Say, suvi: Actor, register: Register) -> None:
    say("Vuokra on maksamatta.")
    stranger = register.person("Toinen", unit="toinen")
    assert found("vuokra", stranger) == []


def test_the_newest_come_first_and_pages_go_on(say: Say, suvi: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "PAGE", 2)
    contacts = [say("Lasku.", at=NOW - timedelta(hours=hours)) for hours in range(5)]
    with fenced(by=suvi, at=NOW):
        first = finding.find("lasku", by=suvi, at=NOW)
        second = finding.find("lasku", by=suvi, at=NOW, after=first.after)
        third = finding.find("lasku", by=suvi, at=NOW, after=second.after)
    assert [hit.contact for page in (first, second, third) for hit in page.hits] == contacts
    assert (first.count, third.after, first.many) == (5, "", False)


def test_of_very_many_hits_the_newest_are_looked_at(say: Say, suvi: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "BATCHES", (3,))
    days = (0, 20, 40, 130, 400, 1200, 5000)
    contacts = [say("Lasku.", at=NOW - timedelta(days=day)) for day in days[:5]]
    for day, text in zip(days[5:], ContactText.objects.order_by("-written_at")[:2], strict=True):
        # Older than any contact may be told now, as from an older system.
        ContactText.objects.filter(pk=text.pk).update(written_at=NOW - timedelta(days=day))
    with fenced(by=suvi, at=NOW):
        answer = finding.find("lasku", by=suvi, at=NOW)
    assert answer.many
    assert {hit.contact.pk for hit in answer.hits} == {contact.pk for contact in contacts[2:]}


# Among them two at the same moment, on both sides of the end of a batch.
ELSEWHERE = (0, 1, 3, 3, 40, 41, 300, 301)


@pytest.fixture
def few_of_many(say: Say, register: Register) -> tuple[Actor, list[Contact]]:
    """Somebody who may see the oldest two contacts of ten, and these two, the newest first."""
    stranger = register.person("Toinen", unit="toinen")
    for number, day in enumerate(ELSEWHERE):
        say(f"Lasku {number}.", at=NOW - timedelta(days=day))
    own = []
    for day in (305, 306):
        own.append(say("Lasku.", at=NOW - timedelta(days=day)))
        Contact.objects.filter(pk=own[-1].pk).update(unit=register.unit("toinen"), created_by=stranger)
    return stranger, own


def test_finds_the_few_that_one_may_see_among_very_many(
    few_of_many: tuple[Actor, list[Contact]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "BATCHES", (3, 4, 100))
    stranger, own = few_of_many
    with fenced(by=stranger, at=NOW):
        answer = finding.find("lasku", by=stranger, at=NOW)
    assert [hit.contact for hit in answer.hits] == own
    assert (answer.many, answer.count, answer.looked_at) == (False, 2, 10)


def test_ends_looking_at_the_last_batch_and_says_how_many_it_looked_at(
    few_of_many: tuple[Actor, list[Contact]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "BATCHES", (3, 4))
    stranger, _own = few_of_many
    with fenced(by=stranger, at=NOW):
        answer = finding.find("lasku", by=stranger, at=NOW)
    assert (answer.hits, answer.many, answer.count, answer.looked_at) == ([], True, 0, 7)


@pytest.mark.parametrize("batches", [(1, 1, 1, 1, 100), (2, 3, 100), (4, 100), (100,)])
def test_pages_go_on_through_the_batches_and_name_each_contact_once(
    say: Say, suvi: Actor, monkeypatch: pytest.MonkeyPatch, batches: tuple[int, ...]
) -> None:
    monkeypatch.setattr(finding, "PAGE", 2)
    monkeypatch.setattr(finding, "BATCHES", batches)
    contacts = [say(f"Lasku {number}.", at=NOW - timedelta(days=day)) for number, day in enumerate(ELSEWHERE)]
    # Said again much later: two hits of one contact.
    write_text(contact=contacts[-1], kind=TextKind.ANSWER, text="Lasku maksettiin.", by=suvi, at=NOW)
    seen: list[Contact] = []
    after = ""
    with fenced(by=suvi, at=NOW):
        while True:
            page = finding.find("lasku", by=suvi, at=NOW, after=after)
            seen += [hit.contact for hit in page.hits]
            after = page.after
            if not after:
                break
    assert (page.count, page.many) == (len(contacts), False)
    assert len(seen) == len(contacts)
    assert set(seen) == set(contacts)


def test_looks_no_further_than_the_page_needs(say: Say, suvi: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "PAGE", 2)
    monkeypatch.setattr(finding, "BATCHES", (3, 100))
    for day in range(5):
        say("Lasku.", at=NOW - timedelta(days=day))
    with fenced(by=suvi, at=NOW):
        first = finding.find("lasku", by=suvi, at=NOW)
        second = finding.find("lasku", by=suvi, at=NOW, after=first.after)
    assert (first.looked_at, first.many, first.count) == (3, True, 3)
    assert (second.looked_at, second.many, second.count) == (5, False, 5)


def test_sorts_longer_words_among_the_words_themselves(say: Say, suvi: Actor) -> None:
    contacts = [
        say(text, at=NOW - timedelta(days=day)) for day, text in enumerate(("Vuokravelka.", "Vuokra.", "Vuokra-auto."))
    ]
    assert found("vuokra", suvi) == contacts


# Digits for Python, and no word for any language of PostgreSQL.
@pytest.mark.parametrize("typed", ["\u00b2", "\u00bd \u00be", "\u2460\u2461", "\u09f4 \u2150"])
def test_odd_letters_alone_find_nothing_and_are_no_words(say: Say, suvi: Actor, typed: str) -> None:
    say("Vuokra ja lasku.")
    assert finding.words(typed)
    with fenced(by=suvi, at=NOW):
        assert finding.find(typed, by=suvi, at=NOW) == finding.Found()


def test_asks_as_much_however_many_are_found(say: Say, suvi: Actor) -> None:
    def asked() -> int:
        who(suvi, at=NOW)
        with fenced(by=suvi, at=NOW), CaptureQueriesContext(connection) as queries:
            finding.find("lasku", by=suvi, at=NOW)
        return len(queries)

    say("Lasku.")
    one = asked()
    for hours in range(1, 6):
        say("Lasku.", at=NOW - timedelta(hours=hours))
    assert asked() == one <= 7


def test_the_index_answers(say: Say) -> None:
    say("Vuokra on maksamatta.")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT id FROM contacts_contacttext t "
            "WHERE polku_words(t.written_at, t.language, t.text) @@ polku_sought('vuokra:*')"
        )
        assert any("contacttext_words" in line for (line,) in cursor.fetchall())
