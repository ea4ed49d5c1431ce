"""Events that a worker writes down on a case (asiakaskertomus, 703/2023 44 §)."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.access.permissions import require
from polku.acting import action
from polku.audit import actions as audit
from polku.cases.actions import note
from polku.cases.models import Case, TimelineEntry
from polku.kit.errors import Invalid


@action
def record(
    *, case: Case, text: str, by: Actor, at: datetime, key: str, happened_at: datetime | None = None, source: str = ""
) -> TimelineEntry:
    """Write an event on the case; a repeat with the same key gives the same event.

    Args:
        happened_at: when it happened, if before `at`.
        source: from whom it was heard, if from outside (703/2023 39 §).

    Raises:
        NotAllowed; Invalid when the text is missing or the time is in the future.
    """
    require(by, "cases.write", case, at=at)
    if (made := _written(by, key)) is not None:
        return made
    if not text.strip():
        raise Invalid("text_missing", _("Write what happened."), field="text")
    try:
        with transaction.atomic():
            entry = note(
                event="cases.event", by=by, at=at, happened_at=happened_at, case=case, client=case.client, text=text,
                source=source, key=key,
            )  # fmt: skip
    except IntegrityError:
        # The same form at the same moment: the other one has written it.
        if (made := _written(by, key)) is None:
            raise
        return made
    audit.changed(
        by=by, at=at, what="case", subject=case.public_id, clients=[case.client_id], purpose="event", unit=case.unit.key
    )
    return entry


def _written(by: Actor, key: str) -> TimelineEntry | None:
    return TimelineEntry.objects.filter(actor=by, key=key).first() if key else None
