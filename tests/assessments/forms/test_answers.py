"""An answer is kept in one way only, or refused in words; what is missing is named with whose it is."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polku.assessments.forms.answers import Missing, check, missing, progress, totals
from polku.assessments.forms.problems import AnswerError
from polku.assessments.forms.shipped import shipped
from tests.assessments.forms.made import form, question, section

FORM = form(
    section(
        "s",
        question("text", max_length=10),
        question("long", "paragraph"),
        question("yes", "boolean"),
        question("often", "choice", codes="often"),
        question("times", "choices", codes="times"),
        question("day", "date", least="2026-01-01", most="2026-12-31"),
        question("whole", "integer", least=0, most=20),
        question("exact", "decimal"),
        question("time", "quantity", units=["h", "min"]),
        question("several", repeats=True),
        question("view", "paragraph", voices=["client", "nurse"], required=["client"]),
        question("read", "display"),
        question("sum", "score", sum_of=["often", "whole"]),
        question("g", "group", repeats=True, children=[question("x", required=True), question("y")]),
    )
)


@pytest.mark.parametrize(
    ("key", "value", "kept"),
    [
        ("text", "  Aino \u0041\u0308 ", "Aino Ä"),
        ("long", "yksi\r\nkaksi", "yksi\nkaksi"),
        ("yes", "Kyllä", True),
        ("yes", "nej", False),
        ("yes", False, False),
        ("often", "daily", "daily"),
        ("times", ["night", "day", "night"], ["day", "night"]),
        ("times", "none", ["none"]),
        ("times", [], None),
        ("day", "1.12.2026", "2026-12-01"),
        ("day", "2026-02-28", "2026-02-28"),
        ("whole", "07", 7),
        ("whole", "3,0", 3),
        ("whole", 0, 0),
        ("exact", "1 240,50".replace(" ", ""), "1240.5"),
        ("exact", "\u22120,10", "-0.1"),
        ("exact", 100, "100"),
        ("exact", "-0", "0"),
        ("time", {"value": "1,5", "unit": "h"}, {"value": "1.5", "unit": "h"}),
        ("several", ["yksi", " ", "kaksi"], ["yksi", "kaksi"]),
        ("several", [" "], None),
        ("text", "   ", None),
        ("text", None, None),
    ],
)
def test_keep_an_answer_in_one_way(key: str, value: Any, kept: Any) -> None:
    found = check(FORM, f"s.{key}", "", value)
    assert found == kept
    assert type(found) is type(kept)
    assert check(FORM, f"s.{key}", "", json.loads(json.dumps(found))) == kept


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("text", "yhdentoista", "too_long"),
        ("text", "a\nb", "several_lines"),
        ("text", "a\x00b", "control_characters"),
        ("long", "\ud800", "control_characters"),
        ("text", 7, "not_text"),
        ("yes", "ehkä", "not_boolean"),
        ("often", "hourly", "unknown_code"),
        ("often", ["daily"], "unknown_code"),
        ("times", ["day", "none"], "chosen_alone"),
        ("times", ["dawn"], "unknown_code"),
        ("times", [{}], "unknown_code"),
        ("day", "29.2.2026", "not_a_date"),
        ("day", "31.12.2025", "too_small"),
        ("day", "2027-01-01", "too_great"),
        ("day", 20261201, "not_a_date"),
        ("whole", "2,5", "not_whole"),
        ("whole", True, "not_a_number"),
        ("whole", 21, "too_great"),
        ("whole", -1, "too_small"),
        ("whole", "1e400000000", "too_long"),
        ("exact", "NaN", "not_a_number"),
        ("exact", "Infinity", "not_a_number"),
        ("exact", "0.12345678901234567", "too_long"),
        ("exact", 10**400, "too_long"),
        ("time", {"value": 1}, "unknown_unit"),
        ("time", {"value": 1, "unit": "days"}, "unknown_unit"),
        ("time", {"value": 1, "unit": "h", "and": 2}, "not_quantity"),
        ("time", "1 h", "not_quantity"),
        ("several", ["x"] * 51, "too_many"),
        ("read", "x", "not_answered"),
        ("sum", 3, "not_answered"),
        ("g", "x", "not_answered"),
        ("g.x", "x", "row_needed"),
        ("text[1]", "x", "no_rows_here"),
        ("g[0].x", "x", "unknown_question"),
        ("g[100].x", "x", "unknown_question"),
        ("gone", "x", "unknown_question"),
        ("text; DROP TABLE", "x", "unknown_question"),
    ],
)
def test_refuse_what_does_not_fit_and_name_it(key: str, value: Any, code: str) -> None:
    with pytest.raises(AnswerError) as caught:
        check(FORM, f"s.{key}", "", value)
    assert caught.value.code == code
    assert caught.value.path.startswith("s.")


def test_give_each_voice_its_own_field() -> None:
    assert check(FORM, "s.view", "client", "Pelkään öisin.") == "Pelkään öisin."
    for voice in ("", "social_worker", "CLIENT"):
        with pytest.raises(AnswerError, match="has no field here"):
            check(FORM, "s.view", voice, "x")
    with pytest.raises(AnswerError):
        check(FORM, "s.text", "client", "x")


def test_let_a_voice_be_left_unheard_only_with_a_reason() -> None:
    told = {"not_asked": " Ei  tavoiteltu\nkotoa "}
    assert check(FORM, "s.view", "client", told) == {"not_asked": "Ei tavoiteltu kotoa"}
    for bad in ({"not_asked": " "}, {"not_asked": None}, {"not_asked": "x", "more": 1}):
        with pytest.raises(AnswerError) as caught:
            check(FORM, "s.view", "client", bad)
        assert caught.value.code == "reason_needed"
    assert missing(FORM, {}) == [Missing("s.view", "client")]
    assert missing(FORM, {"s.view": {"client": {"not_asked": "Ei tavoitettu"}}}) == []


def test_ask_only_begun_rows_for_more() -> None:
    answers = {"s.g[2].y": {"": "jotain"}, "s.view": {"client": "näin"}}
    assert missing(FORM, answers) == [Missing("s.g[2].x", "")]
    (section_of_it,) = progress(FORM, answers)
    assert (section_of_it.state, section_of_it.answered) == ("missing", 2)


def test_ask_a_required_group_for_a_first_row() -> None:
    families = shipped()["families"]
    wanted = {each.path for each in missing(families, {})}
    assert {"family.child", "child_view.child", "child_protection.child"} <= wanted
    assert not any("[" in path for path in wanted)
    begun = {each.path for each in missing(families, {"family.child[1].language": {"": "fi"}})}
    assert "family.child" not in begun
    assert "family.child[1].name" in begun


def test_count_a_score_from_what_is_answered() -> None:
    total = totals(FORM, {"s.often": {"": "daily"}})["s.sum"]
    assert (total.value, total.answered, total.of) == (Decimal("2.5"), 1, 2)
    assert totals(FORM, {})["s.sum"].value is None


def test_say_ready_only_when_nothing_required_is_missing() -> None:
    housing = shipped()["housing"]
    answers: dict[str, dict[str, Any]] = {
        "client.name": {"": "Satu Heinonen"},
        "client.age": {"": 38},
    }
    assert progress(housing, answers)[0].state == "ready"
    answers["criteria.alone.finding"] = {"": "partly"}
    states = {each.section: each for each in progress(housing, answers)}
    assert Missing("criteria.alone.reason", "") in states["criteria"].missing


@given(
    st.sampled_from(sorted(path for path in FORM.index if not path.startswith("s.g"))),
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.lists(st.text() | st.integers(), max_size=3)
    | st.dictionaries(st.sampled_from(["value", "unit", "not_asked"]), st.text() | st.floats() | st.none(), max_size=3),
)
def test_keep_whatever_comes_the_same_again_or_refuse_it(path: str, value: Any) -> None:
    voice = "client" if path == "s.view" else ""
    try:
        kept = check(FORM, path, voice, value)
    except AnswerError as error:
        assert error.code
        return
    assert check(FORM, path, voice, json.loads(json.dumps(kept))) == kept


@given(st.text(max_size=40))
def test_refuse_whatever_is_no_path(path: str) -> None:
    with pytest.raises(AnswerError):
        check(FORM, path, "", "x")
