"""Dates, times, durations and numbers as people read them, in three languages."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils.translation import override

from polku.ui import words

TUESDAY = datetime(2026, 12, 1, 11, 15, tzinfo=UTC)


def plain(text: str) -> str:
    """Return the text with ordinary spaces, to be compared with what is typed here."""
    return text.replace(words.NBSP, " ")


@pytest.fixture(params=["fi", "sv", "en"])
def lang(request: pytest.FixtureRequest) -> Iterator[str]:
    with override(request.param):
        yield request.param


@pytest.mark.parametrize(
    ("say", "fi", "sv", "en"),
    [
        (words.day, "ti 1.12.2026", "ti 1.12.2026", "Tue 1 Dec 2026"),
        (words.short_day, "ti 1.12.", "ti 1.12.", "Tue 1 Dec"),
        (words.long_day, "tiistai 1.12.2026", "tisdag 1.12.2026", "Tuesday 1 December 2026"),
        (words.bare_day, "1.12.2026", "1.12.2026", "1 Dec 2026"),
        (words.clock_time, "klo 13.15", "kl. 13.15", "13.15"),
        (words.moment, "ti 1.12.2026 klo 13.15", "ti 1.12.2026 kl. 13.15", "Tue 1 Dec 2026 at 13.15"),
        (words.short_moment, "ti 1.12. klo 13.15", "ti 1.12. kl. 13.15", "Tue 1 Dec at 13.15"),
        (words.weekday_as, "tiistaina", "på tisdag", "on Tuesday"),
    ],
)
def test_say_a_moment_as_its_language_does(lang: str, say: Callable[[Any], str], fi: str, sv: str, en: str) -> None:
    assert plain(say(TUESDAY)) == {"fi": fi, "sv": sv, "en": en}[lang]
    assert say(None) == ""


def test_name_every_weekday_of_a_week(lang: str) -> None:
    monday = date(2026, 11, 23)
    short = [words.weekday(monday + timedelta(days=i)) for i in range(7)]
    whole = [words.weekday_name(monday + timedelta(days=i)) for i in range(7)]
    assert len(set(short)) == len(set(whole)) == 7
    assert short[0] == {"fi": "ma", "sv": "må", "en": "Mon"}[lang]
    assert whole[6] == {"fi": "sunnuntai", "sv": "söndag", "en": "Sunday"}[lang]


def test_show_moments_in_finnish_time_over_midnight_and_the_clock_change() -> None:
    with override("fi"):
        assert plain(words.moment(datetime(2026, 11, 30, 22, 5, tzinfo=UTC))) == "ti 1.12.2026 klo 0.05"
        assert plain(words.moment(datetime(2027, 10, 31, 0, 30, tzinfo=UTC))) == "su 31.10.2027 klo 3.30"
        assert plain(words.moment(datetime(2027, 10, 31, 1, 30, tzinfo=UTC))) == "su 31.10.2027 klo 3.30"


def test_never_break_a_line_inside_a_day_or_a_time() -> None:
    with override("fi"):
        assert words.moment(TUESDAY).count(" ") == 1
        assert " " not in words.working_days(7) + words.percent(0.94) + words.nbsp("SHL 36 §")


def test_say_today_and_tomorrow_by_the_finnish_day() -> None:
    late = datetime(2026, 11, 30, 21, 30, tzinfo=UTC)
    with override("fi"):
        assert plain(words.near_moment(late, at=late)) == "tänään klo 23.30"
        assert plain(words.near_moment(late + timedelta(hours=1), at=late)) == "huomenna klo 0.30"
        assert plain(words.near_moment(late + timedelta(days=3), at=late)) == "to 3.12. klo 23.30"
        assert plain(words.near_moment(late + timedelta(days=300), at=late)) == "ma 27.9.2027 klo 0.30"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "alle 1 min"),
        (59, "alle 1 min"),
        (60, "1 min"),
        (48 * 60 + 59, "48 min"),
        (7800, "2 h 10 min"),
        (7200, "2 h"),
        (-7800, "2 h 10 min"),
        (47 * 3600 + 59 * 60, "47 h 59 min"),
        (48 * 3600, "2 päivää"),
    ],
)
def test_say_a_duration_in_the_two_largest_units(seconds: int, said: str) -> None:
    with override("fi"):
        assert plain(words.duration(timedelta(seconds=seconds))) == said
        assert plain(words.duration(seconds)) == said


@pytest.mark.parametrize(("seconds", "said"), [(252, "4 min 12 s"), (12, "12 s"), (0, "0 s"), (3600, "1 h")])
def test_say_a_running_time_with_its_seconds(seconds: int, said: str) -> None:
    with override("fi"):
        assert plain(words.ticking(seconds)) == said


def test_count_days_in_words(lang: str) -> None:
    one = {"fi": "1 arkipäivä", "sv": "1 vardag", "en": "1 working day"}[lang]
    many = {"fi": "7 arkipäivää", "sv": "7 vardagar", "en": "7 working days"}[lang]
    assert [plain(words.working_days(n)) for n in (1, 7)] == [one, many]
    assert plain(words.days(73)) == {"fi": "73 päivää", "sv": "73 dagar", "en": "73 days"}[lang]
    assert words.working_days(None) == ""


def test_write_numbers_as_the_language_does(lang: str) -> None:
    assert plain(words.number(1_234_567)) == "1 234 567"
    assert words.number(7.4) == ("7.4" if lang == "en" else "7,4")
    assert words.number(-3) == "\u22123"
    assert plain(words.percent(0.94)) == ("94%" if lang == "en" else "94 %")


@pytest.mark.parametrize(("share", "said"), [(0.9999, "99 %"), (1.0, "100 %"), (0.29, "29 %"), (0.0, "0 %")])
def test_round_a_share_down_so_that_all_means_all(share: float, said: str) -> None:
    with override("fi"):
        assert plain(words.percent(share)) == said


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        (199 / 200, "99,5 %"),
        (1999 / 2000, "99,9 %"),
        (1.0, "100 %"),
        (0.0, "0 %"),
        (19 / 20, "95,0 %"),
        (0.9499, "94,9 %"),
    ],
)
def test_tell_a_share_by_tenths_so_that_nothing_missed_is_rounded_away(kept: float, said: str) -> None:
    with override("fi"):
        assert plain(words.share(kept)) == said


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("+358440001942", "044 000 1942"),
        ("044 0001942", "044 000 1942"),
        ("+35891234567", "09 123 4567"),
        ("+46701234567", "+46 70 123 45 67"),
        ("kysy sisarelta", "kysy sisarelta"),
        ("", ""),
    ],
)
def test_group_a_phone_number_for_reading(stored: str, shown: str) -> None:
    assert plain(words.phone(stored)) == shown


def test_name_a_person_known_or_not() -> None:
    with override("fi"):
        assert words.person(SimpleNamespace(first_names="Raija Helena", family_name="Koskimäki")) == (
            "Raija Helena Koskimäki"
        )
        assert words.person({"given": "Olena", "family": "Ševtšuk"}) == "Olena Ševtšuk"
        assert words.person(SimpleNamespace(first_names="", family_name="")) == "Nimi ei tiedossa"
        assert words.person("") == "Nimi ei tiedossa"


def test_refuse_the_time_of_day_of_a_mere_date() -> None:
    with pytest.raises(TypeError):
        words.digits(date(2026, 12, 1))  # type: ignore[arg-type]
