"""Walk 3: a form arrives late on the eve of a holiday; it waits with the right last moment, and once only."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import httpx

from polku.access import actions as access
from polku.access.models import Actor, Unit
from polku.audit.models import Event
from polku.cases.models import WorkItem
from polku.contacts import actions as contacts
from polku.contacts import callbacks
from polku.contacts.details import Details
from polku.contacts.models import Contact
from polku.deadlines.models import Clock
from polku.outbox import jobs as outbox
from polku.outbox.models import Message
from polku.outbox.states import State
from polku.triage import actions as triage
from tests.walks.conftest import Walk
from tests.walks.hands import Hands, local

if TYPE_CHECKING:
    from playwright.sync_api import Locator

NIGHT = local("2027-01-05 22:40")
MORNING = local("2027-01-07 08:05")
LAST = local("2027-01-07 16:00")


def _form(walk: Walk) -> dict[str, Any]:
    return {
        "external_id": "omaolo-2027-000041",
        "received_at": "2027-01-05T22:40:00+02:00",
        "message": walk.says(
            "Sähkö katkaistaan perjantaina, lasku on maksamatta. Lapset ovat luonani viikonlopun.",
            "Elen stängs av på fredag, räkningen är obetald. Barnen är hos mig under veckoslutet.",
        ),
        "language": walk.language,
        "municipality": "049",
        "preferred_way": "sms",
        "persons": [
            {"role": "concerned", "given_names": "Leena", "family_name": "Pulkkinen", "phone": "040 765 4321"},
        ],
    }


def _waiting_around(workers: dict[str, Actor], team: Unit) -> None:
    """What else is in the list that morning: a call-back for ten o'clock, a caller of Tuesday who asked for a talk."""
    callbacks.promise(
        unit=team, agreed_at=local("2027-01-07 10:00"), reason="Takuuvuokra", by=workers["laura"],
        at=local("2027-01-05 15:10"), key="call-back", phone="0407650001", language="fi",
    )  # fmt: skip
    call = contacts.start(unit=team, by=workers["laura"], at=local("2027-01-05 15:20"), key="call")
    details = Details(channel="phone", municipality="049", age=41, asks_to_talk=True, need="social_assistance")
    at = local("2027-01-05 15:21")
    call = contacts.record(contact=call, by=workers["laura"], at=at, details=details)
    triage.assess(contact=call, criteria=[], none_apply=True, grounds="", by=workers["laura"], at=at, key="")


def test_a_form_of_the_night_waits_in_its_place_and_once(
    county: Callable[..., dict[str, Actor]], someone: Callable[..., Hands], walk: Walk, site: str
) -> None:
    workers = county(NIGHT)
    team = Unit.objects.get(key="aikuisneuvonta")
    _waiting_around(workers, team)
    source, key = access.add_source(name="Omaolo", unit=team, scopes=["contacts:write"], by=workers["outi"], at=NIGHT)
    before = Contact.objects.count()

    def send(idempotency: str) -> httpx.Response:
        return httpx.post(
            f"{site}/api/v1/contacts", json=_form(walk), timeout=30,
            headers={"Authorization": f"Bearer {key}", "Idempotency-Key": idempotency, "Accept-Language": walk.language},
        )  # fmt: skip

    first = send("first-try-of-the-form")
    assert first.status_code == 201, first.text
    told = first.json()
    assert told["answer_by"] == "2027-01-07T14:00:00Z", "Thursday at closing time: Epiphany is no working day"
    contact = Contact.objects.get(public_id=told["id"])
    clock = Clock.objects.get(work_item=contact.work_item, rule="promise_answer")
    assert (clock.due_at, contact.received_at, contact.source) == (LAST, NIGHT, source)

    # The receipt: to the phone, in the sender's language, with the number and the day, and nothing of the matter.
    receipt = Message.objects.get()
    assert (receipt.channel, receipt.recipient, receipt.language) == ("sms", "+358407654321", walk.language)
    assert told["reference"] in receipt.body and "7.1." in receipt.body
    assert "Pulkkinen" not in receipt.body and walk.says("Sähkö", "Elen") not in receipt.body

    # The network failed, the form is sent again, with the same key and with another: nothing changes.
    rows = {model: model.objects.count() for model in (Contact, WorkItem, Message, Clock)}
    for idempotency in ("first-try-of-the-form", "another-try-of-the-form"):
        again = send(idempotency)
        assert (again.status_code, again.json()) == (200, told)
    assert {model: model.objects.count() for model in rows} == rows and rows[Contact] == before + 1

    # On Thursday morning the receipt leaves, and the form stands first: nobody has looked whether it is urgent.
    county(MORNING)
    outbox.send_texts()
    receipt.refresh_from_db()
    assert receipt.state == State.DELIVERED, "text messages leave in office hours"
    suvi = someone("Suvi Rantala", at="/work/")
    row = suvi.page.locator(f"#row-{contact.work_item.public_id}")
    assert "8.30" in _text(row), "urgency is assessed within half an hour of opening"
    assert "Leena Pulkkinen" in _text(row) and row.locator("b", has_text=walk.words("Nobody")).count() == 1
    assert suvi.page.locator("[data-row]").first.get_attribute("id") == row.get_attribute("id")
    suvi.looks("worklist")

    # Enter opens it: the sender's own words first, and both moments, that of urgency and that of the answer.
    suvi.presses("ArrowDown")
    suvi.is_at("[data-row]")
    suvi.sends("Enter")
    suvi.sees(_form(walk)["message"])
    assert "16.00" in _text(suvi.page.locator(".clocks")) and "7.1." in _text(suvi.page.locator(".clocks"))
    suvi.looks("contact")

    # Taken to work on and found not urgent; another call comes, so it is parked.
    suvi.sends("Control+Enter")
    suvi.looks("taken")
    suvi.presses("Alt+3", "0", "Tab")
    suvi.says(
        walk.says("Sähköt ovat vielä, lapset tulevat perjantaina.", "Elen fungerar ännu, barnen kommer på fredag.")
    )
    suvi.sends("Alt+p")
    contact.refresh_from_db()
    assert contact.work_item.assignee == workers["suvi"] and contact.state == "parked"
    assert contact.answered_at is None, "the sender has had no answer yet"

    # Now it stands among the calls by its last moment to answer: after ten o'clock's, before next week's talk.
    suvi.goes("/work/")
    times = [_text(one) for one in suvi.page.locator("[data-row] .cell-clock").all()]
    assert len(times) == 3 and "10.00" in times[0] and "16.00" in times[1] and "15.1." in times[2], times
    assert "Leena Pulkkinen" in _text(suvi.page.locator("[data-row]").nth(1))
    suvi.looks("worklist-assessed")
    read = Event.objects.filter(kind="read", actor_id=workers["suvi"].pk, subject=contact.public_id)
    assert read.exists(), "that it was opened is in the log"


def _text(found: Locator) -> str:
    return found.inner_text().replace("\xa0", " ")
