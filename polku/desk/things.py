"""From a work item to the page of what stands behind it."""

from __future__ import annotations

from django.urls import reverse

from polku.cases.models import Case, WorkItem
from polku.cases.states import WorkKind
from polku.contacts.models import CallBack, Contact
from polku.contacts.states import IN_HAND
from polku.desk.frame import address


def page_of(item: WorkItem, *, working: bool = False) -> str:
    """Return the address of the thing; `working` opens a contact on the call desk, where it can be gone on with."""
    if item.kind == WorkKind.CONTACT:
        contact = Contact.objects.filter(work_item=item).only("public_id", "state").first()
        if contact is not None:
            page = "desk:call" if working and contact.state in IN_HAND else "desk:contact"
            return reverse(page, args=[contact.public_id])
    if item.kind == WorkKind.CASE:
        case = Case.objects.filter(work_item=item).only("public_id").first()
        if case is not None:
            return reverse("desk:case", args=[case.public_id])
    if item.kind == WorkKind.CALL_BACK:
        call = CallBack.objects.filter(work_item=item).only("public_id").first()
        if call is not None:
            return reverse("desk:call_back", args=[call.public_id])
    return address("appointments:attempt", item.public_id) or reverse("desk:worklist")
