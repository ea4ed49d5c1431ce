"""Changing calendars: openings, other calendars read in, feeds."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor, Unit
from polku.access.permissions import require
from polku.acting import action
from polku.appointments.icalendars import busy_times
from polku.appointments.links import token_hash
from polku.appointments.models import BusySource, BusyTime, Feed, Kind, Opening, Place, Resource
from polku.appointments.snapshot import local_day
from polku.audit import actions as audit
from polku.kit.errors import Invalid, NotAllowed

READ_AHEAD = timedelta(days=120)
READ_BACK = timedelta(days=1)


@action
def add_opening(
    *, resource: Resource, unit: Unit, starts: time, ends: time, modes: Sequence[str], valid_from: date,
    by: Actor, at: datetime, weekday: int | None = None, every_weeks: int = 1, valid_until: date | None = None,
    place: Place | None = None, kinds: Sequence[Kind] = (), languages: Sequence[str] = (),
) -> Opening:  # fmt: skip
    """Open a calendar on a weekday in a rhythm, or once on `valid_from` when no weekday is given.

    A rhythm of several weeks is on in the week of `valid_from`. The same opening twice is one row.

    Raises:
        NotAllowed; Invalid when the end is not after the start or no way to meet is given.
    """
    require(by, "appointments.calendar", resource, at=at)
    if ends != time(0) and ends <= starts:
        raise Invalid("period", _("The end must be after the start."), field="ends")
    if not modes:
        raise Invalid("modes", _("Choose at least one way to meet."), field="modes")
    once = weekday is None
    row, made = Opening.objects.get_or_create(
        resource=resource,
        unit=unit,
        weekday=weekday,
        on_date=valid_from if once else None,
        starts=starts,
        ends=ends,
        place=place,
        every_weeks=1 if once else every_weeks,
        valid_from=valid_from,
        valid_until=valid_from if once else valid_until,
        defaults={
            "anchor": valid_from if every_weeks > 1 and not once else None,
            "modes": list(modes),
            "languages": list(languages),
            "created_at": at,
            "created_by": by,
        },
    )
    if made:
        row.kinds.set(kinds)
        audit.changed(by=by, at=at, what="appointments.opening_added", subject=row.public_id, unit=unit.key)
    return row


@action
def end_opening(*, opening: Opening, last_day: date, by: Actor, at: datetime) -> None:
    """Let an opening hold until a day, that day included. One that has not begun by then is removed.

    Times booked in it stay booked: the page lists them, so that they can be moved.

    Raises:
        NotAllowed; Invalid for a day that has passed: what was open then stays on record.
    """
    require(by, "appointments.calendar", opening.resource, at=at)
    if last_day < local_day(at) - timedelta(days=1):
        raise Invalid("past", _("The last day cannot be in the past."), field="last_day")
    if opening.valid_from > last_day:
        Opening.objects.filter(pk=opening.pk).delete()
    else:
        Opening.objects.filter(pk=opening.pk).update(valid_until=last_day)
    audit.changed(
        by=by, at=at, what="appointments.opening_ended", subject=opening.public_id, details={"last_day": str(last_day)}
    )


@action
def new_feed(*, actor: Actor, by: Actor, at: datetime) -> str:
    """Make a new secret address for a worker's own feed and return its token, shown this once; the old one ends.

    Raises:
        NotAllowed: it is another worker's calendar.
    """
    if actor.pk != by.pk:
        raise NotAllowed("not_own", _("Only the worker can make an address for their own calendar."))
    end_feed(actor=actor, by=by, at=at)
    token = secrets.token_urlsafe(24)
    Feed.objects.create(actor=actor, token_hash=token_hash(token), created_at=at)
    audit.changed(by=by, at=at, what="appointments.feed_made", subject=actor.public_id)
    return token


@action
def end_feed(*, actor: Actor, by: Actor, at: datetime) -> None:
    """End the worker's feed; no error when there is none."""
    if Feed.objects.filter(actor=actor, ended_at__isnull=True).update(ended_at=at):
        audit.changed(by=by, at=at, what="appointments.feed_ended", subject=actor.public_id)


@action
def add_busy_source(
    *, resource: Resource, name: str, by: Actor, at: datetime, url: str = "", content: bytes = b""
) -> BusySource:
    """Read another calendar's busy times: from a file now, or from an address by the job again and again.

    A source of the same name is replaced.

    Raises:
        NotAllowed; Invalid when the file is not a calendar.
    """
    require(by, "appointments.calendar", resource, at=at)
    source, made = BusySource.objects.update_or_create(
        resource=resource,
        name=name.strip()[:120],
        defaults={"url": url, "created_at": at, "created_by": by, "problem": "", "tried_at": None, "read_at": None},
    )
    if content:
        replace_busy_times(source=source, content=content, at=at)
    audit.changed(by=by, at=at, what="appointments.busy_source_added", subject=source.public_id, details={"new": made})
    return source


@action
def remove_busy_source(*, source: BusySource, by: Actor, at: datetime) -> None:
    """Stop reading a calendar; its times are offered again."""
    require(by, "appointments.calendar", source.resource, at=at)
    BusySource.objects.filter(pk=source.pk).delete()
    audit.changed(by=by, at=at, what="appointments.busy_source_removed", subject=source.public_id)


@action
def replace_busy_times(*, source: BusySource, content: bytes, at: datetime) -> int:
    """Put the busy times of a calendar file in place of those read before. Returns how many.

    Raises:
        Invalid: it is not a calendar; what was read before stays.
    """
    spans = busy_times(content, low=at - READ_BACK, high=at + READ_AHEAD)
    BusyTime.objects.filter(source=source).delete()
    BusyTime.objects.bulk_create(BusyTime(source=source, resource_id=source.resource_id, during=span) for span in spans)
    BusySource.objects.filter(pk=source.pk).update(read_at=at, tried_at=at, problem="")
    return len(spans)


@action
def note_problem(*, source: BusySource, problem: str, at: datetime) -> None:
    """Keep why a calendar could not be read; what was read before stays in force."""
    BusySource.objects.filter(pk=source.pk).update(tried_at=at, problem=problem[:300])
