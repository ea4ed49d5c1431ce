"""The client plan: begun, written as it is spoken, confirmed with the client, judged, ended."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from polku.access.needs import need
from polku.access.permissions import can
from polku.access.queries import codes
from polku.assessments import planning, plans
from polku.assessments.asked import GroundForm
from polku.assessments.models import Goal, Plan
from polku.assessments.planning import PlanForm
from polku.assessments.plans import SERVICES
from polku.assessments.states import Attained, PlanState
from polku.assessments.views.asking import Asking, address, asking, go, page, say, say_refused, to_field, wants_json
from polku.cases.models import Case
from polku.clients.queries import root
from polku.kit.errors import Conflict, NotFound, Refused
from polku.kit.localtime import local_date
from polku.ui import words


@require_safe
@need("assessments.read")
def index(request: HttpRequest, case_id: str) -> HttpResponse:
    """The case's plans, and the way to begin one."""
    ask = asking(request)
    case = ask.case(case_id)
    context = {"title": _("Client plan"), "case": case, "facts": words.person(root(case.client))}
    context |= {"rows": plans.of_case(case, by=ask.by, at=ask.at), "drafted": plans.drafted(case)}
    context["may_plan"] = case.closed_at is None and can(ask.by, "assessments.plan", case, at=ask.at)
    return page(request, "plans.html", context)


@require_POST
@need("assessments.plan")
def begin(request: HttpRequest, case_id: str) -> HttpResponse:
    """Begin a plan, or its next version; where one is being written, go there."""
    ask = asking(request)
    case = ask.case(case_id)
    try:
        made = plans.draft(case=case, by=ask.by, at=ask.at, key=ask.key)
    except Refused as error:
        if there := error.facts.get("plan"):
            return go("plan", str(there))
        say_refused(request, error)
        return go("plans", case_id)
    return go("plan", made.public_id)


def _plan(ask: Asking, public_id: str) -> Plan:
    row = plans.get(public_id, by=ask.by, at=ask.at)
    ask.saw("plan", [row.case.client_id], subject=row.public_id)
    return row


@require_safe
@need("assessments.read")
def plan(request: HttpRequest, plan_id: str) -> HttpResponse:
    """A plan: being written, or as it stands."""
    ask = asking(request)
    return page(request, *_page(ask, _plan(ask, plan_id)))


def _page(ask: Asking, row: Plan, form: PlanForm | None = None) -> tuple[str, dict[str, Any]]:
    case: Case = row.case
    may = can(ask.by, "assessments.plan", case, at=ask.at)
    context: dict[str, Any] = {"plan": row, "case": case, "may_plan": may, "facts": words.person(root(case.client))}
    context["case_url"] = address("desk:case", case.public_id)
    if row.state == PlanState.DRAFT and may:
        context["form"] = form or planning.form_of(row, day=local_date(ask.at))
        return "plan_form.html", {**context, "title": _("Make the client plan")}
    names = {one.key: one for one in codes(SERVICES, day=local_date(ask.at))}
    context["services"] = [(one, names.get(one.service)) for one in plans.services(row)]
    context |= {"goals": plans.goals(row), "ways": Attained.choices[1:], "title": _("Client plan")}
    return "plan.html", context


@require_POST
@need("assessments.plan")
def save(request: HttpRequest, plan_id: str) -> HttpResponse:
    """Save a draft, as it is written or by its buttons; `confirm` brings it into force."""
    ask = asking(request)
    row = _plan(ask, plan_id)
    form = planning.sent(request.POST, day=local_date(ask.at))
    if form.is_valid():
        try:
            return _kept(ask, row, form)
        except Refused as error:
            if wants_json(request) and isinstance(error, Conflict):
                return JsonResponse(_theirs(row), status=409)
            error.field = {"goals": "goal_0", "services": "service_0"}.get(error.field, error.field)
            to_field(form, error)
    if wants_json(request):
        return JsonResponse(
            {"errors": {name: [str(one) for one in told] for name, told in form.errors.items()}}, status=422
        )
    template, context = _page(ask, row, form)
    return page(request, template, context, status=422)


def _kept(ask: Asking, row: Plan, form: PlanForm) -> HttpResponse:
    edit = ask.request.POST.get("version", "0")
    saved = plans.save(
        plan=row,
        edit=int(edit) if edit.isdecimal() and len(edit) < 9 else 0,
        content=form.content(),
        by=ask.by,
        at=ask.at,
    )
    if wants_json(ask.request):
        return JsonResponse({"version": saved.edit, "saved_at": words.clock_time(ask.at, seconds=True)})
    if "confirm" in ask.request.POST:
        plans.confirm(plan=saved, by=ask.by, at=ask.at)
        say(ask.request, _("The plan is in force."))
    return go("plan", row.public_id)


def _theirs(row: Plan) -> dict[str, Any]:
    """Return what stands now, for the page to show beside what was written."""
    texts = {name: getattr(row, name) for name in plans.TEXTS}
    return {"version": row.edit, "by": "", "at": "", "theirs": texts}


@require_http_methods(["GET", "HEAD", "POST"])
@need("assessments.plan")
def end(request: HttpRequest, plan_id: str) -> HttpResponse:
    """End the plan in force, with its ground."""
    ask = asking(request)
    row = _plan(ask, plan_id)
    form = GroundForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            plans.end(plan=row, ground=form.cleaned_data["ground"], by=ask.by, at=ask.at)
            say(request, _("The plan has ended."))
            return go("plan", plan_id)
        except Refused as error:
            to_field(form, error)
    context = {"title": _("End the plan"), "form": form, "plan": row, "facts": words.person(root(row.case.client))}
    return page(request, "plan_end.html", context, status=422 if form.errors else 200)


@require_POST
@need("assessments.plan")
def discard(request: HttpRequest, plan_id: str) -> HttpResponse:
    """Throw a draft away."""
    ask = asking(request)
    row = _plan(ask, plan_id)
    try:
        plans.discard(plan=row, by=ask.by, at=ask.at)
        say(request, _("The draft was discarded."))
    except Refused as error:
        say_refused(request, error)
    return go("plans", row.case.public_id)


@require_POST
@need("assessments.plan")
def judge(request: HttpRequest, plan_id: str, goal_id: str) -> HttpResponse:
    """Judge with the client how a goal was attained."""
    ask = asking(request)
    row = _plan(ask, plan_id)
    goal = Goal.objects.filter(plan=row, public_id=goal_id).select_related("plan__case").first()
    if goal is None:
        raise NotFound("no_goal", _("There is no such goal."))
    try:
        attained, note = request.POST.get("attained", ""), request.POST.get("note", "")
        plans.judge(goal=goal, attained=attained, note=note, by=ask.by, at=ask.at)
        say(request, _("Written down."))
    except Refused as error:
        say_refused(request, error)
    return go("plan", plan_id)
