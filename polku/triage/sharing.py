"""Sharing out work: take, release, hand over, cover an absent colleague, let wait.

Each is one conditional UPDATE on the work item: of two clicks at once one wins, the other hears who was first.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from polku.access.models import Absence, Actor, Membership, Unit
from polku.access.permissions import require
from polku.access.queries import current
from polku.acting import action
from polku.audit import actions as audit
from polku.cases import actions as cases
from polku.cases.models import WorkItem
from polku.cases.states import RelationKind, WorkKind
from polku.contacts import drafts, people
from polku.contacts.models import Contact
from polku.contacts.moves import concerned_ids
from polku.kit.errors import Conflict, Invalid
from polku.kit.localtime import local_date
from polku.triage import policy as _policy  # noqa: F401 - declares who may

_LONGEST_WAIT_DAYS = 365


@action
def take(*, item: WorkItem, by: Actor, at: datetime) -> WorkItem:
    """Take a work item that nobody has; taking one's own again changes nothing.

    Raises:
        NotAllowed; Conflict `taken` naming who was first, or `closed`.
    """
    require(by, "work.change", item, at=at)
    _contact(item)
    if not WorkItem.objects.filter(pk=item.pk, assignee__isnull=True, closed_at__isnull=True).update(assignee=by):
        now = _now(item)
        if now.assignee_id == by.pk and now.closed_at is None:
            return now
        raise _lost(now)
    return _given(item, to=by, event="taken", by=by, at=at)


@action
def cover(*, item: WorkItem, by: Actor, at: datetime) -> WorkItem:
    """Take over a work item of a colleague who is away: nothing waits on a desk where nobody sits.

    Raises:
        NotAllowed; Conflict when the colleague is at work again or somebody else has taken it.
    """
    require(by, "work.change", item, at=at)
    _contact(item)
    before = _now(item).assignee
    away = Absence.objects.filter(actor=OuterRef("assignee"), starts_at__lte=at, ends_at__gt=at)
    rows = WorkItem.objects.filter(Exists(away), pk=item.pk, assignee=before, closed_at__isnull=True)
    if before is None or not rows.update(assignee=by):
        now = _now(item)
        if now.closed_at is None and now.assignee is not None and now.assignee_id == getattr(before, "pk", None):
            raise Conflict(
                "not_away",
                _("%(name)s is at work and has this in hand.") % {"name": now.assignee.name},
                owner=now.assignee.name,
            )
        raise _lost(now)
    return _given(item, to=by, event="covered", by=by, at=at, data={"from": before.name})


@action
def release(*, item: WorkItem, by: Actor, at: datetime, note: str = "") -> WorkItem:
    """Give a work item back to its unit's list.

    Raises:
        NotAllowed; Conflict when it is not the actor's (any more).
    """
    require(by, "work.change", item, at=at)
    _contact(item)
    if not WorkItem.objects.filter(pk=item.pk, assignee=by, closed_at__isnull=True).update(assignee=None):
        raise _lost(_now(item))
    return _given(item, to=None, event="released", by=by, at=at, text=note.strip())


@action
def hand_over(
    *,
    item: WorkItem,
    by: Actor,
    at: datetime,
    to: Actor | None = None,
    unit: Unit | None = None,
    note: str = "",
    seen_assignee: Actor | None = None,
    why: Mapping[str, str] | None = None,
) -> WorkItem:
    """Hand a work item over to a person, a unit, or a person in a unit. What was said goes with it; clocks go on.

    Args:
        to: the new owner; None = nobody's in the unit's list.
        unit: the new unit; None = stays, or the person's own when they do not work in the present one.
        seen_assignee: who had it when the page was shown.
        why: what led it there by itself (`routing.Route.why`), kept as facts, so that each reads it in their language.

    Raises:
        NotAllowed; Invalid when the receiver does not work there or nothing changes; Conflict when somebody was first.
    """
    require(by, "work.change", item, at=at)
    _contact(item)
    now = _now(item)
    if to is None and unit is None:
        raise Invalid("receiver_missing", _("Choose a person or a team."), field="to")
    unit = _receiving_unit(now, to, unit, day=local_date(at))
    rows = WorkItem.objects.filter(pk=item.pk, closed_at__isnull=True, assignee=seen_assignee or now.assignee)
    if (seen_assignee or now.assignee) is None:
        rows = WorkItem.objects.filter(pk=item.pk, closed_at__isnull=True, assignee__isnull=True)
    if not rows.update(assignee=to, unit=unit, hold_until=None, hold_reason=""):
        raise _lost(_now(item))
    data = {"to": to.name if to else "", "unit": unit.key, **(why or {})}
    return _given(item, to=to, event="handed_over", by=by, at=at, text=note.strip(), data=data)


def _receiving_unit(item: WorkItem, to: Actor | None, unit: Unit | None, *, day: date) -> Unit:
    if unit is not None and unit.valid_until is not None and unit.valid_until < day:
        raise Invalid("unit_ended", _("This unit is not in use any more."), field="unit")
    if to is None:
        return unit or item.unit
    posts = Membership.objects.filter(current(day), actor=to)
    wanted = unit or item.unit
    if posts.filter(unit=wanted).exists():
        return wanted
    own = posts.select_related("unit").order_by("valid_from", "pk").first()
    if unit is not None or own is None:
        raise Invalid("not_in_unit", _("%(name)s does not work there today.") % {"name": to.name}, field="to")
    return own.unit


@action
def hold(*, item: WorkItem, until: date, reason: str, by: Actor, at: datetime) -> WorkItem:
    """Let a work item wait until a day; it comes back by itself on that day. Legal clocks go on.

    Raises:
        NotAllowed; Invalid without a reason or when the day is not ahead; Conflict when it is closed.
    """
    require(by, "work.change", item, at=at)
    today = local_date(at)
    if not reason.strip():
        raise Invalid("reason_missing", _("Write what is waited for."), field="reason")
    if not 0 < (until - today).days <= _LONGEST_WAIT_DAYS:
        raise Invalid("until_wrong", _("Choose a day ahead, within a year."), field="until")
    rows = WorkItem.objects.filter(pk=item.pk, closed_at__isnull=True)
    if not rows.update(hold_until=until, hold_reason=reason.strip()[:300]):
        raise _lost(_now(item))
    return _traced(item, "held", by=by, at=at, text=reason.strip(), data={"until": until.isoformat()})


@action
def end_hold(*, item: WorkItem, by: Actor, at: datetime) -> WorkItem:
    """Take a waiting work item up before its day; one that does not wait stays as it is."""
    require(by, "work.change", item, at=at)
    rows = WorkItem.objects.filter(pk=item.pk, closed_at__isnull=True, hold_until__isnull=False)
    if not rows.update(hold_until=None, hold_reason=""):
        return _now(item)
    return _traced(item, "hold_ended", by=by, at=at)


def _now(item: WorkItem) -> WorkItem:
    return WorkItem.objects.select_related("unit", "assignee").get(pk=item.pk)


def _lost(now: WorkItem) -> Conflict:
    """Return the refusal for whoever came second, naming how it is now."""
    if now.closed_at is not None:
        return Conflict("closed", _("This has already been dealt with."))
    if now.assignee is None:
        return Conflict("released", _("This is nobody's now: it was put back to the team's list."))
    return Conflict(
        "taken", _("%(name)s was first and has this in hand.") % {"name": now.assignee.name}, owner=now.assignee.name
    )


def _given(
    item: WorkItem,
    *,
    to: Actor | None,
    event: str,
    by: Actor,
    at: datetime,
    text: str = "",
    data: Mapping[str, object] | None = None,
) -> WorkItem:
    """Move ties with the work: the former owner's contact in hand ends, the new owner's begins."""
    contact = _contact(item)
    if contact is not None:
        drafts.keep(contact=contact, by=by, at=at)
        cases.end_relations(at=at, work_item=item, kind=RelationKind.CONTACT_IN_HAND)
        if to is not None:
            people.taken_over(contact=contact, actor=to, by=by, at=at)
    return _traced(item, event, by=by, at=at, text=text, data=data)


def _contact(item: WorkItem) -> Contact | None:
    """Return the contact behind the work item, locked.

    Whoever changes a contact locks it before its work item; sharing out does the same, or two clicks would wait for
    each other for ever.
    """
    if item.kind != WorkKind.CONTACT:
        return None
    return (
        Contact.objects.select_for_update(of=("self",))
        .select_related("work_item", "unit")
        .filter(work_item=item)
        .first()
    )


def _traced(
    item: WorkItem, event: str, *, by: Actor, at: datetime, text: str = "", data: Mapping[str, object] | None = None
) -> WorkItem:
    now = _now(item)
    cases.note(event=f"triage.{event}", by=by, at=at, work_item=now, text=text, data=data)
    contact = Contact.objects.filter(work_item=now).only("pk").first() if now.kind == WorkKind.CONTACT else None
    audit.changed(
        by=by, at=at, what=f"triage.{event}", subject=now.public_id, unit=now.unit.key,
        clients=concerned_ids(contact) if contact else (), record_class=now.kind,
    )  # fmt: skip
    return now


# A call-back whose agreed time has passed stands on top with the urgent ones, but nobody has assessed it as urgent.
URGENT = Q(urgent=True) & ~Q(kind=WorkKind.CALL_BACK)


def waits(day: date) -> Q:
    """Return the condition that a work item waits on a day."""
    return Q(hold_until__gt=day)
