"""Meetings ahead: plan one, change its time, cancel it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.access.permissions import require
from polku.acting import action
from polku.kit.errors import Conflict, Invalid
from polku.kit.localtime import instant, local, local_date
from polku.meetings import policy as _policy  # noqa: F401 - declares who may
from polku.meetings.carrying import carry, lock_with_next
from polku.meetings.models import Item, Meeting, Series
from polku.meetings.moves import changed, locked, move, still_planned, tie, trace_meeting
from polku.meetings.states import ItemState, MeetingState
from polku.meetings.texts import LONGEST_NOTE, needed, plain
from polku.storing import insert
from polku.ui import words

LONGEST = timedelta(hours=12)


@action
def plan(
    *, series: Series, starts_at: datetime, ends_at: datetime, by: Actor, at: datetime, key: str, place: str = ""
) -> Meeting:
    """Plan a meeting of a series; a repeat with the same key gives the same meeting.

    Raises:
        NotAllowed; Invalid when the time is past, ends before it starts, is too long or not within the series' days;
        Conflict `meeting_there`: the series meets then already.
    """
    require(by, "meetings.plan", series, at=at)
    if key and (made := Meeting.objects.filter(created_by=by, key=key).first()):
        return made
    _check_time(series, starts_at, ends_at, at=at)
    row = Meeting(
        series=series, starts_at=starts_at, ends_at=ends_at, place=plain(place, field="place", most=200),
        created_at=at, created_by=by, key=key,
    )  # fmt: skip
    if not insert(row, unless_there=True):
        if key and (made := Meeting.objects.filter(created_by=by, key=key).first()):
            return made
        raise _there()
    trace_meeting(row, "planned", by=by, at=at, details={"starts_at": starts_at.isoformat()})
    return row


@action
def change_time(
    *, meeting: Meeting, starts_at: datetime, ends_at: datetime, by: Actor, at: datetime, place: str | None = None
) -> Meeting:
    """Change time and place of a meeting that has not begun; the group's sight of its cases follows.

    Raises:
        NotAllowed; Invalid, Conflict as in `plan`; Conflict when it has begun.
    """
    require(by, "meetings.arrange", meeting, at=at)
    row = still_planned(locked(meeting))
    _check_time(row.series, starts_at, ends_at, at=at)
    columns: dict[str, object] = {"starts_at": starts_at, "ends_at": ends_at}
    if place is not None:
        columns["place"] = plain(place, field="place", most=200)
    try:
        with transaction.atomic():
            Meeting.objects.filter(pk=row.pk).update(**columns)
    except IntegrityError:
        raise _there() from None
    for name, new in columns.items():
        setattr(row, name, new)
    for item in Item.objects.filter(meeting=row, state=ItemState.WAITING).select_related("case__client", "presenter"):
        tie(item.case, row, presenter=item.presenter, by=by, at=at)
    changed(row)
    trace_meeting(row, "time_changed", by=by, at=at, details={"starts_at": starts_at.isoformat()})
    return row


@action
def cancel(*, meeting: Meeting, reason: str, by: Actor, at: datetime) -> Meeting:
    """Cancel a meeting that has not begun; its items go first to the next one.

    Raises:
        NotAllowed; Invalid without a reason; Conflict when it has begun, or when items wait and no meeting is planned.
    """
    require(by, "meetings.arrange", meeting, at=at)
    reason = needed(reason, _("Write why the meeting is cancelled."), field="reason", most=LONGEST_NOTE)
    row, following = lock_with_next(meeting)
    still_planned(row)
    carry(row, following, None, by=by, at=at)
    move(row, MeetingState.CANCELLED, cancelled_reason=reason)
    changed(row)
    trace_meeting(row, "cancelled", by=by, at=at)
    return row


def suggested(series: Series) -> tuple[datetime, datetime] | None:
    """Return when the series might meet next: a week after its latest meeting, at the same local time."""
    last = Meeting.objects.filter(series=series).exclude(state=MeetingState.CANCELLED).order_by("-starts_at").first()
    if last is None:
        return None
    here = local(last.starts_at)
    starts_at = instant(here.date() + timedelta(days=7), here.time().replace(tzinfo=None))
    return starts_at, starts_at + (last.ends_at - last.starts_at)


def _check_time(series: Series, starts_at: datetime, ends_at: datetime, *, at: datetime) -> None:
    if starts_at <= at:
        raise Invalid("past", _("The meeting must start in the future."), field="starts_at")
    if ends_at <= starts_at:
        raise Invalid("wrong_end", _("The meeting ends before it starts. Give a later end."), field="ends_at")
    if ends_at - starts_at > LONGEST:
        raise Invalid("too_long", _("A meeting lasts at most 12 hours."), field="ends_at")
    day = local_date(starts_at)
    if day < series.valid_from or (series.valid_until is not None and day > series.valid_until):
        raise Invalid(
            "not_in_series",
            _("%(series)s does not meet on %(day)s.") % {"series": series.name, "day": words.day(day)},
            field="starts_at",
        )


def _there() -> Conflict:
    return Conflict("meeting_there", _("The group already meets at that time. Open that meeting."))
