"""The day book: reading it gives what counting gives, whatever happens after it was kept."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import product
from random import Random

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from polku.contacts import actions as contacts
from polku.contacts.details import Details
from polku.contacts.models import Contact
from polku.contacts.states import Channel
from polku.kit.errors import Refused
from polku.kit.localtime import local_date
from polku.statistics import daybook, facts, measures, queries
from polku.statistics.measures import ANSWERED, MEASURES, Cell, Measure, Tally, by
from polku.statistics.models import Book, BookRow
from tests.statistics.test_recount import DAY, FIRST, HOUR, LAST, MONDAY, NOW, World, _live

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    """A few lives beside those that a test is about."""
    return lived(8)


def lived(lives: int) -> World:
    found, chance = World(), Random(3)
    for number in range(lives):
        _live(found, chance, number)
    return found


def counted(measure: Measure, *, units: list[int] | None = None, last: date = LAST) -> daybook.Sums:
    """The sums by counting every contact."""
    found = measures.cells(measure, first=FIRST, last=last, at=NOW, units=units)

    def each(key: Callable[[Cell], object]) -> dict[object, Tally]:
        return by(found, key)

    return daybook.Sums(
        whole=measures.total(found),
        weeks=each(lambda cell: cell.week),  # type: ignore[arg-type]
        channels=each(lambda cell: cell.channel),  # type: ignore[arg-type]
        units=each(lambda cell: cell.unit_id),  # type: ignore[arg-type]
        municipalities=each(lambda cell: cell.municipality),  # type: ignore[arg-type]
        languages=each(lambda cell: cell.language),  # type: ignore[arg-type]
    )


def read(measure: Measure, *, units: list[int] | None = None, last: date = LAST) -> daybook.Sums:
    found = daybook.sums(measure, first=FIRST, last=last, at=NOW, units=units)
    found.unripe = set()
    return found


def assert_reads_what_counting_gives() -> None:
    for measure in MEASURES.values():
        for units in (None, [Contact.objects.values_list("unit_id", flat=True)[0]], []):
            for last in (LAST, LAST - 20 * DAY):
                assert read(measure, units=units, last=last) == counted(measure, units=units, last=last)


def test_reads_what_counting_gives_without_a_book_with_one_and_after_every_change() -> None:
    world = lived(25)
    assert_reads_what_counting_gives()
    assert daybook.keep(at=NOW - HOUR) > 20
    assert BookRow.objects.exists()
    assert_reads_what_counting_gives()
    chance = Random(5)
    for row in Contact.objects.order_by("received_at")[:16]:
        changed = chance.choice(["answer", "discard", "case", "describe"])
        try:
            if changed == "answer":
                contacts.answer(contact=row, by=world.workers[0], at=NOW - HOUR / 2)
            elif changed == "discard":
                contacts.discard(contact=row, by=world.workers[0], at=NOW - HOUR / 2)
            elif changed == "describe":
                told = Details(municipality="444", language="sv", channel=Channel.WALK_IN)
                contacts.describe(contact=row, details=told, by=world.workers[0], at=NOW - HOUR / 2)
            else:
                world.case(row, at=NOW - HOUR / 2)
        except Refused:
            continue
    assert_reads_what_counting_gives()
    assert daybook.keep(at=NOW) > 0
    assert_reads_what_counting_gives()
    assert facts.check() == []


def test_reads_the_same_with_an_older_book_and_without_one_as_the_days_go_by(world: World) -> None:
    daybook.keep(at=NOW)
    assert any(book.ahead for book in Book.objects.all()), "some days have nothing to count yet"
    one = [Contact.objects.values_list("unit_id", flat=True)[0]]
    for days, units in product((0, 1, 4, 9, 15), (None, one)):
        for measure in MEASURES.values():
            asked = {"first": FIRST, "last": LAST, "at": NOW + days * DAY, "units": units}
            with_book = daybook.sums(measure, **asked)
            with transaction.atomic():
                Book.objects.all().delete()
                assert daybook.sums(measure, **asked) == with_book, (measure.key, days)
                transaction.set_rollback(True)


def test_days_with_nothing_to_count_yet_are_left_out_until_there_is(world: World) -> None:
    daybook.keep(at=NOW)
    book = Book.objects.exclude(ahead={}).order_by("measure")[0]
    day, moment = min((moment, day) for day, moment in book.ahead.items())[::-1]
    known = daybook._told(book, first=FIRST, last=LAST, at=NOW)[1]
    assert date.fromisoformat(day) in known
    later = datetime.fromisoformat(moment) + timedelta(seconds=1)
    assert date.fromisoformat(day) not in daybook._told(book, first=FIRST, last=LAST, at=later)[1]


def test_counts_a_late_answer_of_a_kept_day_at_once(world: World) -> None:
    row = world.paper("late", arrived=MONDAY)
    daybook.keep(at=NOW - HOUR)
    assert local_date(MONDAY) in Book.objects.get(measure="answered").days
    before = read(ANSWERED).whole
    contacts.answer(contact=row, by=world.workers[0], at=NOW - HOUR / 2)
    after = read(ANSWERED).whole
    assert (after.late, after.unserved) == (before.late + 1, before.unserved - 1)


def test_counts_a_changed_municipality_of_a_kept_day_at_once(world: World) -> None:
    row = world.paper("elsewhere", arrived=MONDAY, municipality="049")
    daybook.keep(at=NOW - HOUR)
    before = read(ANSWERED).municipalities["444"].total
    contacts.describe(contact=row, details=Details(municipality="444"), by=world.workers[0], at=NOW - HOUR / 2)
    assert read(ANSWERED).municipalities["444"].total == before + 1


def test_keeps_no_day_that_is_still_open_and_closes_it_later(world: World) -> None:
    daybook.keep(at=NOW)
    days = set(Book.objects.get(measure="booked").days)
    assert local_date(NOW) not in days, "today is not over"
    world.paper("open", arrived=NOW - DAY)
    daybook.keep(at=NOW + HOUR)
    assert local_date(NOW - DAY) not in Book.objects.get(measure="booked").days, "its last day to meet is ahead"
    daybook.keep(at=NOW + 30 * DAY)
    assert local_date(NOW - DAY) in Book.objects.get(measure="booked").days


def test_is_not_read_for_a_moment_before_it_was_kept(world: World) -> None:
    daybook.keep(at=NOW + 60 * DAY)
    assert_reads_what_counting_gives()


def test_kept_twice_is_the_same_and_the_check_finds_a_wrong_row(world: World) -> None:
    daybook.keep(at=NOW - DAY)
    rows = list(
        BookRow.objects.order_by("book", "day", "channel", "unit", "municipality", "language").values_list("total")
    )
    daybook.keep(at=NOW - DAY)
    again = BookRow.objects.order_by("book", "day", "channel", "unit", "municipality", "language").values_list("total")
    assert list(again) == rows
    wrong = BookRow.objects.filter(book__measure="answered").order_by("day").first()
    assert wrong is not None
    BookRow.objects.filter(pk=wrong.pk).update(total=wrong.total + 1)
    assert facts.check() == [f"The day book of answered is not what {wrong.day} counts to."]
    daybook.keep(at=NOW + timedelta(days=1))
    assert facts.check() == [], "once a day everything is counted anew"


def test_the_report_asks_as_many_questions_however_long_the_period(world: World) -> None:
    daybook.keep(at=NOW - HOUR)
    asked = []
    for weeks in (8, 52):
        with CaptureQueriesContext(connection) as seen:
            queries.report(ANSWERED, weeks=weeks, at=NOW)
        asked.append(len(seen))
    assert asked[0] == asked[1] <= 10


def test_a_run_of_days_is_one_span() -> None:
    day = date(2026, 11, 9)
    assert daybook.spans([day + DAY, day, day + 3 * DAY]) == [(day, day + DAY), (day + 3 * DAY, day + 3 * DAY)]
    assert daybook.spans([]) == []
