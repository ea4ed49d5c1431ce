"""The group's position on an item: written down once, taken back while the meeting goes on."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor, Membership
from polku.access.permissions import require
from polku.access.queries import current
from polku.acting import action
from polku.kit.errors import Conflict, Invalid
from polku.kit.localtime import local_date
from polku.meetings import attendance, readiness, services
from polku.meetings import policy as _policy  # noqa: F401 - declares who may
from polku.meetings.carrying import carry, lock_with_next
from polku.meetings.items import opened
from polku.meetings.models import Item, Meeting
from polku.meetings.moves import changed, fresh, gone, locked, move_item, stop_clock, trace, under_way
from polku.meetings.states import ItemState, Outcome
from polku.meetings.texts import needed, plain

# Positions that a named office-holder makes a decision of: they need everything that a decision rests on.
DECIDED = (Outcome.GRANTED, Outcome.REFUSED)


@action
def record_position(
    *,
    item: Item,
    outcome: str,
    by: Actor,
    at: datetime,
    reason: str = "",
    service: str = "",
    decider: Actor | None = None,
    then: Item | None = None,
) -> Item:
    """Write down the group's position on the open item, and open the next one when it is named.

    The group prepares: a named office-holder decides and signs. The same position by the same writer twice is once.

    Args:
        reason: needed for a refusal and a return.
        service: what is to be granted, when it is another than proposed.
        decider: who decides; the series' own office-holder without one.
        then: the item to open next.

    Raises:
        NotAllowed, also when disqualified; Invalid `outcome_missing`, `reason_missing`, `unknown_service`,
        `decider_not_in_office`; Conflict `not_ready` naming what is missing for a decision, `decider_disqualified`,
        `no_next_meeting`, `item_gone`, or the meeting is not going on.
    """
    require(by, "meetings.settle", item, at=at)
    if outcome not in Outcome.values:
        raise Invalid("outcome_missing", _("Choose the group's position."), field="outcome")
    reason = plain(reason, field="reason")
    meeting, following = lock_with_next(item.meeting) if outcome == Outcome.MOVED else (locked(item.meeting_id), None)
    under_way(meeting)
    row = fresh(item)
    if row.state in (ItemState.DONE, ItemState.MOVED) and (row.outcome, row.settled_by_id) == (outcome, by.pk):
        return row
    if row.state != ItemState.OPEN:
        raise gone(row)
    attendance.check_taking_part(row, by)
    if outcome == Outcome.MOVED:
        carry(meeting, following, [row], by=by, at=at, reason=reason)
    else:
        _settle(meeting, row, outcome, reason, service, decider, by=by, at=at)
    changed(meeting)
    if then is not None:
        opened(meeting, then, by=by, at=at)
    return row


def _settle(
    meeting: Meeting, row: Item, outcome: str, reason: str, service: str, decider: Actor | None, *, by: Actor,
    at: datetime,
) -> None:  # fmt: skip
    if outcome in (Outcome.REFUSED, Outcome.RETURNED) and not reason:
        raise Invalid("reason_missing", _("Write the reason for this position."), field="reason")
    found: Actor | None = None
    granted = ""
    day = local_date(at)
    if outcome in DECIDED:
        _check_ready(meeting, row)
        found = _decider(row, decider or meeting.series.decider, at=at)
    if outcome == Outcome.GRANTED:
        granted = services.check(service or row.service, day=day)
    move_item(
        row, ItemState.DONE, outcome=outcome, outcome_reason=reason, outcome_service=granted, decider=found,
        settled_at=at, settled_by=by, **stop_clock(row, at=at),
    )  # fmt: skip
    trace(row, "position", by=by, at=at, text=reason, data={"outcome": outcome})


def _check_ready(meeting: Meeting, item: Item) -> None:
    missing = readiness.of([item], meeting.series, day=local_date(meeting.starts_at))[item.pk].blocking
    if missing:
        raise Conflict(
            "not_ready",
            _("This cannot be granted or refused yet: %(missing)s. Return it for more, or move it.")
            % {"missing": ", ".join(part.words for part in missing)},
            missing=[part.key for part in missing],
        )


def _decider(item: Item, decider: Actor | None, *, at: datetime) -> Actor | None:
    """Return who decides: an office-holder who is not disqualified; None when they are chosen with the decision."""
    if decider is None:
        return None
    if not Membership.objects.filter(current(local_date(at)), actor=decider, in_office=True).exists():
        raise Invalid(
            "decider_not_in_office",
            _("%(name)s holds no office today and cannot decide. Choose an office-holder.") % {"name": decider.name},
            field="decider",
        )  # fmt: skip
    if decider.pk in attendance.disqualified_in(item):
        raise Conflict(
            "decider_disqualified",
            _("%(name)s is disqualified in this item and cannot decide it. Choose another office-holder.")
            % {"name": decider.name},
        )  # fmt: skip
    return decider


@action
def take_back(*, item: Item, reason: str, by: Actor, at: datetime) -> Item:
    """Take back a position that was written down by mistake, while the meeting goes on: the item is open again.

    Raises:
        NotAllowed; Invalid without a reason; Conflict when it has no position, was moved, or the meeting has ended.
    """
    require(by, "meetings.settle", item, at=at)
    reason = needed(reason, _("Write why the position is taken back."), field="reason")
    meeting = under_way(locked(item.meeting_id))
    row = fresh(item)
    if row.state != ItemState.DONE:
        raise gone(row)
    attendance.check_taking_part(row, by)
    before = Item.objects.filter(meeting=meeting, state=ItemState.OPEN).first()
    if before is not None:
        move_item(before, ItemState.WAITING, **stop_clock(before, at=at))
    was = row.outcome
    move_item(
        row, ItemState.OPEN, outcome="", outcome_reason="", outcome_service="", decider=None, settled_at=None,
        settled_by=None, opened_at=at,
    )  # fmt: skip
    changed(meeting)
    trace(row, "position_taken_back", by=by, at=at, text=reason, data={"outcome": was})
    return row
