"""What items have taken in a series' earlier meetings: learned for the next estimate, by what is proposed."""

from __future__ import annotations

from collections.abc import Mapping

from polku.acting import beyond
from polku.meetings.models import Item, Series
from polku.meetings.states import ItemState, MeetingState
from polku.rules.estimates import MOST_CASES, Estimate, estimate, estimates

_MINUTE = 60


@beyond("how many minutes items of a series have taken; no case and no client of its own")
def taken(series: Series, *, service: str = "") -> list[tuple[str, int]]:
    """Return service and whole minutes of items handled in a series' ended meetings, oldest first, the latest only."""
    rows = Item.objects.filter(
        meeting__series=series, meeting__state=MeetingState.ENDED, state=ItemState.DONE, used__gt=0
    )
    if service:
        rows = rows.filter(service=service)
    latest = rows.order_by("-settled_at", "-pk").values_list("service", "used")[: MOST_CASES * (1 if service else 10)]
    return [(key, max(1, (used + _MINUTE // 2) // _MINUTE)) for key, used in reversed(latest)]


def of(series: Series, service: str) -> Estimate | None:
    """Return what items of a service have taken: the median and the band of eight in ten; None while few are known."""
    return estimate([minutes for _service, minutes in taken(series, service=service)])


def by_service(series: Series) -> Mapping[str, Estimate]:
    """Return the same for each service of which enough is known."""
    return estimates(taken(series))
