"""Holding one of the times that the desk shows."""

from __future__ import annotations

from datetime import datetime

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.appointments import actions as appointments
from polku.appointments.models import Appointment
from polku.appointments.search import Slot
from polku.contacts.models import Contact
from polku.desk.call.given import choices, held_by_me, promise_day, value_of
from polku.kit.errors import Invalid


def hold_chosen(contact: Contact, data: QueryDict, *, by: Actor, at: datetime) -> Appointment:
    """Hold the time of the pressed row; what was held for the contact before is let go in the same step.

    Raises:
        Invalid: the row is not one of the list. Conflict: somebody was first.
    """
    slot = Slot.parse(data.get("slot", ""))
    wanted = data.get("kind", "")
    pair = next((p for p in choices(contact, by=by, at=at) if value_of(*p) == wanted), None)
    if pair is None:
        raise Invalid("slot", _("Choose one of the times in the list."), field="slot")
    kind, unit = pair
    return appointments.hold(
        kind=kind,
        unit=unit,
        start=slot.start,
        workers=appointments.workers_of(slot),
        mode=slot.mode,
        by=by,
        at=at,
        key=data.get("hold_key", ""),
        contact=contact,
        need=contact.need,
        language=contact.language,
        promised_by=promise_day(contact),
        instead=held_by_me(contact, by=by, at=at),
    )
