"""One page looked at: what a person sees, hears and reaches by Tab, told as sentences; its picture is kept."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from babel.messages.pofile import read_po

from polku.site import translations

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Response

HERE = Path(__file__).parent
AXE = (HERE.parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
EYE = (HERE / "eye.js").read_text(encoding="utf-8")
SHIFT = (HERE / "shift.js").read_text(encoding="utf-8")
PICTURES = Path(os.environ.get("POLKU_PICTURES") or HERE.parents[1] / "var" / "looks")
LANGUAGES = tuple(os.environ.get("LOOKS_LANGUAGES", "fi,sv,en").split(","))
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 375, "height": 812}
# 1280 px at 200 %, and the narrowest of WCAG 1.4.10.
ZOOMED, NARROW = {"width": 640, "height": 450}, {"width": 320, "height": 640}
MOST_STOPS = 400
FONTS = "**/*.woff2"
NOWHERE = "about:blank"
# The product's own name, which is a word of Finnish too.
SAME_IN_ALL = {"Polku"}
# The living style page: its samples are data, in Finnish.
SAMPLES = "ui:states"


@dataclass
class Report:
    """What was looked at and found, for the table at the end of the run."""

    looks: dict[str, int] = field(default_factory=dict)
    wrong: dict[str, list[str]] = field(default_factory=dict)
    titles: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    opened: set[str] = field(default_factory=set)
    weights: dict[str, str] = field(default_factory=dict)
    axe: int = 0
    shift: float = 0.0
    stops: int = 0


class Eye:
    """Looks at the pages of one person in one language.

    `status` is that of the last document that came into the tab; `answered` has the status of everything that was
    fetched by GET, also of parts of a page, by its path.
    """

    def __init__(self, context: BrowserContext, language: str, report: Report) -> None:
        self.language = language
        self.report = report
        self.complaints: list[str] = []
        self.answered: dict[str, int] = {}
        self.status = 0
        self._expected = 200
        context.add_init_script(SHIFT)
        self.tab = context.new_page()
        self.tab.set_default_timeout(30_000)
        self.tab.on("console", self._listen)
        self.tab.on("response", self._hear)
        self.tab.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _listen(self, message: ConsoleMessage) -> None:
        # A refused form answers 4xx, which the browser also writes to its console.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def _hear(self, answer: Response) -> None:
        path = urlsplit(answer.url).path
        if answer.request.method == "GET":
            self.answered[path] = answer.status
        if answer.request.is_navigation_request():
            self.status = answer.status
        if answer.status >= 500 and answer.status != self._expected:
            self.complaints.append(f"{path} answers {answer.status}")

    def begins(self, viewport: dict[str, int], expected: int = 200) -> None:
        """Begin anew, in a window of this size; a status of 500 and more is a fault unless it is expected."""
        self.tab.set_viewport_size(viewport)  # type: ignore[arg-type]
        self.answered, self.status, self._expected = {}, 0, expected

    def rests(self) -> None:
        """Leave the page, which would otherwise refresh itself while others look."""
        if self.tab.url != NOWHERE:
            self.tab.goto(NOWHERE)

    def opens(self, address: str, viewport: dict[str, int], expected: int = 200) -> None:
        """Go to an address in a window of this size.

        Raises:
            AssertionError: it answers otherwise than expected, leads on to another address, or is not a whole page.
        """
        self.begins(viewport, expected)
        answer = self.tab.goto(address)
        assert answer is not None and answer.status == expected, f"{address} answers {answer and answer.status}"
        before = answer.request.redirected_from
        assert before is None, f"{address} leads on to {self.tab.url}"
        assert "html" in answer.headers.get("content-type", ""), f"{address} is no page"
        assert self.tab.title(), f"{address} is a part of a page: it belongs into pages.PARTS"

    def forms(self, wanted: Callable[[str], bool]) -> list[int]:
        """Return which of the page's forms are sent to a wanted address, those that ask for the same only once."""
        self.tab.evaluate(EYE)
        found: dict[str, int] = {}
        for address, place, asks in self.tab.evaluate("eye.forms()"):
            if wanted(address):
                found.setdefault(asks, place)
        return list(found.values())

    def sends_empty(self, place: int, wanted: Callable[[str], bool], refused: set[int]) -> None:
        """Send one of the page's forms with nothing filled in, past the browser's own checks.

        Raises:
            AssertionError: the answer does not refuse it, or does not say at the fields what is wrong.
        """
        self.tab.evaluate(EYE)
        with self.tab.expect_response(lambda one: one.request.method == "POST" and wanted(one.url)) as coming:
            names = self.tab.evaluate("place => eye.empty(place)", place)
        answer = coming.value
        assert answer.status in refused, f"sent empty, it answers {answer.status}"
        self.tab.wait_for_load_state()
        # A part that is swapped in comes a moment after its answer.
        self.tab.wait_for_function("!document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling')")
        self.tab.evaluate(EYE)
        unsaid = self.tab.evaluate("names => eye.refusal(names)", names)
        assert not unsaid, "; ".join(unsaid)

    def looks(
        self, name: str, *, axe: bool = True, keys: bool = False, widths: bool = True, still: bool = True
    ) -> None:
        """Look at the page as it stands, at its present width and then at the others."""
        tab, wrong = self.tab, []
        tab.evaluate("document.fonts.ready.then(() => true)")
        if still:
            wrong += self._shifts()
        tab.evaluate(EYE)
        width = tab.viewport_size["width"] if tab.viewport_size else 0
        wrong += tab.evaluate("language => eye.structure(language)", self.language)
        if not name.startswith(SAMPLES):
            wrong += untranslated(tab.evaluate("eye.texts()"), self.language)
        if axe:
            wrong += self._axe()
        wrong += self._layouts(width, widths=widths)
        if keys:
            wrong += self._keys()
        wrong += self.complaints
        self.complaints = []
        self.note(name, width, wrong)
        self._keep(name, width)

    def _shifts(self) -> list[str]:
        """Return what moves without a hand.

        The fonts are optional, and yet one that comes within the first tenth of a second takes its place, and words
        move by some pixels: that is told at the end of the run. Without the fonts nothing may move at all.
        """
        moved: list[str] = self.tab.evaluate("window.shifted")
        if not moved:
            return []
        self.report.shift = max(self.report.shift, sum(float(one.split()[0]) for one in moved))
        self.tab.route(FONTS, lambda route: route.abort())
        self.tab.reload()
        moved = self.tab.evaluate("document.fonts.ready.then(() => window.shifted)")
        self.tab.unroute(FONTS)
        self.tab.reload()
        return [f"layout shift {one}" for one in moved]

    def note(self, name: str, width: int, wrong: list[str]) -> None:
        """Write into the report."""
        self.report.looks[name] = self.report.looks.get(name, 0) + 1
        PICTURES.mkdir(parents=True, exist_ok=True)
        with open(PICTURES / "found.txt", "a", encoding="utf-8") as file:
            file.write("".join(f"{name}\t{self.language}\t{width}\t{one}\n" for one in wrong or ["well"]))
        for one in wrong:
            self.report.wrong.setdefault(name, []).append(f"{self.language} {width}: {one}")

    def _axe(self) -> list[str]:
        self.report.axe += 1
        if not self.tab.evaluate("'axe' in window"):
            self.tab.evaluate(AXE)
        size = self.tab.viewport_size
        if size:
            # The whole page in one window: what the bar lies on is scrolled to by a person, but not by axe.
            tall = min(6000, max(size["height"], int(self.tab.evaluate("document.documentElement.scrollHeight"))))
            self.tab.set_viewport_size({"width": size["width"], "height": tall})
        # By every rule, also those that axe leaves out unless asked (size of targets); only faults leave the browser.
        found: list[str] = self.tab.evaluate(
            """async () => (await axe.run({ rules: { "target-size": { enabled: true } }, resultTypes: ["violations"] }))
                .violations.map(({ id, help, nodes }) => `${id}: ${help} at ${nodes.map((node) => node.target).slice(0, 5).join(", ")}`)"""
        )
        if size:
            self.tab.set_viewport_size(size)
        return [f"axe {one}" for one in found]

    def _layouts(self, width: int, *, widths: bool) -> list[str]:
        wrong = list(self.tab.evaluate("eye.layout()"))
        others = [size for size in (WIDE, ZOOMED, PHONE, NARROW) if size["width"] != width] if widths else []
        before = self.tab.viewport_size
        for size in others:
            self.tab.set_viewport_size(size)  # type: ignore[arg-type]
            wrong += [f"at {size['width']}: {one}" for one in self.tab.evaluate("eye.layout()")]
        if before and others:
            self.tab.set_viewport_size(before)
        return wrong

    def _keys(self) -> list[str]:
        """Press Tab through the whole page."""
        wrong: list[str] = []
        self.tab.evaluate("eye.begin()")
        for _press in range(MOST_STOPS):
            self.tab.keyboard.press("Tab")
            told: dict[str, Any] = self.tab.evaluate("eye.stop()")
            wrong += told["wrong"]
            if told["over"]:
                break
            self.report.stops += 1
        return wrong + list(self.tab.evaluate("eye.reached()"))

    def _keep(self, name: str, width: int) -> None:
        file = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        # Hiding the caret would leave style attributes behind.
        self.tab.screenshot(path=PICTURES / f"{file}-{self.language}-{width}.png", full_page=True, caret="initial")


@cache
def _catalogues() -> dict[str, dict[str, set[str]]]:
    """Return for each language the texts of the catalogues, each with the languages of which it is a text."""
    owners: dict[str, dict[str, set[str]]] = {}
    for app in translations.apps():
        for domain in translations.DOMAINS:
            for language in translations.LANGUAGES:
                path = translations.catalogue_path(app, language, domain)
                if not path.exists():
                    continue
                with open(path, "rb") as file:
                    for message in read_po(file, locale=language):
                        if not message.id:
                            continue
                        ids = message.id if isinstance(message.id, tuple) else (message.id,)
                        strings = message.string if isinstance(message.string, tuple) else (message.string,)
                        for text in ids:
                            owners.setdefault(_plain(text), {}).setdefault("en", set()).add(str(path))
                        for text in strings:
                            owners.setdefault(_plain(text), {}).setdefault(language, set()).add(str(path))
    return owners


def _plain(text: object) -> str:
    return re.sub(r"\s+", " ", str(text)).strip()


def untranslated(texts: list[str], language: str) -> list[str]:
    """Return what stands on the page in another language than the reader's: it is a text of that language only."""
    owners = _catalogues()
    wrong = []
    for text in texts:
        known = owners.get(_plain(text))
        if known and language not in known and text not in SAME_IN_ALL:
            wrong.append(f"not in {language}: {text!r}")
    return wrong
