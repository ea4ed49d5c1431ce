"""Runs the jurists' cases on decisions, and holds the parameters whole."""

import json
import string
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polku.rules.data import parameters, read
from polku.rules.decisions import parity, parts, plain, review, words
from polku.rules.delivery import ways
from polku.rules.errors import RuleError
from tests.rules.reading import day

CASES = Path(__file__).parent / "cases"
FORMS = {"name", "given", "of", "some", "whose", "known"}


def _cases(name: str) -> list[Any]:
    return [pytest.param(case, id=case["case"][:60]) for case in read(CASES / f"{name}.yaml")]


def _filled() -> dict[str, dict[str, Any]]:
    value = {"text": "x", "list": ["AS-1"], "date": date(2026, 11, 25), "time": time(16), "boolean": True}
    return {part.key: {field.key: value.get(field.kind, field.kind) for field in part.fields} for part in parts.parts()}


@pytest.mark.parametrize("case", _cases("parts"))
def test_asks_for_the_parts_that_the_law_demands(case: dict[str, Any]) -> None:
    written = _filled()
    for key, fields in case.get("set", {}).items():
        written[key].update(fields)
    for key, fields in case.get("without", {}).items():
        for field in fields:
            written[key].pop(field, None)
    kind, facts = parts.kind(case["kind"]), case.get("facts", {})
    assert [part.key for part in parts.missing(kind, written, facts)] == case["missing"]
    if "not_needed" in case:
        states = parts.states(kind, written, facts)
        assert {state.part.key for state in states if state.state == parts.NOT_NEEDED} == set(case["not_needed"])


def test_asks_for_everything_when_nothing_is_written() -> None:
    for kind in parts.kinds():
        states = parts.states(kind, {}, {"plan": True})
        assert len(states) == 14
        done = {state.part.key for state in states if state.state == parts.DONE}
        assert done == ({"resolution"} if kind.outcome == "refused" else set())  # the refusal's sentence needs nothing
        assert all(state.fields for state in states if state.state == parts.MISSING)
        assert {state.word("fi") for state in states} <= {"puuttuu", "ei tarvita", "valmis"}


def test_keeps_what_was_written_as_json() -> None:
    written = {**_filled(), "fees": {"text": {"fi": "maksu", "sv": "avgift"}}}
    stored = json.loads(json.dumps(parts.to_json(written)))
    assert stored["resolution"]["starts_on"] == "2026-11-25" and stored["review"]["closes"] == "16:00"
    assert parts.from_json(stored) == written
    assert parts.from_json({"execution": {"by": ""}}) == {"execution": {"by": None}}
    for wrong, code in (({"by": "31.2.2026"}, "wrong_date"), ({"by": 3}, "wrong_date"), ({"x": 1}, "unknown_field")):
        with pytest.raises(RuleError) as told:
            parts.from_json({"execution": wrong})
        assert (told.value.code, told.value.facts["part"]) == (code, "execution")


def test_misses_a_text_in_the_language_that_lacks_it() -> None:
    kind = parts.kind("community_housing-granted")
    written = {**_filled(), "fees": {"text": {"fi": "maksu"}}}
    assert parts.missing(kind, parts.said_in(written, "fi")) == []
    assert [part.key for part in parts.missing(kind, parts.said_in(written, "sv"))] == ["fees"]


def test_names_the_part_what_to_do_and_its_section() -> None:
    assert parts.part("deviation").missing("fi") == (
        "Kerro, miksi päätös poikkeaa suunnitelmasta (Sosiaalihuoltolaki 45 § 4 mom.)"
    )
    assert parts.part("deviation").number == 8


@pytest.mark.parametrize(
    ("given_parts", "code"),
    [({"nothing": {}}, "unknown_part"), ({"reasons": {"because": "x"}}, "unknown_field")],
)
def test_refuses_what_there_is_not(given_parts: dict[str, Any], code: str) -> None:
    with pytest.raises(RuleError) as told:
        parts.states(parts.kind("social_work-granted"), given_parts)
    assert told.value.code == code


@pytest.mark.parametrize(
    ("key", "code"), [("castle-granted", "unknown_service"), ("social_work-maybe", "unknown_outcome")]
)
def test_refuses_a_kind_that_there_is_not(key: str, code: str) -> None:
    with pytest.raises(RuleError) as told:
        parts.kind(key)
    assert told.value.code == code


def test_decides_on_housing_by_the_sections_in_force() -> None:
    assert parts.obligation("community_housing", date(2022, 12, 31)) is None
    found = parts.obligation("community_housing", date(2023, 1, 1))
    assert found is not None and (found.section, found.decision) == ("21 b", "required")
    with pytest.raises(RuleError):
        parts.provisions(parts.kind("community_housing-granted"), date(2022, 12, 31), "fi")


def test_has_services_with_versions_in_order() -> None:
    for service in parameters("decisions")["services"].values():
        numbers = [version["version"] for version in service["versions"]]
        assert numbers == list(range(1, len(numbers) + 1))
        days = [version["valid_from"] for version in service["versions"]]
        assert days == sorted(set(days))
        assert {version["decision"] for version in service["versions"]} <= {"required", "optional", "none"}


@pytest.mark.parametrize("case", _cases("review"))
def test_counts_the_review_period_by_way_of_delivery(case: dict[str, Any]) -> None:
    shown = day(case["shown"]) if "shown" in case else None
    period = review.period(case["way"], day(case["sent"]), received_on=shown)
    assert period.length == 30
    assert (period.receipt and period.receipt.day) == (day(case["received"]) if "received" in case else None)
    assert period.last_day == (day(case["last_day"]) if "last_day" in case else None)
    for lang in words.languages():
        assert period.box(lang, time(16)) == case["box"][lang]
        assert case["says"][lang] in period.counted(lang)
        assert not parity.differences(period.counted("fi"), period.counted("sv"))


def test_gives_the_instructions_that_the_law_lists() -> None:
    where = review.Where("jaosto", "Katu 2", "a@b.example", "050 000 1000", "ma–pe klo 9–16", time(16), "apu")
    for lang in words.languages():
        for way in ways():
            told = review.instructions(review.period(way, date(2026, 11, 25)), where, lang)
            assert len(told) == 8
            assert all(paragraph.label and (paragraph.lines or paragraph.items) for paragraph in told)
            assert "Katu 2" in told[2].lines[0]
            assert len(told[3].items) == 4


def test_refuses_a_delivery_that_cannot_be() -> None:
    with pytest.raises(RuleError) as told:
        review.period("pigeon", date(2026, 11, 25))
    assert told.value.code == "unknown_way"
    with pytest.raises(RuleError):
        review.period("post", date(2026, 11, 25), received_on=date(2026, 11, 24))


@pytest.mark.parametrize("case", _cases("parity"))
def test_sees_what_differs_between_two_languages(case: dict[str, Any]) -> None:
    found = parity.differences(case["fi"], case["sv"], [tuple(pair) for pair in case.get("names", ())])
    assert [[d.kind, d.fi, d.sv] for d in found] == case["differs"]
    assert all(d.word(lang) for d in found for lang in ("fi", "sv", "en"))


@pytest.mark.parametrize("case", _cases("plain"))
def test_hints_at_what_could_be_plainer(case: dict[str, Any]) -> None:
    found = plain.hints(case["text"], case["lang"])
    assert [[hint.kind, hint.found, hint.swap] for hint in found] == case["hints"]
    for hint in found:
        assert case["text"][hint.start : hint.end] == hint.found
        assert all(hint.found[:200] in hint.words(lang) or hint.count for lang in ("fi", "sv", "en"))


@given(st.text(max_size=300))
@settings(max_examples=60, deadline=None)
def test_never_fails_on_any_text(text: str) -> None:
    for lang in plain.languages():
        assert all(0 <= hint.start < hint.end <= len(text) for hint in plain.hints(text, lang))
    assert parity.differences(text, text) == []


def test_refuses_a_language_without_words() -> None:
    with pytest.raises(RuleError) as told:
        words.letter("de")
    assert told.value.code == "no_language"
    with pytest.raises(RuleError):
        plain.hints("x", "de")


@pytest.mark.parametrize("lang", words.languages())
def test_has_every_word_of_a_letter(lang: str) -> None:
    given_words = parameters(f"letter_{lang}")
    assert words.holes(given_words) == []
    assert words.holes({**given_words, "titles": {}})[:1] == ["titles.granted"]
    services = {**given_words["services"], "social_work": {"name": "x"}}
    lacking = words.holes({**given_words, "services": services})
    assert lacking and all(path.startswith("services.social_work.") for path in lacking)
    assert "review.received.post" in words.holes({**given_words, "review": {}})


def _leaves(given_words: Any, path: str = "") -> dict[str, set[str]]:
    if isinstance(given_words, dict):
        return {key: names for k, v in given_words.items() for key, names in _leaves(v, f"{path}.{k}").items()}
    if isinstance(given_words, int):
        return {}
    if isinstance(given_words, list):
        return {key: names for n, v in enumerate(given_words) for key, names in _leaves(v, f"{path}.{n}").items()}
    names = {name for _, name, _, _ in string.Formatter().parse(given_words) if name}
    return {path: {"service" if name in FORMS and not path.startswith(".information") else name for name in names}}


def test_has_the_same_words_and_places_in_both_languages() -> None:
    assert {parameters(f"letter_{lang}")["version"] for lang in words.languages()} == {words.version()}
    fi, sv = _leaves(parameters("letter_fi")), _leaves(parameters("letter_sv"))
    forms = {path for path in fi.keys() | sv.keys() if path.startswith(".services.")}
    assert fi.keys() - forms == sv.keys() - forms
    assert {path: names for path, names in fi.items() if path not in forms} == {
        path: names for path, names in sv.items() if path not in forms
    }


@pytest.mark.parametrize("kind", parts.kinds(), ids=lambda kind: kind.key)
def test_writes_the_same_in_both_languages(kind: parts.Kind) -> None:
    first, last = date(2026, 12, 1), date(2027, 2, 28)
    told = {}
    for lang in words.languages():
        told[lang] = " ".join(
            [
                words.title(kind, lang),
                words.resolution(kind, lang, starts_on=first, ends_on=last),
                words.execution(kind, lang, last),
                words.matter(kind, lang, on=first, how="x"),
                parts.provisions(kind, first, lang),
            ]
        )
        assert "{" not in told[lang]
        assert kind.name(lang)
    assert parity.differences(told["fi"], told["sv"]) == []


@pytest.mark.parametrize("lang", words.languages())
def test_writes_its_own_words_plainly(lang: str) -> None:
    assert [hint for text in _texts(parameters(f"letter_{lang}")) for hint in plain.hints(text, lang)] == []


def _texts(given_words: Any) -> list[str]:
    if isinstance(given_words, str):
        return [given_words]
    values = given_words.values() if isinstance(given_words, dict) else given_words
    return [text for value in values if not isinstance(value, int) for text in _texts(value)]


def test_needs_the_days_of_a_resolution() -> None:
    with pytest.raises(RuleError):
        words.resolution(parts.kind("social_work-granted"), "fi")
    with pytest.raises(RuleError):
        words.resolution(parts.kind("social_work-ended"), "fi")
    with pytest.raises(RuleError):
        words.resolution(
            parts.kind("social_work-granted"), "fi", starts_on=date(2026, 12, 2), ends_on=date(2026, 12, 1)
        )
