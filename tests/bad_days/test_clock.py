"""The clock of every process jumps to the hours that clocks fear: New Year, and both ends of summer time."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.bad_days.day import Day
from tests.fire.machines import a_form
from tests.fire.site import ROOT
from tests.fire.writers import Writer

AHEAD = Path(__file__).parent / "ahead"
# Each a moment before: New Year in Finland, New Year in UTC (the log's next month), summer time, and its end.
JUMPS = {
    "New Year in Finland": datetime(2026, 12, 31, 21, 59, 55, tzinfo=UTC),
    "New Year in UTC": datetime(2026, 12, 31, 23, 59, 55, tzinfo=UTC),
    "the beginning of summer time": datetime(2027, 3, 28, 0, 59, 55, tzinfo=UTC),
    "the end of summer time": datetime(2027, 10, 31, 0, 59, 55, tzinfo=UTC),
    "an hour back": datetime(2027, 10, 31, 0, 10, 0, tzinfo=UTC),
}
STAYS = 12.0
DONE = 10


class Booker(Writer):
    """Sends forms and books times by the site's clock; books at once, for a hold does not outlive a jump of months."""

    ahead = timedelta()
    unsure = False
    """Whether a jump is coming, or not every clock has jumped yet."""
    turn_began = 0.0

    def _one(self) -> None:
        self.turn_began, unsure = time.monotonic(), self.unsure
        # No hold is taken just before a jump: it would have lapsed before it could be booked.
        if unsure or self.chance.random() < 0.5 or not self.ledger.contacts:
            self._send(unsure=unsure)
        else:
            self._book()

    def _now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def _send(self, *, unsure: bool) -> None:
        self.turn += 1
        external_id = f"W{self.number}-{self.turn}"
        person = {"role": "concerned", "family_name": "Siirtyvä", "email": f"w{self.number}.{self.turn}@example.fi"}
        received = (self._now() - timedelta(minutes=1)).isoformat(timespec="seconds")
        form = a_form(external_id, persons=[person], preferred_way="email", received_at=received)
        # While not every clock has jumped yet, the sender's may be before the site's: the form is from the future.
        well = (200, 201, 422) if unsure else (200, 201)
        answer = self._ask("POST", "/contacts", form, key=f"form-{external_id}", well=well)
        if answer.status_code != 422:
            self.ledger.contacts[external_id] = answer.json()

    def _book(self) -> None:
        self.turn += 1
        day = self._now().date() + timedelta(days=self.chance.randrange(1, 30))
        query = {**self.machine.wish, "limit": 8, "from": day.isoformat()}
        free = self._ask("GET", "/free-times", None, params=query, well=(200,)).json()
        if not free:
            return
        key = f"hold-{self.number}-{self.turn:04d}"
        for_whom = self.chance.choice(list(self.ledger.contacts))
        contact = self.ledger.contacts[for_whom]["id"]
        wish = {"slot": self.chance.choice(free)["slot"], "contact": contact, **self.machine.wish}
        held = self._ask("POST", "/appointments", wish, key=key, well=(200, 201, 409))
        if held.status_code == 409:
            self.ledger.refused[key] = held.json()["code"]
            return
        row = held.json()
        booked = self._ask("POST", f"/appointments/{row['id']}/confirm", {}, well=(200,))
        self._note(key, {**booked.json(), "for": for_whom}, "booked")


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    """Web processes, worker and commands read the time by way of a file."""
    (tmp_path / "clock").write_text("0")
    return {"BAD_DAYS_CLOCK": str(tmp_path / "clock"), "PYTHONPATH": f"{AHEAD}{os.pathsep}{ROOT}"}


def set_clock(place: Path, moment: datetime) -> timedelta:
    """Let every process of the site think that it is that moment; returns how far ahead that is. Time goes on."""
    new = place / "clock.new"
    ahead = moment - datetime.now(UTC)
    new.write_text(f"{ahead.total_seconds():.3f}")
    new.replace(place / "clock")
    return ahead


def all_turn(day: Day) -> None:
    """Wait until every writer has ended what it was doing, and does something new."""
    since = time.monotonic()
    day.site.wait(lambda: all(writer.turn_began > since for writer in day.writers if isinstance(writer, Booker)),
                  "new turn of every writer")  # fmt: skip


def test_jump_over_new_year_and_summer_time(day: Day, place: Path, say: Callable[[str], None]) -> None:
    day.begins(kind=Booker)
    for what, moment in JUMPS.items():
        Booker.unsure = True
        all_turn(day)
        ahead = set_clock(place, moment)
        jumped = time.monotonic()
        time.sleep(1)  # for all processes to look at the file
        Booker.ahead = ahead
        all_turn(day)
        Booker.unsure = False
        all_turn(day)
        done: list[float] = []

        def enough(jumped: float = jumped, done: list[float] = done) -> bool:
            done[:] = [began for began, _ended in day.acknowledged() if began > jumped]
            return len(done) > DONE and time.monotonic() - jumped > STAYS

        day.site.wait(enough, "work after the jump")
        day.notes(f"{len(done)} requests acknowledged in {time.monotonic() - jumped:.0f} s over {what}")
    # Reminders of what was booked have come due, too.
    say(day.ends(other_messages=True))
    assert day.site.log.read_text(errors="replace").count("steady work failed") == 0, day.site.said()
