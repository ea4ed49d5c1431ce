"""The browser, the live server and axe work together."""

import pytest
from playwright.sync_api import Page


@pytest.mark.browser
def test_open_a_page_in_a_real_browser(page: Page, site: str) -> None:
    page.goto(f"{site}/static/ui/")
    assert page.locator("body").is_visible()
