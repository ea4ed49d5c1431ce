"""The client's link: a GET only shows, a POST acts; day, time and place only; old links explain themselves."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from polku.appointments import actions, links
from polku.appointments.models import Appointment, ClientLink, Kind, WaitingEntry
from polku.appointments.states import Mode, State, WaitState
from polku.outbox.models import Message
from tests.appointments import world
from tests.appointments.world import AT, World

pytestmark = pytest.mark.django_db

TOMORROW_9 = datetime(2026, 11, 25, 7, 0, tzinfo=UTC)
NEXT_WEEK = datetime(2026, 12, 1, 7, 0, tzinfo=UTC)


@pytest.fixture
def county(db: None, clock: Callable[[datetime], None]) -> World:
    clock(AT)
    return world.build()


def booked(county: World, start: datetime = NEXT_WEEK, worker: int = 0, **more: object) -> Appointment:
    values: dict[str, object] = {"client": county.client, "contact": county.contact, **more}
    row = actions.hold(
        kind=county.kind, unit=county.team, start=start, workers=[county.workers[worker]], mode=Mode.OFFICE,
        by=county.laura, at=AT, key="", promised_by=date(2026, 12, 3), **values,
    )  # type: ignore[arg-type]  # fmt: skip
    return actions.confirm(appointment=row, by=county.laura, at=AT)


def token() -> str:
    """The token in the newest message to the client."""
    found = re.search(r"/t/([^/\s]+)/", Message.objects.latest("id").body)
    assert found
    return found.group(1)


def browser(language: str = "en") -> Client:
    made = Client()
    made.cookies["polku_language"] = language
    return made


def open_(address: str, language: str = "en") -> str:
    return browser(language).get(address).content.decode()


def slots(page: str) -> list[str]:
    return re.findall(r'value="(\d{8}T\d{4}Z\.[^"]+)"', page)


def test_shows_day_time_and_place_and_nothing_else(county: World) -> None:
    booked(county)
    page = open_(reverse("appointments:link", args=[token()]), "fi")
    assert "ti 1.12. klo 9.00" in page.replace("\xa0", " ") and "Kauppatie 11" in page
    for secret in ("Keskustelu", "Koskimäki", "Raija", "Työntekijä"):
        assert secret not in page
    assert len(slots(page)) == 3


@pytest.mark.parametrize(("language", "words"), [("fi", "Vaihda aika"), ("sv", "Byt tid"), ("en", "Change the time")])
def test_speaks_three_languages(county: World, language: str, words: str) -> None:
    booked(county)
    assert words in open_(reverse("appointments:link", args=[token()]), language)


def test_writes_nothing_on_get(county: World) -> None:
    booked(county)
    before = (Appointment.objects.count(), list(ClientLink.objects.values_list("used_at")))
    for _again in range(2):
        open_(reverse("appointments:link", args=[token()]))
    assert (Appointment.objects.count(), list(ClientLink.objects.values_list("used_at"))) == before
    for name in ("link_move", "link_cancel", "link_earlier", "link_answer"):
        assert browser().get(reverse(f"appointments:{name}", args=[token()])).status_code == 405


def test_keeps_only_the_hash_of_the_token(county: World) -> None:
    booked(county)
    assert ClientLink.objects.get().token_hash == links.token_hash(token())
    assert token() not in str(ClientLink.objects.values().get())


def test_moves_to_the_chosen_time_in_one_step(county: World) -> None:
    row = booked(county)
    first = token()
    page = open_(reverse("appointments:link", args=[first]))
    answer = browser().post(reverse("appointments:link_move", args=[first]), {"slot": slots(page)[0], "key": "k"})
    assert "Your new time is" in answer.content.decode()
    row.refresh_from_db()
    new = Appointment.objects.get(replaces=row)
    assert (row.state, new.state, new.cancelled_side) == (State.MOVED, State.BOOKED, "")
    assert new.booked_by is not None and new.booked_by.kind == "link" and new.promised_by == row.promised_by
    again = browser().get(reverse("appointments:link", args=[first]))
    assert again.status_code == 410 and "link of its own" in again.content.decode()
    assert token() != first and browser().get(reverse("appointments:link", args=[token()])).status_code == 200


def test_keeps_the_present_time_when_the_chosen_one_was_taken(county: World) -> None:
    row = booked(county)
    page = open_(reverse("appointments:link", args=[token()]))
    slot = slots(page)[0]
    actions.hold(
        kind=county.kind, unit=county.team, start=datetime.strptime(slot[:14], "%Y%m%dT%H%MZ").replace(tzinfo=UTC),
        workers=[worker for worker in county.workers if worker.public_id in slot], mode=slot.split(".")[2],
        by=county.petra, at=AT, key="",
    )  # fmt: skip
    answer = browser().post(reverse("appointments:link_move", args=[token()]), {"slot": slot, "key": "k"})
    assert answer.status_code == 422 and "held by" in answer.content.decode()
    row.refresh_from_db()
    assert row.state == State.BOOKED


@pytest.mark.parametrize("bad", ["", "nothing", "20200101T0900Z.x.office"])
def test_explains_a_choice_that_is_none(county: World, bad: str) -> None:
    booked(county)
    answer = browser().post(reverse("appointments:link_move", args=[token()]), {"slot": bad})
    assert answer.status_code == 422 and "Choose" in answer.content.decode()


def test_cancels_and_frees_the_time(county: World) -> None:
    row = booked(county)
    answer = browser().post(reverse("appointments:link_cancel", args=[token()]))
    assert "has been cancelled" in answer.content.decode()
    row.refresh_from_db()
    assert (row.state, row.cancelled_side) == (State.CANCELLED, "client")
    assert booked(county).state == State.BOOKED


def test_refuses_changes_too_close_to_the_time_and_gives_the_number(
    county: World, clock: Callable[[datetime], None]
) -> None:
    row = booked(county)
    address, secret = reverse("appointments:link", args=[token()]), token()
    clock(NEXT_WEEK - timedelta(hours=1))
    page = open_(address)
    assert "too late" in page and not slots(page) and "044" in page
    answer = browser().post(reverse("appointments:link_cancel", args=[secret]))
    assert answer.status_code == 422
    row.refresh_from_db()
    assert row.state == State.BOOKED


def test_explains_an_expired_and_an_unknown_link(county: World, clock: Callable[[datetime], None]) -> None:
    booked(county)
    address = reverse("appointments:link", args=[token()])
    assert browser().get(reverse("appointments:link", args=["x" * 22])).status_code == 404
    clock(NEXT_WEEK + timedelta(days=2))
    page = browser().get(address)
    assert page.status_code == 410 and "has passed" in page.content.decode()


def test_keeps_the_address_out_of_caches_and_referrers(county: World) -> None:
    booked(county)
    page = browser().get(reverse("appointments:link", args=[token()]))
    assert "no-store" in page["Cache-Control"] and page["Referrer-Policy"] == "same-origin"


def test_hides_places_from_the_page_of_a_protected_client(county: World) -> None:
    from polku.clients.models import ProtectedDetail

    county.client.protected = True
    county.client.save()
    ProtectedDetail.objects.create(client=county.client, kind="phone", value="+358440001942", valid_from=world.START)
    booked(county)
    page = open_(reverse("appointments:link", args=[token()]))
    assert "Kauppatie" not in page and "Hiidenlahden" not in page


def test_joins_and_leaves_the_earlier_time_list(county: World) -> None:
    row = booked(county)
    browser().post(reverse("appointments:link_earlier", args=[token()]))
    assert WaitingEntry.objects.get().appointment == row
    assert "You are on the list" in open_(reverse("appointments:link", args=[token()]))
    browser().post(reverse("appointments:link_earlier", args=[token()]))
    assert WaitingEntry.objects.get().state == WaitState.LEFT


def test_offers_the_freed_time_to_the_first_on_the_list(county: World) -> None:
    """She cannot come: the client cancels by the link, and the freed time is offered to the first who waits."""
    other = world.client(county.laura, family="Korpela")
    contact = world.contact(county.laura, county.guidance)
    late = booked(county, start=NEXT_WEEK + timedelta(hours=3), worker=1, client=other, contact=contact)
    actions.join(appointment=late, by=county.laura, at=AT, key="")
    booked(county, start=NEXT_WEEK)
    browser().post(reverse("appointments:link_cancel", args=[token()]))
    entry = WaitingEntry.objects.get()
    assert (entry.state, entry.offered_start) == (WaitState.OFFERED, NEXT_WEEK)
    offer = token()
    page = open_(reverse("appointments:link", args=[offer]))
    assert "An earlier time is free" in page
    answer = browser().post(reverse("appointments:link_answer", args=[offer]), {"take": "yes"})
    assert "The earlier time is yours" in answer.content.decode()
    late.refresh_from_db()
    entry.refresh_from_db()
    assert (late.state, entry.state) == (State.MOVED, WaitState.TAKEN)
    assert Appointment.objects.get(replaces=late).starts_at == NEXT_WEEK


def test_says_when_somebody_took_the_offered_time_first(county: World) -> None:
    late = booked(county, start=NEXT_WEEK + timedelta(hours=3), worker=1)
    actions.join(appointment=late, by=county.laura, at=AT, key="")
    early = booked(county, start=NEXT_WEEK, client=world.client(county.laura, "Muu"), contact=None)
    actions.cancel(appointment=early, side="client", reason="x", by=county.laura, at=AT)  # type: ignore[arg-type]
    offer = token()
    booked(county, start=NEXT_WEEK, client=world.client(county.laura, "Nopea"), contact=None)
    answer = browser().post(reverse("appointments:link_answer", args=[offer]), {"take": "yes"})
    assert answer.status_code == 422 and "first to take" in answer.content.decode()
    late.refresh_from_db()
    assert late.state == State.BOOKED


def test_says_that_an_offer_has_ended_when_it_is_taken_too_late(county: World) -> None:
    """The page with the offer stood open; meanwhile the offer went on to the next."""
    late = booked(county, start=NEXT_WEEK + timedelta(hours=3), worker=1)
    actions.join(appointment=late, by=county.laura, at=AT, key="")
    early = booked(county, start=NEXT_WEEK, client=world.client(county.laura, "Muu"), contact=None)
    actions.cancel(appointment=early, side="client", reason="x", by=county.laura, at=AT)  # type: ignore[arg-type]
    offer = token()
    actions.pass_on_lapsed(at=AT + timedelta(hours=2))
    answer = browser().post(reverse("appointments:link_answer", args=[offer]), {"take": "yes"})
    assert answer.status_code == 422 and "The offer has ended" in answer.content.decode()
    assert "yours" not in answer.content.decode().replace("This time is yours", "")
    late.refresh_from_db()
    assert late.state == State.BOOKED


def test_shows_a_participant_their_own_seat_and_lets_them_give_it_up(county: World) -> None:
    Kind.objects.update(capacity=3)
    county.kind.refresh_from_db()
    group = actions.hold(
        kind=county.kind, unit=county.team, start=NEXT_WEEK, workers=[county.workers[0]], mode=Mode.OFFICE,
        by=county.laura, at=AT, key="",
    )  # fmt: skip
    group = actions.confirm(appointment=group, by=county.laura, at=AT)
    seat = actions.join_group(appointment=group, client=county.client, by=county.laura, at=AT, key="")
    mine = token()
    page = open_(reverse("appointments:link", args=[mine]))
    assert "Cancel the time altogether" in page and "Choose a new time" not in page
    slot = f"{NEXT_WEEK + timedelta(hours=2):%Y%m%dT%H%MZ}.{county.workers[0].public_id}.office"
    for language, sentence in {
        "fi": "Ryhmän paikkaa ei vaihdeta tässä. Peru se ja kysy toista aikaa puhelimitse.",
        "sv": "En plats i en grupp byts inte här. Avboka den och fråga efter en annan tid per telefon.",
        "en": "A seat in a group is not changed here. Cancel it, and ask for another time by phone.",
    }.items():
        for name, sent in (("link_move", {"slot": slot}), ("link_earlier", {})):
            client = browser()
            client.cookies["polku_language"] = language
            answer = client.post(reverse(f"appointments:{name}", args=[mine]), sent)
            assert answer.status_code == 422 and sentence in answer.content.decode()
    assert not WaitingEntry.objects.exists()
    seat.refresh_from_db()
    assert (seat.state, seat.appointment_id) == (State.BOOKED, group.pk)
    answer = browser().post(reverse("appointments:link_cancel", args=[mine]))
    assert "Your time has been cancelled" in answer.content.decode()
    seat.refresh_from_db()
    group.refresh_from_db()
    assert (seat.state, group.state) == (State.CANCELLED, State.BOOKED)
