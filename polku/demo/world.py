"""The world of one building: workers, units, people known so far, and what is still to come."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from polku.access.models import Actor, Municipality, Source, Unit
from polku.appointments.models import Kind
from polku.clients.models import Client


@dataclass(order=True)
class Later:
    """Something that happens at its own moment."""

    at: datetime
    order: int
    do: Callable[[datetime], None] = field(compare=False)


class County:
    """The world of one building: its workers, units, people known so far and what is still to come."""

    def __init__(
        self, *, seed: str, workers: dict[str, Actor], source: Source, populations: dict[str, int], known: list[Client]
    ) -> None:
        self.rng = Random(seed)  # noqa: S311 - invented lives, no secrets
        self.name = hashlib.sha256(seed.encode()).hexdigest()[:8]
        self.workers = workers
        self.source = source
        self.units = {unit.key: unit for unit in Unit.objects.all()}
        self.kinds = {kind.key: kind for kind in Kind.objects.all()}
        self.populations = populations
        self.municipalities = {row.code: row for row in Municipality.objects.filter(in_county=True)}
        self.answering = [workers[name] for name in ("suvi", "laura", "bo", "nina")]
        self.known = known
        self.later: list[Later] = []
        self.count = 0

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

    def next_before(self, moment: datetime) -> Later | None:
        """Take out and return the next thing that was to happen by a moment."""
        return heapq.heappop(self.later) if self.later and self.later[0].at <= moment else None
