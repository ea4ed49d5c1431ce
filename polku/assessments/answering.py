"""Answers: saved as typed, each by itself, never silently overwritten; what two wrote is kept until one is chosen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.acting import action
from polku.asking import Question, value
from polku.assessments import moves, published, reading, refusals
from polku.assessments import policy as _policy  # noqa: F401 - declares who may
from polku.assessments.forms import answers as forms
from polku.assessments.forms import paths
from polku.assessments.forms.definition import SHARED
from polku.assessments.forms.problems import AnswerError
from polku.assessments.forms.values import empty
from polku.assessments.models import Answer, AnswerBeside, Assessment, Known
from polku.assessments.states import KnownState
from polku.assessments.voices import require_voice
from polku.contacts.drafts import OWN_AUTOSAVE
from polku.kit.errors import Conflict, Invalid
from polku.storing import insert

# A stretch of one person's writing in one field is one row of the log.
ONE_STRETCH = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class SavedAnswer:
    """What a save led to.

    `version` is what the next save must name; `value` is what stands now. With `beside`, the answer was based on an
    older version: it is kept there, and `theirs` is what somebody else (or another tab) had saved meanwhile; both are
    shown side by side. `overtaken`: the same writer has saved later than this was sent; this tells nothing new.
    """

    path: str
    voice: str
    version: int
    value: Any
    saved_at: datetime
    stamp: int
    theirs: Answer | None = None
    beside: AnswerBeside | None = None
    overtaken: bool = False

    @property
    def stale(self) -> bool:
        """Whether the answer was kept beside the stored one instead of in its place."""
        return self.beside is not None


_ONE = Question(
    lambda: Answer.objects.select_related("written_by").filter(
        assessment=value("assessment"), path=value("path"), voice=value("voice")
    )
)


@action
def save(
    *,
    assessment: Assessment,
    path: str,
    voice: str,
    value: Any,
    version: int,
    by: Actor,
    at: datetime,
    source: str | None = None,
    pressed: bool = False,
) -> SavedAnswer:
    """Save one answer in one voice (autosave, as it is typed); None or blank takes the answer away.

    Args:
        path: the question, with the row numbers of repeating groups (`section.group[2].question`).
        voice: whose words; "" where the question has one answer.
        version: the version of the answer that this one is based on; 0 when there was none.
        at: when it was sent.
        source: from whom an outside fact came (703/2023 39 §); None leaves what stands.
        pressed: a button sent it, no autosave: an autosave of the same page may be on its way beside it.

    Raises:
        NotAllowed: no tie to the client, or the field is another profession's.
        Conflict: the assessment is ready, locked or broken off.
        Invalid: there is no such field, or the value does not fit it (`field` is the path).
    """
    row = moves.to_write(assessment, by=by, at=at)
    kept = _fitting(row, path, voice, value, by=by, at=at)
    if source is not None and source.strip():
        source = moves.reasoned(source, field="source", message=_("Name the source more shortly."))
    # Under the assessment's lock: a save that came first has ended, and what it saved is seen.
    there = _ONE.first(assessment=row.pk, path=path, voice=voice)
    if there is None:
        return _first(row, path, voice, kept, source or "", by=by, at=at)
    source = there.source if source is None else source.strip()
    if _follows(there, version, pressed, by=by, at=at):
        if there.value == kept and there.source == source:
            return _standing(row, there)
        return _over(row, there, kept, source, by=by, at=at)
    if there.written_by_id == by.pk and there.written_at > at:
        return _standing(row, there, overtaken=True)
    if there.value == kept:
        return _standing(row, there)
    return _keep_beside(row, there, kept, version, by=by, at=at)


def _fitting(row: Assessment, path: str, voice: str, value: Any, *, by: Actor, at: datetime) -> Any:
    """Return the value as it is kept, when this actor may write it here."""
    form = published.of(row)
    try:
        kept = forms.check(form, path, voice, value)
    except AnswerError as error:
        raise refusals.unfit(error) from None
    require_voice(by, form, form.index[paths.plain(path)], voice, at=at)
    return kept


def _follows(there: Answer, version: int, pressed: bool, *, by: Actor, at: datetime) -> bool:
    """Tell whether a save is based on what stands."""
    own = there.written_by_id == by.pk and there.written_at > at - OWN_AUTOSAVE
    return there.version == version or (pressed and there.version == version + 1 and own)


def _standing(row: Assessment, there: Answer, *, overtaken: bool = False) -> SavedAnswer:
    return SavedAnswer(
        there.path, there.voice, there.version, there.value, there.written_at, row.stamp, theirs=there,
        overtaken=overtaken,
    )  # fmt: skip


def _first(row: Assessment, path: str, voice: str, kept: Any, source: str, *, by: Actor, at: datetime) -> SavedAnswer:
    if kept is None:
        return SavedAnswer(path, voice, 0, None, at, row.stamp)
    insert(_new(row, path, voice, kept, source, by=by, at=at))
    _noticed(row, path)
    _log(row, path, voice, by=by, at=at)
    return SavedAnswer(path, voice, 1, kept, at, row.stamp)


def _new(row: Assessment, path: str, voice: str, kept: Any, source: str, *, by: Actor, at: datetime) -> Answer:
    return Answer(
        assessment=row, path=path, voice=voice, value=kept, source=source, written_at=at, written_by=by,
        author_name=by.name, author_title=by.title_fi,
    )  # fmt: skip


def _over(row: Assessment, there: Answer, kept: Any, source: str, *, by: Actor, at: datetime) -> SavedAnswer:
    changed = Answer.objects.filter(pk=there.pk, version=there.version).update(
        value=kept, version=F("version") + 1, source=source, written_at=at, written_by=by, author_name=by.name,
        author_title=by.title_fi,
    )  # fmt: skip
    if not changed:
        raise Conflict("answer_moved", _("Somebody has just changed this answer. Open the page again."), there.path)
    _noticed(row, there.path)
    if there.written_by_id != by.pk or there.written_at < at - ONE_STRETCH:
        _log(row, there.path, there.voice, by=by, at=at)
    return SavedAnswer(there.path, there.voice, there.version + 1, kept, at, row.stamp)


def _keep_beside(row: Assessment, there: Answer, kept: Any, version: int, *, by: Actor, at: datetime) -> SavedAnswer:
    """Keep an answer based on an older one; the same writer's next try on that one replaces their own earlier try."""
    beside, _made = AnswerBeside.objects.update_or_create(
        assessment=row, path=there.path, voice=there.voice, based_on=min(max(version, 0), there.version), written_by=by,
        settled_at=None, defaults={"value": kept, "written_at": at},
    )  # fmt: skip
    _stamped(row)
    _log(row, there.path, there.voice, by=by, at=at, beside=True)
    return SavedAnswer(there.path, there.voice, there.version, there.value, at, row.stamp, theirs=there, beside=beside)


def _noticed(row: Assessment, path: str) -> None:
    """Let other pages see that something is new; what decides who may finish stands on the assessment itself."""
    form = published.of(row)
    if paths.plain(path) in published.special_support(form):
        _stamped(row, special_support=reading.special_support(form, reading.answers(row)))
    else:
        _stamped(row)


def _stamped(row: Assessment, **columns: object) -> None:
    row.stamp += 1
    Assessment.objects.filter(pk=row.pk).update(stamp=row.stamp, **columns)


def _log(row: Assessment, path: str, voice: str, *, by: Actor, at: datetime, beside: bool = False) -> None:
    told: dict[str, object] = {"path": path, "voice": voice}
    if beside:
        told["beside"] = True
    moves.log(row.case, "answered", subject=row.public_id, by=by, at=at, details=told)


def put(row: Assessment, path: str, kept: Any, *, by: Actor, at: datetime, source: str = "") -> bool:
    """Write an answer that the product itself knows, in a locked assessment, unless something stands there already.

    A part of an action; False where the form has no such field, the value does not fit, or it has been answered.
    """
    try:
        kept = forms.check(published.of(row), path, SHARED, kept)
    except AnswerError:
        return False
    if kept is None or Answer.objects.filter(assessment=row, path=path, voice=SHARED, value__isnull=False).exists():
        return False
    there = _ONE.first(assessment=row.pk, path=path, voice=SHARED)
    if there is None:
        insert(_new(row, path, SHARED, kept, source, by=by, at=at))
        _noticed(row, path)
    else:
        _over(row, there, kept, source, by=by, at=at)
    return True


def follow(row: Assessment, path: str, before: Any, now: Any, *, by: Actor, at: datetime) -> None:
    """Let an answer that the product itself wrote follow what has been put right, unless somebody has changed it."""
    there = _ONE.first(assessment=row.pk, path=path, voice=SHARED)
    if there is None:
        put(row, path, now, by=by, at=at)
    elif there.value == before and now != before:
        _over(row, there, now, there.source, by=by, at=at)


# --- Two wrote, and something was known before ------------------------------------------------------------------


@action
def settle_beside(*, beside: AnswerBeside, use: bool, by: Actor, at: datetime) -> SavedAnswer | None:
    """Choose between two answers to the same question; the row that was kept beside stays as it was written.

    Args:
        use: what was kept beside takes the place of what stands, in its writer's name. Otherwise what stands stays (it
            may have been joined of both by saving it first).

    Returns:
        What stands now when it changed; None when it was left, or somebody had already chosen.

    Raises:
        NotAllowed; Conflict: the assessment is ready, locked or broken off.
    """
    row = moves.to_write(beside.assessment, by=by, at=at)
    form = published.of(row)
    require_voice(by, form, forms.asked(form, beside.path), beside.voice, at=at)
    if not AnswerBeside.objects.filter(pk=beside.pk, settled_at__isnull=True).update(settled_at=at):
        return None
    there = _ONE.first(assessment=row.pk, path=beside.path, voice=beside.voice)
    saved = None
    if use and there is not None:
        saved = _over(row, there, beside.value, there.source, by=beside.written_by, at=at)
    else:
        _stamped(row)
    moves.log(
        row.case, "two_answers_settled", subject=row.public_id, by=by, at=at,
        details={"path": beside.path, "voice": beside.voice, "used": use},
    )  # fmt: skip
    return saved


@action
def check_known(*, known: Known, state: KnownState, by: Actor, at: datetime) -> Known:
    """Mark something known before as still true, or as changed.

    Still true makes it the answer as it stands, where nothing has been written yet; what is changed is written into
    the question's own field.

    Raises:
        NotAllowed; Conflict: the assessment is not being written; Invalid: there is no such state to mark.
    """
    if state not in (KnownState.CONFIRMED, KnownState.CHANGED):
        raise Invalid("choice_unknown", _("Choose whether it is still true."), field="state")
    row = moves.to_write(known.assessment, by=by, at=at)
    form = published.of(row)
    question = form.index[paths.plain(known.path)]
    there = known.voice in question.answered_by
    if there:
        require_voice(by, form, question, known.voice, at=at)
    Known.objects.filter(pk=known.pk).update(state=state, checked_at=at, checked_by=by)
    known.state, known.checked_at, known.checked_by = state, at, by
    _stamped(row)
    if there and state == KnownState.CONFIRMED:
        answer = _ONE.first(assessment=row.pk, path=known.path, voice=known.voice)
        if answer is None:
            _first(row, known.path, known.voice, known.value, "", by=by, at=at)
        elif empty(answer.value):
            _over(row, answer, known.value, "", by=by, at=at)
    moves.log(
        row.case, "known_checked", subject=row.public_id, by=by, at=at,
        details={"path": known.path, "voice": known.voice, "state": str(state)},
    )  # fmt: skip
    return known
