"""Writing a decision: begun from what a meeting weighed or from a case, saved part by part, nothing overwritten."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.access.permissions import require
from polku.acting import action
from polku.assessments import queries as assessments
from polku.assessments.models import Plan
from polku.assessments.states import PlanState
from polku.cases import actions as cases
from polku.cases.models import Case
from polku.cases.states import WorkKind
from polku.clients.queries import root
from polku.deadlines import actions as deadlines
from polku.deadlines.models import Clock
from polku.deadlines.settling import lock
from polku.decisions import policy as _policy  # noqa: F401 - declares who may
from polku.decisions import prefill
from polku.decisions.letters import unfit
from polku.decisions.models import Decision, Reasoning, UsedReasoning
from polku.decisions.moves import log, move, tie, to_write, trace, untie
from polku.decisions.states import DecisionState, ReasoningState
from polku.decisions.values import checked
from polku.kit import public_id
from polku.kit.errors import Conflict, Invalid
from polku.kit.localtime import local_date
from polku.meetings.models import Item
from polku.meetings.states import ItemState, Outcome
from polku.rules.decisions import parts, words
from polku.rules.decisions.parts import Kind
from polku.rules.errors import RuleError
from polku.storing import insert

DECIDED = (Outcome.GRANTED, Outcome.REFUSED)


@dataclass(frozen=True, slots=True)
class Saved:
    """What a save led to.

    `edit` is what the next save of the part must name. When `kept`, the text was based on an older one: it lies beside
    (its id), and `values` is what somebody else had saved meanwhile. `overtaken`: the same writer has saved later than
    this was sent; what stands is newer.
    """

    edit: int
    saved_at: datetime
    values: Mapping[str, Any]
    kept: str = ""
    overtaken: bool = False


# --- Beginning -------------------------------------------------------------------------------------------------------


@action
def begin(
    *,
    by: Actor,
    at: datetime,
    key: str,
    item: Item | None = None,
    case: Case | None = None,
    service: str = "",
    outcome: str = "",
    decider: Actor | None = None,
) -> Decision:
    """Begin a decision from a settled item of a meeting, or from a case; a repeat gives the same decision.

    What is known already stands in its parts, with its source. The limit for carrying it out runs from the matter's
    becoming pending (1301/2014 45 § 2 mom.), whenever the decision is made.

    Args:
        item: what a meeting weighed: granted or refused; then service and outcome are the group's.
        service, outcome: of a decision that no meeting prepared (`rules.decisions`).

    Raises:
        NotAllowed; Invalid `item_not_settled`, `unknown_service`, `not_in_force`; Conflict `case_closed`.
    """
    if item is not None:
        item = Item.objects.select_related("meeting__series", "case", "decider").get(pk=item.pk)
        case, service, outcome = item.case, item.outcome_service or item.service, item.outcome
        decider = decider or item.decider
    if case is None:
        raise ValueError("name the item or the case")
    require(by, "decisions.begin", case, at=at)
    if key and (made := Decision.objects.filter(created_by=by, key=key).first()):
        return made
    if item is not None and (item.state != ItemState.DONE or outcome not in DECIDED):
        raise Invalid("item_not_settled", _("The meeting has not settled this: granted or not granted."), field="item")
    case = Case.objects.select_related("client", "unit", "work_item__unit").get(pk=case.pk)
    # Two begin at once from the same item: the second one finds the first one's.
    lock(case.work_item)
    if item is not None and (there := _of_item(item)):
        return there
    if Case.objects.filter(pk=case.pk, closed_at__isnull=False).exists():
        raise Conflict("case_closed", _("The case has been closed."))
    kind = _kind(service, outcome, at=at)
    assessment = (item.assessment if item is not None else None) or assessments.latest_locked(case)
    plan = Plan.objects.filter(case=case, state=PlanState.IN_FORCE).first()
    about = prefill.About(case, kind, case.language, decider, item, assessment, plan)
    return new_draft(about, key=key, by=by, at=at)


def _of_item(item: Item) -> Decision | None:
    rows = Decision.objects.filter(item=item, earlier__isnull=True)
    return rows.exclude(state=DecisionState.DISCARDED).first()


def _kind(service: str, outcome: str, *, at: datetime) -> Kind:
    try:
        kind = parts.kind(f"{service}-{outcome}")
    except RuleError as error:
        raise unfit(error) from None
    if parts.obligation(service, local_date(at)) is None:
        raise Invalid(
            "not_in_force",
            _("No decision of this kind can be made: the section on the service is not in force."),
            field="service",
        )
    return kind


def new_draft(
    about: prefill.About, *, key: str, by: Actor, at: datetime, earlier: Decision | None = None, follows: str = "",
    copied: Mapping[str, Any] | None = None,
) -> Decision:  # fmt: skip
    """Store a new draft with its work item, its filled parts and the clock of carrying it out: a part of an action.

    Args:
        earlier, follows: the decision that it is about, and why.
        copied: parts that it takes over from that one as they stand.
    """
    case, client = about.case, root(about.case.client)
    filled = prefill.fill(about, at=at)
    work = cases.open_work(
        kind=WorkKind.DECISION, unit=case.unit, at=at, assignee=about.decider or by, language=client.contact_language,
        interpreter=client.interpreter_language != "",
    )  # fmt: skip
    told = {part: {"kind": "decision", "id": earlier.diary} for part in copied or {}} if earlier is not None else {}
    row = Decision(
        case=case, work_item=work, unit=case.unit, kind=about.kind.key, template_version=words.version(),
        language=about.language, item=about.item, assessment=about.assessment, plan=about.plan, decider=about.decider,
        parts={**filled.parts, **(copied or {})}, sources={**filled.sources, **told}, earlier=earlier, follows=follows,
        created_at=at, created_by=by, key=key,
    )  # fmt: skip
    insert(row)
    tie(row, by=by, at=at)
    if about.kind.outcome in ("granted", "changed"):
        open_execution(row, by=by, at=at)
    if earlier is None:
        trace(row, "begun", by=by, at=at, data={"meeting": about.item is not None})
    return row


def open_execution(decision: Decision, *, by: Actor, at: datetime) -> None:
    """Let the clock of carrying the decision out run on the case's work item, unless it runs there already."""
    case = decision.case
    if Clock.objects.filter(work_item=case.work_item, rule="decision_exec", cancelled_at__isnull=True).exists():
        return
    housing = parts.kind(decision.kind).housing
    deadlines.open_clock(
        work_item=case.work_item, rule="decision_exec", counted_from_at=case.initiated_at, by=by, at=at,
        facts={"service_kind": "housing" if housing else "other"},
    )  # fmt: skip


# --- Saving ----------------------------------------------------------------------------------------------------------


@action
def save_part(
    *, decision: Decision, part: str, values: Mapping[str, Any], edit: int, by: Actor, at: datetime, language: str = ""
) -> Saved:
    """Save a part as it stands in the form. Nothing is lost when two write the same: the later one's text lies beside.

    Args:
        part: its key (`rules.decisions.parts`).
        values: the part's fields; those that are not named stay as they are.
        edit: the part's own number that the values are based on, 0 when nobody has saved it.
        language: in which its texts are written; the decision's own without it.

    Raises:
        NotAllowed; Conflict when it is signed or discarded; Invalid at the field.
    """
    row = to_write(decision, by=by, at=at)
    stands = row.parts.get(part, {})
    new = {**stands, **checked(part, values, stands, language or row.language)}
    last = row.edits.get(part, {})
    now, saved_at = int(last.get("edit", 0)), datetime.fromisoformat(last["at"]) if last else at
    if new == stands:
        return Saved(now, saved_at, stands)
    if edit != now:
        if last.get("by") == by.public_id and saved_at > at:
            return Saved(now, saved_at, stands, overtaken=True)
        return _keep_beside(row, part, new, edit, stands=stands, now=now, by=by, at=at)
    row.parts = {**row.parts, part: new}
    row.edits = {**row.edits, part: {"edit": now + 1, "by": by.public_id, "name": by.name, "at": at.isoformat()}}
    row.edit += 1
    row.save(update_fields=["parts", "edits", "edit"])
    log(row, "part_saved", by=by, at=at, details={"part": part, "edit": now + 1})
    return Saved(now + 1, at, new)


def _keep_beside(
    row: Decision, part: str, new: Mapping[str, Any], edit: int, *, stands: Mapping[str, Any], now: int, by: Actor,
    at: datetime,
) -> Saved:  # fmt: skip
    """Keep a stale text beside; the same writer's next try on the same old text replaces their own earlier one."""
    mine = [one for one in row.beside if (one["part"], one["based_on"], one["by"]) == (part, edit, by.public_id)]
    text = {
        "id": mine[0]["id"] if mine else public_id.new(), "part": part, "values": dict(new), "based_on": edit,
        "by": by.public_id, "name": by.name, "at": at.isoformat(),
    }  # fmt: skip
    row.beside = [*(one for one in row.beside if one not in mine), text]
    row.save(update_fields=["beside"])
    log(row, "part_kept_beside", by=by, at=at, details={"part": part, "based_on": edit})
    return Saved(now, at, stands, kept=str(text["id"]))


@action
def settle_beside(*, decision: Decision, beside: str, by: Actor, at: datetime, take: bool = False) -> Decision:
    """Choose between what stands and what lies beside: take the latter, or leave the former; the log keeps which.

    Raises:
        NotAllowed; Conflict `settled`: somebody has chosen already.
    """
    row = to_write(decision, by=by, at=at)
    found = next((one for one in row.beside if one["id"] == beside), None)
    if found is None:
        raise Conflict("settled", _("Somebody has already chosen between the two texts."))
    row.beside = [one for one in row.beside if one is not found]
    if take:
        part = found["part"]
        number = int(row.edits.get(part, {}).get("edit", 0)) + 1
        row.parts = {**row.parts, part: found["values"]}
        row.edits = {**row.edits, part: {"edit": number, "by": by.public_id, "name": by.name, "at": at.isoformat()}}
    row.edit += 1
    row.save(update_fields=["parts", "edits", "edit", "beside"])
    log(row, "beside_settled", by=by, at=at, details={"part": found["part"], "taken": take, "of": found["by"]})
    return row


@action
def set_language(*, decision: Decision, language: str, by: Actor, at: datetime) -> Decision:
    """Choose the language in which the decision is given; texts written in another one are to be written anew.

    Raises:
        NotAllowed; Conflict; Invalid `no_language`: no letter can be written in it.
    """
    row = to_write(decision, by=by, at=at)
    check_language(language)
    row.language, row.edit = language, row.edit + 1
    row.parts = {**row.parts, "delivery": {**row.parts.get("delivery", {}), "language": language}}
    row.save(update_fields=["language", "parts", "edit"])
    log(row, "language_set", by=by, at=at, details={"language": language})
    return row


def check_language(language: str) -> None:
    """Raise Invalid `no_language` when no letter can be written in the language."""
    if language not in words.languages():
        raise Invalid(
            "no_language",
            _("There is no letter template in this language (%(language)s). The templates are: %(known)s.")
            % {"language": language, "known": ", ".join(words.languages())},
            field="language",
            language=language,
        )


# --- Reasonings of the library ---------------------------------------------------------------------------------------


@action
def use_reasoning(*, decision: Decision, reasoning: Reasoning, by: Actor, at: datetime) -> UsedReasoning:
    """Put a reviewed reasoning into the decision: its words as they are now, which nobody changes here.

    Raises:
        NotAllowed; Conflict; Invalid `not_reviewed`, `other_kind`.
    """
    row = to_write(decision, by=by, at=at)
    text = Reasoning.objects.get(pk=reasoning.pk)
    if text.state != ReasoningState.REVIEWED:
        sentence = _("%(code)s has been replaced by a newer text. Choose that one.")
        if text.state == ReasoningState.DRAFT:
            sentence = _("%(code)s is a draft: it cannot be used before somebody has reviewed it.")
        raise Invalid("not_reviewed", sentence % {"code": text.code}, field="reasoning")
    if text.kinds and row.kind not in text.kinds:
        raise Invalid(
            "other_kind", _("%(code)s is for another kind of decision.") % {"code": text.code}, field="reasoning"
        )
    used = row.reasonings.filter(reasoning=text).first()
    if used is not None:
        return used
    last = row.reasonings.order_by("-place").values_list("place", flat=True).first() or 0
    used = UsedReasoning.objects.create(
        decision=row, reasoning=text, place=last + 1, text_fi=text.text_fi, text_sv=text.text_sv
    )
    _touched(row, "reasoning_used", text, by=by, at=at)
    return used


@action
def drop_reasoning(*, decision: Decision, reasoning: Reasoning, by: Actor, at: datetime) -> None:
    """Take a reasoning of the library out of the decision again.

    Raises:
        NotAllowed; Conflict when it is signed or discarded.
    """
    row = to_write(decision, by=by, at=at)
    if row.reasonings.filter(reasoning=reasoning).delete()[0]:
        _touched(row, "reasoning_dropped", reasoning, by=by, at=at)


def _touched(row: Decision, event: str, text: Reasoning, *, by: Actor, at: datetime) -> None:
    row.edit += 1
    row.save(update_fields=["edit"])
    log(row, event, by=by, at=at, details={"code": text.code, "version": text.version})


@action
def discard(*, decision: Decision, reason: str, by: Actor, at: datetime) -> Decision:
    """Give a draft up, with the reason; it stays to be read.

    Raises:
        NotAllowed; Conflict when it is signed; Invalid `reason_missing`.
    """
    row = to_write(decision, by=by, at=at)
    if not reason.strip():
        raise Invalid("reason_missing", _("Write why the draft is given up."), field="reason")
    move(row, DecisionState.DISCARDED, discarded_reason=reason.strip()[:300])
    cases.close_work(item=row.work_item, at=at)
    untie(row, at=at)
    trace(row, "discarded", by=by, at=at, text=reason.strip())
    return row
