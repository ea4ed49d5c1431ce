import json
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from polku.access.models import Actor
from polku.access.permissions import can
from polku.access.states import Role
from polku.cases import actions, queries
from polku.cases.models import Case, CasePerson, CaseServiceTask, NamedWorker, Relation, TimelineEntry, WorkItem
from polku.cases.states import InitiatedHow, PersonRole, RelationKind, ServiceTask, WorkKind
from polku.clients.actions import Person, create, merge
from polku.clients.models import Client
from polku.kit import reference
from polku.kit.errors import Conflict, Invalid, NotAllowed
from tests.register import NOW, Register

pytestmark = pytest.mark.django_db


@pytest.fixture
def register() -> Register:
    return Register()


@pytest.fixture
def client_(register: Register) -> Client:
    return create(person=Person(family_name="Ojanperä", given_names="Aarne"), by=register.person("suvi"), at=NOW)


def open_case(register: Register, client: Client, **more: object) -> Case:
    return actions.open_case(
        client=client, unit=register.unit("neuvonta"), initiated_at=NOW - timedelta(hours=1),
        initiated_how=InitiatedHow.CONTACT, by=register.person("suvi"), at=NOW, key="k", **more,
    )  # fmt: skip


def test_open_case_gives_the_unit_its_tie_and_the_caller_a_reference(register: Register, client_: Client) -> None:
    case = open_case(register, client_)
    assert reference.is_valid(case.reference)
    assert case.initiated_at == NOW - timedelta(hours=1)
    colleague, stranger = register.person("mikko"), register.person("far", unit="toinen")
    assert can(colleague, "cases.read", case, at=NOW)
    assert can(colleague, "clients.read", client_, at=NOW)
    assert not can(stranger, "cases.read", case, at=NOW)
    assert not can(stranger, "clients.read", client_, at=NOW)


def test_open_case_twice_with_one_key_opens_one(register: Register, client_: Client) -> None:
    assert open_case(register, client_) == open_case(register, client_)
    assert Case.objects.count() == WorkItem.objects.count() == 1


def test_open_case_writes_its_people_and_service_tasks_once_each(register: Register, client_: Client) -> None:
    mother = create(person=Person(family_name="Ojanperä", given_names="Liisa"), by=register.person("suvi"), at=NOW)
    case = open_case(
        register, client_, people=[(mother, PersonRole.GUARDIAN)] * 2,
        service_tasks=[ServiceTask.OLDER, ServiceTask.DISABILITY, ServiceTask.OLDER],
    )  # fmt: skip
    people = CasePerson.objects.filter(case=case).values_list("client", "role")
    assert set(people) == {(client_.pk, PersonRole.CLIENT), (mother.pk, PersonRole.GUARDIAN)} and len(people) == 2
    tasks = CaseServiceTask.objects.filter(case=case).values_list("task", flat=True)
    assert sorted(tasks) == [ServiceTask.DISABILITY, ServiceTask.OLDER]


def test_open_case_refuses_a_future_day(register: Register, client_: Client) -> None:
    with pytest.raises(Invalid) as refused:
        actions.open_case(
            client=client_, unit=register.unit("neuvonta"), initiated_at=NOW + timedelta(minutes=1),
            initiated_how=InitiatedHow.CONTACT, by=register.person("suvi"), at=NOW, key="k",
        )  # fmt: skip
    assert refused.value.field == "initiated_at"


def test_naming_an_own_worker_ends_the_former_one_s_tie(register: Register, client_: Client) -> None:
    anna, olli = register.person("anna", unit="itä"), register.person("olli", unit="länsi")
    case = open_case(register, client_, own_worker=anna)
    assert queries.own_worker_of(client_, day=NOW.date()) == anna
    assert can(anna, "cases.write", case, at=NOW)
    later = NOW + timedelta(days=3)
    actions.name_own_worker(case=case, actor=olli, by=anna, at=later)
    assert queries.own_worker(case, day=later.date()) == olli
    assert queries.own_worker(case, day=NOW.date()) == anna
    assert not can(Actor.objects.get(pk=anna.pk), "cases.write", case, at=later)
    assert NamedWorker.objects.filter(valid_until__isnull=True).count() == 1


def test_close_case_needs_its_ground_and_is_done_once(register: Register, client_: Client) -> None:
    case, suvi = open_case(register, client_), register.person("suvi")
    with pytest.raises(Invalid):
        actions.close_case(case=case, ground=" ", by=suvi, at=NOW)
    actions.close_case(case=case, ground="The need has ended", by=suvi, at=NOW)
    with pytest.raises(Conflict):
        actions.close_case(case=case, ground="Again", by=suvi, at=NOW)
    assert WorkItem.objects.get(pk=case.work_item_id).closed_at == NOW


def test_a_contact_in_hand_ends_24_hours_after_closing(register: Register, client_: Client) -> None:
    nurse = register.person("heli", Role.HEALTH, "asema")
    item = actions.open_work(kind=WorkKind.CONTACT, unit=register.unit("neuvonta"), at=NOW, language="fi")
    tie = {"kind": RelationKind.CONTACT_IN_HAND, "client": client_, "actor": nurse, "work_item": item}
    actions.relate(**tie, by=nurse, at=NOW)
    actions.relate(**tie, by=nurse, at=NOW)
    assert Relation.objects.count() == 1
    assert can(nurse, "clients.read", client_, at=NOW + timedelta(days=30))
    assert not can(nurse, "cases.read", open_case(register, client_), at=NOW)
    assert actions.close_work(item=item, at=NOW)
    assert not actions.close_work(item=item, at=NOW)
    assert can(nurse, "clients.read", client_, at=NOW + timedelta(hours=23))
    assert not can(nurse, "clients.read", client_, at=NOW + timedelta(hours=24))


def test_an_emergency_opening_needs_a_reason_lasts_a_day_and_is_logged(register: Register, client_: Client) -> None:
    from polku.audit.models import Event

    stranger = register.person("far", unit="toinen")
    for reason in ("", "need"):
        with pytest.raises(Invalid) as refused:
            actions.open_emergency(client=client_, reason=reason, by=stranger, at=NOW)
        assert refused.value.field == "reason"
    actions.open_emergency(client=client_, reason="Client rang the duty desk", by=stranger, at=NOW)
    actions.open_emergency(client=client_, reason="Client rang the duty desk", by=stranger, at=NOW)
    assert Relation.objects.filter(kind=RelationKind.EMERGENCY).count() == 1
    assert can(stranger, "clients.read", client_, at=NOW + timedelta(hours=23))
    assert not can(stranger, "clients.read", client_, at=NOW + timedelta(hours=24))
    row = Event.objects.get(kind="emergency")
    assert (row.actor_id, row.clients) == (stranger.pk, [client_.pk])
    assert json.loads(row.details)["reason"] == "Client rang the duty desk"


def test_an_emergency_opening_is_not_for_a_secretary(register: Register, client_: Client) -> None:
    with pytest.raises(NotAllowed):
        actions.open_emergency(
            client=client_, reason="I would like to see", by=register.person("s", Role.SECRETARY), at=NOW
        )


def test_a_tie_to_a_merged_row_is_a_tie_to_the_person(register: Register, client_: Client) -> None:
    suvi, stranger = register.person("suvi"), register.person("far", unit="toinen")
    other = create(person=Person(family_name="Ojanperä"), by=suvi, at=NOW)
    actions.open_emergency(client=other, reason="Client rang the duty desk", by=stranger, at=NOW)
    assert not can(stranger, "clients.read", client_, at=NOW)
    merge(client=other, into=client_, reason="Same person", by=suvi, at=NOW)
    assert can(stranger, "clients.read", client_, at=NOW)
    assert can(stranger, "clients.read", other, at=NOW)


def test_a_correction_stands_beside_the_old_text_and_is_made_once(register: Register, client_: Client) -> None:
    case, suvi = open_case(register, client_), register.person("suvi")
    old = actions.note(event="cases.note", by=suvi, at=NOW, case=case, text="Rent is 700")
    new = actions.correct(entry=old, text="Rent is 720", by=suvi, at=NOW + timedelta(minutes=1))
    assert TimelineEntry.objects.get(pk=old.pk).text == "Rent is 700"
    assert new.corrects == old
    with pytest.raises(Conflict):
        actions.correct(entry=old, text="Rent is 730", by=suvi, at=NOW + timedelta(minutes=2))


def test_the_timeline_refuses_the_future(register: Register, client_: Client) -> None:
    suvi = register.person("suvi")
    with pytest.raises(Invalid):
        actions.note(event="x", by=suvi, at=NOW, happened_at=NOW + timedelta(seconds=1), client=client_)
    with pytest.raises(IntegrityError), transaction.atomic():
        TimelineEntry.objects.create(
            event="x", client=client_, happened_at=NOW + timedelta(seconds=1), recorded_at=NOW, actor=suvi,
            actor_name="x",
        )  # fmt: skip


def test_a_hold_needs_its_reason_in_the_database(register: Register) -> None:
    item = actions.open_work(kind=WorkKind.CONTACT, unit=register.unit("neuvonta"), at=NOW, language="fi")
    with pytest.raises(IntegrityError), transaction.atomic():
        WorkItem.objects.filter(pk=item.pk).update(hold_until=date(2026, 12, 1))
