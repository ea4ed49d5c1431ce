"""A query that forgot its filter shows nothing of a client outside the reader's right: row security, table by table."""

from __future__ import annotations

import ast
from collections.abc import Callable
from datetime import date, timedelta
from itertools import product
from pathlib import Path

import pytest
from django.db import DatabaseError, ProgrammingError, connection, transaction
from django.db.models import Model, QuerySet

from polku.access import actions as access
from polku.access.models import Deputy, Unit
from polku.access.permissions import visible_to
from polku.acting import act_as, action, beyond
from polku.appointments.models import Appointment, ClientLink, Participant, WaitingEntry
from polku.assessments.models import Assessment, Measure, Plan
from polku.audit import actions as audit
from polku.cases import actions as cases
from polku.cases.models import (
    Case,
    CasePerson,
    CaseServiceTask,
    ExternalId,
    NamedWorker,
    Relation,
    WorkItem,
)
from polku.clients.models import Client, Merge, ProtectedDetail, Relationship
from polku.contacts.models import CallBack, Contact, ContactText, Draft
from polku.deadlines.models import Clock, Pause, Restart
from polku.decisions.models import Decision, Delivery
from polku.fence.guards import tables, unguarded
from polku.handover.models import RecordTask
from polku.meetings.models import Item, Minutes
from polku.outbox.models import Enclosure, Message, Receipt, Try
from polku.site.context import fenced, working
from polku.triage.models import FirstAssessment
from tests.assessments.rows import one_of_each
from tests.decisions import rows as decisions_rows
from tests.desk.world import AT
from tests.meetings import rows as meetings_rows
from tests.site import access_world
from tests.site.access_world import World

pytestmark = pytest.mark.django_db

# Without any tie to the client; officer and main user have pages of their own, and no client's data on any other.
UNTIED = ("nobody", "stranger", "health", "officer", "admin")
TIED = ("own", "colleague", "booked", "secretary", "lead")
# What the rules let somebody read, of which model; the fence must let through at least that.
RULES: tuple[tuple[str, type[Model]], ...] = (
    ("clients.read", Client),
    ("clients.see_protected", Client),
    ("cases.read", Case),
    ("cases.write", Case),
    ("work.read", WorkItem),
    ("work.change", WorkItem),
    ("contacts.read", Contact),
    ("contacts.write", Contact),
    ("contacts.see_notifier", Contact),
    ("contacts.end_call_back", CallBack),
    ("triage.assess", Contact),
    ("deadlines.read", Clock),
    ("appointments.read", Appointment),
    ("appointments.attend", Appointment),
    ("appointments.seat", Participant),
    ("assessments.read", Assessment),
    ("assessments.read", Measure),
    ("assessments.read", Plan),
    ("assessments.write", Assessment),
    ("assessments.finish", Assessment),
    ("assessments.plan", Case),
    ("meetings.propose", Case),
    ("meetings.see", Item),
    ("meetings.change", Item),
    ("meetings.weigh", Item),
    ("meetings.settle", Item),
    ("meetings.read_minutes", Minutes),
    ("decisions.read", Decision),
    ("decisions.write", Decision),
    ("decisions.sign", Decision),
    ("decisions.deliver", Decision),
    ("decisions.begin", Case),
    ("decisions.post", Delivery),
    ("handover.read", RecordTask),
    ("handover.settle", RecordTask),
)
# Every question about the whole register: who asks it. A new one belongs here, with its reason at the call.
BEYOND = {
    "polku.appointments.clocks.waiting",
    "polku.appointments.links._kept",
    "polku.appointments.queries.is_taken",
    "polku.appointments.seats.free_seats",
    "polku.appointments.seats.groups",
    "polku.appointments.seats.open_sessions",
    "polku.appointments.snapshot._busy",
    "polku.appointments.snapshot.running_holds",
    "polku.clients.queries.picked",
    "polku.clients.queries.possible_duplicates",
    "polku.clients.queries.search",
    "polku.contacts.finding._mine",
    "polku.demo.frame.made",
    "polku.desk.call.people.rows",
    "polku.desk.dpo.views.check",
    "polku.desk.dpo.views.find",
    "polku.desk.dpo.views.latest",
    "polku.desk.dpo.views.log",
    "polku.desk.dpo.views.overview",
    "polku.desk.dpo.views.told",
    "polku.desk.home.undelivered._first",
    "polku.desk.home.undelivered.count",
    "polku.desk.people.finding._thing",
    "polku.desk.people.page.ids",
    "polku.statistics.daybook.sums",
    "polku.statistics.measures.cells",
    "polku.statistics.measures.unripe",
    "polku.statistics.queries.overview",
    "polku.triage.unattended.unattended",
    "polku.desk.worklist.page._numbers",
    "polku.meetings.agenda._times",
    "polku.meetings.history.taken",
    "polku.triage.worklist.nearest",
    "polku.triage.worklist.sizes",
}


@pytest.fixture
def world(db: None, clock: Callable[..., None]) -> World:
    """One of everything, by the real actions; what they do not make here is written as they would write it."""
    clock(AT)
    world = access_world.build()
    own, client = world.actors["own"], world.client
    assert own is not None
    other = Client.objects.exclude(pk=client.pk).get()
    contact, case, row = Contact.objects.get(), Case.objects.get(), Appointment.objects.get()
    running, message = Clock.objects.all()[0], Message.objects.all()[0]
    day = date(2026, 11, 1)
    Merge.objects.create(client=other, into=client, reason="sama", made_at=AT, made_by=own)
    ProtectedDetail.objects.create(client=client, kind="phone", value="+358440001942", valid_from=day)
    Relationship.objects.create(client=client, kind="near_person", name="Liisa", valid_from=day)
    CasePerson.objects.create(case=case, client=other, role="child")
    CaseServiceTask.objects.get_or_create(case=case, task="adults")
    NamedWorker.objects.get_or_create(case=case, actor=own, defaults={"valid_from": day})
    ExternalId.objects.create(system="kela", value="1", names="client", thing=client.public_id)
    Pause.objects.create(clock=running, first=day, reason="x", paused_at=AT, paused_by=own)
    Restart.objects.create(
        clock=running, event="x", happened_at=AT, before_day0=day, before_last_day=day, before_because={},
        restarted_at=AT, restarted_by=own,
    )  # fmt: skip
    Draft.objects.get_or_create(contact=contact, defaults={"saved_at": AT, "saved_by": own})
    FirstAssessment.objects.get_or_create(
        contact=contact, version=1,
        defaults={"urgent": False, "none_apply": True, "rule": "x", "rule_version": "1", "made_at": AT, "made_by": own, "author_name": "x"},
    )  # fmt: skip
    ContactText.objects.create(
        contact=contact, kind="said", version=9, text="Vuokra on maksamatta.", written_at=AT, author=own,
        author_name="x",
    )  # fmt: skip
    Participant.objects.create(appointment=row, seat=1, client=client, created_at=AT, created_by=own)
    WaitingEntry.objects.create(
        appointment=row, client=client, kind=row.kind, unit=row.unit, created_at=AT, created_by=own
    )
    Enclosure.objects.create(message=message, place=1, name="x", content_type="text/plain", content=b"x")
    Try.objects.create(message=message, number=1, at=AT, ended_at=AT, outcome="sent")
    Receipt.objects.create(message=message, at=AT, delivered=True)
    one_of_each(case, by=own, at=AT)
    meetings_rows.one_of_each(case, by=own, at=AT)
    decisions_rows.one_of_each(case, by=own, at=AT)
    return world


def seen(table: str) -> int:
    """Return how many rows a query without any filter shows; of the log those about clients."""
    about = " WHERE cardinality(clients) > 0" if table in ("audit_event", "audit_row") else ""
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT count(*) FROM "{table}"{about}')
        return int(cursor.fetchone()[0])


def everything() -> dict[str, int]:
    return {table: seen(table) for table in tables()}


def test_an_unfiltered_query_shows_a_stranger_nothing_of_any_table_about_clients(world: World) -> None:
    assert [table for table, rows in everything().items() if not rows] == []
    for column in UNTIED:
        with fenced(by=world.actors[column], at=AT):
            shown = {table: rows for table, rows in everything().items() if rows}
        assert shown == {}, column


def test_the_fence_lets_through_whatever_a_rule_allows(world: World) -> None:
    for column, (name, model) in product(TIED, RULES):
        by = world.actors[column]
        assert by is not None
        allowed = ids(visible_to(by, name, model._default_manager.all(), at=AT))
        with fenced(by=by, at=AT):
            assert allowed <= ids(model._default_manager.all()), (column, name)
            assert allowed == ids(visible_to(by, name, model._default_manager.all(), at=AT)), (column, name)


def ids(rows: QuerySet[Model]) -> set[int]:
    return set(rows.values_list("pk", flat=True))


def test_a_worker_sees_all_that_hangs_on_their_client_and_nothing_else(world: World) -> None:
    stranger = world.actors["stranger"]
    assert stranger is not None
    theirs = Client.objects.create(family_name="Toinen", given_names="T.", created_at=AT, created_by=stranger)
    with fenced(by=world.actors["own"], at=AT):
        shown = everything()
        assert world.client in Client.objects.all() and theirs not in Client.objects.all()
        hidden = {table for table, rows in shown.items() if not rows}
    # Asked by actions only.
    assert hidden <= {"cases_externalid"}


def test_a_tie_opens_and_its_end_closes_again(world: World) -> None:
    stranger, client = world.actors["stranger"], world.client
    assert stranger is not None
    tie = Relation.objects.create(
        kind="own_worker",
        client=client,
        actor=stranger,
        starts_at=AT,
        ends_at=AT + timedelta(hours=1),
        made_by=stranger,
    )
    for at, found in ((AT, True), (AT + timedelta(minutes=59), True), (AT + timedelta(hours=1), False)):
        with fenced(by=stranger, at=at):
            assert Client.objects.filter(pk=client.pk).exists() is found
            assert ContactText.objects.exists() is found
            assert Relation.objects.filter(pk=tie.pk).exists() or not found


def test_an_emergency_opening_shows_the_client_in_the_next_query(world: World) -> None:
    stranger = world.actors["stranger"]
    assert stranger is not None
    with fenced(by=stranger, at=AT):
        assert not Client.objects.exists()
        cases.open_emergency(
            client=world.client,
            reason="Asiakas on hädässä ja tarvitsee apua heti.",
            by=stranger,
            at=AT,
            reference_told="",
        )
        assert Client.objects.filter(pk=world.client.pk).exists()
        assert Case.objects.exists()


def test_a_post_and_a_deputys_day_count_on_the_day(world: World) -> None:
    stranger, own = world.actors["stranger"], world.actors["own"]
    assert stranger is not None and own is not None
    Deputy.objects.create(actor=own, deputy=stranger, valid_from=date(2026, 11, 25))
    with fenced(by=stranger, at=AT):
        assert not WorkItem.objects.exists()
    with fenced(by=stranger, at=AT + timedelta(days=1)):
        assert WorkItem.objects.exists()


def test_a_machine_sees_what_it_sent_and_nothing_else(world: World) -> None:
    admin, team = world.actors["admin"], Unit.objects.get(key="aikuisneuvonta")
    assert admin is not None
    machine, _key = access.add_source(name="Oma", scopes=("contacts:write",), unit=team, by=admin, at=AT)
    with fenced(by=machine.actor, at=AT):
        assert not Contact.objects.exists() and not Client.objects.exists() and not WorkItem.objects.exists()
    Contact.objects.update(source=machine)
    with fenced(by=machine.actor, at=AT):
        assert Contact.objects.count() == 1 and Clock.objects.exists()


def test_a_link_shows_its_time_and_its_own_seat_only(world: World) -> None:
    link = ClientLink.objects.order_by("pk").last()
    assert link is not None
    other = Client.objects.exclude(pk=world.client.pk).get()
    seat = Participant.objects.create(
        appointment=link.appointment, seat=2, client=other, created_at=AT, created_by=link.appointment.created_by
    )
    with fenced(by=link.actor, at=AT):
        assert Appointment.objects.count() == 1
    ClientLink.objects.filter(pk=link.pk).update(participant=seat)
    with fenced(by=link.actor, at=AT):
        assert [row.pk for row in Participant.objects.all()] == [seat.pk]
        assert [row.pk for row in Client.objects.all()] == [other.pk]
        assert not Case.objects.exists()
    with fenced(by=link.actor, at=link.expires_at):
        assert not Participant.objects.exists() and not Appointment.objects.exists()


def test_who_acts_may_be_told_later_and_nobody_is_there_before(world: World) -> None:
    with fenced(at=AT):
        assert everything() == dict.fromkeys(tables(), 0)
        act_as(world.actors["own"], at=AT)
        assert Client.objects.exists()
        act_as(None, at=AT)
        assert not Client.objects.exists()


def test_requests_change_rows_about_clients_in_actions_only(world: World) -> None:
    own = world.actors["own"]

    @action
    def rename() -> int:
        return Client.objects.filter(pk=world.client.pk).update(family_name="Uusi")

    with fenced(by=own, at=AT):
        for statement in ("UPDATE clients_client SET family_name = 'x'", "DELETE FROM contacts_draft"):
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                connection.cursor().execute(statement)
        assert rename() == 1
        assert role() == "polku_fenced"


def test_the_way_past_the_fence_ends_with_its_block(world: World) -> None:
    class Stop(Exception):
        pass

    with fenced(by=world.actors["stranger"], at=AT):
        with beyond("a test"):
            assert role() == "polku_serving" and Client.objects.exists()
            with beyond("inside another"):
                pass
            assert Client.objects.exists()
        assert not Client.objects.exists()
        with pytest.raises(Stop), beyond("a test"):
            raise Stop
        assert role() == "polku_fenced"
        with pytest.raises(DatabaseError), transaction.atomic(), beyond("a test"):
            connection.cursor().execute("SELECT 1 / 0")
        assert role() == "polku_fenced" and not Client.objects.exists()
    with working(by=world.actors["stranger"]):
        assert Client.objects.exists()


def role() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return str(cursor.fetchone()[0])


def names_in_the_log() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT actor_public_id FROM audit_who")
        return {name for (name,) in cursor.fetchall()}


def test_whoever_reads_writes_the_log_and_reads_only_their_own_rows_of_it(world: World) -> None:
    own, stranger = world.actors["own"], world.actors["stranger"]
    with fenced(by=stranger, at=AT):
        audit.searched(by=stranger, at=AT, what="clients", how="name", clients=[world.client.pk])
        assert seen("audit_event") == 1
        assert names_in_the_log() == {stranger.public_id}, "nobody else's name and posts"
    with fenced(at=AT):
        # Signing in is written before the database knows who it is.
        assert audit.signed_in(by=own, at=AT, what="sign-in") > 0
        assert seen("audit_event") == 0
    with fenced(by=own, at=AT), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_event WHERE actor_id IS DISTINCT FROM %s", [own.pk if own else 0])
        assert cursor.fetchone()[0] == 0


def test_the_fence_has_no_gap() -> None:
    assert unguarded() == []


@pytest.mark.parametrize(
    ("gap", "said"),
    [
        ("CREATE TABLE visit (id bigint PRIMARY KEY, client_id bigint REFERENCES clients_client (id))", "visit"),
        ("CREATE TABLE visit (id bigint PRIMARY KEY, case_id bigint REFERENCES cases_case (id))", "visit"),
        ("ALTER TABLE contacts_draft DISABLE ROW LEVEL SECURITY", "contacts_draft"),
        ("DROP POLICY polku_reach ON contacts_draft", "contacts_draft"),
        ("GRANT UPDATE ON contacts_draft TO polku_fenced", "contacts_draft"),
    ],
)
def test_a_gap_in_the_fence_is_told(db: None, gap: str, said: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(gap)
    assert [sentence for sentence in unguarded() if said in sentence]


def test_every_question_about_the_whole_register_is_known() -> None:
    found = set()
    for path in Path("polku").rglob("*.py"):
        if path.name == "acting.py":
            continue
        module = ".".join(path.with_suffix("").parts)
        text = path.read_text(encoding="utf-8")
        if "beyond" not in text:
            continue
        tree = ast.parse(text)
        named = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and any(_is_beyond(one) for one in node.decorator_list):
                found.add(f"{module}.{node.name}")
                named.add(node.name)
        blocks = sum(_is_beyond(node) for node in ast.walk(tree))
        assert blocks == len(named), f"{module}: decorate the function that asks, so that it has a name"
    assert found == BEYOND


def _is_beyond(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "beyond"
