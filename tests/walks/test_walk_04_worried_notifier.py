"""Walk 4: a nurse is worried; she files the notification without consent, with the reason, and it is urgent."""

from __future__ import annotations

from collections.abc import Callable

from polku.access.models import Actor, Unit
from polku.audit.models import Event
from polku.contacts.models import Contact
from polku.contacts.states import Consent, LegalKind, PartyRole
from polku.deadlines.models import Clock
from polku.triage.models import FirstAssessment
from tests.walks.conftest import Walk
from tests.walks.hands import Hands, local

MORNING = local("2026-11-24 09:06")
# A page refreshes itself every ten seconds; the machine of a test may be slow.
SOON = 20_000


def test_a_worry_without_consent_is_on_the_duty_workers_screen_at_once(
    county: Callable[..., dict[str, Actor]], someone: Callable[..., Hands], walk: Walk
) -> None:
    workers = county(MORNING)
    duty = Unit.objects.get(key="iakkaiden-asiakasohjaus")

    # The duty worker reads something else: the page of free times. No notice yet.
    tuula = someone("Tuula Niskanen", at="/help/")
    assert tuula.page.locator("#urgent").count() == 0

    # The nurse opens a contact: the patient, what she saw.
    heli = someone("Heli Aaltonen")
    heli.presses("n")
    heli.page.wait_for_url("**/call/**")
    heli.is_at("#id_find_q")
    desk = heli.page
    heli.says("Aarne Ojanperä")
    heli.presses("Enter")
    heli.sees(walk.words("Nobody was found. Check the spelling, or make a new person."))
    desk.get_by_role("button", name=walk.words("New person"), exact=True).first.click()
    heli.is_at("#id_new_identity_code")
    desk.locator("#id_new_birth_date").fill("1.1.1945")
    desk.locator("#id_new_municipality").select_option("049")
    desk.get_by_role("button", name=walk.words("Save the person"), exact=True).click()
    heli.is_at("#id_said")
    said = walk.says(
        "Kotiutuu tänään, kotona ei ole lämmitystä eikä ruokaa. Muistisairaus, asuu yksin.",
        "Skrivs ut i dag, hemma finns varken värme eller mat. Minnessjukdom, bor ensam.",
    )
    heli.says(said)
    desk.locator("#id_need").select_option("older")

    # She is the notifier herself: who she is stands there already.
    heli.presses("Alt+7")
    assert desk.locator("#id_party_family_name").input_value() == "Aaltonen"
    desk.get_by_role("button", name=walk.words("Add the person"), exact=True).click()
    desk.locator(".desk-people li").wait_for()
    assert "Aaltonen" in desk.locator(".desk-people").inner_text()
    heli.is_at("#others > summary")
    heli.looks("notifier")

    # Without consent the law asks why: sent on without the reason it is refused, and what was typed stays.
    heli.presses("Alt+6")
    desk.locator("#id_channel").select_option("shl_notification")
    desk.locator("#id_consent").select_option("refused")
    heli.presses("Alt+3", "2", "5")
    heli.tabs_to("#id_grounds")
    grounds = walk.says("Kotona ei ole ruokaa, hoivaa ei ole järjestetty.", "Ingen mat hemma, ingen vård är ordnad.")
    heli.says(grounds)
    heli.sends("Control+Enter")
    heli.sees(walk.words("Write why consent could not be had: a notification under 35.2 § needs the reason."))
    assert desk.locator("#id_said").input_value() == said and desk.locator("#id_grounds").input_value() == grounds
    heli.looks("no-reason")
    heli.is_at("#id_no_consent_reason")
    assert desk.locator("#id_no_consent_reason").get_attribute("aria-invalid") == "true"
    reason = walk.says("Ei ymmärrä tilannettaan, kieltäytyy avusta.", "Förstår inte sin situation, nekar hjälp.")
    heli.says(reason)
    heli.looks("details")
    heli.sends("Control+Enter")
    heli.looks("pass-on")
    with desk.expect_navigation():
        desk.get_by_role("button", name=walk.words("Pass on to the team"), exact=True).click()
    heli.looks("passed-on")

    contact = Contact.objects.get()
    assert (contact.legal_kind, contact.consent, contact.no_consent_reason) == (
        LegalKind.NOTIFICATION, Consent.REFUSED, reason,
    )  # fmt: skip
    assert contact.work_item.urgent and contact.work_item.unit == duty and contact.work_item.assignee is None
    assert contact.municipality_id == "049", "where she lives came with the person"
    notifier = contact.parties.get(role=PartyRole.NOTIFIER)
    assert (notifier.family_name, notifier.notifier_kind) == ("Aaltonen", "authority") and notifier.organisation

    # On the duty worker's page, whatever it was, the notice comes by itself: who and how long, not what.
    notice = tuula.page.locator("#urgent")
    notice.wait_for(timeout=SOON)
    assert "Aarne Ojanperä" in notice.inner_text() and said not in notice.inner_text()
    tuula.looks("notice")
    shown = Event.objects.filter(
        kind="read", actor_id=workers["tuula"].pk, clients=[contact.parties.get(role="concerned").client_id]
    )
    assert shown.exists(), "whose name the notice showed is in the log"

    # In the list it stands on top, urgent, with all that was said; one key opens it, one takes it.
    tuula.goes("/work/")
    first = tuula.page.locator("[data-row]").first
    assert "is-urgent" in (first.get_attribute("class") or "") and said in first.inner_text()
    tuula.looks("worklist")
    tuula.goes("/help/")
    tuula.sends("Alt+u")
    tuula.sees(said)
    tuula.looks("contact")
    clock = Clock.objects.get(work_item=contact.work_item, rule="urgent_assess")
    assert clock.met_at is None, "the nurse told; social care has not assessed yet"
    tuula.sends("Control+Enter")
    tuula.looks("taken")
    assert tuula.page.locator("#urgent").count() == 0, "it is in somebody's hands"

    # She assesses it as told and parks it to call the home: now urgency has been assessed, in time.
    tuula.sends("Alt+p")
    clock.refresh_from_db()
    assert clock.met_at is not None and clock.met_at <= clock.due_at
    assert [row.made_by for row in FirstAssessment.objects.order_by("version")] == [workers["heli"], workers["tuula"]]
    contact.refresh_from_db()
    assert contact.work_item.assignee == workers["tuula"]
