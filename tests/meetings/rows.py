"""One row of each table of meetings about a case, for tests of who sees what."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from polku.access.models import Actor
from polku.cases.models import Case
from polku.meetings.models import Disqualification, Item, ItemCriterion, Meeting, Minutes, Series


def one_of_each(case: Case, *, by: Actor, at: datetime) -> None:
    """Write a meeting of the case's own unit with an item, a criterion, a disqualification, and its minutes."""
    series = Series.objects.create(
        key="rows", unit=case.unit, name_fi="x", name_sv="x", name_en="x", form="rows", valid_from=date(2026, 1, 1)
    )
    meeting = Meeting.objects.create(
        series=series, starts_at=at, ends_at=at + timedelta(hours=1), created_at=at, created_by=by
    )
    item = Item.objects.create(
        meeting=meeting, place=1, case=case, basis="new", service="x", minutes=10, presenter=by, created_at=at,
        created_by=by,
    )  # fmt: skip
    ItemCriterion.objects.create(item=item, criterion="a.b", fulfilled="yes", reason="x", written_at=at, written_by=by)
    Disqualification.objects.create(item=item, actor=by, ground="party", told_at=at, told_by=by)
    Minutes.objects.create(meeting=meeting, version=1, content={}, written_at=at, written_by=by)
