"""The earlier-time list and the steady work: offers pass on, reminders are written when due, holds lapse."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from polku.access.models import Unit
from polku.appointments import actions, jobs, notices
from polku.appointments.models import Appointment, BusySource, BusyTime, WaitingEntry
from polku.appointments.states import CancelledBy, Mode, State, WaitState
from polku.clients.models import ContactPoint
from polku.clients.states import PointKind
from polku.kit.errors import Invalid
from polku.outbox.models import Message
from tests.appointments import world
from tests.appointments.world import AT, World

pytestmark = pytest.mark.django_db

TUESDAY = datetime(2026, 12, 1, 7, 0, tzinfo=UTC)


@pytest.fixture
def county(db: None) -> World:
    return world.build()


def booked(county: World, start: datetime, worker: int = 0, name: str = "Koskimäki", at: datetime = AT) -> Appointment:
    row = actions.hold(
        kind=county.kind, unit=county.team, start=start, workers=[county.workers[worker]], mode=Mode.OFFICE,
        by=county.laura, at=at, key="", client=world.client(county.laura, name),
    )  # fmt: skip
    return actions.confirm(appointment=row, by=county.laura, at=at)


def waiter(county: World, start: datetime, worker: int, name: str, at: datetime = AT, **more: object) -> WaitingEntry:
    row = booked(county, start, worker, name)
    return actions.join(appointment=row, by=county.laura, at=at, key="", **more)  # type: ignore[arg-type]


def free_up(county: World, row: Appointment, at: datetime = AT) -> None:
    actions.cancel(appointment=row, side=CancelledBy.CLIENT, reason="ill", by=county.laura, at=at)


def test_offers_in_the_order_of_joining(county: World) -> None:
    freed = booked(county, TUESDAY)
    second = waiter(county, TUESDAY + timedelta(hours=2), 1, "Toinen", at=AT + timedelta(minutes=1))
    first = waiter(county, TUESDAY + timedelta(hours=3), 1, "Eka")
    free_up(county, freed)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (WaitState.OFFERED, WaitState.WAITING)
    assert Message.objects.get(template="earlier_time_offer").body


def test_passes_an_unanswered_offer_to_the_next(county: World) -> None:
    freed = booked(county, TUESDAY)
    first = waiter(county, TUESDAY + timedelta(hours=3), 1, "Eka")
    second = waiter(county, TUESDAY + timedelta(hours=2), 1, "Toinen", at=AT + timedelta(minutes=1))
    free_up(county, freed)
    assert actions.pass_on_lapsed(at=AT + timedelta(minutes=30)) == 0
    assert actions.pass_on_lapsed(at=AT + timedelta(hours=3)) == 1
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (WaitState.WAITING, WaitState.OFFERED)
    assert actions.pass_on_lapsed(at=AT + timedelta(hours=6)) == 1
    second.refresh_from_db()
    assert second.state == WaitState.WAITING, "nobody is offered the same time twice"


def test_passes_a_declined_offer_on_at_once_and_keeps_the_present_time(county: World) -> None:
    freed = booked(county, TUESDAY)
    first = waiter(county, TUESDAY + timedelta(hours=3), 1, "Eka")
    second = waiter(county, TUESDAY + timedelta(hours=2), 1, "Toinen", at=AT + timedelta(minutes=1))
    free_up(county, freed)
    actions.decline(entry=first, by=county.laura, at=AT + timedelta(minutes=2))
    actions.decline(entry=first, by=county.laura, at=AT + timedelta(minutes=3))
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.declined, first.offered_start) == (WaitState.WAITING, [TUESDAY], None)
    assert (second.state, second.offered_start) == (WaitState.OFFERED, TUESDAY)
    assert first.appointment.state == State.BOOKED and first.appointment.during.lower == TUESDAY + timedelta(hours=3)


def test_offers_until_three_hours_later_or_an_hour_before_the_time(county: World) -> None:
    freed = booked(county, TUESDAY)
    entry = waiter(county, TUESDAY + timedelta(hours=3), 1, "Eka")
    free_up(county, freed, at=TUESDAY - timedelta(hours=3))
    entry.refresh_from_db()
    assert entry.offered_until == TUESDAY - timedelta(hours=1)


def test_offers_only_what_is_wished(county: World) -> None:
    freed = booked(county, TUESDAY)
    elsewhere = waiter(county, TUESDAY + timedelta(hours=3), 1, "Lohja", place=county.far)
    by_phone = waiter(county, TUESDAY + timedelta(hours=2), 1, "Puhelin", modes=[Mode.PHONE])
    earlier = waiter(county, TUESDAY - timedelta(days=1), 1, "Aiempi")
    free_up(county, freed)
    for entry in (elsewhere, by_phone, earlier):
        entry.refresh_from_db()
        assert entry.state == WaitState.WAITING


def test_follows_a_move_to_a_later_time_and_ends_with_a_cancellation(county: World) -> None:
    entry = waiter(county, TUESDAY, 1, "Eka")
    new = actions.move(
        appointment=entry.appointment, start=TUESDAY + timedelta(days=1), workers=[county.workers[1]], mode=Mode.OFFICE,
        side=CancelledBy.CLIENT, reason="x", by=county.laura, at=AT, key="",
    )  # fmt: skip
    entry.refresh_from_db()
    assert (entry.appointment, entry.state) == (new, WaitState.WAITING)
    free_up(county, new)
    entry.refresh_from_db()
    assert entry.state == WaitState.OVER


def test_joins_once_and_leaves(county: World) -> None:
    entry = waiter(county, TUESDAY, 1, "Eka")
    assert actions.join(appointment=entry.appointment, by=county.laura, at=AT, key="").pk == entry.pk
    actions.leave(entry=entry, by=county.laura, at=AT)
    actions.leave(entry=entry, by=county.laura, at=AT)
    entry.refresh_from_db()
    assert entry.state == WaitState.LEFT


def test_writes_a_reminder_once_when_it_is_due_from_the_facts_of_then(county: World) -> None:
    row = booked(county, TUESDAY)
    assert jobs.remind_due(TUESDAY - timedelta(hours=25)) == 0
    county.place.street_fi = "Uusikatu 2"
    county.place.save()
    assert jobs.remind_due(TUESDAY - timedelta(hours=23)) == 1
    assert jobs.remind_due(TUESDAY - timedelta(hours=22)) == 0
    message = Message.objects.get(template="appointment_reminder")
    assert "Uusikatu 2" in message.body
    row.refresh_from_db()
    assert row.reminded_at == TUESDAY - timedelta(hours=23)


def test_reminds_nobody_of_a_cancelled_moved_or_freshly_booked_time(county: World) -> None:
    free_up(county, booked(county, TUESDAY))
    moved = booked(county, TUESDAY + timedelta(hours=1))
    actions.move(
        appointment=moved, start=TUESDAY + timedelta(days=2), workers=[county.workers[0]], mode=Mode.OFFICE,
        side=CancelledBy.CLIENT, reason="x", by=county.laura, at=AT, key="",
    )  # fmt: skip
    booked(county, TUESDAY + timedelta(hours=2), at=TUESDAY - timedelta(hours=10))
    assert jobs.remind_due(TUESDAY - timedelta(hours=9)) == 0


def test_marks_lapsed_holds(county: World) -> None:
    row = actions.hold(
        kind=county.kind, unit=county.team, start=TUESDAY, workers=[county.workers[0]], mode=Mode.OFFICE,
        by=county.laura, at=AT, key="",
    )  # fmt: skip
    assert actions.expire(at=AT + timedelta(minutes=4)) == 0
    assert actions.expire(at=AT + timedelta(minutes=5)) == 1
    row.refresh_from_db()
    assert row.state == State.EXPIRED


def test_keeps_the_last_times_of_a_calendar_that_cannot_be_read(county: World, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = county.workers[0]
    source = BusySource.objects.create(
        resource=worker, name="x", url="https://127.0.0.1/secret", created_at=AT, created_by=county.laura
    )
    BusyTime.objects.create(source=source, resource=worker, during=(TUESDAY, TUESDAY + timedelta(hours=1)))
    assert jobs.read_due(AT) == 0
    source.refresh_from_db()
    assert source.problem and "secret" not in source.problem and BusyTime.objects.count() == 1
    assert jobs.read_due(AT + timedelta(minutes=1)) == 0, "not tried again at once"


@pytest.mark.parametrize(
    "url",
    ["http://example.com/a.ics", "https://127.0.0.1/a.ics", "https://localhost/a", "https://[::1]/", "https:///x"],
)
def test_reads_no_calendar_inside_the_network(url: str) -> None:
    assert jobs.public_address(url) is None


def test_reads_a_calendar_from_the_very_address_that_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name leads outside when it is looked at and inside a moment later: nothing goes inside."""
    asked: list[httpx.Request] = []

    class Outside(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            asked.append(request)
            return httpx.Response(200, content=b"BEGIN:VCALENDAR")

    answers = iter(["93.184.215.14", "127.0.0.1"])

    def looked_up(*_args: object, **_more: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), 443))]

    client = httpx.Client
    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    monkeypatch.setattr(httpx, "Client", lambda **options: client(**options, transport=Outside()))
    assert jobs.fetched("https://calendar.example/me.ics?x=1") == b"BEGIN:VCALENDAR"
    assert (asked[0].url.host, asked[0].headers["host"]) == ("93.184.215.14", "calendar.example")
    assert asked[0].extensions["sni_hostname"] == "calendar.example", "the certificate is that of the name"
    assert asked[0].url.raw_path == b"/me.ics?x=1"


def test_passes_over_an_address_that_cannot_be_right_and_a_unit_without_a_number(county: World) -> None:
    row = booked(county, TUESDAY)
    assert row.client is not None
    ContactPoint.objects.filter(client=row.client).update(value="puh. kts. rekisteri")
    ContactPoint.objects.create(
        client=row.client, kind=PointKind.EMAIL, value="raija@example.fi", valid_from=world.START
    )
    actions.move(
        appointment=row, start=TUESDAY + timedelta(hours=1), workers=[county.workers[0]], mode=Mode.OFFICE,
        side=CancelledBy.CLIENT, reason="x", by=county.laura, at=AT, key="m",
    )  # fmt: skip
    row = Appointment.objects.get(state=State.BOOKED)
    assert Message.objects.get(template="appointment_moved").channel == "email"
    Unit.objects.update(phone="")
    actions.cancel(appointment=row, side=CancelledBy.CLIENT, reason="x", by=county.laura, at=AT)
    assert not Message.objects.filter(template="appointment_cancelled").exists(), (
        "a message with no number to call is not written, and nothing fails"
    )


def test_lets_the_other_reminders_go_when_one_cannot_be_written(county: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = booked(county, TUESDAY), booked(county, TUESDAY, 1, "Toinen")
    Appointment.objects.update(booked_at=AT - timedelta(days=5))
    written = notices.reminder

    def fails_for_one(row: Appointment, **more: Any) -> Message | None:
        if row.pk == first.pk:
            raise Invalid("x", "x")
        return written(row, **more)

    monkeypatch.setattr(notices, "reminder", fails_for_one)
    assert jobs.remind_due(TUESDAY - timedelta(hours=20)) == 1
    assert Message.objects.get(template="appointment_reminder").not_after == second.starts_at
