"""What my day shows: what is mine, today's calendar, call-backs, what did not arrive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from polku.access.models import Absence, Actor, ClosingDay, Deputy, OpeningHours, Promise, Unit, in_language
from polku.access.permissions import may_ever, visible_to
from polku.access.queries import current, units_of
from polku.appointments import queries as appointments
from polku.appointments.queries import Entry
from polku.desk.frame import address
from polku.desk.home import undelivered
from polku.desk.names import code_names
from polku.desk.worklist.rows import lines
from polku.kit.localtime import local_date
from polku.triage import criteria, worklist
from polku.triage.states import Scope
from polku.triage.unattended import Unattended, unattended
from polku.triage.worklist import Filter
from polku.ui import words

OWN = 8
AHEAD = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Hour:
    """A row of today's calendar."""

    time: str
    text: str
    note: str
    url: str = ""
    client_id: int | None = None


def whole(*, by: Actor, at: datetime) -> dict[str, Any]:
    """Return my day."""
    languages = code_names("language")
    works = may_ever(by, "work.read", at=at)
    rows = worklist.page(by=by, at=at, chosen=Filter(scope=Scope.MINE), size=OWN).rows if works else []
    late = worklist.late_call_backs(by=by, at=at) if works else []
    day, hours = calendar(by=by, at=at)
    return {
        "title": _("My day"),
        "facts": words.long_day(at),
        "works": works,
        "lines": lines(rows, by=by, at=at, languages=languages),
        "late": lines(late, by=by, at=at, languages=languages),
        "team": team(by=by, at=at) if works else [],
        "doors": [] if works else doors(by=by, at=at),
        "hours": hours,
        "nobody_there": nobody_there(by=by, at=at),
        "hours_day": "" if day == local_date(at) else words.day(day),
        "undelivered": undelivered.count(by=by, at=at) if may_ever(by, "appointments.read", at=at) else 0,
        "clients": sorted(
            {row.client_id for row in [*rows, *late] if row.client_id}
            | {hour.client_id for hour in hours if hour.client_id}
        ),
        "starts": may_ever(by, "contacts.start", at=at),
        "advises": may_ever(by, "contacts.advise", at=at),
        "calendar_url": address("appointments:day") if may_ever(by, "appointments.search", at=at) else "",
        "leads": list(led_units(by=by, at=at)),
    }


def team(*, by: Actor, at: datetime) -> list[tuple[str, str, int]]:
    """Return the lists of the worker's teams that want somebody, each with its address and how many there are."""
    found = worklist.counts(by=by, at=at)
    lists = (
        (_("In all"), Scope.TEAM),
        (_("Nobody's"), Scope.UNASSIGNED),
        (_("Urgent"), Scope.URGENT),
        (_("Of those away"), Scope.ABSENT),
    )
    return [(name, f"{reverse('desk:worklist')}?scope={scope}", found[scope]) for name, scope in lists]


def doors(*, by: Actor, at: datetime) -> list[tuple[str, str, str]]:
    """Return where somebody without a worklist begins: what is done there, in a sentence, and its address."""
    wanted = (
        (
            "audit.review",
            "desk:dpo",
            _("Oversee the use of data"),
            _("Who has opened what and why, and whether the log is whole."),
        ),
        (
            "access.manage",
            "desk:register",
            _("Keep the register of users"),
            _("Workers, their posts and rights, and the systems that send forms."),
        ),
    )
    return [(name, text, address(page)) for action, page, name, text in wanted if may_ever(by, action, at=at)]


def nobody_there(*, by: Actor, at: datetime) -> list[tuple[str, str, str]]:
    """Return a notice (tone, title, text) of each unit whose work nobody present may open, for who can see to it."""
    return [
        (
            "late" if row.urgent or (row.due is not None and row.due <= at) else "soon",
            _("Nobody is present: %(unit)s") % {"unit": row.unit.name},
            _waits_there(row, at=at),
        )
        for row in unattended(by=by, at=at)
    ]


def _waits_there(row: Unattended, *, at: datetime) -> str:
    """Return how much waits, how much of it is urgent, and the nearest limit: figures only."""
    parts = [ngettext("%(count)s matter waits", "%(count)s matters wait", row.count) % {"count": row.count}]
    if row.urgent:
        parts.append(_("urgent among them: %(count)s") % {"count": row.urgent})
    if row.due is not None:
        limit = _("the limit was %(time)s") if row.due <= at else _("the nearest limit is %(time)s")
        parts.append(limit % {"time": words.near_moment(row.due, at=at)})
    return ", ".join(parts) + "."


def calendar(*, by: Actor, at: datetime) -> tuple[date, list[Hour]]:
    """Return today's times of the actor's own calendar, or those of the next day that has any within a week.

    What was said before each time is with it.
    """
    day = local_date(at)
    worker = appointments.worker_of(by)
    if worker is None:
        return day, []
    for one in appointments.days_of(worker, first=day, last=day + AHEAD, at=at):
        found = [_hour(entry) for entry in one.entries if entry.appointment is not None or entry.what != "free"]
        if found:
            return one.day, found
    return day, []


def _hour(entry: Entry) -> Hour:
    span = f"{words.digits(entry.start)}–{words.digits(entry.end)}"
    row = entry.appointment
    if row is None:
        return Hour(span, _("Away") if entry.what == "away" else _("Busy elsewhere"), "")
    name = words.person(row.client) if row.client else row.kind.name
    place = row.place.name if row.place else str(row.get_mode_display())
    url = address("appointments:appointment", row.public_id)
    return Hour(span, f"{name}, {place}", entry.said, url, row.client_id)


def led_units(*, by: Actor, at: datetime) -> list[Unit]:
    """Return the units whose settings the actor keeps."""
    if not may_ever(by, "access.set_unit", at=at):
        return []
    return list(visible_to(by, "access.set_unit", units_of(by, at=at), at=at))


def my_settings(*, by: Actor, at: datetime) -> dict[str, Any]:
    """Return my deputies, absences and posts."""
    day = local_date(at)
    return {
        "title": _("My settings"),
        "deputies": list(
            Deputy.objects.filter(actor=by).exclude(valid_until__lt=day).select_related("deputy").order_by("valid_from")
        ),
        "stands_for": list(Deputy.objects.filter(current(day), deputy=by).select_related("actor")),
        "absences": list(Absence.objects.filter(actor=by, ends_at__gt=at).order_by("starts_at")),
        "posts": [
            (row.unit.name, str(row.get_role_display()))
            for row in by.memberships.filter(current(day)).select_related("unit").order_by("unit__name_fi")
        ],
        "feed_url": address("appointments:calendars"),
    }


def team_settings(unit: Unit, *, at: datetime) -> dict[str, Any]:
    """Return a unit's hours, closing days and promises, now and ahead."""
    day = local_date(at)
    names = [_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday")]
    closing = ClosingDay.objects.filter(unit=unit, day__gte=day).order_by("day")
    hours = OpeningHours.objects.filter(unit=unit).exclude(valid_until__lt=day).order_by("weekday", "valid_from")
    return {
        "title": _("Settings of %(unit)s") % {"unit": unit.name},
        "unit": unit,
        "hours": [
            (names[row.weekday - 1], f"{row.opens:%-H.%M}–{row.closes:%-H.%M}", row.valid_from, row.valid_until)
            for row in hours
        ],
        "closing": [(row.day, in_language(row, "reason")) for row in closing[:30]],
        "promises": list(Promise.objects.filter(unit=unit).exclude(valid_until__lt=day).order_by("rule", "valid_from")),
        "criteria": criteria.in_force_or_ahead(day=day),
        "routing_url": address("triage:routing") or address("triage:routing_test"),
        "worklist_url": reverse("desk:worklist"),
    }
