"""The meeting: begun, led, items opened, weighed and settled, breaks, ended; what did not fit is first next time."""

from datetime import timedelta

import pytest

from polku.access.models import Membership
from polku.access.states import Role
from polku.cases.models import Relation, TimelineEntry
from polku.cases.states import RelationKind
from polku.kit.errors import Conflict, Invalid, NotAllowed
from polku.meetings import actions, attendance, items, planning, positions, proposing
from polku.meetings.models import Attendance, Disqualification, Item, ItemCriterion, Meeting, Minutes
from polku.meetings.states import Ground, Outcome
from tests.meetings.group import ENDS, STARTS, WEEK, Group, minutes
from tests.register import NOW


@pytest.fixture
def begun(group: Group) -> Group:
    """The meeting goes on with three items of 15, 10 and 5 minutes."""
    for takes in (15, 10, 5):
        group.item(takes=takes)
    actions.begin(
        meeting=group.meeting, chair=group.helena, present=[group.mikko, group.sari], by=group.sari, at=STARTS
    )
    return group


def agenda(group: Group) -> list[Item]:
    return list(Item.objects.filter(meeting=group.meeting).order_by("place"))


def settle(group: Group, item: Item, outcome: str = Outcome.GRANTED, *, at: float = 10, **more: object) -> Item:
    return positions.record_position(item=item, outcome=outcome, by=group.sari, at=minutes(at), **more)  # type: ignore[arg-type]


def test_begin_is_led_by_somebody_who_may(group: Group) -> None:
    with pytest.raises(Invalid) as refusal:
        actions.begin(meeting=group.meeting, chair=group.kirsi, by=group.sari, at=STARTS)
    assert refusal.value.code == "not_chair"
    with pytest.raises(NotAllowed):
        actions.begin(meeting=group.meeting, chair=group.helena, by=group.kirsi, at=STARTS)
    with pytest.raises(Invalid) as early:
        actions.begin(meeting=group.following, chair=group.helena, by=group.sari, at=STARTS)
    assert early.value.code == "wrong_day"
    meeting = actions.begin(meeting=group.meeting, chair=group.petra, present=[group.helena], by=group.sari, at=STARTS)
    there = Attendance.objects.filter(meeting=meeting).order_by("pk").values_list("actor__name", "role")
    assert list(there) == [("Petra", "vice_chair"), ("Helena", "chair")]
    with pytest.raises(Conflict):
        actions.begin(meeting=group.meeting, chair=group.petra, by=group.sari, at=STARTS)


def test_open_runs_the_items_clock_and_the_next_one_stops_it(begun: Group) -> None:
    one, two, _three = agenda(begun)
    items.open_item(item=one, by=begun.sari, at=minutes(2))
    items.open_item(item=two, instead_of=one, by=begun.sari, at=minutes(6.5))
    items.open_item(item=one, instead_of=two, by=begun.sari, at=minutes(8))
    settle(begun, one, at=20)
    one, two, _three = agenda(begun)
    assert (one.state, one.used, one.first_opened_at, one.settled_at) == ("done", 270 + 720, minutes(2), minutes(20))
    assert (two.state, two.used, two.opened_at) == ("waiting", 90, None)


def test_a_break_stops_the_clock(begun: Group) -> None:
    one, two, _three = agenda(begun)
    items.open_item(item=one, by=begun.sari, at=minutes(0))
    actions.pause(meeting=begun.meeting, by=begun.sari, at=minutes(4))
    with pytest.raises(Conflict) as refusal:
        items.open_item(item=two, instead_of=one, by=begun.sari, at=minutes(5))
    assert refusal.value.code == "paused"
    actions.go_on(meeting=begun.meeting, by=begun.sari, at=minutes(14))
    with pytest.raises(Conflict):
        actions.go_on(meeting=begun.meeting, by=begun.sari, at=minutes(14))
    assert settle(begun, one, at=16).used == 6 * 60


def test_open_needs_a_meeting_that_goes_on(group: Group) -> None:
    item = group.item()
    with pytest.raises(Conflict) as refusal:
        items.open_item(item=item, by=group.sari, at=STARTS)
    assert refusal.value.code == "not_begun"


def test_open_another_than_was_seen_open_is_refused_with_its_number(begun: Group) -> None:
    one, two, three = agenda(begun)
    items.open_item(item=two, by=begun.sari, at=minutes(0))
    with pytest.raises(Conflict) as refusal:
        items.open_item(item=one, by=begun.mikko, at=minutes(0))
    assert refusal.value.code == "other_open"
    assert "item 2" in str(refusal.value.message)
    assert items.open_item(item=two, by=begun.mikko, at=minutes(1)).opened_at == minutes(0)
    assert items.open_item(item=three, instead_of=two, by=begun.mikko, at=minutes(1)).state == "open"


def test_add_minutes_leaves_the_estimate(begun: Group) -> None:
    one = agenda(begun)[0]
    with pytest.raises(Conflict):
        items.add_minutes(item=one, minutes=5, by=begun.sari, at=STARTS)
    items.open_item(item=one, by=begun.sari, at=STARTS)
    items.add_minutes(item=one, minutes=5, by=begun.sari, at=STARTS)
    assert (agenda(begun)[0].minutes, agenda(begun)[0].added) == (15, 5)


@pytest.mark.parametrize(
    ("outcome", "more", "code"),
    [
        (Outcome.REFUSED, {}, "reason_missing"),
        (Outcome.REFUSED, {"reason": "x" * 5001}, "text"),
        (Outcome.RETURNED, {"reason": "a\x00b"}, "text"),
        (Outcome.RETURNED, {"reason": "  "}, "reason_missing"),
        ("perhaps", {}, "outcome_missing"),
        (Outcome.GRANTED, {"service": "castle"}, "unknown_service"),
    ],
)
def test_position_names_what_it_lacks(begun: Group, outcome: str, more: dict[str, object], code: str) -> None:
    one = agenda(begun)[0]
    items.open_item(item=one, by=begun.sari, at=STARTS)
    with pytest.raises(Invalid) as refusal:
        settle(begun, one, outcome, **more)
    assert refusal.value.code == code
    assert agenda(begun)[0].state == "open"


def test_position_is_prepared_for_the_office_holder_who_decides(begun: Group) -> None:
    one, two, _three = agenda(begun)
    items.open_item(item=one, by=begun.sari, at=STARTS)
    done = settle(begun, one, reason="Kriteerit täyttyvät.", then=two)
    assert (done.outcome, done.outcome_service, done.decider) == ("granted", "community_housing", begun.mikko)
    assert [row.state for row in agenda(begun)] == ["done", "open", "waiting"]
    entry = TimelineEntry.objects.get(event="meetings.position")
    assert (entry.data, entry.text) == ({"outcome": "granted"}, "Kriteerit täyttyvät.")
    Membership.objects.filter(actor=begun.mikko).update(in_office=False)
    with pytest.raises(Invalid) as refusal:
        settle(begun, two)
    assert refusal.value.code == "decider_not_in_office"


def test_position_of_what_is_not_ready_is_a_return_or_a_move(group: Group) -> None:
    item = group.item(group.case(state="draft", rubric=False))
    actions.begin(meeting=group.meeting, chair=group.helena, by=group.sari, at=STARTS)
    items.open_item(item=item, by=group.sari, at=STARTS)
    with pytest.raises(Conflict) as refusal:
        settle(group, item)
    assert refusal.value.facts == {"missing": ["assessment", "criteria"]}
    assert "the assessment is unfinished, criteria 0/2" in str(refusal.value.message)
    assert settle(group, item, Outcome.RETURNED, reason="Yöaika puuttuu.").state == "done"


def test_position_twice_is_once_and_another_one_is_refused(begun: Group) -> None:
    one = agenda(begun)[0]
    items.open_item(item=one, by=begun.sari, at=STARTS)
    settle(begun, one)
    assert settle(begun, one, at=11).settled_at == minutes(10)
    with pytest.raises(Conflict) as refusal:
        settle(begun, one, Outcome.REFUSED, reason="x")
    assert refusal.value.facts == {"state": "done", "outcome": "granted", "by": "Sari"}
    assert TimelineEntry.objects.filter(event="meetings.position").count() == 1


def test_take_back_opens_the_item_again_with_what_it_has_used(begun: Group) -> None:
    one, two, _three = agenda(begun)
    items.open_item(item=one, by=begun.sari, at=minutes(0))
    settle(begun, one, at=5, then=two)
    positions.take_back(item=one, reason="Väärä rivi.", by=begun.sari, at=minutes(7))
    one, two, _three = agenda(begun)
    assert (one.state, one.outcome, one.decider, one.used) == ("open", "", None, 300)
    assert (two.state, two.used) == ("waiting", 120)
    settle(begun, one, Outcome.REFUSED, at=9, reason="Ei täyty.")
    assert agenda(begun)[0].used == 420


def test_weigh_keeps_both_writers_words_apart(begun: Group) -> None:
    one = agenda(begun)[0]

    def weigh(by: object, version: int, reason: str, fulfilled: str = "partly") -> ItemCriterion:
        return items.weigh(
            item=one, criterion="criteria.functioning", fulfilled=fulfilled, reason=reason, version=version, by=by,  # type: ignore[arg-type]
            at=STARTS,
        )  # fmt: skip

    assert weigh(begun.kirsi, 1, "Kokous tarkensi.").version == 2
    assert weigh(begun.kirsi, 1, "Kokous tarkensi.").version == 2, "the same words again change nothing"
    with pytest.raises(Conflict) as refusal:
        weigh(begun.mikko, 1, "Toinen sana.")
    assert refusal.value.facts == {"version": 2, "fulfilled": "partly", "reason": "Kokous tarkensi."}
    with pytest.raises(Invalid):
        weigh(begun.kirsi, 2, " ")
    with pytest.raises(Invalid):
        weigh(begun.kirsi, 2, "x", fulfilled="perhaps")
    with pytest.raises(NotAllowed):
        weigh(begun.register.person("Outi", Role.NURSE, "muu"), 2, "x")


# --- Disqualification -------------------------------------------------------------------------------------------------


def test_disqualified_member_leaves_for_the_items_time_and_takes_no_part(begun: Group) -> None:
    one = agenda(begun)[0]
    attendance.came(meeting=begun.meeting, actor=begun.kirsi, by=begun.sari, at=STARTS)
    attendance.disqualify(item=one, actor=begun.kirsi, ground=Ground.PARTY, by=begun.kirsi, at=STARTS)
    attendance.disqualify(item=one, actor=begun.kirsi, ground=Ground.PARTY, by=begun.kirsi, at=STARTS)
    items.open_item(item=one, by=begun.sari, at=minutes(3))
    assert Disqualification.objects.get().left_at == minutes(3)
    with pytest.raises(NotAllowed) as refusal:
        items.weigh(
            item=one, criterion="criteria.functioning", fulfilled="no", reason="x", version=1, by=begun.kirsi, at=STARTS
        )
    assert refusal.value.code == "disqualified"


def test_disqualified_chair_needs_a_substitute_before_the_item_opens(begun: Group) -> None:
    one, two, _three = agenda(begun)
    attendance.disqualify(item=one, actor=begun.helena, ground=Ground.PARTY, by=begun.helena, at=STARTS)
    with pytest.raises(Conflict) as refusal:
        items.open_item(item=one, by=begun.sari, at=STARTS)
    assert refusal.value.code == "chair_disqualified"
    assert "Helena is disqualified in this item" in str(refusal.value.message)
    with pytest.raises(Invalid):
        items.open_item(item=one, chair=begun.kirsi, by=begun.sari, at=STARTS)
    opened = items.open_item(item=one, chair=begun.petra, by=begun.sari, at=STARTS)
    assert opened.chair == begun.petra
    settle(begun, one, then=two)
    assert agenda(begun)[1].chair == begun.helena, "the chair leads again"


def test_chair_found_disqualified_in_the_open_item_names_who_leads_on(begun: Group) -> None:
    one = agenda(begun)[0]
    items.open_item(item=one, by=begun.sari, at=STARTS)
    with pytest.raises(Conflict):
        attendance.disqualify(item=one, actor=begun.helena, ground=Ground.BENEFIT, by=begun.sari, at=minutes(1))
    assert not Disqualification.objects.exists()
    attendance.disqualify(
        item=one, actor=begun.helena, ground=Ground.BENEFIT, chair=begun.petra, by=begun.sari, at=minutes(1)
    )
    assert agenda(begun)[0].chair == begun.petra
    assert Disqualification.objects.get().left_at == minutes(1)


def test_begin_with_a_disqualified_chair_needs_a_vice_chair(group: Group) -> None:
    group.series.members.filter(role__in=("vice_chair", "leading")).delete()
    item = group.item()
    attendance.disqualify(item=item, actor=group.helena, ground=Ground.OTHER, note="Naapuri.", by=group.helena, at=NOW)
    with pytest.raises(Conflict) as refusal:
        actions.begin(meeting=group.meeting, chair=group.helena, by=group.sari, at=STARTS)
    assert refusal.value.code == "vice_chair_missing"


def test_disqualified_office_holder_does_not_decide(begun: Group) -> None:
    one = agenda(begun)[0]
    attendance.disqualify(item=one, actor=begun.mikko, ground=Ground.PARTY, by=begun.mikko, at=STARTS)
    items.open_item(item=one, by=begun.sari, at=STARTS)
    with pytest.raises(Conflict) as refusal:
        settle(begun, one)
    assert refusal.value.code == "decider_disqualified"


def test_disqualify_needs_a_ground_and_the_general_one_words(begun: Group) -> None:
    one = agenda(begun)[0]
    for ground, note, field in (("", "", "ground"), (Ground.OTHER, " ", "note")):
        with pytest.raises(Invalid) as refusal:
            attendance.disqualify(item=one, actor=begun.kirsi, ground=ground, note=note, by=begun.sari, at=STARTS)
        assert refusal.value.field == field
    with pytest.raises(Conflict) as presents:
        attendance.disqualify(item=one, actor=begun.anna, ground=Ground.PARTY, by=begun.sari, at=STARTS)
    assert presents.value.code == "presents"


def test_requalify_keeps_the_mistake_on_record(begun: Group) -> None:
    one = agenda(begun)[0]
    told = attendance.disqualify(item=one, actor=begun.kirsi, ground=Ground.PARTY, by=begun.sari, at=STARTS)
    attendance.requalify(disqualification=told, reason="Toinen Salmela.", by=begun.sari, at=STARTS)
    with pytest.raises(Conflict):
        attendance.requalify(disqualification=told, reason="Toinen Salmela.", by=begun.sari, at=STARTS)
    assert attendance.disqualified_in(one) == set()
    assert Disqualification.objects.get().withdrawn_reason == "Toinen Salmela."


# --- Attendance -------------------------------------------------------------------------------------------------------


def test_come_and_leave(begun: Group) -> None:
    attendance.came(meeting=begun.meeting, actor=begun.anna, by=begun.sari, at=minutes(5), happened_at=minutes(3))
    attendance.came(meeting=begun.meeting, actor=begun.anna, by=begun.sari, at=minutes(6))
    attendance.left(meeting=begun.meeting, actor=begun.anna, by=begun.sari, at=minutes(20))
    row = Attendance.objects.get(actor=begun.anna)
    assert (row.role, row.came_at, row.left_at) == ("presenter", minutes(3), minutes(20))
    with pytest.raises(Conflict) as refusal:
        attendance.left(meeting=begun.meeting, actor=begun.helena, by=begun.sari, at=minutes(20))
    assert refusal.value.code == "leads"
    attendance.lead(meeting=begun.meeting, chair=begun.petra, by=begun.sari, at=minutes(21))
    attendance.left(meeting=begun.meeting, actor=begun.helena, by=begun.sari, at=minutes(22))
    with pytest.raises(Invalid):
        attendance.came(meeting=begun.meeting, actor=begun.kirsi, by=begun.sari, at=minutes(5), happened_at=NOW)


# --- What goes on in the next meeting ---------------------------------------------------------------------------------


def test_end_carries_what_was_not_handled_first_to_the_next_meeting(begun: Group) -> None:
    waits_there = begun.item(meeting=begun.following)
    one, two, three = agenda(begun)
    proposing.move_before(item=three, before=two, by=begun.sari, at=STARTS)
    items.open_item(item=one, by=begun.sari, at=STARTS)
    settle(begun, one, then=three)
    actions.end(meeting=begun.meeting, by=begun.sari, at=minutes(125))
    after = list(Item.objects.filter(meeting=begun.following).order_by("place"))
    assert [row.carries_id or row.pk for row in after] == [three.pk, two.pk, waits_there.pk]
    assert [row.basis for row in after] == ["carried", "carried", "new"]
    assert [(row.state, row.outcome, row.used) for row in agenda(begun)] == [
        ("done", "granted", 600), ("moved", "moved", 115 * 60), ("moved", "moved", 0),
    ]  # fmt: skip
    assert ItemCriterion.objects.filter(item=after[0]).count() == 2
    ends = Relation.objects.filter(kind=RelationKind.MEETING, case=three.case).values_list("ends_at", flat=True)
    assert set(ends) == {ENDS + WEEK + timedelta(days=30)}
    assert set(Attendance.objects.values_list("left_at", flat=True)) == {minutes(125)}
    assert Minutes.objects.count() == 1


def test_end_without_a_next_meeting_says_so_and_changes_nothing(begun: Group) -> None:
    planning.cancel(meeting=begun.following, reason="Loma.", by=begun.sari, at=NOW)
    with pytest.raises(Conflict) as refusal:
        actions.end(meeting=begun.meeting, by=begun.sari, at=minutes(60))
    assert refusal.value.code == "no_next_meeting"
    assert Meeting.objects.get(pk=begun.meeting.pk).state == "running"
    assert {row.state for row in agenda(begun)} == {"waiting"}


def test_move_on_leaves_the_later_order_alone(begun: Group) -> None:
    one, two, three = agenda(begun)
    made = actions.move_on(item=three, by=begun.sari, at=STARTS)
    actions.move_on(item=one, by=begun.sari, at=STARTS)
    assert made.meeting == begun.following
    after = Item.objects.filter(meeting=begun.following).order_by("place").values_list("carries_id", flat=True)
    assert list(after) == [one.pk, three.pk]
    with pytest.raises(Conflict):
        actions.move_on(item=one, by=begun.sari, at=STARTS)
    items.open_item(item=two, by=begun.sari, at=STARTS)
    with pytest.raises(Conflict) as refusal:
        actions.move_on(item=two, by=begun.sari, at=STARTS)
    assert refusal.value.facts["state"] == "open"
    assert settle(begun, two, Outcome.MOVED).state == "moved"


def test_every_change_counts_the_stamp(begun: Group) -> None:
    def stamp() -> int:
        return Meeting.objects.get(pk=begun.meeting.pk).stamp

    one, two, three = agenda(begun)
    changes = (
        lambda: attendance.came(meeting=begun.meeting, actor=begun.kirsi, by=begun.sari, at=STARTS),
        lambda: items.open_item(item=one, by=begun.sari, at=STARTS),
        lambda: items.add_minutes(item=one, minutes=5, by=begun.sari, at=STARTS),
        lambda: attendance.disqualify(item=one, actor=begun.kirsi, ground=Ground.PARTY, by=begun.sari, at=STARTS),
        lambda: settle(begun, one),
        lambda: actions.move_on(item=three, by=begun.sari, at=STARTS),
        lambda: proposing.change(item=two, minutes=7, by=begun.sari, at=STARTS),
        lambda: actions.pause(meeting=begun.meeting, by=begun.sari, at=STARTS),
        lambda: actions.go_on(meeting=begun.meeting, by=begun.sari, at=STARTS),
        lambda: positions.take_back(item=one, reason="x", by=begun.sari, at=STARTS),
        lambda: actions.end(meeting=begun.meeting, by=begun.sari, at=minutes(60)),
    )
    for number, change in enumerate(changes):
        before = stamp()
        change()
        assert stamp() > before, number


def test_two_hours_hold_fourteen_items(group: Group) -> None:
    for takes in (10, 10, 5, 10, 10, 10, 15, 10, 5, 10, 10, 5, 5, 15):
        group.item(takes=takes)
    actions.begin(meeting=group.meeting, chair=group.helena, by=group.sari, at=STARTS)
    rows = agenda(group)
    items.open_item(item=rows[0], by=group.sari, at=STARTS)
    for number, (row, following) in enumerate(zip(rows, [*rows[1:], None], strict=True)):
        outcome = (Outcome.GRANTED, Outcome.REFUSED, Outcome.RETURNED)[number % 3]
        settle(group, row, outcome, at=8 * (number + 1), reason="Perusteltu.", then=following)
    actions.end(meeting=group.meeting, by=group.sari, at=minutes(112))
    assert {row.used for row in agenda(group)} == {8 * 60}
    assert {row.state for row in agenda(group)} == {"done"}
    assert not Item.objects.filter(meeting=group.following).exists()
