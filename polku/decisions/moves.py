"""What every change of a decision shares: the lock, the move along the states, the diary's next number, the trace."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.access.permissions import require_of_locked
from polku.asking import Question, value
from polku.audit import actions as audit
from polku.cases import actions as cases
from polku.cases.states import RelationKind
from polku.clients.queries import root
from polku.decisions.configuration import current
from polku.decisions.models import Decision
from polku.decisions.states import TRANSITIONS, DecisionState
from polku.kit.errors import Conflict

RECORD_CLASS = "decision"
_LOCKED = Question(
    lambda: (
        Decision.objects.select_for_update(no_key=True, of=("self",))
        .select_related("case__client", "case__unit", "case__work_item__unit", "unit", "work_item__unit")
        .filter(pk=value("pk"))
    )
)


def locked(decision: Decision) -> Decision:
    """Return the decision's row as it is now, locked until the transaction ends: one change at a time.

    Whoever changes a decision or its deliveries locks it first, then work items.
    """
    row = _LOCKED.first(pk=decision.pk)
    if row is None:
        raise Decision.DoesNotExist
    return row


def to_write(decision: Decision, *, by: Actor, at: datetime, action: str = "decisions.write") -> Decision:
    """Return the locked row of a decision that is still being written and that the actor may write.

    Raises:
        NotAllowed; Conflict `decision_signed` or `decision_discarded`.
    """
    row = locked(decision)
    require_of_locked(by, action, row, at=at)
    if row.state == DecisionState.DISCARDED:
        raise Conflict("decision_discarded", _("The decision has been discarded before signing."), state=row.state)
    if row.state != DecisionState.DRAFT:
        raise Conflict(
            "decision_signed",
            _("The decision has been signed and is not changed. Correct, withdraw or replace it by a new one."),
            state=row.state,
        )
    return row


def signed(decision: Decision, *, by: Actor, at: datetime, action: str) -> Decision:
    """Return the locked row of a decision that has been signed, for what comes after.

    Raises:
        NotAllowed; Conflict `not_signed`.
    """
    row = locked(decision)
    require_of_locked(by, action, row, at=at)
    if row.signed_at is None:
        raise Conflict("not_signed", _("The decision has not been signed yet."), state=row.state)
    return row


def move(decision: Decision, to: DecisionState, **columns: object) -> Decision:
    """Move a locked decision to a state along TRANSITIONS in one conditional UPDATE; the row is then as stored.

    Raises:
        Conflict `decision_moved`: it is in a state from which there is no such way; somebody was first.
    """
    origins = [state for state, ways in TRANSITIONS.items() if to in ways]
    columns = {"state": to, **columns}
    if not Decision.objects.filter(pk=decision.pk, state__in=origins).update(**columns):
        raise Conflict(
            "decision_moved",
            _("Somebody has already changed this decision. Open it again to see how it is."),
            state=Decision.objects.values_list("state", flat=True).get(pk=decision.pk),
        )
    for name, new in columns.items():
        setattr(decision, name, new)
    return decision


def tie(decision: Decision, *, by: Actor, at: datetime) -> None:
    """Let the list know whose decision it is, and the decider see the case: they need not be of the case's unit."""
    case = decision.case
    told: dict[str, Any] = {
        "client": root(case.client),
        "case": case,
        "work_item": decision.work_item,
        "by": by,
        "at": at,
    }
    cases.relate(kind=RelationKind.UNIT_CASE, unit=case.unit, **told)
    if decision.decider is not None:
        cases.relate(kind=RelationKind.MEETING, actor=decision.decider, reason="decides", **told)


def untie(decision: Decision, *, at: datetime) -> None:
    """End the ties that the draft gave; the case's own go on as long as the case."""
    cases.end_relations(at=at, case=decision.case, work_item=decision.work_item)


def next_diary(year: int) -> str:
    """Return the next number of the year's diary: `LUHVA/4821/2026`. Others wait until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO decisions_diaryyear AS d (year, last) VALUES (%s, 1)"
            " ON CONFLICT (year) DO UPDATE SET last = d.last + 1 RETURNING last",
            [year],
        )
        return f"{current().diary}/{cursor.fetchone()[0]}/{year}"


def trace(
    decision: Decision,
    event: str,
    *,
    by: Actor,
    at: datetime,
    happened_at: datetime | None = None,
    text: str = "",
    data: Mapping[str, object] | None = None,
) -> None:
    """Write the case's timeline row and the log row of a change of a decision."""
    case = decision.case
    told = {"decision": decision.kind, "diary": decision.diary or "", **(data or {})}
    cases.note(
        event=f"decisions.{event}", by=by, at=at, happened_at=happened_at, case=case, client=case.client, text=text,
        data=told,
    )  # fmt: skip
    log(decision, event, by=by, at=at, happened_at=happened_at, details=told)


def log(
    decision: Decision,
    event: str,
    *,
    by: Actor,
    at: datetime,
    happened_at: datetime | None = None,
    details: Mapping[str, object] | None = None,
) -> None:
    """Write the log row of a change that the timeline does not tell of."""
    audit.changed(
        by=by, at=at, happened_at=happened_at, what=f"decisions.{event}", subject=decision.public_id,
        clients=[decision.case.client_id], unit=decision.unit.key, record_class=RECORD_CLASS, details=details,
    )  # fmt: skip
