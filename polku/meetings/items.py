"""An item before the meeting: open it, give it more minutes, weigh its criteria."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.access.permissions import require
from polku.acting import action
from polku.kit.errors import Conflict, Invalid
from polku.kit.localtime import local_date
from polku.meetings import attendance, readiness, rubrics
from polku.meetings import policy as _policy  # noqa: F401 - declares who may
from polku.meetings.models import Disqualification, Item, ItemCriterion, Meeting
from polku.meetings.moves import changed, fresh, gone, locked, move_item, not_over, stop_clock, trace, under_way
from polku.meetings.states import Fulfilled, ItemState
from polku.meetings.texts import needed

MOST_ADDED = 240


@action
def open_item(
    *, item: Item, by: Actor, at: datetime, instead_of: Item | None = None, chair: Actor | None = None
) -> Item:
    """Open an item: its clock runs; another that was open waits again, with what it has used.

    Args:
        instead_of: the item that the opener saw open; without it nothing else may be open.
        chair: who leads this item, when the meeting's chair is disqualified in it.

    Raises:
        NotAllowed, also when the opener is disqualified in it; Invalid `not_chair`; Conflict `other_open` (somebody has
        just opened another), `chair_disqualified`, `presenter_disqualified`, `item_gone`, or it is not going on.
    """
    require(by, "meetings.run", item.meeting, at=at)
    return opened(under_way(locked(item.meeting_id)), item, by=by, at=at, instead_of=instead_of, chair=chair)


def opened(
    meeting: Meeting,
    item: Item,
    *,
    by: Actor,
    at: datetime,
    instead_of: Item | None = None,
    chair: Actor | None = None,
) -> Item:
    """Open an item of a locked meeting that is under way: a part of an action."""
    row = fresh(item)
    if row.state == ItemState.OPEN:
        return row
    before = Item.objects.filter(meeting=meeting, state=ItemState.OPEN).first()
    if before is not None and (instead_of is None or instead_of.pk != before.pk):
        raise Conflict(
            "other_open",
            _("Somebody has just opened item %(number)s. Go on with it, or open yours from there.")
            % {"number": number(before)},
            item=before.public_id,
        )
    if row.state != ItemState.WAITING:
        raise gone(row)
    leader = _leader(meeting, row, chair, by=by, at=at)
    if before is not None:
        move_item(before, ItemState.WAITING, **stop_clock(before, at=at))
    found = readiness.newest([row.case_id], meeting.series).get(row.case_id)
    move_item(
        row, ItemState.OPEN, opened_at=at, first_opened_at=row.first_opened_at or at, chair=leader,
        assessment=found or row.assessment,
    )  # fmt: skip
    _leave_the_room(meeting, row, at=at)
    changed(meeting)
    trace(row, "opened", by=by, at=at, told=False)
    return row


def number(item: Item) -> int:
    """Return an item's number on its agenda, from 1: those that were taken off do not count."""
    before = Item.objects.filter(meeting_id=item.meeting_id, place__lt=item.place)
    return before.exclude(state=ItemState.TAKEN_OFF).count() + 1


def _leader(meeting: Meeting, item: Item, chair: Actor | None, *, by: Actor, at: datetime) -> Actor:
    """Return who leads the item, and see to it that they are there."""
    attendance.check_taking_part(item, by)
    leader = chair or meeting.chair
    if leader is None:
        raise Conflict("no_chair", _("Name who leads the meeting first."))
    attendance.check_chair(meeting, leader, at=at)
    attendance.check_qualified(item, leader)
    if item.presenter_id in attendance.disqualified_in(item):
        raise Conflict(
            "presenter_disqualified",
            _("%(name)s presents this item and is disqualified in it. Name another presenter first.")
            % {"name": item.presenter.name},
        )
    attendance.enter(meeting, leader, at=at)
    return leader


def _leave_the_room(meeting: Meeting, item: Item, *, at: datetime) -> None:
    """Who is disqualified in the item leaves for its time: noted when it is opened for the first time."""
    rows = Disqualification.objects.filter(item=item, withdrawn_at__isnull=True, left_at__isnull=True)
    for row in rows.select_related("actor"):
        if attendance.is_there(meeting, row.actor):
            Disqualification.objects.filter(pk=row.pk).update(left_at=at)


@action
def add_minutes(*, item: Item, minutes: int, by: Actor, at: datetime) -> Item:
    """Give the open item more minutes; its estimate stays as it was, and what comes after flows.

    Raises:
        NotAllowed; Invalid `minutes`; Conflict when it is not open.
    """
    require(by, "meetings.run", item.meeting, at=at)
    meeting = under_way(locked(item.meeting_id))
    row = _open_now(item)
    if minutes < 1 or row.added + minutes > MOST_ADDED:
        raise Invalid("minutes", _("Give how many minutes are added, at least one."), field="minutes")
    Item.objects.filter(pk=row.pk).update(added=row.added + minutes)
    row.added += minutes
    changed(meeting)
    trace(row, "minutes_added", by=by, at=at, data={"minutes": minutes}, told=False)
    return row


@action
def weigh(
    *, item: Item, criterion: str, fulfilled: str, reason: str, version: int, by: Actor, at: datetime
) -> ItemCriterion:
    """Write down how a criterion is fulfilled and why, before the meeting or in it.

    Args:
        criterion: path of the criterion in the series' rubric.
        version: the version that the writer saw; 0 when nothing was written yet.

    Raises:
        NotAllowed, also when disqualified; Invalid `unknown_criterion`, `fulfilled_missing`, `reason_missing`; Conflict
        `written_meanwhile` with what stands there now, or when the item has its position.
    """
    require(by, "meetings.weigh", item, at=at)
    meeting = not_over(locked(item.meeting_id))
    row = fresh(item)
    if row.state not in (ItemState.WAITING, ItemState.OPEN):
        raise gone(row)
    attendance.check_taking_part(row, by)
    reason = _check_criterion(meeting, criterion, fulfilled, reason)
    there = ItemCriterion.objects.filter(item=row, criterion=criterion).select_related("written_by").first()
    if there is None:
        there = ItemCriterion(item=row, criterion=criterion, version=0)
    same = (there.fulfilled, there.reason) == (fulfilled, reason)
    if same and there.version:
        return there
    if there.version != version:
        raise Conflict(
            "written_meanwhile",
            _("%(name)s has written here meanwhile. Yours is kept on the page: look at both and save again.")
            % {"name": there.written_by.name if there.version else ""},
            version=there.version, fulfilled=there.fulfilled, reason=there.reason,
        )  # fmt: skip
    there.fulfilled, there.reason, there.version = fulfilled, reason, there.version + 1
    there.written_at, there.written_by = at, by
    there.save()
    changed(meeting)
    trace(row, "weighed", by=by, at=at, data={"criterion": criterion}, told=False)
    return there


def _check_criterion(meeting: Meeting, criterion: str, fulfilled: str, reason: str) -> str:
    """Return the reason as it is stored."""
    if criterion not in {one.path for one in rubrics.of(meeting.series, day=local_date(meeting.starts_at))}:
        raise Invalid("unknown_criterion", _("The group does not weigh this criterion."), field="criterion")
    if fulfilled not in Fulfilled.values:
        raise Invalid("fulfilled_missing", _("Choose how the criterion is fulfilled."), field="fulfilled")
    return needed(reason, _("Write on what this rests."), field="reason")


def _open_now(item: Item) -> Item:
    row = fresh(item)
    if row.state != ItemState.OPEN:
        raise gone(row)
    return row
