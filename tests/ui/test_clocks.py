"""A clock's tone and words: the same wherever it stands."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils.translation import override

from polku.ui.clocks import Clock, face

AT = datetime(2026, 11, 24, 7, 12, tzinfo=UTC)  # ti 24.11.2026 klo 9.12


def said(**facts: Any) -> tuple[str, str]:
    """Return tone and line of a clock, in Finnish."""
    with override("fi"):
        clock = face(at=AT, **facts)
        return clock.tone, clock.line.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("facts", "tone", "line"),
    [
        ({"due": AT + timedelta(hours=6, minutes=48)}, "none", "6 h 48 min jäljellä"),
        ({"due": AT + timedelta(hours=3)}, "soon", "3 h jäljellä"),
        ({"due": AT + timedelta(minutes=48)}, "soon", "48 min jäljellä"),
        ({"due": AT + timedelta(minutes=8), "urgent": True}, "late", "8 min jäljellä"),
        ({"due": AT}, "late", "Myöhässä alle 1 min"),
        ({"due": AT - timedelta(minutes=20)}, "late", "Myöhässä 20 min"),
        ({"due": AT - timedelta(hours=17, minutes=12)}, "late", "Myöhässä 17 h"),
        ({"due": AT - timedelta(days=5)}, "late", "Myöhässä 5 päivää"),
        ({"due": AT + timedelta(days=1), "working_days": 1}, "none", "1 arkipäivä jäljellä"),
        ({"due": date(2026, 12, 3), "working_days": 7}, "none", "7 arkipäivää jäljellä"),
        ({"due": date(2027, 2, 5)}, "none", "73 päivää jäljellä"),
        ({"due": date(2026, 11, 26), "soon_days": 14}, "soon", "2 päivää jäljellä"),
        ({"due": date(2026, 11, 24)}, "soon", "Tänään on viimeinen päivä"),
        ({"due": date(2026, 11, 23)}, "late", "Myöhässä 1 päivä"),
        ({"due": date(2026, 11, 23), "met": True}, "met", "Täyttyi"),
        ({"due": None, "waiting": True}, "hold", "Odottaa"),
        ({"due": None}, "noday", "Ei määräpäivää"),
    ],
)
def test_tell_how_much_is_left_and_how_loudly(facts: dict[str, Any], tone: str, line: str) -> None:
    assert said(**facts) == (tone, line)


def test_keep_amber_for_today_and_never_for_a_clock_of_another_day() -> None:
    midnight = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)  # ke 25.11. klo 0.30
    with override("fi"):
        assert face(at=midnight - timedelta(hours=2), due=midnight, working_days=1).tone == "none"


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_tell_a_late_clock_the_other_way_round_in_every_language(language: str) -> None:
    with override(language):
        late = face(at=AT, due=AT - timedelta(hours=2)).line.replace("\u00a0", " ")
        assert late == {"fi": "Myöhässä 2 h", "sv": "Försenat 2 h", "en": "Late 2 h"}[language]


def test_give_an_icon_only_where_there_is_colour() -> None:
    assert not Clock("none", "7 arkipäivää").colour
    assert {Clock(tone, "").icon for tone in ("soon", "late", "met", "hold")} == {
        "clock", "exclamation-fill", "check-circle", "pause",
    }  # fmt: skip
