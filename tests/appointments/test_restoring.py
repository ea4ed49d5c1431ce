"""A cancellation by mistake is taken back: the time, the message, the link, the list and the group as they were."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar

from polku.appointments import actions, jobs
from polku.appointments.models import Appointment, Claim, ClientLink, Kind, Participant
from polku.appointments.states import CancelledBy, Mode, State, WaitState
from polku.audit.models import Event
from polku.cases.models import TimelineEntry
from polku.clients.models import ContactPoint
from polku.clients.states import PointKind
from polku.contacts import actions as contacts
from polku.contacts import people
from polku.contacts.details import Details
from polku.contacts.models import Contact
from polku.contacts.states import PartyRole, Result
from polku.kit.errors import Conflict, NotAllowed
from polku.outbox import actions as outbox
from polku.outbox.models import Message
from polku.outbox.queries import undelivered
from polku.outbox.states import State as MessageState
from tests.appointments import world
from tests.appointments.world import AT, World

pytestmark = pytest.mark.django_db

START = datetime(2026, 11, 25, 7, 0, tzinfo=UTC)
SOON = AT + timedelta(minutes=4)


@pytest.fixture
def county(db: None) -> World:
    return world.build()


def booked(county: World, *, key: str = "", start: datetime = START, contact: Contact | None = None) -> Appointment:
    row = actions.hold(
        kind=county.kind, unit=county.team, start=start, workers=[county.workers[0]], mode=Mode.OFFICE, by=county.laura,
        at=AT, key=key, client=county.client, contact=contact,
    )  # fmt: skip
    return actions.confirm(appointment=row, by=county.laura, at=AT)


def cancel(county: World, row: Appointment, at: datetime = AT) -> Appointment:
    return actions.cancel(appointment=row, side=CancelledBy.UNIT, reason="väärä rivi", by=county.laura, at=at)


def sent(template: str) -> list[str]:
    return list(Message.objects.filter(template=template).order_by("pk").values_list("state", flat=True))


def leave(template: str) -> None:
    """As when the worker has sent what waits."""
    Message.objects.filter(template=template, state=MessageState.QUEUED).update(
        state=MessageState.SENT, sent_at=AT, next_try_at=None
    )


def test_takes_a_cancellation_back_and_says_nothing_while_its_message_has_not_left(county: World) -> None:
    row = booked(county)
    leave("appointment_confirmed")
    cancel(county, row)
    back = actions.restore(appointment=row, by=county.lead, at=SOON)
    back.refresh_from_db()
    assert (back.state, back.live, back.closed_at, back.cancelled_reason, back.restored) == (
        State.BOOKED, True, None, "", 1,
    )  # fmt: skip
    assert Claim.objects.get(appointment=row).live, "the worker's time is taken again"
    assert sent("appointment_cancelled") == [MessageState.CANCELLED] and sent("appointment_restored") == []
    assert ClientLink.objects.get(appointment=row).used_at is None, "the link in the first message works again"
    entry = TimelineEntry.objects.get(event="appointments.restored")
    assert (entry.actor_id, entry.data["reason"]) == (county.lead.pk, "väärä rivi")
    assert Event.objects.filter(what="appointments.restored", clients=[county.client.pk]).exists()
    assert actions.restore(appointment=row, by=county.laura, at=SOON).restored == 1, "twice is once"


def test_tells_the_client_that_the_time_holds_when_the_cancellation_has_left(county: World) -> None:
    row = booked(county)
    cancel(county, row)
    leave("appointment_cancelled")
    actions.restore(appointment=row, by=county.laura, at=SOON)
    message = Message.objects.get(template="appointment_restored")
    assert message.immediate and "pitää sittenkin" in message.body and "/t/" in message.body
    assert ClientLink.objects.filter(appointment=row, used_at__isnull=True).count() == 2


def test_confirms_anew_when_the_cancellation_had_stopped_the_confirmation(county: World) -> None:
    row = booked(county)
    cancel(county, row)
    assert sent("appointment_confirmed") == [MessageState.CANCELLED]
    actions.restore(appointment=row, by=county.laura, at=SOON)
    assert sent("appointment_confirmed") == [MessageState.CANCELLED, MessageState.QUEUED]
    assert sent("appointment_restored") == []


def test_cancels_again_with_a_message_of_its_own_and_a_later_calendar_entry(county: World) -> None:
    ContactPoint.objects.all().delete()
    ContactPoint.objects.create(
        client=county.client, kind=PointKind.EMAIL, value="raija@koti.example", valid_from=world.START
    )
    row = booked(county)
    cancel(county, row)
    leave("appointment_cancelled")
    row = actions.restore(appointment=row, by=county.laura, at=SOON)
    cancel(county, row, at=SOON)
    assert sent("appointment_cancelled") == [MessageState.SENT, MessageState.QUEUED]
    files = [message.enclosures.get().content for message in Message.objects.order_by("pk")]
    events = [Calendar.from_ical(bytes(one)).walk("VEVENT")[0] for one in files]
    assert [int(one["sequence"]) for one in events] == [0, 1, 2, 3]
    assert len({str(one["uid"]) for one in events}) == 1


def test_reminds_anew_when_the_cancellation_had_stopped_the_reminder(county: World) -> None:
    row = booked(county)
    leave("appointment_confirmed")
    Appointment.objects.update(booked_at=AT - timedelta(days=3))
    assert jobs.remind_due(AT) == 1
    cancel(county, Appointment.objects.get(pk=row.pk))
    actions.restore(appointment=row, by=county.laura, at=SOON)
    assert jobs.remind_due(SOON) == 1
    assert sent("appointment_reminder") == [MessageState.CANCELLED, MessageState.QUEUED]


def test_reminds_once_when_a_second_cancellation_came_after_the_reminder(county: World) -> None:
    row = booked(county)
    leave("appointment_confirmed")
    Appointment.objects.update(booked_at=AT - timedelta(days=3))
    jobs.remind_due(AT)
    actions.restore(appointment=cancel(county, Appointment.objects.get(pk=row.pk)), by=county.laura, at=SOON)
    jobs.remind_due(SOON)
    leave("appointment_reminder")
    cancel(county, Appointment.objects.get(pk=row.pk), at=SOON)
    actions.restore(appointment=Appointment.objects.get(pk=row.pk), by=county.laura, at=SOON)
    assert jobs.remind_due(SOON) == 0, "the latest one has left"


@pytest.mark.parametrize("again", [MessageState.QUEUED, MessageState.FAILED])
def test_leaves_nobody_to_tell_of_a_cancellation_that_never_arrived(county: World, again: MessageState) -> None:
    row = booked(county)
    leave("appointment_confirmed")
    cancel(county, row)
    lost = Message.objects.filter(template="appointment_cancelled")
    lost.update(state=MessageState.FAILED, sent_at=AT, closed_at=AT, next_try_at=None)
    if again == MessageState.QUEUED:
        outbox.send_again(message=lost.get(), at=AT)
    actions.restore(appointment=row, by=county.laura, at=SOON)
    settled = {MessageState.QUEUED: [MessageState.FAILED, MessageState.CANCELLED]}
    assert sent("appointment_cancelled") == settled.get(again, [MessageState.HANDED_OVER])
    assert not undelivered().exists() and sent("appointment_restored") == []


def test_tells_that_the_time_holds_when_a_cancellation_sent_again_has_left(county: World) -> None:
    row = booked(county)
    leave("appointment_confirmed")
    cancel(county, row)
    lost = Message.objects.filter(template="appointment_cancelled")
    lost.update(state=MessageState.FAILED, sent_at=AT, closed_at=AT, next_try_at=None)
    outbox.send_again(message=lost.get(), at=AT)
    leave("appointment_cancelled")
    actions.restore(appointment=row, by=county.laura, at=SOON)
    assert sent("appointment_restored") == [MessageState.QUEUED]


def test_takes_back_the_offer_of_the_freed_time_and_can_offer_it_again(county: World) -> None:
    row = booked(county, start=START + timedelta(days=6))
    other = actions.hold(
        kind=county.kind, unit=county.team, start=START + timedelta(days=7), workers=[county.workers[1]],
        mode=Mode.OFFICE, by=county.laura, at=AT, key="", client=world.client(county.laura, "Toinen"),
    )  # fmt: skip
    other = actions.confirm(appointment=other, by=county.laura, at=AT)
    entry = actions.join(appointment=other, by=county.laura, at=AT, key="w")
    cancel(county, row)
    entry.refresh_from_db()
    assert entry.state == WaitState.OFFERED
    row = actions.restore(appointment=row, by=county.laura, at=SOON)
    entry.refresh_from_db()
    assert (entry.state, entry.offered_start, entry.declined) == (WaitState.WAITING, None, [])
    assert sent("earlier_time_offer") == [MessageState.CANCELLED]
    cancel(county, row, at=SOON)
    entry.refresh_from_db()
    assert entry.state == WaitState.OFFERED
    assert sent("earlier_time_offer") == [MessageState.CANCELLED, MessageState.QUEUED]


@pytest.mark.parametrize("by_contact", [True, False])
def test_gives_no_second_time_to_a_client_who_was_booked_anew(county: World, by_contact: bool) -> None:
    contact = county.contact if by_contact else None
    row = booked(county, contact=contact)
    cancel(county, row)
    anew = booked(county, key="anew", start=START + timedelta(hours=2), contact=contact)
    with pytest.raises(Conflict) as refused:
        actions.restore(appointment=row, by=county.laura, at=SOON)
    assert refused.value.code == "booked_anew"
    cancel(county, anew)
    assert actions.restore(appointment=row, by=county.laura, at=SOON).state == State.BOOKED


def test_takes_a_cancellation_back_beside_a_time_that_was_booked_before(county: World) -> None:
    row = booked(county, contact=county.contact)
    later = booked(county, key="later", start=START + timedelta(days=1), contact=county.contact)
    cancel(county, row, at=AT + timedelta(minutes=1))
    actions.move(
        appointment=later, start=START + timedelta(days=2), workers=[county.workers[0]], mode=Mode.OFFICE,
        side=CancelledBy.CLIENT, reason="este", by=county.laura, at=AT + timedelta(minutes=2), key="",
    )  # fmt: skip
    assert actions.restore(appointment=row, by=county.laura, at=SOON).state == State.BOOKED


def test_keeps_the_time_with_whoever_took_it_and_names_the_next_one(county: World) -> None:
    row = booked(county)
    cancel(county, row)
    held = actions.hold(
        kind=county.kind, unit=county.team, start=START, workers=[county.workers[0]], mode=Mode.OFFICE, by=county.petra,
        at=AT, key="rival",
    )  # fmt: skip
    with pytest.raises(Conflict) as refused:
        actions.restore(appointment=row, by=county.laura, at=SOON)
    assert refused.value.code == "time_held" and refused.value.facts["next_free"]
    actions.release(appointment=held, by=county.petra, at=SOON)
    assert actions.restore(appointment=row, by=county.laura, at=SOON).state == State.BOOKED


@pytest.mark.parametrize("later", [timedelta(minutes=10), timedelta(hours=2)])
def test_takes_nothing_back_after_a_short_while(county: World, later: timedelta) -> None:
    row = booked(county)
    cancel(county, row)
    with pytest.raises(Conflict) as refused:
        actions.restore(appointment=row, by=county.laura, at=AT + later)
    assert refused.value.code == "undo_ended"


def test_leaves_a_clients_own_cancellation_as_it_is_and_lets_no_link_take_one_back(county: World) -> None:
    row = booked(county)
    link = ClientLink.objects.get(appointment=row)
    actions.cancel(appointment=row, side=CancelledBy.CLIENT, reason="", by=link.actor, at=AT)
    with pytest.raises(Conflict):
        actions.restore(appointment=row, by=county.laura, at=SOON)
    other = booked(county, key="b", start=START + timedelta(hours=2))
    holder = ClientLink.objects.get(appointment=other).actor
    cancel(county, other)
    stranger = world.staff("Outi", "sosiaalityöntekijä", (county.station, "social_worker"))
    for nobody in (holder, stranger):
        with pytest.raises(NotAllowed):
            actions.restore(appointment=other, by=nobody, at=SOON)


def test_puts_the_client_back_on_the_earlier_time_list(county: World) -> None:
    row = booked(county)
    entry = actions.join(appointment=row, by=county.laura, at=AT, key="w")
    cancel(county, row)
    actions.restore(appointment=row, by=county.laura, at=SOON)
    entry.refresh_from_db()
    assert entry.state == WaitState.WAITING


def test_lets_the_matter_wait_for_its_time_again(county: World) -> None:
    call = contacts.start(unit=county.guidance, by=county.laura, at=AT, key="c")
    call = contacts.record(contact=call, details=Details(asks_to_talk=True), by=county.laura, at=AT)
    party = people.add(
        contact=call, role=PartyRole.CONCERNED, told=people.Told(family_name="A"), by=county.laura, at=AT
    )
    people.identify(party=party, client=county.client, by=county.laura, at=AT)
    row = booked(county, contact=call)
    contacts.close(contact=call, result=Result.BOOKED, by=county.laura, at=AT)
    call.work_item.refresh_from_db()
    waited = call.work_item.hold_until
    assert waited is not None
    cancel(county, Appointment.objects.get(pk=row.pk))
    call.work_item.refresh_from_db()
    assert call.work_item.hold_until is None
    actions.restore(appointment=Appointment.objects.get(pk=row.pk), by=county.laura, at=SOON)
    call.work_item.refresh_from_db()
    assert call.work_item.hold_until == waited


# --- Groups -----------------------------------------------------------------------------------------------------------


def group(county: World, *names: str, capacity: int = 2) -> tuple[Appointment, list[Participant]]:
    Kind.objects.update(capacity=capacity)
    county.kind.refresh_from_db()
    row = actions.hold(
        kind=county.kind, unit=county.team, start=START, workers=[county.workers[0]], mode=Mode.OFFICE, by=county.laura,
        at=AT, key="",
    )  # fmt: skip
    row = actions.confirm(appointment=row, by=county.laura, at=AT)
    return row, [join(county, row, name) for name in names]


def join(county: World, row: Appointment, name: str) -> Participant:
    client = world.client(county.laura, name)
    return actions.join_group(appointment=row, client=client, by=county.laura, at=AT, key="")


def give_up(county: World, seat: Participant, at: datetime = AT) -> None:
    actions.leave_group(participant=seat, side=CancelledBy.CLIENT, reason="este", by=county.laura, at=at)


def test_gives_everybody_their_seat_back_with_the_group(county: World) -> None:
    row, (one, two, early) = group(county, "Eka", "Toka", "Kolmas", capacity=3)
    give_up(county, early, at=AT - timedelta(minutes=1))
    leave("appointment_confirmed")
    cancel(county, row)
    leave("appointment_cancelled")
    actions.restore(appointment=row, by=county.lead, at=SOON)
    states = Participant.objects.order_by("seat").values_list("state", flat=True)
    assert list(states) == [State.BOOKED, State.BOOKED, State.CANCELLED], "who had left before stays away"
    assert len(sent("appointment_restored")) == 2
    assert set(ClientLink.objects.filter(used_at__isnull=True).values_list("participant_id", flat=True)) == {
        one.pk, two.pk,
    }  # fmt: skip


def test_gives_a_seat_back_or_another_one_that_is_free(county: World) -> None:
    row, (one, _two) = group(county, "Eka", "Toka", capacity=3)
    give_up(county, one)
    assert join(county, row, "Kolmas").seat == 1
    back = actions.restore_seat(participant=one, by=county.laura, at=SOON)
    back.refresh_from_db()
    assert (back.state, back.seat, back.restored) == (State.BOOKED, 3, 1)
    assert TimelineEntry.objects.filter(event="appointments.group_restored", client=one.client).exists()


def test_gives_no_seat_back_in_a_full_or_cancelled_group_or_beside_another(county: World) -> None:
    row, (one, _two) = group(county, "Eka", "Toka")
    give_up(county, one)
    join(county, row, "Kolmas")
    with pytest.raises(Conflict) as refused:
        actions.restore_seat(participant=one, by=county.laura, at=SOON)
    assert refused.value.code == "full"
    give_up(county, Participant.objects.filter(state=State.BOOKED)[0], at=SOON)
    again = actions.join_group(appointment=row, client=one.client, by=county.laura, at=SOON, key="")
    with pytest.raises(Conflict) as refused:
        actions.restore_seat(participant=one, by=county.laura, at=SOON)
    assert refused.value.code == "has_seat" and again.pk != one.pk
    cancel(county, row, at=SOON)
    with pytest.raises(Conflict) as refused:
        actions.restore_seat(participant=one, by=county.laura, at=SOON)
    assert refused.value.code == "not_booked"


def reminded(county: World) -> tuple[Appointment, list[Participant]]:
    """A group of tomorrow whose two participants have each a reminder that waits."""
    row, seats = group(county, "Eka", "Toka")
    leave("appointment_confirmed")
    Participant.objects.update(created_at=AT - timedelta(days=3))
    assert jobs.remind_due(AT) == 2
    return Appointment.objects.get(pk=row.pk), seats


def test_reminds_everybody_anew_whose_reminder_fell_away_with_the_group(county: World) -> None:
    row, _seats = reminded(county)
    cancel(county, row)
    actions.restore(appointment=row, by=county.laura, at=SOON)
    assert sorted(sent("appointment_reminder")) == sorted([MessageState.CANCELLED] * 2 + [MessageState.QUEUED] * 2)
    assert jobs.remind_due(SOON) == 0, "once each"


def test_reminds_anew_of_a_seat_that_is_given_back_and_nobody_else(county: World) -> None:
    _row, (one, _two) = reminded(county)
    give_up(county, Participant.objects.get(pk=one.pk))
    actions.restore_seat(participant=one, by=county.laura, at=SOON)
    assert sent("appointment_reminder") == [MessageState.CANCELLED, MessageState.QUEUED, MessageState.QUEUED]


def test_gives_no_seat_back_to_a_client_who_was_booked_anew(county: World) -> None:
    row, (one, two) = group(county, "Eka", "Toka")
    cancel(county, row)
    other = actions.hold(
        kind=county.kind, unit=county.team, start=START + timedelta(hours=2), workers=[county.workers[0]],
        mode=Mode.OFFICE, by=county.laura, at=AT, key="",
    )  # fmt: skip
    other = actions.confirm(appointment=other, by=county.laura, at=AT)
    actions.join_group(appointment=other, client=one.client, by=county.laura, at=AT, key="")
    actions.restore(appointment=row, by=county.laura, at=SOON)
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.state, two.state) == (State.CANCELLED, State.BOOKED)
    assert not ClientLink.objects.filter(participant=one, used_at__isnull=True).exists()
    with pytest.raises(Conflict) as refused:
        actions.restore_seat(participant=one, by=county.laura, at=SOON)
    assert refused.value.code == "booked_anew"
