"""The call desk: from the first key to the time read aloud."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client as Browser

from polku.access.models import Actor, Unit
from polku.appointments.models import Appointment
from polku.audit.models import Event
from polku.cases.models import Case
from polku.clients.models import Client
from polku.contacts import actions as contacts
from polku.contacts import drafts, people
from polku.contacts.models import CallBack, Contact, Draft, StaleDraft
from polku.contacts.people import Told
from polku.contacts.states import LIVE, Channel, ContactState
from polku.desk.call.channels import WORDS
from polku.kit.clock import started_at
from polku.triage.models import FirstAssessment
from tests.desk.world import AT, FORM, HX

SignIn = Callable[..., Browser]
JSON = {"HTTP_ACCEPT": "application/json"}


def url(contact: Contact, part: str = "") -> str:
    return f"/call/{contact.public_id}/{part}"


def text(answer: object) -> str:
    return answer.content.decode().replace("\xa0", " ")  # type: ignore[attr-defined,no-any-return]


def slot_of(page: str) -> str:
    """The first free time that a page shows."""
    return page.split('name="slot"')[1].split('value="')[1].split('"')[0]


def test_start_makes_the_row_at_the_first_key_and_once(sign_in: SignIn, suvi: Actor) -> None:
    browser = sign_in("suvi")
    for _press in range(2):
        assert browser.post("/calls/new/", {"key": "same"}).status_code == 303
    assert Contact.objects.filter(created_by=suvi).count() == 1


def test_start_by_get_changes_nothing(sign_in: SignIn) -> None:
    assert sign_in("suvi").get("/calls/new/").status_code == 405
    assert not Contact.objects.exists()


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_call_shows_the_desk_in_every_language(sign_in: SignIn, contact: Contact, language: str) -> None:
    answer = sign_in("suvi", language).get(url(contact))
    assert answer.status_code == 200
    heading = {"fi": "Vastaa yhteydenottoon", "sv": "Svara på kontakten", "en": "Answer the contact"}[language]
    assert f"<h1>{heading}</h1>" in text(answer)
    assert contact.reference in text(answer)


@pytest.mark.parametrize(
    ("channel", "person", "back"),
    [
        ("phone", "Soittaja", "Takaisin puheluun"),
        ("e_form", "Lähettäjä", "Takaisin lomakkeeseen"),
        ("paper", "Lähettäjä", "Takaisin kirjeeseen"),
        ("walk_in", "Kävijä", "Takaisin käyntiin"),
        ("remote", "Yhteydenottaja", "Takaisin keskusteluun"),
        ("shl_notification", "Henkilö, jota asia koskee", "Takaisin ilmoitukseen"),
        ("social_assistance", "Hakija", "Takaisin hakemukseen"),
        ("health_station", "Henkilö, jota asia koskee", "Takaisin yhteydenottoon"),
    ],
)
def test_desk_speaks_of_what_came_not_always_of_a_call(
    sign_in: SignIn, contact: Contact, channel: str, person: str, back: str
) -> None:
    Contact.objects.filter(pk=contact.pk).update(channel=channel)
    browser = sign_in("suvi")
    page = text(browser.get(f"/call/{contact.public_id}/"))
    assert f"<h2>{person}</h2>" in page
    assert back in text(browser.get(f"/call/{contact.public_id}/finish/"))
    assert ("alkoi" in page) == (channel in LIVE)
    if channel != "phone":
        assert "oitta" not in page.split('id="caller"')[1].split("</section>")[0]


def test_every_channel_has_its_words() -> None:
    assert set(WORDS) == set(Channel.values)


def test_call_of_another_unit_is_not_there(sign_in: SignIn, contact: Contact) -> None:
    for part in ("", "clocks/", "times/", "finish/", "call-back/"):
        assert sign_in("jenni").get(url(contact, part)).status_code == 404


def test_call_is_not_for_the_data_protection_officer(sign_in: SignIn, contact: Contact) -> None:
    assert sign_in("tuomas").get(url(contact)).status_code == 404


def test_call_asks_a_stranger_to_sign_in(contact: Contact) -> None:
    answer = Browser().get(url(contact))
    assert answer.status_code == 302
    assert "/login" in answer["Location"]


def test_save_keeps_what_is_typed_valid_or_not(sign_in: SignIn, contact: Contact) -> None:
    answer = sign_in("suvi").post(
        url(contact, "save/"), {**FORM, "version": "0", "said": "Vuokra maksamatta", "age": "abc"}, **JSON
    )
    assert answer.status_code == 200
    assert answer.json()["version"] == 1
    assert "age" in answer.json()["errors"]
    draft = Draft.objects.get(contact=contact)
    assert (draft.said, draft.fields["age"]) == ("Vuokra maksamatta", "abc")
    assert 'value="abc"' in text(sign_in("suvi").get(url(contact)))


def test_save_on_an_older_version_shows_both_texts(sign_in: SignIn, contact: Contact) -> None:
    browser = sign_in("suvi")
    browser.post(url(contact, "save/"), {**FORM, "version": "0", "said": "first"}, **JSON)
    answer = browser.post(url(contact, "save/"), {**FORM, "version": "0", "said": "second"}, **JSON)
    assert answer.status_code == 409
    assert answer.json()["theirs"] == {"said": "first"}
    assert Draft.objects.get(contact=contact).said == "first"
    assert StaleDraft.objects.get(contact=contact).said == "second"


def test_find_by_misspelt_name_and_birth_year_then_pick(sign_in: SignIn, contact: Contact, raija: Client) -> None:
    browser = sign_in("suvi")
    found = browser.post(url(contact, "caller/find/"), {"q": "Koskimaki 1950"}, **HX)
    assert raija.public_id in text(found)
    assert "040250" not in text(found)
    nobody = browser.post(url(contact, "caller/find/"), {"q": "Koskimäki 1951"}, **HX)
    assert raija.public_id not in text(nobody)
    picked = browser.post(url(contact, "caller/pick/"), {"client": raija.public_id}, **HX)
    assert "040250-912H" in text(picked)
    assert "polku:focus" in picked["HX-Trigger-After-Settle"]
    contact.refresh_from_db()
    assert (contact.age, contact.municipality_id) == (76, "049")


def test_find_without_words_shows_the_field(sign_in: SignIn, contact: Contact) -> None:
    answer = sign_in("suvi").post(url(contact, "caller/find/"), {"q": " "}, **HX)
    assert answer.status_code == 422
    assert "id_find_q_error" in text(answer)


def test_new_person_warns_of_those_alike_and_keeps_what_was_typed(
    sign_in: SignIn, contact: Contact, raija: Client
) -> None:
    typed = {"given_names": "Raija", "family_name": "Koskimäki", "birth_date": "4.2.1950"}
    browser = sign_in("suvi")
    warned = text(browser.post(url(contact, "caller/new/"), typed, **HX))
    assert raija.public_id in warned
    assert 'value="4.2.1950"' in warned
    assert Client.objects.count() == 1
    browser.post(url(contact, "caller/new/"), {**typed, "not_these": "1"}, **HX)
    assert Client.objects.count() == 2


def test_new_person_with_a_wrong_code_shows_the_field(sign_in: SignIn, contact: Contact) -> None:
    answer = sign_in("suvi").post(
        url(contact, "caller/new/"), {"family_name": "Uusi", "identity_code": "010190-900A"}, **HX
    )
    assert answer.status_code == 422
    assert "id_new_identity_code_error" in text(answer)
    assert 'value="Uusi"' in text(answer)
    assert not Client.objects.exists()


def test_new_person_of_whom_nothing_is_told_leaves_nobody_in_the_contact(sign_in: SignIn, contact: Contact) -> None:
    answer = sign_in("suvi").post(url(contact, "caller/new/"), {"family_name": "", "given_names": ""}, **HX)
    assert answer.status_code == 422
    assert "id_new_family_name_error" in text(answer)
    assert not contact.parties.exists()


def test_go_on_without_a_name(sign_in: SignIn, contact: Contact) -> None:
    browser = sign_in("suvi")
    assert browser.post(url(contact, "caller/anonymous/"), **HX).status_code == 200
    assert contact.parties.get().knowledge == "anonymous"


def test_authority_without_a_name_is_refused_at_the_field(sign_in: SignIn, contact: Contact) -> None:
    answer = sign_in("suvi").post(
        url(contact, "caller/add/"), {"role": "notifier", "notifier_kind": "authority", "organisation": "TK"}, **HX
    )
    assert answer.status_code == 422
    assert "id_party_family_name_error" in text(answer)
    assert 'value="TK"' in text(answer)


def test_clocks_follow_what_is_told(sign_in: SignIn, contact: Contact, raija: Client) -> None:
    browser = sign_in("suvi")
    assert "14 d §" not in text(browser.get(url(contact, "clocks/"), **HX))
    browser.post(url(contact, "caller/pick/"), {"client": raija.public_id}, **HX)
    browser.post(url(contact, "save/"), {**FORM, "version": "0", "said": "x", "asks_to_talk": "on"}, **JSON)
    shown = text(browser.get(url(contact, "clocks/"), **HX))
    assert "to 3.12.2026" in shown
    assert "75" in shown
    assert "14 d §" in shown


def test_why_tells_the_counting(sign_in: SignIn, contact: Contact) -> None:
    browser = sign_in("suvi")
    browser.post(url(contact, "save/"), {**FORM, "version": "0", "said": "x", "asks_to_talk": "on"}, **JSON)
    shown = text(browser.get(url(contact, "why/tt_talk/")))
    assert "to 3.12.2026" in shown
    assert browser.get(url(contact, "why/no_such_rule/")).status_code == 404


@pytest.fixture
def ready(sign_in: SignIn, contact: Contact, raija: Client) -> Browser:
    """A call with its client, words and need."""
    browser = sign_in("suvi")
    browser.post(url(contact, "caller/pick/"), {"client": raija.public_id}, **HX)
    told = {**FORM, "said": "Vuokra on maksamatta", "asks_to_talk": "on", "need": "social_assistance"}
    browser.post(url(contact, "save/"), {**told, "version": "0"}, **JSON)
    return browser


TOLD = {
    **FORM,
    "said": "Vuokra on maksamatta",
    "asks_to_talk": "on",
    "need": "social_assistance",
    "criteria": "none",
    "grounds": "Ruokaa on",
}


def test_hold_confirm_and_finish_in_one_call(ready: Browser, contact: Contact, raija: Client) -> None:
    page = text(ready.get(url(contact)))
    kind = page.split('name="kind" value="')[1].split('"')[0]
    assert kind.endswith("@toimeentulotukitiimi")
    held = ready.post(
        url(contact, "hold/"), {**TOLD, "version": "1", "slot": slot_of(page), "kind": kind, "hold_key": "h1"}, **HX
    )
    row = Appointment.objects.get()
    assert row.state == "held"
    assert "data-countdown" in text(held)
    answer = ready.post(url(contact, "confirm/"), {**TOLD, "version": "2", "appointment": row.public_id})
    assert answer.status_code == 303
    row.refresh_from_db()
    assert (row.state, row.told_in_first_contact, row.client_id) == ("booked", True, raija.pk)
    assert row.told_text
    contact.refresh_from_db()
    assert contact.state == ContactState.OPEN
    assert FirstAssessment.objects.get(contact=contact).none_apply
    ready.post(url(contact, "finish/done/"), {"result": "booked", "minutes": "7"})
    contact.refresh_from_db()
    assert (contact.state, contact.result, contact.duration_minutes) == ("closed", "booked", 7)
    assert contact.texts.get().text == "Vuokra on maksamatta"


def test_hold_of_a_time_that_a_colleague_holds_says_who(
    ready: Browser, sign_in: SignIn, contact: Contact, workers: dict[str, Actor], team: Unit, now: datetime
) -> None:
    page = text(ready.get(url(contact)))
    kind, slot = page.split('name="kind" value="')[1].split('"')[0], slot_of(page)
    other = contacts.start(unit=team, by=workers["laura"], at=now, key="other")
    sign_in("laura").post(
        url(other, "hold/"), {**FORM, "version": "0", "slot": slot, "kind": kind, "hold_key": "l"}, **HX
    )
    late = ready.post(
        url(contact, "hold/"), {**TOLD, "version": "1", "slot": slot, "kind": kind, "hold_key": "s"}, **HX
    )
    assert late.status_code == 200
    assert "Laura Heikkilä" in text(late)
    assert Appointment.objects.count() == 1


def test_release_lets_the_time_go(ready: Browser, contact: Contact) -> None:
    page = text(ready.get(url(contact)))
    kind = page.split('name="kind" value="')[1].split('"')[0]
    ready.post(url(contact, "hold/"), {**TOLD, "version": "1", "slot": slot_of(page), "kind": kind, "hold_key": "h"})
    ready.post(url(contact, "release/"), {**TOLD, "version": "2"})
    assert Appointment.objects.get().state == "released"


def test_confirm_without_a_hold_says_so(ready: Browser, contact: Contact) -> None:
    answer = ready.post(url(contact, "confirm/"), {**TOLD, "version": "1"}, follow=True)
    assert "Pito päättyi" in text(answer)


def test_urgent_criteria_reach_the_list_while_the_call_goes_on(ready: Browser, contact: Contact) -> None:
    urgent = {**TOLD, "criteria": "no_food_or_medicine", "grounds": "Ei ruokaa"}
    assert ready.post(url(contact, "save/"), {**urgent, "version": "1"}, **JSON).status_code == 200
    contact.work_item.refresh_from_db()
    assert contact.work_item.urgent


def test_park_and_resume_keep_the_text(ready: Browser, contact: Contact) -> None:
    ready.post(url(contact, "park/"), {**TOLD, "version": "1"})
    contact.refresh_from_db()
    assert contact.state == ContactState.PARKED
    assert "Vuokra on maksamatta" in text(ready.get(url(contact)))
    ready.post(url(contact, "resume/"))
    contact.refresh_from_db()
    assert contact.state == ContactState.OPEN


def test_parked_call_is_taken_up_again_before_its_held_time_is_confirmed(ready: Browser, contact: Contact) -> None:
    page = text(ready.get(url(contact)))
    kind = page.split('name="kind" value="')[1].split('"')[0]
    told = {**TOLD, "version": "1", "slot": slot_of(page), "kind": kind, "hold_key": "p"}
    ready.post(url(contact, "hold/"), told, **HX)
    assert "Vahvista aika" in text(ready.get(url(contact)))
    ready.post(url(contact, "park/"), {**TOLD, "version": "2"})
    page = text(ready.get(url(contact)))
    assert f"/call/{contact.public_id}/resume/" in page and "Vahvista aika" not in page


def test_button_goes_over_the_autosave_that_came_a_moment_before_it(ready: Browser, contact: Contact) -> None:
    ready.post(url(contact, "save/"), {**TOLD, "version": "1", "said": "Vuokra on maks"}, **JSON)
    ready.post(url(contact, "park/"), {**TOLD, "version": "1"})
    contact.refresh_from_db()
    assert contact.state == ContactState.PARKED
    assert Draft.objects.get(contact=contact).said == TOLD["said"]
    assert not StaleDraft.objects.filter(contact=contact).exists()


def test_autosave_that_comes_after_its_own_button_changes_nothing(
    ready: Browser, contact: Contact, suvi: Actor
) -> None:
    ready.post(url(contact, "park/"), {**TOLD, "version": "1"})
    sent = Draft.objects.get(contact=contact).saved_at - timedelta(seconds=1)
    late = drafts.save(contact=contact, version=1, said="Vuokra on maks", by=suvi, at=sent)
    assert late.overtaken and not late.stale
    assert Draft.objects.get(contact=contact).said == TOLD["said"]
    assert not StaleDraft.objects.filter(contact=contact).exists()


def test_button_on_anothers_text_acts_on_nothing_and_keeps_both(ready: Browser, contact: Contact) -> None:
    Draft.objects.filter(contact=contact).update(version=5, said="Toinen kirjoitti")
    answer = ready.post(url(contact, "park/"), {**TOLD, "version": "1"}, follow=True)
    contact.refresh_from_db()
    assert contact.state != ContactState.PARKED
    assert "Toinen kirjoitti" in text(answer) and "Vuokra on maksamatta" in text(answer)
    assert "kirjoitti tähän samaan aikaan" in text(answer)


def test_notification_without_its_reason_is_refused_in_words(ready: Browser, contact: Contact) -> None:
    people.add(
        contact=contact,
        role="notifier",
        told=Told(family_name="Salo", notifier_kind="authority", organisation="Terveysasema"),
        by=contact.created_by,
        at=contact.created_at,
    )
    answer = ready.post(url(contact, "park/"), {**TOLD, "legal_kind": "notification_35_2", "version": "1"}, follow=True)
    contact.refresh_from_db()
    assert contact.state == ContactState.DRAFT
    assert "suostumus" in text(answer).lower()


def test_discard_of_an_empty_contact(sign_in: SignIn, contact: Contact) -> None:
    sign_in("suvi").post(url(contact, "discard/"), {**FORM, "version": "0"})
    contact.refresh_from_db()
    assert contact.state == ContactState.DISCARDED


def test_finish_without_a_result_shows_the_field(ready: Browser, contact: Contact) -> None:
    answer = ready.post(url(contact, "finish/done/"), {"note": "kept"})
    assert answer.status_code == 422
    assert 'value="kept"' in text(answer)


def test_finish_proposes_how_long_a_call_took_but_not_how_long_a_contact_waited(
    ready: Browser, contact: Contact
) -> None:
    def proposed() -> str:
        field = re.search(r'<input[^>]*name="minutes"[^>]*>', text(ready.get(url(contact, "finish/"))))
        assert field is not None
        value = re.search(r'value="(\d*)"', field[0])
        return value[1] if value else ""

    for lasted, said in ((timedelta(minutes=7), "7"), (timedelta(hours=5), "")):
        moment = AT - lasted
        Contact.objects.filter(pk=contact.pk).update(created_at=moment, received_at=moment)
        assert proposed() == said


def test_finish_opens_a_case_where_the_rules_lead(ready: Browser, contact: Contact, raija: Client) -> None:
    ready.post(url(contact, "finish/done/"), {"result": "case"})
    case = Case.objects.get()
    assert (case.client, case.unit.key) == (raija, "toimeentulotukitiimi")


def test_pass_on_to_the_team(ready: Browser, contact: Contact) -> None:
    ready.post(url(contact, "direct/"), {"note": "Soita aamulla"})
    contact.work_item.refresh_from_db()
    assert contact.work_item.unit.key == "toimeentulotukitiimi"
    assert contact.work_item.assignee is None


def test_call_back_is_promised_or_its_field_named(ready: Browser, contact: Contact) -> None:
    good = {"on": "25.11.2026", "at": "14.30", "unit": "toimeentulotukitiimi", "reason": "Takuuvuokra", "key": "c"}
    bad = ready.post(url(contact, "call-back/"), {**good, "on": "23.11.2026"})
    assert bad.status_code == 422
    assert "id_at_error" in text(bad)
    assert 'value="Takuuvuokra"' in text(bad)
    assert ready.post(url(contact, "call-back/"), good).status_code == 303
    assert CallBack.objects.get().agreed_at.isoformat() == "2026-11-25T12:30:00+00:00"


def test_call_back_at_an_hour_that_the_clock_change_removes(ready: Browser, contact: Contact) -> None:
    bad = {"on": "28.3.2027", "at": "3.30", "unit": "toimeentulotukitiimi", "reason": "x", "key": "c"}
    answer = ready.post(url(contact, "call-back/"), bad)
    assert answer.status_code == 422
    assert not CallBack.objects.exists()


def test_advice_is_recorded_without_a_person(sign_in: SignIn, suvi: Actor) -> None:
    browser = sign_in("suvi")
    assert browser.get("/advice/").status_code == 200
    wrong = browser.post("/advice/", {"result": "advice", "minutes": "5", "channel": "phone", "language": "fi"})
    assert wrong.status_code == 422
    given = {"topics": "bills", "result": "advice", "minutes": "5", "channel": "phone", "language": "fi", "key": "a"}
    for _press in range(2):
        assert browser.post("/advice/", given).status_code == 303
    row = Contact.objects.get(created_by=suvi)
    assert (row.state, row.result, row.topics) == ("closed", "advice", ["bills"])
    assert not row.parties.exists()


def test_calls_open_the_one_that_is_talked(sign_in: SignIn, contact: Contact) -> None:
    assert sign_in("suvi").get("/calls/")["Location"] == url(contact)
    assert sign_in("laura").get("/calls/").status_code == 200


def test_finished_contact_is_read_on_its_own_page(ready: Browser, contact: Contact) -> None:
    ready.post(url(contact, "finish/done/"), {"result": "advice"})
    assert ready.get(url(contact))["Location"] == f"/contact/{contact.public_id}/"


def test_desk_asks_the_database_a_fixed_number_of_times(
    ready: Browser, contact: Contact, suvi: Actor, team: Unit, now: datetime, django_assert_max_num_queries: Callable
) -> None:
    ready.get(url(contact))
    with django_assert_max_num_queries(110) as few:
        ready.get(url(contact))
    for number in range(4):
        row = contacts.start(unit=team, by=suvi, at=now + timedelta(seconds=number), key=f"more{number}")
        people.add(contact=row, role="caller", told=Told(family_name=f"Soittaja {number}"), by=suvi, at=now)
    with django_assert_max_num_queries(len(few.captured_queries) + 2):
        ready.get(url(contact))


def test_autosave_of_a_closed_contact_is_told_in_words(ready: Browser, contact: Contact) -> None:
    ready.post(url(contact, "finish/done/"), {"result": "advice"})
    answer = ready.post(url(contact, "save/"), {**TOLD, "version": "1", "said": "myöhästyi"}, **JSON)
    assert answer.status_code == 422
    assert "jo" in answer.json()["errors"]["said"][0]
    assert ready.post(url(contact, "save/"), {**TOLD, "version": "1"}).status_code == 303


def test_verdict_is_red_as_soon_as_it_says_urgent(ready: Browser, contact: Contact) -> None:
    ready.post(
        url(contact, "save/"), {**TOLD, "criteria": "no_food_or_medicine", "grounds": "", "version": "1"}, **JSON
    )
    page = text(ready.get(url(contact)))
    verdict = page.split('id="verdict"')[0].rsplit("<span", 1)[1]
    assert "late-text" in verdict, "ticked, though not assessed yet"


def test_chosen_kind_of_times_stays_when_more_is_told(ready: Browser, contact: Contact) -> None:
    page = text(ready.get(url(contact)))
    assert 'hx-get="' + url(contact, "times/") + '"' in page, "what the rules lead to may change"
    kind = [part.split('"')[0] for part in page.split('<option value="') if "@" in part.split('"')[0]][-1]
    chosen = text(ready.get(url(contact, "times/"), {"kind": kind, "mode": ""}, **HX))
    assert f"{url(contact, 'times/')}?kind=" in chosen


def test_hold_that_ran_out_is_told_and_can_be_held_again(ready: Browser, contact: Contact, now: datetime) -> None:
    page = text(ready.get(url(contact)))
    kind = page.split('name="kind" value="')[1].split('"')[0]
    ready.post(
        url(contact, "hold/"), {**TOLD, "version": "1", "slot": slot_of(page), "kind": kind, "hold_key": "h"}, **HX
    )
    with started_at(now + timedelta(minutes=6)):
        ended = text(ready.get(url(contact, "times/"), {"kind": kind, "mode": "", "ended": "1"}, **HX))
        assert "Pito päättyi, aika on yhä vapaa" in ended
        assert "Pidä se uudelleen numerolla 1" in ended
        assert "data-countdown" not in ended
        assert 'id="bar"' in ended


def test_people_who_may_be_the_same_are_logged_as_seen(sign_in: SignIn, contact: Contact, raija: Client) -> None:
    typed = {"given_names": "Raija", "family_name": "Koskimäki", "birth_date": "4.2.1950"}
    sign_in("suvi").post(url(contact, "caller/new/"), typed, **HX)
    assert raija.pk in Event.objects.get(kind="read").clients


def test_note_to_the_receiver_stays_when_passing_on_is_refused(ready: Browser, contact: Contact) -> None:
    ready.post(url(contact, "finish/done/"), {"result": "advice"})
    answer = ready.post(url(contact, "direct/"), {"note": "Soita aamulla"})
    assert answer.status_code == 422
    assert 'value="Soita aamulla"' in text(answer)
