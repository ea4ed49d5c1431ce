"""Putting a message into the outbox."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from polku.gateways.contract import Enclosure as File
from polku.kit.errors import Conflict, Invalid, NotFound
from polku.outbox import actions, queries
from polku.outbox.models import Enclosure, Message
from polku.outbox.states import State
from tests.outbox.told import AT, VALUES

Queue = Callable[..., Message]
pytestmark = pytest.mark.django_db


def test_queue_writes_the_words_as_they_will_be_read(queued: Queue) -> None:
    message = queued()
    assert message.body == (
        "Aika varattu: ti 8.12.2026 klo 13.15, Kirkkonummen terveysasema. Siirrä tai peruuta: "
        "https://polku.example.fi/a/abc tai puh. 09 000 100. Länsi-Uudenmaan hyvinvointialue"
    )
    assert (message.recipient, message.template_version, message.state) == ("+358401234567", 1, State.QUEUED)
    assert message.next_try_at == AT


def test_queue_twice_with_the_same_key_gives_the_same_message(queued: Queue) -> None:
    ics = (File("aika.ics", "text/calendar", b"BEGIN:VCALENDAR"),)
    first = queued(channel="email", to="a@example.fi", attachments=ics)
    again = queued(channel="email", to="b@example.fi", attachments=ics)
    assert again.pk == first.pk
    assert again.recipient == "a@example.fi"
    assert Enclosure.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_queue_in_parallel_with_the_same_key_gives_one_message(queued: Queue) -> None:
    found: list[int] = []

    def run() -> None:
        try:
            found.append(queued(immediate=True).pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert ProcrastinateJob.objects.filter(task_name="outbox.send", args={"message": found[0]}).count() == 1


@pytest.mark.django_db(transaction=True)
def test_queue_leaves_nothing_when_the_transaction_fails(queued: Queue) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        queued(immediate=True)
        raise ZeroDivisionError
    assert not Message.objects.exists()
    assert not ProcrastinateJob.objects.filter(task_name="outbox.send").exists()


@pytest.mark.parametrize(
    ("at", "goes"),
    [
        (datetime(2026, 12, 1, 5, 59, tzinfo=UTC), datetime(2026, 12, 1, 6, 0, tzinfo=UTC)),  # 7.59 in Finland
        (datetime(2026, 12, 1, 15, 59, tzinfo=UTC), datetime(2026, 12, 1, 15, 59, tzinfo=UTC)),  # 17.59
        (datetime(2026, 12, 1, 16, 0, tzinfo=UTC), datetime(2026, 12, 2, 6, 0, tzinfo=UTC)),  # 18.00: no longer
        (datetime(2026, 12, 4, 20, 0, tzinfo=UTC), datetime(2026, 12, 7, 6, 0, tzinfo=UTC)),  # Friday evening; 6.12.
        (datetime(2026, 12, 23, 20, 40, tzinfo=UTC), datetime(2026, 12, 28, 6, 0, tzinfo=UTC)),  # eve, two days, Sunday
        (datetime(2027, 3, 27, 12, 0, tzinfo=UTC), datetime(2027, 3, 30, 5, 0, tzinfo=UTC)),  # Easter, summer time
    ],
)
def test_queue_waits_for_office_hours(queued: Queue, at: datetime, goes: datetime) -> None:
    assert queued(at=at).next_try_at == goes


def test_queue_lets_it_go_at_once_while_the_client_is_on_the_line(queued: Queue) -> None:
    night = datetime(2026, 12, 5, 23, 0, tzinfo=UTC)
    message = queued(at=night, immediate=True)
    assert message.next_try_at == night
    assert ProcrastinateJob.objects.filter(task_name="outbox.send", args={"message": message.pk}).exists()


def test_queue_keeps_not_before_inside_office_hours(queued: Queue) -> None:
    message = queued(not_before=datetime(2026, 12, 5, 10, 0, tzinfo=UTC))  # Saturday
    assert message.next_try_at == datetime(2026, 12, 7, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("channel", "to"),
    [
        ("sms", "ei numeroa"),
        ("sms", "12"),
        ("sms", ""),
        ("email", "a@"),
        ("email", "a b@example.fi"),
        ("email", "a@example.fi\nBcc: c@example.fi"),
        ("email", "ä@example.fi"),
        ("letter", " \n "),
        ("letter", "x" * 101),
        ("pigeon", "a"),
    ],
)
def test_queue_refuses_an_impossible_address_in_a_sentence(queued: Queue, channel: str, to: str) -> None:
    with pytest.raises(Invalid) as refused:
        queued(channel=channel, to=to)
    assert refused.value.field in {"to", "channel"}
    assert not Message.objects.exists()


def test_queue_writes_an_international_domain_in_its_wire_form(queued: Queue) -> None:
    assert queued(channel="email", to="a@hyvä.example.fi").recipient == "a@xn--hyv-sla.example.fi"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({key: value for key, value in VALUES.items() if key != "place"}, "values_missing"),
        ({**VALUES, "place": " "}, "values_missing"),
        ({**VALUES, "service": "social work"}, "unknown_value"),
        ({**VALUES, "place": "a\nb"}, "bad_value"),
        ({**VALUES, "place": "x" * 301}, "bad_value"),
        ({**VALUES, "place": 7}, "bad_value"),
        ({**VALUES, "place": "x" * 300, "link": "y" * 300}, "too_long"),
    ],
)
def test_queue_refuses_values_that_do_not_fit_the_text(queued: Queue, values: dict[str, str], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        queued(values=values)
    assert refused.value.code == code


def test_queue_does_not_read_a_value_as_a_template(queued: Queue) -> None:
    message = queued(values={**VALUES, "place": "{link.__class__} {day}"})
    assert "{link.__class__} {day}." in message.body


@pytest.mark.parametrize(
    ("template", "language", "channel"), [("no", "fi", "sms"), ("callback_agreed", "fi", "letter")]
)
def test_queue_refuses_what_has_no_words(queued: Queue, template: str, language: str, channel: str) -> None:
    with pytest.raises(Invalid):
        queued(template=template, language=language, channel=channel, to="Katu 1")


def test_queue_refuses_a_language_without_texts(queued: Queue) -> None:
    with pytest.raises(Invalid) as refused:
        queued(language="so")
    assert refused.value.code == "no_words"


@pytest.mark.parametrize(
    "file",
    [
        File("a.exe", "application/x-msdownload", b"MZ"),
        File("../a.ics", "text/calendar", b"x"),
        File("a.ics", "text/calendar", b""),
        File("a.pdf", "application/pdf", b"x" * 1_000_001),
        File("a.ics", "text/calendar\r\nX: y", b"x"),
    ],
)
def test_queue_refuses_a_file_that_cannot_go(queued: Queue, file: File) -> None:
    with pytest.raises(Invalid):
        queued(channel="email", to="a@example.fi", attachments=[file])


def test_queue_refuses_a_file_in_a_text_message(queued: Queue) -> None:
    with pytest.raises(Invalid):
        queued(attachments=[File("a.ics", "text/calendar", b"x")])


def test_queue_refuses_a_channel_that_is_not_in_use(queued: Queue, settings: object) -> None:
    from dataclasses import replace

    settings.MESSAGES = replace(settings.MESSAGES, gateways={})  # type: ignore[attr-defined]
    with pytest.raises(Invalid) as refused:
        queued()
    assert refused.value.code == "channel_not_in_use"


def test_cancel_stops_a_waiting_message_and_only_that(queued: Queue) -> None:
    message = queued()
    assert actions.cancel(key=message.key, at=AT)
    assert actions.cancel(key=message.key, at=AT)
    message.refresh_from_db()
    assert (message.state, message.closed_at, message.next_try_at) == (State.CANCELLED, AT, None)
    assert not actions.cancel(key="no such", at=AT)


def test_mark_handed_over_closes_a_letter(queued: Queue) -> None:
    letter = queued(channel="letter", to="Aino Esimerkki\nKatu 1\n02400 KIRKKONUMMI", at=AT + timedelta(hours=12))
    assert list(queries.letters_to_print()) == [letter]
    actions.mark_handed_over(message=letter, at=AT)
    assert letter.state == State.HANDED_OVER, "the caller's row knows it at once"
    actions.mark_handed_over(message=letter, at=AT)
    assert letter.state == State.HANDED_OVER
    assert not queries.letters_to_print()


def test_mark_handed_over_refuses_what_is_on_its_way(queued: Queue) -> None:
    with pytest.raises(Conflict):
        actions.mark_handed_over(message=queued(), at=AT)


def test_message_names_itself_without_its_address(queued: Queue) -> None:
    message = queued()
    assert "40123" not in f"{message} {message!r}"


def test_database_refuses_a_lease_on_a_message_that_is_not_being_sent(queued: Queue) -> None:
    message = queued()
    with pytest.raises(IntegrityError):
        Message.objects.filter(pk=message.pk).update(lease_until=AT)


def test_by_report_of_an_unknown_message_is_not_found() -> None:
    from polku.gateways.sms.receipts import DeliveryReport

    with pytest.raises(NotFound):
        actions.record_receipt(report=DeliveryReport("nothing", "", "delivered", True), at=AT)
