"""Walk 2: a caller who stays anonymous is solved by advice; one short form, no case, no personal data."""

from __future__ import annotations

from collections.abc import Callable

from polku.access.models import Actor
from polku.audit.models import Event
from polku.cases.models import Case, WorkItem
from polku.clients.models import Client
from polku.contacts.models import Contact, ContactParty, ContactText, Draft
from polku.contacts.states import ContactState, Result
from polku.deadlines.models import Clock
from polku.outbox.models import Message
from tests.walks.conftest import Walk
from tests.walks.hands import Hands, local

MORNING = local("2026-11-24 09:06")


def test_advice_is_one_short_form_without_a_name(
    county: Callable[..., dict[str, Actor]], someone: Callable[..., Hands], walk: Walk
) -> None:
    workers = county(MORNING)
    suvi = someone("Suvi Rantala", at="/calls/")

    # From the contacts page one key opens the form.
    suvi.looks("contacts")
    suvi.sends("a")
    suvi.is_at("input[name=topics]")
    suvi.looks("form")

    # Sent too early it says what is missing, at the field.
    suvi.sends("Control+Enter")
    suvi.sees(walk.words("Choose at least one topic."))
    suvi.looks("missing-topic")
    assert not Contact.objects.exists()

    # From the summary of what is wrong to the field, the topics by their digits, the rest as it usually is; sent.
    suvi.presses("Tab", "Enter")
    suvi.is_at("input[name=topics]")
    suvi.sends("1", "3", "Control+Enter")
    contact = Contact.objects.get()
    suvi.sees(contact.reference)
    suvi.looks("recorded")
    assert suvi.commands <= 40

    # Nothing waits in the list: there is no row to act on, and its keys do nothing.
    suvi.goes("/work/")
    suvi.sees(walk.words("Everything here has been seen to"))
    assert not suvi.page.locator(".bar-links button:visible").count()
    suvi.presses("o", "s")
    assert not suvi.page.locator("dialog[open]").count()
    suvi.looks("nothing-waits")

    # What there is: a closed contact for the statistics. What there is not: anything of a person.
    assert (contact.state, contact.result) == (ContactState.CLOSED, Result.ADVICE)
    assert contact.answered_by == workers["suvi"] and contact.answered_at == contact.received_at
    assert contact.topics == ["benefits", "bills"] and contact.duration_minutes == 5
    for model in (Case, Client, ContactParty, ContactText, Draft, Message):
        assert not model.objects.exists(), f"advice left a row of {model.__name__}"
    assert not WorkItem.objects.filter(closed_at__isnull=True).exists(), "nothing waits in the list"
    assert Clock.objects.get(rule="promise_answer").met_at == contact.answered_at
    assert Event.objects.filter(kind="change", actor_id=workers["suvi"].pk, subject=contact.public_id).exists()
    assert not Event.objects.exclude(clients=[]).exists(), "nobody's data was looked at"
