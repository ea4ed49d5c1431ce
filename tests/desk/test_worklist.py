"""The worklist: order, tabs, taking, handing over, waiting; a fixed number of queries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from polku.access.models import Absence, Actor, Membership, Unit
from polku.audit.models import Event
from polku.cases.models import WorkItem
from polku.clients import actions as clients
from polku.clients.models import Client
from polku.contacts import actions as contacts
from polku.contacts import callbacks, drafts, people
from polku.contacts.details import Details
from polku.contacts.jobs import raise_late_call_backs
from polku.contacts.models import Contact
from polku.contacts.people import Told
from polku.desk.promise import promise_meter
from polku.triage import actions as triage
from polku.triage import sharing, worklist
from polku.triage.models import SavedFilter
from polku.triage.states import Scope
from tests.desk.world import AT, HX

SignIn = Callable[..., Browser]


def arrived(
    number: int, *, by: Actor, unit: Unit, at: datetime, urgent: bool = False, free: bool = True, language: str = "fi"
) -> Contact:
    """An e-form that came in an hour or more ago."""
    came = at - timedelta(hours=1, minutes=number)
    row = contacts.start(unit=unit, by=by, at=came, key=f"w{number}", channel="e_form", language=language)
    drafts.save(contact=row, version=0, said=f"Asia numero {number}", by=by, at=came)
    people.add(
        contact=row, role="concerned", told=Told(family_name=f"Hakija{number}", given_names="Aino"), by=by, at=came
    )
    row = contacts.record(contact=row, by=by, at=came, details=Details(municipality="049"))
    if urgent:
        criteria = ["no_food_or_medicine"]
        triage.assess(contact=row, criteria=criteria, grounds="Ei ruokaa", by=by, at=came, key="")
    if free:
        sharing.release(item=row.work_item, by=by, at=came)
    return row


@pytest.fixture
def waiting(suvi: Actor, team: Unit, now: datetime) -> list[Contact]:
    """Two contacts that nobody has, the second urgent."""
    return [arrived(1, by=suvi, unit=team, at=now), arrived(2, by=suvi, unit=team, at=now, urgent=True)]


def text(answer: object) -> str:
    return answer.content.decode().replace("\xa0", " ")  # type: ignore[attr-defined,no-any-return]


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_list_shows_the_urgent_first(sign_in: SignIn, waiting: list[Contact], language: str) -> None:
    page = text(sign_in("laura", language).get("/work/"))
    assert page.index("Hakija2") < page.index("Hakija1")
    assert "Asia numero 2" in page


def test_list_is_not_for_others(sign_in: SignIn, waiting: list[Contact]) -> None:
    assert "Hakija1" not in text(sign_in("jenni").get("/work/"))
    assert sign_in("tuomas").get("/work/").status_code == 404
    assert Browser().get("/work/").status_code == 302
    item = waiting[0].work_item.public_id
    assert sign_in("jenni").get(f"/work/{item}/").status_code == 404
    assert sign_in("jenni").post(f"/work/{item}/take/").status_code == 404


def test_empty_list_says_what_will_come(sign_in: SignIn) -> None:
    assert "Kaikki on hoidettu" in text(sign_in("laura").get("/work/"))


def test_most_urgent_is_offered_while_somebody_waits_for_an_owner(
    sign_in: SignIn, waiting: list[Contact], now: datetime
) -> None:
    browser = sign_in("laura")
    assert 'id="worklist" data-free' in text(browser.get("/work/?scope=mine"))
    for _row in waiting:
        browser.post("/work/take-next/")
    for address in ("/work/", "/work/?scope=mine"):
        assert 'id="worklist" data-refresh' in text(browser.get(address)), "all have an owner"


def test_late_call_back_is_late_and_nothing_assessed_as_urgent(
    sign_in: SignIn, suvi: Actor, team: Unit, now: datetime
) -> None:
    agreed = now - timedelta(minutes=30)
    callbacks.promise(
        unit=team, agreed_at=agreed, reason="Kysyy päätöksestä", by=suvi, at=now - timedelta(hours=2), key="late",
        contact=None, phone="0401234567", language="fi",
    )  # fmt: skip
    assert raise_late_call_backs(by=suvi, at=now) == 1
    browser = sign_in("suvi")
    page = text(browser.get("/work/"))
    assert "Kysyy päätöksestä" in page and 'class="is-urgent"' not in page
    assert "Kysyy päätöksestä" not in text(browser.get("/work/?scope=urgent"))
    notice = text(browser.get("/alerts/"))
    assert "Takaisinsoitto: myöhässä 30 min" in notice and "Kiireellinen" not in notice


def test_notice_of_the_urgent_tells_the_time_left_as_its_row_does(sign_in: SignIn, waiting: list[Contact]) -> None:
    item = waiting[1].work_item
    for due in (timedelta(minutes=50), timedelta(hours=30), timedelta(minutes=-10)):
        WorkItem.objects.filter(pk=item.pk).update(next_due=AT + due)
        page = text(sign_in("laura").get("/work/"))
        cell = page.split(f'id="row-{item.public_id}"')[1].split("</td>")[0]
        left = cell.split('class="line">')[1].split("<")[0]
        assert f": {left[:1].lower()}{left[1:]}" in text(sign_in("laura").get("/alerts/"))


def test_refresh_gets_the_rows_only(sign_in: SignIn, waiting: list[Contact]) -> None:
    part = text(sign_in("laura").get("/work/", **HX))
    assert 'id="worklist"' in part
    assert "<html" not in part


def test_protected_client_has_a_tag_and_no_municipality(
    sign_in: SignIn, suvi: Actor, team: Unit, now: datetime
) -> None:
    person = clients.Person(family_name="Salainen", given_names="Sari", municipality="049", protected=True)
    client = clients.create(person=person, by=suvi, at=now)
    row = contacts.start(unit=team, by=suvi, at=now, key="p", channel="e_form")
    people.identify(
        party=people.add(contact=row, role="concerned", told=Told(), by=suvi, at=now), client=client, by=suvi, at=now
    )
    contacts.record(contact=row, by=suvi, at=now)
    page = text(sign_in("laura").get("/work/"))
    line = page.split(f'id="row-{row.work_item.public_id}"')[1].split("</tr>")[0]
    assert "Turvakielto" in line
    assert "Espoo" not in line


def test_take_opens_the_contact_and_the_second_hears_who_was_first(sign_in: SignIn, waiting: list[Contact]) -> None:
    item = waiting[0].work_item
    first = sign_in("laura").post("/work/take/", {"item": item.public_id})
    assert first["Location"] == f"/call/{waiting[0].public_id}/"
    late = sign_in("nina").post("/work/take/", {"item": item.public_id}, follow=True)
    assert "Laura Heikkilä" in text(late)
    item.refresh_from_db()
    assert item.assignee is not None
    assert item.assignee.name == "Laura Heikkilä"


def test_take_by_get_changes_nothing(sign_in: SignIn, waiting: list[Contact]) -> None:
    assert sign_in("laura").get(f"/work/{waiting[0].work_item.public_id}/take/").status_code == 405


def test_take_next_takes_the_most_urgent(sign_in: SignIn, waiting: list[Contact]) -> None:
    assert sign_in("laura").post("/work/take-next/")["Location"] == f"/call/{waiting[1].public_id}/"
    sign_in("laura").post("/work/take-next/")
    assert sign_in("laura").post("/work/take-next/")["Location"] == "/work/"


def test_hand_over_to_a_person_or_shows_the_field(
    sign_in: SignIn, waiting: list[Contact], workers: dict[str, Actor]
) -> None:
    item = waiting[0].work_item
    browser = sign_in("laura")
    nothing = browser.post("/work/hand-over/", {"item": item.public_id, "note": "kirje tulossa"})
    assert nothing.status_code == 422
    assert 'value="kirje tulossa"' in text(nothing)
    browser.post("/work/hand-over/", {"item": item.public_id, "to": workers["nina"].public_id})
    item.refresh_from_db()
    assert item.assignee == workers["nina"]


def test_wait_needs_a_day_ahead_and_a_reason(sign_in: SignIn, waiting: list[Contact]) -> None:
    item = waiting[0].work_item
    browser = sign_in("laura")
    wrong = browser.post("/work/wait/", {"item": item.public_id, "until": "1.1.2026", "reason": "tiliote"})
    assert wrong.status_code == 422
    assert 'value="tiliote"' in text(wrong)
    browser.post("/work/wait/", {"item": item.public_id, "until": "30.11.2026", "reason": "tiliote"})
    item.refresh_from_db()
    assert item.hold_reason == "tiliote"
    assert "Hakija1" in text(browser.get("/work/?scope=on_hold"))
    browser.post(f"/work/{item.public_id}/release/")
    item.refresh_from_db()
    assert item.hold_until is None


def test_return_goes_nowhere_else(sign_in: SignIn, waiting: list[Contact]) -> None:
    data = {"item": waiting[0].work_item.public_id, "unit": "toimeentulotukitiimi", "next": "https://example.org/"}
    assert sign_in("laura").post("/work/hand-over/", data)["Location"] == "/work/"


def test_filter_narrows_and_is_kept_under_a_name(sign_in: SignIn, suvi: Actor, team: Unit, now: datetime) -> None:
    arrived(5, by=suvi, unit=team, at=now, language="sv")
    arrived(6, by=suvi, unit=team, at=now)
    browser = sign_in("laura")
    page = text(browser.get("/work/?language=sv"))
    assert "Hakija5" in page
    assert "Hakija6" not in page
    browser.post("/work/keep/", {"language": "sv", "name": "Ruotsinkieliset"})
    assert SavedFilter.objects.get().values == {"language": "sv"}
    assert "Ruotsinkieliset" in text(browser.get("/work/"))
    assert "Hakija6" in text(browser.get("/work/?scope=nonsense"))


def test_kept_list_that_is_no_more_possible_does_not_shut_the_worklist(
    sign_in: SignIn, workers: dict[str, Actor], now: datetime
) -> None:
    SavedFilter.objects.create(actor=workers["laura"], name="Vanha", values={"scope": "gone"}, created_at=now)
    answer = sign_in("laura").get("/work/")
    assert answer.status_code == 200
    assert "Vanha" not in text(answer)


def test_urgent_notice_stands_on_other_pages(sign_in: SignIn, waiting: list[Contact]) -> None:
    assert 'data-key="Alt+u"' in text(sign_in("laura").get("/help/"))


def test_list_asks_the_database_a_fixed_number_of_times(
    sign_in: SignIn, suvi: Actor, team: Unit, now: datetime, django_assert_max_num_queries: Callable, settings: Any
) -> None:
    settings.DEMO_CONTACTS = 0  # how far the demo is, is counted every few seconds
    arrived(1, by=suvi, unit=team, at=now)
    browser = sign_in("laura")
    browser.get("/work/")
    caches["figures"].clear()
    with django_assert_max_num_queries(38) as few:
        browser.get("/work/")
    for number in range(2, 12):
        arrived(number, by=suvi, unit=team, at=now)
    caches["figures"].clear()
    with django_assert_max_num_queries(len(few.captured_queries)):
        page = browser.get("/work/")
    assert text(page).count("data-open=") == 11


def test_own_desk_of_the_day(sign_in: SignIn, suvi: Actor, team: Unit, now: datetime, raija: Client) -> None:
    arrived(9, by=suvi, unit=team, at=now, free=False)
    page = text(sign_in("suvi").get("/"))
    assert "Hakija9" in page
    assert sign_in("annakaisa").get("/").status_code == 200


@pytest.mark.parametrize("act", ["take", "hand-over", "wait", "release"])
def test_acting_without_a_chosen_row_says_so_and_is_no_refusal(sign_in: SignIn, act: str) -> None:
    answer = sign_in("laura").post(f"/work/{act}/", {"item": "", "next": "/work/?scope=urgent"}, follow=True)
    assert answer.redirect_chain == [("/work/?scope=urgent", 303)]
    assert "Yhtään riviä ei ole valittu" in text(answer)
    assert not Event.objects.filter(kind="refused").exists()


def test_give_back_puts_the_row_on_the_teams_list(
    sign_in: SignIn, waiting: list[Contact], workers: dict[str, Actor]
) -> None:
    item = waiting[0].work_item
    browser = sign_in("laura")
    browser.post("/work/take/", {"item": item.public_id})
    assert f"/work/{item.public_id}/release/" in text(browser.get(f"/contact/{waiting[0].public_id}/"))
    browser.post("/work/release/", {"item": item.public_id})
    item.refresh_from_db()
    assert item.assignee is None
    other = browser.post("/work/release/", {"item": item.public_id}, follow=True)
    assert "kenelläkään" in text(other).split('id="notices"')[1].split("</main>")[0]


def test_unassessed_form_shows_by_when_to_answer_and_by_when_to_assess(sign_in: SignIn, waiting: list[Contact]) -> None:
    line = text(sign_in("laura").get("/work/")).split(f'id="row-{waiting[0].work_item.public_id}"')[1]
    time, rest = line.split("</td>", 1)
    assert "huomenna klo 16.00" in time, "what is left is left for the answer"
    assert "8.35" not in time
    urgency = rest.split('class="c-tag"')[1].split("</td>")[0]
    assert "Arvioimatta" in urgency
    assert "raja oli klo 8.35" in urgency
    assert "late-text" in urgency
    own = sign_in("laura")
    own.post("/work/take/", {"item": waiting[0].work_item.public_id})
    assert "raja oli klo 8.35" in text(own.get("/"))


def test_clock_of_an_urgent_matter_is_red_on_its_page(
    sign_in: SignIn, team: Unit, workers: dict[str, Actor], now: datetime
) -> None:
    row = contacts.start(unit=team, by=workers["suvi"], at=now, key="red", channel="e_form")
    row = contacts.record(contact=row, by=workers["suvi"], at=now)
    url = f"/contact/{row.public_id}/"
    assert 'class="clock is-soon"' in text(sign_in("suvi").get(url))
    WorkItem.objects.filter(pk=row.work_item_id).update(urgent=True)
    page = text(sign_in("suvi").get(url))
    assert 'class="clock is-late"' in page
    assert 'class="clock is-soon"' not in page


def test_head_of_a_unit_hears_of_work_where_nobody_is_present(
    sign_in: SignIn, waiting: list[Contact], team: Unit, now: datetime
) -> None:
    assert "Kukaan ei ole paikalla" not in text(sign_in("helena").get("/"))
    for post in Membership.objects.filter(unit=team).select_related("actor"):
        Absence.objects.create(actor=post.actor, kind="holiday", starts_at=now, ends_at=now + timedelta(days=1))
    page = text(sign_in("helena").get("/"))
    notice = page.split("Kukaan ei ole paikalla: " + team.name)[1].split("</div>")[0]
    assert "2 asiaa odottaa" in notice
    assert "kiireellisiä niistä 1" in notice
    assert "Hakija" not in notice
    assert "Kukaan ei ole paikalla" not in text(sign_in("annakaisa").get("/"))


def test_what_was_told_is_escaped_in_a_row(sign_in: SignIn, suvi: Actor, team: Unit, now: datetime) -> None:
    row = contacts.start(unit=team, by=suvi, at=now, key="odd", channel="e_form")
    drafts.save(contact=row, version=0, said='<script>alert("1")</script>', by=suvi, at=now)
    people.add(contact=row, role="concerned", told=Told(family_name="<b>Bé&", given_names="'A\""), by=suvi, at=now)
    contacts.record(contact=row, by=suvi, at=now)
    page = sign_in("laura").get("/work/").content.decode()
    line = page.split(f'id="row-{row.work_item.public_id}"')[1].split("</tr>")[0]
    assert "&#x27;A&quot; &lt;b&gt;Bé&amp;" in line
    assert "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;" in line
    assert "<b>B" not in line and "<script" not in line


def test_page_asks_as_much_whatever_its_length_and_a_fragment_asks_less(
    sign_in: SignIn, suvi: Actor, team: Unit, now: datetime
) -> None:
    browser = sign_in("laura")

    def statements(**headers: str) -> int:
        caches["figures"].clear()  # as a minute does
        with CaptureQueriesContext(connection) as seen:
            assert browser.get("/work/", **headers).status_code == 200
        return len(seen)

    arrived(1, by=suvi, unit=team, at=now)
    statements()
    few, part = statements(), statements(**HX)
    for number in range(2, 8):
        arrived(number, by=suvi, unit=team, at=now)
    assert statements() == few
    assert statements(**HX) == part < few - 5, "what stands around the page is not asked for"


def test_lists_count_what_they_show(workers: dict[str, Actor], suvi: Actor, team: Unit, now: datetime) -> None:
    laura = workers["laura"]
    arrived(1, by=suvi, unit=team, at=now)
    arrived(2, by=suvi, unit=team, at=now, language="sv")
    arrived(3, by=suvi, unit=team, at=now, urgent=True)
    arrived(4, by=suvi, unit=team, at=now, free=False)
    Absence.objects.create(actor=suvi, starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=1))
    chosen = [worklist.Filter(scope=scope) for scope in Scope.values]
    chosen += [worklist.Filter(language="sv"), worklist.Filter(channel="e_form"), worklist.Filter(interpreter=True)]
    chosen += [worklist.Filter(kind="contact", municipality="049"), worklist.Filter(unit=team.public_id)]
    found = worklist.sizes(chosen, by=laura, at=now)
    for one, size in zip(chosen, found, strict=True):
        assert size == len(worklist.page(by=laura, at=now, chosen=one).rows), one
    assert found[: len(Scope.values)] == list(worklist.counts(by=laura, at=now).values())
    assert 4 in found and 1 in found and 0 in found


def test_promise_is_counted_once_a_minute_for_each_team(
    suvi: Actor, team: Unit, now: datetime, django_assert_num_queries: Any
) -> None:
    later = now + timedelta(days=3)
    arrived(1, by=suvi, unit=team, at=now)
    meter = promise_meter(by=suvi, at=later)
    assert meter is not None and meter.share == 0, "nobody has answered"
    arrived(2, by=suvi, unit=team, at=now)
    with django_assert_num_queries(1):  # whose teams
        assert promise_meter(by=suvi, at=later) == meter
    caches["figures"].clear()  # as a minute does
    counted = promise_meter(by=suvi, at=later)
    assert counted is not None and sum(part.count for part in counted.parts) == 2
    assert promise_meter(by=suvi, at=later + timedelta(days=1)) != meter, "another day is another figure"
