"""Walk 1: one call is enough. No mouse; at most 40 keys that only move or command."""

from __future__ import annotations

from collections.abc import Callable

from polku.access.models import Actor
from polku.appointments.models import Appointment
from polku.appointments.states import State
from polku.audit.models import Event
from polku.clients import actions as clients
from polku.clients.models import Client
from polku.contacts.models import Contact
from polku.contacts.queries import said
from polku.deadlines.models import Clock
from polku.outbox import jobs as outbox
from polku.outbox.models import Message
from polku.outbox.states import State as Sending
from polku.statistics import measures
from polku.triage.models import FirstAssessment
from tests.walks.conftest import Walk
from tests.walks.hands import Hands, local

MORNING = local("2026-11-24 09:06")
MOST = 40
TOLD = {
    "fi": (
        "Mies kuoli elokuussa ja tulot pienenivät. Lokakuun ja marraskuun vuokra on maksamatta, vuokranantaja on uhannut "
        "irtisanoa. Sähkölasku 214 € erääntyy 2.12. Ruokaa ja lääkkeitä on. Haluaa puhua jonkun kanssa kasvotusten."
    ),
    "sv": (
        "Maken dog i augusti och inkomsterna minskade. Hyran för oktober och november är obetald, hyresvärden hotar säga "
        "upp avtalet. Elräkningen 214 € förfaller 2.12. Mat och medicin finns. Vill tala med någon ansikte mot ansikte."
    ),
}
GROUNDS = {"fi": "Ruokaa ja lääkkeitä on, häätöpäivää ei ole.", "sv": "Mat och medicin finns, ingen dag för vräkning."}


def _known(by: Actor) -> Client:
    """A client of 76 years who rang last spring."""
    person = clients.Person(
        family_name="Koskimäki", given_names="Raija Helena", identity_code="040250-912H", phone="044 000 1942",
        municipality="049",
    )  # fmt: skip
    return clients.create(person=person, by=by, at=MORNING, key="raija")


def _finds(hands: Hands) -> None:
    """A name and the birth year find the caller; Enter takes the first."""
    hands.says("koskimaki 1950")
    hands.presses("Enter")
    hands.is_at(".desk-result")
    hands.looks("found")
    hands.presses("Enter")


def _creates(hands: Hands, walk: Walk) -> None:
    """Nobody is found: what was sought is half of the new person; the rest is told."""
    hands.says("Åsa Öberg")
    hands.presses("Enter")
    hands.sees(walk.words("Nobody was found. Check the spelling, or make a new person."))
    hands.looks("nobody")
    hands.tabs_to("button[form=caller-new]")
    hands.presses("Enter")
    hands.is_at("#id_new_identity_code")
    hands.presses("Tab")
    hands.says("4.2.1950")
    hands.presses("Tab")
    hands.says("044 000 1942")
    hands.presses("Tab")
    hands.says("Es")
    hands.looks("new-person")
    # Going on too early is no loss: whom one has typed in is not saved yet, and the cursor is where it is saved.
    hands.presses("Control+Enter")
    hands.sees(walk.words("This person is not saved yet. Save them first, or go back to search."))
    hands.looks("not-saved")
    hands.presses("Enter")


def test_one_call_is_enough(county: Callable[..., dict[str, Actor]], someone: Callable[..., Hands], walk: Walk) -> None:
    workers = county(MORNING)
    raija = _known(workers["suvi"])
    suvi = someone("Suvi Rantala", by_click=True)
    suvi.looks("before")

    # The phone rings: one key, and the cursor is where the caller is named.
    suvi.presses("n")
    suvi.page.wait_for_url("**/call/**")
    suvi.is_at("#id_find_q")
    suvi.looks("opened")
    if walk.language == "fi":
        _finds(suvi)
    else:
        _creates(suvi, walk)

    # The cursor goes on to what is told; then the wish to talk and what it is about.
    suvi.is_at("#id_said")
    suvi.says(TOLD[walk.language])
    suvi.presses("Tab", "Space", "Tab")
    suvi.is_at("#id_need")
    suvi.presses(walk.says("t", "u"))
    assert suvi.page.locator("#id_need").input_value() == "social_assistance"

    # None of the urgency criteria is true; why is typed at once, and no letter of it is a command.
    suvi.presses("Alt+3", "0")
    suvi.says(GROUNDS[walk.language])
    suvi.is_at("#id_grounds")

    # The deadlines that start, each with its reason, and the earliest times inside the promise.
    talk = suvi.sees("3.12.", within=".clocks")
    assert talk.is_visible()
    suvi.sees(walk.says("Toimeentulotukitiimi, ", "Utkomststödsteamet, "), within="#times > p")
    suvi.looks("given")
    contact = Contact.objects.get()

    # The first time, held while the caller thinks; the sentence is read aloud and confirmed.
    suvi.presses("Alt+5")
    suvi.is_at("[data-row]")
    suvi.presses("1")
    suvi.page.locator("[data-countdown]").wait_for()
    held = Appointment.objects.get()
    assert held.state == State.HELD and held.held_until is not None
    sentence = suvi.page.locator(".bar-say span").inner_text()
    suvi.looks("held")
    suvi.sends("Control+Enter")
    suvi.looks("confirmed")
    suvi.sends("Control+Enter")
    suvi.looks("ending")
    suvi.sends("Control+Enter")
    suvi.sees(contact.reference)
    suvi.looks("done")
    assert suvi.commands <= MOST, f"{suvi.commands} keys that only move or command"
    print(f"walk 1, {walk.language}: {suvi.commands} keys")

    # What stands in the register.
    contact.refresh_from_db()
    booked = Appointment.objects.get()
    client = raija if walk.language == "fi" else Client.objects.get(family_name="Öberg")
    assert (booked.state, booked.client, booked.contact) == (State.BOOKED, client, contact)
    assert booked.told_in_first_contact and booked.told_by == workers["suvi"]
    assert said(contact).text == TOLD[walk.language]
    assert (contact.state, contact.result, contact.need) == ("closed", "booked", "social_assistance")
    assert (contact.municipality_id, contact.age) == ("049", 76)
    assessment = FirstAssessment.objects.get()
    assert (assessment.urgent, assessment.none_apply, assessment.grounds) == (False, True, GROUNDS[walk.language])
    clocks = {clock.rule: clock for clock in Clock.objects.filter(work_item=contact.work_item)}
    assert clocks["tt_talk"].last_day.isoformat() == "2026-12-03"
    assert clocks["promise_answer"].met_at is not None
    assert Event.objects.filter(kind="change", actor_id=workers["suvi"].pk, clients__contains=[client.pk]).exists()

    # The confirmation leaves: day, time and place, nothing of the matter.
    message = Message.objects.get(template="appointment_confirmed")
    outbox.send_texts()
    message.refresh_from_db()
    assert (message.state, message.recipient) == (Sending.DELIVERED, "+358440001942")
    for word in ("Koskimäki", "Öberg", walk.says("toimeentulo", "utkomststöd")):
        assert word.casefold() not in message.body.casefold()

    # The one who will meet the client opens the day and sees what was said.
    worker = booked.claims.select_related("resource__actor").get(resource__actor__isnull=False).resource.actor
    day = booked.starts_at.astimezone(MORNING.tzinfo).date()
    met = someone(worker.name, at=f"/appointments/day/?date={day.isoformat()}")
    met.sees(TOLD[walk.language])
    met.looks("day")

    # The manager's figures count it as told and as booked in time.
    later = local("2026-12-10 09:00")
    for measure in (measures.TOLD, measures.BOOKED):
        found = measures.total(measures.cells(measure, first=MORNING.date(), last=MORNING.date(), at=later))
        assert (found.total, found.kept) == (1, 1), measure.key
    assert day.strftime("%-d.%-m.") in sentence.replace("\xa0", " ")
