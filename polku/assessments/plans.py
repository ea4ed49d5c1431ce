"""The client plan (asiakassuunnitelma, 1301/2014 39 §): drafted, confirmed with the client, reviewed, replaced."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F, Max, QuerySet
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor, Unit
from polku.access.permissions import require, visible_to
from polku.access.queries import codes
from polku.acting import action
from polku.assessments import moves, queries
from polku.assessments import policy as _policy  # noqa: F401 - declares who may
from polku.assessments.models import Assessment, Goal, Plan, PlannedService
from polku.assessments.states import PLAN_TRANSITIONS, Agreement, AssessmentState, Attained, PlanState
from polku.cases import actions as cases
from polku.cases.models import Case
from polku.kit.errors import Conflict, Invalid, NotFound
from polku.kit.localtime import local_date
from polku.storing import insert, insert_all

# The plan's own texts (39.2 §); the estimates of need are the assessment's.
TEXTS = (
    "situation", "strengths", "environment", "client_proposal", "cooperation", "meetings", "follow_up", "duration",
    "differing_view",
)  # fmt: skip
SERVICES = "service"
_TEXT_AT_MOST = 20_000
_ROWS_AT_MOST = 50
_SLUG = re.compile(r"[-a-zA-Z0-9_]{1,60}")


@dataclass(frozen=True, slots=True)
class GoalText:
    """A goal as written: what is aimed at, and by what means."""

    text: str
    means: str = ""


@dataclass(frozen=True, slots=True)
class ServiceText:
    """A service as written: its key in the code set `service`, from when, how long, who answers for it."""

    service: str
    responsible: str
    begins: date | None = None
    duration: str = ""
    unit: Unit | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """What a draft is to hold after a save; None leaves what stands.

    `texts` are those named in `TEXTS`; `goals` and `services` take the place of all that there were.
    """

    texts: Mapping[str, str] | None = None
    goals: Sequence[GoalText] | None = None
    services: Sequence[ServiceText] | None = None
    rights_told: bool | None = None
    agreement: str | None = None
    review_on: date | None = None


# --- Reading --------------------------------------------------------------------------------------------------------


def visible(by: Actor, *, at: datetime) -> QuerySet[Plan]:
    """Return the plans that the actor may read now."""
    rows = Plan.objects.select_related("case__client", "case__unit", "assessment__form", "confirmed_by", "created_by")
    return visible_to(by, "assessments.read", rows.defer("assessment__form__content"), at=at)


def get(public_id: str, *, by: Actor, at: datetime) -> Plan:
    """Return a plan that the actor may read.

    Raises:
        NotFound: it is not there, or not the reader's: the same answer.
    """
    row = visible(by, at=at).filter(public_id=public_id).first()
    if row is None:
        raise NotFound("not_found", _("There is no such plan, or it is not yours to see."))
    return row


def in_force(case: Case) -> Plan | None:
    """Return the plan of a case that is in force."""
    rows = Plan.objects.filter(case=case, state=PlanState.IN_FORCE).select_related("assessment", "confirmed_by")
    return rows.first()


def drafted(case: Case) -> Plan | None:
    """Return the plan of a case that is being written."""
    return Plan.objects.filter(case=case, state=PlanState.DRAFT).select_related("assessment", "created_by").first()


def of_case(case: Case, *, by: Actor, at: datetime) -> list[Plan]:
    """Return the plans of a case that the actor may read, newest first; without the discarded ones."""
    return list(visible(by, at=at).filter(case=case).exclude(state=PlanState.DISCARDED).order_by("-version"))


def goals(plan: Plan) -> list[Goal]:
    """Return a plan's goals in their order."""
    return list(Goal.objects.filter(plan=plan).order_by("place"))


def services(plan: Plan) -> list[PlannedService]:
    """Return the services that a plan names, in their order."""
    return list(PlannedService.objects.filter(plan=plan).select_related("unit").order_by("place"))


# --- Writing --------------------------------------------------------------------------------------------------------


@action
def draft(*, case: Case, by: Actor, at: datetime, key: str, assessment: Assessment | None = None) -> Plan:
    """Begin a plan, or its next version from the one in force: its texts, services and unattained goals come along.

    Args:
        assessment: the locked assessment that it builds on; by default the case's latest one.

    Raises:
        NotAllowed; Conflict: a plan is being written already (`plan` names it), or the case is closed.
        Invalid: the assessment is another case's, or not locked.
    """
    require(by, "assessments.plan", case, at=at)
    if key and (made := Plan.objects.filter(created_by=by, key=key).first()) is not None:
        return made
    # Locked: whoever begins beside waits here, and then sees this one.
    row = Case.objects.select_for_update(no_key=True, of=("self",)).select_related("client", "unit").get(pk=case.pk)
    if row.closed_at is not None:
        raise Conflict("case_closed", _("The case has been closed. Open a new one."), field="case")
    if (there := drafted(row)) is not None:
        if key and there.created_by_id == by.pk and there.key == key:
            return there
        raise Conflict(
            "plan_open",
            _("The client's plan is being written already, begun by %(who)s. Go on in that one.")
            % {"who": there.created_by.name},
            plan=there.public_id,
        )
    built_on = assessment or queries.latest_locked(row)
    if built_on is not None and (built_on.case_id != row.pk or built_on.state != AssessmentState.LOCKED):
        raise Invalid("assessment_wrong", _("The plan builds on a locked assessment of this case."), field="assessment")
    last: int | None = Plan.objects.filter(case=row).aggregate(last=Max("version"))["last"]
    plan = Plan(case=row, version=(last or 0) + 1, assessment=built_on, created_at=at, created_by=by, key=key)
    standing = in_force(row)
    if standing is not None:
        for name in TEXTS:
            if name != "differing_view":
                setattr(plan, name, getattr(standing, name))
    insert(plan)
    if standing is not None:
        _take_along(standing, plan)
    moves.of_case(row, "plan_begun", subject=plan.public_id, by=by, at=at, data={"version": plan.version})
    return plan


def _take_along(standing: Plan, plan: Plan) -> None:
    going_on = [goal for goal in goals(standing) if goal.attained not in (Attained.WHOLLY, Attained.GIVEN_UP)]
    insert_all(
        [Goal(plan=plan, place=place, text=goal.text, means=goal.means) for place, goal in enumerate(going_on, start=1)]
    )
    insert_all(
        [
            PlannedService(
                plan=plan, place=one.place, service=one.service, begins=one.begins, duration=one.duration,
                unit=one.unit, responsible=one.responsible, note=one.note,
            )
            for one in services(standing)
        ]
    )  # fmt: skip


def locked(plan: Plan) -> Plan:
    """Return the plan's row as it is now, locked until the transaction ends."""
    rows = Plan.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("case__client", "case__unit", "review_item").get(pk=plan.pk)


def _in_state(plan: Plan, state: PlanState, *, by: Actor, at: datetime) -> Plan:
    """Return the locked plan, when the actor may write it and it is in the state."""
    row = locked(plan)
    require(by, "assessments.plan", row.case, at=at)
    if row.state != state:
        raise Conflict(
            "plan_moved", _("Somebody has already changed this plan. Open it again to see how it is."), state=row.state
        )
    return row


@action
def save(*, plan: Plan, edit: int, content: Content, by: Actor, at: datetime) -> Plan:
    """Save a draft as it is written.

    Args:
        edit: the edit that it is based on (`Plan.edit`).

    Raises:
        NotAllowed; Invalid: something does not fit (`field` names it).
        Conflict `plan_changed`: somebody has saved meanwhile; nothing of either is lost while the page keeps its words.
    """
    row = _in_state(plan, PlanState.DRAFT, by=by, at=at)
    columns = _columns(content)
    if not Plan.objects.filter(pk=row.pk, edit=edit).update(edit=F("edit") + 1, **columns):
        raise Conflict(
            "plan_changed",
            _("Somebody else has saved this plan meanwhile. Compare what you wrote with what stands now."),
            edit=row.edit,
        )
    if content.goals is not None:
        Goal.objects.filter(plan=row).delete()
        insert_all(
            [Goal(plan=row, place=place, text=one.text, means=one.means) for place, one in _goals(content.goals)]
        )
    if content.services is not None:
        PlannedService.objects.filter(plan=row).delete()
        insert_all([_service(row, place, one, at=at) for place, one in enumerate(content.services, start=1)])
    for name, new in {**columns, "edit": edit + 1}.items():
        setattr(row, name, new)
    moves.log(row.case, "plan_saved", subject=row.public_id, by=by, at=at, details={"changed": sorted(columns)})
    return row


def _columns(content: Content) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for name, text in (content.texts or {}).items():
        if name not in TEXTS:
            raise Invalid("unknown_field", _("The plan has no such part."), field=name)
        columns[name] = _plain(text, name)
    if content.rights_told is not None:
        columns["rights_told"] = content.rights_told
    if content.agreement is not None:
        if content.agreement not in ("", *Agreement.values):
            raise Invalid("choice_unknown", _("Choose what the client thinks of the plan."), field="agreement")
        columns["agreement"] = content.agreement
    if content.review_on is not None:
        columns["review_on"] = content.review_on
    for name in ("goals", "services"):
        if len(getattr(content, name) or ()) > _ROWS_AT_MOST:
            raise Invalid("too_many", _("There are too many rows: at most %(most)s.") % {"most": _ROWS_AT_MOST}, name)
    return columns


def _plain(text: str, name: str) -> str:
    text = text.replace("\r\n", "\n").strip()
    most = Plan._meta.get_field(name).max_length or _TEXT_AT_MOST  # type: ignore[union-attr]
    if "\x00" in text:
        raise Invalid("nul", _("The text has a character that cannot be stored (NUL)."), field=name)
    if len(text) > most:
        raise Invalid("too_long", _("This is too long: at most %(most)s characters.") % {"most": most}, field=name)
    return text


def _goals(given: Sequence[GoalText]) -> list[tuple[int, GoalText]]:
    written = [one for one in given if one.text.strip()]
    if any("\x00" in one.text + one.means or len(one.text) + len(one.means) > _TEXT_AT_MOST for one in written):
        raise Invalid("goal_wrong", _("A goal is too long, or has a character that cannot be stored."), field="goals")
    return list(enumerate(written, start=1))


def _service(plan: Plan, place: int, given: ServiceText, *, at: datetime) -> PlannedService:
    known = set(codes(SERVICES, day=local_date(at)).values_list("key", flat=True))
    if not _SLUG.fullmatch(given.service) or (known and given.service not in known):
        raise Invalid("service_unknown", _("Choose one of the services."), field="services")
    if not given.responsible.strip():
        raise Invalid("responsible_missing", _("Write who answers for the service."), field="services")
    row = PlannedService(
        plan=plan, place=place, service=given.service, begins=given.begins, duration=given.duration.strip(),
        unit=given.unit, responsible=given.responsible.strip(), note=given.note.strip(),
    )  # fmt: skip
    if len(row.responsible) > 300 or len(row.duration) > 200 or "\x00" in row.responsible + row.duration + row.note:
        raise Invalid("service_wrong", _("What is written of a service is too long."), field="services")
    return row


@action
def confirm(*, plan: Plan, by: Actor, at: datetime) -> Plan:
    """Confirm a plan that has been made with the client: it comes into force, the former one is replaced.

    Raises:
        NotAllowed; Conflict: it is not a draft any more.
        Invalid: the goal, the day of review, what the client thinks, or that rights were explained is missing.
    """
    # The case is locked first, as where a plan is begun: two plans do not come into force at once.
    Case.objects.select_for_update(no_key=True).get(pk=plan.case_id)
    row = _in_state(plan, PlanState.DRAFT, by=by, at=at)
    _whole(row, at=at)
    standing = in_force(row.case)
    if standing is not None:
        _moved(standing, PlanState.REPLACED)
        _review_over(standing, at=at)
    _moved(row, PlanState.IN_FORCE, confirmed_at=at, confirmed_by=by)
    told = {"version": row.version, "review_on": row.review_on and row.review_on.isoformat()}
    moves.of_case(row.case, "plan_confirmed", subject=row.public_id, by=by, at=at, data=told)
    return row


def _whole(row: Plan, *, at: datetime) -> None:
    """Refuse a plan that lacks what the act asks of it."""
    if not Goal.objects.filter(plan=row).exists():
        raise Invalid("goal_missing", _("Write at least one goal set together with the client (39.2 §)."), "goals")
    if not row.rights_told:
        raise Invalid(
            "rights_not_told",
            _("Mark that the client has been told of rights, duties and alternatives (1301/2014 36.4 §)."),
            field="rights_told",
        )
    if not row.agreement:
        raise Invalid("agreement_missing", _("Choose what the client thinks of the plan."), field="agreement")
    if row.agreement == Agreement.DIFFERS and not row.differing_view.strip():
        raise Invalid(
            "differing_view_missing", _("Write the client's differing view as it was said."), field="differing_view"
        )
    if row.review_on is None or row.review_on <= local_date(at):
        raise Invalid("review_missing", _("Choose the day when the plan is looked at again."), field="review_on")


def _moved(plan: Plan, to: PlanState, **columns: object) -> None:
    origins = [state for state, ways in PLAN_TRANSITIONS.items() if to in ways]
    if not Plan.objects.filter(pk=plan.pk, state__in=origins).update(state=to, **columns):
        raise Conflict("plan_moved", _("Somebody has already changed this plan. Open it again to see how it is."))
    for name, new in {"state": to, **columns}.items():
        setattr(plan, name, new)


def _review_over(plan: Plan, *, at: datetime) -> None:
    if plan.review_item is not None:
        cases.close_work(item=plan.review_item, at=at)
        cases.end_relations(at=at, work_item=plan.review_item, case=plan.case)


@action
def judge(*, goal: Goal, attained: str, by: Actor, at: datetime, note: str = "") -> Goal:
    """Judge with the client how a goal of the plan in force was attained (39.2 § 9 kohta).

    Raises:
        NotAllowed; Invalid: there is no such judgement; Conflict: the plan is not in force.
    """
    row = _in_state(goal.plan, PlanState.IN_FORCE, by=by, at=at)
    if attained not in Attained.values:
        raise Invalid("choice_unknown", _("Choose how the goal was attained."), field="attained")
    if note.strip():
        note = moves.reasoned(
            note, field="note", message=_("Write more shortly how the goal was attained."), most=_TEXT_AT_MOST
        )
    goal.attained, goal.attained_note = attained, note.strip()
    goal.save(update_fields=["attained", "attained_note"])
    moves.log(
        row.case, "goal_judged", subject=row.public_id, by=by, at=at, details={"goal": goal.place, "how": attained}
    )
    return goal


@action
def end(*, plan: Plan, ground: str, by: Actor, at: datetime) -> Plan:
    """End the plan in force without a next one; its review leaves the list.

    Raises:
        NotAllowed; Invalid: no ground is given; Conflict: it is not in force.
    """
    row = _in_state(plan, PlanState.IN_FORCE, by=by, at=at)
    ground = moves.reasoned(ground, field="ground", message=_("Write shortly why the plan ends."))
    _moved(row, PlanState.ENDED, ended_at=at, ended_ground=ground)
    _review_over(row, at=at)
    moves.of_case(row.case, "plan_ended", subject=row.public_id, by=by, at=at, text=ground)
    return row


@action
def discard(*, plan: Plan, by: Actor, at: datetime) -> Plan:
    """Throw a draft away; what was written stays in its row.

    Raises:
        NotAllowed; Conflict: it is not a draft any more.
    """
    row = _in_state(plan, PlanState.DRAFT, by=by, at=at)
    _moved(row, PlanState.DISCARDED)
    moves.of_case(row.case, "plan_discarded", subject=row.public_id, by=by, at=at)
    return row
