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
    tuula = someone("Tuula Niskanen")
    tuula.goes("/help/")
    assert tuula.page.locator("#urgent").count() == 0

    # The nurse opens a contact: what she saw, the patient, why there is no consent.
    heli = someone("Heli Aaltonen")
    heli.presses("n")
    heli.page.wait_for_url("**/call/**")
    heli.is_at("#id_find_q")
    heli.looks("opened")
    desk = heli.page
    desk.get_by_role("button", name=walk.words("New person"), exact=True).first.click()
    desk.locator("#id_new_given_names").fill("Aarne")
    desk.locator("#id_new_family_name").fill("Ojanperä")
    desk.locator("#id_new_birth_date").fill("1.1.1945")
    desk.locator("#id_new_municipality").select_option("049")
    desk.get_by_role("button", name=walk.words("Save the person"), exact=True).click()
    heli.is_at("#id_said")
    said = walk.says(
        "Kotiutuu tänään, kotona ei ole lämmitystä eikä ruokaa. Muistisairaus, asuu yksin.",
        "Skrivs ut i dag, hemma finns varken värme eller mat. Minnessjukdom, bor ensam.",
    )
    heli.says(said)
    heli.presses("Alt+6")
    desk.locator("#id_channel").select_option("shl_notification")
    desk.locator("#id_legal_kind").select_option("notification_35_3")
    desk.locator("#id_consent").select_option("refused")
    heli.looks("details")

    # Sent on without the reason: the law asks for it, and says so at the field.
    desk.locator("#id_need").select_option("older")
    heli.presses("Alt+3", "2", "5", "Tab")
