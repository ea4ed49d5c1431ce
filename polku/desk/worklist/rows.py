"""A row of the worklist with its words: time left, who, what was said, channel, urgency, language, owner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from polku.access.models import Actor
from polku.cases.states import WorkKind
from polku.contacts.clocks import URGENCY
from polku.contacts.states import Channel
from polku.deadlines import queries as deadlines
from polku.deadlines.faces import paused
from polku.deadlines.models import Clock as Running
from polku.desk.clocks import working_days_left
from polku.kit.localtime import local_date
from polku.triage.rows import Row
from polku.ui import words
from polku.ui.clocks import Clock, face

# Short enough for a column; the whole name stands on the contact's own page.
CHANNELS: dict[str, Promise] = {
    Channel.PHONE: pgettext_lazy("channel", "Phone"),
    Channel.E_FORM: pgettext_lazy("channel", "E-form"),
    Channel.SHL_CONTACT: pgettext_lazy("channel", "SHL contact"),
    Channel.SHL_NOTIFICATION: pgettext_lazy("channel", "SHL notification"),
    Channel.SHL_NOTICE: pgettext_lazy("channel", "Notification"),
    Channel.KELA: pgettext_lazy("channel", "Kela's request"),
    Channel.SOCIAL_ASSISTANCE: pgettext_lazy("channel", "Application"),
    Channel.PAPER: pgettext_lazy("channel", "Paper"),
    Channel.WALK_IN: pgettext_lazy("channel", "Walk-in"),
    Channel.LOCAL_POINT: pgettext_lazy("channel", "Local guidance"),
    Channel.HEALTH_STATION: pgettext_lazy("channel", "Health station"),
    Channel.REMOTE: pgettext_lazy("channel", "Remote"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A row as drawn. `urgency` is `urgent`, `open` (not assessed), `no` or empty.

    While urgency is not assessed, the row's clock is the one after it (by when to answer), and `assess` says by when
    urgency is to be assessed.
    """

    id: str
    url: str
    clock: Clock
    urgent: bool
    name: str
    said: str
    channel: str
    urgency: str
    language: str
    municipality: str
    owner: str
    owner_note: str
    free: bool
    protected: bool
    assess: str = ""
    assess_late: bool = False


def lines(rows: Sequence[Row], *, by: Actor, at: datetime, languages: dict[str, str]) -> list[Line]:
    """Return rows with their words in the reader's language; one query for their clocks."""
    unassessed = [row.item.pk for row in rows if _unassessed(row)]
    running = deadlines.running(unassessed) if unassessed else {}
    # One address is looked up for all rows: only the public id differs.
    before, _id, after = reverse("desk:item", args=["."]).rpartition(".")
    return [
        _line(
            row,
            running.get(row.item.pk, ()),
            url=f"{before}{row.item.public_id}{after}",
            by=by,
            at=at,
            languages=languages,
        )
        for row in rows
    ]


def _unassessed(row: Row) -> bool:
    """Tell whether somebody still has to say that the matter is urgent or not."""
    return row.assessed is False and not row.urgent


def _line(
    row: Row, running: Sequence[Running], *, url: str, by: Actor, at: datetime, languages: dict[str, str]
) -> Line:
    name = row.name or _("Name not known")
    if row.age is not None:
        name = _("%(name)s, %(age)s y") % {"name": name, "age": row.age}
    standing = [clock for clock in running if clock.due_at is not None and not paused(clock)]
    assess_by = next((clock.due_at for clock in standing if clock.rule == URGENCY), None)
    due = next((clock.due_at for clock in standing if clock.rule != URGENCY), row.due)
    return Line(
        id=row.item.public_id,
        url=url,
        clock=clock_of(row, due, at=at),
        urgent=row.urgent and row.kind != WorkKind.CALL_BACK,
        name=name,
        said=row.said,
        channel=_channel(row),
        urgency="" if row.assessed is None else "urgent" if row.urgent else "no" if row.assessed else "open",
        language=_language(row, languages),
        municipality="" if row.protected else row.municipality,
        owner=_owner(row, by),
        owner_note=_owner_note(row, at=at),
        free=not row.owner,
        protected=row.protected,
        assess=_assess(assess_by, at=at),
        assess_late=assess_by is not None and assess_by <= at,
    )


def _assess(by: datetime | None, *, at: datetime) -> str:
    """Return by when urgency is to be assessed: at once, which the unit has put into minutes."""
    if by is None:
        return ""
    time = words.clock_time(by) if local_date(by) == local_date(at) else words.near_moment(by, at=at)
    return (_("the limit was %(time)s") if by <= at else _("assess by %(time)s")) % {"time": time}


def _channel(row: Row) -> str:
    if row.kind == WorkKind.CONTACT and row.channel:
        return str(CHANNELS[row.channel])
    return str(WorkKind(row.kind).label)


def _language(row: Row, languages: dict[str, str]) -> str:
    name = languages.get(row.language, row.language)
    return _("%(language)s, interpreter") % {"language": name} if row.interpreter_language else name


def _owner(row: Row, by: Actor) -> str:
    if not row.owner:
        return _("Nobody")
    return _("%(name)s (you)") % {"name": row.owner} if row.item.assignee_id == by.pk else row.owner


def _owner_note(row: Row, *, at: datetime) -> str:
    if row.owner_away_until is not None:
        return _("away until %(day)s") % {"day": words.bare_day(row.owner_away_until)}
    if row.state == "draft":
        return _("being written")
    return _("parked") if row.state == "parked" else ""


def clock_of(row: Row, due: datetime | None, *, at: datetime) -> Clock:
    """Return the face of a row's clock. The notice of urgent work shows the same, so that they never disagree."""
    if row.waits_until is not None:
        until = _("comes back %(day)s, %(reason)s") % {
            "day": words.short_day(row.waits_until),
            "reason": row.item.hold_reason,
        }
        return face(at=at, due=due, waiting=True, until=until)
    left = None if due is None else working_days_left(local_date(due), at=at)
    return face(at=at, due=due, working_days=left, urgent=row.urgent, until=_until(row, due, at=at))


def _until(row: Row, due: datetime | None, *, at: datetime) -> str:
    if due is None:
        return _("without undue delay")
    if row.agreed_at is not None and due > at:
        return _("to be called %(time)s") % {"time": words.near_moment(row.agreed_at, at=at)}
    if due <= at:
        return _("the limit was %(time)s") % {"time": words.short_moment(due)}
    # An urgent matter is shown by its arrival today; once assessed, a later day is the next limit as of any other.
    if row.urgent and local_date(due) == local_date(at):
        came = row.item.opened_at
        today = local_date(came) == local_date(at)
        return _("at once, arrived %(time)s") % {"time": words.clock_time(came) if today else words.short_moment(came)}
    return words.near_moment(due, at=at)
