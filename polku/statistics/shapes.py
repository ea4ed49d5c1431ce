"""A report in the shapes of the components: chart, meter, band, tabs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from polku.statistics.forms import ReportForm
from polku.statistics.measures import GOAL, MEASURES
from polku.statistics.queries import Report, Waiting
from polku.ui import clocks
from polku.ui.charts import Line, Meter, Part, Point
from polku.ui.words import percent, share


@dataclass(frozen=True, slots=True)
class Tab:
    """A measure's tab."""

    label: str
    url: str
    current: bool


def tabs(report: Report, form: ReportForm) -> list[Tab]:
    """Return a tab for each measure."""
    return [
        Tab(str(measure.name), form.address("statistics:promise", measure=measure.key), measure == report.measure)
        for measure in MEASURES.values()
    ]


def band(waiting: Waiting, *, at: datetime) -> clocks.Clock | None:
    """Return the clock of what waits for an answer today."""
    if waiting.due is None:
        return None
    what = ngettext(
        "%(count)s contact waits for an answer", "%(count)s contacts wait for an answer", waiting.count
    ) % {"count": waiting.count}  # fmt: skip
    return clocks.face(at=at, due=waiting.due, what=what)


def line(report: Report) -> Line:
    """Return the chart of kept shares by week; the running week is left out until it is ripe."""
    rows = [week for week in report.weeks if week.ripe]
    shares = [week.tally.share for week in rows if week.tally.share is not None]
    low = min([0.6, *(int(share * 10) / 10 for share in shares)])
    last = next((week for week in reversed(rows) if week.tally.share is not None), None)
    last_text = (
        _("Week %(number)s: %(share)s") % {"number": last.number, "share": share(last.tally.share)}
        if last and last.tally.share is not None
        else ""
    )
    return Line(
        title=str(report.measure.name),
        description=_("Share kept by week of arrival, with the goal %(goal)s.") % {"goal": percent(GOAL)},
        points=[Point(label=str(week.number), value=week.tally.share) for week in rows],
        target=GOAL,
        target_text=_("Goal %(goal)s") % {"goal": percent(GOAL)},
        low=low,
        last_text=last_text,
    )


def meter(report: Report) -> Meter:
    """Return the whole period as a bar: in time, late, not served."""
    whole = report.whole
    return Meter(
        share=whole.share,
        text=str(report.measure.name),
        target=GOAL,
        target_text=_("goal %(goal)s") % {"goal": percent(GOAL)},
        parts=(
            Part(_("in time"), whole.kept, "ok"),
            Part(_("late"), whole.late, "late"),
            Part(str(report.measure.unserved).lower(), whole.unserved, "missing"),
        ),
    )
