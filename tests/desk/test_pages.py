"""Records, people, search, emergency opening, my settings, the team's settings, undelivered messages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from polku.access.models import Absence, Actor, ClosingDay, Code, Deputy, Promise, Unit
from polku.audit.models import Event
from polku.cases import actions as cases
from polku.cases.models import Case, Relation, TimelineEntry
from polku.clients import actions as clients
from polku.clients.models import Client, Relationship
from polku.contacts import actions as contacts
from polku.contacts import callbacks, people
from polku.contacts.models import Contact
from polku.contacts.people import Told
from polku.desk.home import undelivered
from polku.outbox import actions as outbox
from polku.outbox.models import Message

SignIn = Callable[..., Browser]


def text(answer: object) -> str:
    return answer.content.decode().replace("\xa0", " ")  # type: ignore[attr-defined,no-any-return]


@pytest.fixture
def case(raija: Client, workers: dict[str, Actor], now: datetime) -> Case:
    """Raija's case in the eastern team; Sanna is her own worker."""
    return cases.open_case(
        client=raija,
        unit=Unit.objects.get(key="aikuissosiaalityo-ita"),
        initiated_at=now,
        initiated_how="contact",
        by=workers["sanna"],
        at=now,
        key="case",
        own_worker=workers["sanna"],
    )


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_case_is_shown_to_its_worker_and_to_nobody_else(sign_in: SignIn, case: Case, language: str) -> None:
    page = sign_in("sanna", language).get(f"/case/{case.public_id}/")
    assert page.status_code == 200
    assert "Koskimäki" in text(page)
    stranger = sign_in("jenni", language).get(f"/case/{case.public_id}/")
    assert stranger.status_code == 404
    assert "Koskimäki" not in text(stranger)
    assert Browser().get(f"/case/{case.public_id}/").status_code == 302


def test_stranger_may_open_in_an_emergency_with_a_reason_that_is_logged(
    sign_in: SignIn, case: Case, raija: Client
) -> None:
    browser = sign_in("jenni")
    assert 'action="/emergency/"' in text(browser.get(f"/case/{case.public_id}/"))
    short = browser.post("/emergency/", {"reference": case.reference, "reason": "pyyntö"})
    assert short.status_code == 422
    assert case.reference in text(short)
    given = {"reference": case.reference, "reason": "Poliisi pyytää apua, asiakas on kadonnut"}
    opened = browser.post("/emergency/", given)
    assert opened["Location"] == f"/case/{case.public_id}/"
    assert browser.get(f"/case/{case.public_id}/").status_code == 200
    assert Relation.objects.filter(client=raija, kind="emergency").exists()
    assert Event.objects.filter(kind="emergency").exists()


def test_emergency_by_address_code_and_for_nobody(sign_in: SignIn, case: Case, raija: Client) -> None:
    browser = sign_in("jenni")
    reason = "Päivystys tarvitsee tiedot heti"
    by_address = {"address": f"/person/{raija.public_id}/", "reference": "x", "reason": reason}
    assert browser.post("/emergency/", by_address)["Location"] == f"/person/{raija.public_id}/"
    by_code = {"reference": "040250-912H", "reason": reason}
    assert browser.post("/emergency/", by_code)["Location"] == f"/person/{raija.public_id}/"
    assert browser.post("/emergency/", {"reference": "Olematon", "reason": reason}).status_code == 422
    assert sign_in("tuomas").post("/emergency/", by_code).status_code == 404


def test_event_is_written_corrected_and_its_first_version_kept(sign_in: SignIn, case: Case) -> None:
    browser = sign_in("sanna")
    url = f"/case/{case.public_id}/"
    future = browser.post(url + "event/", {"text": "Soitettu", "on": "25.12.2026", "time": "9.00"})
    assert future.status_code == 422
    assert "Soitettu" in text(future)
    assert browser.post(url + "event/", {"text": "Soitettu", "on": "24.11.2026", "time": "8.30"}).status_code == 303
    entry = TimelineEntry.objects.get(case=case, event="cases.event")
    browser.post(f"{url}correct/{entry.public_id}/", {"text": "Soitettu kahdesti"})
    page = text(browser.get(url))
    assert "Soitettu kahdesti" in page
    assert TimelineEntry.objects.filter(case=case, event="cases.event").count() == 2
    assert sign_in("jenni").post(url + "event/", {"text": "x"}).status_code == 404


def test_event_sent_twice_is_written_once(sign_in: SignIn, case: Case) -> None:
    browser = sign_in("sanna")
    page = text(browser.get(f"/case/{case.public_id}/event/"))
    key = page.split('name="key" value="')[1].split('"')[0]
    given = {"text": "Soitti ja kertoi muutosta.", "key": key}
    for _again in range(2):
        assert browser.post(f"/case/{case.public_id}/event/", given).status_code == 303
    assert TimelineEntry.objects.filter(case=case, event="cases.event").count() == 1
    assert Event.objects.filter(what="case", subject=case.public_id, purpose="event").count() == 1
    # A form that came back with an error keeps its key, another one has its own.
    wrong = browser.post(f"/case/{case.public_id}/event/", {"text": "", "key": key})
    assert wrong.status_code == 422 and f'value="{key}"' in text(wrong)
    assert f'value="{key}"' not in text(browser.get(f"/case/{case.public_id}/event/"))
    for _again in range(2):
        long = {"text": "Soitti toisenkin kerran.", "key": "k" * 200}
        assert browser.post(f"/case/{case.public_id}/event/", long).status_code == 303, "cut, as the form cuts it"
    assert TimelineEntry.objects.filter(case=case, key="k" * 80).count() == 1
    future = {"text": "Tulee.", "on": "1.1.2030", "time": "9.00", "key": "another-key"}
    assert "field-on" in text(browser.post(f"/case/{case.public_id}/event/", future)).split("has-error")[1][:40]


def test_form_of_a_change_is_not_there_for_who_may_only_read(
    sign_in: SignIn, case: Case, contact: Contact, raija: Client, suvi: Actor, workers: dict[str, Actor], now: datetime
) -> None:
    party = people.add(contact=contact, role="concerned", told=Told(), by=suvi, at=now)
    people.identify(party=party, client=raija, by=suvi, at=now)
    # Sanna reads what her client's contact with another unit was about, and no more.
    reader = sign_in("sanna")
    assert reader.get(f"/contact/{contact.public_id}/").status_code == 200
    assert reader.get(f"/contact/{contact.public_id}/reopen/").status_code == 404
    assert reader.post(f"/contact/{contact.public_id}/reopen/", {"reason": "Jatkuu"}).status_code == 404
    # Somebody with a tie writes the case, but its work is handed over by who has it.
    cases.relate(kind="own_worker", client=raija, actor=workers["jenni"], case=case, by=workers["sanna"], at=now)
    tied = sign_in("jenni")
    assert tied.get(f"/case/{case.public_id}/event/").status_code == 200
    page = text(tied.get(f"/case/{case.public_id}/"))
    for method in (tied.get, tied.post):
        assert method(f"/case/{case.public_id}/hand-over/").status_code == 404
    assert "/hand-over/" not in page


def test_close_needs_its_ground(sign_in: SignIn, case: Case) -> None:
    browser = sign_in("sanna")
    assert browser.post(f"/case/{case.public_id}/close/", {"ground": " "}).status_code == 422
    browser.post(f"/case/{case.public_id}/close/", {"ground": "Palvelun tarve on päättynyt"})
    case.refresh_from_db()
    assert case.closed_ground == "Palvelun tarve on päättynyt"


def test_own_worker_is_named_from_the_unit(sign_in: SignIn, case: Case, workers: dict[str, Actor]) -> None:
    browser = sign_in("sanna")
    assert browser.post(f"/case/{case.public_id}/worker/", {"worker": workers["jenni"].public_id}).status_code == 422
    browser.post(f"/case/{case.public_id}/worker/", {"worker": workers["pekka"].public_id})
    case.work_item.refresh_from_db()
    assert case.work_item.assignee == workers["pekka"]


def test_contact_page_shows_what_was_said(sign_in: SignIn, contact: Contact) -> None:
    assert sign_in("laura").get(f"/contact/{contact.public_id}/").status_code == 200
    assert sign_in("jenni").get(f"/contact/{contact.public_id}/").status_code == 404


def test_search_finds_by_post_and_never_puts_the_words_in_the_address(sign_in: SignIn, raija: Client) -> None:
    browser = sign_in("suvi")
    assert browser.get("/search/").status_code == 200
    for typed in ("Koskimaki", "040250-912H", "044 000 1942"):
        page = browser.post("/search/", {"q": typed})
        assert raija.public_id in text(page), typed
        assert "040250-912H" not in text(page).replace('value="040250-912H"', "")
    assert browser.get("/search/?q=040250-912H").status_code == 400
    assert Event.objects.filter(kind="search").count() == 3
    assert not Event.objects.filter(details__contains="Koskim").exists()


def test_search_by_reference_number_opens_the_contact(sign_in: SignIn, contact: Contact) -> None:
    found = sign_in("suvi").post("/search/", {"q": contact.reference})
    assert found["Location"] == f"/contact/{contact.public_id}/"
    assert "Location" not in sign_in("jenni").post("/search/", {"q": contact.reference})


def test_person_page_edits_and_relations(sign_in: SignIn, case: Case, raija: Client) -> None:
    browser = sign_in("sanna")
    url = f"/person/{raija.public_id}/"
    assert "044 000 1942" in text(browser.get(url))
    wrong = browser.post(url + "edit/", {"family_name": "Koskimäki", "phone": "12"})
    assert wrong.status_code == 422
    assert 'value="12"' in text(wrong)
    browser.post(url + "edit/", {"family_name": "Koskimäki", "phone": "050 123 4567"})
    browser.post(url + "relation/", {"kind": "near_person", "name": "Liisa Koskimäki", "phone": "040 123 4567"})
    page = text(browser.get(url))
    assert "050 123 4567" in page
    assert "Liisa Koskimäki" in page
    assert Relationship.objects.count() == 1
    assert sign_in("jenni").get(url).status_code == 404


def test_protected_details_need_a_reason(
    sign_in: SignIn, case: Case, raija: Client, suvi: Actor, now: datetime
) -> None:
    clients.update(client=raija, person=clients.Person(protected=True), by=suvi, at=now)
    browser = sign_in("sanna")
    url = f"/person/{raija.public_id}/"
    assert "044 000 1942" not in text(browser.get(url))
    assert browser.post(url + "details/", {"reason": ""}).status_code == 422
    assert "044 000 1942" in text(browser.post(url + "details/", {"reason": "Sovitaan käynnistä"}))
    assert Event.objects.filter(what="clients.protected").exists()


def test_merge_and_its_undoing(sign_in: SignIn, case: Case, raija: Client, suvi: Actor, now: datetime) -> None:
    born = raija.birth_date
    person = clients.Person(family_name="Koskimäki", given_names="Raija", birth_date=born)
    double = clients.create(person=person, by=suvi, at=now)
    browser = sign_in("sanna")
    url = f"/person/{raija.public_id}/merge/"
    assert browser.post(url, {"other": double.public_id}).status_code == 422
    browser.post(url, {"other": double.public_id, "reason": "Sama syntymäaika ja nimi"})
    double.refresh_from_db()
    assert double.merged_into == raija
    browser.post(f"/person/{double.public_id}/merge/undo/")
    double.refresh_from_db()
    assert double.merged_into is None


def test_my_settings_name_a_deputy_and_mark_absence(sign_in: SignIn, suvi: Actor, workers: dict[str, Actor]) -> None:
    browser = sign_in("suvi")
    assert browser.get("/me/").status_code == 200
    browser.post("/me/", {"step": "deputy", "deputy": workers["laura"].public_id, "valid_from": "24.11.2026"})
    assert Deputy.objects.get(actor=suvi).deputy == workers["laura"]
    wrong = browser.post("/me/", {"step": "absence", "first": "30.11.2026", "last": "1.11.2026", "kind": "holiday"})
    assert wrong.status_code == 422
    browser.post("/me/", {"step": "absence", "first": "30.11.2026", "last": "1.12.2026", "kind": "holiday"})
    row = Absence.objects.get(actor=suvi)
    browser.post("/me/", {"step": "remove", "absence": row.public_id})
    assert not Absence.objects.filter(actor=suvi).exists()


def test_team_settings_are_for_its_lead(sign_in: SignIn, team: Unit) -> None:
    url = f"/team/{team.key}/"
    assert sign_in("suvi").get(url).status_code == 404
    assert sign_in("maija").get(url).status_code == 404
    browser = sign_in("helena")
    assert browser.get(url).status_code == 200
    wrong = browser.post(url, {"step": "promising", "rule": "promise_answer", "days": "0", "valid_from": "1.12.2026"})
    assert wrong.status_code == 422
    browser.post(url, {"step": "closing_form", "day": "24.12.2026", "reason": "Jouluaatto"})
    assert ClosingDay.objects.filter(unit=team, day="2026-12-24").exists()
    given = {"step": "promising", "rule": "promise_answer", "days": "1", "cutoff": "15.00", "valid_from": "1.12.2026"}
    assert browser.post(url, given).status_code == 303
    assert Promise.objects.get(unit=team, rule="promise_answer", valid_from="2026-12-01").cutoff == time(15)
    assert "15.00" in text(browser.get(url)), "a cut-off hour is seen"


def test_criteria_of_urgency_are_added_and_ended_by_a_lead(sign_in: SignIn, team: Unit) -> None:
    url, browser = f"/team/{team.key}/", sign_in("helena")
    words = {"name_fi": "Sähköt katkeavat", "name_sv": "Strömmen stängs av", "name_en": "Electricity is cut"}
    wrong = browser.post(url, {"step": "criterion", **words, "name_sv": "", "valid_from": "1.12.2026"})
    assert wrong.status_code == 422
    assert "Sähköt katkeavat" in wrong.content.decode(), "what was typed stays"
    assert browser.post(url, {"step": "criterion", **words, "valid_from": "1.12.2026"}).status_code == 303
    row = Code.objects.get(set="urgency_criteria", name_fi="Sähköt katkeavat")
    assert "Sähköt katkeavat" in text(browser.get(url))
    assert browser.post(url, {"step": "ending", "key": row.key, "last_day": "1.11.2026"}).status_code == 422
    assert browser.post(url, {"step": "ending", "key": row.key, "last_day": "31.12.2026"}).status_code == 303
    row.refresh_from_db()
    assert str(row.valid_until) == "2026-12-31"


def test_messages_that_did_not_arrive_are_logged_as_seen(
    sign_in: SignIn, contact: Contact, raija: Client, suvi: Actor, now: datetime
) -> None:
    party = people.add(contact=contact, role="concerned", told=Told(), by=suvi, at=now)
    people.identify(party=party, client=raija, by=suvi, at=now)
    browser = sign_in("suvi")
    browser.get("/messages/")
    assert not Event.objects.filter(kind="read", what="messages").exists(), "nobody's data was shown"
    values = {"reference": contact.reference, "day": "ke 25.11.", "phone": "09 123 4567"}
    outbox.queue(
        channel="sms", to="0440001942", language="fi", template="eform_receipt", values=values, at=now,
        key=f"contact:{contact.public_id}:receipt",
    )  # fmt: skip
    Message.objects.update(state="failed", closed_at=now, next_try_at=None)
    assert contact.reference in text(browser.get("/messages/"))
    assert Event.objects.get(kind="read", what="messages").clients == [raija.pk]


def test_undelivered_messages_are_found_behind_those_of_others_and_paged(
    sign_in: SignIn, contact: Contact, workers: dict[str, Actor], suvi: Actor, now: datetime
) -> None:
    values = {"reference": contact.reference, "day": "ke 25.11.", "phone": "09 123 4567"}

    def lost(key: str, at: datetime) -> Message:
        row = outbox.queue(
            channel="sms", to="0440001942", language="fi", template="eform_receipt", values=values, at=at, key=key
        )
        Message.objects.filter(pk=row.pk).update(state="failed", closed_at=at, next_try_at=None)
        row.refresh_from_db()
        return row

    first = lost(f"contact:{contact.public_id}:receipt", now - timedelta(hours=3))
    again = outbox.send_again(message=lost(f"contact:{contact.public_id}:2", now - timedelta(hours=2)), at=now)
    Message.objects.filter(pk=again.pk).update(state="failed", closed_at=now - timedelta(hours=2), next_try_at=None)
    for number in range(120):
        lost(f"contact:{'x' * 12}:{number}", now - timedelta(minutes=number))
    browser = sign_in("suvi")
    shown = [row.message.pk for row in browser.get("/messages/").context["page"].rows]
    assert shown == [again.pk, first.pk]
    for number in range(60):
        lost(f"contact:{contact.public_id}:more:{number}", now - timedelta(minutes=number))
    page = browser.get("/messages/").context["page"]
    rest = browser.get(page.next_url).context["page"]
    assert (len(page.rows), len(rest.rows), rest.next_url) == (50, 12, "")
    assert len({row.message.pk for row in [*page.rows, *rest.rows]}) == 62
    assert browser.get("/messages/", {"after": "2026 x"}).context["page"].rows[0].message.pk == page.rows[0].message.pk
    stranger = sign_in("jenni")
    assert not stranger.get("/messages/").context["page"].rows
    assert stranger.post(f"/messages/{first.public_id}/handed-over/").status_code == 404
    assert browser.post(f"/messages/{first.public_id}/handed-over/").status_code == 303
    first.refresh_from_db()
    assert first.state == "handed_over"


def test_undelivered_messages_are_told_by_as_many_queries_whatever_their_number(
    team: Unit, raija: Client, suvi: Actor, now: datetime
) -> None:
    def lost(number: int) -> None:
        contact = contacts.start(unit=team, by=suvi, at=now, key=f"lost-{number}")
        party = people.add(contact=contact, role="concerned", told=Told(), by=suvi, at=now)
        people.identify(party=party, client=raija, by=suvi, at=now)
        call = callbacks.promise(
            unit=team, agreed_at=now + timedelta(days=1), reason="Asunto", by=suvi, at=now, key=f"call-{number}",
            contact=contact, phone="0440001942",
        )  # fmt: skip
        values = {"reference": contact.reference, "day": "ke 25.11.", "phone": "09 123 4567"}
        for key in (f"contact:{contact.public_id}:receipt", f"call_back:{call.public_id}:agreed"):
            outbox.queue(
                channel="sms", to="0440001942", language="fi", template="eform_receipt", values=values, at=now, key=key
            )
        Message.objects.update(state="failed", closed_at=now, next_try_at=None)

    def asked() -> tuple[int, list[tuple[int, ...]]]:
        with CaptureQueriesContext(connection) as queries:
            rows = undelivered.page({}, by=suvi, at=now).rows
        return len(queries), [row.clients for row in rows]

    lost(1)
    few, seen = asked()
    assert seen == [(raija.pk,)] * 2
    for number in range(2, 7):
        lost(number)
    assert asked() == (few, [(raija.pk,)] * 12)


def test_near_people_and_texts_to_correct_are_logged_as_seen(
    sign_in: SignIn, case: Case, raija: Client, workers: dict[str, Actor], now: datetime
) -> None:
    sanna = workers["sanna"]
    sister = clients.create(person=clients.Person(family_name="Koski", given_names="Liisa"), by=sanna, at=now)
    Relationship.objects.create(client=raija, kind="near_person", other=sister, valid_from=now.date())
    entry = cases.note(event="cases.event", by=sanna, at=now, case=case, client=raija, text="Soitettu")
    browser = sign_in("sanna")
    for page, ids in (
        (f"/case/{case.public_id}/", {raija.pk, sister.pk}),
        (f"/person/{raija.public_id}/", {raija.pk, sister.pk}),
        (f"/case/{case.public_id}/correct/{entry.public_id}/", {raija.pk}),
        (f"/person/{raija.public_id}/relation/", {raija.pk}),
    ):
        last = Event.objects.order_by("-id").first()
        assert browser.get(page).status_code == 200
        row = Event.objects.filter(kind="read", id__gt=last.id if last else 0).get()
        assert set(row.clients) == ids, page


@pytest.mark.parametrize("address", ["/help/", "/messages/", "/me/", "/"])
def test_plain_pages_open_in_every_language(sign_in: SignIn, address: str) -> None:
    for language in ("fi", "sv", "en"):
        assert sign_in("suvi", language).get(address).status_code == 200
    assert Browser().get(address).status_code == 302
