"""Questionnaires made here and elsewhere go both ways; what cannot be kept is named."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polku.assessments.forms.answers import check, missing, totals
from polku.assessments.forms.definition import Definition
from polku.assessments.forms.fhir import answers_of, definition_of, questionnaire_of, response_of
from polku.assessments.forms.fhir.sums import summed
from polku.assessments.forms.problems import DefinitionError
from polku.assessments.forms.shipped import shipped
from polku.rules.data import read as read_yaml
from tests.assessments.forms.made import form, question, section

ELSEWHERE: dict[str, Any] = read_yaml(Path(__file__).parent / "elsewhere.yaml")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "linkId",
                    "text",
                    "type",
                    "item",
                    "enableWhen",
                    "extension",
                    "url",
                    "valueCode",
                    "answerOption",
                    "answer",
                    "valueCoding",
                    "code",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def through_json(given_data: Any) -> Any:
    return json.loads(json.dumps(given_data))


def filled(definition: Definition, given_answers: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {path: {"": check(definition, path, "", value)} for path, value in given_answers.items()}


@pytest.mark.parametrize("key", ["working_age", "families", "housing"])
def test_give_out_and_take_in_the_shipped_forms_without_losing_anything(key: str) -> None:
    questionnaire, lost = questionnaire_of(shipped()[key])
    definition, lost_again = definition_of(through_json(questionnaire))
    assert (lost, lost_again) == ([], [])
    assert definition == shipped()[key]


@pytest.mark.parametrize("kind", list(ELSEWHERE))
def test_take_in_questionnaires_made_elsewhere_and_name_what_is_lost(kind: str) -> None:
    made = ELSEWHERE[kind]
    _, losses = definition_of(copy.deepcopy(made["questionnaire"]))
    assert sorted([loss.path, loss.what] for loss in losses) == sorted(made["losses"])


@pytest.mark.parametrize("kind", list(ELSEWHERE))
def test_give_out_again_what_was_taken_in(kind: str) -> None:
    definition, _ = definition_of(ELSEWHERE[kind]["questionnaire"])
    questionnaire, lost = questionnaire_of(definition)
    again, lost_again = definition_of(through_json(questionnaire))
    assert (lost, lost_again) == ([], [])
    assert again == definition
    assert questionnaire_of(again)[0] == questionnaire


def links(items: list[dict[str, Any]]) -> list[str]:
    return [link for item in items for link in (item["linkId"], *links(item.get("item", [])))]


@pytest.mark.parametrize("kind", list(ELSEWHERE))
def test_keep_every_item_with_its_own_link(kind: str) -> None:
    questionnaire = ELSEWHERE[kind]["questionnaire"]
    given_out, _ = questionnaire_of(definition_of(questionnaire)[0])
    hints = {"for-how-long-help": "for-how-long#hint"}
    assert links(given_out["item"]) == [hints.get(link, link) for link in links(questionnaire["item"])]


@pytest.mark.parametrize("kind", list(ELSEWHERE))
def test_fill_what_was_taken_in_and_give_the_answers_out_and_in(kind: str) -> None:
    definition, _ = definition_of(ELSEWHERE[kind]["questionnaire"])
    answers = filled(definition, ELSEWHERE[kind]["answers"])
    assert missing(definition, answers) == []
    response, lost = response_of(definition, answers, authored="2026-11-24T10:00:00+02:00")
    assert lost == []
    assert answers_of(definition, through_json(response)) == (answers, [])


def test_calculate_the_scores_of_a_questionnaire_made_elsewhere() -> None:
    definition, _ = definition_of(ELSEWHERE["scores"]["questionnaire"])
    answers = filled(definition, ELSEWHERE["scores"]["answers"])
    (total,) = totals(definition, answers).values()
    assert (total.value, total.answered, total.of) == (1, 2, 2)
    response, _ = response_of(definition, answers)
    assert {"linkId": "/77001-9", "answer": [{"valueDecimal": 1}]} in response["item"][0]["item"]
    response["item"][0]["item"][2]["answer"] = [{"valueDecimal": 7}]
    assert [loss.what for loss in answers_of(definition, response)[1]] == ["the score was given as 7, but is 1"]


def test_keep_voices_apart_and_say_why_somebody_was_not_heard() -> None:
    definition = shipped()["working_age"]
    answers = {
        "housing.description": {
            "client": "Pelkään öisin.",
            "near_person": {"not_asked": "Asiakas ei halua, että siskolta kysytään."},
            "social_worker": "Turvattomuus alkaa illalla.",
        },
        "services.service[1].kind": {"": "kela"},
        "services.service[1].current": {"": False},
        "housing.help_times": {"": ["evening", "night"]},
    }
    response, lost = response_of(definition, answers)
    assert lost == []
    assert answers_of(definition, through_json(response)) == (answers, [])


def test_name_answers_that_are_not_given_out() -> None:
    definition = shipped()["working_age"]
    answers = {
        "housing.searched": {"": "Suvannon vuokra-asunnot"},
        "gone.question": {"": "vanha"},
        "services.service[3].kind": {"": "kela"},
    }
    _, lost = response_of(definition, answers)
    assert [(loss.path, loss.what.split(":")[0]) for loss in lost] == [
        ("services.service[3]", "the row becomes number 1"),
        ("housing.searched", "the answer is not given out"),
        ("gone.question", "the answer is not given out"),
    ]


def test_name_answers_that_do_not_fit() -> None:
    definition = form(
        section("s", question("a", "integer", most=3), question("c", "choice", codes="often"), question("d", "date"))
    )
    response = {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": "https://elsewhere.example.org/q|2",
        "status": "completed",
        "subject": {"reference": "Patient/1"},
        "item": [
            {
                "linkId": "s",
                "item": [
                    {"linkId": "s.a", "answer": [{"valueInteger": 4}]},
                    {"linkId": "s.c", "answer": [{"valueCoding": {"code": "hourly"}}]},
                    {"linkId": "s.d", "answer": [{"valueDate": "2026-11"}, {"valueDate": "2026-12-01"}]},
                    {"linkId": "s.x", "answer": [{"valueString": "?"}]},
                ],
            }
        ],
    }
    answers, losses = answers_of(definition, response)
    assert answers == {}
    assert [(loss.path, loss.what) for loss in losses] == [
        ("", "it answers https://elsewhere.example.org/q in version 2, not this form"),
        ("s.a", "the answer is not kept: at most 3"),
        ("s.c", "hourly is none of the options and is not kept"),
        ("s.d", "it has one answer; the others are not kept"),
        ("s.d", "the answer is not kept: give a day such as 1.12.2026, not '2026-11'"),
        ("s.x", "there is no such question in this form"),
        ("", "subject is not kept"),
    ]


def test_name_a_circle_in_a_questionnaire() -> None:
    looped = {
        "resourceType": "Questionnaire",
        "language": "en",
        "version": "1",
        "name": "q",
        "title": "Q",
        "status": "active",
    }
    looped["item"] = [  # type: ignore[assignment]
        {
            "linkId": "a",
            "text": "A",
            "type": "boolean",
            "enableWhen": [{"question": "b", "operator": "=", "answerBoolean": True}],
        },
        {
            "linkId": "b",
            "text": "B",
            "type": "boolean",
            "enableWhen": [{"question": "a", "operator": "=", "answerBoolean": True}],
        },
    ]
    with pytest.raises(DefinitionError) as caught:
        definition_of(looped)
    assert [problem.code for problem in caught.value.problems] == ["condition_loop"]


def test_name_conditions_that_cannot_be_kept() -> None:
    item = {"linkId": "a", "text": "A", "type": "boolean"}
    terms = [
        {"question": "a", "operator": "=", "answerBoolean": True},
        {"question": "z", "operator": "=", "answerBoolean": True},
    ]
    given_item = {"linkId": "b", "text": "B", "type": "string", "enableWhen": terms}
    made = {
        "resourceType": "Questionnaire",
        "language": "en",
        "version": "1",
        "name": "q",
        "status": "active",
        "item": [item, given_item],
    }
    definition, losses = definition_of(made)
    assert definition.index["part.b"].when is None
    assert [str(loss) for loss in losses] == ["b: its conditions are not kept, it is always shown: there is no item z"]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("%resource.descendants().where(linkId in ('a' | 'b')).answer.value.ordinal().sum()", ["a", "b"]),
        ("%resource.item.where(linkId='a' or linkId='b').answer.valueCoding.ordinal().sum()", ["a", "b"]),
        ("(%questionnaireResponse.descendants().where(linkId='a').answer.value).sum()", ["a"]),
        ("%resource.item.where(linkId='g').item.answer.value.weight().sum()", ["under g"]),
        (
            "%resource.item.answer.valueCoding.extension.where(url='http://hl7.org/fhir/StructureDefinition/ordinalValue').valueDecimal.sum()",
            ["under "],
        ),
        ("%resource.item.where(linkId='a').answer.value * 2", None),
        ("%a + %b", None),
    ],
)
def test_read_sums_and_nothing_else_out_of_expressions(expression: str, expected: list[str] | None) -> None:
    assert summed(expression, lambda group: [f"under {group}"]) == expected


@given(JSON)
def test_refuse_in_words_whatever_is_no_questionnaire(given_data: Any) -> None:
    made = {
        "resourceType": "Questionnaire",
        "item": [given_data, {"linkId": "x", "type": "group", "item": [given_data]}],
    }
    try:
        definition, _ = definition_of(made)
    except DefinitionError as error:
        assert error.problems
    else:
        assert definition_of(through_json(questionnaire_of(definition)[0]))[0] == definition


@given(JSON)
def test_take_in_no_answers_from_whatever_is_no_response(given_data: Any) -> None:
    definition = shipped()["housing"]
    response = {
        "resourceType": "QuestionnaireResponse",
        "item": [given_data, {"linkId": "client", "item": [given_data]}],
    }
    answers, _ = answers_of(definition, response)
    assert isinstance(answers, dict)
