"""What the reader of the figures may choose."""

from __future__ import annotations

from django.utils.translation import override

from polku.statistics.forms import ReportForm


def test_name_the_periods_in_the_language_of_each_reader(db: None) -> None:
    names = []
    for language in ("fi", "sv", "en"):
        with override(language):
            names.append(str(dict(ReportForm().fields["weeks"].choices)[12]))  # type: ignore[attr-defined]
    assert names == ["12 viikkoa", "12 veckor", "12 weeks"]
