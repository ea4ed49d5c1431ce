"""What can be done about a signed decision: a new one that corrects, withdraws or replaces it; the original is kept.

A clerical error is corrected at any time, an error of fact by hearing the client; to the client's harm only with their
consent, unless the error is evident and was caused by themselves (434/2003 50-52 §).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.acting import action
from polku.decisions import policy as _policy  # noqa: F401 - declares who may
from polku.decisions import prefill
from polku.decisions.drafting import new_draft
from polku.decisions.letters import unfit
from polku.decisions.models import Decision, UsedReasoning
from polku.decisions.moves import signed, trace
from polku.decisions.states import DecisionState, Follows
from polku.kit.errors import Conflict, Invalid
from polku.rules.decisions import parts
from polku.rules.errors import RuleError

# Parts that are told anew of the day on which the later decision is made.
_ANEW = ("authority", "provisions", "review", "delivery")


@action
def correct(
    *, decision: Decision, error: str, reason: str, by: Actor, at: datetime, key: str, harms: bool = False,
    consent: bool = False,
) -> Decision:  # fmt: skip
    """Begin the decision that corrects one: a clerical error (51 §) or an error of fact (50 §).

    Args:
        error: `corrects_spelling` or `corrects_fact`.
        harms: the correction is to the client's harm; then `consent` is asked for (50 § 2 mom., 51 § 2 mom.).

    Raises:
        NotAllowed; Invalid `reason_missing`, `consent_missing`, `unknown_error`; Conflict `not_in_force`, `followed`.
    """
    if error not in (Follows.CORRECTS_SPELLING, Follows.CORRECTS_FACT):
        raise Invalid("unknown_error", _("Choose what is corrected: a clerical error or an error of fact."), "error")
    if harms and not consent:
        raise Invalid(
            "consent_missing",
            _("A correction to the client's harm needs the client's consent (434/2003 50 §)."),
            field="consent",
        )
    data = {"harms": harms, "consent": consent}
    return _begun(decision, Follows(error), decision.kind, reason, by=by, at=at, key=key, data=data)


@action
def withdraw(*, decision: Decision, reason: str, by: Actor, at: datetime, key: str) -> Decision:
    """Begin the decision that withdraws one; what was granted ends with it.

    Raises:
        NotAllowed; Invalid `reason_missing`; Conflict `not_in_force`, `followed`.
    """
    service = parts.kind(decision.kind).service
    return _begun(decision, Follows.WITHDRAWS, f"{service}-ended", reason, by=by, at=at, key=key)


@action
def replace(
    *, decision: Decision, outcome: str, reason: str, by: Actor, at: datetime, key: str, service: str = ""
) -> Decision:
    """Begin the decision that takes the place of one from a day on: changed, ended, or another service.

    Raises:
        NotAllowed; Invalid `reason_missing`, `unknown_service`, `unknown_outcome`; Conflict `not_in_force`, `followed`.
    """
    kind = f"{service or parts.kind(decision.kind).service}-{outcome}"
    return _begun(decision, Follows.REPLACES, kind, reason, by=by, at=at, key=key)


def _begun(
    decision: Decision, follows: Follows, kind: str, reason: str, *, by: Actor, at: datetime, key: str,
    data: Mapping[str, object] | None = None,
) -> Decision:  # fmt: skip
    row = signed(decision, by=by, at=at, action="decisions.write")
    if key and (made := Decision.objects.filter(created_by=by, key=key).first()):
        return made
    if not reason.strip():
        raise Invalid("reason_missing", _("Write why the decision is changed."), field="reason")
    if row.state != DecisionState.SIGNED:
        raise Conflict("not_in_force", _("The decision has already been corrected or withdrawn."), state=row.state)
    if row.later.filter(state=DecisionState.DRAFT).exists():
        raise Conflict("followed", _("A new decision about this one is already being written."))
    try:
        wanted = parts.kind(kind)
    except RuleError as error:
        raise unfit(error) from None
    about = prefill.About(row.case, wanted, row.language, row.decider, row.item, row.assessment, row.plan)
    made = new_draft(about, key=key, by=by, at=at, earlier=row, follows=follows, copied=_copied(row, wanted.key))
    for used in row.reasonings.order_by("place") if wanted.key == row.kind else ():
        UsedReasoning.objects.create(
            decision=made, reasoning=used.reasoning, place=used.place, text_fi=used.text_fi, text_sv=used.text_sv
        )
    trace(made, follows.value, by=by, at=at, text=reason.strip(), data={"earlier": row.diary or "", **(data or {})})
    return made


def _copied(row: Decision, kind: str) -> dict[str, Any]:
    """What the earlier decision said, to go on from; of another kind only what holds of the matter itself."""
    if kind == row.kind:
        return {part: values for part, values in row.parts.items() if part not in _ANEW}
    return {part: row.parts[part] for part in ("party", "initiation", "findings", "clients_view") if part in row.parts}
