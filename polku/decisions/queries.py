"""Reading decisions: one, those of a case, what waits to be decided, how each reaches the client. These never write."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.access.permissions import visible_to
from polku.cases.models import Case
from polku.decisions import letters
from polku.decisions import policy as _policy  # noqa: F401 - declares who may
from polku.decisions.letter import pdf
from polku.decisions.letter.errors import LetterError
from polku.decisions.models import Decision, Delivery, Reasoning
from polku.decisions.states import DecisionState, Follows
from polku.kit.errors import NotFound
from polku.kit.localtime import local_date
from polku.meetings.models import Item
from polku.meetings.states import ItemState, Outcome
from polku.rules.decisions import parts


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A try to bring a decision to the client, newest first; `read_at` when the client opened a message."""

    public_id: str
    way: str
    way_words: str
    state: str
    state_words: str
    sent_on: date | None
    received_on: date | None
    review_last_day: date | None
    read_at: datetime | None
    note: str


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A decision in a list. `earlier` is the diary number of the one that it is about, `follows` says how."""

    public_id: str
    diary: str
    kind: str
    kind_words: str
    state: str
    state_words: str
    created_at: datetime
    signed_at: datetime | None
    signer: str
    decider: str
    earlier: str
    follows_words: str


def visible(by: Actor, *, at: datetime) -> QuerySet[Decision]:
    """Return the decisions that the actor may read now."""
    rows = Decision.objects.select_related(
        "case__client", "case__unit", "case__work_item__unit", "unit", "work_item__unit", "decider", "signed_by",
        "earlier", "item__meeting__series", "assessment__form", "plan",
    ).defer("assessment__form__content")  # fmt: skip
    return visible_to(by, "decisions.read", rows, at=at)


def get(public_id: str, *, by: Actor, at: datetime) -> Decision:
    """Return a decision that the actor may read.

    Raises:
        NotFound: it is not there, or not the reader's: the same answer.
    """
    row = visible(by, at=at).filter(public_id=public_id).first()
    if row is None:
        raise NotFound("not_found", _("There is no such decision, or it is not yours to see."))
    return row


def of_case(case: Case, *, by: Actor, at: datetime) -> list[DecisionRow]:
    """Return the decisions of a case that the actor may read, newest first."""
    return [_row(row) for row in visible(by, at=at).filter(case=case).order_by("-created_at", "-id")]


def to_decide(by: Actor, *, at: datetime) -> list[DecisionRow]:
    """Return the drafts that wait for this decider, oldest first."""
    rows = visible(by, at=at).filter(state=DecisionState.DRAFT, decider=by)
    return [_row(row) for row in rows.order_by("created_at", "id")[:100]]


def settled_items(by: Actor, *, at: datetime) -> list[Item]:
    """Return what meetings have weighed, granted or not, and nobody has begun to decide: those of this decider.

    Forward by query: the meeting pushes nothing.
    """
    begun = Decision.objects.filter(item=OuterRef("pk"), earlier__isnull=True).exclude(state=DecisionState.DISCARDED)
    rows = Item.objects.filter(
        ~Exists(begun), state=ItemState.DONE, outcome__in=[Outcome.GRANTED, Outcome.REFUSED], decider=by
    )
    return list(rows.select_related("meeting__series", "case__client").order_by("settled_at", "id")[:100])


def _row(row: Decision) -> DecisionRow:
    return DecisionRow(
        public_id=row.public_id,
        diary=row.diary or "",
        kind=row.kind,
        kind_words=parts.kind(row.kind).name((get_language() or "fi")[:2]),
        state=row.state,
        state_words=str(DecisionState(row.state).label),
        created_at=row.created_at,
        signed_at=row.signed_at,
        signer=row.signer_name,
        decider=row.decider.name if row.decider is not None else "",
        earlier=row.earlier.diary or "" if row.earlier is not None else "",
        follows_words=str(Follows(row.follows).label) if row.follows else "",
    )


def deliveries(decision: Decision) -> list[DeliveryRow]:
    """Return every try to bring a decision to the client, newest first."""
    rows = Delivery.objects.filter(decision=decision).defer("pdf").order_by("-id")
    return [
        DeliveryRow(
            row.public_id, row.way, row.get_way_display(), row.state, row.get_state_display(), row.sent_on,
            row.received_on, row.review_last_day, row.read_at, row.note,
        )
        for row in rows
    ]  # fmt: skip


def letter(delivery: Delivery) -> bytes | None:
    """Return the letter exactly as it left; None before it was made."""
    return bytes(delivery.pdf) if delivery.pdf is not None else None


def preview(decision: Decision, way: str, *, at: datetime, language: str = "") -> bytes:
    """Return the letter as it would leave today, marked as a draft, with what is missing as holes; without an address.

    Raises:
        Invalid: it cannot be made: no template in the language, characters that no font has.
    """
    try:
        return pdf.pdf(letters.of(decision, way, local_date(at), language=language), draft=True)
    except LetterError as error:
        raise letters.unfit(error) from None


def reasonings(by: Actor, *, at: datetime) -> QuerySet[Reasoning]:
    """Return the whole library for its page: by code, newest version first."""
    rows = Reasoning.objects.select_related("created_by", "reviewed_by").order_by("code", "-version")
    return visible_to(by, "decisions.reasonings", rows, at=at)
