"""An agenda as its readers see it: real times of what has been, times that flow for what comes, what does not fit.

Times flow from every item; whose they are is shown to those in whose reach the case is. Others see that an item takes
time, and nothing of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from polku.access.models import Actor
from polku.access.permissions import visible_to
from polku.acting import beyond
from polku.kit.localtime import local_date
from polku.meetings import readiness, services, timing
from polku.meetings.carrying import next_of
from polku.meetings.models import Item, Meeting
from polku.meetings.readiness import Readiness
from polku.meetings.states import Basis, ItemState, Outcome
from polku.rules.agenda import Agenda, Line, reflow
from polku.rules.agenda import Item as Timed
from polku.ui import words

_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Flow:
    """An agenda in time: the items as the rules take them, what they make of it, and where the next ones go.

    Attributes:
        now: the moment of this state; of a meeting that has ended, its end.
        following: the next planned meeting of the series.
        open_key: the item that is open, also in a break, when its clock stands; empty when none is.
    """

    items: tuple[Timed, ...]
    agenda: Agenda
    now: datetime
    following: Meeting | None
    open_key: str = ""

    def number(self, key: str) -> int:
        """Return an item's number on the agenda, from 1."""
        return next(number for number, item in enumerate(self.items, 1) if item.key == key)

    def numbers(self, keys: Sequence[str]) -> list[int]:
        """Return the numbers of items, in their order."""
        return [self.number(key) for key in keys]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the agenda, ready to be shown; `hidden` when the case is not in the reader's reach.

    Attributes:
        starts: the time of day, as `14.00`: real once it has begun, else planned.
        used: minutes used, as `14`, of the open item with seconds, as `12.40`; empty before it has begun.
        excess: minutes used beyond the estimate, the "(+4)"; 0 when none.
        outcome: the position, or what is to be known of it: being handled, does not fit, what is missing.
        tone: `done`, `moved`, `open`, `unfit`, `unready` or `waiting`.
        over: minutes by which it passes the meeting's end.
        movable: it may be moved in the order or to the next meeting.
    """

    number: int
    public_id: str
    starts: str
    client: str
    service: str
    presenter: str
    basis: str
    planned: int
    added: int
    used: str
    excess: int
    outcome: str
    tone: str
    over: int
    movable: bool
    hidden: bool


def flow(meeting: Meeting, *, at: datetime) -> Flow:
    """Return a meeting's agenda in time, as it stands at a moment."""
    now = meeting.ended_at or at
    following = next_of(meeting)
    items, open_key = _times(meeting, following, now)
    agenda = reflow(items, start=meeting.starts_at, end=meeting.ends_at, now=now)
    return Flow(items, agenda, now, following, open_key)


@beyond("times of an agenda flow from every item; whose it is, is read behind the fence")
def _times(meeting: Meeting, following: Meeting | None, now: datetime) -> tuple[tuple[Timed, ...], str]:
    """Return all items as the rules take them, and which is open: numbers and times, nothing of a client."""
    breaks = timing.pauses(meeting.pk)
    rows = Item.objects.filter(meeting=meeting).exclude(state=ItemState.TAKEN_OFF).order_by("place")
    found = list(rows.select_related("case__work_item"))
    opened = next((str(row.pk) for row in found if row.state == ItemState.OPEN), "")
    return tuple(
        [timing.timed(row, breaks, stays=_stays(row.case.work_item.next_due, following, now)) for row in found]
    ), opened


def _stays(due: datetime | None, following: Meeting | None, now: datetime) -> bool:
    """A limit of the case would pass before the next meeting: the item is not proposed to be moved there."""
    return due is not None and following is not None and now < due < following.starts_at


def seen(meeting: Meeting, *, by: Actor, at: datetime) -> dict[int, Item]:
    """Return the items of an agenda that the actor may see, by number, with what a line shows of them."""
    rows = visible_to(by, "meetings.see", Item.objects.filter(meeting=meeting), at=at)
    rows = rows.select_related("case__client", "case__unit", "presenter", "chair", "decider", "settled_by")
    return {row.pk: row for row in rows.exclude(state=ItemState.TAKEN_OFF)}


def rows(
    meeting: Meeting, found: Flow, items: Mapping[int, Item], *, barred: frozenset[int] = frozenset()
) -> list[Row]:
    """Return the agenda's lines.

    Args:
        items: those that the reader may see.
        barred: those in which the reader is disqualified: shown without what is weighed.
    """
    day = local_date(meeting.starts_at)
    waiting = [item for item in items.values() if item.state in (ItemState.WAITING, ItemState.OPEN)]
    ready = readiness.of(waiting, meeting.series, day=day)
    return [
        _row(
            number, line, items.get(int(line.key)), ready.get(int(line.key)), barred=int(line.key) in barred,
            opened=line.key == found.open_key,
        )
        for number, line in enumerate(found.agenda.lines, 1)
    ]  # fmt: skip


def _row(number: int, line: Line, item: Item | None, ready: Readiness | None, *, barred: bool, opened: bool) -> Row:
    tone = _tone(line, ready if not barred else None, opened=opened)
    return Row(
        number=number,
        public_id=item.public_id if item else "",
        starts=words.digits(line.start),
        client=words.person(item.case.client) if item else "",
        service=services.name(item.service) if item else "",
        presenter=item.presenter.name if item else "",
        basis=str(Basis(item.basis).label) if item else "",
        planned=line.planned,
        added=line.added,
        used=_used(line, opened=opened),
        excess=line.excess,
        outcome=_outcome(tone, item, ready) if item else "",
        tone=tone,
        over=line.over,
        movable=item is not None and line.state == "waiting" and not opened,
        hidden=item is None,
    )


def _tone(line: Line, ready: Readiness | None, *, opened: bool) -> str:
    if line.state in ("done", "moved"):
        return line.state
    if opened:
        return "open"
    if not line.fits:
        return "unfit"
    return "unready" if ready is not None and not ready.ready else "waiting"


def _outcome(tone: str, item: Item, ready: Readiness | None) -> str:
    if item.outcome:
        return str(Outcome(item.outcome).label)
    if item.state == ItemState.OPEN:
        return _("Being handled")
    if tone == "unfit":
        return _("Does not fit")
    return ready.short if tone == "unready" and ready is not None else ""


def _used(line: Line, *, opened: bool) -> str:
    if opened:
        return "{}.{:02}".format(*divmod(line.used_seconds, _MINUTE))
    if line.state in ("done", "interrupted") and (line.used_seconds or line.start):
        return str(line.used)
    return ""
