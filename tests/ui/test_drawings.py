"""The map of free times, the path, the meter and the charts: places and words are right before anything is drawn."""

from datetime import date
from itertools import pairwise

import pytest
from django.utils.translation import override

from polku.ui import charts, heat
from polku.ui.path import Path, Step

DAYS = heat.weekdays(date(2026, 11, 24), 14)
LIMIT = date(2026, 12, 3)


def build(counts: str, limit: date | None = LIMIT) -> heat.Heat:
    """Return a map of one worker; a cross is a day away."""
    cells = [heat.Cell(0, away=True) if sign == "x" else heat.Cell(int(sign)) for sign in counts]
    with override("fi"):
        return heat.build(days=DAYS, rows=[heat.Row("Ahonen Riikka", "sosiaaliohjaaja", cells)], limit=limit)


def test_take_the_colour_away_after_the_promised_day() -> None:
    kinds = [cell.kind for cell in build("12345xx0111111").rows[0].cells]
    assert kinds[:4] == ["level-1", "level-2", "level-3", "level-3"]
    assert [i for i, kind in enumerate(kinds) if "after" in kind.split()] == list(range(8, 14))
    assert kinds[8].split() == ["level-1", "after", "first-after"]


def test_draw_the_line_once_between_the_last_promised_day_and_the_next() -> None:
    drawn = build("00000000000000")
    assert [day.number for day in drawn.days if "first-after" in day.classes] == ["4."]
    assert (drawn.flag_before, drawn.flag_after) == (10, 6)
    assert drawn.limit_text.replace("\u00a0", " ") == "Viimeistään to 3.12."


def test_draw_no_line_when_every_day_keeps_the_promise() -> None:
    drawn = build("00000000000000", date(2026, 12, 31))
    assert drawn.flag_before is None
    assert not any("after" in day.classes for day in drawn.days)


def test_name_each_week_once_and_give_every_day_a_column() -> None:
    drawn = build("00000000000000")
    assert [week.label for week in drawn.weeks] == ["Vk 48, 24.–27.11.", "Vk 49, 30.11.–4.12.", "", "Vk 50, 7.–11.12."]
    assert sum(week.span for week in drawn.weeks) == len(DAYS)


def test_name_a_week_by_its_number_where_the_line_leaves_it_two_days() -> None:
    drawn = build("00000000000000", date(2026, 12, 1))
    assert [week.label for week in drawn.weeks][1] == "Vk\u00a049"


def test_tell_readers_what_a_cell_means() -> None:
    said = [cell.words for cell in build("1x200000010000").rows[0].cells]
    assert said[:4] == ["vapaa aika", "poissa", "vapaata aikaa", ""]
    assert said[9] == "vapaa aika, luvatun päivän jälkeen"


def test_sum_the_days_and_refuse_a_row_that_does_not_fit() -> None:
    assert [total.count for total in build("1x200000010000").totals] == [1, 0, 2, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]
    with pytest.raises(ValueError, match="13 cells for 14 days"):
        build("0000000000000")


def test_put_the_steps_of_a_path_in_even_columns() -> None:
    states = ("done", "done", "now", "next")
    path = Path("Polku", [Step(state, "", state) for state in states])  # type: ignore[arg-type]
    assert [mark.at for mark in path.marks] == ["12.500%", "37.500%", "62.500%", "87.500%"]
    assert [mark.line for mark in path.marks] == [False, True, True, True]
    with override("fi"):
        assert path.description == "2 vaihetta 4 vaiheesta tehty, nyt: now."


def test_fill_a_meter_exactly() -> None:
    parts = [charts.Part("ajoissa", 176, "ok"), charts.Part("myöhässä", 9, "late"), charts.Part("ei", 0, "missing")]
    meter = charts.Meter(176 / 185, "", 0.95, "", parts)
    assert sum(float(bar.width.rstrip("%")) for bar in meter.bars) == pytest.approx(100, abs=0.02)
    assert len(meter.bars) == 2
    assert meter.gaps == [meter.bars[1].x]


def test_tell_the_same_share_in_the_meter_as_its_bar_draws() -> None:
    meter = charts.Meter(199 / 200, "", 0.95, "", [charts.Part("ajoissa", 199, "ok"), charts.Part("ei", 1, "missing")])
    with override("fi"):
        assert meter.shown.replace("\xa0", " ") == "99,5 %"
    assert [bar.width for bar in meter.bars] == ["99.50%", "0.50%"]


def test_show_a_meter_without_anything_to_count() -> None:
    meter = charts.Meter(None, "", 0.95, "", [charts.Part("ajoissa", 0, "ok")])
    assert (meter.shown, meter.bars) == ("–", [])


def line(*values: float | None) -> charts.Line:
    """Return a chart of weeks with the values."""
    return charts.Line("t", "d", [charts.Point(str(i), value) for i, value in enumerate(values)], 0.95, low=0.6)


def test_keep_a_line_inside_its_drawing_even_when_a_value_is_off_the_scale() -> None:
    dots = line(0.2, 0.94, 1.0).dots
    assert all(0 <= float(dot.x) <= charts.WIDTH and 0 <= float(dot.y) <= charts.HEIGHT for dot in dots)
    assert all(float(a.x) < float(b.x) for a, b in pairwise(dots))


def test_break_a_line_where_a_value_is_missing() -> None:
    assert line(0.9, None, 0.8, 0.7).known.count("M") == 2
    assert line(None, None).known == ""


def test_begin_a_forecast_at_the_last_known_value() -> None:
    points = [charts.Point("1", 0.9), charts.Point("2", 0.8), charts.Point("3", 0.7, 0.6, 0.8, forecast=True)]
    chart = charts.Line("t", "d", points)
    assert chart.ahead.split("L")[0].strip("M ") == chart.known.split("L")[1].strip()
    assert chart.band.startswith("M" + chart.known.split("L")[1].strip())
    assert len(chart.dots) == 2


def test_scale_bars_to_the_longest() -> None:
    bars = charts.Bars("t", "d", [charts.Amount("a", 50), charts.Amount("b", 100), charts.Amount("c", 0)]).bars
    assert [float(bar.width) for bar in bars] == [216.0, 432.0, 0.0]
    assert charts.Bars("t", "d", []).bars == []
