"""What the manager's page shows: the week's line, the table, breakdowns, what is waiting today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TypeVar

from django.db.models import Count, Min, Q
from django.utils.translation import gettext as _

from polku.access.models import Municipality, Unit
from polku.access.queries import codes
from polku.acting import beyond
from polku.appointments import missing
from polku.appointments.models import BookingRule, Kind
from polku.contacts.models import Contact
from polku.contacts.states import IN_HAND, Channel
from polku.deadlines.models import RUNNING, Clock
from polku.kit.localtime import local_date
from polku.statistics.daybook import Sums, sums
from polku.statistics.measures import Measure, Tally, hidden, weeks_back

Key = TypeVar("Key", int, str)

FIGURES = "figures of the whole county, of groups too big to tell a person"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a breakdown; `hidden` when the group is too small to show."""

    name: str
    tally: Tally
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A breakdown of the same contacts by one thing."""

    title: str
    heading: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class WeekRow:
    """A week of arrivals. `ripe` when the last moment of all its contacts has passed."""

    monday: date
    tally: Tally
    ripe: bool

    @property
    def number(self) -> int:
        """ISO number of the week."""
        return self.monday.isocalendar().week


@dataclass(frozen=True, slots=True)
class Report:
    """Everything on the page."""

    measure: Measure
    first: date
    last: date
    whole: Tally
    weeks: list[WeekRow]
    breakdowns: list[Breakdown] = field(default_factory=list)


def report(measure: Measure, *, weeks: int, at: datetime, unit: Unit | None = None) -> Report:
    """Work out a measure for the last weeks; a fixed number of queries, whatever their number."""
    first, last = weeks_back(at, weeks)
    found = sums(measure, first=first, last=last, at=at, units=[unit.pk] if unit else None)
    return Report(
        measure=measure,
        first=first,
        last=last,
        whole=found.whole,
        weeks=_weeks(found, first, last),
        breakdowns=_breakdowns(found, day=local_date(at), teams=unit is None),
    )


def _weeks(found: Sums, first: date, last: date) -> list[WeekRow]:
    running = last - timedelta(days=last.weekday())
    rows = []
    monday = first
    while monday <= last:
        ripe = monday < running and monday not in found.unripe
        rows.append(WeekRow(monday, found.weeks.get(monday, Tally()), ripe=ripe))
        monday += timedelta(weeks=1)
    # Weeks before the first contact say nothing.
    while len(rows) > 1 and not rows[0].tally.total:
        rows.pop(0)
    return rows


def _breakdowns(found: Sums, *, day: date, teams: bool) -> list[Breakdown]:
    channels = {str(channel.value): str(channel.label) for channel in Channel}
    municipalities = {row.code: row.name for row in Municipality.objects.filter(in_county=True)}
    languages = {code.key: code.name for code in codes("language", day=day)}
    lists = [
        _breakdown(_("By channel"), _("Channel"), found.channels, channels),
        _breakdown(_("By municipality"), _("Municipality"), found.municipalities, municipalities),
        _breakdown(_("By language"), _("Language"), found.languages, languages),
    ]
    if teams:
        units = {unit.pk: unit.name for unit in Unit.objects.filter(pk__in=found.units)}
        lists.append(_breakdown(_("By team"), _("Team"), found.units, units))
    return lists


def _breakdown(title: str, heading: str, found: Mapping[Key, Tally], names: Mapping[Key, str]) -> Breakdown:
    """Return a breakdown; what has no name (outside the county, a language not in use) is not known, together."""
    tallies: dict[object, Tally] = {}
    for key, tally in found.items():
        tallies.setdefault(names.get(key) or _("Not known"), Tally()).add(tally)
    small = hidden(tallies)
    rows = [Row(str(name), tally, name in small) for name, tally in tallies.items()]
    return Breakdown(title, heading, sorted(rows, key=lambda row: (row.hidden, -row.tally.total, row.name)))


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many contacts still wait for an answer, the nearest limit, and how many have passed theirs."""

    count: int
    due: datetime | None
    late: int


def waiting(*, at: datetime, unit: Unit | None = None) -> Waiting:
    """Return what waits for an answer now."""
    clocks = Clock.objects.filter(RUNNING, rule="promise_answer", work_item__closed_at__isnull=True)
    items = Contact.objects.filter(Q(unit=unit) if unit else Q(), state__in=IN_HAND).values("work_item")
    found = clocks.filter(work_item__in=items).aggregate(
        count=Count("pk"), late=Count("pk", filter=Q(due_at__lt=at)), due=Min("due_at", filter=Q(due_at__gte=at))
    )
    return Waiting(**found)


@dataclass(frozen=True, slots=True)
class MissingRow:
    """Missing times of one kind in one unit over the coming weeks."""

    name: str
    weeks: list[missing.Week]


def missing_times(*, at: datetime, unit: Unit | None = None) -> list[MissingRow]:
    """Return the missing times of the coming weeks by team, of the kind that promises a meeting."""
    kind = Kind.objects.filter(rules__contains=["promise_contact"], valid_until__isnull=True).order_by("pk").first()
    if kind is None:
        return []
    units = Unit.objects.filter(pk__in=BookingRule.objects.filter(kind=kind).values("target_unit")).order_by("name_fi")
    chosen = [row for row in units if unit is None or row.pk == unit.pk]
    found = missing.weeks_of(kind, chosen, at=at, idle=False)
    return [MissingRow(row.name, weeks) for row, weeks in zip(chosen, found, strict=True)]


@dataclass(frozen=True, slots=True)
class Overview:
    """What the page shows: the measure, what waits for an answer today, missing times by team."""

    report: Report
    waiting: Waiting
    missing: list[MissingRow]


@beyond(FIGURES)
def overview(measure: Measure, *, weeks: int, at: datetime, unit: Unit | None = None) -> Overview:
    """Return everything of the page; a fixed number of queries, whatever the number of weeks and teams."""
    return Overview(
        report=report(measure, weeks=weeks, at=at, unit=unit),
        waiting=waiting(at=at, unit=unit),
        missing=missing_times(at=at, unit=unit),
    )
