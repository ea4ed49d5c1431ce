"""Measures: the cases of `cases/instruments`, what their files must say, and what holds of every result."""

from copy import deepcopy
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polku.rules.data import LANGUAGES, PARAMETERS, read
from polku.rules.instruments import SCORINGS, Instrument, InstrumentError, instrument, instruments, read_instrument
from polku.rules.scores import Score, caution, of_total, score
from tests.rules.reading import day

CASES = {path.stem: read(path) for path in sorted((Path(__file__).parent / "cases" / "instruments").glob("*.yaml"))}
ON = date(2026, 11, 24)
WORDS = {"fi": "x", "sv": "x", "en": "x"}


def _all() -> list[Any]:
    return [
        pytest.param(key, case, id=f"{key}-{number}")
        for key, given in CASES.items()
        for number, case in enumerate(given["cases"], 1)
    ]


def _told(measure: Instrument, case: dict[str, Any]) -> Score:
    on = day(case["day"]) if "day" in case else ON
    if "of_total" in case:
        parts = {
            key: Decimal(value) if isinstance(value, str) else value for key, value in case.get("parts", {}).items()
        }
        return of_total(measure, Decimal(case["of_total"]), on=on, parts=parts)
    values = case.get("by_item") or [None if sign == "-" else int(sign) for sign in case["answers"]]
    answers = {str(number): value for number, value in enumerate(values, 1)} | case.get("extra", {})
    return score(measure, answers, on=on)


def _number(value: Decimal | None) -> str:
    return "none" if value is None else str(value)


@pytest.mark.parametrize(("key", "case"), _all())
def test_scores_as_the_case_says(key: str, case: dict[str, Any]) -> None:
    measure = instrument(key)
    if "refused" in case:
        with pytest.raises(InstrumentError) as refused:
            _told(measure, case)
        assert refused.value.code == case["refused"], case["case"]
        return
    told = _told(measure, case)
    assert _number(told.total) == str(case["total"]), case["case"]
    assert (told.band.key if told.band else "none") == case.get("band", "none"), case["case"]
    prompts = {prompt.about: "unknown" if prompt.value is None else str(prompt.value) for prompt in told.prompts}
    assert prompts == {about: str(value) for about, value in case.get("prompts", {}).items()}, case["case"]
    assert list(told.missing) == case.get("missing", []), case["case"]
    for part, value in case.get("subscales", {}).items():
        assert _number(told.subscales[part]) == str(value), (case["case"], part)
    for item, value in case.get("profile", {}).items():
        assert told.profile[item] == value, case["case"]


@pytest.mark.parametrize("key", instruments())
def test_every_instrument_has_its_cases(key: str) -> None:
    assert key in CASES, f"{key} has no cases: write {key}.yaml"
    measure, cases = instrument(key), CASES[key]["cases"]
    assert CASES[key]["instrument"] == key
    needed = {"refused"}
    if measure.entry:
        needed |= {"lowest", "highest"}
    if "items" in measure.entry:
        needed.add("missing")
    if "total" in measure.entry:
        needed.add("by_total")
    if measure.safety:
        needed.add("safety")
    about = {case["about"] for case in cases}
    assert about >= needed, f"{key} has no case of: {sorted(needed - about)}"
    edges = {str(case["total"]) for case in cases if case["about"] == "band_edge"}
    for band in measure.bands_on(ON)[1:]:
        assert {str(band.lowest), str(band.lowest - 1)} <= edges, f"{key}: both sides of {band.lowest}"


def test_every_case_file_belongs_to_an_instrument() -> None:
    assert set(CASES) == set(instruments())


@pytest.mark.parametrize("path", sorted((PARAMETERS / "instruments").glob("*.yaml")), ids=lambda path: path.stem)
def test_file_is_named_by_its_key_and_ships_no_wording(path: Path) -> None:
    data = read(path)
    assert data["key"] == path.stem
    # No validated wording is at hand in three languages: whoever adds one says here where it is free.
    assert data["items_shipped"] is False
    for words in (data["name"], data["measures"], data["licence"], data["wording"]):
        assert set(words) == set(LANGUAGES)
    assert data["owner"]


def test_says_beside_every_result_what_it_is_not() -> None:
    assert "diagnoosi" in caution("fi")
    assert "diagnos" in caution("sv")
    assert "diagnosis" in caution("en")


def test_names_an_instrument_that_is_not_there() -> None:
    with pytest.raises(InstrumentError, match="phq9") as refused:
        instrument("mmpi")
    assert refused.value.code == "unknown_instrument"


@pytest.mark.parametrize("value", [True, "1", 1.5, -1])
def test_refuses_an_answer_that_is_not_on_the_scale(value: Any) -> None:
    with pytest.raises(InstrumentError, match="item 1") as refused:
        score(instrument("gad7"), {"1": value}, on=ON)
    assert refused.value.code == "out_of_scale"


def test_refuses_an_item_and_a_number_that_are_not_there() -> None:
    with pytest.raises(InstrumentError) as refused:
        score(instrument("gad7"), {"8": 1}, on=ON)
    assert refused.value.code == "unknown_item"
    for number in (Decimal("NaN"), Decimal("Infinity")):
        with pytest.raises(InstrumentError) as refused:
            of_total(instrument("gad7"), number, on=ON)
        assert refused.value.code == "out_of_range"


# What a file may say, with a measure of the test's own


OWN: dict[str, Any] = {
    "key": "own", "order": 1, "name": WORDS, "measures": WORDS, "owner": "x", "licence": WORDS, "wording": WORDS,
    "items_shipped": False, "entry": ["items", "total"],
    "items": {"count": 5, "values": [1, 2, 3, 4], "reversed": ["2"]},
    "scoring": {"kind": "sum", "minimum_answered": 4},
    "subscales": [{"key": "part", "name": WORDS, "items": ["1", "2"], "minimum_answered": 1}],
    "bands": [
        {"valid_from": date(2020, 1, 1), "source": "x", "limits": [{"from": 5, "key": "old", "name": WORDS}]},
        {"valid_from": date(2026, 1, 1), "source": "y", "limits": [{"from": 5, "key": "new", "name": WORDS}]},
    ],
    "safety": [{"about": "part", "above": 1, "answered": WORDS, "unknown": WORDS}],
}  # fmt: skip


def _own(**changed: Any) -> Instrument:
    return read_instrument(deepcopy(OWN) | changed)


def test_counts_a_reversed_item_the_other_way_round() -> None:
    answers = dict.fromkeys("12345", 1)
    assert score(_own(), answers, on=ON).total == 1 + 4 + 1 + 1 + 1
    assert score(_own(), answers, on=ON).subscales == {"part": Decimal(5)}


def test_counts_missing_items_as_the_mean_of_the_others_down_to_the_minimum() -> None:
    told = score(_own(), {"1": 4, "3": 4, "4": 4, "5": 1}, on=ON)
    assert told.total == 16  # 13 of four answers is 16.25 of five
    assert told.missing == ("2",)
    assert score(_own(), {"1": 4, "3": 4, "4": 4}, on=ON).total is None


@pytest.mark.parametrize(("kind", "total"), [("sum", "11"), ("mean", "2.20"), ("mean_times_10", "22.0")])
def test_scores_by_the_kind_of_scoring(kind: str, total: str) -> None:
    low = {"sum": 5, "mean": 1, "mean_times_10": 10}[kind]
    bands = [{"valid_from": date(2020, 1, 1), "source": "x", "limits": [{"from": low, "key": "a", "name": WORDS}]}]
    measure = _own(scoring={"kind": kind}, bands=bands)
    answers = {"1": 1, "2": 2, "3": 3, "4": 1, "5": 3}
    assert str(score(measure, answers, on=ON).total) == total
    assert measure.lowest == low


def test_reads_a_result_by_the_bands_of_its_day() -> None:
    for on, key in ((date(2025, 12, 31), "old"), (date(2026, 1, 1), "new")):
        band = of_total(_own(), 10, on=on).band
        assert band is not None and band.key == key
    assert of_total(_own(), 10, on=date(2019, 12, 31)).band is None


def test_asks_about_a_part_when_any_of_it_is_answered_or_some_is_not_known() -> None:
    assert [p.value for p in score(_own(), {"1": 3}, on=ON).prompts] == [Decimal(3)]
    assert [p.value for p in score(_own(), {"1": 1}, on=ON).prompts] == [None]
    assert score(_own(), {"1": 1, "2": 1}, on=ON).prompts == ()


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"scoring": {"kind": "guess"}, "bands": []}, "scoring"),
        ({"entry": ["song"]}, "entry"),
        ({"scoring": {"kind": "profile"}, "bands": []}, "no total"),
        ({"items": {"count": 5, "values": [2, 1]}, "bands": []}, "rise"),
        ({"items": {"count": 5}, "bands": []}, "no values"),
        ({"items": {"count": 5, "values": [1, 2, 3, 4], "reversed": ["7"]}}, "reversed item 7"),
        ({"scoring": {"kind": "sum", "minimum_answered": 6}}, "minimum_answered"),
        ({"subscales": [{"key": "part", "name": WORDS, "items": ["9"]}]}, "part has no item '9'"),
        ({"bands": [{"valid_from": ON, "source": "x", "limits": [{"from": 6, "key": "a", "name": WORDS}]}]}, "bands"),
        ({"safety": [{"about": "9", "above": 0, "answered": WORDS, "unknown": WORDS}]}, "safety"),
    ],
)
def test_refuses_a_file_that_contradicts_itself(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(InstrumentError, match=told) as refused:
        _own(**changed)
    assert refused.value.code == "bad_instrument"


# What holds of every result


@given(st.data())
def test_total_stays_within_the_range_and_its_band(data: st.DataObject) -> None:
    by_items = [m for m in instruments().values() if "items" in m.entry and m.scoring != "profile"]
    measure = data.draw(st.sampled_from(by_items))
    answers = {key: data.draw(st.sampled_from(item.values)) for key, item in measure.items.items()}
    told = score(measure, answers, on=ON)
    assert told.total is not None
    assert measure.lowest <= told.total <= measure.highest
    copied = {safety.about: answers[safety.about] for safety in measure.safety}
    again = of_total(measure, told.total, on=ON, parts=copied)
    assert (again.total, again.band, again.prompts) == (told.total, told.band, told.prompts)
    assert -told.total.as_tuple().exponent == SCORINGS[measure.scoring]  # type: ignore[operator]
    gone = data.draw(st.sampled_from(sorted(answers)))
    assert score(measure, answers | {gone: None}, on=ON).total is None


@given(st.dictionaries(st.sampled_from([str(n) for n in range(1, 10)]), st.integers(0, 3)))
def test_never_keeps_silent_about_the_ninth_item(answers: dict[str, int]) -> None:
    told = score(instrument("phq9"), answers, on=ON)
    assert (told.prompts == ()) == (answers.get("9") == 0)
