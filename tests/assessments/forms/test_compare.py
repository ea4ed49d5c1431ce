"""Two assessments side by side: nothing that either says is left out."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from polku.assessments.forms.compare import compare
from tests.assessments.forms.made import form, question, section

OLD = form(
    section(
        "s",
        question("a"),
        question("gone"),
        question("n", "text"),
        question("g", "group", repeats=True, children=[question("x"), question("y")]),
        question("view", voices=["client", "nurse"]),
    )
)
NEW = form(
    section(
        "s",
        question("view", voices=["client", "nurse"]),
        question("a"),
        question("n", "integer"),
        question("fresh"),
        question("g", "group", repeats=True, children=[question("x"), question("y")]),
    ),
    version="2",
)


def seen(before: dict[str, Any], now: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    return [(row.path, row.voice, row.state, row.asked) for row in compare(OLD, before, NEW, now)]


def test_lay_answers_side_by_side_in_the_order_of_the_newer_form() -> None:
    before = {
        "s.a": {"": "sama"},
        "s.gone": {"": "vanha"},
        "s.n": {"": "3"},
        "s.view": {"client": "ennen", "nurse": "hoitaja"},
        "s.g[1].x": {"": "1x"},
        "s.g[1].y": {"": "1y"},
        "s.g[10].x": {"": "10x"},
    }
    now = {
        "s.a": {"": "sama"},
        "s.n": {"": 3},
        "s.fresh": {"": "uusi"},
        "s.view": {"client": "nyt", "nurse": ""},
        "s.g[1].y": {"": "1y"},
        "s.g[2].x": {"": "2x"},
        "other.q": {"": "?"},
    }
    assert seen(before, now) == [
        ("s.view", "client", "changed", "alike"),
        ("s.view", "nurse", "only_before", "alike"),
        ("s.a", "", "same", "alike"),
        ("s.n", "", "changed", "otherwise"),
        ("s.fresh", "", "only_now", "newly"),
        ("s.g[1].x", "", "only_before", "alike"),
        ("s.g[1].y", "", "same", "alike"),
        ("s.g[2].x", "", "only_now", "alike"),
        ("s.g[10].x", "", "only_before", "alike"),
        ("s.gone", "", "only_before", "no_longer"),
        ("other.q", "", "only_now", "no_longer"),
    ]


PATHS = st.sampled_from(["s.a", "s.gone", "s.fresh", "s.g[1].x", "s.g[2].y", "s.view", "x.y"])
ANSWERS = st.dictionaries(
    PATHS, st.dictionaries(st.sampled_from(["", "client"]), st.sampled_from([None, "", "1", "2"]))
)


@given(ANSWERS, ANSWERS)
def test_leave_no_answer_out_and_tell_none_twice(before: dict[str, Any], now: dict[str, Any]) -> None:
    told = [(row.path, row.voice) for row in compare(OLD, before, NEW, now)]
    said = {
        (path, voice)
        for given_ in (before, now)
        for path, voices in given_.items()
        for voice, value in voices.items()
        if value
    }
    assert sorted(told) == sorted(said)


@given(ANSWERS)
def test_find_everything_the_same_beside_itself(answers: dict[str, Any]) -> None:
    assert {row.state for row in compare(NEW, answers, NEW, answers)} <= {"same"}
