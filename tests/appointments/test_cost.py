"""What the actions cost: a fixed number of questions to the database, whatever the number of calendars."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from polku.access.models import Actor
from polku.appointments import actions, search
from polku.appointments.models import Appointment, Kind
from polku.appointments.snapshot import Wish
from polku.appointments.states import CancelledBy, Mode
from polku.kit.errors import Conflict
from tests.appointments import world
from tests.appointments.world import AT, World

pytestmark = pytest.mark.django_db

START = datetime(2026, 11, 25, 7, 0, tzinfo=UTC)


def cost(act: Callable[[], Any], name: str) -> int:
    """How many statements an action sends, the transaction's own and the log's partition too.

    A row of the log whose words are new to the process goes by itself: here each does, since nothing is ever committed.
    """
    with CaptureQueriesContext(connection) as seen:
        act()
    alone = [query for query in seen if "audit_about_number" in query["sql"] or "audit_who_number" in query["sql"]]
    print(f"{name}: {len(seen) - len(alone)} statements")
    return len(seen) - len(alone)


def afresh(actor: Actor) -> Actor:
    """The actor as a new request knows them, with nothing kept."""
    return Actor.objects.get(pk=actor.pk)


def hold(county: World, **more: Any) -> Appointment:
    values: dict[str, Any] = {
        "kind": county.kind, "unit": county.team, "start": START,
        "workers": [county.workers[0]], "mode": Mode.OFFICE, "by": county.laura, "at": AT, "key": "k",
        "client": county.client, "contact": county.contact, **more,
    }  # fmt: skip
    return actions.hold(**values)


@pytest.fixture(params=[2, 12])
def county(db: None, request: pytest.FixtureRequest) -> World:
    return world.build(workers=request.param)


def test_searches_holds_confirms_tells_cancels_with_few_questions(county: World) -> None:
    wish = Wish(Kind.objects.get(pk=county.kind.pk), county.team)
    assert cost(lambda: search.search(wish, search.Wanted(promise=date(2026, 12, 3)), at=AT), "search") <= 8
    assert cost(lambda: hold(county), "hold") <= 16
    row = Appointment.objects.get()
    laura = afresh(county.laura)
    booked = cost(
        lambda: actions.confirm(appointment=row, by=laura, at=AT, client=county.client, contact=county.contact),
        "confirm",
    )
    assert booked <= 25
    assert cost(lambda: actions.tell(appointment=row, by=laura, at=AT), "tell") <= 16
    end: dict[str, Any] = {"side": CancelledBy.CLIENT, "reason": "x", "by": laura, "at": AT}
    assert cost(lambda: actions.cancel(appointment=row, **end), "cancel") <= 23


def test_marks_as_held_with_few_questions(county: World) -> None:
    row = actions.confirm(appointment=hold(county), by=county.laura, at=AT)
    worker = county.workers[0].actor
    assert worker is not None
    held = cost(lambda: actions.done(appointment=row, by=afresh(worker), at=START + timedelta(hours=1)), "done")
    assert held <= 16


def test_refuses_a_taken_time_with_few_questions(county: World) -> None:
    hold(county)

    def refused() -> None:
        with pytest.raises(Conflict) as why:
            hold(county, by=afresh(county.petra))
        assert why.value.facts["next_free"] is not None

    assert cost(refused, "refusal") <= 15


def test_asks_for_what_a_later_stretch_needs_only_then(county: World) -> None:
    """The days shown are near the horizon: the rows still name workers and places."""
    wish = Wish(Kind.objects.get(pk=county.kind.pk), county.team)
    found = search.search(wish, search.Wanted(), at=AT, first=date(2027, 1, 20))
    assert all(offer.workers and offer.place for offer in (*found.inside, *found.after))
