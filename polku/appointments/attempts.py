"""After a no-show: a new attempt to reach the client, as a call-back in the unit's list; never silence."""

from __future__ import annotations

from datetime import datetime, time

from django.utils.translation import gettext as _
from django.utils.translation import override

from polku.access.models import Actor
from polku.appointments.models import Appointment
from polku.appointments.sentences import language_of
from polku.appointments.snapshot import local_day
from polku.appointments.spans import at_wall_time
from polku.clients.queries import details, root
from polku.contacts import callbacks
from polku.contacts.models import CallBack
from polku.contacts.states import CallBackState
from polku.rules.calendar import working_day_after

LATEST = time(16)
"""Local hour of the next working day by which the client is called."""


def open_new(row: Appointment, *, by: Actor, at: datetime) -> CallBack:
    """Promise a call on the next working day to the client who did not come; one attempt an appointment."""
    day = working_day_after(local_day(at), 1, eves=False)
    claim = row.claims.filter(position=1).select_related("resource__actor").first()
    return callbacks.promise(
        unit=row.unit,
        agreed_at=at_wall_time(day, LATEST),
        reason=_reason(row),
        by=by,
        at=at,
        key=_key(row, at=at),
        contact=row.contact,
        phone=_phone(row, at=at),
        language=language_of(row),
        assignee=claim.resource.actor if claim else None,
    )


def withdraw(row: Appointment, *, by: Actor, at: datetime) -> None:
    """Take the attempt back when the no-show was marked by mistake and nobody has called yet."""
    waiting = CallBack.objects.filter(key__startswith=_key(row), state=CallBackState.WAITING).first()
    if waiting is not None:
        callbacks.cancel(call_back=waiting, reason=_("The mark was taken back"), by=by, at=at)


def attempt_of(row: Appointment) -> CallBack | None:
    """The latest attempt that was opened because the client did not come."""
    return CallBack.objects.filter(key__startswith=_key(row)).select_related("work_item").order_by("-pk").first()


def _key(row: Appointment, *, at: datetime | None = None) -> str:
    # The moment keeps a second no-show (after a mistake was put right) apart from the first.
    return f"no-show:{row.public_id}:" + (f"{at:%Y%m%d%H%M%S}" if at else "")


def _reason(row: Appointment) -> str:
    day = local_day(row.starts_at)
    # The words are stored, so they are in the register's language whoever marks it.
    with override("fi"):
        return _("%(kind)s %(day)s: the client did not come") % {
            "kind": row.kind.name,
            "day": f"{day.day}.{day.month}.{day.year}",
        }


def _phone(row: Appointment, *, at: datetime) -> str:
    """The client's number when the contact has none; never one under a ban on disclosure."""
    if row.client is None:
        return ""
    person = root(row.client)
    return next(iter(details([person], day=local_day(at))[person.pk].phones), "")
