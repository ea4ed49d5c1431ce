"""Forms in the register: those that come with Polku, those from elsewhere; a published one is never changed."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from polku.access.states import Role
from polku.assessments import actions, exchange, published, shipped
from polku.assessments.forms.definition import FILLERS
from polku.assessments.forms.shipped import shipped as definitions
from polku.assessments.models import FormVersion
from polku.assessments.refusals import _SENTENCES
from polku.assessments.states import Voice
from polku.assessments.voices import _NAMES
from polku.kit.errors import Invalid, NotAllowed, NotFound
from tests.assessments.world import LATER, World
from tests.register import NOW

QUESTIONNAIRE = {
    "resourceType": "Questionnaire",
    "name": "sleep",
    "title": "Sleep",
    "language": "en",
    "status": "active",
    "item": [
        {
            "linkId": "1",
            "text": "Nights",
            "type": "group",
            "item": [
                {"linkId": "1.1", "text": "Do you sleep badly?", "type": "boolean", "required": True},
                {
                    "linkId": "1.2",
                    "text": "Since when?",
                    "type": "string",
                    "enableWhen": [{"question": "1.1", "operator": "=", "answerBoolean": True}],
                },
                {"linkId": "1.3", "text": "Picture", "type": "attachment"},
            ],
        }
    ],
}


def content(**more: object) -> bytes:
    return json.dumps({**QUESTIONNAIRE, **more}).encode()


def test_load_publishes_every_shipped_form_once(world: World) -> None:
    first = shipped.load(by=world.anna, at=NOW, valid_from=date(2026, 1, 1))
    assert {form.key for form in first} == set(definitions()) and len(first) >= 3
    assert shipped.load(by=world.anna, at=LATER) == first
    assert {form.key for form in published.all_in_force(day=LATER.date())} >= set(definitions())


def test_load_refuses_a_changed_form_under_the_same_version_in_words(world: World, monkeypatch) -> None:
    shipped.load(by=world.anna, at=NOW)
    changed = {key: replace(form, national_id="changed") for key, form in definitions().items()}
    monkeypatch.setattr("polku.assessments.shipped.shipped", lambda: changed)
    with pytest.raises(Invalid) as refusal:
        shipped.load(by=world.anna, at=LATER)
    assert refusal.value.code == "form_changed" and refusal.value.facts["form"] in str(refusal.value.message)


@pytest.mark.parametrize("key", sorted(definitions()))
def test_a_shipped_form_can_be_begun_started_and_read(world: World, key: str) -> None:
    shipped.load(by=world.anna, at=NOW, valid_from=date(2026, 1, 1))
    form = published.in_force(key, day=NOW.date())
    row = actions.begin(case=world.case, form=form, by=world.anna, at=NOW, key="s")
    actions.start(assessment=row, how="meeting", by=world.anna, at=LATER)
    with pytest.raises(Invalid) as refusal:
        actions.ready(assessment=row, by=world.anna, at=LATER)
    assert refusal.value.code == "missing"


def test_the_shipped_assessments_of_needs_meet_clocks_and_the_others_do_not() -> None:
    of_needs = {key for key, form in definitions().items() if published.is_assessment_of_needs(form)}
    assert of_needs == {"working_age", "families"}
    asked = {key: sorted(published.special_support(definitions()[key])) for key in of_needs}
    assert asked == {
        "working_age": ["assessing.special_support"],
        "families": ["special_support.child.needed"],
    }


def test_special_support_of_any_child_makes_it_the_task_of_one_in_office(world: World) -> None:
    shipped.load(by=world.anna, at=NOW, valid_from=date(2026, 1, 1))
    form = published.in_force("families", day=NOW.date())
    row = actions.begin(case=world.case, form=form, by=world.anna, at=NOW, key="s")
    told = []
    for place, answer in ((1, "no"), (2, "yes")):
        world.answer(row, f"special_support.child[{place}].needed", answer)
        row.refresh_from_db()
        told.append(row.special_support)
    world.answer(row, "special_support.child[2].needed", "unknown", version=1)
    row.refresh_from_db()
    assert [*told, row.special_support] == [False, True, None]


def test_every_voice_and_filler_of_a_form_has_its_words() -> None:
    assert set(FILLERS) == set(_NAMES)
    assert set(FILLERS) - {"worker"} == {str(voice) for voice in Voice} - {""}
    assert all("%" not in str(words).replace("%(most)s", "").replace("%(least)s", "") for words in _SENTENCES.values())


def test_a_questionnaire_from_elsewhere_is_taken_in_with_what_is_lost(world: World) -> None:
    admin = world.register.person("Outi", Role.ADMIN, "paakaytto")
    got = exchange.take_in(content=content(), by=admin, at=NOW, origin="Unikysely 2026")
    assert (
        got.new
        and got.form.version == 1
        and any("1.3" in str(loss) or "attachment" in str(loss) for loss in got.losses)
    )
    again = exchange.take_in(content=content(), by=admin, at=LATER)
    assert not again.new and again.form == got.form
    second = exchange.take_in(content=content(title="Sleep and rest"), by=admin, at=LATER)
    assert second.form.version == 2 and published.in_force(second.form.key, day=LATER.date()) == second.form


def test_a_questionnaire_from_elsewhere_is_filled_in_and_given_out(world: World) -> None:
    admin = world.register.person("Outi", Role.ADMIN, "paakaytto")
    form = exchange.take_in(content=content(), by=admin, at=NOW).form
    row = actions.begin(case=world.case, form=form, by=world.anna, at=NOW, key="f")
    paths = [question.path for question in published.of(row).questions() if question.kind in ("boolean", "text")]
    world.answer(row, paths[0], True)
    world.answer(row, paths[1], "Since spring")
    row = actions.ready(assessment=row, by=world.anna, at=LATER)
    row = actions.lock(assessment=row, by=world.anna, at=LATER)
    answers, _losses = exchange.response(row)
    assert answers["status"] == "completed" and "Since spring" in json.dumps(answers)
    out, _losses = exchange.questionnaire(form)
    assert out["resourceType"] == "Questionnaire" and "Do you sleep badly?" in json.dumps(out)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (b"{", "not_json"),
        (b"\xff\xfe", "not_json"),
        (b"[" * 100_000, "not_json"),
        (b'{"resourceType": "Patient"}', "not_a_form"),
        (b"[]", "not_a_form"),
        (b" " * 2_000_001, "too_large"),
        (content(name="working_age"), "key_shipped"),
    ],
)
def test_what_is_no_form_is_refused_in_words(world: World, given: bytes, code: str) -> None:
    admin = world.register.person("Outi", Role.ADMIN, "paakaytto")
    before = FormVersion.objects.count()
    with pytest.raises(Invalid) as refusal:
        exchange.take_in(content=given, by=admin, at=NOW)
    assert refusal.value.code == code and FormVersion.objects.count() == before


def test_only_the_main_user_takes_forms_in_and_out_of_use(world: World) -> None:
    with pytest.raises(NotAllowed):
        exchange.take_in(content=content(), by=world.anna, at=NOW)
    with pytest.raises(NotAllowed):
        exchange.stop_using(form=world.form, last_day=NOW.date(), by=world.anna, at=NOW)


def test_a_form_out_of_use_is_not_begun_but_what_was_begun_goes_on(world: World) -> None:
    admin = world.register.person("Outi", Role.ADMIN, "paakaytto")
    row = world.begun()
    exchange.stop_using(form=world.form, last_day=NOW.date(), by=admin, at=NOW)
    world.answer(row, "home.searching", True)
    with pytest.raises(NotFound):
        published.in_force("small", day=NOW.date() + timedelta(days=1))
    with pytest.raises(Invalid):
        exchange.stop_using(form=world.form, last_day=date(2025, 1, 1), by=admin, at=NOW)
