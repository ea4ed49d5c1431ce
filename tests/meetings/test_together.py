"""Two people on one meeting at one moment: real threads and connections, one order of things, nothing lost, no deadlock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, connections

from polku.kit.errors import Conflict
from polku.meetings import actions, items, planning, positions, proposing
from polku.meetings.models import Item, ItemCriterion, Meeting, Minutes
from polku.meetings.states import Basis, Outcome
from tests.meetings.group import ENDS, SERVICE, STARTS, WEEK, Group, minutes
from tests.register import NOW

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def begun(transactional_db: None, group: Group) -> Group:
    for takes in (15, 10, 5):
        group.item(takes=takes)
    actions.begin(meeting=group.meeting, chair=group.helena, by=group.sari, at=STARTS)
    return group


@pytest.fixture(autouse=True)
def no_deadlock(transactional_db: None) -> Iterator[None]:
    before = _deadlocks()
    yield
    assert _deadlocks() == before


def _deadlocks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def at_once(*wanted: Callable[[], object]) -> list[object]:
    """Do these at the same moment, each on a connection of its own; results or errors, in order."""
    start = Barrier(len(wanted))

    def one(do: Callable[[], object]) -> object:
        try:
            start.wait(timeout=60)
            return do()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(wanted)) as pool:
        return list(pool.map(one, wanted))


def agenda(meeting: Meeting | None) -> list[Item]:
    return list(Item.objects.filter(meeting=meeting).order_by("place"))


def refused(ends: list[object]) -> list[Conflict]:
    """Return the refusals; whatever else was raised is a fault."""
    wrong = [end for end in ends if isinstance(end, Exception) and not isinstance(end, Conflict)]
    assert not wrong, wrong
    return [end for end in ends if isinstance(end, Conflict)]


def test_two_open_different_items_and_one_is_open(begun: Group) -> None:
    one, two, _three = agenda(begun.meeting)
    ends = at_once(
        lambda: items.open_item(item=one, by=begun.sari, at=minutes(1)),
        lambda: items.open_item(item=two, by=begun.mikko, at=minutes(1)),
    )
    (lost,) = refused(ends)
    assert lost.code == "other_open"
    opened = [row for row in agenda(begun.meeting) if row.state == "open"]
    assert [row.public_id for row in opened] == [lost.facts["item"]]


def test_two_open_the_same_item_and_both_have_it(begun: Group) -> None:
    one = agenda(begun.meeting)[0]
    ends = at_once(*[lambda by=by: items.open_item(item=one, by=by, at=minutes(1)) for by in (begun.sari, begun.mikko)])  # type: ignore[misc]
    assert not refused(ends)
    assert [row.state for row in agenda(begun.meeting)] == ["open", "waiting", "waiting"]


def test_two_record_a_position_and_the_first_stands(begun: Group) -> None:
    one = agenda(begun.meeting)[0]
    items.open_item(item=one, by=begun.sari, at=STARTS)
    ends = at_once(
        lambda: positions.record_position(item=one, outcome=Outcome.GRANTED, by=begun.sari, at=minutes(9)),
        lambda: positions.record_position(
            item=one, outcome=Outcome.REFUSED, reason="Ei täyty.", by=begun.mikko, at=minutes(9)
        ),
    )
    (lost,) = refused(ends)
    row = agenda(begun.meeting)[0]
    assert (lost.facts["outcome"], lost.facts["by"]) == (row.outcome, row.settled_by.name if row.settled_by else "")


def test_an_item_moved_while_it_is_opened_is_one_of_them(begun: Group) -> None:
    for item in agenda(begun.meeting):
        ends = at_once(
            lambda item=item: items.open_item(item=item, by=begun.sari, at=minutes(1)),  # type: ignore[misc]
            lambda item=item: actions.move_on(item=item, by=begun.mikko, at=minutes(1)),  # type: ignore[misc]
        )
        (lost,) = refused(ends)
        item.refresh_from_db()
        assert lost.code == "item_gone"
        assert (item.state, Item.objects.filter(carries=item).exists()) in (("open", False), ("moved", True))
        if item.state == "open":
            positions.record_position(item=item, outcome=Outcome.MOVED, by=begun.sari, at=minutes(2))
    assert [row.carries_id for row in agenda(begun.following)] == [row.pk for row in agenda(begun.meeting)]


def test_two_end_the_meeting_and_it_ends_once(begun: Group) -> None:
    ends = at_once(
        *[lambda by=by: actions.end(meeting=begun.meeting, by=by, at=minutes(90)) for by in (begun.sari, begun.helena)]
    )  # type: ignore[misc]
    (lost,) = refused(ends)
    assert lost.code == "meeting_ended"
    assert Minutes.objects.count() == 1
    assert len(agenda(begun.following)) == 3


def test_a_position_while_the_meeting_ends_is_kept_or_refused(begun: Group) -> None:
    one = agenda(begun.meeting)[0]
    items.open_item(item=one, by=begun.sari, at=STARTS)
    ends = at_once(
        lambda: positions.record_position(item=one, outcome=Outcome.GRANTED, by=begun.sari, at=minutes(9)),
        lambda: actions.end(meeting=begun.meeting, by=begun.mikko, at=minutes(9)),
    )
    one.refresh_from_db()
    assert not isinstance(ends[1], Exception)
    assert (one.state, bool(refused(ends))) in (("done", False), ("moved", True))
    content = Minutes.objects.get().content
    assert content["items"][0]["outcome"] == one.outcome


def test_two_weigh_one_criterion_and_the_other_hears_whose_words_stand(begun: Group) -> None:
    one = agenda(begun.meeting)[0]
    ends = at_once(
        *[
            lambda by=by: items.weigh(  # type: ignore[misc]
                item=one, criterion="criteria.functioning", fulfilled="no", reason=f"{by.name} näki.", version=1,
                by=by, at=minutes(1),
            )
            for by in (begun.kirsi, begun.mikko)
        ]
    )  # fmt: skip
    (lost,) = refused(ends)
    row = ItemCriterion.objects.get(item=one, criterion="criteria.functioning")
    assert (lost.facts["reason"], row.version) == (row.reason, 2)


def test_two_propose_one_matter_to_two_meetings(begun: Group) -> None:
    case = begun.case()
    third = planning.plan(
        series=begun.series, starts_at=STARTS + 2 * WEEK, ends_at=ENDS + 2 * WEEK, by=begun.sari, at=NOW, key="m3"
    )
    ends = at_once(
        *[
            lambda meeting=meeting: proposing.propose(  # type: ignore[misc]
                meeting=meeting, case=case, service=SERVICE, basis=Basis.NEW, minutes=10, by=begun.anna, at=NOW,
                key="",
            )
            for meeting in (begun.following, third)
        ]
    )  # fmt: skip
    (lost,) = refused(ends)
    assert lost.code == "on_agenda"
    assert Item.objects.filter(case=case).count() == 1


def test_many_propose_at_once_and_each_has_a_place(begun: Group) -> None:
    cases = [begun.case() for _each in range(6)]
    ends = at_once(
        *[
            lambda case=case: proposing.propose(  # type: ignore[misc]
                meeting=begun.following, case=case, service=SERVICE, basis=Basis.NEW, minutes=10, by=begun.anna,
                at=NOW, key=case.public_id,
            )
            for case in cases
        ]
    )  # fmt: skip
    assert not refused(ends)
    assert [row.place for row in agenda(begun.following)] == [1, 2, 3, 4, 5, 6]
    assert Meeting.objects.get(pk=begun.following.pk if begun.following else 0).stamp == 6


def test_moving_and_proposing_to_the_next_meeting_keeps_one_order(begun: Group) -> None:
    one, two, three = agenda(begun.meeting)
    case = begun.case()
    ends = at_once(
        lambda: actions.move_on(item=three, by=begun.sari, at=minutes(1)),
        lambda: actions.move_on(item=one, by=begun.mikko, at=minutes(1)),
        lambda: proposing.propose(
            meeting=begun.following, case=case, service=SERVICE, basis=Basis.NEW, minutes=10, by=begun.anna, at=NOW,
            key="new",
        ),
    )  # fmt: skip
    assert not refused(ends)
    assert [row.carries_id for row in agenda(begun.following)] == [one.pk, three.pk, None]
    assert two.state == "waiting"
