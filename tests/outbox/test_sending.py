"""Sending: at least once, the same id each time, and the right end."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, connections

from polku.gateways.contract import Outcome, Outgoing, Result
from polku.gateways.sms.receipts import DeliveryReport
from polku.kit.errors import Conflict, NotFound
from polku.outbox import actions, queries, sending
from polku.outbox.models import Message
from polku.outbox.states import State, TryOutcome
from tests.outbox.told import AT, Told

Queue = Callable[..., Message]
TEMPORARY = Result(Outcome.TEMPORARY, "busy")
UNKNOWN = Result(Outcome.UNKNOWN, "cut")
PERMANENT = Result(Outcome.PERMANENT, "no such number")
pytestmark = pytest.mark.django_db


def now_of(message: Message) -> Message:
    message.refresh_from_db()
    return message


def send_when_due(message: Message) -> None:
    due = now_of(message).next_try_at
    assert due is not None
    assert sending.send_due(at=due) == 1


def test_send_due_sends_once_and_writes_down_when(queued: Queue, sms: Told) -> None:
    message = queued()
    assert sending.send_due(at=AT) == 1
    assert sending.send_due(at=AT + timedelta(days=1)) == 0
    assert [one.message_id for one in sms.received] == [message.reference]
    assert sms.received[0].to == "+358401234567"
    assert now_of(message).state == State.SENT
    assert message.sent_at is not None
    assert abs(message.sent_at - AT) < timedelta(seconds=5)
    assert [one.outcome for one in message.log.all()] == [TryOutcome.ACCEPTED]


def test_send_due_leaves_what_is_not_due(queued: Queue, sms: Told) -> None:
    queued(not_before=AT + timedelta(minutes=10))
    assert sending.send_due(at=AT) == 0
    assert not sms.received


def test_send_due_sends_what_somebody_waits_for_first(queued: Queue, sms: Told) -> None:
    queued(key="first")
    urgent = queued(key="urgent", immediate=True)
    sending.send_due(at=AT)
    assert sms.received[0].message_id == urgent.reference


def test_send_due_repeats_with_the_same_words_and_id_until_accepted(queued: Queue, sms: Told) -> None:
    message = queued()
    sms.answers = [TEMPORARY, UNKNOWN, Result(Outcome.ACCEPTED, "ok", "op-1")]
    for _ in range(3):
        send_when_due(message)
    assert sms.received[0] == sms.received[1] == sms.received[2]
    assert (now_of(message).state, message.provider_id, message.tries) == (State.SENT, "op-1", 3)


def test_send_due_waits_longer_each_time(queued: Queue, sms: Told) -> None:
    message = queued()
    sms.answers = [TEMPORARY, TEMPORARY]
    pauses = []
    for _ in range(2):
        at = now_of(message).next_try_at
        send_when_due(message)
        pauses.append((now_of(message).next_try_at - at).total_seconds())  # type: ignore[operator]
    assert 30 <= pauses[0] <= 38
    assert 120 <= pauses[1] <= 146


def test_send_due_gives_up_and_shows_it(queued: Queue, sms: Told) -> None:
    message = queued()
    sms.answers = [TEMPORARY] * 4
    for _ in range(4):
        send_when_due(message)
    assert now_of(message).state == State.GIVEN_UP
    assert list(queries.undelivered()) == [message]


def test_send_due_stops_at_once_when_the_other_end_refuses_for_good(queued: Queue, sms: Told) -> None:
    message = queued()
    sms.answers = [PERMANENT]
    sending.send_due(at=AT)
    assert (now_of(message).state, message.tries) == (State.FAILED, 1)
    assert list(queries.undelivered()) == [message]


def test_send_due_does_not_send_a_reminder_that_is_too_late(queued: Queue, sms: Told) -> None:
    message = queued(not_after=AT + timedelta(minutes=5))
    sending.send_due(at=AT + timedelta(minutes=5))
    assert not sms.received
    assert now_of(message).state == State.GIVEN_UP


def test_send_due_repeats_in_the_evening_only_while_somebody_waits(queued: Queue, sms: Told, settings: Any) -> None:
    evening = datetime(2026, 12, 1, 20, 0, tzinfo=UTC)
    settings.MESSAGES = replace(settings.MESSAGES, first_pause=timedelta(minutes=20))
    message = queued(at=evening, immediate=True)
    sms.answers = [TEMPORARY, TEMPORARY]
    send_when_due(message)
    assert now_of(message).next_try_at < evening + timedelta(minutes=25)  # type: ignore[operator]
    send_when_due(message)
    assert now_of(message).next_try_at == datetime(2026, 12, 2, 6, 0, tzinfo=UTC)


def test_send_due_survives_a_gateway_that_breaks(queued: Queue, sms: Told) -> None:
    broken, fine = queued(key="a"), queued(key="b")
    sms.answers = [RuntimeError("+358401234567")]
    assert sending.send_due(at=AT) == 2
    assert now_of(broken).state == State.QUEUED
    assert now_of(fine).state == State.SENT
    assert [one.detail for one in broken.log.all()] == ["RuntimeError"]


def test_send_due_takes_over_from_a_sender_that_died(queued: Queue, sms: Told) -> None:
    message = queued()

    class Killed(BaseException):
        pass

    sms.meanwhile = lambda outgoing: (_ for _ in ()).throw(Killed())
    with pytest.raises(Killed):
        sending.send_due(at=AT)
    sms.meanwhile = lambda outgoing: None
    assert now_of(message).state == State.SENDING
    assert sending.send_due(at=AT + timedelta(seconds=59)) == 0
    assert sending.send_due(at=AT + timedelta(seconds=61)) == 1
    assert now_of(message).state == State.SENT
    assert {one.message_id for one in sms.received} == {message.reference}
    assert [one.outcome for one in message.log.all()] == [TryOutcome.INTERRUPTED, TryOutcome.ACCEPTED]


def test_send_due_gives_up_a_message_that_kills_every_sender(queued: Queue, sms: Told) -> None:
    message = queued()

    class Killed(BaseException):
        pass

    sms.meanwhile = lambda outgoing: (_ for _ in ()).throw(Killed())
    at = AT
    for _ in range(4):
        with pytest.raises(Killed):
            sending.send_due(at=at)
        at += timedelta(seconds=61)
    assert sending.send_due(at=at) == 1
    assert (now_of(message).state, len(sms.received)) == (State.GIVEN_UP, 4)


def test_send_due_lets_an_acceptance_that_comes_late_save_the_repeat(queued: Queue, sms: Told) -> None:
    message = queued()

    def overtaken(outgoing: Outgoing) -> None:
        sms.meanwhile = lambda again: None
        sms.answers = [TEMPORARY, Result(Outcome.ACCEPTED, "slow", "op-1")]
        # Another sender, an hour later: the first one's lease has run out while it waits for its answer.
        sending.send_due(at=AT + timedelta(hours=1))

    sms.meanwhile = overtaken
    sending.send_due(at=AT)
    assert (now_of(message).state, message.provider_id, len(sms.received)) == (State.SENT, "op-1", 2)
    assert [one.outcome for one in message.log.all()] == [TryOutcome.ACCEPTED, TryOutcome.TEMPORARY]


def test_send_due_does_not_let_a_late_failure_undo_an_acceptance(queued: Queue, sms: Told) -> None:
    message = queued()

    def overtaken(outgoing: Outgoing) -> None:
        sms.meanwhile = lambda again: None
        sms.answers = [Result(Outcome.ACCEPTED, "quick"), PERMANENT]
        sending.send_due(at=AT + timedelta(hours=1))

    sms.meanwhile = overtaken
    sending.send_due(at=AT)
    assert now_of(message).state == State.SENT


def test_send_due_calls_out_outside_any_transaction(queued: Queue, sms: Told, db: Any) -> None:
    queued()
    depth = len(connection.savepoint_ids)
    seen: list[int] = []
    sms.meanwhile = lambda outgoing: seen.append(len(connection.savepoint_ids))
    sending.send_due(at=AT)
    assert seen == [depth]


@pytest.mark.django_db(transaction=True)
def test_send_due_of_many_senders_sends_each_message_once(queued: Queue, sms: Told) -> None:
    for number in range(40):
        queued(key=f"k{number}")

    def run() -> None:
        try:
            sending.send_due(at=AT, limit=40)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sms.received) == len({one.message_id for one in sms.received}) == 40
    assert Message.objects.filter(state=State.SENT).count() == 40


def test_send_now_sends_the_one_that_is_named(queued: Queue, sms: Told) -> None:
    queued(key="other")
    message = queued(key="mine", immediate=True)
    assert sending.send_now(pk=message.pk, at=AT)
    assert not sending.send_now(pk=message.pk, at=AT)
    assert [one.message_id for one in sms.received] == [message.reference]


def test_cancel_comes_too_late_for_what_is_being_sent(queued: Queue, sms: Told) -> None:
    message = queued()
    stopped: list[bool] = []
    sms.meanwhile = lambda outgoing: stopped.append(actions.cancel(key=message.key, at=AT))
    sending.send_due(at=AT)
    assert stopped == [False]
    assert now_of(message).state == State.SENT


# --- Receipts -----------------------------------------------------------------------------------------------------


def report(message: Message, *, delivered: bool | None, status: str = "x") -> DeliveryReport:
    return DeliveryReport(message.reference, "", status, delivered)


def test_record_receipt_marks_delivered_once(queued: Queue) -> None:
    message = queued()
    sending.send_due(at=AT)
    later = AT + timedelta(minutes=1)
    for at in (later, later + timedelta(hours=1)):
        actions.record_receipt(report=report(message, delivered=True, status="ok"), at=at)
    assert (now_of(message).state, message.delivered_at) == (State.DELIVERED, later)
    assert message.receipts.count() == 1


def test_record_receipt_finds_the_message_by_the_operators_id(queued: Queue, sms: Told) -> None:
    message = queued()
    sms.answers = [Result(Outcome.ACCEPTED, "", "op-7")]
    sending.send_due(at=AT)
    actions.record_receipt(report=DeliveryReport("", "op-7", "ok", True), at=AT)
    assert now_of(message).state == State.DELIVERED


def test_record_receipt_of_failure_shows_the_message_as_undelivered(queued: Queue) -> None:
    message = queued()
    sending.send_due(at=AT)
    actions.record_receipt(report=report(message, delivered=False), at=AT)
    assert list(queries.undelivered()) == [message]


def test_record_receipt_never_takes_back_a_delivery(queued: Queue) -> None:
    message = queued()
    sending.send_due(at=AT)
    actions.record_receipt(report=report(message, delivered=True, status="delivered"), at=AT)
    actions.record_receipt(report=report(message, delivered=False, status="expired"), at=AT)
    assert now_of(message).state == State.DELIVERED


def test_record_receipt_that_comes_before_the_answer_stops_the_repeats(queued: Queue, sms: Told) -> None:
    message = queued()
    sms.meanwhile = lambda outgoing: actions.record_receipt(report=report(message, delivered=True), at=AT)
    sms.answers = [UNKNOWN]
    sending.send_due(at=AT)
    assert now_of(message).state == State.DELIVERED
    assert sending.send_due(at=AT + timedelta(days=1)) == 0


def test_record_receipt_ignores_words_in_between(queued: Queue) -> None:
    message = queued()
    sending.send_due(at=AT)
    actions.record_receipt(report=report(message, delivered=None), at=AT)
    assert now_of(message).state == State.SENT


def test_record_receipt_does_not_touch_mail(queued: Queue) -> None:
    message = queued(channel="email", to="a@example.fi")
    with pytest.raises(NotFound):
        actions.record_receipt(report=report(message, delivered=True), at=AT)


# --- Again --------------------------------------------------------------------------------------------------------


def test_send_again_makes_a_new_message_with_an_id_of_its_own(queued: Queue, sms: Told) -> None:
    message = queued()
    sms.answers = [PERMANENT]
    sending.send_due(at=AT)
    new = actions.send_again(message=message, to="050 765 4321", at=AT)
    assert actions.send_again(message=message, at=AT).pk == new.pk
    assert (new.body, new.recipient) == (message.body, "+358507654321")
    assert new.reference != message.reference
    assert not queries.undelivered()
    assert new.instead_of_id == message.pk
    sending.send_due(at=AT)
    assert now_of(new).state == State.SENT


def test_send_again_refuses_what_has_arrived(queued: Queue) -> None:
    message = queued()
    sending.send_due(at=AT)
    with pytest.raises(Conflict):
        actions.send_again(message=message, at=AT)


def test_mark_handed_over_takes_an_undelivered_message_off_the_list(queued: Queue, sms: Told) -> None:
    message = queued()
    sms.answers = [PERMANENT]
    sending.send_due(at=AT)
    actions.mark_handed_over(message=message, at=AT)
    assert not queries.undelivered()
