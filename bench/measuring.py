"""Runs ours and the floor alternately, and counts what does not depend on how busy the machine is."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from statistics import median
from threading import Barrier
from typing import Any

Run = Callable[[], object]
WARMING = 5


@dataclass(slots=True)
class Measured:
    """One line of the table. Times in ms; what has no time has a `value` with its `unit`."""

    operation: str
    ours: Sequence[float] = ()
    floor: Sequence[float] = ()
    queries: int | None = None
    cpu_ms: float | None = None
    value: float | None = None
    floor_value: float | None = None
    unit: str = ""
    size: int = 0
    note: str = ""

    def as_row(self) -> dict[str, Any]:
        """Return the line as plain values."""
        ours, floor = at(self.ours, 50), at(self.floor, 50)
        ratio = ours / floor if ours is not None and floor else None
        if ratio is None and self.value is not None and self.floor_value:
            # Of rates more is better: how many times what ours does the floor does.
            ratio = self.floor_value / self.value if self.unit.endswith("/s") else self.value / self.floor_value
        return {
            "operation": self.operation,
            "size": self.size,
            "ours_p50_ms": _short(ours),
            "ours_p95_ms": _short(at(self.ours, 95)),
            "floor_p50_ms": _short(floor),
            "floor_p95_ms": _short(at(self.floor, 95)),
            "ratio": _short(ratio),
            "queries": self.queries,
            "cpu_ms": _short(self.cpu_ms),
            "value": _short(self.value),
            "floor_value": _short(self.floor_value),
            "unit": self.unit,
            "note": self.note,
        }


def at(times: Sequence[float], percent: int) -> float | None:
    """Return the time under which so many per cent lie; None without any."""
    if not times:
        return None
    return sorted(times)[min(len(times) - 1, len(times) * percent // 100)]


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.3g}") if value < 100 else round(value)


def alternately(ours: Run, floor: Run | None, *, rounds: int) -> tuple[list[float], list[float]]:
    """Run ours and the floor in turns, after some of each that do not count; returns their times in ms."""
    both: list[tuple[Run, list[float]]] = [(ours, [])]
    if floor:
        both.append((floor, []))
    for number in range(rounds + WARMING):
        for run, times in both:
            began = time.perf_counter()
            run()
            if number >= WARMING:
                times.append((time.perf_counter() - began) * 1000)
    return both[0][1], both[1][1] if floor else []


@dataclass(slots=True)
class Together:
    """What several clients did at once: the time of each try in ms, and how long it all took in s."""

    times: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Tries a second."""
        return len(self.times) / self.seconds


def together(clients: int, do: Callable[[int, int], object], *, each: int) -> Together:
    """Let so many clients do something so many times, all from the same moment on: `do(client, turn)`."""
    start = Barrier(clients + 1)

    def one(client: int) -> list[float]:
        start.wait()
        times = []
        for turn in range(each):
            began = time.perf_counter()
            do(client, turn)
            times.append((time.perf_counter() - began) * 1000)
        return times

    with ThreadPoolExecutor(clients) as pool:
        running = [pool.submit(one, client) for client in range(clients)]
        start.wait()
        began = time.perf_counter()
        found = [result.result() for result in running]
        return Together([spent for times in found for spent in times], time.perf_counter() - began)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run costs whatever else the machine does."""

    queries: int
    cpu_ms: float


def cost(run: Run, *, rounds: int = 5) -> Cost:
    """Run something of Django's in this process: its statements, and the processor time of its Python."""
    from django.db import connection

    counted: list[int] = []
    spent: list[float] = []
    for _ in range(rounds):
        said: list[str] = []

        def note(execute: Any, sql: str, params: Any, many: bool, context: Any, said: list[str] = said) -> Any:
            said.append(sql)
            return execute(sql, params, many, context)

        with connection.execute_wrapper(note):
            began = time.thread_time()
            run()
            spent.append((time.thread_time() - began) * 1000)
        counted.append(len(said))
    return Cost(int(median(counted)), median(spent))
