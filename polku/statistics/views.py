"""The manager's page: is the promise kept; with the same figures as CSV."""

from __future__ import annotations

import csv

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from polku.access.needs import need
from polku.statistics import policy as _policy  # noqa: F401 - declares who may
from polku.statistics import queries
from polku.statistics.forms import ReportForm
from polku.statistics.measures import GOAL, MEASURES
from polku.statistics.shapes import band, line, meter, tabs


@need("statistics.read")
@require_GET
def promise(request: HttpRequest) -> HttpResponse:
    """Show a measure of the last weeks."""
    form = ReportForm(request.GET or None)
    measure, weeks, unit = form.chosen()
    found = queries.overview(measure, weeks=weeks, at=request.at, unit=unit)  # type: ignore[attr-defined]
    report = found.report
    context = {
        "title": _("Do we keep our promise?"),
        "form": form,
        "report": report,
        "goal": GOAL,
        "clock": band(found.waiting, at=request.at),  # type: ignore[attr-defined]
        "waiting": found.waiting,
        "line": line(report),
        "meter": meter(report),
        "tabs": tabs(report, form),
        "measures": MEASURES.values(),
        "missing": found.missing,
        "csv": form.address("statistics:csv"),
    }
    return render(request, "statistics/promise.html", context)


@need("statistics.read")
@require_GET
def as_csv(request: HttpRequest) -> HttpResponse:
    """The same figures as a table for a spreadsheet, with the definition on the first line."""
    measure, weeks, unit = ReportForm(request.GET or None).chosen()
    report = queries.report(measure, weeks=weeks, at=request.at, unit=unit)  # type: ignore[attr-defined]
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="polku-{measure.key}.csv"'
    # Spreadsheets read å ä ö right only with the mark at the beginning.
    answer.write("\ufeff")
    write = csv.writer(answer, delimiter=";")
    write.writerow([str(measure.name), str(measure.definition)])
    write.writerow([_("Group"), _("Name"), _("All"), _("In time"), _("Late"), str(measure.unserved)])
    for week in report.weeks:
        tally = week.tally
        write.writerow([_("Week"), week.monday.isoformat(), tally.total, tally.kept, tally.late, tally.unserved])
    for part in report.breakdowns:
        for row in part.rows:
            tally = row.tally
            figures = ["", "", "", ""] if row.hidden else [tally.total, tally.kept, tally.late, tally.unserved]
            write.writerow([part.heading, _safe(row.name), *figures])
    return answer


def _safe(text: str) -> str:
    """Keep a spreadsheet from taking a name for a formula."""
    return f"'{text}" if text[:1] in "=+-@" else text
