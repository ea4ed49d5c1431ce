"""A definition is read whole, or everything that is wrong with it is named at once."""

from typing import Any

import pytest
import yaml

from polku.assessments.forms.problems import DefinitionError
from polku.assessments.forms.reading import fingerprint, read
from polku.assessments.forms.shipped import DEFINITIONS, shipped
from polku.assessments.forms.shipped import form as shipped_form
from polku.assessments.forms.writing import as_data
from polku.rules.data import read as read_yaml
from tests.assessments.forms.made import LISTS, code, data, form, question, section, when


def problems(given: Any) -> list[tuple[str, str]]:
    with pytest.raises(DefinitionError) as caught:
        read(given)
    return [(problem.path, problem.code) for problem in caught.value.problems]


@pytest.mark.parametrize("key", ["working_age", "families", "housing"])
def test_ship_forms_that_say_everything_in_three_languages_and_are_written_back_alike(key: str) -> None:
    definition = shipped_form(key)
    assert read(as_data(definition)) == definition
    assert definition.languages == ("fi", "sv", "en")


def test_mark_what_the_national_structure_asks_for() -> None:
    working_age = shipped()["working_age"]
    assert working_age.national_id == "1.2.246.537.6.1506.1012.2023.9.28"
    required = {path for path, each in working_age.index.items() if each.required}
    mandatory = "client.family_name client.given_names client.identity_code initiation.day assessing.started_on"
    mandatory += " assessing.special_support conclusions.continues conclusions.conclusions"
    mandatory += " conclusions.own_worker_needed conclusions.own_worker author.name"
    assert set(mandatory.split()) <= required
    several = "initiation.reasons assessing.absent services.service immigration.from_countries work.situation"
    for path in (*several.split(), "conclusions.needs"):
        assert working_age.index[path].repeats or working_age.index[path].kind == "choices"
    assert working_age.code_lists["need_duration"].national_set == "1.2.246.537.6.1294"


def test_give_every_criterion_of_housing_guidance_and_ask_for_its_reason() -> None:
    for each in shipped()["housing"].of_section["criteria"].questions:
        assert set(each.hints) == {"fi", "sv", "en"}
        assert [(child.key, bool(child.required)) for child in each.children] == [("finding", True), ("reason", True)]


def test_leave_the_need_of_child_protection_to_a_social_worker() -> None:
    families = shipped()["families"]
    for path in ("child_protection.child.client", "special_support.child.needed"):
        assert families.filled_by(families.index[path]) == ("social_worker",)


def test_name_every_fault_at_once() -> None:
    wrong = data(
        section(
            "one", question("a", "telepathy"), question("a"), {"key": "b", "kind": "text", "texts": {"fi": "vain"}}
        ),
        section("Two", question("c", required="yes"), colour="red"),
        section("one", question("d", when={"perhaps": []}), question("e", voices=["cat"])),
        code_lists={"empty": {"codes": []}},
    )
    assert problems(wrong) == [
        ("one.a", "unknown_kind"),
        ("one.2", "duplicate_key"),
        ("one.b", "text_missing"),
        ("section 2", "unknown_name"),
        ("section 2", "bad_key"),
        ("unnamed2.c", "not_a_list"),
        ("section 3", "duplicate_key"),
        ("unnamed3.d", "condition_form"),
        ("unnamed3.e", "unknown_person"),
        ("code_lists.empty", "no_codes"),
    ]


@pytest.mark.parametrize("given", [None, [], "form", 7, {}, {"sections": 3}, {"sections": [None]}, {"code_lists": [1]}])
def test_refuse_whatever_is_no_definition(given: Any) -> None:
    assert problems(given)


@pytest.mark.parametrize(
    ("questions", "path", "expected"),
    [
        ([question("a", "choice", codes="gone")], "s.a", "unknown_code_list"),
        ([question("a", "choice")], "s.a", "no_code_list"),
        ([question("a", when=when("s.b"))], "s.a", "unknown_question"),
        ([question("a", "boolean"), question("b", when=when("a", "kyllä"))], "s.b", "condition_value"),
        ([question("a", "choice", codes="often"), question("b", when=when("a", "hourly"))], "s.b", "condition_value"),
        ([question("a", "boolean"), question("b", when=when("a", True, ">"))], "s.b", "condition_operator"),
        ([question("a", voices=["client"]), question("b", when=when("a", "x"))], "s.b", "condition_on_no_answer"),
        ([question("a", "group")], "s.a", "empty_group"),
        ([question("a", "integer", least=5, most=4)], "s.a", "bad_limit"),
        ([question("a", "integer", least="few")], "s.a", "bad_limit"),
        ([question("a", "score")], "s.a", "empty_sum"),
        ([question("a"), question("b", "score", sum_of=["a"])], "s.b", "sum_of_no_number"),
        ([question("a", national_set="1282.x")], "s.a", "not_an_oid"),
        ([question("a", link="x"), question("b", link="x")], "s.b", "duplicate_link"),
    ],
)
def test_name_what_does_not_fit_together(questions: list[dict[str, Any]], path: str, expected: str) -> None:
    assert (path, expected) in problems(data(section("s", *questions)))


def test_name_a_circle_of_conditions_with_its_way() -> None:
    circle = section(
        "s",
        question("a", "boolean", when=when("c")),
        question("b", "boolean", when=when("a")),
        question("c", "boolean", when=when("b")),
        question("d", "boolean", when=when("d")),
    )
    with pytest.raises(DefinitionError) as caught:
        read(data(circle))
    loops = [problem for problem in caught.value.problems if problem.code == "condition_loop"]
    assert len(loops) == 2
    assert "s.a -> s.c -> s.b -> s.a" in loops[0].words
    assert "s.d -> s.d" in loops[1].words


def test_name_a_circle_through_a_group_a_section_and_a_score() -> None:
    inside = question("g", "group", when=when("g.x"), children=[question("x", "boolean")])
    inside["when"]["all"][0]["question"] = "s.g.x"
    assert ("s.g", "condition_loop") in problems(data(section("s", inside)))
    whole = section("s", question("a", "boolean"), when=when("s.a"))
    assert ("s", "condition_loop") in problems(data(whole))
    scored = section("s", question("n", "integer", when=when("sum", 3, ">")), question("sum", "score", sum_of=["n"]))
    assert problems(data(scored))[0][1] == "condition_loop"


@pytest.mark.parametrize(
    "terms",
    [
        [("b", "=", True), ("b", "=", False)],
        [("b", "exists", False), ("b", "=", True)],
        [("n", ">", 10)],
        [("c", "=", "daily"), ("c", "!=", "daily")],
    ],
)
def test_name_what_is_required_but_can_never_be_shown(terms: list[tuple[str, str, Any]]) -> None:
    condition = {"all": [{"question": q, "operator": o, "value": v} for q, o, v in terms]}
    given = section(
        "s",
        question("b", "boolean"),
        question("n", "integer", most=10),
        question("c", "choice", codes="often"),
        question("a", required=True, when=condition),
    )
    assert ("s.a", "required_never_shown") in problems(data(given))


def test_read_a_chain_of_conditions_only_so_deep() -> None:
    chain = [question("q0", "boolean"), *(question(f"q{n}", "boolean", when=when(f"q{n - 1}")) for n in range(1, 1500))]
    assert problems(data(section("s", *chain))) == [("", "too_deep")]


def test_tell_versions_apart_by_anything_that_differs() -> None:
    one, other = form(section("s", question("a"))), form(section("s", question("a", max_length=9)))
    assert fingerprint(one) == fingerprint(form(section("s", question("a")))) != fingerprint(other)


def test_keep_codes_apart_and_their_scores_exact() -> None:
    lists = {**LISTS, "bad": {"codes": [code("x"), code("x"), code("y", score="much")]}}
    found = problems(data(section("s", question("a")), code_lists=lists))
    assert found == [("code_lists.bad.2", "duplicate_key"), ("code_lists.bad.y", "not_a_number")]


def test_write_the_shipped_forms_so_that_every_reader_of_yaml_reads_the_same() -> None:
    for path in DEFINITIONS.glob("*.yaml"):
        assert yaml.safe_load(path.read_text()) == read_yaml(path)
