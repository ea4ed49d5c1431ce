"""The life of an assessment: begin, start, save, ready, back, lock, break off, a new version."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.access.permissions import require
from polku.acting import action
from polku.assessments import answering, moves, prefill, published, queries, reading, refusals, voices
from polku.assessments import policy as _policy  # noqa: F401 - declares who may
from polku.assessments.answering import SavedAnswer, check_known, save, settle_beside
from polku.assessments.forms import answers as forms
from polku.assessments.models import AnswerBeside, Assessment, FormVersion
from polku.assessments.states import OPEN, AssessmentState, StartedBy
from polku.cases.models import Case
from polku.deadlines import actions as deadlines
from polku.deadlines.models import Clock
from polku.deadlines.states import Stop
from polku.kit.errors import Conflict, Invalid
from polku.kit.localtime import local_date
from polku.storing import insert

__all__ = [
    "SavedAnswer",
    "back_to_draft",
    "begin",
    "break_off",
    "check_known",
    "correct_start",
    "lock",
    "new_version",
    "ready",
    "save",
    "sent_back",
    "settle_beside",
    "start",
]
_REASON_AT_MOST = 5_000


# --- Beginning ------------------------------------------------------------------------------------------------------


@action
def begin(
    *, case: Case, form: FormVersion, by: Actor, at: datetime, key: str, previous: Assessment | None = None
) -> Assessment:
    """Open a form for a case. Opening is not yet starting to assess: no clock is met (see `start`).

    What the register knows is answered, what has been told before waits to be checked. A repeat with the same key gives
    the same assessment.

    Args:
        previous: an earlier assessment whose answers may still hold; by default the latest locked one of this form.

    Raises:
        NotAllowed; NotFound: the form is not in force.
        Conflict: the case is closed, or this form is being filled in for it already (`assessment` names it).
    """
    require(by, "assessments.begin", case, at=at)
    if (made := _made(by, key)) is not None:
        return made
    if published.in_force(form.key, day=local_date(at)).pk != form.pk:
        raise Conflict("form_replaced", _("The form has a newer version. Begin with that."), field="form")
    earlier = previous or queries.latest_locked(case, form.key)
    return _opened(
        Assessment(case=case, form=form, responsible=by, created_at=at, created_by=by, key=key), by=by, at=at,
        earlier=earlier,
    )  # fmt: skip


@action
def new_version(
    *, assessment: Assessment, by: Actor, at: datetime, key: str, reason: str = "", form: FormVersion | None = None
) -> Assessment:
    """Go on from a locked assessment: a new version, in which everything answered before waits to be checked.

    Args:
        form: another version of the same form; by default the newest one in force.

    Raises:
        NotAllowed; Conflict: it is not locked, has a next version already, or the case is closed.
    """
    require(by, "assessments.begin", assessment.case, at=at)
    if (made := _made(by, key)) is not None:
        return made
    if reason.strip():
        reason = moves.reasoned(
            reason, field="reason", message=_("Write shortly why a new version is made."), most=_REASON_AT_MOST
        )
    return _next_of(assessment, responsible=by, by=by, at=at, key=key, reason=reason, form=form)


@action
def sent_back(*, assessment: Assessment, reason: str, by: Actor, at: datetime, key: str) -> Assessment:
    """Send an assessment back for more: a new version for whoever answered for it, or the one that is there already.

    A part of another stage's action, which has asked for its right (a meeting that needs to know more).

    Raises:
        Invalid: no reason is given; Conflict: it is not locked, or the case is closed.
    """
    reason = moves.reasoned(
        reason, field="reason", message=_("Write what must still be found out."), most=_REASON_AT_MOST
    )
    going_on = queries.next_of(assessment)
    if going_on is not None:
        return going_on
    return _next_of(assessment, responsible=assessment.responsible, by=by, at=at, key=key, reason=reason, form=None)


def _next_of(
    assessment: Assessment, *, responsible: Actor, by: Actor, at: datetime, key: str, reason: str,
    form: FormVersion | None,
) -> Assessment:  # fmt: skip
    row = moves.locked(assessment)
    if row.state != AssessmentState.LOCKED:
        raise Conflict("not_locked", _("Only a locked assessment has a new version; this one can still be written."))
    if (there := queries.next_of(row)) is not None:
        raise Conflict(
            "next_there", _("The assessment has a new version already. Open that one."), assessment=there.public_id
        )
    form = form or published.in_force(row.form.key, day=local_date(at))
    made = Assessment(
        case=row.case, form=form, version=row.version + 1, previous=row, responsible=responsible,
        special_support=row.special_support, created_at=at, created_by=by, key=key,
    )  # fmt: skip
    return _opened(made, by=by, at=at, earlier=row, whole=True, reason=reason)


def _made(by: Actor, key: str) -> Assessment | None:
    return Assessment.objects.filter(created_by=by, key=key).first() if key else None


def _opened(
    row: Assessment, *, by: Actor, at: datetime, earlier: Assessment | None, whole: bool = False, reason: str = ""
) -> Assessment:
    # Locked: whoever begins beside waits here, and then sees this one; the case is not closed meanwhile.
    case = Case.objects.select_for_update(no_key=True, of=("self",)).select_related("client", "unit", "work_item__unit")
    row.case = case.get(pk=row.case_id)
    if (made := _made(by, row.key)) is not None:
        return made
    if row.case.closed_at is not None:
        raise Conflict("case_closed", _("The case has been closed. Open a new one."), field="case")
    there = Assessment.objects.filter(case=row.case, form__key=row.form.key, state__in=OPEN).first()
    if there is not None:
        raise Conflict(
            "assessment_open",
            _("This form is being filled in for the client already, begun by %(who)s. Go on in that one.")
            % {"who": there.created_by.name},
            assessment=there.public_id,
        )
    insert(row)
    prefill.fill(row, previous=earlier, whole=whole, by=by, at=at)
    moves.trace(row, "begun", by=by, at=at, text=reason.strip(), data={"version": row.version})
    return row


# --- Starting -------------------------------------------------------------------------------------------------------


@action
def start(
    *, assessment: Assessment, how: str, by: Actor, at: datetime, happened_at: datetime | None = None
) -> Assessment:
    """Record the first act of assessing: a meeting, a call, a visit, an inquiry. The clock of starting is met by it.

    Args:
        how: one of `StartedBy`.
        happened_at: when it truly took place.

    Raises:
        NotAllowed; Conflict: it has been started, or is not being written.
        Invalid: the time is in the future, or before the matter became pending.
    """
    moment = happened_at or at
    row = moves.to_write(assessment, by=by, at=at)
    if row.started_at is not None:
        raise Conflict("started_already", _("The start has already been recorded."), field="happened_at")
    _check_start(row, how, moment, at=at)
    row = _started(row, how, moment, by=by)
    form = published.of(row)
    if (day := published.day_of_start(form)) is not None:
        answering.put(row, day.path, local_date(moment).isoformat(), by=by, at=at)
        # A new version goes on with what was completed once: its clocks have been met.
        deadlines.meet(
            work_item=row.case.work_item, what=Stop.ASSESSMENT_STARTED, by=by, at=at, happened_at=moment
        )  # fmt: skip
    moves.trace(row, "started", by=by, at=at, happened_at=moment, data={"start": how})
    return row


@action
def correct_start(
    *, assessment: Assessment, how: str, happened_at: datetime, reason: str, by: Actor, at: datetime
) -> Assessment:
    """Put the recorded start right while the assessment is being written; what its clock was met by follows.

    Raises:
        NotAllowed; Conflict: nothing has been recorded, or it is not being written.
        Invalid: as `start`, or no reason is given.
    """
    row = moves.to_write(assessment, by=by, at=at)
    reason = moves.reasoned(reason, field="reason", message=_("Write what was recorded by mistake."))
    if row.started_at is None:
        raise Conflict("not_started", _("Nothing has been recorded of the start yet."), field="happened_at")
    _check_start(row, how, happened_at, at=at)
    before = row.started_at
    row = _started(row, how, happened_at, by=by)
    if (day := published.day_of_start(published.of(row))) is not None:
        answering.follow(
            row, day.path, local_date(before).isoformat(), local_date(happened_at).isoformat(), by=by, at=at
        )
        item = row.case.work_item
        wrong = Clock.objects.filter(work_item=item, met_at=before, met_what=Stop.ASSESSMENT_STARTED)
        rules = list(wrong.values_list("rule", flat=True))
        if rules:
            deadlines.unmeet(work_item=item, met_at=before, rules=rules, reason=reason, by=by, at=at)
            deadlines.meet(
                work_item=item, what=Stop.ASSESSMENT_STARTED, by=by, at=at, happened_at=happened_at, rules=rules
            )
    moves.trace(row, "start_corrected", by=by, at=at, happened_at=happened_at, text=reason, data={"start": how})
    return row


def _check_start(row: Assessment, how: str, moment: datetime, *, at: datetime) -> None:
    if how not in StartedBy.values:
        raise Invalid("how_missing", _("Choose what was done first."), field="how")
    if moment > at:
        raise Invalid("future", _("The time cannot be in the future."), field="happened_at")
    if moment < row.case.initiated_at:
        raise Invalid(
            "before_pending", _("Assessing cannot start before the matter became pending."), field="happened_at"
        )


def _started(row: Assessment, how: str, moment: datetime, *, by: Actor) -> Assessment:
    row.started_at, row.started_how, row.started_by = moment, how, by
    row.stamp += 1
    row.save(update_fields=["started_at", "started_how", "started_by", "stamp"])
    return row


# --- Finishing ------------------------------------------------------------------------------------------------------


@action
def ready(*, assessment: Assessment, by: Actor, at: datetime) -> Assessment:
    """Mark an assessment ready: nothing required is missing, no two answers wait for a choice, it has been started.

    Raises:
        NotAllowed: no right, or special support and no social worker in office (1301/2014 36.5 §).
        Conflict: it is not being written any more.
        Invalid: not started; answers missing (`missing` has the paths of all); or two answers wait for a choice.
    """
    row = moves.to_write(assessment, by=by, at=at, action="assessments.finish")
    form = published.of(row)
    if row.started_at is None:
        if published.is_assessment_of_needs(form):
            raise Invalid(
                "not_started",
                _("Record first when and how assessing began: a meeting, a call, a visit or an inquiry."),
                field="started_at",
            )
        # Nothing follows when another form was begun: filling it in is its first act.
        row = _started(row, StartedBy.OTHER, row.created_at, by=row.created_by)
    answers = queries.answers(row)
    if missed := forms.missing(form, answers):
        raise refusals.incomplete(form, missed)
    _no_choice_waits(row)
    if published.special_support(form):
        row.special_support = reading.special_support(form, answers)
    if row.special_support:
        voices.require_office(by, at=at)
    row = moves.move(row, AssessmentState.READY, ready_at=at, ready_by=by, special_support=row.special_support)
    moves.trace(row, "ready", by=by, at=at, data={"to_check": prefill.still_to_check(row)})
    return row


def _no_choice_waits(row: Assessment) -> None:
    waiting = AnswerBeside.objects.filter(assessment=row, settled_at__isnull=True).order_by("id").first()
    if waiting is not None:
        raise Invalid(
            "two_answers",
            _("Two people have written the same answer. Choose between them first: %(what)s.")
            % {"what": refusals.named_in_full(published.of(row), waiting.path, waiting.voice)},
            field=waiting.path,
        )


@action
def back_to_draft(*, assessment: Assessment, by: Actor, at: datetime) -> Assessment:
    """Take a ready assessment back to write on.

    Raises:
        NotAllowed; Conflict: it is not ready, or has been locked.
    """
    row = moves.locked(assessment)
    require(by, "assessments.finish", row, at=at)
    row = moves.move(row, AssessmentState.DRAFT, ready_at=None, ready_by=None)
    moves.trace(row, "taken_back", by=by, at=at)
    return row


@action
def lock(*, assessment: Assessment, by: Actor, at: datetime) -> Assessment:
    """Lock a ready assessment: it is completed, the clock is met, and nothing in it is changed any more.

    Raises:
        NotAllowed: no right, or special support and no social worker in office (1301/2014 36.5 §).
        Conflict: it is not ready, or somebody has locked it.
    """
    row = moves.locked(assessment)
    require(by, "assessments.finish", row, at=at)
    if row.special_support:
        voices.require_office(by, at=at)
    row = moves.move(row, AssessmentState.LOCKED, locked_at=at, locked_by=by)
    if published.is_assessment_of_needs(published.of(row)):
        deadlines.meet(work_item=row.case.work_item, what=Stop.ASSESSMENT_COMPLETED, by=by, at=at)
    moves.trace(row, "locked", by=by, at=at, data={"version": row.version})
    return row


@action
def break_off(*, assessment: Assessment, ground: str, by: Actor, at: datetime) -> Assessment:
    """Break an assessment off with its ground; what was written stays as it was. Its clocks run on.

    Raises:
        NotAllowed; Invalid: no ground is given; Conflict: it is not being written.
    """
    row = moves.to_write(assessment, by=by, at=at, action="assessments.finish")
    ground = moves.reasoned(ground, field="ground", message=_("Write shortly why the assessment is broken off."))
    row = moves.move(row, AssessmentState.BROKEN_OFF, broken_off_ground=ground)
    moves.trace(row, "broken_off", by=by, at=at, text=ground)
    return row
