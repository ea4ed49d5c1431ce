"""Clocks with a face: those that would start from what has been told, before any row of them exists."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.utils.translation import gettext as _

from polku.contacts.ahead import starting
from polku.contacts.models import Contact
from polku.contacts.states import LIVE
from polku.desk.names import reader
from polku.kit.localtime import local_date
from polku.rules.calendar import is_working_day
from polku.rules.deadlines import Deadline
from polku.ui import words
from polku.ui.clocks import Clock, face

# Clocks of law that a meeting answers; beside them the unit's own promise of a meeting.
MEETING_LAW = frozenset({"tt_talk", "pta_start_adult", "pta_start_disabled", "pta_start_child"})
MEETING = MEETING_LAW | {"promise_contact"}
# The urgency of every contact is assessed at once; at the desk that is what the worker is doing.
NOT_SHOWN = frozenset({"urgent_assess", "pta_generic"})


def preview(contact: Contact, *, at: datetime, why_url: str = "") -> list[Clock]:
    """Return what the desk shows under "Deadlines that start now"; a promise that is already kept last."""
    running, met = [], []
    found = starting(contact)
    statutory = [deadline.last_day for deadline, _why in found if deadline.rule in MEETING_LAW and deadline.last_day]
    for deadline, because in found:
        if deadline.rule in NOT_SHOWN:
            continue
        # The unit's promise of a meeting says nothing new beside an act that sets the same day or an earlier one.
        if (
            deadline.rule == "promise_contact"
            and statutory
            and deadline.last_day
            and min(statutory) <= deadline.last_day
        ):
            continue
        if deadline.rule == "promise_answer" and (contact.answered_at or contact.channel in LIVE):
            met.append(_answered(contact, deadline))
            continue
        running.append(clock_of(deadline, because, at=at, why_url=why_url))
    return running + met


def clock_of(deadline: Deadline, because: Mapping[str, str], *, at: datetime, why_url: str = "") -> Clock:
    """Return a deadline's face: time left, what, why it started, and its source."""
    language = reader()
    what = deadline.spec.name[language]
    # Where a rule has one ground only, its name says it already.
    if deadline.basis != "promise" and len(deadline.spec.grounds) > 1 and because.get(language):
        what = _("%(what)s, because %(why)s") % {"what": what, "why": because[language]}
    left = None if deadline.unit != "working_days" else working_days_left(deadline.last_day, at=at)
    return face(
        at=at,
        due=deadline.last_day,
        working_days=left,
        what=what,
        until=until(deadline),
        why_url=why_url.replace("RULE", deadline.rule) if why_url else "",
    )


def working_days_left(last: date | None, *, at: datetime) -> int | None:
    """Return how many working days are left after today, the last day counted in."""
    if last is None:
        return None
    today = local_date(at)
    days = (date.fromordinal(n) for n in range(today.toordinal() + 1, last.toordinal() + 1))
    return sum(is_working_day(day) for day in days)


def until(deadline: Deadline) -> str:
    """Return `viimeistään to 3.12.2026 – 7. arkipäivä, toimeentulotukilaki 14 d §`."""
    language = reader()
    source = f"{deadline.source.act(language)}, {words.nbsp(deadline.source.section(language))}"
    if deadline.basis == "promise":
        source = deadline.source.section(language)
    if deadline.last_day is None:
        return source
    facts = {"day": words.day(deadline.last_day), "number": deadline.length, "source": source}
    if deadline.unit == "working_days":
        return _("by %(day)s – working day %(number)s, %(source)s") % facts
    return _("by %(day)s – %(source)s") % facts


def _answered(contact: Contact, deadline: Deadline) -> Clock:
    moment = contact.answered_at or contact.received_at
    text = _("Answer to the contact %(time)s – the promise was %(day)s") % {
        "time": words.clock_time(moment),
        "day": words.short_day(deadline.last_day),
    }
    return face(at=moment, due=deadline.last_day, met=True, until=text)
