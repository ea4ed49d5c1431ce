"""Measures of a case: which instruments there are, one recorded, its trend with the table, what safety asks."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from polku.access.needs import need
from polku.access.permissions import can
from polku.assessments import measures, queries
from polku.assessments.asked import MeasureForm, ReasonForm, SafetyForm
from polku.assessments.charting import chart
from polku.assessments.published import words
from polku.assessments.states import AssessmentState
from polku.assessments.views.asking import Asking, asking, go, page, say, say_refused, to_field
from polku.cases.models import Case
from polku.clients.queries import root
from polku.kit.errors import NotFound, Refused
from polku.kit.localtime import local_date
from polku.rules import instruments
from polku.rules.instruments import Instrument
from polku.ui.words import person


@require_safe
@need("assessments.read")
def index(request: HttpRequest, case_id: str) -> HttpResponse:
    """The instruments, and the results so far."""
    ask = asking(request)
    case = ask.case(case_id)
    language = queries.language()
    known = [(key, words(one.name, language), words(one.measures, language)) for key, one in _usable().items()]
    context = {"title": _("Measures"), "case": case, "facts": person(root(case.client)), "instruments": known}
    context["rows"] = measures.of_case(case, by=ask.by, at=ask.at)
    return page(request, "measures.html", context)


def _usable() -> dict[str, Instrument]:
    return {key: one for key, one in instruments.instruments().items() if one.entry}


def _instrument(key: str) -> Instrument:
    found = _usable().get(key)
    if found is None:
        raise NotFound("unknown_instrument", _("There is no such instrument."))
    return found


@require_safe
@need("assessments.read")
def instrument(request: HttpRequest, case_id: str, key: str) -> HttpResponse:
    """One instrument: a new result, and those in time."""
    ask = asking(request)
    return page(request, "measure.html", _context(ask, ask.case(case_id), _instrument(key)))


def _context(
    ask: Asking, case: Case, found: Instrument, form: MeasureForm | None = None, safety: SafetyForm | None = None
) -> dict[str, Any]:
    trend = measures.trend(case, found.key, by=ask.by, at=ask.at)
    today = local_date(ask.at)
    initial = {"done_on": f"{today.day}.{today.month}.{today.year}"}
    way = _way(ask, found)
    return {
        "title": trend.name,
        "facts": person(root(case.client)),
        "case": case,
        "instrument": found,
        "licence": words(found.licence, queries.language()),
        "trend": trend,
        "chart": chart(trend) if len(trend.points) > 1 else None,
        "form": form or MeasureForm(measure=found, by_items=way == "items", initial=initial),
        "way": way,
        "other_way": next((one for one in found.entry if one != way), ""),
        "may_record": can(ask.by, "assessments.measure", case, at=ask.at),
        "prompted": [row for row in reversed(trend.rows) if row.prompts],
        "safety": safety or SafetyForm(),
        "reason": ReasonForm(prefix="withdraw"),
    }


def _way(ask: Asking, found: Instrument) -> str:
    """Return how the result is given: as asked for, else the first way that the instrument has."""
    asked = ask.request.GET.get("way", "")
    return asked if asked in found.entry else found.entry[0]


@require_POST
@need("assessments.measure")
def record(request: HttpRequest, case_id: str, key: str) -> HttpResponse:
    """Record a result."""
    ask = asking(request)
    case, found = ask.case(case_id), _instrument(key)
    form = MeasureForm(request.POST, measure=found, by_items=_way(ask, found) == "items")
    if not form.is_valid():
        return page(request, "measure.html", _context(ask, case, found, form), status=422)
    try:
        made = measures.record(
            case=case, instrument=found.key, done_on=form.cleaned_data["done_on"], by=ask.by, at=ask.at, key=ask.key,
            assessment=_being_written(ask, case), **form.given(),
        )  # fmt: skip
    except Refused as error:
        to_field(form, error)
        return page(request, "measure.html", _context(ask, case, found, form), status=422)
    say(request, _("The result is recorded."))
    return go("instrument", case_id, key, part="safety" if made.safety else "results")


def _being_written(ask: Asking, case: Case) -> Any:
    """Return the case's assessment that is being written: the result belongs to it."""
    rows = queries.of_case(case, by=ask.by, at=ask.at)
    return next((row for row in rows if row.state == AssessmentState.DRAFT and can(
        ask.by, "assessments.write", row, at=ask.at
    )), None)  # fmt: skip


@require_POST
@need("assessments.measure")
def safety(request: HttpRequest, measure_id: str) -> HttpResponse:
    """Write what was done about what the safety item told."""
    ask = asking(request)
    row = measures.get(measure_id, by=ask.by, at=ask.at)
    form = SafetyForm(request.POST)
    if form.is_valid():
        try:
            measures.see_safety(measure=row, note=form.cleaned_data["safety_note"], by=ask.by, at=ask.at)
            say(request, _("What was agreed about safety is written down."))
            return go("instrument", row.case.public_id, row.instrument, part="results")
        except Refused as error:
            to_field(form, error)
    case = ask.case(row.case.public_id)
    return page(request, "measure.html", _context(ask, case, _instrument(row.instrument), safety=form), status=422)


@require_POST
@need("assessments.measure")
def withdraw(request: HttpRequest, measure_id: str) -> HttpResponse:
    """Withdraw a result recorded by mistake, with the reason."""
    ask = asking(request)
    row = measures.get(measure_id, by=ask.by, at=ask.at)
    try:
        reason = request.POST.get("withdraw-reason", "")
        measures.withdraw(measure=row, reason=reason, by=ask.by, at=ask.at)
        say(request, _("The result is withdrawn. It stays to be seen with its reason."))
    except Refused as error:
        say_refused(request, error)
    return go("instrument", row.case.public_id, row.instrument, part="results")
