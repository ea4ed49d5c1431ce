"""A meeting's agenda in time: what has been at its real times, what comes at times that flow from the present.

Times are aware instants (UTC); durations are whole seconds, shown as whole minutes. The present moment is always given.
Seconds never decide what fits: a meeting to 15.00 holds an item whose end reads 15.00.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from polku.rules.errors import RuleError, shown

SOON_SECONDS = 180  # how long before its end an item is told to be ending
_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Item:
    """An item or a break as the agenda knows it.

    Attributes:
        key: the caller's own name of it; once in an agenda.
        minutes: the estimate made beforehand, at least 1; what is used is compared with it.
        added: minutes given to it in the meeting.
        first_opened_at: when it first came before the meeting.
        opened_at: since when it is before the meeting now; None when it is not.
        used_before: seconds of its earlier openings, before a break or another item came between.
        settled_at: when it was dealt with or moved.
        done: it has been dealt with, whatever the outcome.
        moved: it goes to the next meeting. Not begun, it takes no time of this one.
        stays: it may not be proposed to be moved, for example because a limit would pass.
        is_break: it takes time but is no matter to decide.
        carried: how many meetings have passed it on.
    """

    key: str
    minutes: int
    added: int = 0
    first_opened_at: datetime | None = None
    opened_at: datetime | None = None
    used_before: int = 0
    settled_at: datetime | None = None
    done: bool = False
    moved: bool = False
    stays: bool = False
    is_break: bool = False
    carried: int = 0

    @property
    def begun(self) -> bool:
        """Whether it has been before the meeting at all."""
        return self.first_opened_at is not None

    @property
    def running(self) -> bool:
        """Whether it is before the meeting now."""
        return self.opened_at is not None

    @property
    def waits(self) -> bool:
        """Whether it will still take time of this meeting without being before it now."""
        return not (self.done or self.moved or self.running)

    @property
    def allotted(self) -> int:
        """Seconds that it may take: its estimate and what was added."""
        return (self.minutes + self.added) * _MINUTE

    def used(self, now: datetime) -> int:
        """Return the whole seconds that it has taken up to a moment."""
        return self.used_before + (max(0, _seconds(self.opened_at, now)) if self.opened_at else 0)


@dataclass(frozen=True, slots=True)
class Line:
    """An item in time.

    Attributes:
        state: `waiting`, `running`, `interrupted` (begun, not before the meeting now, not done), `done` or `moved`.
        start: the real start once it has begun, else the planned one; None when it was moved away without beginning.
        end: the real end once it is done, else the planned one.
        planned: the estimate in minutes; `added` what was given to it in the meeting.
        used_seconds: what it has taken; `used` the same in minutes, to the nearest, half a minute up.
        excess: minutes used beyond the estimate, the "(+4)".
        over: minutes by which its planned end passes the meeting's end; 0 for what is done or moved.
        fits: whether it ends within the meeting; always true of what is done or moved.
    """

    key: str
    state: str
    is_break: bool
    start: datetime | None
    end: datetime | None
    planned: int
    added: int
    used_seconds: int
    used: int
    excess: int
    over: int
    fits: bool


@dataclass(frozen=True, slots=True)
class Remedy:
    """What to do about an agenda that runs over its end.

    Attributes:
        move: the items to move to the next meeting, in the agenda's order; none of them without need.
        frees: minutes that this takes off the agenda's end.
        over: minutes still over afterwards: the running item and those that stay are longer than the time left.
    """

    move: tuple[str, ...]
    frees: int
    over: int


@dataclass(frozen=True, slots=True)
class Agenda:
    """An agenda in time.

    Attributes:
        lines: the items in the agenda's own order.
        ends_at: when the last item ends as things stand; the meeting's start or the present when nothing is left.
        over: minutes by which the agenda passes the meeting's end, 0 when everything fits.
        free: minutes left between the agenda's end and the meeting's, 0 when it is over.
        unfit: the items that do not fit, in the agenda's order, without breaks.
        remedy: the last items that must be moved for the rest to fit; None when everything fits.
    """

    lines: tuple[Line, ...]
    ends_at: datetime
    over: int
    free: int
    unfit: tuple[str, ...]
    remedy: Remedy | None

    def line(self, key: str) -> Line:
        """Return the line of an item.

        Raises:
            RuleError: `unknown_item`.
        """
        for line in self.lines:
            if line.key == key:
                return line
        raise _unknown(key)


@dataclass(frozen=True, slots=True)
class Clock:
    """An item's clock: `state` is `left`, `soon` or `over`; `left` and `over` in seconds, one of them 0."""

    state: str
    used: int
    left: int
    over: int


def reflow(items: Sequence[Item], *, start: datetime, end: datetime, now: datetime) -> Agenda:
    """Return the agenda in time as it stands at a moment.

    What has been stands at its real times. What is before the meeting ends when its time is used, or now if that has
    passed. The rest follows in the agenda's order: from the meeting's start while nothing has begun and it is not yet
    past, else from now. Of a meeting that is closed, give the moment of closing as `now`.

    Raises:
        RuleError: `wrong_meeting` (ends before it starts), `wrong_item` (minutes, or times that cannot be), `twice` (a
            key comes twice), `two_running` (two items before the meeting at once), `no_time_zone`.
    """
    _check(items, start, end, now)
    flowed = _flow(items, start, now)
    ends_at = _ends_at(items, flowed, _from(items, start, now))
    lines = tuple([_line(item, flowed.get(item.key), end, now) for item in items])
    over = _minutes_over(ends_at, end)
    return Agenda(
        lines=lines,
        ends_at=ends_at,
        over=over,
        free=max(0, _seconds(ends_at, end) // _MINUTE),
        unfit=tuple([line.key for line in lines if not line.fits and not line.is_break]),
        remedy=_remedy(items, start, end, now, over) if over else None,
    )


def clock(item: Item, now: datetime, *, soon: int = SOON_SECONDS) -> Clock:
    """Return an item's clock at a moment: `left`, `soon` from `soon` seconds before its end, `over` from its end on."""
    used = item.used(now)
    left = item.allotted - used
    state = "over" if left <= 0 else "soon" if left <= soon else "left"
    return Clock(state, used, max(0, left), max(0, -left))


def reordered(items: Sequence[Item], key: str, *, before: str | None) -> tuple[Item, ...]:
    """Return the agenda with one item taken before another, or last when `before` is None.

    Raises:
        RuleError: `unknown_item`; `begun` when the item, or the one before which it is to come, has already begun.
    """
    by_key = {item.key: item for item in items}
    for name in (key, before):
        if name is not None and name not in by_key:
            raise _unknown(name)
        if name is not None and by_key[name].begun:
            raise RuleError(
                "begun", f"Item {shown(name)} has begun: its place in the agenda is what it was.", item=name
            )
    rest = [item for item in items if item.key != key]
    place = len(rest)
    if before is not None:
        place = next(i for i, item in enumerate(items if before == key else rest) if item.key == before)
    return (*rest[:place], by_key[key], *rest[place:])


def carried_over(previous: Sequence[Item], following: Sequence[Item]) -> tuple[Item, ...]:
    """Return the following meeting's agenda: what the previous one moved comes first, in its order, then the rest.

    An item that was carried before is the same by its key, so carrying again, after more has been moved, gives what
    carrying everything at once gives. Minutes added and times spent belong to the meeting that was.
    """
    moved = [item for item in previous if item.moved and not item.is_break]
    first = [
        replace(
            item,
            added=0,
            first_opened_at=None,
            used_before=0,
            settled_at=None,
            done=False,
            moved=False,
            stays=False,
            carried=item.carried + 1,
        )
        for item in moved
    ]
    there = {item.key: item for item in following}
    keys = {item.key for item in moved}
    # What the following meeting has already changed of an item that was carried earlier stands.
    return (*[there.get(item.key, item) for item in first], *[item for item in following if item.key not in keys])


def _seconds(start: datetime, end: datetime) -> int:
    return (end - start) // timedelta(seconds=1)


def _minutes_over(ends: datetime, end: datetime) -> int:
    """Whole minutes after the end; less than a minute is none, as the times are read without seconds."""
    return max(0, _seconds(end, ends) // _MINUTE)


def _from(items: Sequence[Item], start: datetime, now: datetime) -> datetime:
    """From when what waits flows: a meeting that has begun, however early, goes on from the present."""
    return now if any(item.begun for item in items) else max(start, now)


def _flow(items: Sequence[Item], start: datetime, now: datetime) -> dict[str, tuple[datetime, datetime]]:
    """Planned start and end of everything that still takes time."""
    cursor = _from(items, start, now)
    flowed = {}
    running = next((item for item in items if item.running), None)
    if running is not None:
        left = max(0, running.allotted - running.used(now))
        flowed[running.key] = (now, now + timedelta(seconds=left))
        cursor = flowed[running.key][1]
    for item in items:
        if item.waits:
            left = max(0, item.allotted - item.used(now))
            flowed[item.key] = (cursor, cursor + timedelta(seconds=left))
            cursor = flowed[item.key][1]
    return flowed


def _ends_at(items: Sequence[Item], flowed: Mapping[str, tuple[datetime, datetime]], cursor: datetime) -> datetime:
    """When the last item ends; a break after it is no part of the meeting."""
    return max([flowed[item.key][1] for item in items if item.key in flowed and not item.is_break], default=cursor)


def _state(item: Item) -> str:
    if item.running:
        return "running"
    if item.begun and (item.done or item.moved):
        return "done"
    if item.moved:
        return "moved"
    if item.done:
        return "done"
    return "interrupted" if item.begun else "waiting"


def _line(item: Item, flowed: tuple[datetime, datetime] | None, end: datetime, now: datetime) -> Line:
    used_seconds = item.used(now)
    used = (used_seconds + _MINUTE // 2) // _MINUTE
    begins = item.first_opened_at or (flowed[0] if flowed else None)
    ends = flowed[1] if flowed else item.settled_at if item.begun else None
    over = _minutes_over(flowed[1], end) if flowed else 0
    return Line(
        key=item.key,
        state=_state(item),
        is_break=item.is_break,
        start=begins,
        end=ends,
        planned=item.minutes,
        added=item.added,
        used_seconds=used_seconds,
        used=used,
        excess=max(0, used - item.minutes),
        over=over,
        fits=over == 0,
    )


def _remedy(items: Sequence[Item], start: datetime, end: datetime, now: datetime, over: int) -> Remedy:
    """The last items that may be moved, as many as are needed; then back with those that the later ones made needless.

    An item taken early may prove needless once a longer one before it has had to go as well.
    """

    def still_over(gone: Sequence[str]) -> int:
        kept = [item for item in items if item.key not in gone]
        return _minutes_over(_ends_at(kept, _flow(kept, start, now), _from(kept, start, now)), end)

    movable = [item.key for item in items if item.waits and not (item.begun or item.stays or item.is_break)]
    gone: list[str] = []
    left = over
    for key in reversed(movable):
        if not left:
            break
        less = still_over([*gone, key])
        if less < left:
            gone, left = [*gone, key], less
    for key in tuple(gone):
        without = [other for other in gone if other != key]
        if still_over(without) <= left:
            gone = without
    return Remedy(tuple([key for key in movable if key in gone]), over - left, left)


def _unknown(key: str) -> RuleError:
    return RuleError("unknown_item", f"The agenda has no item {shown(key)}.", item=key)


def _check(items: Sequence[Item], start: datetime, end: datetime, now: datetime) -> None:
    told = [at for item in items for at in (item.first_opened_at, item.opened_at, item.settled_at) if at]
    moments = [start, end, now, *told]
    if any(moment.tzinfo is None for moment in moments):
        raise RuleError("no_time_zone", "Every moment of an agenda needs its time zone.")
    if end <= start:
        raise RuleError("wrong_meeting", "The meeting ends before it starts: give an end after the start.")
    keys = [item.key for item in items]
    for key in keys:
        if keys.count(key) > 1:
            raise RuleError("twice", f"Item {shown(key)} comes twice in the agenda.", item=key)
    for item in items:
        _check_item(item)
    running = [item.key for item in items if item.running]
    if len(running) > 1:
        raise RuleError(
            "two_running", f"Items {' and '.join(map(shown, running))} run at once: end one.", items=running
        )


def _check_item(item: Item) -> None:
    wrong = ""
    if item.minutes < 1 or item.added < 0:
        wrong = "needs at least one minute, and nothing less than nothing can be added"
    elif item.running and (item.done or item.moved):
        wrong = "is dealt with, but its time still runs"
    elif item.first_opened_at is None and (item.opened_at or item.used_before):
        wrong = "has used time, but not begun"
    elif item.begun and not item.running and (item.done or item.moved) and item.settled_at is None:
        wrong = "is dealt with, but when is not told"
    elif item.used_before < 0 or any(
        at < item.first_opened_at for at in (item.opened_at, item.settled_at) if at and item.first_opened_at
    ):
        wrong = "has a time before it began"
    if wrong:
        raise RuleError("wrong_item", f"Item {shown(item.key)} {wrong}.", item=item.key)
