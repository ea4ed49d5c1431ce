"""The map of free times: workers as rows, days as columns, how many times each has free.

Days after the promise's last day keep their numbers and lose their colour, so that a time which breaks the
promise never looks attractive.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from polku.ui import words


@dataclass(frozen=True)
class Cell:
    """Free times of one worker on one day. `url` opens them; `chosen` is the time that is chosen in the list."""

    count: int
    away: bool = False
    url: str = ""
    chosen: bool = False


@dataclass(frozen=True)
class Row:
    """One worker: name, role, and a cell for each day in order."""

    name: str
    role: str
    cells: Sequence[Cell]


@dataclass(frozen=True)
class ShownCell:
    """A cell as drawn."""

    count: int
    kind: str
    url: str
    words: str


@dataclass(frozen=True)
class ShownRow:
    """A row as drawn."""

    name: str
    role: str
    cells: Sequence[ShownCell]


@dataclass(frozen=True)
class Day:
    """A column: its date in words, and whether it is the last inside the promise or starts a week."""

    weekday: str
    number: str
    spoken: str
    classes: str


@dataclass(frozen=True)
class Week:
    """The days of one calendar week: `Vk 48, 24.-27.11.`"""

    label: str
    span: int
    classes: str


@dataclass(frozen=True)
class Heat:
    """The whole map."""

    weeks: Sequence[Week]
    days: Sequence[Day]
    rows: Sequence[ShownRow]
    totals: Sequence[ShownCell]
    limit_text: str = ""
    caption: str = ""

    @property
    def flag_before(self) -> int | None:
        """Columns before the promise's flag, name and role included; None when every day keeps the promise."""
        first = next((i for i, day in enumerate(self.days) if "first-after" in day.classes), None)
        return None if first is None else first + 2

    @property
    def flag_after(self) -> int:
        """Columns under the promise's flag."""
        return len(self.days) + 2 - (self.flag_before or 0)


def build(*, days: Sequence[date], rows: Sequence[Row], limit: date | None = None, caption: str = "") -> Heat:
    """Return the map for the days (ascending, usually working days of some weeks).

    `limit` is the promise's last day: the black line is drawn after it.

    Raises:
        ValueError: a row has another number of cells than there are days.
    """
    for row in rows:
        if len(row.cells) != len(days):
            raise ValueError(f"{len(row.cells)} cells for {len(days)} days")
    classes = [_classes(days, i, limit) for i in range(len(days))]
    shown = [
        ShownRow(row.name, row.role, [_cell(c, k) for c, k in zip(row.cells, classes, strict=True)]) for row in rows
    ]
    sums = [sum(row.cells[i].count for row in rows) for i in range(len(days))]
    return Heat(
        weeks=_weeks(days, limit),
        days=[Day(words.weekday(d), f"{d.day}.", words.long_day(d), k) for d, k in zip(days, classes, strict=True)],
        rows=shown,
        totals=[ShownCell(n, k, "", "") for n, k in zip(sums, classes, strict=True)],
        limit_text=_("No later than %(day)s") % {"day": words.short_day(limit)} if limit else "",
        caption=caption or _("Free times by worker and day"),
    )


def _classes(days: Sequence[date], i: int, limit: date | None) -> str:
    found = []
    if i and days[i].isocalendar()[:2] != days[i - 1].isocalendar()[:2]:
        found.append("week-start")
    if limit and days[i] > limit:
        found.append("after")
        if i == 0 or days[i - 1] <= limit:
            found.append("first-after")
    return " ".join(found)


def _cell(cell: Cell, classes: str) -> ShownCell:
    late = "after" in classes.split()
    if cell.away:
        kind, text = "away", _("away")
    elif cell.count == 0:
        kind, text = "zero", ""
    else:
        kind = f"level-{min(cell.count, 3)}"
        text = ngettext("free time", "free times", cell.count)
        if late:
            text = _("%(what)s, after the promised day") % {"what": text}
    if cell.chosen:
        kind += " chosen"
    return ShownCell(cell.count, f"{kind} {classes}".strip(), cell.url, text)


def _weeks(days: Sequence[date], limit: date | None) -> list[Week]:
    """Group the days by week; a week that the line cuts has its name before the line and an empty place after it.

    Where two days or fewer stand before the line there is room for the week's number only.
    """
    weeks: list[Week] = []
    for number, group in groupby(days, lambda day: day.isocalendar()[:2]):
        del number
        whole = list(group)
        before = [day for day in whole if limit is None or day <= limit]
        after = whole[len(before) :]
        start = "week-start" if weeks else ""
        label = _week(whole, short=0 < len(before) < min(3, len(whole)))
        if before:
            weeks.append(Week(label, len(before), start))
        if after:
            edge = "first-after" if before or (weeks and "after" not in weeks[-1].classes) else ""
            classes = " ".join(part for part in ("" if before else start, "after", edge) if part)
            weeks.append(Week("" if before else label, len(after), classes))
    return weeks


def _week(days: Sequence[date], *, short: bool) -> str:
    number = days[0].isocalendar().week
    if short:
        return words.nbsp(_("Wk %(number)s") % {"number": number})
    if len(days) == 1:
        span = words.nbsp(_short(days[0]))
    elif words.language() == "en":
        span = words.nbsp(f"{_short(days[0])}\u2013{_short(days[-1])}")
    elif days[0].month == days[-1].month:
        span = f"{days[0].day}.\u2013{days[-1].day}.{days[-1].month}."
    else:
        span = f"{_short(days[0])}\u2013{_short(days[-1])}"
    return _("Wk %(number)s, %(days)s") % {"number": number, "days": span}


def _short(day: date) -> str:
    if words.language() == "en":
        return f"{day.day} {words.MONTHS[day.month - 1][:3]}"
    return f"{day.day}.{day.month}."


def weekdays(start: date, count: int) -> list[date]:
    """Return `count` days from Monday to Friday, from `start` on: the usual columns of the map."""
    found: list[date] = []
    day = start
    while len(found) < count:
        if day.weekday() < 5:
            found.append(day)
        day += timedelta(days=1)
    return found
