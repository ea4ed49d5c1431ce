from datetime import timedelta

import pytest

from polku.access.models import Actor
from polku.access.states import ActorKind
from polku.cases.models import WorkItem
from polku.contacts import actions, drafts, jobs
from polku.contacts.models import Contact
from polku.contacts.states import Channel, ContactState
from polku.deadlines import queries
from tests.register import NOW, Register

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=61)


@pytest.fixture
def robot() -> Actor:
    return Actor.objects.create(kind=ActorKind.JOB, name="job", created_at=NOW)


@pytest.fixture
def register() -> Register:
    return Register()


def start(register: Register, key: str, *, said: str = "", channel: str = Channel.PHONE) -> Contact:
    suvi = register.person("Suvi")
    row = actions.start(unit=register.unit("neuvonta"), by=suvi, at=NOW, key=key, channel=channel)
    if said:
        drafts.save(contact=row, version=0, said=said, by=suvi, at=NOW)
    return row


def test_a_contact_left_half_written_gets_its_clocks(register: Register, robot: Actor) -> None:
    row = start(register, "1", said="Soitti ja puhelu katkesi.")
    assert jobs.adopt_left_drafts(by=robot, at=NOW + timedelta(minutes=59)) == 0
    assert jobs.adopt_left_drafts(by=robot, at=LATER) == 1
    row.refresh_from_db()
    assert row.state == ContactState.OPEN
    assert row.texts.get().text == "Soitti ja puhelu katkesi."
    assert WorkItem.objects.get().next_due is not None


def test_one_that_the_law_does_not_let_through_gets_its_clocks_all_the_same(register: Register, robot: Actor) -> None:
    row = start(register, "1", said="Suostumus kesken.", channel=Channel.SHL_CONTACT)
    assert jobs.adopt_left_drafts(by=robot, at=LATER) == 0
    row.refresh_from_db()
    assert row.state == ContactState.DRAFT
    assert queries.running_by_rule(row.work_item, "promise_answer") is not None


def test_an_empty_draft_is_thrown_away_after_a_day(register: Register, robot: Actor) -> None:
    row = start(register, "1")
    jobs.adopt_left_drafts(by=robot, at=LATER)
    row.refresh_from_db()
    assert row.state == ContactState.DRAFT
    jobs.adopt_left_drafts(by=robot, at=NOW + timedelta(hours=25))
    row.refresh_from_db()
    assert row.state == ContactState.DISCARDED
