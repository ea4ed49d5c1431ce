"""Minutes of a meeting (pöytäkirja): what was, as it was when the meeting ended; a correction is a new version.

Names, titles, services and criteria stand in them as they were then, so that a later change of a name or of a form
changes nothing of what was written.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.access.permissions import require
from polku.acting import action
from polku.kit.errors import Conflict
from polku.kit.localtime import local_date
from polku.meetings import members, rubrics, services
from polku.meetings import policy as _policy  # noqa: F401 - declares who may
from polku.meetings.models import Attendance, Disqualification, Item, ItemCriterion, Meeting, Minutes, Pause
from polku.meetings.moves import changed, locked, trace_meeting
from polku.meetings.states import ItemState
from polku.meetings.texts import needed
from polku.storing import insert
from polku.ui import words

FORM = 1
"""The form of the content; a reader of old minutes goes by it."""


def write(meeting: Meeting, *, by: Actor, at: datetime) -> Minutes:
    """Write the minutes of a locked meeting that has just ended."""
    row = Minutes(meeting=meeting, version=1, content=_content(meeting), written_at=at, written_by=by)
    insert(row)
    return row


@action
def correct(*, meeting: Meeting, note: str, by: Actor, at: datetime) -> Minutes:
    """Correct the minutes: a new version with what is to be read otherwise; the earlier one stays as it was.

    Raises:
        NotAllowed; Invalid without words; Conflict when the meeting has no minutes yet.
    """
    row = locked(meeting)
    latest = Minutes.objects.filter(meeting=row).order_by("-version").first()
    if latest is None:
        raise Conflict("no_minutes", _("The minutes are written when the meeting ends."))
    require(by, "meetings.correct_minutes", latest, at=at)
    note = needed(note, _("Write what is to be corrected, and how it was."), field="note")
    made = Minutes(
        meeting=row, version=latest.version + 1, content=latest.content, note=note, written_at=at, written_by=by
    )
    insert(made)
    changed(row)
    trace_meeting(row, "minutes_corrected", by=by, at=at, details={"version": made.version})
    return made


@action
def check(*, minutes: Minutes, by: Actor, at: datetime) -> Minutes:
    """Check the newest version of the minutes; once.

    Raises:
        NotAllowed; Conflict when there is a newer version, or it has been checked.
    """
    require(by, "meetings.check_minutes", minutes, at=at)
    meeting = locked(minutes.meeting_id)
    if Minutes.objects.filter(meeting=meeting, version__gt=minutes.version).exists():
        raise Conflict("newer_version", _("There is a newer version of the minutes. Check that one."))
    if not Minutes.objects.filter(pk=minutes.pk, checked_at__isnull=True).update(checked_at=at, checked_by=by):
        raise Conflict("checked", _("The minutes have already been checked."))
    minutes.checked_at, minutes.checked_by = at, by
    changed(meeting)
    trace_meeting(meeting, "minutes_checked", by=by, at=at, details={"version": minutes.version})
    return minutes


# --- Content ----------------------------------------------------------------------------------------------------------


def _content(meeting: Meeting) -> dict[str, Any]:
    there = list(Attendance.objects.filter(meeting=meeting).select_related("actor").order_by("came_at", "pk"))
    came = {row.actor_id for row in there}
    at = meeting.began_at or meeting.starts_at
    return {
        "form": FORM,
        "series": _in_languages(meeting.series, "name"),
        "unit": _in_languages(meeting.series.unit, "name"),
        "place": meeting.place,
        "starts_at": _moment(meeting.starts_at),
        "ends_at": _moment(meeting.ends_at),
        "began_at": _moment(meeting.began_at),
        "ended_at": _moment(meeting.ended_at),
        "chair": _person(meeting.chair),
        "present": [
            {**_person(row.actor), "role": row.role, "came_at": _moment(row.came_at), "left_at": _moment(row.left_at)}
            for row in there
        ],
        "absent": [
            {**_person(row.actor), "role": row.role}
            for row in members.of(meeting.series, at=at)
            if row.actor_id not in came
        ],
        "breaks": [
            [_moment(row.starts_at), _moment(row.ends_at)]
            for row in Pause.objects.filter(meeting=meeting).order_by("starts_at")
        ],
        "items": _items(meeting),
    }


def _items(meeting: Meeting) -> list[dict[str, Any]]:
    people = ("presenter", "chair", "decider", "settled_by")
    rows = Item.objects.filter(meeting=meeting).exclude(state=ItemState.TAKEN_OFF).order_by("place")
    rows = rows.select_related("case__client", "assessment__form", "carried_by__meeting", *people)
    criteria = {one.path: dict(one.names) for one in rubrics.of(meeting.series, day=local_date(meeting.starts_at))}
    return [_item(row, number, criteria) for number, row in enumerate(rows, 1)]


def _item(row: Item, number: int, criteria: Mapping[str, dict[str, str]]) -> dict[str, Any]:
    weighed = ItemCriterion.objects.filter(item=row).select_related("written_by")
    order = {path: place for place, path in enumerate(criteria)}
    carried = getattr(row, "carried_by", None)
    return {
        "number": number,
        "item": row.public_id,
        "client": words.person(row.case.client),
        "reference": row.case.reference,
        "service": {"key": row.service, **services.names(row.service)},
        "basis": row.basis,
        "question": row.question,
        "presenter": _person(row.presenter),
        "chair": _person(row.chair),
        "planned": row.minutes,
        "added": row.added,
        "used_seconds": row.used,
        "opened_at": _moment(row.first_opened_at),
        "settled_at": _moment(row.settled_at),
        "settled_by": _person(row.settled_by),
        "outcome": row.outcome,
        "reason": row.outcome_reason,
        "granted": {"key": row.outcome_service, **services.names(row.outcome_service)} if row.outcome_service else {},
        "decider": _person(row.decider),
        "moved_to": _moment(carried.meeting.starts_at) if carried else "",
        "assessment": _assessment(row),
        "criteria": [
            {
                "path": one.criterion, **criteria.get(one.criterion, {}), "fulfilled": one.fulfilled,
                "reason": one.reason, "by": one.written_by.name, "at": _moment(one.written_at),
            }
            for one in sorted(weighed, key=lambda one: (order.get(one.criterion, len(order)), one.pk))
        ],
        "disqualified": [
            {**_person(one.actor), "ground": one.ground, "note": one.note, "left_at": _moment(one.left_at)}
            for one in Disqualification.objects.filter(item=row, withdrawn_at__isnull=True).select_related("actor")
        ],
    }  # fmt: skip


def _assessment(row: Item) -> dict[str, Any]:
    found = row.assessment
    if found is None:
        return {}
    return {
        "id": found.public_id, "form": found.form.key, "version": found.version, "state": found.state,
        "locked_at": _moment(found.locked_at),
    }  # fmt: skip


def _person(actor: Actor | None) -> dict[str, str]:
    return {"name": actor.name, **_in_languages(actor, "title", before="title_")} if actor else {}


def _in_languages(thing: object, field: str, *, before: str = "") -> dict[str, str]:
    return {f"{before}{language}": getattr(thing, f"{field}_{language}") for language in services.LANGUAGES}


def _moment(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
