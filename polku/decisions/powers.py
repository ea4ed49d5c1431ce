"""Who may decide what (ratkaisuvalta): a named office-holder, by the county's administrative rule, for a period."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor, Unit
from polku.access.permissions import require
from polku.access.queries import current
from polku.acting import action
from polku.audit import actions as audit
from polku.decisions import policy as _policy  # noqa: F401 - declares who may
from polku.decisions.models import Power
from polku.kit.errors import Invalid
from polku.rules.decisions import parts
from polku.rules.errors import RuleError


@action
def give(
    *,
    actor: Actor,
    unit: Unit,
    rule: str,
    valid_from: date,
    by: Actor,
    at: datetime,
    kinds: Iterable[str] = (),
    valid_until: date | None = None,
) -> Power:
    """Give somebody the power to decide in a unit; the same once more changes its kinds and its end.

    Args:
        rule: where the power is given: the administrative rule and its section.
        kinds: kinds of decision; none = all.

    Raises:
        NotAllowed; Invalid `rule_missing`, `unknown_kind`, `wrong_days`.
    """
    require(by, "decisions.powers", at=at)
    if not rule.strip():
        raise Invalid("rule_missing", _("Write by which rule and section the power is given."), field="rule")
    if valid_until is not None and valid_until < valid_from:
        raise Invalid("wrong_days", _("The power cannot end before it begins."), field="valid_until")
    wanted = sorted(set(kinds))
    try:
        for key in wanted:
            parts.kind(key)
    except RuleError:
        raise Invalid("unknown_kind", _("Choose the kinds of decision from the list."), field="kinds") from None
    told = {"kinds": wanted, "rule": rule.strip()[:200], "valid_until": valid_until}
    row, _new = Power.objects.update_or_create(actor=actor, unit=unit, valid_from=valid_from, defaults=told)
    audit.changed(
        by=by, at=at, what="decisions.power", subject=actor.public_id, unit=unit.key,
        details={"kinds": wanted, "until": valid_until.isoformat() if valid_until else ""},
    )  # fmt: skip
    return row


def held(actor: Actor, kind: str, unit: Unit, *, day: date) -> Power | None:
    """Return the power by which the actor may decide a kind in a unit on a day."""
    return next((row for row in _held(kind, unit, day=day) if row.actor_id == actor.pk), None)


def holders(kind: str, unit: Unit, *, day: date) -> list[Actor]:
    """Return who may decide a kind in a unit on a day, by name."""
    return list({row.actor_id: row.actor for row in _held(kind, unit, day=day)}.values())


def _held(kind: str, unit: Unit, *, day: date) -> list[Power]:
    rows = Power.objects.filter(current(day), unit=unit).select_related("actor").order_by("actor__name", "id")
    return [row for row in rows if not row.kinds or kind in row.kinds]
