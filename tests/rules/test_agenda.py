"""A meeting's agenda in time: the cases of `cases/agenda`, and what holds of every agenda."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polku.kit import localtime
from polku.rules.agenda import Item, Line, carried_over, clock, reflow, reordered
from polku.rules.data import read
from polku.rules.errors import RuleError
from tests.rules.reading import day

CASES = read(Path(__file__).parent / "cases" / "agenda" / "housing_meeting.yaml")["cases"]
NEEDED = {
    "picture", "before", "late_start", "early_start", "item_over", "added", "clock_left", "clock_zero", "between",
    "break", "break_last", "interrupted", "moved", "out_of_order", "fits_exactly", "seconds", "minute_over",
    "many_over", "stays", "needless", "running_over_end", "all_done", "empty", "rounding", "clock_change",
}  # fmt: skip
START = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
END = START + timedelta(hours=2)
OPEN = Item("a", 5, first_opened_at=START, opened_at=START)


def _cases() -> list[Any]:
    return [pytest.param(case, id=f"{number}-{case['about']}") for number, case in enumerate(CASES, 1)]


class _Times:
    """Reads local times of a case: `14.12` and `14.12.40`; one before the start of a night's meeting is of the next day."""

    def __init__(self, case: Mapping[str, Any]) -> None:
        self.day = day(case.get("day", "ti 24.11.2026"))
        start, end = str(case.get("meeting", "13.00-15.00")).split("-")
        self.start = self.at(start)
        self.end = self.at(end)
        if self.end < self.start:
            self.end = localtime.instant(self.day + timedelta(days=1), self.clock(end))

    @staticmethod
    def clock(text: str) -> time:
        return time(*[int(part) for part in str(text).split(".")])

    def at(self, text: Any) -> datetime:
        # YAML reads 13.10 as the number 13.1.
        told = f"{text:.2f}" if isinstance(text, float) else str(text)
        return localtime.instant(self.day, self.clock(told))

    def item(self, case: Mapping[str, Any]) -> Item:
        plain = {k: v for k, v in case.items() if k not in ("done", "running", "interrupted")}
        pairs = [text.split("-") for text in case.get("done") or case.get("running") or case.get("interrupted") or []]
        spans = [(self.at(start), self.at(end) if end else None) for start, end in pairs]
        closed = [(start, end) for start, end in spans if end]
        return Item(
            **plain,
            done="done" in case and not case.get("moved"),
            first_opened_at=spans[0][0] if spans else None,
            opened_at=spans[-1][0] if "running" in case else None,
            used_before=sum((end - start) // timedelta(seconds=1) for start, end in closed),
            settled_at=spans[-1][1] if "done" in case else None,
        )


def _shown(line: Line) -> str:
    if line.start is None or line.end is None:
        return "none"
    return "-".join(f"{at.hour}.{at.minute:02d}" for at in map(localtime.local, (line.start, line.end)))


@pytest.mark.parametrize("case", _cases())
def test_flows_as_the_case_says(case: dict[str, Any]) -> None:
    times = _Times(case)
    now = times.at(case["now"])
    items = [times.item(item) for item in case["items"]]
    told = reflow(items, start=times.start, end=times.end, now=now)
    assert [line.key for line in told.lines] == [item.key for item in items]
    for key, wanted in case.get("lines", {}).items():
        line = told.line(key)
        for what, value in wanted.items():
            assert (_shown(line) if what == "time" else getattr(line, what)) == value, (case["case"], key, what)
    assert told.over == case.get("over", 0), case["case"]
    assert told.free == case.get("free", 0), case["case"]
    assert list(told.unfit) == case.get("unfit", []), case["case"]
    assert list(told.remedy.move if told.remedy else ()) == case.get("move", []), case["case"]
    assert (told.remedy.over if told.remedy else 0) == case.get("left_over", 0), case["case"]
    if "clock" in case:
        wanted = dict(case["clock"])
        key = wanted.pop("key")
        item = next(item for item in items if item.key == key)
        shown = clock(item, now)
        assert {what: getattr(shown, what) for what in wanted} == wanted, case["case"]


def test_has_a_case_of_everything_that_an_agenda_meets() -> None:
    assert {case["about"] for case in CASES} == NEEDED


# What an agenda refuses


@pytest.mark.parametrize(
    ("code", "items"),
    [
        ("twice", [Item("a", 5), Item("a", 6)]),
        ("wrong_item", [Item("a", 0)]),
        ("wrong_item", [Item("a", 5, added=-1)]),
        ("wrong_item", [replace(OPEN, done=True)]),
        ("wrong_item", [replace(OPEN, moved=True)]),
        ("wrong_item", [replace(OPEN, opened_at=START - timedelta(seconds=1))]),
        ("wrong_item", [replace(OPEN, used_before=-1)]),
        ("wrong_item", [replace(OPEN, opened_at=None, done=True)]),
        ("wrong_item", [Item("a", 5, used_before=60)]),
        ("wrong_item", [Item("a", 5, opened_at=START)]),
        ("two_running", [OPEN, replace(OPEN, key="b")]),
        ("no_time_zone", [replace(OPEN, first_opened_at=START.replace(tzinfo=None))]),
    ],
)
def test_refuses_items_that_cannot_be(code: str, items: list[Item]) -> None:
    with pytest.raises(RuleError) as refused:
        reflow(items, start=START, end=END, now=START)
    assert refused.value.code == code


def test_refuses_a_meeting_that_ends_before_it_starts() -> None:
    with pytest.raises(RuleError, match="ends before"):
        reflow([], start=END, end=START, now=START)


# Moving within the agenda, and to the next one


ABC = (Item("a", 5), Item("b", 5), Item("c", 5))


@pytest.mark.parametrize(
    ("key", "before", "order"),
    [("c", "a", "cab"), ("a", "c", "bac"), ("a", None, "bca"), ("b", "b", "abc"), ("c", None, "abc")],
)
def test_takes_an_item_before_another(key: str, before: str | None, order: str) -> None:
    assert "".join(item.key for item in reordered(ABC, key, before=before)) == order


def test_does_not_move_what_has_begun() -> None:
    begun = (replace(ABC[0], first_opened_at=START, opened_at=START), *ABC[1:])
    for key, before in (("a", None), ("c", "a")):
        with pytest.raises(RuleError) as refused:
            reordered(begun, key, before=before)
        assert refused.value.code == "begun"


def test_names_an_item_that_is_not_there() -> None:
    for key, before in (("x", None), ("a", "x")):
        with pytest.raises(RuleError) as refused:
            reordered(ABC, key, before=before)
        assert refused.value.code == "unknown_item"
    with pytest.raises(RuleError, match="no item"):
        reflow(ABC, start=START, end=END, now=START).line("x")


def test_carries_what_was_moved_first_in_its_order() -> None:
    begun = Item("b", 10, added=5, first_opened_at=START, used_before=600, settled_at=END, moved=True, carried=1)
    previous = [Item("a", 5, done=True), begun, Item("tauko", 5, is_break=True, moved=True), Item("c", 5, moved=True)]
    following = carried_over(previous, [Item("x", 5), Item("y", 5)])
    assert [item.key for item in following] == ["b", "c", "x", "y"]
    assert following[0] == Item("b", 10, carried=2)


def test_keeps_what_the_next_meeting_changed_of_a_carried_item() -> None:
    following = carried_over([Item("a", 5, moved=True)], [Item("x", 5), Item("a", 20, carried=1)])
    assert following == (Item("a", 20, carried=1), Item("x", 5))


# What holds of every agenda


@st.composite
def _agendas(draw: st.DrawFn) -> tuple[list[Item], datetime]:
    """Up to 20 items, some first ones done one after another, perhaps one running; and a moment not before them."""
    cursor = START + timedelta(seconds=draw(st.integers(-600, 900)))
    items: list[Item] = []
    done, running = draw(st.integers(0, 6)), draw(st.booleans())
    for number in range(draw(st.integers(0, 20))):
        item = Item(f"{number}", draw(st.integers(1, 30)), added=draw(st.sampled_from((0, 0, 5))))
        if number < done:
            ends = cursor + timedelta(seconds=draw(st.integers(0, 1800)))
            used = (ends - cursor) // timedelta(seconds=1)
            item = replace(item, first_opened_at=cursor, used_before=used, settled_at=ends, done=True)
            cursor = ends
        elif number == done and running:
            item = replace(item, first_opened_at=cursor, opened_at=cursor)
        else:
            item = replace(item, moved=draw(st.sampled_from((False, False, False, True))))
            item = replace(item, is_break=not item.moved and draw(st.sampled_from((False, False, False, True))))
            item = replace(item, stays=draw(st.sampled_from((False, False, False, True))))
        items.append(item)
    begun = any(item.begun for item in items)
    return items, cursor + timedelta(seconds=draw(st.integers(0 if begun else -7200, 3600)))


@given(_agendas())
def test_flows_one_after_another_and_loses_no_time(given: tuple[list[Item], datetime]) -> None:
    items, now = given
    told = reflow(items, start=START, end=END, now=now)
    flowing = [line for line in told.lines if line.state in ("running", "waiting")]
    for line, after in pairwise(flowing):
        assert line.end == after.start
    for line in told.lines:
        if line.state == "waiting":
            assert line.start is not None and line.end is not None
            assert line.start >= now
            assert (line.end - line.start) == timedelta(minutes=line.planned + line.added)
        assert line.fits == (line.over == 0)
        assert line.excess == max(0, line.used - line.planned)
    assert told.over == 0 or told.free == 0


@given(_agendas())
def test_remedy_lets_the_rest_fit_and_moves_nothing_needlessly(given: tuple[list[Item], datetime]) -> None:
    items, now = given
    told = reflow(items, start=START, end=END, now=now)
    assert (told.remedy is None) == (told.over == 0)
    if told.remedy is None:
        assert not told.unfit
        return
    by_key = {item.key: item for item in items}
    assert not any(by_key[key].stays or by_key[key].is_break or by_key[key].begun for key in told.remedy.move)

    def over_without(keys: tuple[str, ...]) -> int:
        moved = [replace(item, moved=True) if item.key in keys else item for item in items]
        return reflow(moved, start=START, end=END, now=now).over

    assert over_without(told.remedy.move) == told.remedy.over == told.over - told.remedy.frees
    for key in told.remedy.move:
        assert over_without(tuple(other for other in told.remedy.move if other != key)) > told.remedy.over


@given(_agendas())
def test_moves_only_what_does_not_fit_when_anything_may_be_moved(given: tuple[list[Item], datetime]) -> None:
    items, now = given
    items = [replace(item, stays=False) for item in items]
    told = reflow(items, start=START, end=END, now=now)
    waiting = [key for key in told.unfit if told.line(key).state == "waiting"]
    assert set(told.remedy.move if told.remedy else ()) <= set(waiting)
    assert bool(told.remedy and told.remedy.move) == bool(waiting)


@given(_agendas(), st.integers(0, 600))
def test_time_passing_never_brings_anything_forward(given: tuple[list[Item], datetime], seconds: int) -> None:
    items, now = given
    told = reflow(items, start=START, end=END, now=now)
    later = reflow(items, start=START, end=END, now=now + timedelta(seconds=seconds))
    for line, after in zip(told.lines, later.lines, strict=True):
        assert line.end is None or (after.end is not None and line.end <= after.end)
    assert told.over <= later.over


@given(_agendas(), st.lists(st.integers(0, 19), max_size=3))
def test_carrying_bit_by_bit_gives_what_carrying_at_once_gives(
    given: tuple[list[Item], datetime], numbers: list[int]
) -> None:
    items, _ = given
    following = (Item("x", 5), Item("y", 5))
    now_moved = [
        replace(item, moved=True) if not item.running and not item.is_break and int(item.key) in numbers else item
        for item in items
    ]
    bit_by_bit = carried_over(now_moved, carried_over(items, following))
    assert bit_by_bit == carried_over(now_moved, following)
    assert carried_over(now_moved, bit_by_bit) == bit_by_bit
    assert bit_by_bit[-2:] == following
