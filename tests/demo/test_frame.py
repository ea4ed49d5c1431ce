"""The line that tells how far the invented county is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils.translation import override

from polku.demo.frame import COUNTED_FOR, Progress

AT = datetime(2026, 11, 24, 7, 6, tzinfo=UTC)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fi", "Keksittyä aluetta tehdään vielä: 0 / 1 200 yhteydenottoa."),
        ("sv", "Det påhittade området skapas ännu: 0 av 1 200 kontakter."),
        ("en", "The invented county is still being made: 0 of 1 200 contacts."),
    ],
)
def test_tell_how_far_the_county_is(language: str, said: str) -> None:
    with override(language):
        assert Progress().line(wanted=1200, at=AT).replace("\xa0", " ") == said


@pytest.mark.django_db
def test_count_seldom_and_never_again_when_it_is_whole(django_assert_num_queries: object) -> None:
    progress = Progress()
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert progress.line(wanted=3, at=AT)
        assert progress.line(wanted=3, at=AT + timedelta(seconds=1))
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert progress.line(wanted=3, at=AT + COUNTED_FOR)
    progress.made = 3
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert progress.line(wanted=3, at=AT + 2 * COUNTED_FOR) == ""
