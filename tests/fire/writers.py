"""Writers over HTTP who keep a ledger of every answer, and go on asking until they have one."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from threading import Event, Thread
from typing import Any

import httpx

from tests.fire.machines import Machine, a_form

ENDLESS = 240.0
"""Seconds after which a writer who gets no answer says that nothing comes back up."""
DAYS_AHEAD = 40


@dataclass
class Ledger:
    """What was acknowledged, by the writer's own ids."""

    contacts: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By external id: the answer."""
    times: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By the key of the hold: the last answer about that time, and the contact it is for (`for`)."""
    refused: dict[str, str] = field(default_factory=dict)
    """By the key of the hold: why it was refused."""


class Writer(Thread):
    """Sends forms, holds, confirms, lets go and cancels. What was cut or answered 5xx is sent again with its key."""

    def __init__(self, number: int, machine: Machine, seed: int, stop: Event) -> None:
        super().__init__(name=f"writer-{number}", daemon=True)
        self.number, self.machine, self.stop = number, machine, stop
        self.chance = random.Random(seed * 1000 + number)
        self.ledger = Ledger()
        self.answers: Counter[str] = Counter()
        """How often which status, or which way of being cut."""
        self.acknowledged: list[tuple[float, float]] = []
        """When each acknowledged request began (its last try) and ended, by the monotonic clock."""
        self.wrong: list[str] = []
        self.turn = 0

    def run(self) -> None:
        """Write until told to stop; the operation in hand is brought to its end."""
        try:
            while not self.stop.is_set():
                self._one()
        except Exception as error:
            self.wrong.append(f"{type(error).__name__}: {error}")

    def _one(self) -> None:
        held = [key for key, row in self.ledger.times.items() if row["state"] == "held"]
        booked = [key for key, row in self.ledger.times.items() if row["state"] == "booked"]
        roll = self.chance.random()
        if roll < 0.30 or not self.ledger.contacts:
            self._send_form()
        elif roll < 0.36:
            self._send_form_again()
        elif roll < 0.62 or not held:
            self._hold()
        elif roll < 0.82:
            self._confirm(self.chance.choice(held))
        elif roll < 0.88 or not booked:
            self._cancel(self.chance.choice(held), to="released")
        else:
            self._cancel(self.chance.choice(booked), to="cancelled")

    def _send_form(self) -> None:
        self.turn += 1
        external_id = f"W{self.number}-{self.turn}"
        mail = self.turn % 2
        person = {"role": "concerned", "family_name": f"Kirjoittaja {self.number}"}
        person |= {"email": f"w{self.number}.{self.turn}@example.fi"} if mail else {"phone": "0401234567"}
        form = a_form(external_id, persons=[person], preferred_way="email" if mail else "sms")
        said = self._ask("POST", "/contacts", form, key=f"form-{external_id}", well=(200, 201)).json()
        self._expect(said["external_id"] == external_id, f"{external_id} answered as {said['external_id']}")
        self.ledger.contacts[external_id] = said

    def _send_form_again(self) -> None:
        external_id, before = self.chance.choice(list(self.ledger.contacts.items()))
        form = a_form(external_id, message="Sama uudelleen.")
        said = self._ask("POST", "/contacts", form, key=f"again-{external_id}-{self.turn}", well=(200,)).json()
        same = (said["id"], said["reference"]) == (before["id"], before["reference"])
        self._expect(same, f"{external_id} was {before['id']} and is now {said['id']}")

    def _hold(self) -> None:
        self.turn += 1
        # Half go for the same first times, half anywhere in the calendar.
        ahead = 0 if self.chance.random() < 0.5 else self.chance.randrange(1, DAYS_AHEAD)
        day: date = datetime.now(UTC).date() + timedelta(days=ahead)
        query = {**self.machine.wish, "limit": 8, "from": day.isoformat()}
        free = self._ask("GET", "/free-times", None, params=query, well=(200,)).json()
        if not free:
            return
        key = f"hold-{self.number}-{self.turn:04d}"
        for_whom = self.chance.choice(list(self.ledger.contacts))
        wish = {
            "slot": self.chance.choice(free)["slot"],
            "contact": self.ledger.contacts[for_whom]["id"],
            **self.machine.wish,
        }
        answer = self._ask("POST", "/appointments", wish, key=key, well=(200, 201, 409))
        if answer.status_code == 409:
            self.ledger.refused[key] = answer.json()["code"]
        else:
            self._note(key, {**answer.json(), "for": for_whom}, "held")

    def _confirm(self, key: str) -> None:
        row = self.ledger.times[key]
        answer = self._ask("POST", f"/appointments/{row['id']}/confirm", {}, well=(200,))
        self._note(key, {**answer.json(), "for": row["for"]}, "booked")

    def _cancel(self, key: str, *, to: str) -> None:
        row = self.ledger.times[key]
        answer = self._ask("POST", f"/appointments/{row['id']}/cancel", {"reason": "Este"}, well=(200,))
        self._note(key, {**answer.json(), "for": row["for"]}, to)

    def _note(self, key: str, row: dict[str, Any], state: str) -> None:
        self._expect(row["state"] == state, f"{key} is {row['state']}, not {state}")
        self.ledger.times[key] = row

    def _expect(self, true: bool, otherwise: str) -> None:
        if not true:
            self.wrong.append(otherwise)

    def _ask(
        self, method: str, path: str, body: Any, *, well: tuple[int, ...], key: str = "", params: Any = None
    ) -> httpx.Response:
        """Ask until there is an answer that is not about the server's own trouble.

        Raises:
            AssertionError: the answer is none of `well`, or none came at all.
        """
        headers = {"Idempotency-Key": key} if key else {}
        first = time.monotonic()
        while True:
            began = time.monotonic()
            assert began - first < ENDLESS, f"no answer to {method} {path} in {ENDLESS:g} s"
            try:
                answer = self.machine.client.request(method, path, json=body, params=params, headers=headers)
            except httpx.TransportError as error:
                self.answers[type(error).__name__] += 1
            else:
                self.answers[str(answer.status_code)] += 1
                if answer.status_code < 500:
                    break
                if answer.status_code != 503:
                    self.wrong.append(f"{method} {path} was answered {answer.status_code}: {answer.text[:300]}")
            time.sleep(self.chance.uniform(0.05, 0.4))
        assert answer.status_code in well, f"{method} {path} {body}: {answer.status_code} {answer.text[:500]}"
        self.acknowledged.append((began, time.monotonic()))
        return answer
