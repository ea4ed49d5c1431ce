"""The library of reasonings (perustelukirjasto): written by one, reviewed by another, never changed once in use."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import Max, Q
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.access.permissions import require
from polku.acting import action
from polku.audit import actions as audit
from polku.decisions import policy as _policy  # noqa: F401 - declares who may
from polku.decisions.letters import LIBRARY
from polku.decisions.models import Reasoning
from polku.decisions.states import ReasoningState
from polku.kit.errors import Conflict, Invalid, NotAllowed
from polku.kit.localtime import local_date
from polku.rules.decisions import parts
from polku.rules.errors import RuleError

LONGEST = 4_000
# Parts in which a text of the library can stand.
PARTS = ("reasons",)


@action
def write(
    *,
    code: str,
    text_fi: str,
    text_sv: str,
    by: Actor,
    at: datetime,
    kinds: Iterable[str] = (),
    part: str = "reasons",
) -> Reasoning:
    """Write a reasoning's draft: a new one, a change of the draft, or the next version of what is in use.

    Raises:
        NotAllowed; Invalid `code_missing`, `text_missing`, `too_long`, `unknown_kind`, `unknown_part`.
    """
    require(by, "decisions.write_reasoning", at=at)
    code = code.strip()[:30]
    told = _checked(code, text_fi, text_sv, kinds, part)
    list(Reasoning.objects.select_for_update().filter(code=code).values_list("pk"))
    draft = Reasoning.objects.filter(code=code, state=ReasoningState.DRAFT).first()
    if draft is None:
        last = Reasoning.objects.filter(code=code).aggregate(last=Max("version"))["last"] or 0
        draft = Reasoning(code=code, version=last + 1, created_at=at)
    for name, new in told.items():
        setattr(draft, name, new)
    # Whoever wrote last has written it: somebody else reviews.
    draft.created_by = by
    draft.save()
    _log(draft, "written", by=by, at=at)
    return draft


def _checked(code: str, text_fi: str, text_sv: str, kinds: Iterable[str], part: str) -> dict[str, object]:
    texts = {"text_fi": text_fi.strip(), "text_sv": text_sv.strip()}
    if not code:
        raise Invalid("code_missing", _("Give the reasoning a code such as AS-21b-2."), field="code")
    if not texts["text_fi"]:
        raise Invalid("text_missing", _("Write the reasoning."), field="text_fi")
    for field, text in texts.items():
        if len(text) > LONGEST or "\x00" in text:
            raise Invalid(
                "too_long", _("The text is too long: at most %(most)s characters.") % {"most": LONGEST}, field
            )
    if part not in PARTS:
        raise Invalid("unknown_part", _("A reasoning of the library cannot stand in this part."), field="part")
    wanted = sorted(set(kinds))
    try:
        for key in wanted:
            parts.kind(key)
    except RuleError:
        raise Invalid("unknown_kind", _("Choose the kinds of decision from the list."), field="kinds") from None
    return {**texts, "kinds": wanted, "part": part}


@action
def review(*, reasoning: Reasoning, by: Actor, at: datetime, review_by: date | None = None) -> Reasoning:
    """Review a draft: from now on it can be used, and it takes the place of the version before it.

    Args:
        review_by: the day by which it is to be looked at again.

    Raises:
        NotAllowed `own_text`: nobody reviews what they wrote; Invalid `text_missing`: a language is missing;
        Conflict `not_draft`.
    """
    require(by, "decisions.review_reasoning", at=at)
    list(Reasoning.objects.select_for_update().filter(code=reasoning.code).values_list("pk"))
    row = Reasoning.objects.get(pk=reasoning.pk)
    if row.state != ReasoningState.DRAFT:
        raise Conflict("not_draft", _("The reasoning has been reviewed already."), state=row.state)
    if row.created_by_id == by.pk:
        raise NotAllowed("own_text", _("You wrote this text: somebody else reviews it."))
    if not row.text_sv:
        raise Invalid(
            "text_missing", _("Write the reasoning in Finnish and in Swedish before it is reviewed."), field="text_sv"
        )
    if review_by is not None and review_by <= local_date(at):
        raise Invalid("not_future", _("The day is in the future."), field="review_by")
    Reasoning.objects.filter(code=row.code, state=ReasoningState.REVIEWED).update(
        state=ReasoningState.REPLACED, replaced_at=at
    )
    row.state, row.reviewed_at, row.reviewed_by, row.review_by = ReasoningState.REVIEWED, at, by, review_by
    row.save(update_fields=["state", "reviewed_at", "reviewed_by", "review_by"])
    _log(row, "reviewed", by=by, at=at)
    return row


@action
def retire(*, reasoning: Reasoning, by: Actor, at: datetime) -> Reasoning:
    """Take a reviewed reasoning out of use without another in its place; what has been decided by it stays.

    Raises:
        NotAllowed; Conflict `not_reviewed`.
    """
    require(by, "decisions.review_reasoning", at=at)
    in_use = Reasoning.objects.filter(pk=reasoning.pk, state=ReasoningState.REVIEWED)
    if not in_use.update(state=ReasoningState.REPLACED, replaced_at=at):
        raise Conflict("not_reviewed", _("The reasoning is not in use."))
    row = Reasoning.objects.get(pk=reasoning.pk)
    _log(row, "retired", by=by, at=at)
    return row


def _log(row: Reasoning, event: str, *, by: Actor, at: datetime) -> None:
    details = {"code": row.code, "version": row.version}
    audit.changed(
        by=by, at=at, what=f"decisions.reasoning_{event}", subject=row.public_id, record_class="reasoning",
        details=details,
    )  # fmt: skip


def usable(kind: str, part: str = "reasons", language: str = "fi") -> list[Reasoning]:
    """Return the reviewed reasonings that fit a kind of decision, by code; those with words in the language."""
    if language not in LIBRARY:
        return []
    rows = Reasoning.objects.filter(state=ReasoningState.REVIEWED, part=part).exclude(**{f"text_{language}": ""})
    return list(rows.filter(_fits(kind)).select_related("reviewed_by").order_by("code"))


def drafts(kind: str, part: str = "reasons") -> list[Reasoning]:
    """Return the drafts that would fit: seen, and not to be used before somebody has reviewed them."""
    rows = Reasoning.objects.filter(_fits(kind), state=ReasoningState.DRAFT, part=part)
    return list(rows.select_related("created_by").order_by("code"))


def _fits(kind: str) -> Q:
    return Q(kinds=[]) | Q(kinds__contains=[kind])
