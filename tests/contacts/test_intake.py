from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection

from polku.access import actions as access
from polku.access.models import Source
from polku.access.states import Role
from polku.cases.models import Relation, WorkItem
from polku.clients.models import Client, ContactPoint
from polku.contacts import intake, queries
from polku.contacts.details import Details
from polku.contacts.intake import Advice, Form, Person
from polku.contacts.models import Contact, ContactParty
from polku.contacts.people import Told
from polku.contacts.states import Channel, ContactState, PartyRole, Result
from polku.kit.errors import Conflict, Invalid
from polku.outbox.models import Message
from tests.register import NOW, Register


def form(**change: object) -> Form:
    told = Told(family_name="Salo", given_names="Aino", phone="0401234567")
    given = {
        "external_id": "F-1",
        "received_at": NOW - timedelta(minutes=2),
        "message": "Tarvitsen apua.",
        "persons": (Person(role=PartyRole.CONCERNED, told=told),),
        **change,
    }
    return Form(**given)  # type: ignore[arg-type]


@pytest.fixture
def register(db: None) -> Register:
    return Register()


@pytest.fixture
def source(register: Register) -> Source:
    return make_source(register)


def make_source(register: Register, key: str = "neuvonta") -> Source:
    admin = register.person("Arto", Role.ADMIN, key)
    unit = register.unit(key)
    unit.phone = "+358401112222"
    unit.save()
    made, _key = access.add_source(name="Omaolo", scopes=["contacts:write"], unit=unit, by=admin, at=NOW)
    return made


def test_a_form_becomes_an_open_contact_that_nobody_has_yet(source: Source) -> None:
    received = intake.receive(source=source, form=form(), by=source.actor, at=NOW, key="k1")
    row = received.contact
    assert received.new and row.state == ContactState.OPEN and row.answered_at is None
    assert row.work_item.assignee is None
    assert row.received_at == NOW - timedelta(minutes=2) and row.created_at == NOW
    assert queries.said(row).text == "Tarvitsen apua."


def test_the_same_form_again_changes_nothing(source: Source) -> None:
    first = intake.receive(source=source, form=form(), by=source.actor, at=NOW, key="k1")
    for key, message in (("k1", "Tarvitsen apua."), ("k2", "Toinen teksti"), ("", "x")):
        again = intake.receive(source=source, form=form(message=message), by=source.actor, at=NOW, key=key)
        assert not again.new and again.contact == first.contact
    assert Contact.objects.count() == WorkItem.objects.count() == 1


def test_a_key_used_for_another_form_is_a_conflict(source: Source) -> None:
    intake.receive(source=source, form=form(), by=source.actor, at=NOW, key="k1")
    with pytest.raises(Conflict) as refusal:
        intake.receive(source=source, form=form(external_id="F-2"), by=source.actor, at=NOW, key="k1")
    assert refusal.value.field == "Idempotency-Key"


def test_an_identity_code_finds_or_makes_the_client(source: Source) -> None:
    told = Told(family_name="Salo", given_names="Aino")
    person = Person(role=PartyRole.CONCERNED, told=told, identity_code="010190-900P")
    for number in (1, 2):
        sent = form(external_id=f"F-{number}", persons=(person,), details=Details(municipality="444"))
        intake.receive(source=source, form=sent, by=source.actor, at=NOW, key=f"k{number}")
    assert Client.objects.count() == 1
    assert ContactParty.objects.filter(client__isnull=False).count() == 2
    assert Relation.objects.filter(actor=source.actor).count() == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"received_at": NOW + timedelta(seconds=1)}, "received_at"),
        ({"received_at": NOW - timedelta(days=9999)}, "received_at"),
        ({"details": Details(municipality="998")}, "municipality"),
        ({"channel": Channel.SHL_CONTACT}, "consent"),
        ({"message": "a\x00b"}, "message"),
    ],
)
def test_a_bad_form_names_the_field_and_leaves_nothing(source: Source, change: dict, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        intake.receive(source=source, form=form(**change), by=source.actor, at=NOW, key="k")
    assert refusal.value.field == field
    assert not Contact.objects.exists() and not WorkItem.objects.exists()


def test_one_new_person_in_two_parts_of_a_form_is_one_client_with_each_number_once(source: Source) -> None:
    told = Told(family_name="Salo", given_names="Aino", phone="0401234567")
    persons = tuple(
        Person(role=role, told=told, identity_code="010190-900P")
        for role in (PartyRole.CONCERNED, PartyRole.NEAR_PERSON)
    )
    row = intake.receive(source=source, form=form(persons=persons), by=source.actor, at=NOW, key="two").contact
    clients = set(ContactParty.objects.filter(contact=row).values_list("client", flat=True))
    assert len(clients) == 1
    assert ContactPoint.objects.filter(client__in=clients).count() == 1


def test_the_sender_gets_a_receipt(source: Source) -> None:
    row = intake.receive(source=source, form=form(), by=source.actor, at=NOW, key="k1").contact
    message = Message.objects.get()
    assert row.reference in message.body
    assert message.recipient == "+358401234567"


@pytest.mark.django_db(transaction=True)
def test_the_same_form_a_hundred_times_at_once_is_one_contact() -> None:
    source = make_source(Register(), "sata")
    answers: list[tuple[str, bool]] = []
    failures: list[Exception] = []
    start = Barrier(10)

    def send() -> None:
        start.wait()
        try:
            for _round in range(10):
                got = intake.receive(
                    source=Source.objects.select_related("actor", "unit").get(pk=source.pk),
                    form=form(),
                    by=source.actor,
                    at=NOW,
                    key="same",
                )
                answers.append((got.contact.public_id, got.new))
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [Thread(target=send) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(answers) == 100 and len({public_id for public_id, _new in answers}) == 1
    assert sum(new for _id, new in answers) == 1
    assert Contact.objects.count() == WorkItem.objects.count() == 1
    assert Message.objects.count() == 1


def test_advice_is_one_step_without_person_or_case(register: Register) -> None:
    suvi = register.person("Suvi")
    advice = Advice(topics=("housing",), minutes=4, municipality="444", sources_used=("kela.fi",))
    row = intake.advise(unit=register.unit("neuvonta"), advice=advice, by=suvi, at=NOW, key="a")
    assert (row.state, row.result, row.duration_minutes) == (ContactState.CLOSED, Result.ADVICE, 4)
    assert (row.answered_at == NOW and row.work_item.closed_at is None) or WorkItem.objects.get().closed_at == NOW
    assert not ContactParty.objects.exists() and not row.texts.exists()
    assert intake.advise(unit=register.unit("neuvonta"), advice=advice, by=suvi, at=NOW, key="a") == row


@pytest.mark.parametrize(
    ("advice", "field"),
    [
        (Advice(topics=(), minutes=4), "topics"),
        (Advice(topics=("x",), minutes=-4), "minutes"),
        (Advice(topics=("x",), minutes=4, result=Result.CASE), "result"),
        (Advice(topics=("x",), minutes=4, channel=Channel.SHL_CONTACT), "channel"),
        (Advice(topics=("x",), minutes=4, municipality="000"), "municipality"),
    ],
)
def test_advice_refuses_at_the_field(register: Register, advice: Advice, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        intake.advise(unit=register.unit("neuvonta"), advice=advice, by=register.person("Suvi"), at=NOW, key="a")
    assert refusal.value.field == field
    assert not Contact.objects.exists()
