from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polku.kit import clock, hetu, names, phone, public_id, reference

VALID = [
    "010190-900P", "020516C903K", "010594Y9032", "210281-9988", "100190-999P", "010190-999W", "010180-9015",
    "010180Y9015", "290224A955A", "010101+901S", "131052-308T",
]  # fmt: skip


@pytest.mark.parametrize("code", VALID)
def test_hetu_accepts_published_and_test_codes(code: str) -> None:
    assert hetu.parse(f" {code.lower()} ") == code
    assert hetu.looks_like(code)


@given(st.text(max_size=14))
def test_hetu_answers_any_text_with_a_code_or_a_value_error(text: str) -> None:
    with suppress(ValueError):
        assert len(hetu.parse(text)) == 11


@given(st.sampled_from(VALID), st.integers(0, 10), st.sampled_from("0123456789ABCDEFHJKLMNPRSTUVWXY"))
def test_hetu_finds_any_one_wrong_character_but_the_century_sign(code: str, place: int, letter: str) -> None:
    wrong = code[:place] + letter + code[place + 1 :]
    if place == 6 or wrong == code:
        return
    with pytest.raises(ValueError):
        hetu.parse(wrong)


@given(st.dates(date(2023, 1, 1), date(2099, 12, 31)), st.integers(0, 8))
def test_reference_finds_one_wrong_character(day: date, place: int) -> None:
    told = reference.new(day)
    assert reference.is_valid(told)
    assert reference.is_valid(told.lower().replace("-", " "))
    letters = told.replace("-", "")
    wrong = letters[:place] + ("A" if letters[place] != "A" else "B") + letters[place + 1 :]
    assert not reference.is_valid(wrong)


@given(st.text(max_size=20))
def test_reference_answers_any_text(text: str) -> None:
    assert reference.is_valid(text) in (True, False)


@given(st.text(max_size=60))
def test_names_fold_twice_as_once(text: str) -> None:
    assert names.fold(names.fold(text)) == names.fold(text)


@given(st.text(max_size=30))
def test_phone_answers_any_text_with_a_number_or_a_value_error(text: str) -> None:
    with suppress(ValueError):
        assert phone.parse(text).startswith("+")
    phone.shown(text)


def test_public_ids_differ_and_have_no_letters_that_are_mixed_up() -> None:
    ids = {public_id.new() for _ in range(1000)}
    assert len(ids) == 1000
    assert not {c for i in ids for c in i} & set("ilou")


def test_clock_runs_on_from_the_moment_set_and_is_right_afterwards() -> None:
    moment = datetime(2027, 1, 5, 20, 40, tzinfo=UTC)
    with clock.started_at(moment):
        assert timedelta(0) <= clock.now() - moment < timedelta(seconds=5)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    with pytest.raises(ValueError), clock.started_at(datetime(2027, 1, 5)):
        pass
