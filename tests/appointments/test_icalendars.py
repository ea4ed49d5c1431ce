"""iCalendar out and in: neutral, moved entries replace, repeating entries keep their hour, privacy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from time import process_time

import pytest
from icalendar import Calendar

from polku.appointments import actions
from polku.appointments.icalendars import busy_times, for_client
from polku.appointments.states import CancelledBy, Mode
from polku.kit.errors import Invalid
from polku.outbox.models import Enclosure
from tests.appointments import world
from tests.appointments.world import AT

LOW, HIGH = datetime(2027, 3, 1, tzinfo=UTC), datetime(2027, 4, 30, tzinfo=UTC)


def calendar(*lines: str) -> bytes:
    head = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", "BEGIN:VEVENT", "UID:1", "DTSTAMP:20270101T000000Z")
    return "\r\n".join((*head, *lines, "END:VEVENT", "END:VCALENDAR", "")).encode()


def hours(content: bytes) -> list[str]:
    return [f"{start:%d.%m. %H.%M}-{end:%H.%M}" for start, end in busy_times(content, low=LOW, high=HIGH)]


def test_reads_a_plain_entry() -> None:
    assert hours(calendar("DTSTART:20270310T070000Z", "DTEND:20270310T080000Z")) == ["10.03. 07.00-08.00"]


def test_reads_a_time_without_a_zone_as_finnish() -> None:
    assert hours(calendar("DTSTART:20270310T090000", "DURATION:PT1H")) == ["10.03. 07.00-08.00"]


def test_reads_a_whole_day_by_the_local_day() -> None:
    assert hours(calendar("DTSTART;VALUE=DATE:20270328")) == ["27.03. 22.00-21.00"]


def test_keeps_the_hour_of_a_weekly_entry_over_the_clock_change() -> None:
    lines = ("DTSTART;TZID=Europe/Helsinki:20270316T090000", "DTEND;TZID=Europe/Helsinki:20270316T100000",
             "RRULE:FREQ=WEEKLY;COUNT=4", "EXDATE;TZID=Europe/Helsinki:20270323T090000")  # fmt: skip
    assert hours(calendar(*lines)) == ["16.03. 07.00-08.00", "30.03. 06.00-07.00", "06.04. 06.00-07.00"]


def test_ends_a_repetition_at_its_until() -> None:
    lines = ("DTSTART:20270310T070000Z", "DTEND:20270310T080000Z", "RRULE:FREQ=DAILY;UNTIL=20270311T235959Z")
    assert len(hours(calendar(*lines))) == 2


@pytest.mark.parametrize("line", ["TRANSP:TRANSPARENT", "STATUS:CANCELLED"])
def test_leaves_out_free_and_cancelled_entries(line: str) -> None:
    assert hours(calendar("DTSTART:20270310T070000Z", "DTEND:20270310T080000Z", line)) == []


@pytest.mark.parametrize(
    "content",
    [b"", b"\x89PNG\r\n\x1a\n", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", b"<html></html>", b"x" * 2_000_001,
     calendar("DTSTART:99999999T999999Z"), calendar("SUMMARY:no start")],
)  # fmt: skip
def test_refuses_what_is_not_a_calendar(content: bytes) -> None:
    with pytest.raises(Invalid):
        busy_times(content, low=LOW, high=HIGH)


@pytest.mark.parametrize("freq", ["SECONDLY", "MINUTELY", "HOURLY"])
def test_refuses_a_repetition_within_the_day(freq: str) -> None:
    with pytest.raises(Invalid):
        hours(calendar("DTSTART:19700101T000000Z", "DURATION:PT1M", f"RRULE:FREQ={freq}"))


def test_refuses_a_repetition_of_many_times_a_day() -> None:
    seconds = ",".join(str(second) for second in range(60))
    rule = f"RRULE:FREQ=DAILY;BYHOUR=0,1,2,3;BYMINUTE={seconds};BYSECOND={seconds}"
    with pytest.raises(Invalid):
        hours(calendar("DTSTART:19700101T000000Z", "DURATION:PT1S", rule))


@pytest.mark.parametrize("rule", ["FREQ=DAILY", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"])
def test_refuses_a_file_that_takes_too_long_to_count_out(rule: str) -> None:
    entry = ("DTSTART:19010101T000000Z", "DURATION:PT1H", f"RRULE:{rule};COUNT=90000", "END:VEVENT", "BEGIN:VEVENT")
    content = calendar(*(line for _number in range(200) for line in entry), "DTSTART:20270310T070000Z")
    begun = process_time()
    with pytest.raises(Invalid):
        busy_times(content, low=LOW, high=HIGH)
    assert process_time() - begun < 10


def test_reads_old_entries_without_counting_out_their_past() -> None:
    """A worker's real calendar: many weekly entries of many years, each keeping its rhythm and its hour."""
    entry = ("DTSTART;TZID=Europe/Helsinki:20100105T090000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU",
             "END:VEVENT", "BEGIN:VEVENT")  # fmt: skip
    content = calendar(*(line for _number in range(100) for line in entry), "DTSTART:20270310T050000Z")
    every_second = [datetime(2010, 1, 5) + timedelta(days=14 * number) for number in range(500)]
    within = [f"{day:%d.%m.}" for day in every_second if datetime(2027, 3, 1) <= day < datetime(2027, 4, 30)]
    assert [text[:6] for text in hours(content) if not text.startswith("10.03.")] == within
    assert {text[7:] for text in hours(content) if text[3:5] == "04"} == {"06.00-07.00"}


def test_lets_a_moved_entry_stand_for_its_time_in_the_repetition() -> None:
    lines = ("DTSTART:20270310T070000Z", "DTEND:20270310T080000Z", "RRULE:FREQ=DAILY;COUNT=2", "END:VEVENT",
             "BEGIN:VEVENT", "UID:1", "RECURRENCE-ID:20270311T070000Z", "DTSTART:20270311T120000Z", "DURATION:PT1H")  # fmt: skip
    assert hours(calendar(*lines)) == ["10.03. 07.00-08.00", "11.03. 12.00-13.00"]


def test_refuses_a_repetition_without_a_step() -> None:
    with pytest.raises(Invalid):
        hours(calendar("DTSTART:20270310T070000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;INTERVAL=0"))


def test_ends_a_repetition_that_never_comes() -> None:
    lines = ("DTSTART:20200101T000000Z", "DURATION:PT1H", "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=900")
    assert hours(calendar(*lines)) == []


def test_refuses_days_of_certain_months_only_which_may_never_come() -> None:
    with pytest.raises(Invalid):
        hours(calendar("DTSTART:20200101T000000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"))


@pytest.mark.django_db
def test_sends_a_neutral_calendar_file_that_follows_a_move() -> None:
    county = world.build(workers=1)
    county.client.contact_points.all().delete()
    county.client.contact_points.create(kind="email", value="raija@example.com", valid_from=world.START)
    start = datetime(2026, 11, 25, 7, 0, tzinfo=UTC)
    row = actions.hold(
        kind=county.kind, unit=county.team, start=start, workers=county.workers, mode=Mode.OFFICE,
        by=county.laura, at=AT, key="", client=county.client,
    )  # fmt: skip
    row = actions.confirm(appointment=row, by=county.laura, at=AT)
    new = actions.move(
        appointment=row, start=start + timedelta(hours=2), workers=county.workers, mode=Mode.OFFICE,
        side=CancelledBy.CLIENT, reason="x", by=county.laura, at=AT, key="",
    )  # fmt: skip
    first, second = (
        Calendar.from_ical(bytes(one.content)).walk("VEVENT")[0] for one in Enclosure.objects.order_by("id")
    )
    assert first["uid"] == second["uid"] and second["sequence"] > first["sequence"]
    assert second.decoded("dtstart") == start + timedelta(hours=2)
    text = bytes(Enclosure.objects.first().content).decode()  # type: ignore[union-attr]
    assert "Keskustelu" not in text and "Koskimäki" not in text and "Kauppatie" in text
    gone = for_client(new, language="sv", sender="Alue", at=AT, cancelled=True).decode()
    assert "METHOD:CANCEL" in gone and "STATUS:CANCELLED" in gone
