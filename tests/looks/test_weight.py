"""What the first visit takes over the wire, as the real web server sends it: compressed, with headers, fonts apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.fire.site import Site

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

    from tests.looks.eye import Report

MOST = 60_000
PAGES = ("/account/login/", "/", "/work/", "/appointments/", "/help/")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo as `polku run` serves it."""
    site = Site(tmp_path_factory.mktemp("weight"), POLKU_DEMO_CONTACTS="10")
    try:
        site.start()
        yield site
    finally:
        site.end()


def _weight(context: BrowserContext, address: str) -> tuple[dict[str, int], str]:
    """Open a page as for the first time; return the bytes of each kind that came, and the page's title."""
    tab = context.new_page()
    tap = context.new_cdp_session(tab)
    tap.send("Network.enable")
    tap.send("Network.setCacheDisabled", {"cacheDisabled": True})
    kinds: dict[str, str] = {}
    weights: dict[str, int] = {}
    tap.on("Network.responseReceived", lambda told: kinds.update({told["requestId"]: told["type"]}))

    def came(told: dict[str, Any]) -> None:
        kind = kinds.get(told["requestId"], "Other")
        weights[kind] = weights.get(kind, 0) + int(told["encodedDataLength"])

    tap.on("Network.loadingFinished", came)
    tab.goto(address, wait_until="networkidle")
    title = tab.title()
    tab.close()
    return weights, title


def test_sends_little_at_the_first_visit(
    served: Site, browser: Browser, browser_context_args: dict[str, Any], report: Report
) -> None:
    context = browser.new_context(**{**browser_context_args, "base_url": served.address})
    weights = {"/demo/": _weight(context, "/demo/")[0]}
    weights["/account/login/"] = _weight(context, "/account/login/")[0]
    tab = context.new_page()
    tab.goto("/demo/")
    with tab.expect_navigation():
        tab.locator("main form button").first.click()
    tab.close()
    for address in PAGES[1:]:
        weights[address] = _weight(context, address)[0]
    context.close()
    too_much = []
    for address, kinds in weights.items():
        fonts = kinds.pop("Font", 0)
        total = sum(kinds.values())
        report.weights[address] = (
            f"{total:>6} bytes and fonts {fonts} ({', '.join(f'{k} {v}' for k, v in kinds.items())})"
        )
        if total > MOST:
            too_much.append(f"{address}: {report.weights[address]}")
    assert not too_much, "\n".join(too_much)
