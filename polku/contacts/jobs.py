"""What the contact stage does by itself, called by the worker."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from polku.access.actions import job
from polku.access.models import Actor
from polku.audit import actions as audit
from polku.cases import actions as cases
from polku.cases.models import WorkItem
from polku.contacts import actions, clocks, ending, queries
from polku.contacts.models import CallBack, Contact, ContactParty
from polku.contacts.moves import locked
from polku.contacts.states import CallBackState, ContactState
from polku.deadlines.models import RUNNING, Clock
from polku.deadlines.states import BINDING
from polku.kit import clock
from polku.kit.errors import Refused

# A draft that nobody has touched for so long is no longer a call that goes on.
_LEFT = timedelta(minutes=60)
_EMPTY = timedelta(hours=24)
_AT_ONCE = 200


def adopt_left_drafts(*, by: Actor, at: datetime) -> int:
    """Record contacts that were left half-written, so that their clocks run; throw away empty ones after a day.

    A draft that the law does not let through as it is (consent missing) stays a draft, but its clocks start: it stands
    in the list with its time left. Returns how many were recorded.
    """
    said = Q(draft__saved_at__lte=at - _LEFT) & ~Q(draft__said="")
    named = Exists(ContactParty.objects.filter(contact=OuterRef("pk"), removed_at__isnull=True))
    left = Contact.objects.filter(state=ContactState.DRAFT, draft__saved_at__lte=at - _LEFT)
    recorded = 0
    for contact in left.filter(said | Q(named)).order_by("id")[:_AT_ONCE]:
        recorded += _recorded(contact, by=by, at=at)
    empty = Contact.objects.filter(state=ContactState.DRAFT, draft__saved_at__lte=at - _EMPTY, draft__said="")
    for contact in empty.filter(~Q(named)).order_by("id")[:_AT_ONCE]:
        try:
            actions.discard(contact=contact, by=by, at=at)
        except Refused:
            continue
    return recorded


def _recorded(contact: Contact, *, by: Actor, at: datetime) -> bool:
    try:
        actions.record(contact=contact, by=by, at=at)
    except Refused:
        with transaction.atomic():
            row = locked(contact)
            clocks.sync(row, queries.people(row), by=by, at=at)
        return False
    return True


@transaction.atomic
def raise_late_call_backs(*, by: Actor, at: datetime) -> int:
    """Mark the work items of call-backs whose agreed time has passed as urgent: they come to the top and to the duty
    worker's screen. Returns how many were raised now."""
    late = CallBack.objects.filter(state=CallBackState.WAITING, agreed_at__lte=at).values("work_item_id")
    rows = WorkItem.objects.select_for_update(skip_locked=True).filter(
        pk__in=late, urgent=False, closed_at__isnull=True
    )
    raised = list(rows.order_by("pk")[:_AT_ONCE])
    WorkItem.objects.filter(pk__in=[item.pk for item in raised]).update(urgent=True)
    for item in raised:
        cases.note(event="contacts.call_back_late", by=by, at=at, work_item=item)
        audit.changed(by=by, at=at, what="contacts.call_back_late", subject=item.public_id, record_class="contact")
    return len(raised)


def let_go(*, at: datetime) -> int:
    """Close the work of ended contacts whose limits have all been met or cancelled meanwhile; returns how many.

    Mostly the meeting that met the last one has done so already.
    """
    binding = Clock.objects.filter(RUNNING, work_item=OuterRef("work_item"), basis__in=BINDING).exclude(
        rule__in=clocks.of_answering()
    )
    ended = Contact.objects.filter(~Exists(binding), state=ContactState.CLOSED, work_item__closed_at__isnull=True)
    rows = ended.select_related("work_item").order_by("id")[:_AT_ONCE]
    return sum(ending.work_done(item=row.work_item, at=at) for row in rows)


def adopt() -> None:
    """Record contacts that were left half-written."""
    at = clock.now()
    adopt_left_drafts(by=job("Kesken jääneet yhteydenotot", at=at), at=at)


def shout() -> None:
    """Bring late call-backs to the top."""
    at = clock.now()
    raise_late_call_backs(by=job("Myöhästyneet takaisinsoitot", at=at), at=at)


def finish() -> None:
    """Close what was left of ended contacts."""
    let_go(at=clock.now())


TICKS = ((30.0, shout), (300.0, finish), (600.0, adopt))
