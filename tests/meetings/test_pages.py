"""The pages of a meeting: before it, while it goes on, after it; two people, and what is typed."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client as Browser
from django.urls import reverse

from polku.access.models import Account, Actor
from polku.meetings import actions, items
from polku.meetings.models import Attendance, Disqualification, Item, ItemCriterion, Meeting, Member, Minutes
from polku.meetings.states import ItemState, Outcome
from tests.meetings.group import SERVICE, STARTS, Group, minutes

Opener = Callable[[Actor], Browser]
QUESTIONS = 51


@pytest.fixture
def open_as(group: Group, clock: Callable[[datetime], None]) -> Opener:
    clock(minutes(1))

    def opened(actor: Actor) -> Browser:
        if not Account.objects.filter(actor=actor).exists():
            Account.objects.create_account(username=actor.name, actor=actor, password="kesäyö-ja-kuikka-7")
        one = Browser(headers={"accept-language": "en"})
        one.force_login(Account.objects.get(actor=actor), backend="django.contrib.auth.backends.ModelBackend")
        return one

    return opened


def page(name: str, *args: object) -> str:
    return reverse(f"meetings:{name}", args=args)


def begun(group: Group, *, count: int = 3) -> list[Item]:
    for number in range(count):
        group.item(group.case(f"Salmela{number}"), takes=10)
    actions.begin(meeting=group.meeting, chair=group.helena, present=[group.sari], by=group.sari, at=STARTS)
    return list(Item.objects.filter(meeting=group.meeting).order_by("place"))


def test_shows_the_agenda_before_the_meeting(group: Group, open_as: Opener) -> None:
    group.item(group.case("Salmela", state="draft", rubric=False), takes=15)
    shown = open_as(group.sari).get(page("page", group.meeting.public_id))
    assert shown.status_code == 200
    text = shown.content.decode()
    assert "Salmela" in text
    assert "Assessment unfinished" in text
    assert page("begin", group.meeting.public_id) in text


def test_begins_with_a_chair_and_who_is_there(group: Group, open_as: Opener) -> None:
    group.item()
    sari = open_as(group.sari)
    assert sari.get(page("begin", group.meeting.public_id)).status_code == 200
    given = {"chair": group.helena.public_id, "present": [group.sari.public_id, group.mikko.public_id]}
    answer = sari.post(page("begin", group.meeting.public_id), given)
    assert answer.status_code == 303
    there = Attendance.objects.filter(meeting=group.meeting).values_list("actor__name", flat=True)
    assert set(there) == {"Helena", "Sari", "Mikko"}


def test_records_a_position_and_opens_the_next(group: Group, open_as: Opener) -> None:
    one, two, _three = begun(group)
    sari = open_as(group.sari)
    assert sari.post(page("open", one.public_id)).status_code == 303
    shown = sari.get(page("page", group.meeting.public_id)).content.decode()
    assert "Handle item 1" in shown
    assert "data-countdown" in shown
    assert "Record the position and open item 2" in shown
    given = {"outcome": Outcome.GRANTED, "reason": "", "then": two.public_id, "from": "meeting"}
    assert sari.post(page("position", one.public_id), given).status_code == 303
    assert Item.objects.get(pk=one.pk).outcome == Outcome.GRANTED
    assert Item.objects.get(pk=two.pk).state == ItemState.OPEN


def test_asks_for_a_reason_and_keeps_what_was_chosen(group: Group, open_as: Opener) -> None:
    one, *_rest = begun(group)
    items.open_item(item=one, by=group.sari, at=minutes(1))
    answer = open_as(group.sari).post(page("position", one.public_id), {"outcome": Outcome.REFUSED, "from": "meeting"})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "Write the reason for this position." in text
    assert 'value="refused" data-needs-reason checked' in text


def test_names_what_is_missing_and_keeps_the_reason(group: Group, open_as: Opener) -> None:
    group.item(group.case("Ahola", state="draft", rubric=False))
    actions.begin(meeting=group.meeting, chair=group.helena, present=[group.sari], by=group.sari, at=STARTS)
    one = Item.objects.get(meeting=group.meeting)
    items.open_item(item=one, by=group.sari, at=minutes(1))
    given = {"outcome": Outcome.GRANTED, "reason": "Ilta on vaikea.", "from": "meeting"}
    answer = open_as(group.sari).post(page("position", one.public_id), given)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "Return it for more" in text
    assert "Ilta on vaikea." in text


def test_the_position_stands_when_the_next_item_cannot_be_opened(group: Group, open_as: Opener) -> None:
    one, two, _three = begun(group)
    Disqualification.objects.create(item=two, actor=group.helena, ground="party", told_at=STARTS, told_by=group.helena)
    items.open_item(item=one, by=group.sari, at=minutes(1))
    sari = open_as(group.sari)
    given = {"outcome": Outcome.GRANTED, "then": two.public_id, "from": "meeting"}
    answer = sari.post(page("position", one.public_id), given, follow=True)
    assert "Name who leads it instead" in answer.content.decode()
    assert Item.objects.get(pk=one.pk).outcome == Outcome.GRANTED
    asked = sari.get(page("item", two.public_id)).content.decode()
    assert "Who leads it?" in asked
    sari.post(page("open", two.public_id), {"chair": group.petra.public_id})
    assert Item.objects.get(pk=two.pk).chair == group.petra


def test_weighs_one_criterion_by_its_version(group: Group, open_as: Opener) -> None:
    one, *_rest = begun(group)
    items.open_item(item=one, by=group.sari, at=minutes(1))
    address = page("weigh", one.public_id, "criteria.functioning")
    mikko, kirsi = open_as(group.mikko), open_as(group.kirsi)
    first = {"fulfilled": "partly", "reason": "Vain iltaisin.", "version": "1", "from": "meeting"}
    assert mikko.post(address, first).status_code == 303
    late = kirsi.post(address, {"fulfilled": "no", "reason": "Pärjää itse.", "version": "1", "from": "meeting"})
    assert late.status_code == 422
    text = late.content.decode()
    assert "Mikko has written here meanwhile" in text
    assert "Vain iltaisin." in text
    assert "Pärjää itse." in text
    assert 'name="version" value="2"' in text
    assert ItemCriterion.objects.get(item=one, criterion="criteria.functioning").reason == "Vain iltaisin."


def test_tells_open_pages_that_something_is_new(group: Group, open_as: Opener) -> None:
    one, *_rest = begun(group)
    sari, mikko = open_as(group.sari), open_as(group.mikko)
    asked = page("now", group.meeting.public_id)
    first = mikko.get(asked)
    stamp = first["ETag"].split("-")[0]
    sari.post(page("open", one.public_id))
    second = mikko.get(asked, headers={"if-none-match": first["ETag"]})
    assert second.status_code == 200
    assert second["ETag"].split("-")[0] != stamp
    assert "Handle item 1" in second.content.decode()


def test_answers_that_nothing_is_new(group: Group, open_as: Opener) -> None:
    group.item()
    sari = open_as(group.sari)
    asked = page("now", group.meeting.public_id)
    tag = sari.get(asked)["ETag"]
    assert sari.get(asked, headers={"if-none-match": tag}).status_code == 304


def test_moves_what_does_not_fit_in_one_click(group: Group, open_as: Opener) -> None:
    for takes in (60, 50, 30):
        group.item(takes=takes)
    sari = open_as(group.sari)
    text = sari.get(page("page", group.meeting.public_id)).content.decode()
    assert "Move item 3 to" in text
    last = Item.objects.filter(meeting=group.meeting).order_by("place").last()
    assert last is not None
    assert sari.post(page("remedy", group.meeting.public_id), {"item": [last.public_id]}).status_code == 303
    assert Item.objects.get(carries=last).meeting == group.following


def test_moves_an_item_up_and_down(group: Group, open_as: Opener) -> None:
    one, two, three = (group.item() for _number in range(3))
    sari = open_as(group.sari)

    def order() -> list[int]:
        return list(Item.objects.filter(meeting=group.meeting).order_by("place").values_list("pk", flat=True))

    sari.post(page("order", three.public_id), {"way": "up"})
    assert order() == [one.pk, three.pk, two.pk]
    sari.post(page("order", one.public_id), {"way": "down"})
    assert order() == [three.pk, one.pk, two.pk]
    sari.post(page("order", two.public_id), {"way": "down"})
    assert order() == [three.pk, one.pk, two.pk]


def test_says_what_goes_on_before_it_ends(group: Group, open_as: Opener) -> None:
    begun(group)
    sari = open_as(group.sari)
    assert "Items without a position: 3" in sari.get(page("end", group.meeting.public_id)).content.decode()
    assert sari.post(page("end", group.meeting.public_id)).status_code == 303
    assert Meeting.objects.get(pk=group.meeting.pk).state == "ended"
    minutes_id = Minutes.objects.get(meeting=group.meeting).public_id
    assert "Minutes" in sari.get(page("minutes", minutes_id)).content.decode()
    assert sari.post(page("check_minutes", minutes_id)).status_code == 404
    assert open_as(group.helena).post(page("check_minutes", minutes_id)).status_code == 303
    made = sari.post(page("correct_minutes", minutes_id), {"note": "Paikka oli toinen."})
    assert made.status_code == 303
    assert Minutes.objects.filter(meeting=group.meeting).count() == 2


def test_notes_who_came_and_who_is_disqualified(group: Group, open_as: Opener) -> None:
    one, *_rest = begun(group)
    items.open_item(item=one, by=group.sari, at=minutes(1))
    sari = open_as(group.sari)
    sari.post(page("attend", group.meeting.public_id, group.kirsi.public_id), {"way": "came"})
    answer = sari.post(
        page("disqualify", one.public_id), {"actor": group.kirsi.public_id, "ground": "party", "note": "sisar"}
    )
    assert answer.status_code == 303
    text = sari.get(page("page", group.meeting.public_id)).content.decode()
    assert "Kirsi is disqualified" in text
    assert "Out for this item:" in text
    kirsi = open_as(group.kirsi).get(page("page", group.meeting.public_id)).content.decode()
    assert "You are disqualified in this item" in kirsi
    assert "Arjessa näkyy" not in kirsi


def test_proposes_a_client_from_the_case(group: Group, open_as: Opener) -> None:
    case = group.case("Rautio", state="draft", plan=False)
    anna = open_as(group.anna)
    asked = anna.get(page("propose", case.public_id)).content.decode()
    assert "the assessment is unfinished" in asked
    assert "no plan in force" in asked
    given = {
        "series": "sap", "meeting": group.following.public_id if group.following else "", "service": SERVICE,
        "basis": "new", "minutes": "15", "question": "Riittääkö tuki iltaisin?", "key": "k1",
    }  # fmt: skip
    answer = anna.post(page("propose", case.public_id), {**given, "minutes": "0"})
    assert answer.status_code == 422
    assert "Riittääkö tuki iltaisin?" in answer.content.decode()
    assert anna.post(page("propose", case.public_id), given).status_code == 303
    made = Item.objects.get(case=case)
    assert (made.minutes, made.meeting) == (15, group.following)


def test_refuses_a_client_without_an_assessment_in_words(group: Group, open_as: Opener) -> None:
    case = group.case("Ahola", state="")
    shown = open_as(group.anna).get(page("propose", case.public_id)).content.decode()
    assert "The client cannot be proposed yet" in shown


def test_plans_a_meeting_and_appoints_to_the_group(group: Group, open_as: Opener) -> None:
    helena = open_as(group.helena)
    assert helena.get(page("list")).status_code == 200
    given = {"series": "sap", "day": "8.12.2026", "starts_at": "13.00", "ends_at": "15.00", "place": "A1", "key": "p"}
    assert helena.post(page("plan"), given).status_code == 303
    assert Meeting.objects.filter(place="A1").exists()
    assert helena.post(page("plan"), {**given, "ends_at": "12.00", "key": "q"}).status_code == 422
    part = {"actor": group.anna.public_id, "part": "member"}
    assert helena.post(page("appoint", "sap"), part).status_code == 303
    assert Member.objects.filter(series=group.series, actor=group.anna).exists()


def test_shows_a_stranger_nothing(group: Group, open_as: Opener) -> None:
    one, *_rest = begun(group)
    stranger = open_as(group.register.person("Outsider", "counsellor", "neuvonta"))
    for address in (
        page("page", group.meeting.public_id),
        page("now", group.meeting.public_id),
        page("item", one.public_id),
    ):
        assert stranger.get(address).status_code == 404
    assert open_as(group.kirsi).post(page("break", group.meeting.public_id)).status_code == 404


@pytest.mark.parametrize("count", [14, 20])
def test_asks_the_same_number_of_questions_however_long_the_agenda(
    group: Group, open_as: Opener, count: int, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    one, *_rest = begun(group, count=count)
    items.open_item(item=one, by=group.sari, at=minutes(1))
    sari = open_as(group.sari)
    sari.get(page("page", group.meeting.public_id))
    with django_assert_max_num_queries(QUESTIONS):  # type: ignore[attr-defined]
        assert sari.get(page("page", group.meeting.public_id)).status_code == 200
