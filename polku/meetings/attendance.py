"""Who is there: came, left; who is disqualified in an item and leaves for its time (esteellisyys, 434/2003 27-30 §)."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.access.permissions import require
from polku.acting import action
from polku.kit.errors import Conflict, Invalid, NotAllowed
from polku.meetings import members
from polku.meetings import policy as _policy  # noqa: F401 - declares who may
from polku.meetings.models import Attendance, Disqualification, Item, Meeting
from polku.meetings.moves import changed, fresh, gone, locked, not_over, trace, trace_meeting
from polku.meetings.states import CHAIRS, UNDER_WAY, Ground, ItemState
from polku.meetings.texts import LONGEST_NOTE, needed, plain
from polku.storing import insert


@action
def came(*, meeting: Meeting, actor: Actor, by: Actor, at: datetime, happened_at: datetime | None = None) -> None:
    """Note that somebody is there; who is there already stays so.

    Args:
        happened_at: when they truly came, if before `at`.

    Raises:
        NotAllowed; Invalid when the time is in the future or before the meeting began; Conflict: it is not going on.
    """
    require(by, "meetings.run", meeting, at=at)
    row = _going_on(meeting)
    if enter(row, actor, at=_moment(row, happened_at, at=at)):
        changed(row)
        trace_meeting(row, "came", by=by, at=at, details={"who": actor.public_id})


@action
def left(*, meeting: Meeting, actor: Actor, by: Actor, at: datetime, happened_at: datetime | None = None) -> None:
    """Note that somebody has left; whoever leads the meeting or the open item does not leave before another leads it.

    Raises:
        NotAllowed; Invalid when the time is in the future or before they came; Conflict `leads`.
    """
    require(by, "meetings.run", meeting, at=at)
    row = _going_on(meeting)
    leads = Item.objects.filter(meeting=row, state=ItemState.OPEN, chair=actor).exists()
    if leads or row.chair_id == actor.pk:
        raise Conflict("leads", _("%(name)s leads the meeting. Name who leads it from now on first.") % _name(actor))
    there = Attendance.objects.filter(meeting=row, actor=actor, left_at__isnull=True).first()
    if there is None:
        return
    there.left_at = _moment(row, happened_at, at=at) if happened_at else max(at, there.came_at)
    if there.left_at < there.came_at:
        raise Invalid("left_before_came", _("Nobody leaves before they came."), field="happened_at")
    there.save(update_fields=["left_at"])
    changed(row)
    trace_meeting(row, "left", by=by, at=at, details={"who": actor.public_id})


@action
def lead(*, meeting: Meeting, chair: Actor, by: Actor, at: datetime) -> None:
    """Name who leads the meeting from now on; they are there, if they were not.

    Raises:
        NotAllowed; Invalid `not_chair`; Conflict when it is not going on, or they are disqualified in the open item.
    """
    require(by, "meetings.run", meeting, at=at)
    row = _going_on(meeting)
    check_chair(row, chair, at=at)
    opened = Item.objects.filter(meeting=row, state=ItemState.OPEN).first()
    if opened is not None:
        check_qualified(opened, chair)
        Item.objects.filter(pk=opened.pk).update(chair=chair)
    enter(row, chair, at=at)
    Meeting.objects.filter(pk=row.pk).update(chair=chair)
    changed(row)
    trace_meeting(row, "led", by=by, at=at, details={"who": chair.public_id})


@action
def disqualify(
    *, item: Item, actor: Actor, ground: str, by: Actor, at: datetime, note: str = "", chair: Actor | None = None
) -> Disqualification:
    """Note that somebody must not take part in an item; they leave the room for its time. Twice is once.

    Everybody may tell it of themselves; of others those who weigh the item.

    Args:
        note: what the ground rests on, in a few words.
        chair: who leads the item from now on, when whoever leads it now is disqualified.

    Raises:
        NotAllowed; Invalid `ground_missing`, `note_missing` (the general ground needs words); Conflict
        `chair_disqualified` when nobody else is named to lead, `presents` when they present the item, or when it has
        been handled.
    """
    require(by, "meetings.see" if actor.pk == by.pk else "meetings.weigh", item, at=at)
    meeting = not_over(locked(item.meeting_id))
    row = fresh(item)
    if row.state not in (ItemState.WAITING, ItemState.OPEN):
        raise gone(row)
    note = _check_ground(ground, note)
    if (there := Disqualification.objects.filter(item=row, actor=actor, withdrawn_at__isnull=True).first()) is not None:
        return there
    if row.presenter_id == actor.pk:
        raise Conflict("presents", _("%(name)s presents this item. Name another presenter first.") % _name(actor))
    told = Disqualification(
        item=row, actor=actor, ground=ground, note=note, told_at=at, told_by=by,
        left_at=at if row.state == ItemState.OPEN and is_there(meeting, actor) else None,
    )  # fmt: skip
    insert(told)
    if row.state == ItemState.OPEN and row.chair_id == actor.pk:
        if chair is None:
            raise chair_disqualified(actor)
        check_chair(meeting, chair, at=at)
        check_qualified(row, chair)
        enter(meeting, chair, at=at)
        Item.objects.filter(pk=row.pk).update(chair=chair)
    changed(meeting)
    trace(row, "disqualified", by=by, at=at, data={"who": actor.name, "ground": ground})
    return told


@action
def requalify(*, disqualification: Disqualification, reason: str, by: Actor, at: datetime) -> None:
    """Take back a disqualification that was noted by mistake, for a reason; it stays on record as taken back.

    Raises:
        NotAllowed; Invalid without a reason; Conflict when the item has been handled or it was taken back already.
    """
    item = disqualification.item
    require(by, "meetings.settle", item, at=at)
    reason = needed(reason, _("Write why the disqualification is taken back."), field="reason", most=LONGEST_NOTE)
    meeting = not_over(locked(item.meeting_id))
    row = fresh(item)
    if row.state not in (ItemState.WAITING, ItemState.OPEN):
        raise gone(row)
    rows = Disqualification.objects.filter(pk=disqualification.pk, withdrawn_at__isnull=True)
    if not rows.update(withdrawn_at=at, withdrawn_reason=reason):
        raise Conflict("taken_back", _("The disqualification has already been taken back."))
    changed(meeting)
    trace(row, "requalified", by=by, at=at, text=reason, data={"who": disqualification.actor.name})


# --- What other actions of a locked meeting use --------------------------------------------------------------------


def enter(meeting: Meeting, actor: Actor, *, at: datetime) -> bool:
    """Note that somebody is there, in their part; False when they were there already."""
    if is_there(meeting, actor):
        return False
    part = members.role(meeting.series, actor, at=at)
    insert(Attendance(meeting=meeting, actor=actor, role=part, came_at=at))
    return True


def is_there(meeting: Meeting, actor: Actor) -> bool:
    """Tell whether somebody is there now."""
    return Attendance.objects.filter(meeting=meeting, actor=actor, left_at__isnull=True).exists()


def all_leave(meeting: Meeting, *, at: datetime) -> None:
    """Note that everybody leaves: the meeting has ended."""
    # Another process's clock may have been a second ahead of this one's.
    left_at = Greatest(F("came_at"), Value(at))
    Attendance.objects.filter(meeting=meeting, left_at__isnull=True).update(left_at=left_at)


def disqualified_in(item: Item) -> set[int]:
    """Return the numbers of those who must not take part in an item."""
    rows = Disqualification.objects.filter(item=item, withdrawn_at__isnull=True)
    return set(rows.values_list("actor_id", flat=True))


def check_taking_part(item: Item, by: Actor) -> None:
    """Refuse whoever is disqualified in the item.

    Raises:
        NotAllowed `disqualified`.
    """
    if by.pk in disqualified_in(item):
        raise NotAllowed(
            "disqualified", _("You are disqualified in this item: you take no part in it and leave for its time.")
        )


def check_chair(meeting: Meeting, chair: Actor, *, at: datetime) -> None:
    """Refuse whoever may not lead the series' meetings.

    Raises:
        Invalid `not_chair`.
    """
    if members.role(meeting.series, chair, at=at) not in CHAIRS:
        raise Invalid(
            "not_chair",
            _("%(name)s cannot lead this meeting. Choose the chair, the vice chair or the leading social worker.")
            % _name(chair),
            field="chair",
        )


def check_qualified(item: Item, chair: Actor) -> None:
    """Refuse whoever is disqualified in the item to lead it.

    Raises:
        Conflict `chair_disqualified`.
    """
    if chair.pk in disqualified_in(item):
        raise chair_disqualified(chair)


def chair_disqualified(chair: Actor) -> Conflict:
    """Return the refusal of an item whose leader must not take part in it."""
    return Conflict(
        "chair_disqualified",
        _("%(name)s is disqualified in this item. Name who leads it instead, then go on.") % _name(chair),
        chair=chair.name,
    )


def _going_on(meeting: Meeting) -> Meeting:
    row = not_over(locked(meeting))
    if row.state not in UNDER_WAY:
        raise Conflict("not_begun", _("The meeting has not begun. Begin it first."), state=row.state)
    return row


def _moment(meeting: Meeting, happened_at: datetime | None, *, at: datetime) -> datetime:
    if happened_at is None:
        return max(at, meeting.began_at or at)
    if happened_at > at or (meeting.began_at is not None and happened_at < meeting.began_at):
        raise Invalid(
            "attendance_time", _("The time cannot be in the future or before the meeting began."), field="happened_at"
        )
    return happened_at


def _check_ground(ground: str, note: str) -> str:
    """Return the note as it is stored."""
    if ground not in Ground.values:
        raise Invalid("ground_missing", _("Choose the ground of the disqualification."), field="ground")
    if ground == Ground.OTHER:
        needed(note, _("Write what puts the trust in impartiality at risk."), field="note", most=LONGEST_NOTE)
    return plain(note, field="note", most=LONGEST_NOTE)


def _name(actor: Actor) -> dict[str, str]:
    return {"name": actor.name}
