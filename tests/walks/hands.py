"""A person in front of a browser: real keys and clicks, every page seen checked and, when asked for, kept as a picture."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page

PICTURES = os.environ.get("POLKU_PICTURES", "")
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 375, "height": 812}
# What the page does by itself after a pause in typing: the draft is saved, the deadlines and times follow.
SETTLES = 12_000


class Hands:
    """One person's browser. Commands are counted apart from what is typed as words."""

    def __init__(
        self, context: BrowserContext, site: str, axe: Callable[[Page], None], language: str, folder: str
    ) -> None:
        self.page = context.new_page()
        self.page.set_default_timeout(SETTLES)
        self.site = site
        self.language = language
        self.commands = 0
        self.complaints: list[str] = []
        self._axe = axe
        self._folder = folder
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _listen(self, message: ConsoleMessage) -> None:
        # A refused form answers 4xx, which the browser also writes to its console.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(
                f"{message.text} ({message.location.get('url')}:{message.location.get('lineNumber')})"
            )

    # --- Keys -----------------------------------------------------------------------------------------------------

    def says(self, text: str) -> None:
        """Type words into the field that has the focus."""
        self.page.keyboard.type(text)

    def presses(self, *keys: str) -> None:
        """Press keys that move or command; each is counted, a combination as one."""
        for key in keys:
            self.commands += 1
            self.page.keyboard.press(key)

    def sends(self, *keys: str) -> None:
        """Press keys of which the last one opens another page, and wait for it."""
        with self.page.expect_navigation():
            self.presses(*keys)

    def tabs_to(self, selector: str, *, most: int = 12) -> None:
        """Press Tab until the focus is where it should be; every press counts."""
        for _press in range(most):
            self.presses("Tab")
            if self.page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"{most} tabs did not reach {selector}; the focus is at {self.focus()}")

    def focus(self) -> str:
        """Return the element that has the focus, for sentences about failures."""
        return str(self.page.evaluate("document.activeElement.outerHTML.slice(0, 160)"))

    def is_at(self, selector: str) -> None:
        """Wait until the focus has come to an element by itself."""
        self.page.wait_for_function("selector => document.activeElement.matches(selector)", arg=selector)

    # --- Looking --------------------------------------------------------------------------------------------------

    def goes(self, path: str) -> None:
        """Open an address."""
        self.page.goto(path if path.startswith("http") else self.site + path)

    def sees(self, text: str | re.Pattern[str], *, within: str = "main") -> Locator:
        """Wait for words on the page and return where they stand. A text may break at spaces that do not."""
        wanted = text if isinstance(text, re.Pattern) else re.compile(re.sub(r"\\?\s+", r"\\s+", re.escape(text)))
        found = self.page.locator(within).get_by_text(wanted).first
        found.wait_for()
        return found

    def looks(self, name: str) -> None:
        """Check the page as it stands: no rule of axe broken, nothing wider than the screen; keep its picture."""
        styled = self.page.locator("[style]")
        assert styled.count() == 0, (
            f"{name}: styles stand in style sheets only, not at {styled.first.evaluate('e => e.outerHTML')}"
        )
        self._axe(self.page)
        wide = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{name}: the page is {wide} px wider than the screen"
        assert self.page.locator("html").get_attribute("lang") == self.language
        self.leaves(name)

    def leaves(self, name: str) -> None:
        """Keep a picture of the page as it stands, when pictures are asked for."""
        if PICTURES:
            place = Path(PICTURES)
            place.mkdir(parents=True, exist_ok=True)
            # Hiding the caret would leave style attributes behind, and the browser complains when htmx copies them.
            self.page.screenshot(path=place / f"{self._folder}-{name}.png", caret="initial")

    def has_signed_in(self, name: str) -> None:
        """Be a worker whose session stands already, in the language of the walk."""
        from polku.access.models import Actor
        from tests.desk.world import browser_of

        browser = browser_of(Actor.objects.get(name=name), self.language)
        self.page.context.add_cookies(
            [{"name": key, "value": cookie.value, "url": self.site} for key, cookie in browser.cookies.items()]
        )

    def signs_in(self, name: str) -> None:
        """Become a worker of the demo with one click on the page of people."""
        self.goes("/demo/")
        shown = self.page.locator(f"button[name=language][value={self.language}]")
        if shown.count():
            shown.first.click()
            self.page.wait_for_function("language => document.documentElement.lang === language", arg=self.language)
        self.page.locator("summary").click()
        self.page.get_by_role("button", name=name, exact=True).last.click()
        self.page.wait_for_url(lambda url: "/demo/" not in url)


def local(text: str) -> datetime:
    """Return the instant of a local time in Finland written as 2026-11-24 09:06."""
    from polku.kit.localtime import HELSINKI

    return datetime.fromisoformat(text).replace(tzinfo=HELSINKI)
