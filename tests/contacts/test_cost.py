"""What each beat of a contact asks of the database: figures that only fall.

Counted with the actor's posts read, without savepoints and the question whether the log has this month's partition,
which a process asks once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from polku.access.models import Actor, Code, Source
from polku.access.queries import who
from polku.access.states import ActorKind
from polku.contacts import actions, drafts, intake, people
from polku.contacts.details import Details
from polku.contacts.models import Contact
from polku.contacts.people import Told
from polku.contacts.states import Channel, PartyRole, Result
from polku.kit.localtime import local_date
from polku.triage import actions as triage
from polku.triage.states import AssessmentNeed
from tests.register import NOW, START, Register

pytestmark = pytest.mark.django_db
TOLD = Told(family_name="Koskimäki", given_names="Raija", birth_date=date(1950, 2, 4), phone="0440001234")


@pytest.fixture
def register() -> Register:
    return Register()


@pytest.fixture
def suvi(register: Register) -> Actor:
    actor = register.person("Suvi")
    who(actor, at=NOW)
    return actor


@pytest.fixture
def contact(register: Register, suvi: Actor) -> Contact:
    row = actions.start(unit=register.unit("neuvonta"), by=suvi, at=NOW, key="c", channel=Channel.PAPER)
    drafts.save(contact=row, version=0, said="Vuokra on maksamatta.", by=suvi, at=NOW)
    return row


# What is asked once a process, and here each time, since nothing is ever committed.
ONCE = ("SAVEPOINT", "audit_partition", "audit_who_number", "audit_about_number")


@contextmanager
def at_most(number: int) -> Iterator[None]:
    with CaptureQueriesContext(connection) as asked:
        yield
    own = [query["sql"] for query in asked if not any(name in query["sql"] for name in ONCE)]
    assert len(own) <= number, "\n".join(f"{n}: {sql[:150]}" for n, sql in enumerate(own, start=1))


def test_a_form_costs_no_more_than_it_writes(register: Register) -> None:
    unit = register.unit("neuvonta")
    unit.phone = "+35891234567"
    unit.save()
    machine = Actor.objects.create(kind=ActorKind.SOURCE, name="lomakkeet", created_at=NOW)
    source = Source.objects.create(
        actor=machine, key_hash="x" * 64, scopes=["contacts:write"], unit=unit, valid_from=START
    )
    who(machine, at=NOW)
    form = intake.Form(
        external_id="1", received_at=NOW, message="Vuokra on maksamatta.",
        details=Details(municipality="049", asks_to_talk=True, preferred_way="sms"),
        persons=(intake.Person(PartyRole.CONCERNED, TOLD),),
    )  # fmt: skip
    with at_most(6):
        intake.receive(source=source, form=form, by=machine, at=NOW, key="k")
    with at_most(2):
        assert not intake.receive(source=source, form=form, by=machine, at=NOW, key="k").new


def test_starting_costs(register: Register, suvi: Actor) -> None:
    unit = register.unit("neuvonta")
    with at_most(4):
        actions.start(unit=unit, by=suvi, at=NOW, key="s")


def test_recording_costs(contact: Contact, suvi: Actor) -> None:
    with at_most(14):
        actions.record(contact=contact, by=suvi, at=NOW, details=Details(asks_to_talk=True, need="housing"))


def test_people_cost(contact: Contact, suvi: Actor) -> None:
    actions.record(contact=contact, by=suvi, at=NOW)
    with at_most(6):
        party = people.add(contact=contact, role=PartyRole.CONCERNED, told=TOLD, by=suvi, at=NOW)
    with at_most(25):
        people.make_known(party=party, by=suvi, at=NOW, municipality="049")


def test_assessing_costs(contact: Contact, suvi: Actor) -> None:
    actions.record(contact=contact, by=suvi, at=NOW)
    Code.objects.get_or_create(
        set="urgency_criteria", key="violence", valid_from=START,
        defaults={"name_fi": "a", "name_sv": "b", "name_en": "c"},
    )  # fmt: skip
    with at_most(15):
        triage.assess(
            contact=contact, criteria=["violence"], grounds="Uhka kotona.", by=suvi, at=NOW, key="a",
            assessment_need=AssessmentNeed.NEEDED,
        )  # fmt: skip


def test_answering_costs(contact: Contact, suvi: Actor) -> None:
    actions.record(contact=contact, by=suvi, at=NOW)
    with at_most(10):
        actions.answer(contact=contact, text="Soitettu.", by=suvi, at=NOW)
    with at_most(8):
        actions.answer(contact=contact, text="Soitettu taas.", by=suvi, at=NOW)


def test_closing_costs(contact: Contact, suvi: Actor) -> None:
    actions.record(contact=contact, by=suvi, at=NOW)
    with at_most(14):
        row = actions.close(contact=contact, result=Result.ADVICE, by=suvi, at=NOW)
    assert local_date(row.closed_at or NOW) == date(2026, 11, 24)


def test_advice_costs(register: Register, suvi: Actor) -> None:
    unit = register.unit("neuvonta")
    with at_most(5):
        intake.advise(unit=unit, advice=intake.Advice(topics=("housing",), minutes=5), by=suvi, at=NOW, key="n")
