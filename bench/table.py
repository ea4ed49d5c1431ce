"""The table that is printed and the JSON that is kept."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from bench.measuring import Measured

_HEAD = ("operation", "contacts", "ours p50", "p95", "floor p50", "p95", "ratio", "queries", "CPU ms")


def lines(found: Iterable[Measured]) -> list[str]:
    """Return the table as Markdown."""
    rows = [_cells(measured.as_row()) for measured in found]
    widths = [max(len(row[place]) for row in [_HEAD, *rows]) for place in range(len(_HEAD))]
    ruler = ["-" * width if place == 0 else "-" * (width - 1) + ":" for place, width in enumerate(widths)]
    return [_line(row, widths) for row in (_HEAD, tuple(ruler), *rows)]


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    name = row["operation"] + (f" ({row['note']})" if row["note"] else "")
    if row["value"] is not None:
        own = f"{_figure(row['value'])} {row['unit']}"
        floor = f"{_figure(row['floor_value'])} {row['unit']}" if row["floor_value"] is not None else ""
        p95 = _figure(row["ours_p95_ms"]), _figure(row["floor_p95_ms"])
    else:
        own, floor = _figure(row["ours_p50_ms"]), _figure(row["floor_p50_ms"])
        p95 = _figure(row["ours_p95_ms"]), _figure(row["floor_p95_ms"])
    rest = _figure(row["ratio"]), _figure(row["queries"]), _figure(row["cpu_ms"])
    return (name, f"{row['size']:,}".replace(",", " "), own, p95[0], floor, p95[1], *rest)


def _figure(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}".replace(",", " ") if value >= 100 or value == int(value) else f"{value:g}"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [
        cell.ljust(w) if place == 0 else cell.rjust(w)
        for place, (cell, w) in enumerate(zip(cells, widths, strict=True))
    ]
    return "| " + " | ".join(padded) + " |"


def write(found: Iterable[Measured], path: Path) -> None:
    """Write the measurements as JSON, a list of rows."""
    path.write_text(json.dumps([measured.as_row() for measured in found], ensure_ascii=False, indent=1) + "\n")
