"""The life of an assessment: begun, started, marked ready, taken back, locked, broken off, gone on from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from polku.access.needs import need
from polku.access.permissions import can
from polku.assessments import actions, measures, plans, published, queries, standing
from polku.assessments.asked import BeginForm, CorrectStartForm, GroundForm, StartForm
from polku.assessments.models import Assessment
from polku.assessments.views.asking import Asking, address, asking, go, page, say, say_refused, to_field
from polku.cases.models import Case
from polku.kit.errors import Refused
from polku.kit.localtime import local, local_date


@require_safe
@need("assessments.read")
def of_case(request: HttpRequest, case_id: str) -> HttpResponse:
    """What there is of a case: assessments, plans and measures, and the way to begin."""
    ask = asking(request)
    return page(request, "case.html", _of_case(ask, ask.case(case_id)))


def _of_case(ask: Asking, case: Case, form: BeginForm | None = None) -> dict[str, Any]:
    rows = queries.of_case(case, by=ask.by, at=ask.at)
    open_forms = {row.form.key for row in rows if row.state in ("draft", "ready")}
    versions = [one for one in published.all_in_force(day=local_date(ask.at)) if one.key not in open_forms]
    initial = {"form": versions[0].key} if len(versions) == 1 else {}
    return {
        "title": _("Assessments and plan"),
        "case": case,
        "case_url": address("desk:case", case.public_id),
        "rows": rows,
        "plans": plans.of_case(case, by=ask.by, at=ask.at),
        "measures": measures.of_case(case, by=ask.by, at=ask.at)[:5],
        "may_begin": case.closed_at is None and bool(versions) and can(ask.by, "assessments.begin", case, at=ask.at),
        "form": form or BeginForm(versions=versions, initial=initial),
    }


@require_POST
@need("assessments.begin")
def begin(request: HttpRequest, case_id: str) -> HttpResponse:
    """Open a form for a case."""
    ask = asking(request)
    case = ask.case(case_id)
    form = BeginForm(request.POST, versions=published.all_in_force(day=local_date(ask.at)))
    if form.is_valid():
        try:
            version = published.in_force(form.cleaned_data["form"], day=local_date(ask.at))
            row = actions.begin(case=case, form=version, by=ask.by, at=ask.at, key=ask.key)
            return go("page", row.public_id)
        except Refused as error:
            to_field(form, error)
    return page(request, "case.html", _of_case(ask, case, form), status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@need("assessments.write")
def start(request: HttpRequest, public_id: str) -> HttpResponse:
    """Record the first act of assessing, how and when; or put right what was recorded."""
    ask = asking(request)
    row = ask.assessment(public_id)
    form = _start_form(ask, row)
    if form.is_valid():
        try:
            _start(ask, row, form)
            say(request, _("The beginning is recorded."))
            return go("page", public_id)
        except Refused as error:
            error.field = {"happened_at": "on"}.get(error.field, error.field)
            to_field(form, error)
    if row.started_at is not None:
        return _asked(ask, row, form, title=_("Put the beginning right"), send=_("Put right"))
    return _asked(ask, row, form, title=_("Record the beginning of assessing"), send=_("Record the beginning"))


def _start_form(ask: Asking, row: Assessment) -> StartForm:
    moment = local(row.started_at or ask.at)
    initial = {"on": f"{moment.day}.{moment.month}.{moment.year}", "time": f"{moment:%H.%M}", "how": row.started_how}
    kind = StartForm if row.started_at is None else CorrectStartForm
    return kind(ask.request.POST if ask.request.method == "POST" else None, initial=initial)


def _start(ask: Asking, row: Assessment, form: StartForm) -> None:
    given = {"how": form.cleaned_data["how"], "happened_at": form.happened_at()}
    if row.started_at is None:
        actions.start(assessment=row, by=ask.by, at=ask.at, **given)
    else:
        actions.correct_start(assessment=row, by=ask.by, at=ask.at, reason=form.cleaned_data["reason"], **given)


def _asked(ask: Asking, row: Assessment, form: Any, *, title: str, send: str, text: str = "") -> HttpResponse:
    """Show a page that asks one thing of an assessment; 422 when what was given did not fit."""
    context = {"title": title, "send": send, "text": text, "form": form, "row": row}
    context["facts"] = standing.facts(row, at=ask.at)
    return page(ask.request, "ask.html", context, status=422 if form.errors else 200)


def _done(ask: Asking, public_id: str, act: Callable[[Assessment], object], said: str) -> HttpResponse:
    """Do one thing to an assessment and go back to it; a refusal stands on top, with a way to what is missing."""
    row = ask.assessment(public_id)
    try:
        act(row)
        say(ask.request, said)
    except Refused as error:
        say_refused(ask.request, error)
        if error.code == "missing" or error.field in published.of(row).index:
            return go("section", public_id, error.field.partition(".")[0], part=f"q-{error.field}")
    return go("page", public_id)


@require_POST
@need("assessments.finish")
def ready(request: HttpRequest, public_id: str) -> HttpResponse:
    """Mark an assessment ready."""
    ask = asking(request)
    said = _("The assessment is ready. Lock it when it has been looked through.")
    return _done(ask, public_id, lambda row: actions.ready(assessment=row, by=ask.by, at=ask.at), said)


@require_POST
@need("assessments.finish")
def back(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take a ready assessment back to write on."""
    ask = asking(request)
    said = _("The assessment is open to writing again.")
    return _done(ask, public_id, lambda row: actions.back_to_draft(assessment=row, by=ask.by, at=ask.at), said)


@require_POST
@need("assessments.finish")
def lock(request: HttpRequest, public_id: str) -> HttpResponse:
    """Lock a ready assessment."""
    ask = asking(request)
    said = _("The assessment is locked and completed.")
    return _done(ask, public_id, lambda row: actions.lock(assessment=row, by=ask.by, at=ask.at), said)


@require_http_methods(["GET", "HEAD", "POST"])
@need("assessments.finish")
def break_off(request: HttpRequest, public_id: str) -> HttpResponse:
    """Break an assessment off, with its ground."""
    ask = asking(request)
    row = ask.assessment(public_id)
    form = GroundForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            actions.break_off(assessment=row, ground=form.cleaned_data["ground"], by=ask.by, at=ask.at)
            say(request, _("The assessment was broken off. Its clocks run on."))
            return go("of_case", row.case.public_id)
        except Refused as error:
            to_field(form, error)
    text = _("What has been written stays as it is. The clocks of the law run on.")
    return _asked(ask, row, form, title=_("Break the assessment off"), send=_("Break off"), text=text)


@require_POST
@need("assessments.begin")
def new_version(request: HttpRequest, public_id: str) -> HttpResponse:
    """Go on from a locked assessment in a new version."""
    ask = asking(request)
    row = ask.assessment(public_id)
    try:
        made = actions.new_version(assessment=row, by=ask.by, at=ask.at, key=ask.key)
    except Refused as error:
        if there := error.facts.get("assessment"):
            return go("page", str(there))
        say_refused(request, error)
        return go("page", public_id)
    say(request, _("A new version was begun. What was answered before waits to be checked."))
    return go("page", made.public_id)
