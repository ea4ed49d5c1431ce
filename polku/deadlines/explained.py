"""What the page "how was it counted" tells of a clock: sentence, source, days left out, pauses, restarts, history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from polku.deadlines import faces, queries, wording
from polku.deadlines.models import Clock
from polku.deadlines.states import Restarted, Stop, reason_words
from polku.rules.calendar import day_name
from polku.ui import clocks as ui
from polku.ui import words


@dataclass(frozen=True)
class SkippedDay:
    """A day that the count left out, by name."""

    day: date
    name: str


@dataclass(frozen=True)
class Explained:
    """Everything that the page shows."""

    title: str
    sentence: str
    clock: ui.Clock
    facts: list[tuple[str, str]]
    skipped: list[SkippedDay]
    events: list[dict[str, Any]]


def explained(clock: Clock, *, at: datetime) -> Explained:
    """Return how the clock was counted and what has happened to it."""
    language = (get_language() or "fi")[:2]
    return Explained(
        title=clock.name,
        sentence=clock.sentence,
        clock=faces.shown(clock, at=at),
        facts=_facts(clock),
        skipped=[SkippedDay(s.day, day_name(s.name, language)) for s in wording.left_out(clock)],
        events=_events(clock),
    )


def _facts(clock: Clock) -> list[tuple[str, str]]:
    rows = [(_("Counted from"), words.moment(clock.counted_from_at))]
    if clock.last_day is not None:
        rows.append((_("Last day"), words.day(clock.last_day)))
    if clock.last_day_lenient not in (None, clock.last_day):
        rows.append((_("By the later reading"), words.day(clock.last_day_lenient)))
    if clock.due_at is not None:
        rows.append((_("Alarms"), words.moment(clock.due_at)))
    if source := faces.cited(clock):
        rows.append((_("Source"), source))
    if clock.spec is not None:
        rows.append((_("Rule"), _("%(rule)s, version %(version)s") % {"rule": clock.rule, "version": clock.version}))
        rows.append((_("Stops when"), clock.spec.stops_at[(get_language() or "fi")[:2]]))
    return rows


def _events(clock: Clock) -> list[dict[str, Any]]:
    """Opening, pauses, restarts and the end, in order."""
    rows: list[dict[str, Any]] = [_event(clock.opened_at, _("Clock opened"), clock.opened_by.name)]
    for pause in clock.pauses.select_related("paused_by", "resumed_by"):
        told = _("Paused from %(day)s: %(reason)s") % {"day": words.day(pause.first), "reason": pause.reason}
        rows.append(_event(pause.paused_at, told, pause.paused_by.name))
        if pause.resumed_at is not None and pause.resumed_by is not None:
            told = _("Went on after %(day)s") % {"day": words.day(pause.until)}
            rows.append(_event(pause.resumed_at, told, pause.resumed_by.name))
    for again in clock.restarts.select_related("restarted_by"):
        told = _("Counted anew: %(event)s. The last day was %(day)s.") % {
            "event": Restarted(again.event).label,
            "day": words.day(again.before_last_day),
        }
        rows.append(_event(again.restarted_at, told, again.restarted_by.name))
    for row in queries.marks_taken_back(clock):
        was = {"what": Stop(row.data["was"]).label, "day": words.moment(datetime.fromisoformat(row.data["met_at"]))}
        told = _("Runs again: %(reason)s. It had been marked %(what)s %(day)s.") % {**was, "reason": row.text}
        rows.append(_event(row.recorded_at, told, row.actor_name))
    if clock.met_at is not None and clock.met_by is not None:
        rows.append(_event(clock.met_at, faces.stopped_by(clock), clock.met_by.name))
    if clock.cancelled_at is not None and clock.cancelled_by is not None:
        told = _("Cancelled: %(reason)s") % {"reason": reason_words(clock.cancel_reason)}
        rows.append(_event(clock.cancelled_at, told, clock.cancelled_by.name))
    return sorted(rows, key=lambda row: row["at"])


def _event(at: datetime, text: str, by: str) -> dict[str, Any]:
    return {"at": at, "text": text, "by": by, "url": ""}
