"""Walk 8: a social worker and a nurse fill in one assessment with the client; the law's clock is met and shown met."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from django.urls import reverse

from polku.access.models import Actor, Unit
from polku.assessments import answering, published, reading
from polku.assessments.forms import answers as forms
from polku.assessments.forms import paths
from polku.assessments.forms.definition import SHARED, Definition
from polku.assessments.models import Answer, AnswerBeside, Assessment, Measure
from polku.audit.models import Event
from polku.cases.models import Case
from polku.clients.models import Client
from polku.contacts import actions as contacts
from polku.contacts import drafts, matters, people
from polku.contacts.details import Details
from polku.contacts.people import Told
from polku.contacts.states import PartyRole
from polku.deadlines import queries as deadlines
from polku.kit import clock as kit_clock
from tests.walks.conftest import Walk
from tests.walks.hands import Hands, local

MORNING = local("2026-11-24 09:06")
SAID = "En uskalla olla yksin öisin. En tiedä, missä asun joulun jälkeen."
OWN = "Pelkään öisin. Haluaisin oman oven."
SOCIAL = "Tilapäinen asuminen on päättymässä."
NURSE = "Lääkkeet annosjaossa, muistaa ottaa itse."
SAFETY = "Kysyttiin: ei aikeita. Sovittiin soitto perjantaiksi."


def _pending(workers: dict[str, Actor], at: datetime) -> Case:
    """Satu rang; her matter became pending, and the act gives seven working days to begin assessing."""
    suvi, leena = workers["suvi"], workers["leena"]
    contact = contacts.start(unit=Unit.objects.get(key="aikuisneuvonta"), by=suvi, at=at, key="call")
    drafts.save(contact=contact, version=0, said=SAID, by=suvi, at=at)
    told = Told(
        family_name="Heinonen", given_names="Satu", birth_date=date(1988, 3, 1), phone="0407650020",
    )  # fmt: skip
    party = people.add(contact=contact, role=PartyRole.CONCERNED, told=told, by=suvi, at=at)
    party = people.make_known(party=party, by=suvi, at=at)
    facts = {"assessment_needed": True, "contact_by": "client", "highest_care_allowance": True}
    contact = contacts.record(contact=contact, details=Details(facts=facts), by=suvi, at=at)
    unit = Unit.objects.get(key="asumispalvelujen-ohjaus")
    return matters.open_case(contact=contact, party=party, by=suvi, at=at, unit=unit, own_worker=leena)


def _fitting(form: Definition, path: str, voice: str) -> Any:
    """Return some answer that fits the question."""
    question = form.index[paths.plain(path)]
    if voice == "client":
        return OWN
    if question.codes:
        keys = [code.key for code in form.code_list(question).codes]
        key = "no" if "no" in keys else keys[0]
        return [key] if question.kind == "choices" else key
    return {"boolean": False, "date": "2026-11-24", "integer": 1, "decimal": "1"}.get(
        question.kind, "Kirjattu yhdessä."[: question.max_length]
    )


def _rest(row: Assessment, by: Mapping[str, Actor]) -> None:
    """Answer what is still required, as those whose part it is would."""
    form = published.of(row)
    for _round in range(6):
        missed = forms.missing(form, reading.answers(row))
        if not missed:
            return
        for one in missed:
            path = one.path
            if form.index[paths.plain(path)].kind == "group":
                child = form.index[paths.plain(path)].children[0]
                path = f"{path}[1].{child.key}" if form.index[paths.plain(path)].repeats else f"{path}.{child.key}"
            question = form.index[paths.plain(path)]
            voice = one.voice if one.voice in question.answered_by else question.answered_by[0]
            named = form.filled_by(question) if voice == SHARED else (voice,)
            who = by["olli"] if tuple(named) == ("nurse",) else by["leena"]
            answering.save(
                assessment=row, path=path, voice=voice, value=_fitting(form, path, voice), version=0, by=who,
                at=kit_clock.now(),
            )  # fmt: skip
    raise AssertionError(f"still missing: {forms.missing(form, reading.answers(row))}")


def test_the_need_is_assessed_together_and_the_clock_is_met(
    county: Callable[..., dict[str, Actor]], someone: Callable[..., Hands], walk: Walk
) -> None:
    workers = county(MORNING)
    case = _pending(workers, MORNING)
    satu = Client.objects.get(pk=case.client_id)
    Client.objects.filter(pk=satu.pk).update(contact_language=walk.language)
    (running,) = [one for one in deadlines.of_item(case.work_item) if one.rule == "pta_start_adult"]
    assert running.met_at is None

    # The social worker opens the matter and begins: one form, chosen by keys.
    leena = someone("Leena Partanen", at=reverse("desk:case", args=[case.public_id]))
    leena.sends("a")
    leena.page.locator("input[name=form][value=working_age]").focus()
    leena.presses("Space")
    leena.looks("begin")
    leena.sends("Control+Enter")
    row = Assessment.objects.get()
    leena.sees(SAID)
    leena.sees(walk.words("Assessing has not begun"))
    leena.looks("opened")

    # Opening the form was not yet assessing: she records the meeting, and the clock is met and shown met.
    leena.sends("a")
    leena.page.locator("input[name=how][value=meeting]").focus()
    leena.presses("Space")
    leena.looks("start")
    leena.sends("Control+Enter")
    running.refresh_from_db()
    assert running.met_at is not None and running.met_what == "assessment_started"
    leena.sees(walk.says("Täyttyi", "Uppfyllt"), within=".band")
    leena.looks("started")

    # Housing: she writes in the client's words and her own; beside her the nurse writes his part, in another browser.
    housing = reverse("assessments:section", args=[row.public_id, "housing"])
    leena.goes(housing)
    olli = someone("Olli Mäkelä", at=housing)
    leena.page.locator('[id="a-housing.description:client"]').focus()
    leena.says(OWN)
    olli.page.locator('[id="a-housing.description:nurse"]').focus()
    olli.says(NURSE)
    leena.page.locator('[id="a-housing.description:social_worker"]').focus()
    leena.says(SOCIAL)
    leena.sees(NURSE)
    leena.sees("Olli Mäkelä", within="#writers")
    olli.sees(SOCIAL)
    olli.page.wait_for_function(
        "words => document.getElementById('a-housing.description:client').value === words", arg=OWN
    )
    assert olli.page.locator('[id="a-housing.description:nurse"]').input_value() == NURSE, "his own words stay"
    leena.looks("together")
    olli.looks("together-nurse")

    # An answer brings its follow-up at once, with the reason why it is asked.
    leena.page.locator('[id="a-housing.searching-yes"]').focus()
    leena.presses("Space")
    leena.page.locator('[id="a-housing.searched"]').wait_for()
    leena.page.locator('[id="a-housing.searched"]').focus()
    leena.says("Lohjan Vuokra-asunnot, 12.10.")
    leena.page.locator('[id="a-housing.help_times-night"]').focus()
    leena.presses("Space")
    leena.page.locator("#part-housing .parts-state .icon").wait_for(state="attached")
    leena.looks("follow-up")

    # The nurse fills in an instrument with her; its safety item asks a person, who writes down what was agreed.
    olli.goes(reverse("assessments:instrument", args=[case.public_id, "phq9"]) + "?way=total")
    olli.page.locator("#id_total").focus()
    olli.says("14")
    olli.page.locator("#id_part_9").select_option("1")
    olli.looks("measure")
    olli.sends("Control+Enter")
    olli.sees(walk.words("Ask about safety now"))
    olli.page.locator("#id_safety_note").focus()
    olli.says(SAFETY)
    olli.looks("safety")
    with olli.page.expect_navigation():
        olli.page.locator("#safety button[type=submit]").click()
    olli.looks("measured")

    # What else is required is answered by both; then she marks it ready and locks it, each with one press.
    leena.page.wait_for_function("() => !document.querySelector('form[data-lost]')")
    row.refresh_from_db()
    _rest(row, workers)
    leena.goes(housing)
    leena.sees(walk.words("Mark as ready"), within="#bar")
    leena.sends("Control+Enter")
    leena.looks("ready")
    leena.sends("Control+Enter")
    leena.sees(walk.words("A change is made as a new version."))
    leena.looks("locked")
    leena.goes(reverse("assessments:print", args=[row.public_id]))
    leena.sees(OWN)
    leena.sees(SOCIAL)
    leena.sees(NURSE)
    leena.looks("print")

    # As it stands: whose words each are, the clock met, everything in the log.
    row.refresh_from_db()
    assert (row.state, row.locked_by, row.started_how) == ("locked", workers["leena"], "meeting")
    told = Answer.objects.filter(assessment=row, path="housing.description")
    written = {one.voice: (one.value, one.author_name) for one in told}
    assert written == {
        "client": (OWN, "Leena Partanen"),
        "social_worker": (SOCIAL, "Leena Partanen"),
        "nurse": (NURSE, "Olli Mäkelä"),
    }
    assert not AnswerBeside.objects.exists(), "nobody wrote on top of another"
    measure = Measure.objects.get()
    assert (measure.total, measure.safety_note, measure.assessment) == (14, SAFETY, row)
    assert not [one for one in deadlines.of_item(case.work_item) if one.rule.startswith("pta") and one.met_at is None]
    events = Event.objects.filter(clients__contains=[satu.pk])
    for what in ("assessments.begun", "assessments.started", "assessments.answered", "assessments.locked"):
        assert events.filter(what=what).exists(), what
