"""First assessment (ensiarvio) and the direction that follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor, Code
from polku.access.permissions import can, require
from polku.access.queries import codes
from polku.acting import action
from polku.audit import actions as audit
from polku.cases import actions as cases
from polku.contacts import actions as contacts
from polku.contacts import clocks, queries
from polku.contacts.details import Details, check_complete, tell
from polku.contacts.models import Contact, ContactParty
from polku.contacts.moves import concerned_ids, still_open
from polku.contacts.states import ContactState
from polku.kit.errors import Conflict, Invalid
from polku.kit.localtime import local_date
from polku.storing import insert
from polku.triage import policy as _policy  # noqa: F401 - declares who may
from polku.triage.criteria import CRITERIA
from polku.triage.models import FirstAssessment
from polku.triage.states import AssessmentNeed

_NEEDED: Mapping[str, bool | None] = {
    AssessmentNeed.UNDECIDED: None,
    AssessmentNeed.NEEDED: True,
    AssessmentNeed.RUNNING: True,
    AssessmentNeed.NOT_NEEDED: False,
}


def proposed_urgency(criteria: Iterable[Code]) -> bool:
    """Return what the ticked criteria propose: urgent when any of them means so (code's data `urgent`, default yes)."""
    return any(code.data.get("urgent", True) for code in criteria)


@action
def assess(
    *,
    contact: Contact,
    criteria: Iterable[str],
    by: Actor,
    at: datetime,
    key: str,
    none_apply: bool = False,
    grounds: str = "",
    urgent: bool | None = None,
    assessment_need: str = AssessmentNeed.UNDECIDED,
    assessment_grounds: str = "",
    facts: Mapping[str, Any] | None = None,
) -> FirstAssessment:
    """Assess a contact: is it urgent, by which criteria and on what grounds; must service needs be assessed.

    Records the contact if it was still being written. The clock of assessing urgency is met; those of the assessment
    of service needs start (or stop, when it is evidently unnecessary). Health staff only tell what is urgent: the
    contact goes on top, and the clock runs on until social care has assessed it.

    `criteria` are keys of `urgency_criteria`; `urgent` is the worker's own decision (None = what the criteria propose;
    against them grounds are needed); `facts` decide which clocks start (`contacts.details.TOLD_FACTS`).

    Raises:
        NotAllowed; Conflict when the contact is closed; Invalid with the field.
    """
    if not (weighs := can(by, "triage.assess", contact, at=at)):
        require(by, "triage.report_urgent", contact, at=at)
    if key and (made := FirstAssessment.objects.filter(made_by=by, key=key).first()):
        return made
    ticked = _ticked(criteria, none_apply, at=at)
    proposed = proposed_urgency(ticked)
    decided = proposed if urgent is None else urgent
    _check_grounds(decided, proposed, grounds, assessment_need, assessment_grounds)
    if not weighs and not decided:
        raise Invalid("only_urgent", _("Tick what is urgent; whether help can wait is for social care."), "criteria")
    row = still_open(contact)
    people = queries.people(row)
    told = _facts(row, assessment_need, facts)
    made = _write(
        FirstAssessment(
            contact=row, criteria=[code.key for code in ticked], none_apply=not ticked, urgent=decided,
            grounds=grounds.strip(), assessment_need=assessment_need, assessment_grounds=assessment_grounds.strip(),
            facts=told, rule_version=local_date(at).isoformat(), made_at=at, made_by=by, author_name=by.name,
            author_title=by.title_fi, key=key,
        )
    )  # fmt: skip
    _put_in_force(made, row, people, weighs=weighs, by=by, at=at)
    return made


def _put_in_force(
    made: FirstAssessment, row: Contact, people: Sequence[ContactParty], *, weighs: bool, by: Actor, at: datetime
) -> None:
    """Let the list and the clocks follow the assessment; a contact that was being written is recorded with it."""
    if row.work_item.urgent != made.urgent:
        row.work_item.urgent = made.urgent
        row.work_item.save(update_fields=["urgent"])
    changed = tell(row, Details(facts=made.facts), at=at)
    if row.state == ContactState.DRAFT:
        contacts.recorded(row, people, changed, by=by, at=at, assessed=weighs)
    else:
        check_complete(row, people)
        if changed:
            Contact.objects.filter(pk=row.pk).update(**changed)
        clocks.sync(row, people, by=by, at=at, assessed=weighs)
    _trace(made, row, people, changed=sorted(changed), by=by, at=at)


def _trace(
    made: FirstAssessment, row: Contact, people: Sequence[ContactParty], *, changed: list[str], by: Actor, at: datetime
) -> None:
    """Write the assessment into the timeline and the log."""
    data = {"urgent": made.urgent, "criteria": made.criteria, "need": str(made.assessment_need)}
    cases.note(event="triage.assessed", by=by, at=at, work_item=row.work_item, text=made.grounds, data=data)
    audit.changed(
        by=by, at=at, what="triage.assessed", subject=row.public_id, clients=concerned_ids(row, people),
        unit=row.unit.key, record_class="contact", details={"changed": changed} if changed else None,
    )  # fmt: skip


def _ticked(criteria: Iterable[str], none_apply: bool, *, at: datetime) -> list[Code]:
    wanted = set(criteria)
    known = {code.key: code for code in codes(CRITERIA, day=local_date(at))}
    if unknown := sorted(wanted - known.keys()):
        raise Invalid("criterion_unknown", _("Choose from the criteria in use."), field="criteria", unknown=unknown)
    if bool(wanted) == none_apply:
        raise Invalid("criteria_missing", _("Tick the criteria that apply, or that none of them does."), "criteria")
    return [known[key] for key in sorted(wanted)]


def _check_grounds(decided: bool, proposed: bool, grounds: str, assessment_need: str, assessment_grounds: str) -> None:
    if decided and not grounds.strip():
        raise Invalid("grounds_missing", _("Write the grounds of urgency."), field="grounds")
    if decided != proposed and not grounds.strip():
        raise Invalid("grounds_missing", _("Write why you decide otherwise than the criteria say."), field="grounds")
    if assessment_need not in AssessmentNeed.values:
        raise Invalid("choice_unknown", _("Choose one of the alternatives."), field="assessment_need")
    if assessment_need == AssessmentNeed.NOT_NEEDED and not assessment_grounds.strip():
        raise Invalid(
            "assessment_grounds_missing",
            _("Write why an assessment of service needs is evidently unnecessary (1301/2014 36.1 §)."),
            field="assessment_grounds",
        )


def _facts(contact: Contact, assessment_need: str, facts: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the contact's facts with those told now; the decision on the assessment stands above them."""
    told = {**contact.facts, **(facts or {})}
    needed = _NEEDED[assessment_need]
    if needed is not None:
        told["assessment_needed"] = needed
    return told


def _write(row: FirstAssessment) -> FirstAssessment:
    last: int | None = FirstAssessment.objects.filter(contact=row.contact).aggregate(last=Max("version"))["last"]
    row.version = (last or 0) + 1
    if insert(row, unless_there=True):
        return row
    made = FirstAssessment.objects.filter(made_by=row.made_by, key=row.key).first() if row.key else None
    if made is not None:
        return made
    raise Conflict(
        "assessed_meanwhile", _("Somebody assessed this contact at the same moment. Open it again."), "criteria"
    )


def latest(contact: Contact) -> FirstAssessment | None:
    """Return the newest first assessment of a contact."""
    return FirstAssessment.objects.filter(contact=contact).order_by("-version").first()
