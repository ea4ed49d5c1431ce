"""The world of one building: workers, units, people known so far, and what is still to come."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from polku.access.models import Actor, Municipality, Source, Unit
from polku.appointments.models import Kind
from polku.clients.models import Client
from polku.kit.errors import Refused


@dataclass(order=True)
class Later:
    """Something that happens at its own moment."""

    at: datetime
    order: int
    do: Callable[[datetime], None] = field(compare=False)


class County:
    """The world of one building: its workers, units, people known so far and what is still to come."""

    def __init__(
        self, *, seed: int, workers: dict[str, Actor], source: Source, populations: dict[str, int], name: str
    ) -> None:
        self.rng = Random(seed)  # noqa: S311 - invented lives, no secrets
        self.name = name
        self.workers = workers
        self.source = source
        self.units = {unit.key: unit for unit in Unit.objects.all()}
        self.kinds = {kind.key: kind for kind in Kind.objects.all()}
        self.populations = populations
        self.municipalities = {row.code: row for row in Municipality.objects.filter(in_county=True)}
        self.answering = [workers[name] for name in ("suvi", "laura", "bo", "nina")]
        self.known: list[Client] = []
        self.later: list[Later] = []
        self.count = 0
        self.refused = 0

    def key(self) -> str:
        """Return an idempotency key that is the same in every building with this seed."""
        self.count += 1
        return f"demo-{self.name}-{self.count}"

    def plan(self, at: datetime, do: Callable[[datetime], None]) -> None:
        """Let something happen later."""
        heapq.heappush(self.later, Later(at, self.count, do))
        self.count += 1

    def pick(self, weights: dict[str, int]) -> str:
        """Draw a key by its weight."""
        return self.rng.choices(list(weights), list(weights.values()))[0]

    def until(self, moment: datetime) -> None:
        """Do what was to happen before a moment; what has become impossible meanwhile is left undone."""
        while self.later and self.later[0].at <= moment:
            event = heapq.heappop(self.later)
            try:
                event.do(event.at)
            except Refused:
                self.refused += 1
