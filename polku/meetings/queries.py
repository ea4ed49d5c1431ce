"""Reading meetings: which there are, what an agenda has room for, what was returned, what is to be decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from polku.access.models import Actor
from polku.access.permissions import can, visible_to
from polku.access.queries import who
from polku.assessments.models import Assessment
from polku.cases.models import Case
from polku.kit.errors import NotFound
from polku.kit.localtime import local_date
from polku.meetings import agenda, history, readiness, services
from polku.meetings import policy as _policy  # noqa: F401 - declares who may
from polku.meetings.models import Item, Meeting, Minutes, Series
from polku.meetings.states import Basis, ItemState, MeetingState, Outcome
from polku.rules.estimates import Estimate
from polku.ui import words

AHEAD = (MeetingState.PLANNED, MeetingState.RUNNING, MeetingState.PAUSED)
_LATEST = 20


def visible(by: Actor, *, at: datetime) -> QuerySet[Meeting]:
    """Return the meetings that the actor may see."""
    return visible_to(by, "meetings.read", Meeting.objects.select_related("series__unit", "chair"), at=at)


def get(public_id: str, *, by: Actor, at: datetime) -> Meeting:
    """Return a meeting.

    Raises:
        NotFound: it is not there, or not the actor's to see.
    """
    row = visible(by, at=at).filter(public_id=public_id).first()
    if row is None:
        raise NotFound("no_meeting", gettext_lazy("This meeting was not found."))
    return row


def item(public_id: str, *, by: Actor, at: datetime) -> Item:
    """Return an item of an agenda.

    Raises:
        NotFound: it is not there, or not the actor's to see.
    """
    rows = visible_to(by, "meetings.see", Item.objects.all(), at=at)
    rows = rows.select_related("meeting__series__unit", "case__client", "case__unit", "case__work_item", "presenter")
    row = rows.filter(public_id=public_id).first()
    if row is None:
        raise NotFound("no_item", gettext_lazy("This item was not found."))
    return row


def stamp(public_id: str, *, by: Actor, at: datetime) -> int:
    """Return how many changes a meeting has had: pages ask by it whether anything is new.

    Raises:
        NotFound: it is not there, or not the actor's to see.
    """
    found = visible_to(by, "meetings.read", Meeting.objects.filter(public_id=public_id), at=at)
    count = found.values_list("stamp", flat=True).first()
    if count is None:
        raise NotFound("no_meeting", gettext_lazy("This meeting was not found."))
    return count


# --- Lists ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Listed:
    """A meeting in a list: when, where, how full.

    Attributes:
        free: minutes that its agenda has left; `over` by how many it is too long.
        minutes: public id of its minutes, once it has ended.
    """

    public_id: str
    series: str
    when: str
    place: str
    state: str
    state_words: str
    items: int
    free: int
    over: int
    minutes: str = ""

    @property
    def room(self) -> str:
        """How full it is, in words."""
        if self.over:
            return _("%(minutes)s min too full") % {"minutes": self.over}
        return _("%(minutes)s min free") % {"minutes": self.free}


def ahead(by: Actor, *, at: datetime) -> list[Listed]:
    """Return the meetings that are planned or go on, the nearest first."""
    rows = visible(by, at=at).filter(state__in=AHEAD).order_by("starts_at", "pk")[:_LATEST]
    return [_listed(row, at=at) for row in rows]


def ended(by: Actor, *, at: datetime) -> list[Listed]:
    """Return the latest meetings that have ended, newest first, with their minutes."""
    rows = list(visible(by, at=at).filter(state=MeetingState.ENDED).order_by("-starts_at", "-pk")[:_LATEST])
    newest = {
        row.meeting_id: row.public_id
        for row in visible_to(by, "meetings.read_minutes", Minutes.objects.filter(meeting__in=rows), at=at).order_by(
            "version"
        )
    }
    return [_listed(row, at=at, minutes=newest.get(row.pk, "")) for row in rows]


def _listed(row: Meeting, *, at: datetime, minutes: str = "") -> Listed:
    found = agenda.flow(row, at=at)
    return Listed(
        public_id=row.public_id,
        series=row.series.name,
        when=span(row),
        place=row.place,
        state=row.state,
        state_words=str(MeetingState(row.state).label),
        items=len(found.items),
        free=found.agenda.free,
        over=found.agenda.over,
        minutes=minutes,
    )


def span(meeting: Meeting) -> str:
    """Return day and hours: `ti 24.11.2026 klo 13.00–15.00`."""
    return f"{words.moment(meeting.starts_at)}–{words.digits(meeting.ends_at)}"


# --- Proposing --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choice:
    """A meeting to which a client can be proposed; `closed` says why not."""

    public_id: str
    words: str
    free: int
    over: int
    closed: str

    def warning(self, minutes: int) -> str:
        """Return what becomes of the agenda with so many more minutes; empty when they fit."""
        over = self.over or max(0, minutes - self.free)
        return _("The agenda becomes %(minutes)s min too full.") % {"minutes": over} if over else ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What proposing a client takes: meetings with room, services, the estimate suggested, what is missing.

    Attributes:
        minutes: minutes to begin with: the median of alike ones, else the series' own.
        refused: why the client cannot be proposed yet, with `url` where that is made right; empty when they can.
    """

    series: str
    choices: tuple[Choice, ...]
    services: Mapping[str, str]
    bases: tuple[tuple[str, str], ...]
    minutes: int
    estimates: Mapping[str, Estimate]
    ready: str
    refused: str
    url: str

    def suggested(self, service: str) -> str:
        """Return what alike items have taken, in a sentence; empty while few are known."""
        found = self.estimates.get(service)
        return alike(found) if found else ""


def alike(found: Estimate) -> str:
    """Return what alike items have taken, in a sentence."""
    return _("Of %(count)s alike, eight in ten took %(low)s–%(high)s min, half at most %(median)s min.") % {
        "count": found.cases, "low": found.low, "high": found.high, "median": found.median,
    }  # fmt: skip


def proposal(case: Case, series: Series, *, by: Actor, at: datetime) -> Proposal:
    """Return what the page needs on which a client is put on a series' agenda."""
    known = history.by_service(series)
    found = readiness.newest([case.pk], series).get(case.pk)
    rows = Meeting.objects.filter(series=series, state__in=AHEAD, ends_at__gt=at).select_related("series")
    return Proposal(
        series=series.name,
        choices=tuple(_choice(row, by=by, at=at) for row in rows.order_by("starts_at")[:_LATEST]),
        services=services.known(day=local_date(at)),
        bases=tuple((str(one.value), str(one.label)) for one in (Basis.NEW, Basis.CHANGED)),
        minutes=series.minutes,
        estimates=known,
        ready="" if found is None else str(found.get_state_display()),
        refused=_("No assessment of service needs has been begun for this client. Begin it first.")
        if not found
        else "",
        url=readiness.address("assessments:of_case", case.public_id) if found is None else "",
    )


def _choice(row: Meeting, *, by: Actor, at: datetime) -> Choice:
    found = agenda.flow(row, at=at)
    closes = row.starts_at - timedelta(hours=row.series.closes_hours)
    closed = ""
    if (at >= closes or row.state != MeetingState.PLANNED) and not can(by, "meetings.run", row, at=at):
        closed = _("The agenda was closed %(time)s.") % {"time": words.short_moment(closes)}
    return Choice(row.public_id, span(row), found.agenda.free, found.agenda.over, closed)


# --- What comes of it -------------------------------------------------------------------------------------------------


def returned(by: Actor, *, at: datetime) -> list[Item]:
    """Return the actor's items that were returned for more and are still to be completed, oldest first.

    Completed: an assessment of the case has been locked since, or the client is on an agenda again.
    """
    rows = visible_to(by, "meetings.see", Item.objects.all(), at=at).filter(
        presenter_id__in=who(by, at=at).stands_for, state=ItemState.DONE, outcome=Outcome.RETURNED,
        meeting__state=MeetingState.ENDED, case__closed_at__isnull=True,
    )  # fmt: skip
    locked = Assessment.objects.filter(case_id=OuterRef("case_id"), locked_at__gt=OuterRef("settled_at"))
    again = Item.objects.filter(case_id=OuterRef("case_id"), created_at__gt=OuterRef("settled_at"))
    rows = rows.exclude(Exists(locked)).exclude(Exists(again.exclude(state=ItemState.TAKEN_OFF)))
    return list(rows.select_related("case__client", "meeting__series", "assessment").order_by("settled_at", "pk"))


def settled(by: Actor, *, at: datetime) -> QuerySet[Item]:
    """Return the items of ended meetings that are to be decided, oldest first: granted or refused by the group."""
    rows = visible_to(by, "meetings.see", Item.objects.all(), at=at).filter(
        state=ItemState.DONE, outcome__in=(Outcome.GRANTED, Outcome.REFUSED), meeting__state=MeetingState.ENDED
    )
    return rows.select_related("case__client", "meeting__series", "assessment", "decider").order_by("settled_at", "pk")


def of_case(case: Case, *, by: Actor, at: datetime) -> list[Item]:
    """Return the items of a case on agendas, newest first."""
    rows = visible_to(by, "meetings.see", Item.objects.filter(case=case), at=at)
    return list(rows.select_related("meeting__series", "presenter", "decider").order_by("-created_at", "-pk"))
