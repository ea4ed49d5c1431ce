"""What every change of a contact shares: the lock, the move along the states, the arrival, the trace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor, Unit
from polku.access.permissions import require_of_locked
from polku.asking import Question, value
from polku.audit import actions as audit
from polku.cases import actions as cases
from polku.cases.models import WorkItem
from polku.cases.states import WorkKind
from polku.contacts.models import Contact, ContactParty
from polku.contacts.states import IN_HAND, TRANSITIONS
from polku.deadlines.settling import lock
from polku.kit import reference
from polku.kit.errors import Conflict, Invalid
from polku.kit.localtime import local_date
from polku.storing import insert, number

_LOCKED = Question(
    lambda: (
        Contact.objects.select_for_update(no_key=True, of=("self", "work_item"))
        .select_related("work_item__unit", "unit")
        .filter(pk=value("pk"))
    )
)


def locked(contact: Contact) -> Contact:
    """Return the contact's row as it is now, locked until the transaction ends: one change at a time.

    Its work item is locked after it, in the same statement: the order in which every change locks them.
    """
    row = _LOCKED.first(pk=contact.pk)
    if row is None:
        raise Contact.DoesNotExist
    return row


def lock_beside(contact: Contact, item: WorkItem) -> None:
    """Lock a contact, and then its work item and another one in the order of their numbers, as all who lock two do."""
    Contact.objects.select_for_update(no_key=True, of=("self",)).get(pk=contact.pk)
    lock(contact.work_item, item)


def still_open(contact: Contact) -> Contact:
    """Return the locked row of a contact that is still in hand.

    Raises:
        Conflict `contact_closed`: somebody has closed or discarded it.
    """
    return _in_hand(locked(contact))


def _in_hand(row: Contact) -> Contact:
    if row.state not in IN_HAND:
        raise Conflict("contact_closed", _("The contact has already been closed."), state=row.state)
    return row


def to_write(contact: Contact, *, by: Actor, at: datetime) -> Contact:
    """Return the locked row of a contact that is still in hand and that the actor may write.

    Raises:
        NotAllowed; Conflict `contact_closed`: somebody has closed or discarded it.
    """
    row = locked(contact)
    require_of_locked(by, "contacts.write", row, at=at)
    return _in_hand(row)


def move(contact: Contact, to: str, **columns: object) -> Contact:
    """Move a locked contact to a state along TRANSITIONS in one conditional UPDATE; the row is then as stored.

    Raises:
        Conflict `contact_moved`: it is in a state from which there is no such way; somebody was first.
    """
    origins = [state for state, ways in TRANSITIONS.items() if to in ways]
    if not Contact.objects.filter(pk=contact.pk, state__in=origins).update(state=to, **columns):
        now = Contact.objects.values_list("state", flat=True).get(pk=contact.pk)
        raise Conflict(
            "contact_moved", _("Somebody has already changed this contact. Open it again to see how it is."), state=now
        )
    for name, new in {"state": to, **columns}.items():
        setattr(contact, name, new)
    return contact


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


def new_work(contact: Contact, *, assignee: Actor | None = None) -> WorkItem:
    """Give a new contact its work item and return it: it has its number, and is to be stored with the other rows."""
    item = WorkItem(kind=WorkKind.CONTACT, unit=contact.unit, assignee=assignee, opened_at=contact.received_at)
    item.language, item.interpreter = contact.language, contact.interpreter_language != ""
    number(item)
    contact.work_item = item
    return item


def save_new(contact: Contact) -> Contact:
    """Save a new contact with a fresh reference; when its key or outside id is there already, return that contact.

    The number told to a caller has four random characters of 27 a month: a clash is rare and drawn again.
    """
    for _attempt in range(20):
        contact.reference = reference.new(local_date(contact.received_at))
        if insert(contact, unless_there=True):
            return contact
        if made := same_contact(contact):
            return made
    raise Conflict("no_reference", _("No free reference number was found. Try again."))


def same_contact(contact: Contact) -> Contact | None:
    """Return the stored contact that this one repeats: same source and outside id, or same writer and key."""
    same = Q(pk__in=[])
    if contact.key:
        same |= Q(created_by=contact.created_by, key=contact.key)
    if contact.external_id:
        same |= Q(source=contact.source, external_id=contact.external_id)
    return Contact.objects.select_related("work_item", "unit").filter(same).first()


def concerned_ids(contact: Contact, people: Sequence[ContactParty] | None = None) -> list[int]:
    """Return ids of the clients in the contact, for the log; `people` saves asking when the caller has them."""
    if people is not None:
        return [party.client_id for party in people if party.client_id is not None]
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
    people: Sequence[ContactParty],
    details: Mapping[str, object] | None = None,
) -> None:
    """Write the contact's timeline row and the log row of a change; `people` are those whose data it touched."""
    cases.note(
        event=f"contacts.{event}", by=by, at=at, happened_at=happened_at, work_item=contact.work_item, text=text,
        data=data,
    )  # fmt: skip
    audit.changed(
        by=by, at=at, happened_at=happened_at, what=f"contacts.{event}", subject=contact.public_id,
        clients=concerned_ids(contact, people), unit=contact.unit.key, record_class="contact", details=details,
    )  # fmt: skip
