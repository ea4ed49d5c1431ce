"""The pages in a real browser: by keys alone, at both widths, without anything axe finds."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from polku.access.models import Absence, Account, Actor
from polku.appointments import actions
from polku.appointments.models import Appointment, Opening
from polku.appointments.states import Mode, State
from polku.contacts.models import ContactText
from polku.deadlines import actions as deadlines
from polku.outbox.models import Message
from tests.appointments import world
from tests.appointments.world import AT, World

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WIDTHS = ((1280, 900), (375, 812))
PICTURES = os.environ.get("POLKU_PICTURES", "")
NAMES = ("Ahonen Riikka", "Heikkilä Lauri", "Kettunen Tiina", "Lindqvist Eero", "Nieminen Anna-Kaisa", "Åkerman Henrik")


@pytest.fixture
def county(db: None, clock: Callable[[datetime], None]) -> World:
    clock(AT)
    made = world.build(workers=len(NAMES))
    for number, worker in enumerate(made.workers):
        Actor.objects.filter(pk=worker.actor_id).update(name=NAMES[number])
        if number % 2:
            Opening.objects.filter(resource=worker).update(place=made.far, starts=time(12), ends=time(15))
    away = made.workers[3].actor
    assert away is not None
    Absence.objects.create(actor=away, starts_at=AT - timedelta(days=2), ends_at=AT + timedelta(days=4))
    made.kind.rules = ["tt_talk"]
    made.kind.save()
    ContactText.objects.create(
        contact=made.contact, kind="said", version=1, written_at=AT, author=made.laura, author_name="Laura",
        text="Mies kuoli elokuussa ja tulot pienenivät. Lokakuun ja marraskuun vuokra on maksamatta.",
    )  # fmt: skip
    deadlines.open_clock(work_item=made.contact.work_item, rule="tt_talk", counted_from_at=AT, by=made.laura, at=AT)
    return made


def sign_in(page: Page, site: str, actor: Actor | None, language: str = "fi") -> None:
    assert actor is not None
    account = Account.objects.get_or_create(username=actor.public_id, actor=actor)[0]
    browser = Client()
    browser.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    names = {
        settings.SESSION_COOKIE_NAME: browser.cookies[settings.SESSION_COOKIE_NAME].value,
        "polku_language": language,
    }
    page.context.add_cookies([{"name": name, "value": value, "url": site} for name, value in names.items()])


def look(page: Page, axe: Callable[[Page], None], name: str) -> None:
    """Check by axe at both widths, with no sideways scroll; keep a picture where one is asked for."""
    for width, height in WIDTHS:
        page.set_viewport_size({"width": width, "height": height})
        axe(page)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{name} scrolls sideways by {wide} px at {width}"
        if PICTURES:
            page.screenshot(path=str(Path(PICTURES) / f"{name}-{width}.png"), full_page=width < 1000)
    page.set_viewport_size({"width": 1280, "height": 900})


def test_books_by_keys_alone(county: World, page: Page, site: str, axe: Callable[[Page], None]) -> None:
    actions.hold(
        kind=county.kind, unit=county.team, start=datetime(2026, 11, 25, 7, 0, tzinfo=UTC), workers=[county.workers[2]],
        mode=Mode.OFFICE, by=county.petra, at=AT, key="",
    )  # fmt: skip
    sign_in(page, site, county.laura)
    query = f"?contact={county.contact.public_id}&what=income-support:talk&place={county.place.public_id}&km=50"
    page.goto(site + reverse("appointments:free") + query)
    look(page, axe, "free")
    assert "7" in page.locator(".head-side").inner_text()
    page.locator(".slots [data-row]").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**slot=**")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".bar-hold")
    look(page, axe, "held")
    assert "Aikanne on" in page.locator(".bar-say").inner_text()
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**booked=**")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/appointments/[0-9a-z]{16}/"))
    look(page, axe, "appointment")
    row = Appointment.objects.get(state=State.BOOKED)
    assert row.contact == county.contact and row.told_in_first_contact


def test_lets_a_held_time_go_by_escape(county: World, page: Page, site: str) -> None:
    sign_in(page, site, county.laura)
    page.goto(f"{site}{reverse('appointments:free')}?contact={county.contact.public_id}&what=income-support:talk")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".bar-hold")
    page.keyboard.press("Escape")
    page.wait_for_selector(".bar-hold", state="detached")
    assert Appointment.objects.get().state == State.RELEASED


def booked(county: World) -> Appointment:
    row = actions.hold(
        kind=county.kind, unit=county.team, start=datetime(2026, 11, 25, 11, 15, tzinfo=UTC),
        workers=[county.workers[0]], mode=Mode.OFFICE, by=county.laura, at=AT, key="",
        client=county.client, contact=county.contact,
        promised_by=date(2026, 12, 3),
    )  # fmt: skip
    return actions.confirm(appointment=row, by=county.laura, at=AT)


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_changes_the_time_on_a_phone(
    county: World, page: Page, site: str, axe: Callable[[Page], None], language: str
) -> None:
    row = booked(county)
    found = re.search(r"/appointments/t/[^/\s]+/", Message.objects.latest("id").body)
    assert found
    page.context.add_cookies([{"name": "polku_language", "value": language, "url": site}])
    page.set_viewport_size({"width": 375, "height": 812})
    page.goto(site + found.group(0))
    look(page, axe, f"link-{language}")
    page.set_viewport_size({"width": 375, "height": 812})
    page.locator(".radio-label").nth(1).click()
    words = page.locator(".radio-label .slot-when").nth(1).inner_text()
    assert words in page.locator(".bar .button").inner_text()
    page.locator(".bar .button").click()
    page.wait_for_url("**/move/")
    page.wait_for_load_state()
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"moved-{language}.png"))
    row.refresh_from_db()
    assert row.state == State.MOVED


def test_shows_day_week_calendar_and_lists(county: World, page: Page, site: str, axe: Callable[[Page], None]) -> None:
    booked(county)
    worker = county.workers[0]
    sign_in(page, site, worker.actor)
    for name, address in {
        "day": reverse("appointments:day") + "?date=2026-11-25",
        "week": reverse("appointments:week") + "?date=2026-11-25",
        "calendar": reverse("appointments:calendar", args=[worker.public_id]),
        "calendars": reverse("appointments:calendars"),
        "waiting": reverse("appointments:waiting"),
        "missing": reverse("appointments:missing"),
    }.items():
        page.goto(site + address)
        look(page, axe, name)
    sign_in(page, site, county.lead)
    for name in ("settings", "missing"):
        page.goto(site + reverse(f"appointments:{name}"))
        look(page, axe, f"lead-{name}")
    page.goto(site + reverse("appointments:kind", args=["talk"]))
    look(page, axe, "kind")
