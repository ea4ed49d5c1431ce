"""The meeting itself: begin, have a break, go on, move an item to the next one, end."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.access.permissions import require
from polku.acting import action
from polku.assessments import actions as assessments
from polku.assessments.states import AssessmentState
from polku.kit.errors import Conflict, Invalid
from polku.kit.localtime import local_date
from polku.meetings import attendance, members, minutes
from polku.meetings import policy as _policy  # noqa: F401 - declares who may
from polku.meetings.carrying import carry, lock_with_next
from polku.meetings.models import Disqualification, Item, Meeting, Pause
from polku.meetings.moves import changed, fresh, gone, locked, move, not_over, still_planned, trace_meeting, under_way
from polku.meetings.states import ItemState, MeetingState, Outcome
from polku.meetings.texts import plain
from polku.storing import insert
from polku.ui import words


@action
def begin(*, meeting: Meeting, chair: Actor, by: Actor, at: datetime, present: Iterable[Actor] = ()) -> Meeting:
    """Begin a meeting on its day, led by somebody who may; who is there is noted.

    Raises:
        NotAllowed; Invalid `wrong_day`, `not_chair`; Conflict `vice_chair_missing` when the chair is disqualified in an
        item that nobody else could lead, or when the meeting has begun.
    """
    require(by, "meetings.run", meeting, at=at)
    row = still_planned(locked(meeting))
    if local_date(at) < local_date(row.starts_at):
        raise Invalid("wrong_day", _("The meeting is on %(day)s.") % {"day": words.day(row.starts_at)})
    attendance.check_chair(row, chair, at=at)
    _check_leaders(row, chair, at=at)
    move(row, MeetingState.RUNNING, chair=chair, began_at=at)
    for actor in (chair, *present):
        attendance.enter(row, actor, at=at)
    changed(row)
    trace_meeting(row, "begun", by=by, at=at, details={"chair": chair.public_id})
    return row


def _check_leaders(meeting: Meeting, chair: Actor, *, at: datetime) -> None:
    """Every item needs somebody who may lead it: another than the chair, where the chair is disqualified."""
    rows = Disqualification.objects.filter(item__meeting=meeting, item__state=ItemState.WAITING)
    by_item: dict[int, set[int]] = {}
    for item, actor in rows.filter(withdrawn_at__isnull=True).values_list("item_id", "actor_id"):
        by_item.setdefault(item, set()).add(actor)
    for gone_ones in by_item.values():
        if chair.pk in gone_ones and not members.chairs(meeting.series, at=at, without=gone_ones):
            raise Conflict(
                "vice_chair_missing",
                _("%(name)s is disqualified in an item, and nobody else may lead it. Name a vice chair first.")
                % {"name": chair.name},
            )  # fmt: skip


@action
def pause(*, meeting: Meeting, by: Actor, at: datetime) -> Meeting:
    """Have a break: the clock of the open item stops.

    Raises:
        NotAllowed; Conflict when the meeting is not going on.
    """
    require(by, "meetings.run", meeting, at=at)
    row = under_way(locked(meeting))
    move(row, MeetingState.PAUSED)
    insert(Pause(meeting=row, starts_at=at))
    changed(row)
    trace_meeting(row, "paused", by=by, at=at)
    return row


@action
def go_on(*, meeting: Meeting, by: Actor, at: datetime) -> Meeting:
    """Go on after a break.

    Raises:
        NotAllowed; Conflict when there is no break.
    """
    require(by, "meetings.run", meeting, at=at)
    row = locked(meeting)
    if row.state == MeetingState.RUNNING:
        raise Conflict("no_break", _("The meeting is going on already."))
    not_over(row)
    move(row, MeetingState.RUNNING)
    _end_break(row, at=at)
    changed(row)
    trace_meeting(row, "resumed", by=by, at=at)
    return row


def _end_break(meeting: Meeting, *, at: datetime) -> None:
    for running in Pause.objects.filter(meeting=meeting, ends_at__isnull=True):
        Pause.objects.filter(pk=running.pk).update(ends_at=max(at, running.starts_at))


@action
def move_on(*, item: Item, by: Actor, at: datetime, reason: str = "") -> Item:
    """Move a waiting item to the next meeting, where it comes first; returns the item there.

    Raises:
        NotAllowed; Conflict `item_gone` when it has just been opened or handled, `no_next_meeting`.
    """
    require(by, "meetings.arrange", item.meeting, at=at)
    meeting, following = lock_with_next(item.meeting)
    not_over(meeting)
    row = fresh(item)
    if row.state != ItemState.WAITING:
        raise gone(row)
    made = carry(meeting, following, [row], by=by, at=at, reason=plain(reason, field="reason"))
    changed(meeting)
    return made[0]


@action
def end(*, meeting: Meeting, by: Actor, at: datetime) -> Meeting:
    """End a meeting: what waits or is open goes first to the next one, and the minutes are written.

    What was returned for more goes back to the assessment: a new version waits for whoever answered for it.

    Raises:
        NotAllowed; Conflict when it is not going on (somebody has ended it), or items go on and no meeting is planned.
    """
    require(by, "meetings.run", meeting, at=at)
    row, following = lock_with_next(meeting)
    not_over(row)
    still_begun(row)
    carry(row, following, None, by=by, at=at)
    _send_back(row, by=by, at=at)
    _end_break(row, at=at)
    attendance.all_leave(row, at=at)
    move(row, MeetingState.ENDED, ended_at=at)
    minutes.write(row, by=by, at=at)
    changed(row)
    trace_meeting(row, "ended", by=by, at=at)
    return row


def _send_back(meeting: Meeting, *, by: Actor, at: datetime) -> None:
    """Go back for more, now that no position is taken back any longer."""
    rows = Item.objects.filter(meeting=meeting, state=ItemState.DONE, outcome=Outcome.RETURNED).order_by("place")
    for row in rows.select_related("assessment__case", "assessment__form", "assessment__responsible"):
        if row.assessment is None or row.assessment.state != AssessmentState.LOCKED:
            continue
        # A case that was closed meanwhile keeps nobody from ending the meeting.
        with suppress(Conflict), transaction.atomic():
            assessments.sent_back(
                assessment=row.assessment, reason=row.outcome_reason, by=by, at=at, key=f"returned-{row.public_id}"
            )


def still_begun(meeting: Meeting) -> None:
    """Refuse to end what has not begun.

    Raises:
        Conflict `not_begun`.
    """
    if meeting.state == MeetingState.PLANNED:
        raise Conflict("not_begun", _("The meeting has not begun. Begin it first."), state=meeting.state)
