"""The criteria of urgency (T1) as dated rows of the county's code set: added and ended, never changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor, Code
from polku.access.permissions import require
from polku.acting import action
from polku.audit import actions as audit
from polku.kit import public_id
from polku.kit.errors import Conflict, Invalid
from polku.kit.localtime import local_date
from polku.triage import policy as _policy  # noqa: F401 - declares who may

CRITERIA = "urgency_criteria"


@dataclass(frozen=True, slots=True)
class Words:
    """What a criterion is called in the three languages."""

    name_fi: str
    name_sv: str
    name_en: str


def in_force_or_ahead(*, day: date) -> list[Code]:
    """Return the criteria in use on a day and those that begin later, in their order."""
    rows = Code.objects.filter(set=CRITERIA).exclude(valid_until__lt=day)
    return list(rows.order_by("place", "key", "valid_from"))


@action
def add(*, words: Words, valid_from: date, by: Actor, at: datetime) -> Code:
    """Add a criterion, in use from a day on; ticking it proposes that the matter is urgent.

    Raises:
        NotAllowed; Invalid with the field (a missing name, a day that has passed).
    """
    require(by, "triage.set_criteria", at=at)
    names = {field: " ".join(getattr(words, field).split()) for field in ("name_fi", "name_sv", "name_en")}
    for field, name in names.items():
        if not name or len(name) > 200 or "\x00" in name:
            raise Invalid("name_wrong", _("Write the criterion in all three languages, at most 200 characters."), field)
    _ahead(valid_from, at=at, field="valid_from")
    last: int | None = Code.objects.filter(set=CRITERIA).aggregate(last=Max("place"))["last"]
    row = Code.objects.create(
        set=CRITERIA, key=f"criterion-{public_id.new()}", place=(last or 0) + 1, data={"urgent": True},
        valid_from=valid_from, **names,
    )  # fmt: skip
    audit.changed(
        by=by, at=at, what="triage.criterion_added", subject=row.key, details={"from": valid_from.isoformat()}
    )
    return row


@action
def end(*, key: str, last_day: date, by: Actor, at: datetime) -> None:
    """End a criterion: its row stays, so that an old assessment can be read. One must always be left.

    Raises:
        NotAllowed; Invalid when the day has passed or none would be left; Conflict when it has ended already.
    """
    require(by, "triage.set_criteria", at=at)
    _ahead(last_day, at=at, field="last_day")
    rows = Code.objects.select_for_update().filter(set=CRITERIA).exclude(valid_until__lt=last_day)
    standing = {row.pk: row for row in rows.order_by("pk") if row.valid_until is None}
    ending = next((row for row in standing.values() if row.key == key), None)
    if ending is None:
        raise Conflict("criterion_ended", _("Somebody has already ended this criterion."))
    if len(standing) == 1:
        raise Invalid("last_criterion", _("One criterion at least must be in use. Add another first."), "key")
    if last_day < ending.valid_from:
        raise Invalid("period_wrong", _("The criterion ends before it begins."), "last_day")
    Code.objects.filter(pk=ending.pk).update(valid_until=last_day)
    audit.changed(by=by, at=at, what="triage.criterion_ended", subject=key, details={"until": last_day.isoformat()})


def _ahead(day: date, *, at: datetime, field: str) -> None:
    if day < local_date(at):
        raise Invalid("past", _("Choose today or a later day: what held before stays as it was."), field)
