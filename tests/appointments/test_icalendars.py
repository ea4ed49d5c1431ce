"""iCalendar out and in: neutral, moved entries replace, repeating entries keep their hour, privacy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

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


def test_ends_a_repetition_that_never_comes() -> None:
    lines = ("DTSTART:20200101T000000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=900")
    assert hours(calendar(*lines)) == []


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
