"""What stays of a contact that has ended: nothing, or a limit set by an act that the meeting has still to meet.

A contact that ends with a booked time (or as belonging to a case) leaves the person's matter pending: it became pending
when the contact arrived (1301/2014 34 § 1 mom.), and a time that is booked neither starts the assessment of service
needs within seven working days (36 § 2 and 3 mom.) nor is the talk that was asked for (1412/1997 14 d §). Until a case
carries such a limit, the contact's work item does, and so it stays in the worklist: it waits until the last day of the
limit and comes back then by itself. When the meeting has met the limit, the work item closes. The unit's own promise
binds nobody after the ending: it is measured, not waited for.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import override

from polku.access.models import Actor
from polku.acting import action
from polku.cases import actions as cases
from polku.cases.models import Case, WorkItem
from polku.cases.queries import open_cases
from polku.cases.states import WorkKind
from polku.contacts import clocks, queries
from polku.contacts.models import Contact, ContactParty
from polku.contacts.moves import trace
from polku.contacts.states import ContactState, PartyRole
from polku.deadlines.models import Clock
from polku.deadlines.settling import lock
from polku.kit.localtime import local_date


def work_ends(contact: Contact, *, going_on: Sequence[Clock], at: datetime) -> None:
    """Close the work of a contact that has ended, or let it wait for the limits of its matter that go on."""
    if not going_on:
        cases.close_work(item=contact.work_item, at=at)
        return
    # The words are stored, so they are in the register's language whoever closes.
    with override("fi"):
        reason = _("The contact has ended, a limit set by an act still runs")
    cases.let_wait(item=contact.work_item, until=_last_day(going_on, after=local_date(at)), reason=reason, at=at)


def waits_again(contact: Contact, *, at: datetime) -> None:
    """Let the work of an ended contact wait again for the limits that run on it: its time is booked after all."""
    item = contact.work_item
    going_on = clocks.still_binding(contact)
    if contact.state == ContactState.CLOSED and item.closed_at is None and item.hold_until is None and going_on:
        work_ends(contact, going_on=going_on, at=at)


def _last_day(going_on: Sequence[Clock], *, after: date) -> date | None:
    """Return the nearest last day; None when a limit has no day, or when it is due already."""
    days = [clock.last_day for clock in going_on if clock.last_day is not None]
    nearest = min(days, default=None)
    return nearest if nearest is not None and nearest > after else None


@action
def work_done(*, item: WorkItem, at: datetime) -> bool:
    """Close the work of an ended contact when no limit of its matter runs on it any more; tells whether it did."""
    if item.kind != WorkKind.CONTACT or item.closed_at is not None:
        return False
    # Whoever opens a contact again holds its work item too (`moves.locked`).
    lock(item)
    contact = Contact.objects.filter(work_item=item, state=ContactState.CLOSED).first()
    if contact is None or clocks.binding(contact):
        return False
    return cases.close_work(item=item, at=at)


def case_joined(contact: Contact) -> tuple[ContactParty, Case] | None:
    """Return the open case to which a contact belongs by its people: the only one that those concerned have."""
    found: dict[int, tuple[ContactParty, Case]] = {}
    for party in queries.people(contact):
        if party.client is not None and party.case_id is None and party.role in {PartyRole.CONCERNED, PartyRole.CALLER}:
            for case in open_cases(party.client).select_related("work_item__unit", "client"):
                found[case.pk] = (party, case)
    return next(iter(found.values())) if len(found) == 1 else None


def join_case(
    row: Contact, party: ContactParty, case: Case, people: Sequence[ContactParty], *, by: Actor, at: datetime
) -> None:
    """Let a contact belong to a case that is open already: a part of an action that has locked both work items."""
    ContactParty.objects.filter(contact=row, client=party.client).update(case=case)
    cases.note(event="contacts.joined", by=by, at=at, case=case, client=case.client, data={"reference": row.reference})
    clocks.join_case(row, case, by=by, at=at)
    trace(row, "case_linked", by=by, at=at, data={"reference": case.reference}, people=people)
