"""Walk 16: a case without a tie is not there; opened for a reason, it is before the data protection officer at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from polku.access.models import Actor, Unit
from polku.audit.models import Event
from polku.cases import actions as cases
from polku.cases.models import Case, Relation
from polku.cases.states import RelationKind
from polku.clients import actions as clients
from polku.clients.models import Client
from tests.walks.conftest import Walk
from tests.walks.hands import Hands, local

MORNING = local("2026-11-24 09:06")
REASON = "Poliisi soittaa: asiakas on löytynyt kadulta. / Polisen ringer: klienten har hittats på gatan."


def _case(workers: dict[str, Actor]) -> Case:
    """A client of the eastern team, with an own worker."""
    sanna, at = workers["sanna"], MORNING - timedelta(days=20)
    person = clients.Person(
        family_name="Ojanperä", given_names="Aarne", identity_code="010145-909C", phone="0407650002", municipality="049"
    )
    client = clients.create(person=person, by=sanna, at=at, key="aarne")
    unit = Unit.objects.get(key="aikuissosiaalityo-ita")
    return cases.open_case(
        client=client,
        unit=unit,
        initiated_at=at,
        initiated_how="contact",
        by=sanna,
        at=at,
        own_worker=sanna,
        key="case",
    )


def test_a_look_without_a_tie_is_refused_or_explained(
    county: Callable[..., dict[str, Actor]], someone: Callable[..., Hands], walk: Walk
) -> None:
    workers = county(MORNING)
    case = _case(workers)
    page = f"/case/{case.public_id}/"

    # The data protection officer has the page open: nothing there yet.
    tuomas = someone("Tuomas Rinne", at="/data-protection/")
    tuomas.sees(walk.words("No emergency openings"))
    tuomas.looks("officer-before")

    # A secretary has no business with cases at all: a plain "not found", the same as for what does not exist.
    pirjo = someone("Pirjo Lehtonen")
    for address in (page, "/case/0000000000000000/"):
        assert pirjo.page.goto(pirjo.site + address).status == 404
        assert pirjo.page.locator("form[action*=emergency]").count() == 0
        assert "Ojanperä" not in pirjo.page.content()
    pirjo.looks("stranger")

    # A guidance worker of another team: not found either, but with the form for an emergency.
    laura = someone("Laura Heikkilä")
    assert laura.page.goto(laura.site + page).status == 404
    assert "Ojanperä" not in laura.page.content() and case.reference not in laura.page.content()
    laura.looks("not-found")

    # Without saying whom it is about nothing opens; what was typed stays.
    laura.page.locator("#emergency-reference").fill("Ei kukaan")
    laura.page.locator("#emergency-reason").fill(" ")
    with laura.page.expect_navigation():
        laura.page.locator("form[action*=emergency] button").click()
    assert laura.page.locator("[name=reference]").input_value() == "Ei kukaan"
    assert not Relation.objects.filter(kind=RelationKind.EMERGENCY).exists()
    laura.looks("no-reason")

    # With the number that the police read from the client's letter, and the reason, it opens.
    laura.page.locator("[name=reference]").fill(case.reference)
    laura.page.locator("[name=reason]").fill(REASON)
    with laura.page.expect_navigation():
        laura.page.locator("button[data-primary]").click()
    assert laura.page.url.endswith(page)
    laura.sees("Ojanperä")
    assert walk.says("Avattu hätätilanteessa", "Öppnat i en nödsituation") in (
        laura.page.locator(".bar").text_content() or ""
    )
    laura.looks("opened")
    opened = Relation.objects.get(kind=RelationKind.EMERGENCY)
    assert (opened.actor, opened.client) == (workers["laura"], case.client)
    assert opened.ends_at is not None and opened.ends_at - opened.starts_at == timedelta(hours=24)

    # The officer sees who, whose, when and why, the same minute; and the refused tries of both.
    tuomas.page.reload()
    row = tuomas.page.locator("tr", has_text=REASON)
    row.wait_for()
    assert "Laura Heikkilä" in row.inner_text() and "Ojanperä" in row.inner_text()
    tuomas.looks("officer")
    event = Event.objects.get(kind="emergency")
    assert (event.actor_id, event.clients) == (workers["laura"].pk, [case.client_id])
    assert event.recorded_at is not None and event.facts["reason"] == REASON
    refused = Event.objects.filter(kind="refused", actor_id__in=[workers["laura"].pk, workers["pirjo"].pk])
    assert {row.actor_id for row in refused} == {workers["laura"].pk, workers["pirjo"].pk}

    # The client's own log holds the opening and what was read after it; reading the log is in the log.
    with tuomas.page.expect_navigation():
        row.get_by_role("link").first.click()
    tuomas.sees("Laura Heikkilä")
    tuomas.looks("clients-log")
    read = Event.objects.filter(kind="read", actor_id=workers["laura"].pk, clients__contains=[case.client_id])
    assert read.exists()
    assert Event.objects.filter(kind="read", actor_id=workers["tuomas"].pk, what="audit log").exists()
    assert Client.objects.count() == 1
