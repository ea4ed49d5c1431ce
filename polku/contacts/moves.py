"""What every change of a contact shares: the move along the states, the arrival, the trace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor, Unit
from polku.audit import actions as audit
from polku.cases import actions as cases
from polku.contacts.models import Contact
from polku.contacts.states import IN_HAND, TRANSITIONS
from polku.kit.errors import Conflict, Invalid
from polku.kit.localtime import local_date


def locked(contact: Contact) -> Contact:
    """Return the contact's row as it is now, locked until the transaction ends: one change at a time."""
    return Contact.objects.select_for_update(of=("self",)).select_related("work_item", "unit").get(pk=contact.pk)


def still_open(contact: Contact) -> Contact:
    """Return the locked row of a contact that is still in hand.

    Raises:
        Conflict `contact_closed`: somebody has closed or discarded it.
    """
    row = locked(contact)
    if row.state not in IN_HAND:
        raise Conflict("contact_closed", _("The contact has already been closed."), state=row.state)
    return row


def move(contact: Contact, to: str, **columns: object) -> Contact:
    """Move a contact to a state along TRANSITIONS in one conditional UPDATE and return it as it then is.

    Raises:
        Conflict `contact_moved`: it is in a state from which there is no such way; somebody was first.
    """
    origins = [state for state, ways in TRANSITIONS.items() if to in ways]
    if not Contact.objects.filter(pk=contact.pk, state__in=origins).update(state=to, **columns):
        now = Contact.objects.values_list("state", flat=True).get(pk=contact.pk)
        raise Conflict(
            "contact_moved", _("Somebody has already changed this contact. Open it again to see how it is."), state=now
        )
    return Contact.objects.select_related("work_item", "unit").get(pk=contact.pk)


def arrival(unit: Unit, happened_at: datetime | None, *, at: datetime) -> datetime:
    """Return when a contact truly arrived.

    Raises:
        Invalid: the time is in the future, or before the unit existed.
    """
    if happened_at is None:
        return at
    if happened_at > at:
        raise Invalid("future", _("The time of arrival cannot be in the future."), field="received_at")
    if local_date(happened_at) < unit.valid_from:
        raise Invalid(
            "before_unit",
            _("The time of arrival is before %(unit)s began (%(day)s).")
            % {"unit": unit.name, "day": f"{unit.valid_from.day}.{unit.valid_from.month}.{unit.valid_from.year}"},
            field="received_at",
            unit=unit.key,
            valid_from=unit.valid_from.isoformat(),
        )
    return happened_at


def concerned_ids(contact: Contact) -> list[int]:
    """Return ids of the clients in the contact, for the log."""
    rows = contact.parties.filter(client__isnull=False, removed_at__isnull=True)
    return list(rows.values_list("client_id", flat=True))


def trace(
    contact: Contact,
    event: str,
    *,
    by: Actor,
    at: datetime,
    happened_at: datetime | None = None,
    text: str = "",
    data: Mapping[str, object] | None = None,
    clients: Iterable[int] | None = None,
) -> None:
    """Write the contact's timeline row and the log row of a change."""
    cases.note(
        event=f"contacts.{event}", by=by, at=at, happened_at=happened_at, work_item=contact.work_item, text=text,
        data=data,
    )  # fmt: skip
    audit.changed(
        by=by, at=at, happened_at=happened_at, what=f"contacts.{event}", subject=contact.public_id,
        clients=concerned_ids(contact) if clients is None else clients, unit=contact.unit.key, record_class="contact",
    )  # fmt: skip
