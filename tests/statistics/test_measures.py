from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from polku.access.models import Actor
from polku.contacts import actions as contacts
from polku.contacts import intake
from polku.contacts.models import Contact
from polku.contacts.states import Channel, Result
from polku.statistics import measures, queries
from polku.statistics.measures import ANSWERED, BOOKED, HELD, TOLD, Cell, Tally, by, hidden
from tests.register import Register

pytestmark = pytest.mark.django_db
# ma 9.11.2026 klo 9.00; its promise: ti 10.11. klo 16.00.
MONDAY = datetime(2026, 11, 9, 7, tzinfo=UTC)
DUE = datetime(2026, 11, 10, 14, tzinfo=UTC)
NOW = datetime(2026, 11, 24, 7, tzinfo=UTC)
PERIOD = {"first": date(2026, 11, 2), "last": date(2026, 11, 24)}


@pytest.fixture
def register() -> Register:
    return Register()


@pytest.fixture
def suvi(register: Register) -> Actor:
    return register.person("suvi")


def paper(
    register: Register, suvi: Actor, *, key: str, arrived: datetime = MONDAY, at: datetime | None = None
) -> Contact:
    """A letter that arrived then: nobody is on the line, so it waits for an answer."""
    row = contacts.start(
        unit=register.unit("neuvonta"), by=suvi, at=at or arrived, key=key, channel=Channel.PAPER, happened_at=arrived
    )
    return contacts.record(contact=row, by=suvi, at=at or arrived)


def whole(measure: measures.Measure, at: datetime = NOW) -> tuple[int, int, int, int]:
    tally = measures.total(measures.cells(measure, **PERIOD, at=at))
    return tally.total, tally.kept, tally.late, tally.unserved


def test_a_contact_counts_from_the_moment_its_last_moment_has_passed(register: Register, suvi: Actor) -> None:
    paper(register, suvi, key="a")
    assert whole(ANSWERED, DUE) == (0, 0, 0, 0)
    assert whole(ANSWERED, DUE + timedelta(seconds=1)) == (1, 0, 0, 1)


def test_an_answer_before_its_last_moment_does_not_make_it_count_early(register: Register, suvi: Actor) -> None:
    contacts.answer(contact=paper(register, suvi, key="a"), by=suvi, at=MONDAY + timedelta(hours=1))
    assert whole(ANSWERED, DUE - timedelta(minutes=1)) == (0, 0, 0, 0)
    assert whole(ANSWERED) == (1, 1, 0, 0)


def test_late_and_unanswered_contacts_stay_in_the_denominator(register: Register, suvi: Actor) -> None:
    contacts.answer(contact=paper(register, suvi, key="in"), by=suvi, at=DUE)
    contacts.answer(contact=paper(register, suvi, key="late"), by=suvi, at=DUE + timedelta(minutes=1))
    paper(register, suvi, key="open")
    assert whole(ANSWERED) == (3, 1, 1, 1)


def test_closing_a_late_contact_does_not_take_it_out(register: Register, suvi: Actor) -> None:
    row = paper(register, suvi, key="a")
    contacts.close(contact=row, result=Result.NOT_REACHED, by=suvi, at=DUE + timedelta(days=3))
    total, kept, _late, _unserved = whole(ANSWERED)
    assert (total, kept) == (1, 0)


def test_a_call_is_answered_when_it_comes_and_advice_does_not_wait_for_a_meeting(
    register: Register, suvi: Actor
) -> None:
    advice = intake.Advice(topics=("benefits",), minutes=4)
    intake.advise(unit=register.unit("neuvonta"), advice=advice, by=suvi, at=MONDAY, key="k")
    assert whole(ANSWERED) == (1, 1, 0, 0)
    assert whole(TOLD)[0] == whole(BOOKED)[0] == whole(HELD)[0] == 0


def test_a_contact_that_goes_on_without_a_time_is_unserved_in_every_later_measure(
    register: Register, suvi: Actor
) -> None:
    contacts.answer(contact=paper(register, suvi, key="a"), by=suvi, at=MONDAY + timedelta(hours=1))
    assert whole(TOLD) == (1, 0, 0, 1)
    assert whole(BOOKED) == (1, 0, 0, 1)
    assert whole(HELD) == (1, 0, 0, 1)


def test_discarded_drafts_are_no_contacts(register: Register, suvi: Actor) -> None:
    row = contacts.start(unit=register.unit("neuvonta"), by=suvi, at=MONDAY, key="a")
    contacts.discard(contact=row, by=suvi, at=MONDAY)
    assert whole(ANSWERED) == (0, 0, 0, 0)


def test_a_week_is_the_local_week_of_arrival(register: Register, suvi: Actor) -> None:
    # su 8.11. klo 23.30 in Helsinki is the week before, ma 9.11. klo 0.30 (su 22.30 UTC) the week after.
    for key, moment in (
        ("a", datetime(2026, 11, 8, 21, 30, tzinfo=UTC)),
        ("b", datetime(2026, 11, 8, 22, 30, tzinfo=UTC)),
    ):
        paper(register, suvi, key=key, arrived=moment)
    found = by(measures.cells(ANSWERED, **PERIOD, at=NOW), lambda cell: cell.week)
    assert {week: tally.total for week, tally in found.items()} == {date(2026, 11, 2): 1, date(2026, 11, 9): 1}


def test_breakdowns_have_equal_totals(register: Register, suvi: Actor) -> None:
    for n in range(7):
        row = paper(register, suvi, key=f"k{n}")
        if n % 2:
            contacts.answer(contact=row, by=suvi, at=MONDAY + timedelta(hours=1))
    report = queries.report(ANSWERED, weeks=4, at=NOW)
    for part in report.breakdowns:
        assert sum(row.tally.total for row in part.rows) == report.whole.total == 7
    assert sum(week.tally.total for week in report.weeks) == 7


def test_the_page_takes_the_same_number_of_queries_however_many_contacts(register: Register, suvi: Actor) -> None:
    paper(register, suvi, key="first")
    with CaptureQueriesContext(connection) as few:
        queries.report(ANSWERED, weeks=4, at=NOW)
    for n in range(8):
        paper(register, suvi, key=f"k{n}")
    with CaptureQueriesContext(connection) as many:
        queries.report(ANSWERED, weeks=4, at=NOW)
    assert len(few) == len(many)


def test_small_groups_are_hidden_and_never_one_alone() -> None:
    cells = [Cell(date(2026, 11, 9), name, 1, "", "fi", total, 0, 0) for name, total in (("a", 40), ("b", 9), ("c", 3))]
    sums = by(cells, lambda cell: cell.channel)
    assert hidden(sums) == {"c", "b"}
    assert hidden(by(cells[:2], lambda cell: cell.channel)) == set()
    assert Tally().share is None


def test_waiting_tells_the_nearest_limit_and_the_late(register: Register, suvi: Actor) -> None:
    paper(register, suvi, key="a")
    late = paper(register, suvi, key="b", arrived=MONDAY - timedelta(days=5))
    now = queries.waiting(at=MONDAY + timedelta(hours=1))
    assert (now.count, now.due, now.late) == (2, DUE, 1)
    contacts.answer(contact=late, by=suvi, at=MONDAY + timedelta(hours=1))
    assert queries.waiting(at=MONDAY + timedelta(hours=1)).count == 1
