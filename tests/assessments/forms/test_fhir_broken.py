"""Questionnaires and responses with something broken in them: taken in as far as they can be, or refused in words."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polku.assessments.forms.fhir import answers_of, definition_of, questionnaire_of, response_of
from polku.assessments.forms.problems import DefinitionError
from polku.rules.data import read as read_yaml

ELSEWHERE: dict[str, Any] = read_yaml(Path(__file__).parent / "elsewhere.yaml")
WRONG = st.sampled_from([None, "", "x", 0, -1, 1.5, True, [], [None], {}, {"a": "b"}, [[]], "\ud800", "s.a", 10**30])


def places(data: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each place in nested data as what holds it and its name or number there."""
    for name in list(data) if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ():
        yield data, name
        yield from places(data[name])


def broken(data: Any, draw: Any) -> Any:
    made = json.loads(json.dumps(data))
    for _ in range(draw(st.integers(1, 3))):
        found = list(places(made))
        if not found:
            break
        holder, name = found[draw(st.integers(0, len(found) - 1))]
        if draw(st.booleans()):
            holder[name] = copy.deepcopy(draw(WRONG))
        else:
            del holder[name]
    return made


@settings(max_examples=100)
@given(st.sampled_from(list(ELSEWHERE)), st.data())
def test_take_in_a_broken_questionnaire_or_refuse_it_in_words(kind: str, data: st.DataObject) -> None:
    made = broken(ELSEWHERE[kind]["questionnaire"], data.draw)
    try:
        definition, _ = definition_of(made)
    except DefinitionError as error:
        assert error.problems
        return
    questionnaire, lost = questionnaire_of(definition)
    again, _ = definition_of(questionnaire)
    assert again == definition or lost


@settings(max_examples=100)
@given(st.sampled_from(list(ELSEWHERE)), st.data())
def test_take_in_a_broken_response_as_far_as_it_fits(kind: str, data: st.DataObject) -> None:
    definition, _ = definition_of(ELSEWHERE[kind]["questionnaire"])
    given_answers = {path: {"": value} for path, value in ELSEWHERE[kind]["answers"].items()}
    response, _ = response_of(definition, given_answers)
    answers, losses = answers_of(definition, broken(response, data.draw))
    again, lost = response_of(definition, answers)
    assert answers_of(definition, again)[0] == answers or losses or lost


@pytest.mark.parametrize("depth", [9, 300])
def test_name_what_lies_too_deep(depth: int) -> None:
    item: dict[str, Any] = {"linkId": "end", "text": "End", "type": "string"}
    for n in range(depth):
        item = {"linkId": f"g{n}", "text": "Group", "type": "group", "item": [item]}
    made = {"resourceType": "Questionnaire", "language": "en", "version": "1", "name": "deep", "status": "active"}
    definition, losses = definition_of(made | {"item": [item]})
    assert any("deep" in loss.what for loss in losses)
    assert "end" not in str(list(definition.index))


def test_leave_what_was_given_as_it_was() -> None:
    for made in ELSEWHERE.values():
        before = copy.deepcopy(made["questionnaire"])
        definition_of(made["questionnaire"])
        assert made["questionnaire"] == before
