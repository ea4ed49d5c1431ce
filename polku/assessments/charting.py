"""An instrument's results in time as a line."""

from __future__ import annotations

from math import ceil

from django.utils.translation import gettext as _

from polku.assessments.measures import Trend
from polku.ui import words
from polku.ui.charts import Line, Point

# The chart draws shares of one and writes them as hundredths: a result is drawn as so many hundredths.
_HUNDREDTH = 100
_LINES = 4


def chart(trend: Trend) -> Line:
    """Return the results as a line between the lowest and the highest that the instrument can give."""
    low = float(trend.lowest)
    # So high that each of the four lines stands at a whole number.
    high = low + _LINES * ceil((float(trend.highest) - low) / _LINES)
    first, last = trend.points[0], trend.points[-1]
    return Line(
        title=_("%(name)s: results in time") % {"name": trend.name},
        description=_("From %(first)s on %(first_day)s to %(last)s on %(last_day)s; every result is in the table.")
        % {
            "first": first.text,
            "first_day": words.day(first.day),
            "last": last.text,
            "last_day": words.day(last.day),
        },
        points=[Point(f"{one.day.day}.{one.day.month}.", float(one.total) / _HUNDREDTH) for one in trend.points],
        low=low / _HUNDREDTH,
        high=high / _HUNDREDTH,
        last_text=last.text,
    )
