"""Hold, confirm, tell, cancel, move: what the client is promised and what colleagues see."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from polku.access.models import Absence, Actor, ClosingDay
from polku.appointments import actions, search
from polku.appointments.models import Appointment, BusySource, BusyTime, Claim, ClientLink, Kind, Resource
from polku.appointments.snapshot import Wish
from polku.appointments.states import CancelledBy, Mode, ResourceKind, State
from polku.cases.models import Relation, TimelineEntry
from polku.kit.errors import Conflict, Invalid, NotAllowed
from polku.outbox.models import Message
from tests.appointments import world
from tests.appointments.world import AT, World

pytestmark = pytest.mark.django_db

TOMORROW_9 = datetime(2026, 11, 25, 7, 0, tzinfo=UTC)


@pytest.fixture
def county(db: None) -> World:
    return world.build()


def hold(
    county: World, *, start: datetime = TOMORROW_9, worker: int = 0, at: datetime = AT, **more: object
) -> Appointment:
    values: dict[str, object] = {
        "kind": county.kind,
        "unit": county.team,
        "workers": [county.workers[worker]],
        "mode": Mode.OFFICE,
        "by": county.laura,
        "key": "",
        **more,
    }
    return actions.hold(start=start, at=at, **values)  # type: ignore[arg-type]


def book(county: World, **more: object) -> Appointment:
    row = hold(county, client=county.client, contact=county.contact, **more)
    return actions.confirm(appointment=row, by=county.laura, at=AT)


def seen(county: World, at: datetime = AT, **more: object) -> search.Result:
    wish = Wish(county.kind, county.team, **more)  # type: ignore[arg-type]
    return search.search(wish, search.Wanted(promise=date(2026, 12, 3), place=county.place), at=at)


def test_holds_for_five_minutes_and_colleagues_see_by_whom(county: World) -> None:
    row = hold(county)
    assert (row.state, row.held_until) == (State.HELD, AT + timedelta(minutes=5))
    rows = [offer for offer in seen(county).inside if offer.start == TOMORROW_9]
    assert sorted(offer.held_by for offer in rows) == ["", "", "Laura Heikkilä"]


def test_refuses_a_held_time_and_names_the_holder_and_the_next_free_time(county: World) -> None:
    hold(county)
    with pytest.raises(Conflict) as refused:
        hold(county, by=county.petra)
    assert refused.value.code == "time_held"
    assert "Laura Heikkilä" in str(refused.value.message)
    assert refused.value.facts["next_free"]["start"] == "2026-11-25T07:00:00Z"  # type: ignore[index]


def test_takes_a_time_whose_hold_has_ended(county: World) -> None:
    first = hold(county)
    later = AT + timedelta(minutes=5)
    again = hold(county, by=county.petra, at=later)
    first.refresh_from_db()
    assert (first.state, again.state) == (State.EXPIRED, State.HELD)


def test_frees_a_time_at_once_when_it_is_let_go(county: World) -> None:
    first = hold(county)
    actions.release(appointment=first, by=county.laura, at=AT)
    assert hold(county, by=county.petra).state == State.HELD
    actions.release(appointment=first, by=county.laura, at=AT)


def test_changes_a_hold_to_another_in_one_step(county: World) -> None:
    first = hold(county)
    second = hold(county, start=TOMORROW_9 + timedelta(hours=1), instead=first)
    first.refresh_from_db()
    assert (first.state, second.state) == (State.RELEASED, State.HELD)


def test_keeps_the_first_hold_when_the_second_fails(county: World) -> None:
    first = hold(county)
    hold(county, start=TOMORROW_9 + timedelta(hours=1), by=county.petra)
    with pytest.raises(Conflict), transaction.atomic():
        hold(county, start=TOMORROW_9 + timedelta(hours=1), instead=first)
    first.refresh_from_db()
    assert first.state == State.HELD


def test_gives_the_same_hold_for_the_same_key(county: World) -> None:
    assert hold(county, key="k1").pk == hold(county, key="k1").pk
    assert Appointment.objects.count() == 1


def test_gives_the_same_hold_for_the_same_key_when_somebody_else_has_the_time_by_then(county: World) -> None:
    first = hold(county, key="k1")
    actions.release(appointment=first, by=first.created_by, at=AT)
    hold(county, by=county.petra, key="k2")
    assert hold(county, key="k1").pk == first.pk
    with pytest.raises(Conflict):
        hold(county, key="k3")


@pytest.mark.parametrize(("minutes", "code"), [(-60, "past"), (0, "past"), (30, "too_soon"), (60 * 24 * 70, "too_far")])
def test_refuses_past_too_soon_and_too_far(county: World, minutes: int, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        hold(county, start=AT + timedelta(minutes=minutes))
    assert refused.value.code == code


def test_refuses_a_time_that_is_not_open(county: World) -> None:
    with pytest.raises(Conflict) as refused:
        hold(county, start=datetime(2026, 11, 25, 15, 0, tzinfo=UTC))
    assert refused.value.code == "not_open"


def test_does_not_offer_absences_closing_days_or_busy_times(county: World) -> None:
    away, shut, busy = county.workers
    Absence.objects.create(
        actor=away.actor, starts_at=TOMORROW_9 - timedelta(hours=9), ends_at=TOMORROW_9 + timedelta(hours=15)
    )
    source = BusySource.objects.create(resource=busy, name="Outlook", created_at=AT, created_by=busy.actor)
    BusyTime.objects.create(source=source, resource=busy, during=(TOMORROW_9, TOMORROW_9 + timedelta(minutes=30)))
    offers = [offer for offer in seen(county).inside if offer.day == TOMORROW_9.date()]
    by_worker = {
        resource.actor: [o.start for o in offers if o.workers == (resource.actor,)] for resource in county.workers
    }
    assert by_worker[away.actor] == []
    assert TOMORROW_9 not in by_worker[busy.actor] and by_worker[busy.actor]
    assert TOMORROW_9 in by_worker[shut.actor]
    ClosingDay.objects.create(unit=county.station, day=TOMORROW_9.date())
    assert not [offer for offer in seen(county).inside if offer.day == TOMORROW_9.date()]


def test_books_only_by_the_rules_of_the_game(county: World) -> None:
    county.kind.booking_rules.filter(client=False).update(needs=["income_support"])
    with pytest.raises(NotAllowed) as refused:
        hold(county, need="debt")
    assert refused.value.code == "no_booking_rule"
    assert hold(county, need="income_support")
    own = county.workers[0].actor
    assert hold(county, worker=1, by=own, need="debt")


def test_ends_the_rules_with_their_dates(county: World) -> None:
    county.kind.booking_rules.update(valid_until=AT.date() - timedelta(days=1))
    with pytest.raises(NotAllowed):
        hold(county)


def test_confirms_with_message_link_and_tie(county: World) -> None:
    row = book(county)
    assert (row.state, row.booked_by, row.client) == (State.BOOKED, county.laura, county.client)
    message = Message.objects.get()
    assert "ke 25.11.2026 klo 9.00" in message.body and "Hiidenlahden terveysasema" in message.body
    assert "Keskustelu" not in message.body and "Koskimäki" not in message.body
    assert ClientLink.objects.get().appointment == row
    tie = Relation.objects.get()
    assert (tie.actor, tie.client) == (county.workers[0].actor, county.client)
    assert TimelineEntry.objects.filter(event="appointments.booked", work_item=county.contact.work_item).exists()


def test_confirms_once_when_pressed_twice(county: World) -> None:
    row = book(county)
    again = actions.confirm(appointment=row, by=county.laura, at=AT + timedelta(seconds=2))
    assert (again.booked_at, Message.objects.count()) == (AT, 1)


def test_refuses_to_confirm_a_lapsed_hold_and_says_whether_the_time_is_free(county: World) -> None:
    row = hold(county, client=county.client)
    later = AT + timedelta(minutes=6)
    with pytest.raises(Conflict) as refused, transaction.atomic():
        actions.confirm(appointment=row, by=county.laura, at=later)
    assert (refused.value.code, refused.value.facts["still_free"]) == ("hold_ended", True)
    hold(county, by=county.petra, at=later)
    with pytest.raises(Conflict) as refused:
        actions.confirm(appointment=row, by=county.laura, at=later)
    assert refused.value.facts["still_free"] is False


def test_asks_for_whom_before_confirming(county: World) -> None:
    with pytest.raises(Invalid) as refused:
        actions.confirm(appointment=hold(county), by=county.laura, at=AT)
    assert refused.value.code == "nobody"


def test_counts_as_told_only_while_the_contact_is_open(county: World) -> None:
    row = hold(county, client=county.client, contact=county.contact)
    told = actions.confirm(appointment=row, by=county.laura, at=AT, told=True)
    assert told.told_in_first_contact
    assert told.told_text == (
        "Aikanne on huomenna keskiviikkona 25.11. kello 9.00. Paikka on Hiidenlahden terveysasema, Kauppatie 11. "
        "Teidät ottaa vastaan sosiaaliohjaaja Työntekijä 00."
    )


def test_does_not_count_as_told_when_nobody_pressed_it_or_the_contact_was_closed(county: World) -> None:
    row = book(county)
    assert not row.told_in_first_contact
    county.contact.state = "discarded"
    county.contact.save()
    told = actions.tell(appointment=row, by=county.laura, at=AT)
    assert told.told_at == AT and not told.told_in_first_contact


def test_cancels_with_a_reason_and_frees_the_time_at_once(county: World) -> None:
    row = book(county)
    with pytest.raises(Invalid):
        actions.cancel(appointment=row, side=CancelledBy.CLIENT, reason=" ", by=county.laura, at=AT)
    done = actions.cancel(appointment=row, side=CancelledBy.CLIENT, reason="ill", by=county.laura, at=AT)
    assert (done.state, done.cancelled_side, done.cancelled_reason) == (State.CANCELLED, "client", "ill")
    assert not Claim.objects.get().live
    assert hold(county, by=county.petra)
    assert ClientLink.objects.get().used_at == AT
    assert Message.objects.filter(template="appointment_cancelled").exists()


def test_moves_in_one_step_and_keeps_the_first_promise(county: World) -> None:
    promise = date(2026, 12, 3)
    row = book(county, promised_by=promise)
    new = actions.move(
        appointment=row,
        start=TOMORROW_9 + timedelta(minutes=15),
        workers=[county.workers[0]],
        mode=Mode.PHONE,
        side=CancelledBy.CLIENT,
        reason="later",
        by=county.laura,
        at=AT,
        key="m1",
    )
    row.refresh_from_db()
    assert (row.state, new.state, new.replaces, new.promised_by) == (State.MOVED, State.BOOKED, row, promise)
    message = Message.objects.get(template="appointment_moved")
    assert "9.00" in message.body and "9.15" in message.body
    assert ClientLink.objects.filter(used_at__isnull=True).get().appointment == new


def test_keeps_the_old_time_when_the_new_one_is_taken(county: World) -> None:
    row = book(county)
    hold(county, start=TOMORROW_9 + timedelta(hours=1), by=county.petra)
    with pytest.raises(Conflict) as refused, transaction.atomic():
        actions.move(
            appointment=row,
            start=TOMORROW_9 + timedelta(hours=1),
            workers=[county.workers[0]],
            mode=Mode.OFFICE,
            side=CancelledBy.CLIENT,
            reason="later",
            by=county.laura,
            at=AT,
            key="m1",
        )
    assert refused.value.code == "time_held"
    row.refresh_from_db()
    assert row.state == State.BOOKED


def test_names_no_place_to_a_protected_client(county: World) -> None:
    county.client.protected = True
    county.client.save()
    from polku.clients.models import ProtectedDetail

    ProtectedDetail.objects.create(client=county.client, kind="phone", value="+358440001942", valid_from=world.START)
    book(county)
    message = Message.objects.get()
    assert "Hiidenlahden" not in message.body and "Kauppatie" not in message.body


def test_claims_a_room_and_refuses_when_none_is_left(county: World) -> None:
    Kind.objects.update(needs_room=True)
    county.kind.refresh_from_db()
    Resource.objects.create(kind=ResourceKind.ROOM, place=county.place, name="1", seats=4)
    first = hold(county)
    assert first.claims.filter(position=0).exists()
    with pytest.raises(Conflict) as refused:
        hold(county, worker=1, by=county.petra)
    assert refused.value.code == "no_room"
    assert hold(county, worker=1, by=county.petra, mode=Mode.PHONE)


def test_lets_the_database_refuse_what_slips_through(county: World) -> None:
    row = hold(county)
    other = Appointment.objects.create(
        kind=county.kind, unit=county.team, mode="office", during=row.during, blocks=row.blocks, state="held",
        held_until=AT, created_at=AT, created_by=county.petra,
    )  # fmt: skip
    with pytest.raises(IntegrityError, match="claim_no_overlap"), transaction.atomic():
        Claim.objects.create(appointment=other, resource=county.workers[0], position=1, during=row.blocks, live=True)
    with pytest.raises(IntegrityError, match="claim_follows_appointment"), transaction.atomic():
        Claim.objects.create(
            appointment=other, resource=county.workers[1], position=1, during=(AT, AT + timedelta(hours=1)), live=True
        )


def test_gives_the_earliest_inside_the_promise_first_with_its_reason(county: World) -> None:
    found = seen(county)
    assert found.inside[0].reason in ("Aikaisin, toivottu paikka", "Earliest, wished place")
    assert found.after and found.after[0].late_days >= 1
    assert [offer.start for offer in found.inside] == sorted(offer.start for offer in found.inside)
    assert found.servable == sum(count for (_, day), count in found.counts.items() if day <= found.promise)  # type: ignore[operator]


def test_hides_an_appointment_from_a_stranger(county: World) -> None:
    row = book(county)
    stranger: Actor = world.staff("Vieras", "palveluohjaaja", (county.station, "guidance"))
    with pytest.raises(NotAllowed):
        actions.cancel(appointment=row, side=CancelledBy.UNIT, reason="x", by=stranger, at=AT)
