"""Says why a clock's last day is what it is: from its rule's version, its facts and what the unit's calendar was.

A landed version of a rule is never edited, so what the sentence says is the same years later and it need not be kept
with each clock. Clocks from before that keep theirs, and it is what they say.
"""

from __future__ import annotations

from datetime import date, time
from typing import TYPE_CHECKING, Any

from polku.deadlines.states import AGREED, Basis
from polku.kit import localtime
from polku.rules import calendar, deadlines, promises
from polku.rules.calendar import Skipped
from polku.rules.deadlines import Deadline
from polku.rules.sentences import text

if TYPE_CHECKING:
    from polku.deadlines.models import Clock


def law(clock: Clock) -> Deadline | None:
    """Return what the clock's rule makes of its facts; None for a moment that was agreed on."""
    if clock.rule == AGREED:
        return None
    day0 = localtime.local_date(clock.counted_from_at) if clock.basis == Basis.PROMISE else clock.day0
    return deadlines.compute(clock.rule, day0, clock.facts, version=clock.version)


def sentence(clock: Clock, lang: str) -> str:
    """Return why the last day is what it is, in `fi`, `sv` or `en`."""
    if lang in clock.because:
        return str(clock.because[lang])
    found = law(clock)
    if found is None:
        return _agreed(clock, lang)
    if clock.basis != Basis.PROMISE:
        return found.because(lang)
    due = _due(clock)
    parts = [found.spec.name[lang] + "."]
    parts += [due.because(lang)] if due else []
    parts.append(text("source", lang, act=found.source.act(lang), section=found.source.section(lang)))
    if pauses := clock.because.get("pauses"):
        parts.append(text("paused", lang, days=", ".join(_span(pause, lang) for pause in pauses)))
    return " ".join(parts)


def left_out(clock: Clock) -> list[Skipped]:
    """Return the days that the count left out, with their names and why."""
    if clock.skipped or "listed" in clock.because:
        return [Skipped(date.fromisoformat(s["day"]), s["name"], s["reason"]) for s in clock.skipped]
    if clock.basis != Basis.PROMISE:
        found = law(clock)
        return list(found.skipped) if found else []
    return list(promises.usually_shut(clock.day0, clock.last_day)) if clock.last_day else []


def _due(clock: Clock) -> promises.PromiseDue | None:
    """Return how the promise was reckoned, from what the clock keeps of it."""
    if clock.due_at is None or clock.last_day is None:
        return None
    cutoff: Any = clock.because.get("cutoff")
    return promises.PromiseDue(
        at=clock.due_at,
        day=clock.last_day,
        arrived=localtime.local(clock.counted_from_at),
        counted_from=clock.day0,
        days=clock.because.get("days", 1),
        cutoff=time.fromisoformat(cutoff) if cutoff else promises.MIDNIGHT,
        counted=(),
        skipped=tuple(left_out(clock)),
    )


def _agreed(clock: Clock, lang: str) -> str:
    if clock.due_at is None:
        return ""
    local = localtime.local(clock.due_at)
    return text("agreed", lang, due_day=calendar.day_text(local.date(), lang), due_time=f"{local:%-H.%M}")


def _span(pause: list[str], lang: str) -> str:
    first, last = (calendar.day_text(date.fromisoformat(day), lang) for day in pause)
    return f"{first} – {last}"
