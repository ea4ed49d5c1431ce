"""Changing kinds, booking rules and rooms. What is already booked stays as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor, Unit
from polku.access.permissions import require
from polku.acting import action
from polku.appointments.models import BookingRule, Kind, Place, Resource
from polku.appointments.snapshot import local_day
from polku.appointments.states import ResourceKind
from polku.audit import actions as audit
from polku.kit.errors import Invalid

CHANGEABLE = (
    "name_fi", "name_sv", "name_en", "duration_minutes", "before_minutes", "after_minutes", "step_minutes",
    "lead_minutes", "horizon_days", "modes", "needs_room", "capacity", "client_change_hours", "reminder_hours",
)  # fmt: skip


@action
def change_kind(*, kind: Kind, values: Mapping[str, Any], by: Actor, at: datetime) -> None:
    """Change a kind from now on; only the named columns, others are left out.

    Raises:
        NotAllowed; Invalid for a length or step that cannot be.
    """
    require(by, "appointments.manage", at=at)
    changed = {name: values[name] for name in CHANGEABLE if name in values}
    if not 5 <= changed.get("duration_minutes", kind.duration_minutes) <= 480:
        raise Invalid("duration", _("A time takes from 5 minutes to 8 hours."), field="duration_minutes")
    if not changed.get("modes", kind.modes):
        raise Invalid("modes", _("Choose at least one way to meet."), field="modes")
    Kind.objects.filter(pk=kind.pk).update(**changed)
    audit.changed(
        by=by, at=at, what="appointments.kind_changed", subject=kind.key,
        details={name: value for name, value in changed.items() if getattr(kind, name) != value},
    )  # fmt: skip


@action
def add_rule(
    *,
    kind: Kind,
    target_unit: Unit,
    valid_from: date,
    by: Actor,
    at: datetime,
    booker_role: str = "",
    booker_unit: Unit | None = None,
    client: bool = False,
    needs: Sequence[str] = (),
    valid_until: date | None = None,
    note: str = "",
) -> BookingRule:
    """Let a role, a unit's people or the client book a kind in a unit's calendars; the same rule twice is one.

    Raises:
        NotAllowed: the actor does not lead the unit. Invalid when it would end before it begins.
    """
    require(by, "appointments.manage", at=at)
    require(by, "access.set_unit", target_unit, at=at)
    if valid_until is not None and valid_until < valid_from:
        raise Invalid("period", _("The last day cannot be before the first."), field="valid_until")
    rule, made = BookingRule.objects.get_or_create(
        kind=kind, target_unit=target_unit, booker_role=booker_role, booker_unit=booker_unit, client=client,
        needs=list(needs), valid_from=valid_from, defaults={"valid_until": valid_until, "note": note},
    )  # fmt: skip
    if made:
        audit.changed(
            by=by, at=at, what="appointments.rule_added", subject=kind.key, unit=target_unit.key,
            details={"role": booker_role, "client": client, "needs": list(needs)},
        )  # fmt: skip
    return rule


@action
def end_rule(*, rule: BookingRule, last_day: date, by: Actor, at: datetime) -> None:
    """Let a rule hold until a day, never before yesterday; one that has not begun ends before it begins.

    Raises:
        NotAllowed: the actor does not lead the unit.
    """
    require(by, "appointments.set_rule", rule, at=at)
    last_day = max(last_day, local_day(at) - timedelta(days=1))
    if rule.valid_from > last_day:
        BookingRule.objects.filter(pk=rule.pk).delete()
    else:
        BookingRule.objects.filter(pk=rule.pk).update(valid_until=last_day)
    audit.changed(by=by, at=at, what="appointments.rule_ended", subject=rule.kind.key, unit=rule.target_unit.key)


@action
def set_room(*, place: Place, name: str, seats: int, by: Actor, at: datetime, active: bool = True) -> Resource:
    """Add a room to a place, or change the room of that name there."""
    require(by, "appointments.manage", at=at)
    room, _made = Resource.objects.update_or_create(
        kind=ResourceKind.ROOM, place=place, name=name.strip(), defaults={"seats": seats, "active": active}
    )
    audit.changed(by=by, at=at, what="appointments.room_set", subject=room.public_id)
    return room
