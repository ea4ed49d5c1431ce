"""Series and their members: a group is established, people are appointed to it and leave it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor, Membership, Unit
from polku.access.permissions import require
from polku.access.queries import current
from polku.acting import action
from polku.audit import actions as audit
from polku.cases import actions as cases
from polku.cases.states import RelationKind
from polku.kit.errors import Conflict, Invalid
from polku.kit.localtime import day_bounds, local_date
from polku.meetings import policy as _policy  # noqa: F401 - declares who may
from polku.meetings.models import Item, Meeting, Member, Series
from polku.meetings.moves import changed, locked, tie
from polku.meetings.states import ItemState, MeetingState, MemberRole

_AHEAD = (MeetingState.PLANNED, MeetingState.RUNNING, MeetingState.PAUSED)
_APPOINTED = tuple(part for part in MemberRole if part != MemberRole.PRESENTER)


@action
def establish(
    *,
    key: str,
    unit: Unit,
    names: Mapping[str, str],
    form: str,
    by: Actor,
    at: datetime,
    rubric: str = "",
    decider: Actor | None = None,
    minutes: int = 10,
    closes_hours: int = 0,
    valid_from: date | None = None,
) -> Series:
    """Establish a series of meetings; one that is there by its key is returned as it is.

    Args:
        names: the group's name in fi, sv and en.
        form: key of the form that must be locked before an item is ready; `rubric` the one whose criteria are weighed.
        decider: the office-holder who decides on what the group has weighed; None: chosen with each decision.

    Raises:
        NotAllowed; Invalid `name_missing`, `decider_not_in_office`.
    """
    require(by, "meetings.establish", at=at)
    if (there := Series.objects.filter(key=key).first()) is not None:
        return there
    if not all(names.get(language, "").strip() for language in ("fi", "sv", "en")):
        raise Invalid("name_missing", _("Write the group's name in Finnish, Swedish and English."), field="name")
    _check_decider(decider, at=at)
    row = Series(
        key=key, unit=unit, name_fi=names["fi"].strip(), name_sv=names["sv"].strip(), name_en=names["en"].strip(),
        form=form, rubric=rubric, decider=decider, minutes=minutes, closes_hours=closes_hours,
        valid_from=valid_from or local_date(at),
    )  # fmt: skip
    row.save(force_insert=True)
    _trace(row, "established", by=by, at=at)
    return row


@action
def name_decider(*, series: Series, decider: Actor | None, by: Actor, at: datetime) -> None:
    """Name the office-holder who decides on what a group has weighed from now on, or nobody: chosen each time.

    Raises:
        NotAllowed; Invalid `decider_not_in_office`.
    """
    require(by, "meetings.appoint", series, at=at)
    _check_decider(decider, at=at)
    Series.objects.filter(pk=series.pk).update(decider=decider)
    series.decider = decider
    _trace(series, "decider_named", by=by, at=at, who=decider)


@action
def appoint(
    *, series: Series, actor: Actor, part: str, by: Actor, at: datetime, valid_from: date | None = None,
    valid_until: date | None = None,
) -> Member:  # fmt: skip
    """Appoint somebody to a group, from a day; they see the cases on its agendas from then on.

    The same part again is the one that runs; another part of the same person ends the day before.

    Raises:
        NotAllowed; Invalid `part_missing`, `period`; Conflict `chair_there`: the group has a chair already.
    """
    require(by, "meetings.appoint", series, at=at)
    if part not in _APPOINTED:
        raise Invalid("part_missing", _("Choose the person's part in the group."), field="part")
    day = valid_from or local_date(at)
    if valid_until is not None and valid_until < day:
        raise Invalid("period", _("The last day is before the first one."), field="valid_until")
    Series.objects.select_for_update(no_key=True).get(pk=series.pk)
    running = Member.objects.filter(series=series, actor=actor, valid_until__isnull=True).first()
    if running is not None and running.role == part:
        return running
    if running is not None:
        _end(running, day - timedelta(days=1))
    row = Member(series=series, actor=actor, role=part, valid_from=day, valid_until=valid_until)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise Conflict(
            "chair_there",
            _("The group has a chair already. Let the former one's time end first."),
        ) from None
    _see_agendas(series, by=by, at=at)
    _trace(series, "appointed", by=by, at=at, who=actor, part=part)
    return row


@action
def dismiss(*, member: Member, by: Actor, at: datetime, last_day: date | None = None) -> None:
    """Let a member's time in a group end; from the next day they do not see the cases on its agendas by it.

    Raises:
        NotAllowed; Conflict when it has ended already.
    """
    series = member.series
    require(by, "meetings.appoint", series, at=at)
    day = last_day or local_date(at) - timedelta(days=1)
    row = Member.objects.select_for_update().filter(pk=member.pk, valid_until__isnull=True).first()
    if row is None:
        raise Conflict("dismissed", _("This membership has already ended."))
    _end(row, day)
    if not Member.objects.filter(series=series, actor=member.actor, valid_until__isnull=True).exists():
        for item in _agenda_items(series):
            last = max(at, day_bounds(day)[1])
            cases.end_relations(at=last, case=item.case, actor=member.actor, kind=RelationKind.MEETING)
    _trace(series, "dismissed", by=by, at=at, who=member.actor)


def _end(row: Member, day: date) -> None:
    """End a membership; one that would end before it began never was."""
    if day < row.valid_from:
        row.delete()
    else:
        Member.objects.filter(pk=row.pk).update(valid_until=day)


def _agenda_items(series: Series) -> list[Item]:
    rows = Item.objects.filter(meeting__series=series, meeting__state__in=_AHEAD).exclude(state=ItemState.TAKEN_OFF)
    return list(
        rows.select_related("case__client", "meeting__series__unit", "presenter").order_by("meeting_id", "place")
    )


def _see_agendas(series: Series, *, by: Actor, at: datetime) -> None:
    """Give the group, with its new member, the sight of the cases on its agendas; open pages show who belongs to it."""
    for item in _agenda_items(series):
        tie(item.case, item.meeting, presenter=item.presenter, by=by, at=at)
    for number in Meeting.objects.filter(series=series, state__in=_AHEAD).order_by("pk").values_list("pk", flat=True):
        changed(locked(number))


def _check_decider(decider: Actor | None, *, at: datetime) -> None:
    if decider is None:
        return
    if not Membership.objects.filter(current(local_date(at)), actor=decider, in_office=True).exists():
        raise Invalid(
            "decider_not_in_office",
            _("%(name)s holds no office today and cannot decide. Choose an office-holder.") % {"name": decider.name},
            field="decider",
        )  # fmt: skip


def _trace(series: Series, event: str, *, by: Actor, at: datetime, who: Actor | None = None, part: str = "") -> None:
    details = {"series": series.key, **({"who": who.public_id} if who else {}), **({"part": part} if part else {})}
    audit.changed(by=by, at=at, what=f"meetings.{event}", subject=series.key, unit=series.unit.key, details=details)
