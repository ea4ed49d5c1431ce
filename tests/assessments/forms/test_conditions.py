"""What is shown follows the answers; what is hidden is kept, but counts in nothing."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polku.assessments.forms.answers import missing, progress, totals
from polku.assessments.forms.conditions import shown
from polku.assessments.forms.definition import Definition
from polku.assessments.forms.shipped import shipped
from tests.assessments.forms.made import form, question, section, when


def one(**values: Any) -> dict[str, dict[str, Any]]:
    return {f"s.{key}": {"": value} for key, value in values.items()}


@pytest.mark.parametrize(
    ("operator", "value", "answer", "expected"),
    [
        ("=", 3, 3, True),
        ("=", 3, 4, False),
        ("!=", 3, 4, True),
        ("!=", 3, 3, False),
        ("!=", 3, None, False),
        (">", 3, 4, True),
        (">", 3, 3, False),
        (">=", 3, 3, True),
        ("<", 3, 2, True),
        ("<=", 3, 4, False),
        ("<", 10, 9, True),
        ("exists", True, 0, True),
        ("exists", True, None, False),
        ("exists", False, None, True),
        ("exists", False, 1, False),
    ],
)
def test_compare_numbers_as_numbers(operator: str, value: Any, answer: Any, expected: bool) -> None:
    definition = form(section("s", question("n", "integer"), question("a", when=when("n", value, operator))))
    assert ("s.a" in shown(definition, one(n=answer))) is expected


def test_compare_decimals_days_and_quantities_by_what_they_are_worth() -> None:
    definition = form(
        section(
            "s",
            question("d", "decimal"),
            question("t", "date"),
            question("q", "quantity", units=["h", "min"]),
            question("much", when=when("d", "9.5", ">")),
            question("late", when=when("t", "2026-12-01", ">=")),
            question("long", when=when("q", {"value": "2", "unit": "h"}, ">")),
        )
    )
    seen = shown(definition, one(d="10", t="2026-12-24", q={"value": "3", "unit": "h"}))
    assert {"s.much", "s.late", "s.long"} <= seen
    assert "s.long" not in shown(definition, one(q={"value": "90", "unit": "min"}))


def test_look_at_each_of_several_choices() -> None:
    several = question("t", "choices", codes="times")
    definition = form(
        section("s", several, question("a", when=when("t", "night")), question("b", when=when("t", "day", "!=")))
    )
    assert {"s.a"} <= shown(definition, one(t=["day", "night"]))
    assert "s.b" not in shown(definition, one(t=["day", "night"]))
    assert "s.b" in shown(definition, one(t=["night"]))


def test_ask_all_or_any() -> None:
    both = [{"question": "a", "value": True}, {"question": "b", "value": True}]
    asked = [question("a", "boolean"), question("b", "boolean")]
    definition = form(section("s", *asked, question("c", when={"all": both}), question("d", when={"any": both})))
    assert shown(definition, one(a=True, b=False)) == {"s.a", "s.b", "s.d"}
    assert shown(definition, one(a=True, b=True)) == {"s.a", "s.b", "s.c", "s.d"}


def test_let_a_hidden_answer_fulfil_nothing() -> None:
    definition = form(
        section(
            "s",
            question("a", "boolean"),
            question("b", "boolean", when=when("a")),
            question("c", required=True, when=when("b")),
            question("n", "integer", when=when("b")),
            question("sum", "score", sum_of=["n"]),
        )
    )
    answers = one(a=False, b=True, n=4)
    assert shown(definition, answers) == {"s.a", "s.sum"}
    assert missing(definition, answers) == []
    assert totals(definition, answers)["s.sum"].value is None
    assert totals(definition, one(a=True, b=True, n=4))["s.sum"].value == 4


def test_hide_a_section_with_all_that_is_in_it() -> None:
    working_age = shipped()["working_age"]
    assert not any(path.startswith("immigration.") for path in shown(working_age, {}))
    moved = {"client.immigrated": {"": "yes"}}
    assert "immigration.right" in shown(working_age, moved)
    states = {each.section: each.state for each in progress(working_age, moved)}
    assert (states["immigration"], states["client"], states["work"]) == ("untouched", "missing", "untouched")
    assert {each.section: each.state for each in progress(working_age, {})}["immigration"] == "hidden"


def test_look_at_the_same_row_only() -> None:
    families = shipped()["families"]
    answers = {
        "school.child[1].absent": {"": "yes"},
        "school.child[2].absent": {"": "no"},
    }
    seen = shown(families, answers)
    assert "school.child[1].absent_hours" in seen
    assert "school.child[2].absent_hours" not in seen


def test_let_any_row_decide_for_what_stands_outside() -> None:
    group = question("g", "group", repeats=True, children=[question("x", "boolean")])
    definition = form(section("s", group, question("a", when=when("s.g.x"))))
    assert "s.a" in shown(definition, {"s.g[1].x": {"": False}, "s.g[3].x": {"": True}})
    assert "s.a" not in shown(definition, {"s.g[1].x": {"": False}})


def test_show_a_question_by_a_score() -> None:
    definition = form(
        section(
            "s",
            question("a", "choice", codes="often"),
            question("b", "integer"),
            question("sum", "score", sum_of=["a", "b"]),
            question("more", when=when("sum", "4.5", ">=")),
        )
    )
    assert "s.more" in shown(definition, one(a="daily", b=2))
    assert "s.more" not in shown(definition, one(a="daily", b=1))
    assert "s.more" not in shown(definition, {})


def _chain(length: int) -> Definition:
    return form(
        section(
            "s",
            question("q0", "boolean"),
            *(question(f"q{n}", "boolean", required=True, when=when(f"q{n - 1}")) for n in range(1, length)),
        )
    )


@given(st.lists(st.none() | st.booleans(), min_size=12, max_size=12))
def test_show_a_chain_exactly_as_far_as_it_is_answered_yes(values: list[bool | None]) -> None:
    definition = _chain(12)
    reached = next((n for n, value in enumerate(values) if value is not True), 11)
    answers = {f"s.q{n}": {"": value} for n, value in enumerate(values)}
    assert shown(definition, answers) == {f"s.q{n}" for n in range(min(reached, 11) + 1)}
    assert len(missing(definition, answers)) == (1 if 0 < reached < 12 and values[reached] is None else 0)


@given(
    st.dictionaries(
        st.sampled_from(["a", "b", "g[1].x", "g[2].x", "g[2].y", "zzz", "g[1]"]),
        st.dictionaries(st.just(""), st.none() | st.booleans(), max_size=1),
    )
)
def test_never_miss_what_is_not_shown(values: dict[str, dict[str, Any]]) -> None:
    group = question(
        "g",
        "group",
        repeats=True,
        required=True,
        when=when("a"),
        children=[question("x", "boolean", required=True), question("y", "boolean", required=True, when=when("x"))],
    )
    definition = form(
        section("s", question("a", "boolean"), question("b", "boolean", required=True, when=when("a", False)), group)
    )
    answers = {f"s.{path}": voices for path, voices in values.items()}
    assert {each.path for each in missing(definition, answers)} <= shown(definition, answers)
