"""The language that a work item repeats: right however a contact comes and changes, and never needed to be there."""

from dataclasses import replace
from datetime import timedelta

import pytest

from polku.access.states import Role
from polku.cases.models import WorkItem
from polku.clients import actions as clients
from polku.contacts import actions as contacts
from polku.contacts import callbacks, facts, intake, matters, people
from polku.contacts.details import Details
from polku.contacts.intake import Advice
from polku.contacts.models import Contact
from polku.contacts.people import Told
from polku.contacts.states import Channel, PartyRole, Result
from polku.triage import worklist
from polku.triage.worklist import Filter
from tests.contacts.test_intake import form, make_source
from tests.register import NOW, Register

pytestmark = pytest.mark.django_db


def written(register: Register, by, *, key: str = "n1", **details) -> Contact:
    row = contacts.start(unit=register.unit("neuvonta"), by=by, at=NOW, key=key, channel=Channel.KELA)
    return contacts.record(contact=row, details=Details(**details), by=by, at=NOW)


def found(chosen: Filter, *, by) -> set[int]:
    rows = {row.item.pk for row in worklist.page(by=by, at=NOW, chosen=chosen).rows}
    assert worklist.sizes([chosen], by=by, at=NOW) == [len(rows)], "the tab's count is that of its list"
    return rows


def test_every_way_in_tells_the_work_item_its_language(register: Register, suvi) -> None:
    source, unit = make_source(register), register.unit("neuvonta")
    details = Details(language="so", interpreter_language="so")
    sent = intake.receive(source=source, form=form(details=details), by=source.actor, at=NOW, key="k1").contact
    advice = Advice(channel=Channel.PHONE, topics=("housing",), minutes=5, result=Result.ADVICE, language="sv")
    advised = intake.advise(unit=unit, advice=advice, by=suvi, at=NOW, key="k2")
    drafted = contacts.start(unit=unit, by=suvi, at=NOW, key="k3", language="en")
    call = callbacks.promise(
        unit=unit, agreed_at=NOW + timedelta(hours=1), reason="x", language="sv", by=suvi, at=NOW, key="k4"
    )
    told = {pk: (language, interpreter) for pk, language, interpreter in _told()}
    assert told == {
        sent.work_item_id: ("so", True),
        advised.work_item_id: ("sv", False),
        drafted.work_item_id: ("en", False),
        call.work_item_id: ("sv", False),
    }
    assert not list(facts.check())


def _told() -> list[tuple[int, str, bool]]:
    return list(WorkItem.objects.values_list("pk", "language", "interpreter"))


def test_row_moves_between_the_lists_when_its_language_changes(register: Register, suvi) -> None:
    row = written(register, suvi)
    assert found(Filter(language="fi"), by=suvi) == {row.work_item_id}
    contacts.describe(contact=row, details=Details(language="sv", interpreter_language="sv"), by=suvi, at=NOW)
    assert found(Filter(language="fi"), by=suvi) == set()
    for chosen in (Filter(language="sv"), Filter(interpreter=True), Filter(language="sv", interpreter=True)):
        assert found(chosen, by=suvi) == {row.work_item_id}
    contacts.describe(contact=row, details=Details(interpreter_language=""), by=suvi, at=NOW)
    assert found(Filter(interpreter=True), by=suvi) == set()
    assert not list(facts.check())


def test_row_follows_a_change_by_a_process_of_the_version_before(register: Register, suvi) -> None:
    row = written(register, suvi)
    Contact.objects.filter(pk=row.pk).update(language="sv", interpreter_language="sv")
    assert found(Filter(language="sv", interpreter=True), by=suvi) == {row.work_item_id}
    assert not list(facts.check())


def test_row_that_tells_no_language_is_found_by_what_stands_behind_it(register: Register, suvi) -> None:
    row = written(register, suvi, language="sv", interpreter_language="sv")
    other = written(register, suvi, key="n2", language="fi")
    call = callbacks.promise(
        unit=row.unit, agreed_at=NOW + timedelta(hours=1), reason="x", language="sv", by=suvi, at=NOW, key="cb"
    )
    WorkItem.objects.update(language="", interpreter=False)  # as the version before leaves them
    assert found(Filter(language="sv"), by=suvi) == {row.work_item_id, call.work_item_id}
    assert found(Filter(interpreter=True), by=suvi) == {row.work_item_id}
    assert found(Filter(language="fi"), by=suvi) == {other.work_item_id}
    assert not list(facts.check()), "empty is no fault"


def test_case_is_in_the_language_of_its_client(register: Register) -> None:
    worker = register.person("Annakaisa", Role.SOCIAL_WORKER)
    row = written(register, worker, language="fi")
    party = people.add(contact=row, role=PartyRole.CONCERNED, told=Told(family_name="Salo"), by=worker, at=NOW)
    person = clients.Person(family_name="Salo", given_names="Aino", language="sv", interpreter_language="sv")
    client = clients.create(person=person, by=worker, at=NOW)
    people.identify(party=party, client=client, by=worker, at=NOW)
    case = matters.open_case(contact=row, party=party, by=worker, at=NOW)
    for chosen in (Filter(language="sv"), Filter(interpreter=True)):
        assert case.work_item_id in found(chosen, by=worker)
    assert case.work_item_id not in found(Filter(language="fi"), by=worker)
    clients.update(client=client, person=replace(person, language="fi"), by=worker, at=NOW)
    assert case.work_item_id in found(Filter(language="fi"), by=worker), "it follows its client"
    assert not list(facts.check())


def test_check_names_a_row_whose_language_is_not_its_contacts(register: Register, suvi) -> None:
    row = written(register, suvi, language="fi")
    WorkItem.objects.filter(pk=row.work_item_id).update(language="sv")
    assert list(facts.check()) == [f"Work item {row.work_item.public_id}: language is sv, behind it stands fi."]
