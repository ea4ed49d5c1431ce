"""The browser's modules: keys, drafts, lists that keep themselves fresh, clocks, forms sent once."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.ui import pages

pytestmark = [pytest.mark.browser, pytest.mark.urls("tests.ui.pages")]


@pytest.fixture(autouse=True)
def plain_frame(settings: Any) -> Iterator[None]:
    """No stage's links in the frame; nothing kept from another test."""
    settings.POLKU_FRAME = ""
    pages.KEPT.clear()
    yield
    pages.KEPT.clear()


@pytest.fixture
def open_page(page: Page, site: str) -> Callable[[str], Page]:
    def open_it(name: str) -> Page:
        page.goto(f"{site}/page/{name}/")
        return page

    return open_it


# --- Keys -------------------------------------------------------------------------------------------------------


def test_press_what_a_key_names(open_page: Callable[[str], Page]) -> None:
    page = open_page("keys")
    page.keyboard.press("k")
    assert page.url.endswith("#opened")
    page.keyboard.press("Alt+1")
    assert page.evaluate("document.activeElement.id") == "name"


def test_write_a_letter_in_a_field_instead_of_obeying_it(open_page: Callable[[str], Page]) -> None:
    page = open_page("keys")
    page.locator("#name").focus()
    page.keyboard.type("kk1?")
    assert page.locator("#name").input_value() == "kk1?"
    assert "#opened" not in page.url
    assert not page.locator("#help").is_visible()


def test_obey_digits_only_where_they_belong(open_page: Callable[[str], Page]) -> None:
    page = open_page("keys")
    page.keyboard.press("1")
    assert not page.locator("#c1").is_checked()
    page.locator("#c0").focus()
    page.keyboard.press("1")
    assert page.locator("#c1").is_checked()
    page.keyboard.press("1")
    assert not page.locator("#c1").is_checked()


def test_press_the_one_primary_button_from_anywhere(open_page: Callable[[str], Page]) -> None:
    page = open_page("keys")
    page.evaluate("document.getElementById('primary').addEventListener('click', () => { document.title = 'tehty' })")
    page.locator("#name").focus()
    page.keyboard.press("Control+Enter")
    assert page.title() == "tehty"


def test_list_the_keys_of_this_very_page_and_switch_letters_off(open_page: Callable[[str], Page]) -> None:
    page = open_page("keys")
    page.keyboard.press("?")
    listed = page.locator("[data-help-list]").inner_text()
    for words in ("Ctrl Enter", "Tee", "K", "Kirjaa tapahtuma", "Alt 1", "Soittaja"):
        assert words in listed
    page.locator("[data-keys-switch]").uncheck()
    page.keyboard.press("Escape")
    expect(page.locator("#help")).not_to_be_visible()
    page.keyboard.press("k")
    assert "#opened" not in page.url
    page.reload()
    page.keyboard.press("k")
    assert "#opened" not in page.url
    page.keyboard.press("Alt+1")
    assert page.evaluate("document.activeElement.id") == "name"


def test_tell_readers_which_keys_there_are(open_page: Callable[[str], Page]) -> None:
    page = open_page("keys")
    assert page.locator("#link").get_attribute("aria-keyshortcuts") == "k"
    assert page.locator("#primary").get_attribute("aria-keyshortcuts") == "Control+Enter"


def test_lead_from_a_button_that_cannot_to_what_is_missing(open_page: Callable[[str], Page]) -> None:
    page = open_page("keys")
    page.locator("#cannot").press("Enter")
    assert page.evaluate("document.activeElement.id") == "missing"


# --- Drafts -----------------------------------------------------------------------------------------------------


def test_save_a_draft_soon_after_the_typing_stops(open_page: Callable[[str], Page]) -> None:
    page = open_page("form")
    page.locator("#text").fill("Vuokra on maksamatta.")
    expect(page.locator("#status")).to_have_text("Luonnos tallennettu klo 9.12.40", timeout=6000)
    page.wait_for_timeout(500)
    assert pages.KEPT["text"] == "Vuokra on maksamatta."
    assert page.evaluate("Object.keys(sessionStorage).filter((name) => name.startsWith('polku.'))") == []


def test_save_even_while_one_types_without_a_pause(open_page: Callable[[str], Page]) -> None:
    page = open_page("form")
    page.locator("#text").press_sequentially("Vuokra on maksamatta, sähkölasku myös.", delay=150)
    assert pages.KEPT["tries"]
    assert page.evaluate("document.activeElement.id") == "text"


def test_keep_typing_through_a_break_and_save_when_it_ends(open_page: Callable[[str], Page]) -> None:
    page = open_page("form")
    pages.KEPT["down"] = True
    page.locator("#text").fill("Sähkö katkaistaan torstaina.")
    expect(page.locator("[data-autosave-notice]")).to_contain_text("Yhteys katkesi", timeout=6000)
    page.locator("#text").press("End")
    page.locator("#text").press_sequentially(" Lasku 214 €.")
    pages.KEPT["down"] = False
    expect(page.locator("[data-autosave-notice]")).to_have_count(0, timeout=10_000)
    expect(page.locator("#status")).to_contain_text("Luonnos tallennettu", timeout=10_000)
    assert pages.KEPT["text"] == "Sähkö katkaistaan torstaina. Lasku 214 €."


def test_repeat_a_lost_save_under_the_same_key(open_page: Callable[[str], Page]) -> None:
    page = open_page("form")
    pages.KEPT["down"] = True
    page.locator("#text").fill("Yksi.")
    page.wait_for_timeout(7500)
    pages.KEPT["down"] = False
    # A try that gets no answer is given up after 15 s and made again 4 s later.
    expect(page.locator("#status")).to_contain_text("Luonnos tallennettu", timeout=30_000)
    keys = {one["key"] for one in pages.KEPT["tries"] if one["text"] == "Yksi."}
    assert len(pages.KEPT["tries"]) > 1
    assert len(keys) == 1


def test_bring_unsaved_words_back_after_a_reload_but_never_an_identity_code(open_page: Callable[[str], Page]) -> None:
    page = open_page("form")
    pages.KEPT["down"] = True
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("#code").fill("040250-912H")
    page.locator("#text").fill("Ei saa kadota.")
    assert "912H" not in page.evaluate("JSON.stringify(sessionStorage)")
    page.reload()
    assert page.locator("#text").input_value() == "Ei saa kadota."
    assert page.locator("#code").input_value() == ""
    pages.KEPT["down"] = False
    # A try that gets no answer is given up after 15 s and made again 4 s later.
    expect(page.locator("#status")).to_contain_text("Luonnos tallennettu", timeout=30_000)


@pytest.mark.parametrize(("choice", "stays"), [("Pidä oma", "Minun."), ("Ota toisen", "Petran.")])
def test_keep_both_texts_when_two_wrote(open_page: Callable[[str], Page], choice: str, stays: str) -> None:
    page = open_page("form")
    pages.KEPT.update(version=3, text="Petran.")
    page.locator("#text").fill("Minun.")
    box = page.locator("[data-autosave-notice]")
    expect(box).to_contain_text("Petra muutti tätä, kun kirjoitit", timeout=6000)
    assert "Minun." in box.inner_text()
    assert "Petran." in box.inner_text()
    box.get_by_role("button", name=choice).click()
    expect(page.locator("#status")).to_contain_text("Luonnos tallennettu", timeout=6000)
    assert pages.KEPT["text"] == stays
    assert page.locator("#text").input_value() == stays


def test_send_a_form_once_however_often_it_is_pressed(open_page: Callable[[str], Page]) -> None:
    page = open_page("form")
    page.evaluate("() => { const b = document.getElementById('send'); b.click(); b.click(); b.click(); }")
    page.wait_for_url("**/sent/")
    assert len(pages.KEPT["sent"]) == 1


# --- Lists ------------------------------------------------------------------------------------------------------


def test_move_in_a_list_by_arrows_and_open_with_enter(open_page: Callable[[str], Page]) -> None:
    page = open_page("rows")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.dataset.row") == "a"
    page.keyboard.press("ArrowDown")
    assert page.locator("#chosen").input_value() == "b"
    assert page.locator("#row-b").get_attribute("aria-current") == "true"
    assert (page.locator("#open").get_attribute("href") or "").endswith("#open-b")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    assert page.url.endswith("#open-c")


def test_keep_a_list_as_one_tab_stop(open_page: Callable[[str], Page]) -> None:
    page = open_page("rows")
    assert page.locator("[data-row][tabindex='0']").count() == 1


def test_refresh_a_list_without_taking_the_focus_or_the_choice(open_page: Callable[[str], Page]) -> None:
    page = open_page("rows")
    page.locator("#row-b").focus()
    page.evaluate("window.scrollTo(0, 300)")
    page.evaluate("document.getElementById('row-b').mine = true")
    pages.KEPT.update(rows=["z", "c", "b", "a"], stamp=2)
    expect(page.locator("#row-z")).to_be_visible(timeout=4000)
    assert page.evaluate("[...document.querySelectorAll('[data-row]')].map((r) => r.dataset.row).join('')") == "zcba"
    assert page.evaluate("document.activeElement.dataset.row") == "b"
    assert page.evaluate("document.getElementById('row-b').mine") is True
    assert page.locator("#row-b").get_attribute("aria-current") == "true"
    assert page.evaluate("window.scrollY") == 300
    assert "2" in page.locator("#row-b").inner_text()


def test_refresh_a_list_without_taking_what_is_being_written(open_page: Callable[[str], Page]) -> None:
    page = open_page("rows")
    page.locator("#note-a").fill("soitin")
    pages.KEPT.update(stamp=7)
    expect(page.locator("#row-a")).to_contain_text("7", timeout=4000)
    assert page.locator("#note-a").input_value() == "soitin"
    assert page.evaluate("document.activeElement.id") == "note-a"


def test_hand_the_focus_on_when_the_row_goes(open_page: Callable[[str], Page]) -> None:
    page = open_page("rows")
    page.locator("#row-b").focus()
    pages.KEPT.update(rows=["a", "c"])
    expect(page.locator("#row-b")).to_have_count(0, timeout=4000)
    assert page.evaluate("document.activeElement.dataset.row") in {"a", "c"}


def test_say_when_a_list_is_old_and_take_the_words_back(open_page: Callable[[str], Page]) -> None:
    page = open_page("rows")
    pages.KEPT["down"] = True
    expect(page.locator("#rows-stale")).to_be_visible(timeout=4000)
    pages.KEPT["down"] = False
    expect(page.locator("#rows-stale")).to_have_count(0, timeout=4000)


def test_sleep_while_nobody_looks(open_page: Callable[[str], Page]) -> None:
    page = open_page("rows")
    page.evaluate("Object.defineProperty(document, 'hidden', { configurable: true, get: () => true })")
    page.wait_for_timeout(1200)
    before = pages.KEPT.get("asked", 0)
    page.wait_for_timeout(2500)
    assert pages.KEPT.get("asked", 0) == before


# --- Clocks -----------------------------------------------------------------------------------------------------


def test_count_to_the_end_and_say_so_once(open_page: Callable[[str], Page]) -> None:
    page = open_page("clock")
    page.evaluate("window.ends = 0; document.addEventListener('polku:ended', () => { window.ends += 1 })")
    assert "6\u00a0min" in page.locator("#up").inner_text()
    expect(page.locator("#down")).to_have_text("Pito päättyi", timeout=4000)
    expect(page.locator("#announce")).to_have_text("Pito päättyi")
    page.wait_for_timeout(1500)
    assert page.evaluate("window.ends") == 1
