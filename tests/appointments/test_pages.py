"""The staff pages: they work, need the role, keep strangers out, write nothing on GET, and say what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from polku.access import closing
from polku.access.models import Absence, Account, Actor, ClosingDay
from polku.appointments import actions
from polku.appointments.models import (
    Appointment,
    BookingRule,
    BusyTime,
    Feed,
    Kind,
    Opening,
    Participant,
    Resource,
    WaitingEntry,
)
from polku.appointments.states import CancelledBy, Mode, State
from polku.appointments.views.groups import MARKS
from polku.audit.models import Event
from polku.cases.models import TimelineEntry
from polku.clients.models import ClientName, NameWord
from polku.contacts import actions as contacts
from polku.contacts import matters, people
from polku.contacts.models import CallBack, ContactText
from polku.desk.happened import SENTENCES, sentence
from polku.kit import names
from tests.appointments import world
from tests.appointments.world import AT, World

pytestmark = pytest.mark.django_db

WHAT = "income-support:talk"
TOMORROW_9 = datetime(2026, 11, 25, 7, 0, tzinfo=UTC)


@pytest.fixture
def county(db: None, clock: Callable[[datetime], None]) -> World:
    clock(AT)
    return world.build()


def signed_in(actor: Actor | None) -> Client:
    assert actor is not None
    browser = Client(headers={"accept-language": "en"})
    account = Account.objects.get_or_create(username=actor.public_id, actor=actor)[0]
    browser.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    browser.cookies["polku_language"] = "en"
    return browser


def slot(county: World, start: datetime = TOMORROW_9, worker: int = 0, mode: str = "office") -> str:
    return f"{start:%Y%m%dT%H%MZ}.{county.workers[worker].public_id}.{mode}"


def booked(county: World, at: datetime = AT, start: datetime = TOMORROW_9, **more: object) -> Appointment:
    row = actions.hold(
        kind=county.kind, unit=county.team, start=start, workers=[county.workers[0]], mode=Mode.OFFICE,
        by=county.laura, at=at, key="", client=county.client, contact=county.contact, **more,
    )  # type: ignore[arg-type]  # fmt: skip
    return actions.confirm(appointment=row, by=county.laura, at=at)


def test_shows_free_times_as_list_and_map(county: World) -> None:
    page = signed_in(county.laura).get(
        reverse("appointments:free"), {"contact": county.contact.public_id, "what": WHAT}
    )
    text = page.content.decode()
    assert page.status_code == 200
    assert "Työntekijä 00" in text and 'class="heat"' in text and 'class="slots' in text


def test_filters_by_mode_place_language_and_worker(county: World) -> None:
    browser = signed_in(county.laura)
    one = county.workers[1].public_id
    page = browser.get(
        reverse("appointments:free"),
        {"what": WHAT, "mode": "phone", "place": county.place.public_id, "km": "0", "language": "fi", "worker": one},
    )
    assert one in page.content.decode() and f".{county.workers[0].public_id}." not in page.content.decode()
    empty = browser.get(reverse("appointments:free"), {"language": "sv", "what": WHAT})
    assert "No free times" in empty.content.decode()


def test_holds_confirms_and_tells_by_buttons(county: World) -> None:
    browser = signed_in(county.laura)
    query = f"contact={county.contact.public_id}&what={WHAT}"
    page = browser.post(reverse("appointments:hold"), {"query": query, "slot": slot(county), "key": "k1"}, follow=True)
    assert "Confirm the time" in page.content.decode() and "Aikanne on huomenna" in page.content.decode()
    row = Appointment.objects.get()
    page = browser.post(reverse("appointments:confirm", args=[row.public_id]), {"query": query}, follow=True)
    assert "Told to the client" in page.content.decode()
    page = browser.post(reverse("appointments:tell", args=[row.public_id]), {"query": query}, follow=True)
    row.refresh_from_db()
    assert row.state == State.BOOKED and row.told_in_first_contact


def test_says_who_was_first_and_chooses_the_next_free_time(county: World) -> None:
    actions.hold(
        kind=county.kind, unit=county.team, start=TOMORROW_9, workers=[county.workers[0]], mode=Mode.OFFICE,
        by=county.petra, at=AT, key="",
    )  # fmt: skip
    browser = signed_in(county.laura)
    form = {"query": f"what={WHAT}", "slot": slot(county), "key": "k1"}
    page = browser.post(reverse("appointments:hold"), form, follow=True)
    assert "That time is held by Petra Salo right now." in page.content.decode()
    fragment = browser.post(reverse("appointments:hold"), {**form, "key": "k2"}, headers={"HX-Request": "true"})
    assert fragment.status_code == 422 and "held by Petra Salo" in fragment.content.decode()


@pytest.mark.parametrize("bad", ["", "x", "20261332T9999Z.a.b", "20261125T0700Z.nobody.office", "a.b.c.d"])
def test_answers_a_slot_that_is_none_with_a_sentence(county: World, bad: str) -> None:
    page = signed_in(county.laura).post(
        reverse("appointments:hold"), {"query": f"what={WHAT}", "slot": bad}, follow=True
    )
    assert page.status_code == 200
    assert "Choose" in page.content.decode()


def test_shows_the_day_with_what_was_said_first(county: World) -> None:
    ContactText.objects.create(
        contact=county.contact, kind="said", version=1, text="Vuokra on maksamatta.", written_at=AT,
        author=county.laura, author_name="Laura",
    )  # fmt: skip
    booked(county)
    browser = signed_in(county.workers[0].actor)
    for name in ("appointments:day", "appointments:week"):
        page = browser.get(reverse(name), {"date": "2026-11-25"})
        assert "Vuokra on maksamatta." in page.content.decode(), name
        assert "Koskimäki" in page.content.decode()


def test_marks_arrived_held_and_puts_right(county: World, clock: Callable[[datetime], None]) -> None:
    row = booked(county)
    browser = signed_in(county.workers[0].actor)
    address = reverse("appointments:mark", args=[row.public_id])
    assert "later day" in browser.post(address, {"as": "arrived"}, follow=True).content.decode()
    clock(TOMORROW_9 + timedelta(minutes=1))
    browser = signed_in(county.workers[0].actor)
    browser.post(address, {"as": "arrived"})
    page = browser.post(address, {"as": "done"}, follow=True)
    row.refresh_from_db()
    assert page.status_code == 200 and row.state == State.DONE
    wrong = browser.post(reverse("appointments:put_right", args=[row.public_id]), {"reason": ""})
    assert wrong.status_code == 422
    browser.post(reverse("appointments:put_right", args=[row.public_id]), {"reason": "wrong row"})
    row.refresh_from_db()
    assert row.state == State.BOOKED


def test_opens_a_new_attempt_when_the_client_did_not_come(county: World, clock: Callable[[datetime], None]) -> None:
    row = booked(county)
    browser = signed_in(county.workers[0].actor)
    clock(TOMORROW_9 + timedelta(minutes=20))
    page = browser.post(reverse("appointments:mark", args=[row.public_id]), {"as": "no_show"}, follow=True)
    assert "A new attempt is in the worklist" in page.content.decode()
    attempt = CallBack.objects.get()
    assert attempt.work_item.assignee == county.workers[0].actor and attempt.unit == county.team


def test_cancels_and_moves_by_staff(county: World) -> None:
    row = booked(county)
    browser = signed_in(county.laura)
    wrong = browser.post(reverse("appointments:cancel", args=[row.public_id]), {"side": "client", "reason": ""})
    assert wrong.status_code == 422 and "Write why" in wrong.content.decode()
    page = browser.get(reverse("appointments:free"), {"moving": row.public_id})
    assert "You are moving the time" in page.content.decode()
    form = {"side": "client", "reason": "work", "slot": slot(county, TOMORROW_9 + timedelta(hours=2)), "key": "m"}
    page = browser.post(reverse("appointments:move", args=[row.public_id]), form, follow=True)
    assert "Moved to" in page.content.decode()
    new = Appointment.objects.get(replaces=row)
    browser.post(reverse("appointments:join", args=[new.public_id]), {"key": "j"})
    assert WaitingEntry.objects.get().appointment == new
    assert "Koskimäki" in signed_in(county.workers[0].actor).get(reverse("appointments:waiting")).content.decode()
    browser.post(reverse("appointments:leave", args=[new.public_id]))
    browser.post(reverse("appointments:cancel", args=[new.public_id]), {"side": "client", "reason": "better"})
    new.refresh_from_db()
    assert new.state == State.CANCELLED


def test_keeps_what_was_typed_when_the_new_time_is_gone(county: World) -> None:
    row = booked(county)
    actions.hold(
        kind=county.kind, unit=county.team, start=TOMORROW_9, workers=[county.workers[1]], mode=Mode.OFFICE,
        by=county.petra, at=AT, key="",
    )  # fmt: skip
    form = {"side": "client", "reason": "my own words", "slot": slot(county, worker=1), "key": "m"}
    page = signed_in(county.laura).post(reverse("appointments:move", args=[row.public_id]), form)
    assert page.status_code == 422 and "my own words" in page.content.decode()
    row.refresh_from_db()
    assert row.state == State.BOOKED


def test_hides_an_appointment_from_a_stranger(county: World) -> None:
    row = booked(county)
    stranger = signed_in(world.staff("Vieras", "palveluohjaaja", (county.station, "guidance")))
    assert stranger.get(reverse("appointments:appointment", args=[row.public_id])).status_code == 404
    assert stranger.get(reverse("appointments:appointment", args=["nothing"])).status_code == 404
    assert stranger.get(reverse("appointments:week"), {"worker": county.workers[0].public_id}).status_code == 404
    assert stranger.get(reverse("appointments:calendar", args=[county.workers[0].public_id])).status_code == 404


def test_shows_the_effect_before_an_opening_is_added(county: World) -> None:
    browser = signed_in(county.workers[0].actor)
    address = reverse("appointments:add_opening", args=[county.workers[0].public_id])
    form = {
        "repeats": "2", "weekday": "7", "valid_from": "2026-11-24", "starts": "17:00", "ends": "19:00",
        "modes": ["phone"], "place": county.place.public_id,
    }  # fmt: skip
    before = Opening.objects.count()
    page = browser.post(address, form)
    assert "Adds 8 hours in the next 8 weeks." in page.content.decode() and Opening.objects.count() == before
    browser.post(address, {**form, "sure": "1"})
    made = Opening.objects.get(weekday=7)
    assert (made.every_weeks, made.anchor.isoformat() if made.anchor else "") == (2, "2026-11-24")
    ended = reverse("appointments:end_opening", args=[county.workers[0].public_id, made.public_id])
    browser.post(ended, {"last_day": "2026-12-31"})
    made.refresh_from_db()
    assert made.valid_until and made.valid_until.isoformat() == "2026-12-31"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ends": "16:00", "starts": "17:00"}, "after the start"),
        ({"modes": []}, "at least one way"),
        ({"weekday": ""}, "Choose the weekday"),
        ({"repeats": "0", "valid_from": "2027-03-28", "starts": "03:30", "ends": "05:00"}, "does not exist"),
        ({"valid_from": "31.2.2027"}, "There is no such day"),
    ],
)
def test_names_what_is_wrong_in_an_opening(county: World, change: dict[str, object], words: str) -> None:
    browser = signed_in(county.workers[0].actor)
    form = {
        "repeats": "1",
        "weekday": "7",
        "valid_from": "2026-11-24",
        "starts": "17:00",
        "ends": "19:00",
        "modes": ["phone"],
    }
    page = browser.post(reverse("appointments:add_opening", args=[county.workers[0].public_id]), {**form, **change})
    assert page.status_code == 422 and words in page.content.decode()


def test_warns_of_agreed_times_before_an_absence(county: World) -> None:
    booked(county)
    worker = county.workers[0]
    browser = signed_in(worker.actor)
    address = reverse("appointments:add_absence", args=[worker.public_id])
    form = {"first_day": "2026-11-25", "last_day": "2026-11-26"}
    page = browser.post(address, form)
    assert "1 agreed time falls on the absence" in page.content.decode() and not Absence.objects.exists()
    browser.post(address, {**form, "sure": "1"})
    absence = Absence.objects.get()
    assert absence.starts_at == datetime(2026, 11, 24, 22, tzinfo=UTC)
    browser.post(reverse("appointments:remove_absence", args=[worker.public_id, absence.public_id]))
    assert not Absence.objects.exists()


def test_reads_busy_times_from_a_file_and_refuses_another_file(county: World) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    worker = county.workers[0]
    browser = signed_in(worker.actor)
    address = reverse("appointments:add_busy", args=[worker.public_id])
    content = (
        b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20261124T000000Z\r\n"
        b"DTSTART:20261125T070000Z\r\nDTEND:20261125T080000Z\r\nSUMMARY:secret\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    browser.post(address, {"name": "Outlook", "file": SimpleUploadedFile("a.ics", content)})
    assert BusyTime.objects.get().during.lower == TOMORROW_9
    wrong = browser.post(address, {"name": "Outlook", "file": SimpleUploadedFile("a.ics", b"\x89PNG nothing")})
    assert wrong.status_code == 422 and "not a calendar file" in wrong.content.decode()
    assert BusyTime.objects.count() == 1


def test_serves_the_feed_at_its_secret_address_only(county: World) -> None:
    booked(county)
    browser = signed_in(county.workers[0].actor)
    page = browser.post(reverse("appointments:new_feed"))
    address = page.context["address"]
    content = Client().get(address).content.decode()
    assert "BEGIN:VEVENT" in content and "20261125T070000Z" in content and "Koskimäki" not in content
    assert Feed.objects.get().token_hash not in address
    browser.post(reverse("appointments:end_feed"))
    assert Client().get(address).status_code == 404


def test_shows_missing_times_and_settings_to_the_head(county: World) -> None:
    head = signed_in(county.lead)
    assert head.get(reverse("appointments:missing")).status_code == 200
    assert head.get(reverse("appointments:settings")).status_code == 200
    kind = reverse("appointments:kind", args=[county.kind.key])
    form = {
        "name_fi": "Keskustelu", "name_sv": "Samtal", "name_en": "Talk", "duration_minutes": "30",
        "before_minutes": "0",
        "after_minutes": "0", "step_minutes": "30", "lead_minutes": "60", "horizon_days": "60", "modes": ["office"],
        "capacity": "1", "client_change_hours": "", "reminder_hours": "24",
    }  # fmt: skip
    assert head.get(kind).status_code == 200
    assert head.post(kind, {**form, "duration_minutes": "0"}).status_code == 422
    head.post(kind, form)
    county.kind.refresh_from_db()
    assert (county.kind.duration_minutes, county.kind.client_change_hours) == (30, None)
    head.post(reverse("appointments:add_rule"), {
        "kind": "talk", "target_unit": county.team.key, "booker_role": "health", "valid_from": "2026-11-24",
    })  # fmt: skip
    rule = BookingRule.objects.get(booker_role="health", kind=county.kind)
    head.post(reverse("appointments:end_rule", args=[rule.pk]), {"last_day": "2026-11-24"})
    head.post(
        reverse("appointments:add_room"), {"place": county.place.public_id, "name": "A1", "seats": "4", "active": "1"}
    )
    assert Resource.objects.filter(kind="room", name="A1").exists()
    worker = signed_in(county.workers[0].actor)
    assert worker.get(reverse("appointments:settings")).status_code == 404


@pytest.mark.parametrize("name", ["free", "day", "week", "calendars", "missing", "waiting"])
def test_asks_to_sign_in_first(county: World, name: str) -> None:
    assert Client().get(reverse(f"appointments:{name}")).status_code == 302


@pytest.fixture
def group(county: World) -> Appointment:
    """A group of two tomorrow at nine."""
    Kind.objects.update(capacity=2)
    county.kind.refresh_from_db()
    row = actions.hold(
        kind=county.kind, unit=county.team, start=TOMORROW_9, workers=[county.workers[0]], mode=Mode.OFFICE,
        by=county.petra, at=AT, key="",
    )  # fmt: skip
    return actions.confirm(appointment=row, by=county.petra, at=AT)


def of_client(county: World) -> str:
    return f"client={county.client.public_id}&what={WHAT}"


def test_gives_a_seat_in_a_group_by_buttons_and_tells_it(county: World, group: Appointment) -> None:
    browser = signed_in(county.laura)
    page = browser.get(f"{reverse('appointments:free')}?{of_client(county)}")
    address = reverse("appointments:join_group", args=[group.public_id])
    assert address in page.content.decode() and "2 seats free of 2" in page.content.decode()
    page = browser.post(address, {"query": of_client(county), "key": "k"}, follow=True)
    seat = Participant.objects.get()
    assert "Aikanne on huomenna" in page.content.decode() and "The client has a seat." in page.content.decode()
    browser.post(reverse("appointments:tell_seat", args=[seat.public_id]), {"query": of_client(county)}, follow=True)
    seat.refresh_from_db()
    assert (seat.client, seat.told_by) == (county.client, county.laura)


def test_gives_no_seat_without_a_client_and_names_what_is_missing(county: World, group: Appointment) -> None:
    page = signed_in(county.laura).post(
        reverse("appointments:join_group", args=[group.public_id]), {"query": f"what={WHAT}"}, follow=True
    )
    assert "Find the client first" in page.content.decode() and not Participant.objects.exists()


def test_gives_a_seat_back_with_its_reason(county: World, group: Appointment) -> None:
    seat = actions.join_group(appointment=group, client=county.client, by=county.laura, at=AT, key="")
    browser, address = signed_in(county.lead), reverse("appointments:leave_group", args=[seat.public_id])
    page = browser.get(reverse("appointments:appointment", args=[group.public_id]))
    assert address in page.content.decode() and str(county.client) in page.content.decode()
    read = list(Event.objects.filter(what="appointments.appointment").values_list("clients", flat=True))
    assert [county.client.pk] in read, "whose name was shown is in the log"
    assert "Write why" in browser.post(address, {}, follow=True).content.decode()
    browser.post(address, {"side": "client", "reason": "este"})
    seat.refresh_from_db()
    assert seat.state == State.CANCELLED
    stranger = world.staff("Outi", "sosiaalityöntekijä", (county.station, "social_worker"))
    assert signed_in(stranger).post(address, {"side": "client", "reason": "x"}).status_code == 404


def test_marks_a_participant_and_takes_the_mark_back(
    county: World, group: Appointment, clock: Callable[[datetime], None]
) -> None:
    seat = actions.join_group(appointment=group, client=county.client, by=county.laura, at=AT, key="")
    clock(TOMORROW_9 + timedelta(hours=1))
    browser, address = signed_in(county.lead), reverse("appointments:participant", args=[group.public_id])
    for mark, reason in (("done", ""), ("booked", "väärä rivi"), ("no_show", "")):
        browser.post(address, {"participant": seat.public_id, "as": mark, "reason": reason})
        seat.refresh_from_db()
        assert seat.state == mark
    assert CallBack.objects.count() == 1
    page = browser.post(address, {"participant": seat.public_id, "as": "booked"}, follow=True)
    assert "Write what was marked by mistake." in page.content.decode()
    assert "A new attempt is in the worklist" in page.content.decode()
    assert TimelineEntry.objects.get(event="appointments.group_booked").text == "väärä rivi"


@pytest.mark.parametrize("fate", ["missed", "given up"])
def test_draws_a_group_with_as_many_questions_whatever_became_of_how_many(
    county: World, group: Appointment, clock: Callable[[datetime], None], fate: str
) -> None:
    Appointment.objects.filter(pk=group.pk).update(capacity=4)
    browser, here = signed_in(county.lead), reverse("appointments:appointment", args=[group.public_id])
    over, asked = TOMORROW_9 + timedelta(hours=1), []
    names = ("Eka", "Toka", "Kolmas", "Neljäs")
    seats = [
        actions.join_group(appointment=group, client=world.client(county.laura, name), by=county.laura, at=AT, key="")
        for name in names
    ]
    clock(over if fate == "missed" else AT)
    browser.get(here)
    for number, seat in enumerate(seats, start=1):
        if fate == "missed":
            actions.mark_participant(participant=seat, state=State.NO_SHOW, by=county.lead, at=over)
        else:
            actions.leave_group(participant=seat, side=CancelledBy.UNIT, reason="x", by=county.lead, at=AT)
        with CaptureQueriesContext(connection) as seen:
            page = browser.get(here).content.decode()
        asked.append(len(seen))
        assert page.count("A new attempt is in the worklist" if fate == "missed" else "the seat was given up") == number
    assert len(set(asked[:3])) == 1, asked


def test_ends_a_group_that_nobody_joined(county: World, group: Appointment, clock: Callable[[datetime], None]) -> None:
    clock(TOMORROW_9 + timedelta(hours=1))
    browser, here = signed_in(county.lead), reverse("appointments:appointment", args=[group.public_id])
    assert "Nobody came: end the group" in browser.get(here).content.decode()
    page = browser.post(reverse("appointments:roll", args=[group.public_id]), follow=True).content.decode()
    assert "The group was ended: nobody came." in page and "Nobody came: end the group" not in page
    group.refresh_from_db()
    assert group.state == State.NO_SHOW


def test_marks_everybody_of_a_group_in_one_form(
    county: World, group: Appointment, clock: Callable[[datetime], None]
) -> None:
    other = world.client(county.laura, "Toinen")
    one, two = (
        actions.join_group(appointment=group, client=client, by=county.laura, at=AT, key="")
        for client in (county.client, other)
    )
    browser, address = signed_in(county.lead), reverse("appointments:roll", args=[group.public_id])
    here = reverse("appointments:appointment", args=[group.public_id])
    assert address not in browser.get(here).content.decode(), "nothing to mark before the group begins"
    clock(TOMORROW_9 + timedelta(hours=1))
    assert address in browser.get(here).content.decode()
    page = browser.post(address, {one.public_id: "done"})
    assert page.status_code == 422 and "Choose what became of this participant." in page.content.decode()
    assert f'name="{one.public_id}" value="done" id="roll-{one.public_id}_0"' in page.content.decode()
    page = browser.post(address, {one.public_id: "done", two.public_id: "cancelled"})
    assert page.status_code == 422 and "Write why" in page.content.decode()
    one.refresh_from_db()
    assert one.state == State.BOOKED, "nothing half saved"
    browser.post(address, {one.public_id: "done", two.public_id: "cancelled", "reason": "soitti"})
    states = dict(Participant.objects.values_list("client_id", "state"))
    group.refresh_from_db()
    assert (states[county.client.pk], states[other.pk], group.state) == (State.DONE, State.CANCELLED, State.DONE)
    browser.post(address, {one.public_id: "no_show", "reason": "väärin merkitty"})
    one.refresh_from_db()
    group.refresh_from_db()
    assert (one.state, group.state) == (State.NO_SHOW, State.NO_SHOW), "each mark can be changed"


def test_takes_a_cancellation_back_by_a_button_for_ten_minutes(
    county: World, clock: Callable[[datetime], None]
) -> None:
    row = booked(county)
    browser, here = signed_in(county.laura), reverse("appointments:appointment", args=[row.public_id])
    undo = reverse("appointments:restore", args=[row.public_id])
    assert undo not in browser.get(here).content.decode()
    browser.post(reverse("appointments:cancel", args=[row.public_id]), {"side": "client", "reason": "väärä rivi"})
    page = browser.get(here).content.decode()
    assert undo in page and "can be taken back until 9.16" in page
    page = browser.post(undo, follow=True).content.decode()
    row.refresh_from_db()
    assert row.state == State.BOOKED and "the time is booked as before" in page
    browser.post(reverse("appointments:cancel", args=[row.public_id]), {"side": "client", "reason": "x"})
    clock(AT + timedelta(minutes=11))
    assert undo not in browser.get(here).content.decode()
    assert "can be taken back for 10 minutes" in browser.post(undo, follow=True).content.decode()


def test_says_who_was_quicker_and_which_time_is_next(county: World) -> None:
    row = booked(county)
    actions.cancel(appointment=row, side="client", reason="x", by=county.laura, at=AT)
    actions.hold(
        kind=county.kind, unit=county.team, start=row.starts_at, workers=[county.workers[0]], mode=Mode.OFFICE,
        by=county.petra, at=AT, key="rival",
    )  # fmt: skip
    browser, undo = signed_in(county.laura), reverse("appointments:restore", args=[row.public_id])
    here = reverse("appointments:appointment", args=[row.public_id])
    assert undo not in browser.get(here).content.decode()
    page = browser.post(undo, follow=True).content.decode()
    assert "held by Petra Salo" in page and "The next free time is" in page


def test_gives_a_seat_back_that_was_given_up_by_mistake(county: World, group: Appointment) -> None:
    seat = actions.join_group(appointment=group, client=county.client, by=county.laura, at=AT, key="")
    actions.leave_group(participant=seat, side="client", reason="väärä rivi", by=county.laura, at=AT)
    browser, undo = signed_in(county.lead), reverse("appointments:restore_seat", args=[seat.public_id])
    page = browser.get(reverse("appointments:appointment", args=[group.public_id])).content.decode()
    assert undo in page and "väärä rivi" in page
    browser.post(undo)
    seat.refresh_from_db()
    assert seat.state == State.BOOKED
    stranger = world.staff("Outi", "sosiaalityöntekijä", (county.station, "social_worker"))
    assert signed_in(stranger).post(undo).status_code == 404


def test_finds_the_client_on_the_page_and_books_for_them(county: World) -> None:
    word = NameWord.objects.create(word=names.words(county.client.family_name)[0])
    ClientName.objects.create(client=county.client, word=word)
    browser = signed_in(county.laura)
    assert "For whom is the time?" in browser.get(reverse("appointments:free"), {"what": WHAT}).content.decode()
    find = reverse("appointments:find_client")
    assert "Write the client" in browser.post(find, {"query": f"what={WHAT}"}).content.decode()
    page = browser.post(find, {"query": f"what={WHAT}", "q": "Koskimäki"})
    assert f"client={county.client.public_id}" in page.content.decode()
    assert Event.objects.filter(what="clients.search", clients=[county.client.pk]).exists()
    query = of_client(county)
    assert "A time for" in browser.get(f"{reverse('appointments:free')}?{query}").content.decode()
    browser.post(reverse("appointments:hold"), {"query": query, "slot": slot(county), "key": "k1"})
    row = Appointment.objects.get()
    browser.post(reverse("appointments:confirm", args=[row.public_id]), {"query": query})
    row.refresh_from_db()
    assert (row.state, row.client) == (State.BOOKED, county.client)


def test_keeps_a_time_that_was_held_before_the_client_was_found(county: World) -> None:
    browser = signed_in(county.laura)
    browser.post(reverse("appointments:hold"), {"query": f"what={WHAT}", "slot": slot(county), "key": "k1"})
    page = browser.get(f"{reverse('appointments:free')}?{of_client(county)}")
    assert "Confirm the time" in page.content.decode()


def test_offers_the_clients_open_matters(county: World) -> None:
    call = contacts.start(unit=county.guidance, by=county.laura, at=AT, key="c")
    call = contacts.record(contact=call, by=county.laura, at=AT)
    party = people.add(contact=call, role="concerned", told=people.Told(family_name="Salo"), by=county.laura, at=AT)
    party = people.make_known(party=party, by=county.laura, at=AT)
    assert party.client is not None
    page = signed_in(county.laura).get(reverse("appointments:free"), {"client": party.client.public_id, "what": WHAT})
    assert f"contact={call.public_id}" in page.content.decode()


@pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31", "2200-06-01", "9999-12-31", "2026-02-30", "x"])
@pytest.mark.parametrize("name", ["free?first", "day?date", "week?date"])
def test_answers_a_day_beyond_every_calendar(county: World, name: str, day: str) -> None:
    page, _mark, field = name.partition("?")
    answer = signed_in(county.workers[0].actor if page != "free" else county.laura).get(
        reverse(f"appointments:{page}"), {field: day}
    )
    assert answer.status_code == 200


@pytest.mark.parametrize("year", ["0026", "9999"])
def test_names_a_slip_of_the_year_at_its_field(county: World, year: str) -> None:
    worker = county.workers[0]
    browser, args = signed_in(worker.actor), [worker.public_id]
    opening = {"repeats": "1", "weekday": "1", "valid_from": f"1.12.{year}", "starts": "9.00", "ends": "10.00",
               "modes": ["phone"]}  # fmt: skip
    away = {"first_day": f"1.12.{year}", "last_day": f"2.12.{year}"}
    ended = [*args, worker.openings.all()[0].public_id]
    for name, where, form in (
        ("add_opening", args, opening), ("add_absence", args, away), ("end_opening", ended, {"last_day": f"31.12.{year}"})
    ):  # fmt: skip
        page = browser.post(reverse(f"appointments:{name}", args=where), form)
        assert page.status_code == 422 and "There is no such day." in page.content.decode(), name


def test_tells_of_every_event_in_words() -> None:
    """What the stage writes to the timeline stands there as a sentence, with the time that it is about."""
    source = "".join(path.read_text() for path in Path(actions.__path__[0]).glob("*.py"))
    verbs = set(re.findall(r'trace\(\s*[\w.]+,\s*"(\w+)"', source)) | {f"group_{state}" for state in MARKS}
    assert {"booked", "moved", "group_joined", "waiting_left"} <= verbs
    assert {f"appointments.{verb}" for verb in verbs} <= SENTENCES.keys()


def test_says_in_the_timeline_when_the_time_is(county: World) -> None:
    booked(county)
    entry = TimelineEntry.objects.get(event="appointments.booked")
    assert "9.00" in sentence(entry, {})


def test_names_the_participants_of_a_group_on_the_workers_day_with_what_was_said(
    county: World, group: Appointment
) -> None:
    seat_from_a_call(county, group)
    page = signed_in(county.workers[0].actor).get(reverse("appointments:day"), {"date": "2026-11-25"})
    assert "Raija Helena Koskimäki" in page.content.decode() and "Vuokra on maksamatta." in page.content.decode()


def seat_from_a_call(county: World, group: Appointment) -> Participant:
    """The client called, and got a seat in the group."""
    call = contacts.start(unit=county.guidance, by=county.laura, at=AT, key="g")
    call = contacts.record(contact=call, by=county.laura, at=AT)
    party = people.add(contact=call, role="concerned", told=people.Told(family_name="K"), by=county.laura, at=AT)
    people.identify(party=party, client=county.client, by=county.laura, at=AT)
    ContactText.objects.create(
        contact=call, kind="said", version=1, text="Vuokra on maksamatta.", written_at=AT, author=county.laura,
        author_name="Laura",
    )  # fmt: skip
    return actions.join_group(appointment=group, client=county.client, contact=call, by=county.laura, at=AT, key="")


def test_lists_a_seat_among_the_times_of_the_contact_the_person_and_the_case(county: World, group: Appointment) -> None:
    seat = seat_from_a_call(county, group)
    assert seat.contact is not None
    browser, here = signed_in(county.laura), reverse("appointments:appointment", args=[group.public_id])
    party = seat.contact.parties.get()
    case = matters.open_case(
        contact=seat.contact, party=party, by=county.laura, at=AT, unit=county.guidance, own_worker=county.laura
    )
    for name, public_id in (
        ("contact", seat.contact.public_id), ("person", county.client.public_id), ("case", case.public_id),
    ):  # fmt: skip
        page = browser.get(reverse(f"desk:{name}", args=[public_id])).content.decode()
        assert "Talk, Hiidenlahti, booked" in page, name
        assert here not in page, "the group's page tells of the others"
        assert "not booked" not in page, "the path knows of it too"
    actions.leave_group(participant=seat, side="client", reason="este", by=county.laura, at=AT)
    assert (
        "Talk, Hiidenlahti, cancelled"
        in browser.get(reverse("desk:person", args=[county.client.public_id])).content.decode()
    )


def test_lists_on_a_persons_page_only_times_that_the_reader_may_see(county: World, group: Appointment) -> None:
    seat_from_a_call(county, group)
    booked(county, start=TOMORROW_9 + timedelta(hours=3))
    here = reverse("desk:person", args=[county.client.public_id])
    page = signed_in(county.laura).get(here).content.decode()
    assert page.count("Talk, Hiidenlahti, booked") == 2
    nurse = world.staff("Outi", "terveydenhoitaja", (county.station, "health"))
    assert signed_in(nurse).get(here).status_code == 404


def test_opens_a_closing_day_again_and_names_what_fell_away(county: World) -> None:
    row = booked(county)
    day = TOMORROW_9.date()
    closing.close_day(unit=county.team, day=day, by=county.lead, at=AT)
    actions.cancel(appointment=row, side="unit", reason="yksikkö kiinni", by=county.lead, at=AT)
    other = booked(county, start=TOMORROW_9 + timedelta(days=1))
    actions.cancel(appointment=other, side="unit", reason="x", by=county.lead, at=AT)
    address = reverse("desk:team_reopen", args=[county.team.key])
    browser = signed_in(county.lead)
    assert address in browser.get(reverse("desk:team", args=[county.team.key])).content.decode()
    page = browser.post(address, {"day": day.isoformat()}).content.decode()
    here = [reverse("appointments:appointment", args=[one.public_id]) for one in (row, other)]
    assert here[0] in page and here[1] not in page and "Raija Helena Koskimäki" in page
    assert ClosingDay.objects.filter(unit=county.team).exists(), "seen first, then done"
    assert Event.objects.filter(what="team", clients=[county.client.pk]).exists()
    page = browser.post(address, {"day": day.isoformat(), "sure": "1"}, follow=True).content.decode()
    assert "The unit is open" in page and not ClosingDay.objects.filter(unit=county.team).exists()
    assert slot(county), "its times are offered again"
    assert "Choose one of the closing days" in browser.post(address, {"day": "x"}, follow=True).content.decode()
    assert signed_in(county.laura).post(address, {"day": day.isoformat()}).status_code == 404
