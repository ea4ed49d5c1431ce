"""The town that is looked at, its web server, and the eyes of its people; the table of what was found."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.looks.eye import Eye, Report
    from tests.looks.town import Town

Enters = Callable[[str, str], "Eye"]
_report: list[Any] = []


@pytest.fixture(scope="session")
def report() -> Report:
    """What this run has found."""
    from tests.looks.eye import Report

    if not _report:
        _report.append(Report())
    return _report[0]  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def unblocked(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The database for the whole run, and the clock on a Tuesday morning."""
    from polku.kit.clock import started_at
    from tests.desk.world import AT

    with django_db_blocker.unblock(), started_at(AT):
        yield


@pytest.fixture(scope="session")
def address(unblocked: None) -> Iterator[str]:
    """The address of a server that stays up for the run; its county's words and colours are the demo's."""
    from django.conf import settings
    from pytest_django.live_server_helper import LiveServer

    server = LiveServer("127.0.0.1")
    settings.BASE_URL = server.url
    # The notice that the county is still being made is of the demo's first minutes.
    settings.DEMO_CONTACTS = 0
    yield str(server.url)
    server.stop()


@pytest.fixture(scope="session")
def quiet_town(unblocked: None) -> Town:
    """The county before anybody has asked anything."""
    from tests.looks.town import people_only

    return people_only()


@pytest.fixture(scope="session")
def busy_town(quiet_town: Town) -> Town:
    """The same county with everything."""
    from tests.looks.town import fill

    fill(quiet_town)
    return quiet_town


@pytest.fixture(scope="session")
def enters(
    browser: Browser, browser_context_args: dict[str, Any], address: str, quiet_town: Town, report: Report
) -> Iterator[Enters]:
    """Somebody's eye in a language: `enters("own", "fi")`; signed in already, and the same every time."""
    from tests.desk.world import browser_of
    from tests.looks.eye import Eye

    eyes: dict[tuple[str, str], Eye] = {}
    with ExitStack() as stack:

        def entered(who: str, language: str) -> Eye:
            if (who, language) not in eyes:
                context = browser.new_context(
                    **{**browser_context_args, "base_url": address, "reduced_motion": "reduce"}
                )
                stack.callback(context.close)
                cookies = {"polku_language": language}
                if who != "nobody":
                    signed_in = browser_of(quiet_town.actors[who], language).cookies
                    cookies |= {key: cookie.value for key, cookie in signed_in.items()}
                context.add_cookies([{"name": key, "value": value, "url": address} for key, value in cookies.items()])
                eyes[who, language] = Eye(context, language, report)
            for other in eyes.values():
                other.rests()
            return eyes[who, language]

        yield entered


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print what was looked at and what was found there."""
    if not _report:
        return
    report = _report[0]
    terminalreporter.section("looks")
    for name in sorted(report.looks):
        faults = report.wrong.get(name, [])
        terminalreporter.line(f"{name:<48} {report.looks[name]:>3} looks  {len(faults):>3} faults")
    for address, weight in report.weights.items():
        terminalreporter.line(f"first visit at {address:<20} {weight}")
    total = sum(len(faults) for faults in report.wrong.values())
    terminalreporter.line(
        f"{len(report.looks)} pages and scenes, {sum(report.looks.values())} looks, {report.axe} axe runs,"
        f" {report.stops} stops of Tab, largest shift by a font {report.shift:.4f}: {total} faults. Pictures: {os.environ.get('POLKU_PICTURES') or 'var/looks'}"
    )
