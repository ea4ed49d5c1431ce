"""Urgency from ticked criteria."""

from datetime import date

import pytest

from polku.rules import urgency
from polku.rules.errors import RuleError

DAY = date(2026, 11, 24)
KEYS = ["life_or_health", "no_food_or_medicine", "no_place_tonight", "violence", "care_missing"]


@pytest.mark.parametrize("key", KEYS)
def test_is_urgent_by_any_one_criterion(key: str) -> None:
    told = urgency.assess([key], DAY)
    assert told.urgent
    assert told.section == "36 § 1 mom."
    words = {c["key"]: c for c in urgency.criteria(DAY)}[key]
    for lang in ("fi", "sv", "en"):
        assert words[lang] in told.because(lang)


def test_is_not_urgent_when_none_is_met() -> None:
    told = urgency.assess(["none"], DAY)
    assert not told.urgent
    assert told.criteria == ()
    assert "Ei kiireellinen" in told.because("fi")


def test_cites_the_child_welfare_act_for_child_protection() -> None:
    told = urgency.assess(["violence"], DAY, child_protection=True)
    assert (told.act, told.section) == ("Lastensuojelulaki 417/2007", "26 § 2 mom.")


def test_keeps_criteria_in_their_order() -> None:
    assert urgency.assess(["violence", "life_or_health"], DAY).criteria == ("life_or_health", "violence")
    assert [c["key"] for c in urgency.criteria(DAY)] == [*KEYS, "none"]
    assert urgency.alarm_minutes(DAY) == 30


@pytest.mark.parametrize("ticked", [[], ["none", "violence"], ["hunger"]])
def test_refuses_what_cannot_be_meant(ticked: list[str]) -> None:
    with pytest.raises(RuleError):
        urgency.assess(ticked, DAY)
