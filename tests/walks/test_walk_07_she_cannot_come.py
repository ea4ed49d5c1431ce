"""Walk 7: the client opens the link of the message on her phone and takes another time; the freed one is offered on."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from polku.access.models import Actor, Unit
from polku.appointments import actions
from polku.appointments.models import Appointment, ClientLink, Kind, Resource, WaitingEntry
from polku.appointments.states import Mode, State, WaitState
from polku.audit.models import Event
from polku.clients import actions as clients
from polku.clients.models import Client
from polku.contacts import actions as contacts
from polku.contacts.models import Contact
from polku.outbox import jobs as outbox
from polku.outbox.models import Message
from polku.outbox.states import State as Sending
from tests.walks.conftest import Walk
from tests.walks.hands import PHONE, Hands, local

MORNING = local("2026-11-24 09:06")
EARLY, LATE = local("2026-11-25 09:00"), local("2026-12-01 12:30")


def _client(name: str, phone: str, walk: Walk, by: Actor) -> Client:
    person = clients.Person(
        family_name=name, given_names="Raija", birth_date=datetime(1950, 2, 4).date(), phone=phone, municipality="049",
        language=walk.language,
    )  # fmt: skip
    return clients.create(person=person, by=by, at=MORNING, key=name)


def _book(client: Client, start: datetime, workers: dict[str, Actor], walk: Walk) -> Appointment:
    """A time with the social assistance team, agreed on the phone; its message goes out."""
    suvi = workers["suvi"]
    team = Unit.objects.get(key="toimeentulotukitiimi")
    contact = contacts.start(unit=Unit.objects.get(key="aikuisneuvonta"), by=suvi, at=MORNING, key=f"call {client.pk}")
    Contact.objects.filter(pk=contact.pk).update(language=walk.language)
    contact.refresh_from_db()
    held = actions.hold(
        kind=Kind.objects.get(key="keskustelu"), unit=team, start=start,
        workers=[Resource.objects.get(actor=workers["annakaisa"])], mode=Mode.OFFICE, client=client, contact=contact,
        by=suvi, at=MORNING, key=f"hold {client.pk}",
    )  # fmt: skip
    return actions.confirm(appointment=held, client=client, contact=contact, by=suvi, at=MORNING)


def _link(message: Message) -> str:
    found = re.search(r"https?://\S+/appointments/t/[\w-]+/", message.body)
    assert found, message.body
    return found.group()


def test_she_moves_her_time_and_the_freed_one_is_offered_on(
    county: Callable[..., dict[str, Actor]], someone: Callable[..., Hands], walk: Walk
) -> None:
    workers = county(MORNING)
    raija = _client("Koskimäki", "0407650010", walk, workers["suvi"])
    leena = _client("Pulkkinen", "0407650011", walk, workers["suvi"])
    hers = _book(raija, EARLY, workers, walk)
    later = _book(leena, LATE, workers, walk)
    actions.join(appointment=later, by=workers["suvi"], at=MORNING, key="list")
    outbox.send_texts()
    first = Message.objects.get(recipient="+358407650010")
    assert first.state == Sending.DELIVERED

    # She opens the link on her phone: day, time and place, nothing else of her or of the matter.
    phone = someone(screen=PHONE)
    before = (_everything(), Event.objects.count())
    phone.goes(_link(first))
    phone.sees("25.11.")
    assert phone.page.locator("html").get_attribute("lang") == walk.language, "the page speaks the message's language"
    for word in ("Koskimäki", "Raija", walk.says("oimeentulo", "tkomststöd")):
        assert word not in phone.page.locator("main").inner_text()
    phone.looks("her-time")

    # Looking changes nothing, also twice; the log knows that somebody looked.
    phone.page.reload()
    assert _everything() == before[0]
    assert Event.objects.count() > before[1]

    # She chooses another time; the button repeats the choice. One press, one step.
    choices = phone.page.locator("input[type=radio][name=slot]")
    assert choices.count() == 3
    days = {value[:8] for value in choices.evaluate_all("boxes => boxes.map(box => box.value)")}
    assert len(days) == 3, "three days to choose from, the rest behind a link"
    choices.nth(1).focus()
    phone.presses("Space")
    label = phone.page.locator("[data-choice-words]").inner_text()
    assert re.search(r"\d{1,2}\.\d{1,2}\.", label), label
    phone.looks("chosen")
    phone.sends("Control+Enter")
    phone.looks("moved")

    # The old time is hers no more, the new one is; both in one step, and a message about it.
    hers.refresh_from_db()
    new = Appointment.objects.get(replaces=hers)
    assert (hers.state, new.state, new.client) == (State.MOVED, State.BOOKED, raija)
    assert hers.cancelled_side == "client"
    moved = Message.objects.get(template="appointment_moved")
    assert moved.recipient == first.recipient and moved.language == walk.language

    # The old link has done its work; it says so and gives the number.
    phone.goes(_link(first))
    phone.looks("used-link")
    assert ClientLink.objects.get(appointment=hers).used_at is not None

    # The freed time is offered to the first on the list, who takes it by her own link.
    entry = WaitingEntry.objects.get(client=leena)
    assert (entry.state, entry.offered_start) == (WaitState.OFFERED, EARLY)
    offer = Message.objects.get(template="earlier_time_offer")
    assert offer.recipient == "+358407650011" and "25.11." in offer.body
    outbox.send_texts()
    other = someone(screen=PHONE)
    other.goes(_link(offer))
    other.sees("25.11.")
    other.looks("offer")
    other.sends("Control+Enter")
    other.looks("offer-taken")
    later.refresh_from_db()
    taken = Appointment.objects.get(replaces=later)
    assert (later.state, taken.state, taken.starts_at, taken.client) == (State.MOVED, State.BOOKED, EARLY, leena)
    entry.refresh_from_db()
    assert entry.state == WaitState.TAKEN


def _everything() -> list[int]:
    """Count what a look must not change."""
    return [model.objects.count() for model in (Appointment, ClientLink, Message, WaitingEntry)]
