"""What no plain opening of an address shows: groups, held times, dialogs, menus, fragments, signing in, pages that say no.

A scene leads its eye to where there is something to see; the test then looks. It begins anew in each language, so it
either changes nothing or can be done three times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection
from django.urls import reverse

from tests.looks.town import PASSWORD, WITH_CODE, WITH_PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Page as Tab

    from tests.looks.town import Town

Leads = Callable[["Tab", "Town"], None]


@dataclass(frozen=True, slots=True)
class Scene:
    """Who sees it, how one comes there, and what is there.

    `shows` names the addresses whose page or part of a page must have come, `status` is what the page in the end
    answers, `asks` the addresses of forms that stand nowhere else: they are sent empty from here.
    """

    name: str
    who: str
    leads: Leads
    shows: tuple[str, ...] = ()
    status: int = 200
    asks: tuple[str, ...] = ()


SCENES: list[Scene] = []


def scene(who: str, *shows: str, status: int = 200, asks: tuple[str, ...] = ()) -> Callable[[Leads], Leads]:
    """Make a scene of a function; its name is the function's."""

    def made(leads: Leads) -> Leads:
        SCENES.append(Scene(leads.__name__.replace("_", " ").strip(), who, leads, shows, status, asks))
        return leads

    return made


def _at(name: str) -> Leads:
    def leads(tab: Tab, town: Town) -> None:
        tab.goto(town.at[name])

    return leads


for name, who in (
    ("group ahead", "own"), ("group begun", "booked"), ("joining a group", "own"), ("moving", "own"),
    ("cancelled", "own"), ("seat link", "nobody"), ("offer link", "nobody"),
    ("call without a person", "own"), ("protected person", "own"), ("promise that runs", "own"), ("deadline that was met", "own"),
):  # fmt: skip
    SCENES.append(Scene(name, who, _at(name)))
SCENES.append(Scene("used link", "nobody", _at("used link"), status=410))


def _opened(tab: Tab, town: Town, name: str, query: str = "") -> None:
    """Open a page of the town's things by the name of its address."""
    from tests.looks.pages import address_of

    tab.goto(address_of(town, name) + query)


def _press(tab: Tab, selector: str) -> None:
    """Press something that opens another page."""
    with tab.expect_navigation():
        tab.locator(selector).first.click()


# --- Menus, help, dialogs, what is folded away ------------------------------------------------------------------


@scene("own")
def menu_of_a_person(tab: Tab, town: Town) -> None:
    """The person's own menu at a desk, the whole menu on a phone."""
    tab.goto("/help/")
    tab.locator(".person > summary:visible, .menu > summary:visible").click()


@scene("own")
def help_with_keys(tab: Tab, town: Town) -> None:
    """The list of keys."""
    tab.goto("/work/")
    tab.keyboard.press("?")
    tab.locator("dialog[open]").wait_for()


def _row(tab: Tab) -> None:
    tab.goto("/work/")
    tab.locator("[data-row]").first.click(position={"x": 8, "y": 8})


@scene("own")
def handing_a_row_over(tab: Tab, town: Town) -> None:
    """The worklist's dialog."""
    _row(tab)
    tab.locator("[data-opens=hand-over]").click()
    tab.locator("dialog[open]").wait_for()


@scene("own")
def setting_a_row_to_wait(tab: Tab, town: Town) -> None:
    """The worklist's other dialog."""
    _row(tab)
    tab.locator("[data-opens=wait]").click()
    tab.locator("dialog[open]").wait_for()


@scene("own", status=422, asks=("desk:hand_over_one",))
def handing_over_to_nobody(tab: Tab, town: Town) -> None:
    """The dialog's form once more on a page of its own, with what is missing."""
    handing_a_row_over(tab, town)
    _empty(tab, "#hand-over form")


@scene("own", status=422, asks=("desk:wait_one",))
def waiting_for_no_day(tab: Tab, town: Town) -> None:
    """The other dialog's form."""
    setting_a_row_to_wait(tab, town)
    _empty(tab, "#wait form")


def _empty(tab: Tab, form: str) -> None:
    """Send a form as it is, past the browser's own checks."""
    with tab.expect_navigation():
        tab.evaluate(
            "form => { const one = document.querySelector(form); one.noValidate = true; one.requestSubmit(); }", form
        )


def _refreshed(tab: Tab, part: str, address: str) -> None:
    """Have a part of the page fetched now, as it is fetched again and again while the page is open."""
    with tab.expect_response(lambda answer: reverse(address) in answer.url):
        tab.evaluate(
            "id => document.getElementById(id).dispatchEvent(new Event('polku:refresh', { bubbles: true }))", part
        )


@scene("own", "desk:alerts")
def an_urgent_one_comes_while_one_reads(tab: Tab, town: Town) -> None:
    """The notice on any page of what is urgent and has nobody."""
    tab.goto(reverse("desk:help"))
    _refreshed(tab, "alerts", "desk:alerts")


@scene("officer", "desk:dpo_latest")
def the_latest_openings_come_by_themselves(tab: Tab, town: Town) -> None:
    """The data protection officer's page refreshes what is new."""
    tab.goto(reverse("desk:dpo"))
    _refreshed(tab, "dpo-latest", "desk:dpo_latest")


@scene("own")
def narrowing_the_worklist(tab: Tab, town: Town) -> None:
    """The filter, with a choice that fits no row."""
    tab.goto("/work/?filter=1")


def _unfold(tab: Tab) -> None:
    tab.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })")


for name in ("desk:call", "appointments:calendar", "appointments:link", "desk:contact"):

    def _folded(tab: Tab, town: Town, name: str = name) -> None:
        _opened(tab, town, name)
        _unfold(tab)

    SCENES.append(Scene(f"{name} unfolded", "booked" if name.endswith("calendar") else "own", _folded))


@scene("own")
def group_unfolded(tab: Tab, town: Town) -> None:
    """Giving up a seat of a group."""
    tab.goto(town.at["group ahead"])
    _unfold(tab)


# --- The call desk ----------------------------------------------------------------------------------------------


@scene("own", "desk:times")
def times_of_another_way(tab: Tab, town: Town) -> None:
    """The times beside the call, of a way that was chosen."""
    _opened(tab, town, "desk:call")
    with tab.expect_response(lambda answer: "/times/" in answer.url):
        tab.locator("#id_mode").select_option(index=1)
    tab.wait_for_function("!document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling')")


@scene("own", "desk:clocks")
def what_is_told_moves_the_deadlines(tab: Tab, town: Town) -> None:
    """Typing is saved, and the deadlines follow."""
    _opened(tab, town, "desk:call")
    field = tab.locator("main textarea:visible").first
    with tab.expect_response(lambda answer: "/clocks/" in answer.url):
        # Other words than the time before, or there would be nothing to save.
        field.fill(f"Vuokra on maksamatta ja sähköt katkaistaan perjantaina ({_language(tab)}).")
        field.press("Tab")


@scene("own", asks=("desk:new_person",))
def somebody_new_calls(tab: Tab, town: Town) -> None:
    """The form of a person who is not known yet."""
    tab.goto(town.at["call without a person"])
    tab.locator("button[form=caller-new]").click()
    tab.locator("#caller input[name=family_name]").wait_for()


@scene("own", "desk:why")
def why_a_deadline_is_what_it_is(tab: Tab, town: Town) -> None:
    """How a deadline of the call is counted."""
    _opened(tab, town, "desk:why")


# --- Search and emergencies -------------------------------------------------------------------------------------


def _search(tab: Tab, words: str) -> None:
    tab.goto("/search/")
    tab.locator("#find input[name=q]").fill(words)
    _press(tab, ".bar .button")


@scene("own")
def people_found(tab: Tab, town: Town) -> None:
    """Several people."""
    _search(tab, "Koskimäki")


@scene("own")
def nobody_found(tab: Tab, town: Town) -> None:
    """Nobody."""
    _search(tab, "Qwertyö")


@scene("own")
def words_found(tab: Tab, town: Town) -> None:
    """What was said in contacts."""
    _search(tab, "vuokra")


@scene("stranger", status=404, asks=("desk:emergency",))
def not_yours_but_in_an_emergency(tab: Tab, town: Town) -> None:
    """A person to whom one has no tie, found by the search."""
    _search(tab, "Koskimäki")
    _opened(tab, town, "desk:person")


# --- Times ------------------------------------------------------------------------------------------------------


@scene("own")
def a_held_time(tab: Tab, town: Town) -> None:
    """A time is held, with its countdown and the sentence to read."""
    tab.goto(town.at["free for one"])
    if tab.locator("[data-countdown]").count() == 0:
        _press(tab, ".bar .button")
    tab.locator("[data-countdown]").wait_for()


@scene("own")
def giving_a_seat(tab: Tab, town: Town) -> None:
    """A client was found for a group."""
    tab.goto(town.at["joining a group"])
    tab.locator("#find-client input[name=q]").fill("Öhman Åke")
    _press(tab, "#find-client button")


@scene("own")
def a_seat_for_a_client(tab: Tab, town: Town) -> None:
    """The groups of a client who was chosen."""
    giving_a_seat(tab, town)
    _press(tab, "section[aria-labelledby=whom] a")


@scene("booked")
def a_busy_feed_made(tab: Tab, town: Town) -> None:
    """The address of one's calendar, shown once."""
    tab.goto(reverse("appointments:calendars"))
    _press(tab, "form[action$='/feed/'] button")


@scene("nobody")
def a_time_moved_by_the_link(tab: Tab, town: Town) -> None:
    """A client has changed their own time."""
    tab.goto(town.at["link to move " + _language(tab)])
    tab.locator("#move input[type=radio]").first.check()
    _press(tab, ".bar .button")


@scene("nobody")
def a_time_cancelled_by_the_link(tab: Tab, town: Town) -> None:
    """A client has given their own time up."""
    tab.goto(town.at["link to cancel " + _language(tab)])
    _unfold(tab)
    _press(tab, ".cancel-time .button-second")


def _language(tab: Tab) -> str:
    return next(one["value"] for one in tab.context.cookies() if one["name"] == "polku_language")


# --- The unit's settings ----------------------------------------------------------------------------------------


@scene("lead2")
def opening_a_closing_day_again(tab: Tab, town: Town) -> None:
    """What fell away because of it is named first."""
    tab.goto(reverse("desk:team", args=["toimeentulotukitiimi"]))
    _press(tab, "form[action$='/reopen/'] button")
    tab.locator("button[name=sure]").wait_for()


@scene("admin")
def a_system_let_in(tab: Tab, town: Town) -> None:
    """The key, shown once."""
    tab.goto(reverse("desk:machines"))
    tab.locator("#machine input[type=text]").first.fill("Omaolo")
    for box in tab.locator("#machine input[type=checkbox]").all()[:1]:
        box.check()
    for select in tab.locator("#machine select").all():
        select.select_option(index=1)
    _press(tab, ".bar .button")


@scene("officer")
def the_log_of_a_person(tab: Tab, town: Town) -> None:
    """Who has looked at a client's data."""
    tab.goto(reverse("desk:dpo"))
    tab.locator("form[action$='/find/'] input[name=text]").fill("Koskimäki")
    _press(tab, "form[action$='/find/'] button")


# --- Signing in -------------------------------------------------------------------------------------------------


def _signs_in(tab: Tab, name: str, password: str) -> None:
    # Whoever is half in, waiting for a code, would be led on.
    kept = [one for one in tab.context.cookies() if one["name"] == "polku_language"]
    tab.context.clear_cookies()
    tab.context.add_cookies(kept)  # type: ignore[arg-type]
    tab.goto(reverse("account_login"))
    tab.locator("input[name=login]").fill(name)
    tab.locator("input[name=password]").fill(password)
    _press(tab, "main form .button")


@scene("nobody")
def a_wrong_password(tab: Tab, town: Town) -> None:
    """Refused in words that tell nobody which of the two was wrong."""
    _signs_in(tab, "nobody-here", "x")


@scene("nobody", "mfa_authenticate")
def the_second_factor_is_asked(tab: Tab, town: Town) -> None:
    """After a right password."""
    _signs_in(tab, "sami", PASSWORD)
    tab.locator("input[name=code]").wait_for()


@scene("nobody", "mfa_authenticate")
def a_wrong_code(tab: Tab, town: Town) -> None:
    """Refused."""
    the_second_factor_is_asked(tab, town)
    tab.locator("input[name=code]").fill("000000")
    _press(tab, "main form .button")


@scene(WITH_PASSWORD, "account_change_password")
def a_password_of_ones_own(tab: Tab, town: Town) -> None:
    """Changing it."""
    tab.goto(reverse("account_change_password"))


@scene(WITH_PASSWORD, "account_reauthenticate")
def asked_for_the_password_again(tab: Tab, town: Town) -> None:
    """Before something that matters."""
    tab.goto(reverse("account_reauthenticate"))


@scene(WITH_CODE, "mfa_reauthenticate")
def asked_for_a_code_again(tab: Tab, town: Town) -> None:
    """The other way."""
    tab.goto(reverse("mfa_reauthenticate"))


def _proven(tab: Tab) -> None:
    tab.goto(reverse("account_reauthenticate"))
    tab.locator("main input[name=password]").fill(PASSWORD)
    _press(tab, "main form .button")


@scene(WITH_CODE, "mfa_view_recovery_codes")
def recovery_codes(tab: Tab, town: Town) -> None:
    """Those that are left."""
    _proven(tab)
    tab.goto(reverse("mfa_view_recovery_codes"))


@scene(WITH_CODE, "mfa_deactivate_totp")
def taking_the_second_factor_away(tab: Tab, town: Town) -> None:
    """To change the phone."""
    _proven(tab)
    tab.goto(reverse("mfa_deactivate_totp"))


# --- Pages that say no ------------------------------------------------------------------------------------------


@scene("own", status=404)
def no_such_page(tab: Tab, town: Town) -> None:
    """404 to somebody signed in."""
    tab.goto("/no/such/page/")


@scene("nobody", status=404)
def no_such_link(tab: Tab, town: Town) -> None:
    """A link of a message that was cut."""
    tab.goto("/appointments/t/not-a-real-token/")


@scene("own", status=400)
def an_identity_code_in_the_address(tab: Tab, town: Town) -> None:
    """400."""
    tab.goto("/person/131052-308T/")


@scene("nobody", status=403)
def a_page_that_was_open_too_long(tab: Tab, town: Town) -> None:
    """403: the form's own proof is gone."""
    tab.goto(reverse("account_login"))
    tab.evaluate("document.querySelectorAll('main [name=csrfmiddlewaretoken]').forEach((one) => one.remove())")
    _press(tab, "main form .button")


@scene("nobody", status=429)
def too_many_tries(tab: Tab, town: Town) -> None:
    """429."""
    for number in range(7):
        _signs_in(tab, "tuula", f"wrong-{number}")


@contextmanager
def _with(broken: str, mended: str) -> Iterator[None]:
    """Break the database by a statement, and mend it by another."""
    with connection.cursor() as cursor:
        cursor.execute(broken)
        try:
            yield
        finally:
            cursor.execute(mended)


@scene("own", status=500)
def a_fault_of_ours(tab: Tab, town: Town) -> None:
    """500: a table that is not as it should be; the code of the fault is told."""
    table, away = "appointments_waitingentry", "looks_away"
    with _with(f"ALTER TABLE {table} RENAME TO {away}", f"ALTER TABLE {away} RENAME TO {table}"):
        tab.goto(reverse("appointments:waiting"))


@scene("own", status=503)
def not_just_now(tab: Tab, town: Town) -> None:
    """503: what is looked at cannot be written into the log, so it is not shown."""
    broken = "ALTER TABLE audit_row ADD CONSTRAINT looks_broken CHECK (kind <> 'read') NOT VALID"
    with _with(broken, "ALTER TABLE audit_row DROP CONSTRAINT looks_broken"):
        _opened(tab, town, "desk:case")


# Forms that stand only where a scene leads, or are seen after something else: who sees them and where.
FORMS_OF_SCENES = (
    ("booked", "group begun"),
    ("own", "group ahead"),
    ("own", "moving"),
    ("own", "joining a group"),
    ("nobody", "seat link"),
    ("own", "call without a person"),
    ("own", "promise that runs"),
    ("own", "protected person"),
    ("booked", "held meeting"),
    (WITH_PASSWORD, "/account/password/change/"),
    (WITH_PASSWORD, "/account/reauthenticate/"),
    (WITH_CODE, "/account/2fa/reauthenticate/"),
)
