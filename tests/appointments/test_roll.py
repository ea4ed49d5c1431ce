"""The roll of a group: everybody marked in one step, with clocks, new attempts, links and the group itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from polku.appointments import actions
from polku.appointments.models import Appointment, ClientLink, Participant
from polku.appointments.states import State
from polku.cases.models import TimelineEntry
from polku.contacts.models import CallBack
from polku.contacts.states import CallBackState
from polku.kit.errors import Conflict, Invalid, NotAllowed
from tests.appointments import world
from tests.appointments.test_groups import START, group_of_talks, messages, seat, session
from tests.appointments.world import AT, World

pytestmark = pytest.mark.django_db

OVER = START + timedelta(hours=1)


@pytest.fixture
def county(db: None) -> World:
    return world.build()


def call(county: World, row: Appointment, *marks: tuple[Participant, State], reason: str = "") -> Appointment:
    return actions.call_roll(
        appointment=row, marks={one.public_id: state for one, state in marks}, by=county.lead, at=OVER, reason=reason
    )


def test_marks_everybody_and_the_group_in_one_step(county: World) -> None:
    row = group_of_talks(county)
    came, clock = seat(county, row, "Eka")
    missed, running = seat(county, row, "Toinen")
    called, waiting = seat(county, row, "Kolmas")
    row = call(county, row, (came, State.DONE), (missed, State.NO_SHOW), (called, State.CANCELLED), reason="soitti")
    row.refresh_from_db()
    assert (row.state, row.closed_at) == (State.DONE, OVER)
    for one in (clock, running, waiting):
        one.refresh_from_db()
    assert (clock.met_at, running.met_at, waiting.met_at) == (START, None, None)
    assert [one.contact_id for one in CallBack.objects.all()] == [missed.contact_id], "only who did not come is called"
    assert (messages("appointment_missed"), messages("appointment_cancelled")) == (1, 0), "the hour has passed"
    called.refresh_from_db()
    assert (called.state, called.cancelled_side, called.cancelled_reason) == (State.CANCELLED, "client", "soitti")
    assert not ClientLink.objects.filter(used_at__isnull=True).exists(), "the links end with what they were for"


def test_changes_each_mark_with_its_reason_and_puts_clocks_and_attempts_right(county: World) -> None:
    row = group_of_talks(county)
    one, clock = seat(county, row, "Eka")
    two, running = seat(county, row, "Toinen")
    call(county, row, (one, State.DONE), (two, State.NO_SHOW))
    with pytest.raises(Invalid) as refused:
        call(county, row, (one, State.NO_SHOW), (two, State.DONE))
    assert refused.value.field == "reason"
    call(county, row, (one, State.NO_SHOW), (two, State.DONE), reason="rivit menivät ristiin")
    clock.refresh_from_db()
    running.refresh_from_db()
    assert (clock.met_at, running.met_at) == (None, START)
    states = {one.contact_id: one.state for one in CallBack.objects.order_by("pk")}
    assert states == {two.contact_id: CallBackState.CANCELLED, one.contact_id: CallBackState.WAITING}
    texts = TimelineEntry.objects.filter(event="appointments.group_booked").values_list("text", flat=True)
    assert set(texts) == {"rivit menivät ristiin"}
    again = CallBack.objects.count()
    call(county, row, (one, State.NO_SHOW), (two, State.DONE))
    assert CallBack.objects.count() == again, "the same once more changes nothing"


def test_says_of_a_group_to_which_nobody_came_that_it_did_not_take_place(county: World) -> None:
    row = group_of_talks(county)
    one, _clock = seat(county, row, "Eka")
    assert call(county, row, (one, State.NO_SHOW)).state == State.NO_SHOW
    assert call(county, row, (one, State.DONE), reason="tuli myöhässä").state == State.DONE


def test_marks_those_who_had_arrived(county: World) -> None:
    row = group_of_talks(county)
    one, _clock = seat(county, row, "Eka")
    two, _clock = seat(county, row, "Toinen")
    for arrived in (one, two):
        actions.mark_participant(participant=arrived, state=State.ARRIVED, by=county.lead, at=START)
    call(county, row, (one, State.DONE), (two, State.NO_SHOW), reason="lähti heti")
    assert list(Participant.objects.order_by("seat").values_list("state", flat=True)) == [State.DONE, State.NO_SHOW]


def test_refuses_a_roll_that_leaves_somebody_out_comes_early_or_names_a_stranger(county: World) -> None:
    row = group_of_talks(county)
    one, _clock = seat(county, row, "Eka")
    two, _clock = seat(county, row, "Toinen")
    with pytest.raises(Invalid) as refused:
        call(county, row, (one, State.DONE))
    assert refused.value.code == "unmarked"
    with pytest.raises(Invalid):
        actions.call_roll(
            appointment=row, marks={one.public_id: State.DONE, two.public_id: State.DONE}, by=county.lead, at=AT
        )
    actions.leave_group(participant=two, side="client", reason="este", by=county.lead, at=AT)
    with pytest.raises(Conflict):
        call(county, row, (one, State.DONE), (two, State.DONE))
    with pytest.raises(NotAllowed):
        actions.call_roll(appointment=row, marks={one.public_id: State.DONE}, by=county.petra, at=OVER)
    assert call(county, row, (one, State.DONE)).state == State.DONE


def test_takes_no_mark_of_a_seat_back_without_a_reason(county: World) -> None:
    row = session(county)
    one, clock = seat(county, row, "Eka")
    actions.mark_participant(participant=one, state=State.DONE, by=county.lead, at=OVER)
    with pytest.raises(Invalid) as refused:
        actions.mark_participant(participant=one, state=State.BOOKED, by=county.lead, at=OVER)
    assert refused.value.field == "reason"
    actions.mark_participant(participant=one, state=State.BOOKED, by=county.lead, at=OVER, reason="väärä henkilö")
    entry = TimelineEntry.objects.get(event="appointments.group_booked")
    clock.refresh_from_db()
    assert (entry.text, entry.data["was"], clock.met_at) == ("väärä henkilö", State.DONE, None)


def test_ends_the_link_of_a_seat_that_is_marked(county: World) -> None:
    row = session(county)
    one, _clock = seat(county, row, "Eka")
    two, _clock = seat(county, row, "Toinen")
    actions.mark_participant(participant=one, state=State.DONE, by=county.lead, at=OVER)
    assert [link.participant_id for link in ClientLink.objects.filter(used_at__isnull=True)] == [two.pk]


def test_gives_no_seat_back_by_marking_it_booked(county: World) -> None:
    row = session(county)
    one, _clock = seat(county, row, "Eka")
    actions.leave_group(participant=one, side="client", reason="este", by=county.lead, at=AT)
    with pytest.raises(Conflict):
        actions.mark_participant(participant=one, state=State.BOOKED, by=county.lead, at=AT, reason="x")
