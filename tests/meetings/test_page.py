"""What people see: the agenda in time, the open item, readiness, overflow with its remedy, who is there."""

from datetime import date, timedelta

import pytest

from polku.access.states import Role
from polku.assessments.models import Assessment
from polku.clients.models import Client
from polku.kit.errors import NotFound
from polku.meetings import (
    actions,
    agenda,
    attendance,
    history,
    items,
    opened,
    page,
    positions,
    proposing,
    queries,
    readiness,
)
from polku.meetings.models import Item, Meeting
from polku.meetings.states import Ground, Outcome
from polku.site.context import fenced
from tests.meetings.group import ENDS, STARTS, Group, minutes
from tests.register import NOW


def now(group: Group) -> Meeting:
    return Meeting.objects.select_related("series__unit", "chair").get(pk=group.meeting.pk)


def shown(group: Group, at: float, by: object = None) -> page.Page:
    return page.of(now(group), by=by or group.sari, at=minutes(at))  # type: ignore[arg-type]


def begin(group: Group) -> list[Item]:
    actions.begin(
        meeting=group.meeting, chair=group.helena, present=[group.mikko, group.sari], by=group.sari, at=STARTS
    )
    return list(Item.objects.filter(meeting=group.meeting).order_by("place"))


def test_agenda_before_the_meeting_has_planned_times(group: Group) -> None:
    for takes in (15, 10, 5):
        group.item(takes=takes)
    found = shown(group, -60)
    assert [(row.number, row.starts, row.planned, row.used, row.tone) for row in found.rows] == [
        (1, "13.00", 15, "", "waiting"), (2, "13.15", 10, "", "waiting"), (3, "13.25", 5, "", "waiting"),
    ]  # fmt: skip
    assert (found.band, found.open, found.overflow, found.place_in_agenda) == (None, None, None, "")
    assert [person.name for person in found.attending.absent] == ["Helena", "Petra", "Mikko", "Kirsi", "Sari"]


def test_agenda_reflows_from_what_has_been(group: Group) -> None:
    for takes in (10, 10, 5, 15):
        group.item(group.case("Salmela"), takes=takes)
    one, two, three, _four = begin(group)
    items.open_item(item=one, by=group.sari, at=minutes(2))
    positions.record_position(item=one, outcome=Outcome.GRANTED, by=group.sari, at=minutes(16), then=two)
    found = shown(group, 28.7)
    assert [(row.starts, row.used, row.excess, row.outcome, row.tone) for row in found.rows] == [
        ("13.02", "14", 4, "To be granted", "done"),
        ("13.16", "12.42", 3, "Being handled", "open"),
        ("13.28", "", 0, "", "waiting"),
        ("13.33", "", 0, "", "waiting"),
    ]
    assert found.place_in_agenda == "2 / 4"
    assert found.next is not None
    assert found.next.public_id == three.public_id
    band = found.band
    assert band is not None
    assert (band.state, band.text) == (
        "over",
        "2 min 42 s over".replace(" min", "\u00a0min")
        .replace(" s ", "\u00a0s ")
        .replace("2\u00a0min 42", "2\u00a0min\u00a042"),
    )
    assert band.ends_at == minutes(26)


def test_the_clock_warns_three_minutes_before_the_end_and_stands_in_a_break(group: Group) -> None:
    group.item(takes=10)
    (one,) = begin(group)
    items.open_item(item=one, by=group.sari, at=STARTS)

    def state(at: float) -> str:
        band = shown(group, at).band
        assert band is not None
        return band.state

    assert [state(at) for at in (5, 8, 11)] == ["left", "soon", "over"]
    items.add_minutes(item=one, minutes=5, by=group.sari, at=minutes(9))
    assert state(11) == "left"
    actions.pause(meeting=group.meeting, by=group.sari, at=minutes(11))
    found = shown(group, 20)
    assert found.band is not None
    assert (found.band.state, found.band.used, found.band.ends_at) == ("break", 660, None)
    assert found.place_in_agenda == "1 / 1"
    assert found.rows[0].tone == "open"


def test_too_full_an_agenda_names_what_falls_out_and_where_to(group: Group) -> None:
    for takes in (60, 50, 15):
        group.item(takes=takes)
    begin(group)
    found = shown(group, 0)
    assert found.overflow is not None
    assert (found.overflow.minutes, found.overflow.words) == (5, "The meeting goes 5 min over")
    assert found.overflow.unfit == "Item 3 does not fit"
    assert found.overflow.remedy.replace("\u00a0", " ") == "Move item 3 to Tue 1 Dec"
    assert found.overflow.move == (found.rows[2].public_id,)
    assert (found.rows[2].tone, found.rows[2].outcome, found.rows[2].over) == ("unfit", "Does not fit", 5)
    item = queries.item(found.overflow.move[0], by=group.sari, at=STARTS)
    actions.move_on(item=item, by=group.sari, at=STARTS)
    found = shown(group, 0)
    assert found.overflow is None
    assert (found.rows[2].tone, found.rows[2].outcome) == ("moved", "To be moved")


def test_an_item_whose_limit_would_pass_is_not_proposed_to_be_moved(group: Group) -> None:
    for takes in (60, 40, 30):
        group.item(takes=takes)
    last = Item.objects.order_by("-place").select_related("case__work_item").first()
    assert last is not None
    last.case.work_item.next_due = ENDS + timedelta(days=2)
    last.case.work_item.save()
    found = shown(group, 0)
    assert found.overflow is not None
    assert found.overflow.remedy.startswith("Move item 2 to")


def test_open_item_shows_what_is_to_be_weighed(group: Group) -> None:
    case = group.case("Salmela")
    Client.objects.filter(pk=case.client_id).update(birth_date=date(1974, 11, 25))
    group.item(case, question="Riittääkö tuettu asuminen?")
    (one,) = begin(group)
    attendance.came(meeting=group.meeting, actor=group.kirsi, by=group.sari, at=STARTS)
    attendance.disqualify(item=one, actor=group.kirsi, ground=Ground.PARTY, note="Sisar.", by=group.kirsi, at=STARTS)
    items.open_item(item=one, by=group.sari, at=minutes(1))
    found = shown(group, 2)
    item = found.open
    assert item is not None
    assert (item.heading, item.service, item.section) == (
        "1 Jari Salmela, 51 years",
        "Communal housing",
        "21\u00a0b\u00a0§",
    )
    assert item.ready is not None
    assert item.ready.words.replace("\u00a0", " ") == (
        "Ready to be handled: assessment locked Tue 24 Nov, criteria 2/2, plan Tue 24 Nov."
    )
    assert [(one.name, one.label, one.reason, one.by, one.version) for one in item.criteria] == [
        ("Functioning", "Yes", "Arjessa näkyy: functioning.", "Anna", 1),
        ("Care_Need", "Yes", "Arjessa näkyy: care_need.", "Anna", 1),
    ]
    assert [(one.name, one.note, one.left) for one in item.disqualified] == [("Kirsi", "Sisar.", "13.01")]
    assert [choice.value for choice in item.outcomes] == ["granted", "refused", "returned", "moved"]
    assert item.decides == "The decision is made and signed by guidance worker Mikko."
    assert [(one.name, one.part) for one in found.attending.present] == [
        ("Helena", "leads"), ("Mikko", "leading social worker"), ("Sari", "secretary"),
    ]  # fmt: skip
    assert [one.name for one in found.attending.out] == ["Kirsi"]
    assert [one.name for one in found.attending.absent] == ["Petra"]
    barred = shown(group, 2, by=group.kirsi).open
    assert barred is not None
    assert (barred.heading, barred.criteria, barred.said, barred.ready, barred.question) == ("1", (), (), None, "")
    assert barred.barred.startswith("You are disqualified")


def test_readiness_names_what_is_missing_on_the_agenda_already(group: Group) -> None:
    cases = [
        group.case(state="draft", rubric=False, plan=False), group.case(state="ready"), group.case(plan=False),
        group.case(rubric=False), group.case(),
    ]  # fmt: skip
    for case in cases:
        group.item(case)
    found = readiness.of(list(Item.objects.order_by("place")), group.series, day=date(2026, 11, 24))
    told = [[part.key for part in one.missing] for one in found.values()]
    assert told == [["assessment", "criteria", "plan"], ["assessment", "criteria"], ["plan"], ["criteria"], []]
    first = next(iter(found.values()))
    assert first.words == "Not ready: the assessment is unfinished, criteria 0/2, no plan in force."
    assert first.parts[1].missing == ("Functioning", "Care_Need")
    assert [row.outcome for row in shown(group, -60).rows] == [
        "Assessment unfinished", "Assessment not locked", "No plan", "Criteria missing", "",
    ]  # fmt: skip


def test_presenter_sees_their_own_item_and_only_that_the_others_take_time(group: Group) -> None:
    group.item(takes=15)
    mine = group.item(group.case("Lehto"), takes=10)
    outi = group.register.person("Outi", Role.SOCIAL_WORKER, "muu")
    proposing.change(item=mine, presenter=outi, by=group.anna, at=NOW)
    found = shown(group, -60, by=outi)
    assert [(row.hidden, row.client, row.starts, row.planned) for row in found.rows] == [
        (True, "", "13.00", 15), (False, "Jari Lehto", "13.15", 10),
    ]  # fmt: skip


def test_agenda_behind_the_fence_flows_from_every_item(group: Group) -> None:
    group.item(takes=15)
    group.item(group.case("Lehto"), takes=10)
    stranger = group.register.person("Outi", Role.SOCIAL_WORKER, "asuminen")
    hidden = group.register.person("Eero", Role.LEAD, "asuminen")
    for by, expected in ((stranger, [False, False]), (hidden, [True, True]), (group.mikko, [False, False])):
        with fenced(by=by, at=NOW):
            found = page.of(now(group), by=by, at=minutes(-60))
        assert [row.hidden for row in found.rows] == expected, by.name
        assert [row.starts for row in found.rows] == ["13.00", "13.15"]


def test_estimate_is_learned_from_eight_alike(group: Group) -> None:
    for _number in range(8):
        group.item(takes=10)
    rows = begin(group)
    at = 0.0
    for number, row in enumerate(rows):
        items.open_item(item=row, by=group.sari, at=minutes(at))
        at += 8 + number
        positions.record_position(item=row, outcome=Outcome.GRANTED, by=group.sari, at=minutes(at))
    assert history.of(group.series, "community_housing") is None, "the meeting goes on"
    actions.end(meeting=group.meeting, by=group.sari, at=minutes(at))
    found = history.of(group.series, "community_housing")
    assert found is not None
    assert (found.median, found.low, found.high, found.cases) == (12, 8, 15, 8)
    proposal = queries.proposal(group.case(), group.series, by=group.anna, at=minutes(at))
    assert proposal.suggested("community_housing") == "Of 8 alike, eight in ten took 8–15 min, half at most 12 min."
    assert proposal.suggested("supported_housing") == ""


def test_proposal_says_how_full_the_meetings_are_and_what_is_missing(group: Group) -> None:
    group.item(takes=115)
    found = queries.proposal(group.case(state=""), group.series, by=group.anna, at=NOW)
    assert [(choice.free, choice.over, choice.closed) for choice in found.choices] == [(5, 0, ""), (120, 0, "")]
    assert found.choices[0].warning(10) == "The agenda becomes 5 min too full."
    assert found.choices[0].warning(5) == ""
    assert found.refused.startswith("No assessment")
    assert "community_housing" in found.services


def test_stamp_and_meeting_are_not_there_for_strangers(group: Group) -> None:
    stranger = group.register.person("Outi", Role.SOCIAL_WORKER, "muu")
    assert queries.stamp(group.meeting.public_id, by=group.kirsi, at=NOW) == 0
    for ask in (queries.stamp, queries.get):
        with pytest.raises(NotFound):
            ask(group.meeting.public_id, by=stranger, at=NOW)  # type: ignore[operator]
    group.item()
    assert queries.stamp(group.meeting.public_id, by=group.kirsi, at=NOW) == 1


def test_lists_show_room_and_minutes(group: Group) -> None:
    group.item(takes=100)
    group.item(takes=30)
    listed = queries.ahead(group.mikko, at=NOW)
    assert [(row.items, row.room) for row in listed] == [(2, "10 min too full"), (0, "120 min free")]
    begin(group)
    actions.end(meeting=group.meeting, by=group.sari, at=minutes(1))
    (done,) = queries.ended(group.mikko, at=minutes(2))
    assert done.minutes
    assert [row.public_id for row in queries.ahead(group.mikko, at=minutes(2))] == [
        group.following.public_id if group.following else ""
    ]


def test_returned_waits_for_the_presenter_until_it_is_taken_up(group: Group) -> None:
    item = group.item()
    begin(group)
    items.open_item(item=item, by=group.sari, at=STARTS)
    positions.record_position(item=item, outcome=Outcome.RETURNED, reason="Yöt.", by=group.sari, at=minutes(5))
    assert queries.returned(group.anna, at=minutes(6)) == []
    actions.end(meeting=group.meeting, by=group.sari, at=minutes(7))
    assert queries.returned(group.anna, at=minutes(8)) == [item]
    new = Assessment.objects.get(case=item.case, state="draft")
    assert (new.previous, new.version, new.responsible) == (Assessment.objects.get(state="locked"), 2, group.anna)
    assert queries.returned(group.kirsi, at=minutes(8)) == []
    group.item(item.case, at=minutes(9), meeting=group.following)
    assert queries.returned(group.anna, at=minutes(10)) == []


def test_settled_items_wait_to_be_decided_once_the_meeting_has_ended(group: Group) -> None:
    item = group.item()
    begin(group)
    items.open_item(item=item, by=group.sari, at=STARTS)
    positions.record_position(item=item, outcome=Outcome.GRANTED, by=group.sari, at=minutes(5))
    assert not queries.settled(group.mikko, at=minutes(6)).exists()
    actions.end(meeting=group.meeting, by=group.sari, at=minutes(7))
    assert queries.settled(group.mikko, at=minutes(8)).get() == item


def test_criteria_of_an_item_before_the_meeting(group: Group) -> None:
    item = group.item(group.case(rubric=False))
    assert [(one.path, one.version) for one in opened.criteria(item, group.meeting)] == [
        ("criteria.functioning", 0), ("criteria.care_need", 0),
    ]  # fmt: skip


def test_flow_of_an_ended_meeting_stands_still(group: Group) -> None:
    group.item(takes=10)
    (one,) = begin(group)
    items.open_item(item=one, by=group.sari, at=STARTS)
    positions.record_position(item=one, outcome=Outcome.GRANTED, by=group.sari, at=minutes(9))
    actions.end(meeting=group.meeting, by=group.sari, at=minutes(10))
    found = agenda.flow(now(group), at=minutes(10_000))
    assert (found.now, found.agenda.over) == (minutes(10), 0)
