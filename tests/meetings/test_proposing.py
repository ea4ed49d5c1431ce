"""The agenda before the meeting: who proposes whom, in how many minutes, in which order; who sees the case then."""

from datetime import timedelta

import pytest

from polku.access.permissions import can
from polku.access.states import Role
from polku.cases.models import Relation, TimelineEntry
from polku.cases.states import RelationKind
from polku.kit.errors import Conflict, Invalid, NotAllowed
from polku.meetings import planning, proposing
from polku.meetings.models import Item, ItemCriterion, Meeting
from polku.meetings.states import Basis, ItemState
from tests.meetings.group import ENDS, SERVICE, STARTS, WEEK, Group
from tests.register import NOW


def test_propose_puts_the_client_last_with_the_workers_own_minutes(group: Group) -> None:
    first, second = group.item(takes=15), group.item(takes=5)
    assert [(row.place, row.minutes, row.presenter.name) for row in (first, second)] == [
        (1, 15, "Anna"),
        (2, 5, "Anna"),
    ]
    group.meeting.refresh_from_db()
    assert group.meeting.stamp == 2
    entry = TimelineEntry.objects.get(event="meetings.proposed", case=first.case)
    assert entry.data == {"meeting_at": STARTS.astimezone(tz=group.meeting.starts_at.tzinfo).isoformat()}


def test_propose_twice_with_one_key_is_one_item(group: Group) -> None:
    case = group.case()
    made = [
        proposing.propose(
            meeting=group.meeting,
            case=case,
            service=SERVICE,
            basis=Basis.NEW,
            minutes=10,
            by=group.anna,
            at=NOW,
            key="k",
        ).pk
        for _again in range(2)
    ]
    assert made[0] == made[1]
    assert Item.objects.count() == 1


def test_propose_without_an_assessment_is_refused_in_words(group: Group) -> None:
    case = group.case(state="")
    with pytest.raises(Invalid) as refusal:
        group.item(case)
    assert (refusal.value.code, refusal.value.field) == ("no_assessment", "case")
    assert str(refusal.value.message).startswith("No assessment of service needs has been begun")
    assert not Item.objects.exists()
    assert not Relation.objects.filter(kind=RelationKind.MEETING).exists()


def test_propose_takes_an_unfinished_assessment(group: Group) -> None:
    assert group.item(group.case(state="draft")).state == ItemState.WAITING


def test_propose_begins_with_what_the_worker_found_of_the_criteria(group: Group) -> None:
    item = group.item()
    found = ItemCriterion.objects.filter(item=item).order_by("criterion")
    assert [(row.criterion, row.fulfilled, row.reason, row.written_by.name) for row in found] == [
        ("criteria.care_need", "yes", "Arjessa näkyy: care_need.", "Anna"),
        ("criteria.functioning", "yes", "Arjessa näkyy: functioning.", "Anna"),
    ]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"takes": 0}, "minutes"),
        ({"takes": 241}, "minutes"),
        ({"service": "castle"}, "service"),
        ({"basis": Basis.CARRIED}, "basis"),
    ],
)
def test_propose_names_the_field_that_does_not_fit(group: Group, wrong: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        group.item(**wrong)
    assert refusal.value.field == field


def test_propose_the_same_matter_twice_names_the_meeting(group: Group) -> None:
    case = group.case()
    first = group.item(case)
    with pytest.raises(Conflict) as refusal:
        group.item(case, meeting=group.following)
    assert refusal.value.facts == {"item": first.public_id}
    assert Item.objects.count() == 1


def test_propose_after_the_last_moment_is_for_those_who_run_it(group: Group) -> None:
    group.series.closes_hours = 24
    group.series.save()
    with pytest.raises(Invalid) as refusal:
        group.item()
    assert refusal.value.code == "closed"


def test_propose_needs_a_tie_to_the_client(group: Group) -> None:
    stranger = group.register.person("Outi", Role.SOCIAL_WORKER, "muu")
    with pytest.raises(NotAllowed):
        group.item(by=stranger)


def test_propose_lets_the_group_see_the_case_until_a_month_after_the_meeting(group: Group) -> None:
    item = group.item()
    ties = Relation.objects.filter(kind=RelationKind.MEETING, case=item.case)
    assert {tie.ends_at for tie in ties} == {ENDS + timedelta(days=30)}
    assert {tie.actor.name for tie in ties if tie.actor} == {"Helena", "Mikko", "Petra", "Sari", "Kirsi", "Anna"}
    assert [tie.unit.key for tie in ties if tie.unit] == ["asuminen"]
    assert can(group.mikko, "cases.read", item.case, at=NOW)
    assert not can(group.mikko, "cases.read", item.case, at=ENDS + timedelta(days=31))


def test_take_off_needs_a_reason_and_ends_the_groups_sight(group: Group) -> None:
    item = group.item()
    with pytest.raises(Invalid):
        proposing.take_off(item=item, reason=" ", by=group.anna, at=NOW)
    proposing.take_off(item=item, reason="Muutti pois.", by=group.anna, at=NOW)
    assert not can(group.mikko, "cases.read", item.case, at=NOW)
    assert TimelineEntry.objects.get(event="meetings.taken_off").text == "Muutti pois."
    with pytest.raises(Conflict):
        proposing.take_off(item=item, reason="Muutti pois.", by=group.anna, at=NOW)
    assert group.item(item.case).place == 2


def test_change_the_estimate_by_the_presenter_or_the_secretary(group: Group) -> None:
    item = group.item(takes=10)
    assert proposing.change(item=item, minutes=20, by=group.anna, at=NOW).minutes == 20
    assert (
        proposing.change(item=item, question="Yöt?", presenter=group.kirsi, by=group.sari, at=NOW).presenter
        == group.kirsi
    )
    with pytest.raises(NotAllowed):
        proposing.change(item=item, minutes=5, by=group.register.person("Outi", Role.NURSE, "muu"), at=NOW)
    item.refresh_from_db()
    assert (item.minutes, item.question) == (20, "Yöt?")


def test_move_before_keeps_one_order(group: Group) -> None:
    one, two, three = (group.item() for _each in range(3))
    proposing.move_before(item=three, before=one, by=group.sari, at=NOW)
    proposing.move_before(item=one, before=None, by=group.sari, at=NOW)
    assert list(Item.objects.order_by("place").values_list("pk", "place")) == [(three.pk, 1), (two.pk, 2), (one.pk, 3)]


def test_plan_refuses_what_cannot_be(group: Group) -> None:
    for starts, ends, field in (
        (NOW - WEEK, ENDS, "starts_at"),
        (STARTS + WEEK, STARTS, "ends_at"),
        (STARTS + WEEK, ENDS + 2 * WEEK, "ends_at"),
    ):
        with pytest.raises(Invalid) as refusal:
            planning.plan(series=group.series, starts_at=starts, ends_at=ends, by=group.sari, at=NOW, key="x")
        assert refusal.value.field == field
    with pytest.raises(Conflict) as there:
        planning.plan(series=group.series, starts_at=STARTS, ends_at=ENDS, by=group.sari, at=NOW, key="x")
    assert there.value.code == "meeting_there"


def test_change_time_takes_the_groups_sight_along(group: Group) -> None:
    item = group.item()
    later = STARTS + timedelta(days=2)
    planning.change_time(
        meeting=group.meeting, starts_at=later, ends_at=later + timedelta(hours=1), by=group.sari, at=NOW
    )
    ends = Relation.objects.filter(kind=RelationKind.MEETING, case=item.case).values_list("ends_at", flat=True)
    assert set(ends) == {later + timedelta(days=30, hours=1)}


def test_cancel_carries_everything_first_to_the_next_meeting(group: Group) -> None:
    there = group.item(meeting=group.following)
    items = [group.item() for _each in range(2)]
    planning.cancel(meeting=group.meeting, reason="Sairastuminen.", by=group.sari, at=NOW)
    after = Item.objects.filter(meeting=group.following).order_by("place")
    assert [row.carries_id or row.pk for row in after] == [items[0].pk, items[1].pk, there.pk]
    assert Meeting.objects.get(pk=group.meeting.pk).state == "cancelled"


def test_suggest_the_next_meeting_a_week_later_at_the_same_hour(group: Group) -> None:
    assert planning.suggested(group.series) == (STARTS + 2 * WEEK, ENDS + 2 * WEEK)
