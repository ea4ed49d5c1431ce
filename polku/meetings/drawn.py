"""What the pages of a meeting show around what `page` tells: titles, what a button does, what it waits for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Model
from django.urls import reverse
from django.utils.translation import gettext as _

from polku.access.models import Actor
from polku.access.permissions import can
from polku.kit.localtime import local_date
from polku.meetings import members, page, services
from polku.meetings.models import Meeting, Minutes
from polku.meetings.states import UNDER_WAY, Fulfilled, MeetingState, Outcome
from polku.ui import words

# How often an open page is drawn anew although nothing was changed: times flow.
REDRAWN = 5
# How long after its planned end a meeting that goes on keeps its readers signed in.
AT_WORK = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Wrong:
    """A form that was refused: what was given, why, and what stands there now if somebody wrote meanwhile."""

    form: str
    message: str
    given: Mapping[str, str]
    field: str = ""
    version: int | None = None
    theirs: str = ""


def tag(meeting: Meeting, *, at: datetime) -> str:
    """Return what changes when a meeting's page does: with every change, and with time while it goes on."""
    moment = int(at.timestamp()) // REDRAWN if meeting.state == MeetingState.RUNNING else 0
    return f'"{meeting.stamp}-{moment}"'


def title(found: page.Page) -> str:
    """Return the page's title: the job at this moment."""
    if found.state == MeetingState.PLANNED:
        return _("Prepare the meeting")
    if found.state == MeetingState.ENDED:
        return _("The meeting has ended")
    if found.state == MeetingState.CANCELLED:
        return _("The meeting has been cancelled")
    if found.place_in_agenda:
        return _("Handle item %(place)s") % {"place": found.place_in_agenda.replace(" ", "\u00a0")}
    return _("Open the next item") if found.next else _("End the meeting")


def _running(band: page.Band | None) -> dict[str, str]:
    """Return the words of the clock around its running time."""
    if band is None:
        return {}
    amount = words.ticking(abs(band.allotted - band.used))
    before, _found, after = band.text.partition(amount)
    return {"before": before.strip(), "amount": amount, "after": after.strip()}


def context(meeting: Meeting, *, by: Actor, at: datetime, wrong: Wrong | None = None) -> dict[str, Any]:
    """Return what a meeting's page needs."""
    found = page.of(meeting, by=by, at=at)
    planned = found.state == MeetingState.PLANNED
    minutes = (
        Minutes.objects.filter(meeting=meeting).order_by("-version").values_list("public_id", flat=True).first()
        if found.state == MeetingState.ENDED
        else None
    )
    return {
        "title": title(found),
        "row": meeting,
        "page": found,
        "planned": planned,
        "under_way": found.state in (MeetingState.RUNNING, MeetingState.PAUSED),
        "paused": found.state == MeetingState.PAUSED,
        "tone": {"soon": "soon", "over": "late", "break": "hold"}.get(found.band.state, "left") if found.band else "",
        "clock": _running(found.band),
        # Whoever follows a meeting that goes on is at work without touching anything; not one that nobody ended.
        "at_work": meeting.state in UNDER_WAY and at < meeting.ends_at + AT_WORK,
        "next_id": found.next.public_id if found.next else "",
        "minutes_id": minutes,
        "may_run": found.may["run"],
        "may_arrange": found.may["arrange"] and planned,
        **weighing(found.open, meeting, at=at, wrong=wrong, other=True),
    }


def weighing(
    item: Any, meeting: Meeting, *, at: datetime, wrong: Wrong | None = None, other: bool = False
) -> dict[str, Any]:
    """Return what the part of an item needs: choices, what was typed and refused."""
    return {
        "item": item,
        "wrong": wrong,
        "fulfilled": [one for one in Fulfilled.choices if one[0] != Fulfilled.NOT_KNOWN],
        "services": services.known(day=local_date(at)) if item is not None and item.may_settle else {},
        "granted": str(Outcome.GRANTED),
        "open_here": other,
    }


def leaders(meeting: Meeting, *, at: datetime, without: set[int] | None = None) -> list[Actor]:
    """Return who may lead, the chair first."""
    return members.chairs(meeting.series, at=at, without=without or ())


def back_to(meeting: Meeting) -> str:
    """Return the address of a meeting's page."""
    return reverse("meetings:page", args=[meeting.public_id])


def may(by: Actor, action: str, thing: Model, *, at: datetime) -> bool:
    """Tell whether the reader may do an action of the stage."""
    return can(by, f"meetings.{action}", thing, at=at)
