"""What every change of a meeting shares: the lock, the move along the states, the stamp, the trace.

Whoever changes anything of a meeting locks its row first: changes of one meeting come one after another, and whoever
needs two meetings locks them in the order of their numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.audit import actions as audit
from polku.cases import actions as cases
from polku.cases.models import Case
from polku.cases.states import RelationKind
from polku.cases.ties import prolong
from polku.kit.errors import Conflict
from polku.meetings import members, timing
from polku.meetings.models import Item, Meeting
from polku.meetings.states import ITEM_TRANSITIONS, TRANSITIONS, ItemState, MeetingState, Outcome

# How long after the meeting the group may still see the case: minutes are checked, a question comes back.
SEEN_AFTER = timedelta(days=30)

_NOT_UNDER_WAY: Mapping[str, object] = {
    MeetingState.PLANNED: _("The meeting has not begun. Begin it first."),
    MeetingState.PAUSED: _("The meeting is having a break. Go on with it first."),
    MeetingState.ENDED: _("The meeting has already been ended."),
    MeetingState.CANCELLED: _("The meeting has been cancelled."),
}


def locked(meeting: Meeting | int) -> Meeting:
    """Return a meeting's row as it is now, locked until the transaction ends."""
    return locked_all([meeting if isinstance(meeting, int) else meeting.pk])[0]


def locked_all(numbers: Sequence[int]) -> list[Meeting]:
    """Return the rows of meetings, locked in the order of their numbers, as given."""
    rows = Meeting.objects.select_for_update(no_key=True, of=("self",)).select_related("series__unit", "chair")
    found = {row.pk: row for row in rows.filter(pk__in=numbers).order_by("pk")}
    return [found[number] for number in numbers]


def under_way(meeting: Meeting) -> Meeting:
    """Return the locked meeting if it is going on.

    Raises:
        Conflict `not_begun`, `paused`, `meeting_ended`, `meeting_cancelled`.
    """
    if meeting.state == MeetingState.RUNNING:
        return meeting
    code = {MeetingState.PLANNED: "not_begun", MeetingState.PAUSED: "paused"}.get(
        MeetingState(meeting.state), f"meeting_{meeting.state}"
    )
    raise Conflict(code, _NOT_UNDER_WAY[meeting.state], state=meeting.state)


def still_planned(meeting: Meeting) -> Meeting:
    """Return the locked meeting if it has not begun.

    Raises:
        Conflict `meeting_begun`, `meeting_ended`, `meeting_cancelled`.
    """
    if meeting.state == MeetingState.PLANNED:
        return meeting
    if meeting.state in _NOT_UNDER_WAY and meeting.state != MeetingState.PAUSED:
        raise Conflict(f"meeting_{meeting.state}", _NOT_UNDER_WAY[meeting.state], state=meeting.state)
    raise Conflict("meeting_begun", _("The meeting has already begun."), state=meeting.state)


def not_over(meeting: Meeting) -> Meeting:
    """Return the locked meeting if it is planned or goes on.

    Raises:
        Conflict `meeting_ended`, `meeting_cancelled`.
    """
    if meeting.state in (MeetingState.ENDED, MeetingState.CANCELLED):
        raise Conflict(f"meeting_{meeting.state}", _NOT_UNDER_WAY[meeting.state], state=meeting.state)
    return meeting


def move(meeting: Meeting, to: str, **columns: object) -> None:
    """Move a locked meeting to a state along TRANSITIONS; its stamp is `changed`'s to count.

    Raises:
        Conflict `meeting_moved`: there is no such way from its state.
    """
    origins = [state for state, ways in TRANSITIONS.items() if to in ways]
    if not Meeting.objects.filter(pk=meeting.pk, state__in=origins).update(state=to, **columns):
        raise Conflict("meeting_moved", _NOT_UNDER_WAY.get(meeting.state, _("The meeting has already begun.")))
    for name, new in {"state": to, **columns}.items():
        setattr(meeting, name, new)


def changed(meeting: Meeting) -> None:
    """Count a change of a locked meeting, so that everybody's open page sees that something is new."""
    Meeting.objects.filter(pk=meeting.pk).update(stamp=F("stamp") + 1)
    meeting.stamp += 1


def fresh(item: Item) -> Item:
    """Return an item as it is now; its meeting is locked."""
    rows = Item.objects.select_related("case__client", "case__work_item", "case__unit", "presenter", "chair", "meeting")
    return rows.get(pk=item.pk)


def move_item(item: Item, to: str, **columns: object) -> None:
    """Move an item of a locked meeting to a state along ITEM_TRANSITIONS in one conditional UPDATE.

    Raises:
        Conflict `item_gone`: there is no such way from its state; somebody was first.
    """
    origins = [state for state, ways in ITEM_TRANSITIONS.items() if to in ways]
    if not Item.objects.filter(pk=item.pk, state__in=origins).update(state=to, **columns):
        raise gone(item)
    for name, new in {"state": to, **columns}.items():
        setattr(item, name, new)


def gone(item: Item) -> Conflict:
    """Return the refusal of a change of an item that somebody has just changed."""
    row = Item.objects.select_related("settled_by").get(pk=item.pk)
    who = row.settled_by.name if row.settled_by else ""
    words = {
        ItemState.OPEN: _("This item has just been opened. Write down the position, or move it as its position."),
        ItemState.DONE: _("The position has already been written down: %(outcome)s (%(name)s)."),
        ItemState.MOVED: _("This item has already been moved to the next meeting (%(name)s)."),
        ItemState.TAKEN_OFF: _("This item has been taken off the agenda."),
        ItemState.WAITING: _("This item is not being handled now. Open it first."),
    }[ItemState(row.state)]
    outcome = str(Outcome(row.outcome).label) if row.outcome else ""
    return Conflict(
        "item_gone", words % {"outcome": outcome, "name": who}, state=row.state, outcome=row.outcome, by=who
    )


def stop_clock(item: Item, *, at: datetime) -> dict[str, object]:
    """Return the columns of an open item whose clock stops: what it has used stays, breaks do not count."""
    used = timing.timed(item, timing.pauses(item.meeting_id)).used(at)
    return {"used": used, "opened_at": None}


def tie(case: Case, meeting: Meeting, *, presenter: Actor, by: Actor, at: datetime) -> None:
    """Let the group see a case from now until some time after a meeting: its unit, its members, and who presents it."""
    until = meeting.ends_at + SEEN_AFTER
    unit = meeting.series.unit
    cases.relate(
        kind=RelationKind.MEETING, client=case.client, unit=unit, case=case, by=by, at=at, ends_at=until,
    )  # fmt: skip
    group = list({actor.pk: actor for actor in (*members.actors(meeting.series, at=at), presenter)}.values())
    for actor in group:
        cases.relate(
            kind=RelationKind.MEETING, client=case.client, actor=actor, case=case, by=by, at=at, ends_at=until,
        )  # fmt: skip
    prolong(case=case, kind=RelationKind.MEETING, unit=unit, actors=group, until=until, at=at)


def untie(case: Case, *, at: datetime) -> None:
    """End the group's sight of a case whose item was taken off, unless another item of it waits somewhere."""
    if not Item.objects.filter(case=case).exclude(state=ItemState.TAKEN_OFF).exists():
        cases.end_relations(at=at, case=case, kind=RelationKind.MEETING)


def trace(
    item: Item,
    event: str,
    *,
    by: Actor,
    at: datetime,
    text: str = "",
    data: Mapping[str, object] | None = None,
    told: bool = True,
) -> None:
    """Write the log row of an item's change, and, when it is to be `told` of the case, the case's timeline row."""
    if told:
        cases.note(
            event=f"meetings.{event}", by=by, at=at, case=item.case, client=item.case.client, text=text, data=data
        )  # fmt: skip
    audit.changed(
        by=by, at=at, what=f"meetings.{event}", subject=item.public_id, clients=[item.case.client_id],
        unit=item.case.unit.key, record_class="meeting", details=data,
    )  # fmt: skip


def trace_meeting(
    meeting: Meeting, event: str, *, by: Actor, at: datetime, details: Mapping[str, object] | None = None
) -> None:
    """Write the log row of a change of a meeting that is about no client."""
    audit.changed(
        by=by, at=at, what=f"meetings.{event}", subject=meeting.public_id, unit=meeting.series.unit.key,
        record_class="meeting", details=details,
    )  # fmt: skip
