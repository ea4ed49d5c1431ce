"""Putting clients on an agenda: propose with an own estimate, change it, move it in the order, take it off."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.access.permissions import can, require
from polku.acting import action
from polku.assessments.models import Assessment
from polku.cases.models import Case
from polku.kit.errors import Conflict, Invalid
from polku.kit.localtime import local_date
from polku.meetings import policy as _policy  # noqa: F401 - declares who may
from polku.meetings import readiness, rubrics, services, timing
from polku.meetings.carrying import put
from polku.meetings.models import Item, ItemCriterion, Meeting
from polku.meetings.moves import (
    changed,
    fresh,
    gone,
    locked,
    move_item,
    not_over,
    tie,
    trace,
    trace_meeting,
    untie,
)
from polku.meetings.states import Basis, ItemState, MeetingState
from polku.meetings.texts import needed, plain
from polku.rules.agenda import reordered
from polku.rules.errors import RuleError
from polku.storing import insert_all
from polku.ui import words

LONGEST_MINUTES = 240


@action
def propose(
    *,
    meeting: Meeting,
    case: Case,
    service: str,
    basis: str,
    minutes: int,
    by: Actor,
    at: datetime,
    key: str,
    question: str = "",
    presenter: Actor | None = None,
) -> Item:
    """Put a client on the agenda, with the worker's own estimate in minutes; the group sees the case from now on.

    An assessment of the series' form must have been begun; whether it is finished shows on the agenda. What a finished
    rubric of the case says of the criteria goes along. A repeat with the same key gives the same item.

    Args:
        service: what is proposed; one on which a decision can be made on that day.
        basis: new client, or changed need.
        question: what the worker asks of the group.
        presenter: who presents it; `by` without one.

    Raises:
        NotAllowed; Invalid `no_assessment`, `minutes`, `unknown_service`, `basis_missing`, `closed` (the last moment
        has passed); Conflict when the case is closed, the meeting is over or the matter is on an agenda already.
    """
    require(by, "meetings.propose", case, at=at)
    if key and (made := Item.objects.filter(created_by=by, key=key).first()):
        return made
    row = not_over(locked(meeting))
    # The same form at the same moment: the other one has written it while this one waited for the lock.
    if key and (made := Item.objects.filter(created_by=by, key=key).first()):
        return made
    _check_open(row, by=by, at=at)
    _check_matter(case, basis)
    item = Item(
        meeting=row, case=case, service=services.check(service, day=local_date(row.starts_at)), basis=basis,
        minutes=check_minutes(minutes), question=plain(question, field="question"), presenter=presenter or by,
        created_at=at, created_by=by, key=key,
    )  # fmt: skip
    item.assessment = _assessment(item, row)
    _save_new(item)
    _begin_with_rubric(item, row)
    tie(case, row, presenter=item.presenter, by=by, at=at)
    changed(row)
    trace(item, "proposed", by=by, at=at, text=item.question, data={"meeting_at": row.starts_at.isoformat()})
    return item


@action
def change(
    *,
    item: Item,
    by: Actor,
    at: datetime,
    minutes: int | None = None,
    question: str | None = None,
    presenter: Actor | None = None,
) -> Item:
    """Change what an item that waits is expected to take, what is asked, or who presents it.

    Raises:
        NotAllowed; Invalid `minutes`; Conflict when it is being handled or has been.
    """
    require(by, "meetings.change", item, at=at)
    meeting = not_over(locked(item.meeting_id))
    row = _waiting(item)
    columns: dict[str, object] = {}
    if minutes is not None:
        columns["minutes"] = check_minutes(minutes)
    if question is not None:
        columns["question"] = plain(question, field="question")
    if presenter is not None:
        columns["presenter"] = presenter
    if not columns:
        return row
    Item.objects.filter(pk=row.pk).update(**columns)
    for name, new in columns.items():
        setattr(row, name, new)
    if presenter is not None:
        tie(row.case, meeting, presenter=presenter, by=by, at=at)
    changed(meeting)
    trace(row, "changed", by=by, at=at, data={"changed": sorted(columns)}, told=False)
    return row


@action
def move_before(*, item: Item, before: Item | None, by: Actor, at: datetime) -> None:
    """Move a waiting item in the order of the agenda, before another one or last; times flow anew.

    Raises:
        NotAllowed; Conflict when either of them has begun or is gone from this agenda.
    """
    require(by, "meetings.arrange", item.meeting, at=at)
    meeting = not_over(locked(item.meeting_id))
    rows = {str(row.pk): row for row in Item.objects.filter(meeting=meeting).order_by("place")}
    row = _waiting(item)
    if before is not None and before.meeting_id != meeting.pk:
        raise Conflict("not_on_agenda", _("The other item is not on this agenda any more."))
    breaks = timing.pauses(meeting.pk)
    try:
        order = reordered(
            [timing.timed(each, breaks) for each in rows.values()],
            str(row.pk),
            before=None if before is None else str(before.pk),
        )
    except RuleError:
        raise Conflict(
            "begun", _("An item that has been opened keeps its place. Choose one that still waits.")
        ) from None
    put([rows[line.key] for line in order])
    changed(meeting)
    trace_meeting(meeting, "reordered", by=by, at=at, details={"item": row.public_id})


@action
def take_off(*, item: Item, reason: str, by: Actor, at: datetime) -> None:
    """Take a waiting item off the agenda, for a reason; the group's sight of the case ends.

    Raises:
        NotAllowed; Invalid without a reason; Conflict when it is being handled or has been.
    """
    require(by, "meetings.change", item, at=at)
    reason = needed(reason, _("Write why the item is taken off the agenda."), field="reason")
    meeting = not_over(locked(item.meeting_id))
    row = _waiting(item)
    if row.first_opened_at is not None:
        raise Conflict("begun", _("This item has been opened already. Write down its position, or move it."))
    move_item(row, ItemState.TAKEN_OFF)
    untie(row.case, at=at)
    changed(meeting)
    trace(row, "taken_off", by=by, at=at, text=reason)


def check_minutes(minutes: int) -> int:
    """Return the minutes.

    Raises:
        Invalid `minutes`: fewer than one or more than four hours.
    """
    if not 1 <= minutes <= LONGEST_MINUTES:
        raise Invalid(
            "minutes", _("Give the estimate in whole minutes, from 1 to %(most)s.") % {"most": LONGEST_MINUTES},
            field="minutes",
        )  # fmt: skip
    return minutes


def _check_open(meeting: Meeting, *, by: Actor, at: datetime) -> None:
    """After the last moment, and in the meeting itself, only those who run it add items."""
    closes = meeting.starts_at - timedelta(hours=meeting.series.closes_hours)
    late = at >= closes or meeting.state != MeetingState.PLANNED
    if late and not can(by, "meetings.run", meeting, at=at):
        raise Invalid(
            "closed",
            _("The agenda was closed %(time)s. Choose a later meeting, or ask the secretary.")
            % {"time": words.short_moment(closes)},
            field="meeting",
        )


def _check_matter(case: Case, basis: str) -> None:
    if basis not in (Basis.NEW, Basis.CHANGED):
        raise Invalid("basis_missing", _("Choose whether the client is new or the need has changed."), field="basis")
    if case.closed_at is not None:
        raise Conflict("case_closed", _("The case has been closed. Nothing can be decided in it."))


def _assessment(item: Item, meeting: Meeting) -> Assessment:
    found = readiness.newest([item.case_id], meeting.series).get(item.case_id)
    if found is None:
        raise Invalid(
            "no_assessment",
            _("No assessment of service needs has been begun for this client. Begin it first."),
            field="case",
        )
    return found


def _save_new(item: Item) -> None:
    last = Item.objects.filter(meeting=item.meeting).order_by("-place").values_list("place", flat=True).first()
    item.place = (last or 0) + 1
    try:
        with transaction.atomic():
            item.save(force_insert=True)
    except IntegrityError:
        there = Item.objects.filter(
            case=item.case, service=item.service, state__in=(ItemState.WAITING, ItemState.OPEN)
        ).select_related("meeting")
        if (other := there.first()) is None:
            raise
        raise Conflict(
            "on_agenda",
            _("This matter is already on the agenda of %(time)s.")
            % {"time": words.short_moment(other.meeting.starts_at)},
            item=other.public_id,
        ) from None


def _begin_with_rubric(item: Item, meeting: Meeting) -> None:
    """Write what the finished rubric of the case says of the criteria, with its writer and time."""
    filled = rubrics.filled(item.case_id, meeting.series)
    if filled is None:
        return
    criteria = rubrics.of(meeting.series, day=local_date(meeting.starts_at))
    insert_all(
        [
            ItemCriterion(
                item=item, criterion=one.path, fulfilled=one.fulfilled, reason=one.reason,
                written_at=one.answer.written_at, written_by_id=one.answer.written_by_id,
            )
            for one in rubrics.findings(filled, criteria)
        ]
    )  # fmt: skip


def _waiting(item: Item) -> Item:
    row = fresh(item)
    if row.state != ItemState.WAITING:
        raise gone(row)
    return row
