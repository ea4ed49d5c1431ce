"""A site at work with writers who keep a ledger, for a day on which something goes wrong."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import chain
from threading import Event

import httpx

from tests.fire.machines import Machine
from tests.fire.site import PATIENCE, Site
from tests.fire.test_kills import (
    assert_every_message_is_sent_and_marked,
    assert_ledger_is_the_truth,
    assert_nothing_is_half_made,
    open_for_office,
    rows,
)
from tests.fire.writers import Writer
from tests.gateways.servers import Received

WISH = {"kind": "keskustelu", "unit": "toimeentulotukitiimi"}
SAYS = {
    "fi": "Palvelu ei voi vastata juuri nyt",
    "sv": "Tjänsten kan inte svara just nu",
    "en": "The service cannot answer just now",
}


@dataclass
class Day:
    """The site, its writers, and what must be true in the evening."""

    site: Site
    received: Received
    seed: int = 11
    writers: list[Writer] = field(default_factory=list)
    stop: Event = field(default_factory=Event)
    began: float = 0.0
    facts: list[str] = field(default_factory=list)

    def begins(self, writers: int = 4, kind: type[Writer] = Writer) -> None:
        """Start the site and its writers, and wait until each of them has been answered."""
        keys = json.loads(self.site.module("ground", str(writers)).splitlines()[-1])
        self.site.start()
        for number, key in enumerate(keys):
            machine = Machine(self.site.address, key, patience=60, **WISH)
            self.writers.append(kind(number, machine, self.seed, self.stop))
        for writer in self.writers:
            writer.start()
        self.began = time.monotonic()
        self.site.wait(lambda: all(writer.acknowledged for writer in self.writers), "work")

    def acknowledged(self) -> list[tuple[float, float]]:
        """Return when each acknowledged request began and ended."""
        return sorted(chain.from_iterable(writer.acknowledged for writer in self.writers))

    def works_again(self, since: float, seconds: float = PATIENCE) -> float:
        """Wait until a request begun since then is acknowledged; returns after how many seconds that was."""
        found: list[float] = []

        def answered() -> bool:
            found[:] = [ended for began, ended in self.acknowledged() if began >= since]
            return bool(found)

        self.site.wait(answered, "request that is acknowledged", seconds)
        return min(found) - since

    def refuses_in_words(self, seconds: float = PATIENCE) -> None:
        """Whoever comes by now is told in their language that nothing was saved, and a machine when to come again."""
        with httpx.Client(base_url=self.site.address, timeout=60, trust_env=False) as browser:
            self.site.wait(lambda: _status(browser, "/demo/") == 503, "page that says what is wrong", seconds)
            for language, sentence in SAYS.items():
                browser.headers["Accept-Language"] = language
                page = browser.get("/demo/")
                if page.status_code != 503:
                    continue  # it has just come back
                assert sentence in page.text, f"{language}: {page.text}"
                assert int(page.headers["Retry-After"]) > 0
                assert "psycopg" not in page.text and "Traceback" not in page.text
            answer = browser.get("/api/v1/free-times", headers={"Accept-Language": "en"})
            if answer.status_code == 503:
                assert answer.headers["Content-Type"] == "application/problem+json"
                assert answer.json()["code"] == "busy"

    def notes(self, fact: str) -> None:
        """Keep a figure for the evening."""
        self.facts.append(fact)

    def ends(self, *, other_messages: bool = False) -> str:
        """Stop everybody and compare their ledgers with the database, row by row; returns the day's figures.

        `other_messages` besides those that the writers caused are allowed, each once.
        """
        self.stop.set()
        for writer in self.writers:
            writer.join(300)
            writer.machine.client.close()
        assert not [writer.name for writer in self.writers if writer.is_alive()]
        self.site.wait(lambda: open_for_office(self.site) == [(0,)], "end of the outbox")
        wrong = [fault for writer in self.writers for fault in writer.wrong]
        assert not wrong, wrong
        assert self.site.stop() == 0, self.site.said()
        assert not self.site.left()
        with self.site.cluster.using():
            self._nothing_unknown()
            assert_ledger_is_the_truth(self.site, self.writers)
            assert_nothing_is_half_made(self.site)
            if other_messages:
                self._no_message_twice()
            else:
                assert_every_message_is_sent_and_marked(self.site, self.writers, self.received)
            for command in (("check", "--facts"), ("audit", "verify")):
                done = self.site.say(*command)
                assert done.returncode == 0, done.stdout + done.stderr
        return self._told()

    def _nothing_unknown(self) -> None:
        """Name the times that stand in one of ledger and database only, with what their writer was told."""
        stored = {key for (key,) in rows(self.site, "SELECT key FROM appointments_appointment")}
        told = {key for writer in self.writers for key in writer.ledger.times}
        refused = {key: code for writer in self.writers for key, code in writer.ledger.refused.items()}
        unknown = {key: refused.get(key, "not answered") for key in stored - told}
        assert not unknown, f"kept without the writer's knowledge: {unknown}"
        assert not told - stored, f"lost: {told - stored}"

    def _no_message_twice(self) -> None:
        keys = [str(key) for (key,) in rows(self.site, "SELECT key FROM outbox_message")]
        assert len(keys) == len(set(keys))
        receipts = {f"contact:{row['id']}:receipt" for one in self.writers for row in one.ledger.contacts.values()}
        booked = {f"appointment:{row['id']}:appointment_confirmed" for one in self.writers
                  for row in one.ledger.times.values() if row["booked_at"]}  # fmt: skip
        assert receipts | booked <= set(keys)

    def _told(self) -> str:
        answers = sum((writer.answers for writer in self.writers), Counter[str]())
        contacts = sum(len(writer.ledger.contacts) for writer in self.writers)
        messages = len(set(self.received.taken))
        times = sum(len(writer.ledger.times) for writer in self.writers)
        again = sum(number for name, number in answers.items() if not name.isdigit()) + answers["503"]
        repeated = sum(many > 1 for many in Counter(self.received.taken).values())
        lines = [
            *self.facts,
            f"{len(self.acknowledged())} requests acknowledged, {again} sent again, answers {dict(answers)}",
            f"{contacts} contacts and {times} times kept, each once",
            f"{messages} messages, {repeated} of them twice under one id",
        ]
        return "\n" + "\n".join(f"  {line}" for line in lines)


def _status(browser: httpx.Client, path: str) -> int:
    try:
        return browser.get(path).status_code
    except httpx.TransportError:
        return 0


def within(seconds: float, true: Callable[[], bool]) -> bool:
    """Return whether it becomes true in so many seconds."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
