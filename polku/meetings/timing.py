"""Items in time: what is stored of an item, as the rules of the agenda take it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from polku.meetings.models import Item, Pause
from polku.meetings.states import ItemState
from polku.rules.agenda import Item as Timed


def pauses(meeting_id: int) -> list[Pause]:
    """Return a meeting's breaks, in order."""
    return list(Pause.objects.filter(meeting_id=meeting_id).order_by("starts_at"))


def timed(item: Item, breaks: Sequence[Pause], *, stays: bool = False, key: str = "") -> Timed:
    """Return an item as the rules take it: without the breaks since it was opened, one of which may go on.

    Args:
        stays: it may not be proposed to be moved to the next meeting.
        key: by what the agenda knows it; its number without one.
    """
    first, used, since = item.first_opened_at, item.used, _not_before(item.opened_at, item.first_opened_at)
    for pause in breaks:
        if since is None or (pause.ends_at is not None and pause.ends_at <= since):
            continue
        used += max(0, (pause.starts_at - since) // timedelta(seconds=1))
        since = pause.ends_at
    return Timed(
        key=key or str(item.pk),
        minutes=item.minutes,
        added=item.added,
        first_opened_at=first,
        opened_at=since,
        used_before=used,
        settled_at=_not_before(item.settled_at, first),
        done=item.state == ItemState.DONE,
        moved=item.state == ItemState.MOVED,
        stays=stays,
    )


def _not_before(moment: datetime | None, first: datetime | None) -> datetime | None:
    """Return a moment that another process wrote, whose clock may have been a second behind, not before the first."""
    return max(moment, first) if moment and first else moment
