"""The meeting's page: the clock, the agenda, the open item, who is there. Plain values, ready to be drawn.

Whoever is disqualified in the open item sees that it is being handled, and nothing of what is weighed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from polku.access.models import Actor
from polku.access.permissions import can
from polku.meetings import agenda, history, members, opened
from polku.meetings.agenda import Flow, Row
from polku.meetings.models import Attendance, Disqualification, Item, Meeting
from polku.meetings.queries import alike, span
from polku.meetings.states import UNDER_WAY, MeetingState, MemberRole
from polku.rules.agenda import clock
from polku.ui import words

_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Band:
    """The clock of the open item.

    Attributes:
        state: `left`, `soon` or `over`; `break` while the meeting has one.
        text: "2 min 20 s left", "1 min 5 s over".
        detail: planned and used, in words.
        alike: what alike items have taken; empty while few are known.
        ends_at: when its time is used, for a clock that runs on the page; None in a break.
    """

    state: str
    text: str
    detail: str
    alike: str
    used: int
    allotted: int
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class Overflow:
    """An agenda that does not fit, and the remedy in one click.

    Attributes:
        words: "The meeting goes 15 min over".
        unfit: "Item 14 does not fit".
        remedy: "Move item 14 to ti 1.12."; where no meeting is planned, that one is to be planned.
        move: public ids of the items that the remedy moves.
        following: public id of the next meeting; empty when none is planned.
        still_over: minutes over afterwards; 0 when the rest fits.
    """

    minutes: int
    words: str
    unfit: str
    remedy: str
    move: tuple[str, ...]
    following: str
    still_over: int


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at the meeting: name, part in it, when they came or left."""

    public_id: str
    name: str
    part: str
    since: str = ""


@dataclass(frozen=True, slots=True)
class Attending:
    """Who is there, who is out for the open item's time, who is not there."""

    present: tuple[Person, ...]
    out: tuple[Person, ...]
    absent: tuple[Person, ...]

    @property
    def count(self) -> str:
        """How many are there, in words."""
        return ngettext("%(count)s there", "%(count)s there", len(self.present)) % {"count": len(self.present)}


@dataclass(frozen=True, slots=True)
class Page:
    """Everything of a meeting's page.

    Attributes:
        stamp: how many changes it shows; a page that asks and hears another number fetches itself anew.
        place_in_agenda: "7 / 14", of the open item; empty when none is open.
        next: the row to open next, or None.
        may: what the reader may do: `run`, `arrange`, `settle`.
    """

    public_id: str
    stamp: int
    state: str
    state_words: str
    title: str
    when: str
    place: str
    time: str
    place_in_agenda: str
    band: Band | None
    overflow: Overflow | None
    rows: tuple[Row, ...]
    open: opened.Opened | None
    next: Row | None
    attending: Attending
    ends: str
    may: Mapping[str, bool] = field(default_factory=dict)


def of(meeting: Meeting, *, by: Actor, at: datetime) -> Page:
    """Return a meeting's page as it stands at a moment."""
    found = agenda.flow(meeting, at=at)
    items = agenda.seen(meeting, by=by, at=at)
    barred = _barred(meeting, by)
    rows = tuple(agenda.rows(meeting, found, items, barred=barred))
    now_open = found.number(found.open_key) if found.open_key else 0
    item = items.get(int(found.items[now_open - 1].key)) if now_open else None
    return Page(
        public_id=meeting.public_id,
        stamp=meeting.stamp,
        state=meeting.state,
        state_words=str(MeetingState(meeting.state).label),
        title=meeting.series.name,
        when=span(meeting),
        place=meeting.place,
        time=words.clock_time(at),
        place_in_agenda=f"{now_open} / {len(rows)}" if now_open else "",
        band=_band(meeting, found, now_open, item) if now_open else None,
        overflow=_overflow(found, items),
        rows=rows,
        open=opened.of(item, meeting, now_open, barred=item.pk in barred, by=by, at=at) if item else None,
        next=_next(rows, now_open),
        attending=attending(meeting, item, at=at),
        ends=words.clock_time(found.agenda.ends_at),
        may={name: can(by, f"meetings.{name}", meeting, at=at) for name in ("run", "arrange")},
    )


def _barred(meeting: Meeting, by: Actor) -> frozenset[int]:
    rows = Disqualification.objects.filter(item__meeting=meeting, actor=by, withdrawn_at__isnull=True)
    return frozenset(rows.values_list("item_id", flat=True))


def _next(rows: tuple[Row, ...], now_open: int) -> Row | None:
    waiting = [row for row in rows if row.tone in ("waiting", "unready", "unfit")]
    return next((row for row in waiting if row.number > now_open), waiting[0] if waiting else None)


def _band(meeting: Meeting, found: Flow, number: int, item: Item | None) -> Band:
    timed = found.items[number - 1]
    told = clock(timed, found.now, soon=meeting.series.soon_minutes * _MINUTE)
    if told.state == "over":
        text = _("%(time)s over") % {"time": words.ticking(told.over)}
    else:
        text = _("%(time)s left") % {"time": words.ticking(told.left)}
    known = history.of(meeting.series, item.service) if item else None
    planned = {"planned": timed.minutes, "added": timed.added, "used": words.ticking(told.used)}
    detail = (
        _("Planned %(planned)s + %(added)s min, used %(used)s")
        if timed.added
        else _("Planned %(planned)s min, used %(used)s")
    ) % planned
    runs = timed.running
    return Band(
        state=told.state if runs else "break",
        text=text,
        detail=detail,
        alike=alike(known) if known else "",
        used=told.used,
        allotted=timed.allotted,
        ends_at=found.now + timedelta(seconds=told.left - told.over) if runs else None,
    )


def _overflow(found: Flow, items: Mapping[int, Item]) -> Overflow | None:
    remedy = found.agenda.remedy
    if remedy is None:
        return None
    unfit = found.numbers(found.agenda.unfit)
    move = [items[int(key)] for key in remedy.move if int(key) in items]
    numbers = found.numbers(remedy.move)
    following = found.following
    if not numbers:
        does = ""
    elif following is None:
        does = _("Plan the next meeting")
    else:
        does = ngettext(
            "Move item %(numbers)s to %(day)s", "Move items %(numbers)s to %(day)s", len(numbers)
        ) % {"numbers": _listed(numbers), "day": words.short_day(following.starts_at)}  # fmt: skip
    return Overflow(
        minutes=found.agenda.over,
        words=_("The meeting goes %(minutes)s min over") % {"minutes": found.agenda.over},
        unfit=ngettext("Item %(numbers)s does not fit", "Items %(numbers)s do not fit", len(unfit))
        % {"numbers": _listed(unfit)} if unfit else "",
        remedy=does,
        move=tuple(item.public_id for item in move),
        following=following.public_id if following else "",
        still_over=remedy.over,
    )  # fmt: skip


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))


def attending(meeting: Meeting, item: Item | None, *, at: datetime) -> Attending:
    """Return who is there now, who has left for the open item's time, and which members are not there."""
    there = list(Attendance.objects.filter(meeting=meeting, left_at__isnull=True).select_related("actor"))
    if meeting.state not in UNDER_WAY:
        there = []
    out_for = {} if item is None else {
        row.actor_id: row
        for row in Disqualification.objects.filter(item=item, withdrawn_at__isnull=True).select_related("actor")
    }  # fmt: skip
    order = [str(part) for part in MemberRole]
    there.sort(key=lambda row: (row.actor_id != meeting.chair_id, order.index(row.role), row.actor.name))
    came = {row.actor_id for row in there}
    group = members.of(meeting.series, at=meeting.began_at or meeting.starts_at)
    return Attending(
        present=tuple(_person(row, meeting, item) for row in there if row.actor_id not in out_for),
        out=tuple(
            Person(row.actor.public_id, row.actor.name, "", words.clock_time(row.left_at))
            for number, row in out_for.items()
            if number in came
        ),
        absent=tuple(
            Person(row.actor.public_id, row.actor.name, str(MemberRole(row.role).label))
            for row in group
            if row.actor_id not in came
        ),
    )


def _person(row: Attendance, meeting: Meeting, item: Item | None) -> Person:
    part = "" if row.role in (MemberRole.MEMBER, MemberRole.PRESENTER) else str(MemberRole(row.role).label)
    leader = item.chair_id if item is not None and item.chair_id else meeting.chair_id
    if row.actor_id == leader:
        part = _("leads")
    elif item is not None and row.actor_id == item.presenter_id:
        part = _("presents")
    return Person(row.actor.public_id, row.actor.name, part.lower(), words.clock_time(row.came_at))
