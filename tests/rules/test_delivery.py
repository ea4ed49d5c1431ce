"""Deemed receipt by the way of delivery."""

from datetime import date

import pytest

from polku.rules import delivery
from polku.rules.data import LANGUAGES
from polku.rules.errors import RuleError


def test_knows_the_ways_in_three_languages() -> None:
    assert set(delivery.ways()) == {"post", "electronic", "handed_over", "electronic_verified"}
    for words in delivery.ways().values():
        assert set(words) == set(LANGUAGES)


def test_takes_what_is_handed_over_as_received_at_once() -> None:
    told = delivery.received("handed_over", date(2026, 11, 23))
    assert told.day == date(2026, 11, 23)
    assert told.because("fi").startswith("Saatu tiedoksi ma 23.11.2026.")


def test_does_not_move_the_day_of_receipt_off_a_holiday() -> None:
    assert delivery.received("post", date(2026, 12, 18)).day == date(2026, 12, 25)


def test_says_when_the_rule_was_not_in_force() -> None:
    assert not delivery.received("post", date(2003, 12, 31)).in_force
    assert delivery.received("post", date(2004, 1, 1)).in_force
    # The third day came with 924/2010; before it the act had no deemed day for an ordinary message.
    assert not delivery.received("electronic", date(2010, 11, 30)).in_force
    assert delivery.received("electronic", date(2010, 12, 1)).in_force


def test_refuses_an_unknown_way() -> None:
    with pytest.raises(RuleError, match="pigeon"):
        delivery.received("pigeon", date(2026, 11, 23))
