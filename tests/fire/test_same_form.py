"""The same form comes a hundred times at once, as from a sender whose retries have gone wild: one contact."""

from __future__ import annotations

import httpx
import pytest

from polku.cases.models import TimelineEntry, WorkItem
from polku.clients.models import Client
from polku.contacts.models import Contact, ContactParty, ContactText
from polku.deadlines.models import Clock
from polku.outbox.models import Message
from tests.fire.machines import Machine, a_form, at_once, let_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.usefixtures("no_deadlock")]

TIMES = 100


@pytest.fixture
def machine(db: None, server: str) -> Machine:
    return Machine(server, let_in("Omaolo"), connections=TIMES)


def assert_one_contact(answers: list[httpx.Response]) -> None:
    """Everybody got the same answer, and there is one of everything."""
    assert {answer.status_code for answer in answers} <= {200, 201}, [answer.text for answer in answers][:5]
    assert [answer.status_code for answer in answers].count(201) == 1
    contact = Contact.objects.get()
    for answer in answers:
        said = answer.json()
        assert (said["id"], said["reference"]) == (contact.public_id, contact.reference)
    assert len({answer.text for answer in answers}) == 1
    assert WorkItem.objects.get() == contact.work_item
    assert ContactParty.objects.get().contact == ContactText.objects.get().contact == contact
    assert Clock.objects.filter(work_item=contact.work_item, rule="promise_answer").count() == 1
    assert TimelineEntry.objects.filter(work_item=contact.work_item, event="contacts.received").count() == 1
    message = Message.objects.get()
    assert message.template == "eform_receipt" and contact.reference in message.body


def test_same_form_with_the_same_key_is_one_contact(machine: Machine) -> None:
    form = a_form("form-2026-000123")
    assert_one_contact(at_once(TIMES, lambda _number: machine.post("/contacts", form, "retry-of-one-request")))


def test_same_form_with_other_keys_is_one_contact(machine: Machine) -> None:
    """The sender's own id of the form is what counts."""
    form = a_form("form-2026-000124")
    assert_one_contact(at_once(TIMES, lambda number: machine.post("/contacts", form, f"request-{number:03d}")))


def test_same_form_with_an_identity_code_makes_one_client(machine: Machine) -> None:
    """A hundred at once may not each make the client whom the form names."""
    form = a_form(
        "form-2026-000125",
        persons=[{"role": "concerned", "family_name": "Salo", "given_names": "Aino", "phone": "0401234567",
                  "identity_code": "010190-900P"}],
    )  # fmt: skip
    answers = at_once(TIMES, lambda number: machine.post("/contacts", form, f"request-{number:03d}"))
    assert_one_contact(answers)
    assert Client.objects.count() == 1


def test_many_forms_of_one_new_person_make_one_client(machine: Machine) -> None:
    """Twenty forms at once of somebody who is not known yet: twenty contacts of one client."""

    def send(number: int) -> httpx.Response:
        person = {"role": "concerned", "family_name": "Salo", "given_names": "Aino", "phone": "0401234567"}
        return machine.form(
            f"F-{number}", key=f"form-{number:04d}", persons=[{**person, "identity_code": "010190-900P"}]
        )

    answers = at_once(20, send)
    assert [answer.status_code for answer in answers] == [201] * 20, [answer.text for answer in answers][:3]
    assert Contact.objects.count() == WorkItem.objects.count() == Message.objects.count() == 20
    assert Client.objects.count() == 1
