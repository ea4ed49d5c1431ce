"""From a contact to a matter (asia): a case is opened for a person of the contact, or the contact joins one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor, Unit
from polku.access.permissions import require
from polku.acting import action
from polku.audit import actions as audit
from polku.cases import actions as cases
from polku.cases.models import Case
from polku.cases.states import InitiatedHow
from polku.contacts import clocks, ending, queries
from polku.contacts.actions import let_out
from polku.contacts.models import Contact, ContactParty
from polku.contacts.moves import lock_beside, still_open, to_write, trace
from polku.contacts.states import LegalKind
from polku.kit.errors import Conflict, Invalid

_INITIATED: dict[str, InitiatedHow] = {
    LegalKind.APPLICATION: InitiatedHow.APPLICATION,
    LegalKind.NOTIFICATION: InitiatedHow.NOTIFICATION,
    LegalKind.NOTICE: InitiatedHow.NOTIFICATION,
    LegalKind.CHILD_PROTECTION: InitiatedHow.NOTIFICATION,
}


@action
def open_case(
    *,
    contact: Contact,
    party: ContactParty,
    by: Actor,
    at: datetime,
    unit: Unit | None = None,
    service_tasks: Iterable[str] = (),
    own_worker: Actor | None = None,
    initiated_at: datetime | None = None,
) -> Case:
    """Open a case (asia) for a person of the contact. It became pending when the contact arrived (34.1 §).

    One case a person: a contact about several children opens one for each. The clocks of the assessment go on with
    the case from the same day 0.

    Raises:
        NotAllowed; Invalid when the person is not known yet; Conflict when the contact is closed.
    """
    row = to_write(contact, by=by, at=at)
    people = queries.people(row)
    party = queries.present(party, people)
    if party.case is not None:
        return party.case
    if party.client is None:
        raise Invalid("person_unknown", _("Find or create the person first: a case concerns a known person."), "party")
    let_out(row, people, by=by, at=at)
    case = cases.open_case(
        client=party.client,
        unit=unit or row.work_item.unit,
        initiated_at=initiated_at or row.received_at,
        initiated_how=_INITIATED.get(row.legal_kind, InitiatedHow.CONTACT),
        by=by,
        at=at,
        key=f"contact:{row.public_id}:{party.public_id}",
        service_tasks=service_tasks,
        language=row.language if row.language in {"fi", "sv"} else "fi",
        own_worker=own_worker,
    )
    ContactParty.objects.filter(contact=row, client=party.client).update(case=case)
    clocks.follow_case(row, case, people, by=by, at=at)
    trace(row, "case_opened", by=by, at=at, data={"reference": case.reference}, people=people)
    audit.changed(
        by=by, at=at, what="contacts.case_opened", subject=case.public_id, clients=[party.client.pk],
        unit=row.unit.key, record_class="contact",
    )  # fmt: skip
    return case


@action
def link_case(*, contact: Contact, party: ContactParty, case: Case, by: Actor, at: datetime) -> None:
    """Say that the contact belongs to a case that is open already: what was said is seen on its page, and the
    matter's clocks run there.

    Raises:
        NotAllowed; Conflict when the contact or the case is closed; Invalid when the case is another person's.
    """
    require(by, "contacts.write", contact, at=at)
    require(by, "cases.read", case, at=at)
    lock_beside(contact, case.work_item)
    row = still_open(contact)
    people = queries.people(row)
    party = queries.present(party, people)
    rows = {case.client_id, case.client.merged_into_id}
    if party.client is None or not {party.client_id, party.client.merged_into_id} & (rows - {None}):
        raise Invalid("other_person", _("The case is not this person's."), field="case")
    if not Case.objects.filter(pk=case.pk, closed_at__isnull=True).exists():
        raise Conflict("case_closed", _("The case has been closed. Open a new one."), field="case")
    ending.join_case(row, party, case, people, by=by, at=at)
