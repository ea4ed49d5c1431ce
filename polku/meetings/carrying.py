"""Items that go on in the next meeting: first on its agenda, with what was written of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.kit.errors import Conflict
from polku.meetings import timing
from polku.meetings.models import Disqualification, Item, ItemCriterion, Meeting
from polku.meetings.moves import changed, locked, locked_all, move_item, stop_clock, tie, trace
from polku.meetings.states import Basis, ItemState, MeetingState, Outcome
from polku.rules.agenda import carried_over
from polku.storing import insert, insert_all

GOING_ON = (ItemState.WAITING, ItemState.OPEN)


def next_of(meeting: Meeting) -> Meeting | None:
    """Return the next planned meeting of the same series."""
    rows = Meeting.objects.filter(
        series_id=meeting.series_id, state=MeetingState.PLANNED, starts_at__gt=meeting.starts_at
    )
    return rows.order_by("starts_at").first()


def lock_with_next(meeting: Meeting) -> tuple[Meeting, Meeting | None]:
    """Return a meeting and the next one of its series, both locked, in the order of their numbers.

    Raises:
        Conflict `next_changed`: the next one was begun or cancelled at this moment.
    """
    following = next_of(meeting)
    if following is None:
        return locked(meeting), None
    row, after = locked_all([meeting.pk, following.pk])
    if after.state != MeetingState.PLANNED:
        raise Conflict("next_changed", _("The next meeting was changed at this moment. Try again."))
    return row, after


def carry(
    meeting: Meeting, following: Meeting | None, rows: Sequence[Item] | None, *, by: Actor, at: datetime,
    reason: str = "",
) -> list[Item]:  # fmt: skip
    """Move items of a locked meeting to the locked next one, where they come first, in their order.

    Args:
        rows: what to move; None: everything that waits or is open.
        reason: why, when somebody wrote it.

    Returns:
        The items of the next meeting.

    Raises:
        Conflict `no_next_meeting`: there is something to move and nowhere to move it.
    """
    if rows is None:
        found = Item.objects.filter(meeting=meeting, state__in=GOING_ON).order_by("place")
        rows = list(found.select_related("case__client", "case__work_item", "case__unit", "presenter"))
    if not rows:
        return []
    if following is None:
        raise Conflict(
            "no_next_meeting",
            _("No next meeting is planned. Plan it first: what was not handled goes on there."),
            items=[row.public_id for row in rows],
        )
    made = [_carried(row, following, by=by, at=at, reason=reason) for row in rows]
    _first(meeting, following)
    changed(following)
    return made


def _carried(row: Item, following: Meeting, *, by: Actor, at: datetime, reason: str) -> Item:
    stopped = stop_clock(row, at=at) if row.state == ItemState.OPEN else {}
    move_item(
        row, ItemState.MOVED, outcome=Outcome.MOVED, outcome_reason=reason, settled_at=at, settled_by=by, **stopped
    )
    last = Item.objects.filter(meeting=following).order_by("-place").values_list("place", flat=True).first()
    new = Item(
        meeting=following, place=(last or 0) + 1, case=row.case, assessment_id=row.assessment_id, basis=Basis.CARRIED,
        service=row.service, question=row.question, minutes=row.minutes, presenter=row.presenter, carries=row,
        created_at=at, created_by=by,
    )  # fmt: skip
    insert(new)
    _with_what_was_written(row, new)
    tie(row.case, following, presenter=row.presenter, by=by, at=at)
    trace(row, "moved", by=by, at=at, text=reason, data={"meeting_at": following.starts_at.isoformat()})
    return new


def _with_what_was_written(old: Item, new: Item) -> None:
    """Criteria that were weighed and disqualifications that stand go along; each keeps its writer and time."""
    insert_all(
        [
            ItemCriterion(
                item=new, criterion=one.criterion, fulfilled=one.fulfilled, reason=one.reason,
                written_at=one.written_at, written_by_id=one.written_by_id,
            )
            for one in ItemCriterion.objects.filter(item=old).order_by("pk")
        ]
    )  # fmt: skip
    insert_all(
        [
            Disqualification(
                item=new, actor_id=one.actor_id, ground=one.ground, note=one.note, told_at=one.told_at,
                told_by_id=one.told_by_id,
            )
            for one in Disqualification.objects.filter(item=old, withdrawn_at__isnull=True).order_by("pk")
        ]
    )  # fmt: skip


def _first(meeting: Meeting, following: Meeting) -> None:
    """Put what the earlier meeting has moved first on the next one's agenda, in the earlier one's order."""
    before = Item.objects.filter(meeting=meeting).order_by("place")
    after = {
        str(item.carries_id or f"own {item.pk}"): item
        for item in Item.objects.filter(meeting=following).order_by("place")
    }
    ordered = carried_over(
        [timing.timed(item, ()) for item in before],
        [timing.timed(item, (), key=key) for key, item in after.items()],
    )
    put([after[line.key] for line in ordered if line.key in after])


def put(items: Sequence[Item]) -> None:
    """Store the order of an agenda of a locked meeting: the places 1, 2, 3 and so on."""
    for place, item in enumerate(items, 1):
        item.place = place
    Item.objects.bulk_update(items, ["place"])
