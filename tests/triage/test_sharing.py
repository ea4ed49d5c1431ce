from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection

from polku.access.models import Absence, Actor
from polku.access.states import Role
from polku.cases.models import Relation, TimelineEntry, WorkItem
from polku.clients import actions as clients
from polku.contacts import actions as contacts
from polku.contacts import drafts, people, queries
from polku.contacts.models import Contact
from polku.contacts.people import Told
from polku.contacts.states import PartyRole
from polku.kit.errors import Conflict, Invalid, NotAllowed
from polku.triage import jobs, sharing
from tests.register import NOW, Register


@pytest.fixture
def register(db: None) -> Register:
    return Register()


@pytest.fixture
def suvi(register: Register) -> Actor:
    return register.person("Suvi")


@pytest.fixture
def laura(register: Register) -> Actor:
    return register.person("Laura")


@pytest.fixture
def call(register: Register, suvi: Actor) -> Contact:
    row = contacts.start(unit=register.unit("neuvonta"), by=suvi, at=NOW, key="c")
    drafts.save(contact=row, version=0, said="Asia.", by=suvi, at=NOW)
    return contacts.record(contact=row, by=suvi, at=NOW)


def test_release_and_take(call: Contact, suvi: Actor, laura: Actor) -> None:
    item = sharing.release(item=call.work_item, by=suvi, at=NOW, note="Lähden kotiin.")
    assert item.assignee is None
    assert sharing.take(item=item, by=laura, at=NOW).assignee == laura
    assert sharing.take(item=item, by=laura, at=NOW).assignee == laura
    with pytest.raises(Conflict) as refusal:
        sharing.take(item=item, by=suvi, at=NOW)
    assert refusal.value.facts == {"owner": "Laura"}


def test_hand_over_takes_what_was_said_and_the_tie_along(call: Contact, suvi: Actor, laura: Actor) -> None:
    client = clients.create(person=clients.Person(family_name="Salo"), by=suvi, at=NOW)
    party = people.add(contact=call, role=PartyRole.CONCERNED, told=Told(), by=suvi, at=NOW)
    people.identify(party=party, client=client, by=suvi, at=NOW)
    drafts.save(contact=call, version=1, said="Asia ja lisää.", by=suvi, at=NOW)
    sharing.hand_over(item=call.work_item, to=laura, note="Osaat ruotsia.", by=suvi, at=NOW)
    assert queries.said(call).text == "Asia ja lisää."
    ties = {tie.actor.name: tie.ends_at for tie in Relation.objects.select_related("actor")}
    assert ties == {"Suvi": NOW, "Laura": None}
    assert [row.pk for row in queries.in_hand(laura, at=NOW)] == [call.pk]
    assert TimelineEntry.objects.filter(event="triage.handed_over").get().text == "Osaat ruotsia."


def test_hand_over_to_a_team_leaves_it_to_nobody_there(call: Contact, suvi: Actor, register: Register) -> None:
    team = register.unit("toimeentulo")
    item = sharing.hand_over(item=call.work_item, unit=team, by=suvi, at=NOW)
    assert (item.unit, item.assignee) == (team, None)
    call.refresh_from_db()
    assert call.unit.key == "neuvonta", "the unit of the day stays for the measures"


def test_hand_over_to_a_person_elsewhere_moves_it_to_their_unit(call: Contact, suvi: Actor, register: Register) -> None:
    anna = register.person("Anna", Role.COUNSELLOR, "toimeentulo")
    assert sharing.hand_over(item=call.work_item, to=anna, by=suvi, at=NOW).unit.key == "toimeentulo"
    with pytest.raises(NotAllowed):
        sharing.hand_over(item=call.work_item, to=suvi, by=register.person("Outi", Role.NURSE, "muu"), at=NOW)


def test_hand_over_refuses_a_receiver_who_does_not_work_there(call: Contact, suvi: Actor, register: Register) -> None:
    anna = register.person("Anna", Role.COUNSELLOR, "toimeentulo")
    with pytest.raises(Invalid) as refusal:
        sharing.hand_over(item=call.work_item, to=anna, unit=register.unit("muu"), by=suvi, at=NOW)
    assert refusal.value.field == "to"


def test_hand_over_from_a_stale_page_loses(call: Contact, suvi: Actor, laura: Actor, register: Register) -> None:
    sharing.hand_over(item=call.work_item, to=laura, by=suvi, at=NOW)
    with pytest.raises(Conflict):
        sharing.hand_over(item=call.work_item, unit=register.unit("muu"), by=suvi, at=NOW, seen_assignee=suvi)


def test_cover_takes_from_somebody_away_only(call: Contact, suvi: Actor, laura: Actor) -> None:
    with pytest.raises(Conflict) as refusal:
        sharing.cover(item=call.work_item, by=laura, at=NOW)
    assert refusal.value.code == "not_away"
    Absence.objects.create(actor=suvi, starts_at=NOW - timedelta(hours=1), ends_at=NOW + timedelta(days=3))
    assert sharing.cover(item=call.work_item, by=laura, at=NOW).assignee == laura


def test_hold_comes_back_by_itself(call: Contact, suvi: Actor) -> None:
    item = sharing.hold(item=call.work_item, until=date(2026, 11, 27), reason="Odotetaan lausuntoa.", by=suvi, at=NOW)
    assert item.hold_until == date(2026, 11, 27)
    assert jobs.return_from_hold(by=suvi, at=NOW + timedelta(days=2)) == 0
    assert jobs.return_from_hold(by=suvi, at=NOW + timedelta(days=3)) == 1
    assert WorkItem.objects.get().hold_until is None
    assert TimelineEntry.objects.filter(event="triage.hold_ended").count() == 1


@pytest.mark.parametrize(
    ("until", "reason", "field"),
    [(date(2026, 11, 24), "x", "until"), (date(2028, 1, 1), "x", "until"), (date(2026, 12, 1), " ", "reason")],
)
def test_hold_needs_a_day_ahead_and_a_reason(call: Contact, suvi: Actor, until: date, reason: str, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        sharing.hold(item=call.work_item, until=until, reason=reason, by=suvi, at=NOW)
    assert refusal.value.field == field


def test_nothing_is_shared_once_closed(call: Contact, suvi: Actor, laura: Actor) -> None:
    contacts.close(contact=call, result="advice", by=suvi, at=NOW)
    item = WorkItem.objects.get()
    for attempt in (
        lambda: sharing.take(item=item, by=laura, at=NOW),
        lambda: sharing.release(item=item, by=suvi, at=NOW),
        lambda: sharing.hand_over(item=item, to=laura, by=suvi, at=NOW),
        lambda: sharing.hold(item=item, until=date(2026, 12, 1), reason="x", by=suvi, at=NOW),
    ):
        with pytest.raises(Conflict) as refusal:
            attempt()
        assert refusal.value.code == "closed"


@pytest.mark.django_db(transaction=True)
def test_of_two_clicks_at_once_one_takes_it() -> None:
    register = Register()
    suvi = register.person("Suvi", unit="jako")
    workers = [register.person(f"W{n}", unit="jako") for n in range(8)]
    row = contacts.record(contact=contacts.start(unit=register.unit("jako"), by=suvi, at=NOW, key="c"), by=suvi, at=NOW)
    sharing.release(item=row.work_item, by=suvi, at=NOW)
    start = Barrier(len(workers))
    won: list[str] = []
    lost: list[str] = []

    def click(worker: Actor) -> None:
        try:
            start.wait()
            sharing.take(item=WorkItem.objects.get(pk=row.work_item_id), by=worker, at=NOW)
            won.append(worker.name)
        except Conflict as refusal:
            lost.append(str(refusal.facts["owner"]))
        finally:
            connection.close()

    threads = [Thread(target=click, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert lost == won * 7
    assert WorkItem.objects.get().assignee.name == won[0]
    assert TimelineEntry.objects.filter(event="triage.taken").count() == 1


@pytest.mark.django_db(transaction=True)
def test_closing_and_handing_over_at_once_leave_one_whole_result() -> None:
    register = Register()
    suvi, laura = register.person("Suvi", unit="jako-2"), register.person("Laura", unit="jako-2")
    for number in range(5):
        row = contacts.start(unit=register.unit("jako-2"), by=suvi, at=NOW, key=f"c{number}")
        row = contacts.record(contact=row, by=suvi, at=NOW)
        start = Barrier(2)
        failures: list[Exception] = []

        def run(act: object, start: Barrier = start, failures: list[Exception] = failures) -> None:
            try:
                start.wait()
                act()  # type: ignore[operator]
            except Conflict:
                pass
            except Exception as error:
                failures.append(error)
            finally:
                connection.close()

        threads = [
            Thread(target=run, args=(lambda row=row: contacts.close(contact=row, result="advice", by=suvi, at=NOW),)),
            Thread(
                target=run, args=(lambda row=row: sharing.hand_over(item=row.work_item, to=laura, by=suvi, at=NOW),)
            ),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        row.refresh_from_db()
        assert (row.closed_at is None) == (row.work_item.closed_at is None)
