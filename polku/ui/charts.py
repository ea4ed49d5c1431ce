"""Charts as plain SVG: places are computed here, the templates only draw.

Every chart has a title and a description for those who do not see it, and stands beside its table.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from polku.ui import words

WIDTH: Final = 704
HEIGHT: Final = 244
LEFT: Final = 44
RIGHT: Final = 10
TOP: Final = 14
BOTTOM: Final = 36


@dataclass(frozen=True)
class Part:
    """A named part of a meter."""

    label: str
    count: int
    tone: Literal["ok", "late", "missing"]

    @property
    def shown(self) -> str:
        """The part in words: `176 ajoissa`."""
        return f"{words.number(self.count)}{words.NBSP}{self.label}"


@dataclass(frozen=True)
class Bar:
    """A rectangle of a meter or a bar chart; x and width as percents or drawing units."""

    x: str
    y: str
    width: str
    height: str
    tone: str
    label: str = ""
    shown: str = ""
    text_x: str = ""
    text_y: str = ""


@dataclass(frozen=True)
class Meter:
    """How much of a promise is kept: share, target, and what the whole is made of.

    `share` and `target` are shares of one; None is "nothing to count yet".
    """

    share: float | None
    text: str
    target: float | None = None
    target_text: str = ""
    parts: Sequence[Part] = ()
    caption: str = ""

    @property
    def shown(self) -> str:
        """The share in words."""
        return words.share(self.share) if self.share is not None else "\u2013"

    @property
    def target_at(self) -> str:
        """Where the target mark stands."""
        return f"{self.target * 100:.2f}%" if self.target is not None else ""

    @property
    def bars(self) -> list[Bar]:
        """The parts one after another."""
        whole = sum(part.count for part in self.parts)
        bars, x = [], 0.0
        for part in self.parts:
            if not whole or not part.count:
                continue
            width = part.count / whole * 100
            bars.append(Bar(f"{x:.2f}%", "0", f"{width:.2f}%", "100%", part.tone))
            x += width
        return bars

    @property
    def gaps(self) -> list[str]:
        """Where one part ends and the next begins: a thin white line keeps them apart without colour."""
        return [bar.x for bar in self.bars[1:]]


@dataclass(frozen=True)
class Point:
    """A value at one step of the horizontal axis; None is a step without a value."""

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None
    forecast: bool = False


@dataclass(frozen=True)
class Mark:
    """A drawn spot with its words."""

    x: str
    y: str
    label: str = ""


@dataclass(frozen=True)
class Line:
    """A line over time with a target and, where there is a forecast, its band.

    Values are shares of one, drawn as percents between `low` and `high` (also shares of one; stated in the title
    when they are not 0 and 1).
    """

    title: str
    description: str
    points: Sequence[Point]
    target: float | None = None
    target_text: str = ""
    low: float = 0.0
    high: float = 1.0
    last_text: str = ""
    band_text: str = ""
    every: int = 0
    box: str = f"0 0 {WIDTH} {HEIGHT}"

    def _x(self, i: int) -> float:
        steps = max(len(self.points) - 1, 1)
        inner = WIDTH - LEFT - RIGHT - 20
        return LEFT + 10 + inner * i / steps

    def _y(self, value: float) -> float:
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share

    @property
    def left(self) -> int:
        """Where the drawing area begins."""
        return LEFT

    @property
    def right(self) -> int:
        """Where the drawing area ends."""
        return WIDTH - RIGHT

    @property
    def grid(self) -> list[Mark]:
        """Horizontal lines with their percents."""
        steps = 4
        values = [self.low + (self.high - self.low) * i / steps for i in range(steps + 1)]
        return [Mark(str(LEFT - 8), f"{self._y(v):.1f}", _step(round(v * 100, 1))) for v in values]

    @property
    def axis(self) -> list[Mark]:
        """Labels under the drawing, as many as fit."""
        every = self.every or max(1, -(-len(self.points) // 9))
        return [
            Mark(f"{self._x(i):.1f}", str(HEIGHT - BOTTOM + 24), p.label)
            for i, p in enumerate(self.points)
            if i % every == 0
        ]

    @property
    def dots(self) -> list[Mark]:
        """Known values; forecasts have no dot."""
        return [
            Mark(f"{self._x(i):.1f}", f"{self._y(p.value):.1f}")
            for i, p in enumerate(self.points)
            if p.value is not None and not p.forecast
        ]

    @property
    def known(self) -> str:
        """The line of known values as an SVG path, broken where a value is missing."""
        return self._path([p if not p.forecast else None for p in self.points])

    @property
    def ahead(self) -> str:
        """The dashed line of forecasts, from the last known value on."""
        first = next((i for i, p in enumerate(self.points) if p.forecast), None)
        if first is None:
            return ""
        return self._path([p if i >= first - 1 else None for i, p in enumerate(self.points)])

    def _path(self, points: Sequence[Point | None]) -> str:
        drawn, pen_up = [], True
        for i, point in enumerate(points):
            if point is None or point.value is None:
                pen_up = True
                continue
            drawn.append(f"{'M' if pen_up else 'L'}{self._x(i):.1f} {self._y(point.value):.1f}")
            pen_up = False
        return " ".join(drawn)

    @property
    def band(self) -> str:
        """The forecast's band as a closed SVG path."""
        found = [(i, p.low, p.high) for i, p in enumerate(self.points) if p.low is not None and p.high is not None]
        if not found:
            return ""
        start = ""
        first = found[0][0]
        if first > 0 and (value := self.points[first - 1].value) is not None:
            start = f"{self._x(first - 1):.1f} {self._y(value):.1f}"
        top = [f"{self._x(i):.1f} {self._y(high):.1f}" for i, _low, high in found]
        bottom = [f"{self._x(i):.1f} {self._y(low):.1f}" for i, low, _high in reversed(found)]
        return "M" + " L".join([*([start] if start else []), *top, *bottom]) + " Z"

    @property
    def band_y(self) -> str:
        """Height of the words that tell what the band is: near the ground, where the band is not."""
        return f"{HEIGHT - BOTTOM - 16:.1f}"

    @property
    def target_y(self) -> str:
        """Height of the target line."""
        return f"{self._y(self.target):.1f}" if self.target is not None else ""

    @property
    def target_mark(self) -> Mark | None:
        """The target's words, above its line at the right."""
        if self.target is None:
            return None
        return Mark(str(WIDTH - RIGHT), f"{max(self._y(self.target) - 7, 12):.1f}", self.target_text)

    @property
    def last(self) -> Mark | None:
        """The words at the last known value."""
        found = [(i, p.value) for i, p in enumerate(self.points) if p.value is not None and not p.forecast]
        if not found or not self.last_text:
            return None
        i, value = found[-1]
        y = self._y(value)
        below = y + 26 if y + 26 < HEIGHT - BOTTOM - 4 else y - 12
        # Never on the target's words, which stand above its line.
        if self.target is not None and abs(below - (self._y(self.target) - 7)) < 24:
            below = self._y(self.target) + 20
        return Mark(f"{self._x(i):.1f}", f"{below:.1f}", self.last_text)


def _step(percents: float) -> str:
    """Return the number beside a line of the grid: it stands where it says, so 62,5 is not 62."""
    return words.number(int(percents) if percents.is_integer() else percents)


@dataclass(frozen=True)
class Amount:
    """One bar: its name, value, and the value in words."""

    label: str
    value: float
    shown: str = ""
    tone: Literal["ok", "late", "missing", "plain"] = "plain"


@dataclass(frozen=True)
class Bars:
    """Horizontal bars, one under another, with their names and values written out."""

    title: str
    description: str
    amounts: Sequence[Amount]
    most: float | None = None

    ROW: Final = 32
    NAME: Final = 200
    VALUE: Final = 72

    @property
    def box(self) -> str:
        """The drawing's view box: as high as it has bars."""
        return f"0 0 {WIDTH} {max(len(self.amounts), 1) * self.ROW}"

    @property
    def bars(self) -> list[Bar]:
        """Places of the bars and their words."""
        most = self.most or max((a.value for a in self.amounts), default=0) or 1
        room = WIDTH - self.NAME - self.VALUE
        found = []
        for i, amount in enumerate(self.amounts):
            width = max(amount.value / most, 0) * room
            middle = i * self.ROW + self.ROW / 2
            found.append(
                Bar(
                    x=str(self.NAME),
                    y=f"{middle - 8:.1f}",
                    width=f"{width:.1f}",
                    height="16",
                    tone=amount.tone,
                    label=amount.label,
                    shown=amount.shown or words.number(amount.value),
                    text_x=f"{self.NAME + width + 8:.1f}",
                    text_y=f"{middle + 5:.1f}",
                )
            )
        return found
