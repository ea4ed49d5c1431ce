"""What a first visit to a page takes over the wire, as `polku run` sends it: bodies compressed, with headers.

A first visit brings everything: the page, style sheets, modules, words, pictures. The two fonts are counted apart. They
are kept for a year, and a page that has been opened without them stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.fire.site import Site

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

    from tests.looks.eye import Report

MOST = 60_000
# Before and after signing in; the call desk's address is made by "New contact".
PUBLIC = {"/demo/": "Valitse, kuka olet", "/account/login/": "Kirjaudu sisään"}
PRIVATE = {
    "/": "Oma päivä",
    "/work/": "Hoida tiimin yhteydenotot",
    "/appointments/": "Etsi vapaa aika",
    "/appointments/week/": "Viikko",
    "/search/": "Hae",
    "/me/": "Omat asetukset",
    "/help/": "Ohjeet",
}
CALL = "/call/.../"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo as `polku run` serves it, with as many contacts as fill a page."""
    site = Site(tmp_path_factory.mktemp("weight"), POLKU_DEMO_CONTACTS="60")
    try:
        site.start()
        yield site
    finally:
        site.end()


def _weight(context: BrowserContext, address: str) -> tuple[dict[str, int], str]:
    """Open a page as for the first time; return the bytes of each kind that came, and the page's title.

    Raises:
        AssertionError: something did not come, or the page led on to another.
    """
    tab = context.new_page()
    tap = context.new_cdp_session(tab)
    tap.send("Network.enable")
    tap.send("Network.setCacheDisabled", {"cacheDisabled": True})
    kinds: dict[str, str] = {}
    weights: dict[str, int] = {}
    refused: list[str] = []

    def answered(told: dict[str, Any]) -> None:
        kinds[told["requestId"]] = told["type"]
        if told["response"]["status"] != 200:
            refused.append(f"{told['response']['url']} answers {told['response']['status']}")

    def came(told: dict[str, Any]) -> None:
        kind = kinds.get(told["requestId"], "Other")
        weights[kind] = weights.get(kind, 0) + int(told["encodedDataLength"])

    tap.on("Network.responseReceived", answered)
    tap.on("Network.loadingFinished", came)
    page = tab.goto(address, wait_until="networkidle")
    assert page is not None and page.request.redirected_from is None, f"{address} leads on to {tab.url}"
    assert not refused, "; ".join(refused)
    title = tab.title()
    tab.close()
    return weights, title


def _calls(context: BrowserContext) -> str:
    """Sign in as the first of the invented workers and begin a contact; return the address of its call desk."""
    tab = context.new_page()
    tab.goto("/demo/")
    with tab.expect_navigation():
        tab.locator("main form button").first.click()
    with tab.expect_navigation(url=re.compile("/call/")):
        tab.evaluate("document.querySelector('form[action$=\"/calls/new/\"]').requestSubmit()")
    address = tab.url
    tab.close()
    return address


def test_sends_at_most_60_kb_without_fonts_at_a_first_visit(
    served: Site, browser: Browser, browser_context_args: dict[str, Any], report: Report
) -> None:
    context = browser.new_context(**{**browser_context_args, "base_url": served.address})
    visits = {address: _weight(context, address) for address in PUBLIC}
    visits |= {CALL: _weight(context, _calls(context))}
    visits |= {address: _weight(context, address) for address in PRIVATE}
    context.close()
    wrong = []
    for address, (kinds, title) in visits.items():
        fonts = kinds.pop("Font", 0)
        total = sum(kinds.values())
        report.weights[address] = (
            f"{total:>6} bytes and fonts {fonts} ({', '.join(f'{kind} {size}' for kind, size in kinds.items())}): {title}"
        )
        if total > MOST:
            wrong.append(f"{address}: {report.weights[address]}")
        wanted = {**PUBLIC, **PRIVATE, CALL: "Vastaa yhteydenottoon"}[address]
        if not title.startswith(wanted) or {"Document", "Stylesheet", "Script"} - set(kinds):
            wrong.append(f"{address} is another page: {report.weights[address]}")
    assert not wrong, "\n".join(wrong)
