"""Days on which a unit is shut or has hours of its own; and one taken back that was shut by mistake."""

from __future__ import annotations

from datetime import date, datetime, time

from django.utils.translation import gettext_lazy as _

from polku.access.actions import not_before_today
from polku.access.models import Actor, ClosingDay, Unit
from polku.access.permissions import require
from polku.acting import action
from polku.audit import actions as audit
from polku.kit.errors import Invalid


@action
def close_day(
    *, unit: Unit, day: date, by: Actor, at: datetime, opens: time | None = None, closes: time | None = None,
    reasons: tuple[str, str, str] = ("", "", ""),
) -> ClosingDay:  # fmt: skip
    """Shut a unit on a day, or open it at other hours then.

    Raises:
        NotAllowed; Invalid when the day is over, only one of the hours is given or they are in the wrong order.
    """
    require(by, "access.set_unit", unit, at=at)
    not_before_today(day, at=at, field="day")
    if (opens is None) != (closes is None) or (opens is not None and closes is not None and closes <= opens):
        raise Invalid("hours", _("Give both hours in order, or neither."), field="closes")
    row, _made = ClosingDay.objects.update_or_create(
        unit=unit, day=day,
        defaults={"opens": opens, "closes": closes, "reason_fi": reasons[0], "reason_sv": reasons[1],
                  "reason_en": reasons[2]},
    )  # fmt: skip
    audit.changed(by=by, at=at, what="access.close_day", subject=unit.public_id, unit=unit.key)
    return row


@action
def reopen_day(*, unit: Unit, day: date, by: Actor, at: datetime) -> bool:
    """Open a unit again, at its ordinary hours, on a day that was shut or had hours of its own; tells whether it was.

    The clocks that counted the day as shut are the next stage's to work out anew (`deadlines.reopening`).

    Raises:
        NotAllowed; Invalid when the day is over.
    """
    require(by, "access.set_unit", unit, at=at)
    not_before_today(day, at=at, field="day")
    gone, _rows = ClosingDay.objects.filter(unit=unit, day=day).delete()
    if gone:
        details = {"day": day.isoformat()}
        audit.changed(by=by, at=at, what="access.reopen_day", subject=unit.public_id, unit=unit.key, details=details)
    return bool(gone)
