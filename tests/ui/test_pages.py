"""Pages in a real browser: for everybody, at every size, without a mouse."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.ui import pages

pytestmark = [pytest.mark.browser, pytest.mark.urls("tests.ui.pages")]


@pytest.fixture(autouse=True)
def plain_frame(settings: Any) -> Iterator[None]:
    """No stage's links in the frame; nothing kept from another test."""
    settings.POLKU_FRAME = ""
    pages.KEPT.clear()
    yield
    pages.KEPT.clear()


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (375, 812)])
@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_show_every_part_to_everybody(
    page: Page, site: str, axe: Callable[[Page], None], width: int, height: int, language: str
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.context.add_cookies([{"name": "polku_language", "value": language, "url": site}])
    page.goto(f"{site}/states/")
    assert page.locator("html").get_attribute("lang") == language
    axe(page)


def test_never_scroll_sideways(page: Page, site: str) -> None:
    page.goto(f"{site}/states/")
    for width in (320, 375, 640, 768, 1024, 1280, 1920):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width


def test_bear_wider_letters_and_lines_than_ours(page: Page, site: str) -> None:
    """WCAG 1.4.12: the reader's own spacing must not cut or cover anything."""
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(f"{site}/states/")
    page.evaluate(
        """() => { const sheet = new CSSStyleSheet(); sheet.replaceSync(
        '* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }');
        document.adoptedStyleSheets = [sheet]; }"""
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_ring_the_focus_with_a_gap(page: Page, site: str) -> None:
    page.goto(f"{site}/page/keys/")
    page.locator("#link").focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    style = page.evaluate(
        "(({outline, outlineOffset}) => [outline, outlineOffset])(getComputedStyle(document.activeElement))"
    )
    assert style == ["rgb(0, 69, 75) solid 3px", "2px"]


@pytest.mark.parametrize(("height", "position"), [(900, "sticky"), (499, "static")])
def test_free_the_page_of_the_bar_when_the_screen_is_low(page: Page, site: str, height: int, position: str) -> None:
    page.set_viewport_size({"width": 1280, "height": height})
    page.goto(f"{site}/page/keys/")
    assert page.evaluate("getComputedStyle(document.querySelector('.bar')).position") == position


def test_never_hide_the_focus_under_the_bar(page: Page, site: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 700})
    page.goto(f"{site}/states/")
    count = page.locator("main .work :is(a[href], button, input, select, textarea)").count()
    for _ in range(min(count, 60)):
        page.keyboard.press("Tab")
        hidden = page.evaluate(
            """() => { const e = document.activeElement; if (!e.closest('.work')) return false;
            const bar = document.querySelector('.bar').getBoundingClientRect(); const me = e.getBoundingClientRect();
            return me.top >= bar.top && me.height > 0; }"""
        )
        assert not hidden, page.evaluate("document.activeElement.outerHTML")


def test_skip_to_the_content(page: Page, site: str) -> None:
    page.goto(f"{site}/page/keys/")
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Siirry sisältöön"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_print_the_work_without_the_frame(page: Page, site: str) -> None:
    page.goto(f"{site}/states/")
    page.emulate_media(media="print")
    assert not page.locator(".top").is_visible()
    assert not page.locator(".bar").is_visible()
    assert page.locator("h1").is_visible()


def test_keep_clocks_in_sight_with_the_systems_own_colours(page: Page, site: str, axe: Callable[[Page], None]) -> None:
    page.emulate_media(forced_colors="active", reduced_motion="reduce")
    page.goto(f"{site}/states/")
    assert page.locator(".band-time").first.is_visible()


def test_shift_nothing_after_the_first_paint(page: Page, site: str) -> None:
    page.add_init_script(
        """window.shift = 0; new PerformanceObserver((list) => { for (const e of list.getEntries())
        if (!e.hadRecentInput) window.shift += e.value; }).observe({ type: 'layout-shift', buffered: true });"""
    )
    page.goto(f"{site}/states/")
    page.wait_for_timeout(500)
    assert page.evaluate("window.shift") < 0.02


def test_work_without_javascript(browser: Any, browser_context_args: dict[str, Any], site: str) -> None:
    context = browser.new_context(**browser_context_args, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/page/form/")
    page.locator("#text").fill("Vuokra on maksamatta.")
    page.locator("#send").click()
    assert "kiitos" in page.content()
    context.close()
