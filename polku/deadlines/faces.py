"""Gives a clock its face: time left and tone at the moment of reading, what, until when, and by which section."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from polku.deadlines.models import Clock
from polku.deadlines.states import Stop
from polku.kit.localtime import local_date
from polku.rules.calendar import LAST_DAY, is_counted
from polku.ui import clocks as ui
from polku.ui import words


def shown(clock: Clock, *, at: datetime) -> ui.Clock:
    """Return the clock as a page shows it now.

    The clock comes from `polku.deadlines.queries`, which tells whether a pause runs (`paused`) and brings the unit.
    """
    unit = clock.work_item.unit
    return ui.face(
        at=clock.met_at or at,
        due=moment_or_day(clock, at=at),
        working_days=working_days_left(clock, at=at),
        met=clock.met_at is not None,
        waiting=paused(clock),
        urgent=clock.work_item.urgent and clock.spec is not None and clock.spec.kind == "at_once",
        soon=timedelta(minutes=unit.soon_minutes),
        what=clock.name,
        until=until(clock),
        why_url=reverse("deadlines:why", args=[clock.public_id]),
    )


def paused(clock: Clock) -> bool:
    """Tell whether a pause runs: as the query told, else by asking."""
    told = getattr(clock, "paused", None)
    return clock.pauses.filter(until__isnull=True).exists() if told is None else bool(told)


def moment_or_day(clock: Clock, *, at: datetime) -> datetime | date | None:
    """Return what time is left to: an hour for a promise and on the last day, before that the statutory day."""
    if clock.due_at is None or clock.last_day is None or clock.spec is None or clock.spec.kind == "promise":
        return clock.due_at
    return clock.due_at if local_date(at) >= clock.last_day else clock.last_day


def working_days_left(clock: Clock, *, at: datetime) -> int | None:
    """Return how many working days are left after today, the last one too; None for clocks that count otherwise."""
    if not clock.counts_working_days or clock.last_day is None:
        return None
    today = local_date(at)
    days = range(today.toordinal() + 1, min(clock.last_day, LAST_DAY).toordinal() + 1)
    return sum(is_counted(date.fromordinal(day), eves=False) for day in days)


def cited(clock: Clock) -> str:
    """Return act and section in the reader's language, as they are cited for these facts."""
    spec, source = clock.spec, clock.source
    if spec is None or source is None:
        return ""
    language = (get_language() or "fi")[:2]
    act, section = source.act(language), source.section(language)
    return words.nbsp(section if spec.kind == "promise" else f"{act}, {section}")


def until(clock: Clock) -> str:
    """Return the second line: `viimeistään to 3.12.2026 – 7. arkipäivä, Act 36 §`, or what stopped it."""
    if clock.met_at is not None:
        return stopped_by(clock)
    spec, source = clock.spec, cited(clock)
    if spec is None or spec.kind in ("promise", "at_once"):
        if clock.due_at is None:
            return source
        facts = {"moment": words.moment(clock.due_at), "source": source}
        return (_("by %(moment)s, %(source)s") if source else _("by %(moment)s")) % facts
    if clock.last_day is None:
        return _("no last day: without undue delay, %(source)s") % {"source": source}
    return _("by %(day)s – %(length)s, %(source)s") % {
        "day": words.day(clock.last_day),
        "length": _length(spec.unit, spec.length or 0),
        "source": source,
    }


def stopped_by(clock: Clock) -> str:
    """Return what stopped a met clock and when: `Ensimmäinen vastaus annettu ti 24.11.2026 klo 9.20`."""
    return _("%(what)s %(moment)s") % {"what": Stop(clock.met_what).label, "moment": words.moment(clock.met_at)}


def _length(unit: str, number: int) -> str:
    if unit == "months":
        return ngettext("%(n)s month", "%(n)s months", number) % {"n": number}
    if unit == "days":
        return ngettext("%(n)s day", "%(n)s days", number) % {"n": number}
    return _("working day %(n)s") % {"n": number}
