"""How a signed decision reaches the client (tiedoksianto, 434/2003 54-60 §; 13/2003 18-19 §), and from which day.

A delivery is one try. What failed or came back is followed by another, which names it. The letter is made for its way
and its day, since the review period counts by them; the review's clock opens on the day of receipt.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime, time

from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.access.permissions import require
from polku.acting import action
from polku.cases import actions as cases
from polku.clients.queries import root
from polku.deadlines import actions as deadlines
from polku.deadlines.states import Cancelled
from polku.decisions import letters, prefill
from polku.decisions import policy as _policy  # noqa: F401 - declares who may
from polku.decisions.configuration import current
from polku.decisions.letter import pdf
from polku.decisions.letter.errors import LetterError
from polku.decisions.models import Decision, Delivery
from polku.decisions.moves import locked, signed, trace
from polku.decisions.states import DELIVERY_TRANSITIONS, DeliveryState, Way
from polku.kit.errors import Conflict, Invalid
from polku.kit.localtime import instant, local_date
from polku.rules.decisions import review
from polku.rules.delivery import received
from polku.storing import insert

LIVE = (DeliveryState.WAITING, DeliveryState.PRINTED, DeliveryState.SENT, DeliveryState.RECEIVED)
REVIEW = "review"


def begin(decision: Decision, *, by: Actor, at: datetime) -> Delivery:
    """Let a decision that has just been signed leave the way that it says: a part of signing."""
    way = str(decision.parts.get("delivery", {}).get("way") or prefill.proposed_way(decision.case.client))
    if way == Way.ELECTRONIC and not _has_mailbox(decision):
        way = Way.POST
    return new(decision, way, by=by, at=at)


def _has_mailbox(decision: Decision) -> bool:
    return current().gateway is not None and bool(root(decision.case.client).hetu)


def new(
    decision: Decision, way: str, *, by: Actor, at: datetime, instead_of: Delivery | None = None, note: str = ""
) -> Delivery:
    """Store a delivery that waits: for the sender, for the secretary's desk, or to be handed over."""
    row = Delivery(
        decision=decision, way=way, language=decision.language, created_at=at, created_by=by, instead_of=instead_of,
        next_try_at=at if way == Way.ELECTRONIC else None, note=note[:300],
    )  # fmt: skip
    insert(row)
    return row


def locked_one(delivery: Delivery) -> Delivery:
    """Return a delivery's row as it is now, locked after its decision."""
    locked(Decision(pk=delivery.decision_id))
    row = Delivery.objects.select_for_update(no_key=True, of=("self",)).select_related("decision__case__client", "run")
    return row.get(pk=delivery.pk)


def move(delivery: Delivery, to: DeliveryState, **columns: object) -> Delivery:
    """Move a locked delivery along its ways.

    Raises:
        Conflict `delivery_moved`: somebody was first.
    """
    origins = [state for state, ways in DELIVERY_TRANSITIONS.items() if to in ways]
    columns = {"state": to, **columns}
    if not Delivery.objects.filter(pk=delivery.pk, state__in=origins).update(**columns):
        raise Conflict(
            "delivery_moved",
            _("Something has already happened to this letter. Open the page again to see what."),
            state=Delivery.objects.values_list("state", flat=True).get(pk=delivery.pk),
        )
    for name, value in columns.items():
        setattr(delivery, name, value)
    return delivery


@action
def choose(*, decision: Decision, way: str, by: Actor, at: datetime) -> Delivery:
    """Choose another way while the decision has not left, or again after it failed or came back.

    Raises:
        NotAllowed; Conflict `not_signed`, `printed`, `left`; Invalid `unknown_way`, `no_mailbox`.
    """
    row = signed(decision, by=by, at=at, action="decisions.deliver")
    if way not in Way.values:
        raise Invalid("unknown_way", _("Choose the way of delivery from the list."), field="way")
    if way == Way.ELECTRONIC and not _has_mailbox(row):
        raise Invalid(
            "no_mailbox", _("The client has no electronic mailbox that a decision can be sent to."), field="way"
        )
    last = Delivery.objects.filter(decision=row).order_by("-id").first()
    if last is not None and last.state in LIVE:
        last = locked_one(last)
        if last.state == DeliveryState.WAITING and last.way == way:
            return last
        _check_not_left(last, at=at)
        move(last, DeliveryState.CANCELLED, next_try_at=None)
    made = new(row, way, by=by, at=at, instead_of=last)
    trace(row, "way_chosen", by=by, at=at, data={"way": way})
    return made


def _check_not_left(last: Delivery, *, at: datetime) -> None:
    if last.state == DeliveryState.PRINTED:
        raise Conflict("printed", _("The letter has been printed. Take it out of the print run first."))
    # In the sender's hands, or a try of which nobody knows: it may be with the client already.
    sending = last.tries > 0 and (last.unknown_on is not None or (last.next_try_at or at) > at)
    if last.state != DeliveryState.WAITING or sending:
        raise Conflict("left", _("The letter has already left, or is leaving now."))


# --- The letter and its days -----------------------------------------------------------------------------------------


def made_for(
    delivery: Delivery, sent_on: date, *, address: tuple[str, ...] = (), received_on: date | None = None
) -> dict[str, object]:
    """Return the columns of a letter made for the delivery's way and a day: file, digest, the lines of its window.

    Raises:
        Invalid: the letter cannot be made.
    """
    letter = letters.of(
        delivery.decision, delivery.way, sent_on, language=delivery.language, address=address, received_on=received_on
    )
    try:
        file = pdf.pdf(letter)
    except LetterError as error:
        raise letters.unfit(error) from None
    digest = hashlib.sha256(file).hexdigest()
    return {"pdf": file, "digest": digest, "address": list(address), "sent_on": sent_on}


def days(way: str, sent_on: date, received_on: date | None = None) -> dict[str, object]:
    """Return the columns of the days that follow: received, by which version of the rule, last day of review."""
    receipt = received(way, received_on if way == Way.HANDED_OVER and received_on else sent_on)
    period = review.period(way, sent_on, received_on=received_on)
    return {"received_on": receipt.day, "rule_version": receipt.version, "review_last_day": period.last_day}


def left(delivery: Delivery, *, by: Actor, at: datetime) -> None:
    """Tell that a letter has left: timeline, log, and the decision's work is done."""
    row = delivery.decision
    told = {
        "way": delivery.way, "delivery": delivery.public_id,
        "received_on": delivery.received_on.isoformat() if delivery.received_on else "",
        "last_on": delivery.review_last_day.isoformat() if delivery.review_last_day else "",
    }  # fmt: skip
    trace(row, "sent", by=by, at=at, data=told)
    cases.close_work(item=row.work_item, at=at)


# --- What a person does ----------------------------------------------------------------------------------------------


@action
def hand_over(*, decision: Decision, by: Actor, at: datetime, on: date, to_whom: str) -> Delivery:
    """Record that the decision was handed over against a certificate (60 § 2 mom.): received on that day.

    Raises:
        NotAllowed; Conflict `not_signed`, `printed`, `left`; Invalid `to_whom_missing`, `wrong_day`.
    """
    row = signed(decision, by=by, at=at, action="decisions.deliver")
    if not to_whom.strip():
        raise Invalid("to_whom_missing", _("Write to whom it was handed over."), field="to_whom")
    assert row.signed_at is not None
    if not local_date(row.signed_at) <= on <= local_date(at):
        raise Invalid("wrong_day", _("The day is not before the signing and not in the future."), field="on")
    last = Delivery.objects.filter(decision=row).order_by("-id").first()
    delivery = last
    if last is None or last.state != DeliveryState.WAITING or last.way != Way.HANDED_OVER:
        delivery = choose(decision=row, way=Way.HANDED_OVER, by=by, at=at)
    assert delivery is not None
    delivery = locked_one(delivery)
    made = made_for(delivery, on, received_on=on)
    told = days(Way.HANDED_OVER, on, on)
    move(delivery, DeliveryState.RECEIVED, **made, **told, handed_by=by, note=to_whom.strip()[:300])
    left(delivery, by=by, at=at)
    open_review(delivery, by=by, at=at)
    return delivery


@action
def returned(*, delivery: Delivery, note: str, by: Actor, at: datetime, way: str = Way.POST) -> Delivery:
    """Record that the post brought a letter back: it was not received, and another delivery waits in its place.

    Args:
        note: why it came back, as the post or the secretary wrote.

    Raises:
        NotAllowed; Conflict `delivery_moved`; Invalid `unknown_way`.
    """
    require(by, "decisions.post", delivery, at=at)
    if way not in Way.values:
        raise Invalid("unknown_way", _("Choose the way of delivery from the list."), field="way")
    row = locked_one(delivery)
    move(row, DeliveryState.RETURNED, note=note.strip()[:300])
    deadlines.cancel(work_item=row.decision.work_item, reason=Cancelled.CAME_BACK, by=by, at=at, rules=(REVIEW,))
    trace(row.decision, "came_back", by=by, at=at, text=note.strip(), data={"way": row.way})
    cases.reopen_work(item=row.decision.work_item, assignee=row.decision.decider or row.decision.signed_by)
    return new(row.decision, way, by=by, at=at, instead_of=row)


# --- What follows from the days --------------------------------------------------------------------------------------


@action
def deem_received(*, by: Actor, at: datetime, limit: int = 200) -> int:
    """Mark letters received whose day has come, and open the review's clock from it; returns how many."""
    require(by, "decisions.send", at=at)
    due = Delivery.objects.filter(state=DeliveryState.SENT, received_on__lte=local_date(at)).order_by(
        "received_on", "id"
    )
    done = 0
    for delivery in due[:limit]:
        row = locked_one(delivery)
        if row.state != DeliveryState.SENT:
            continue
        move(row, DeliveryState.RECEIVED)
        trace(row.decision, "received", by=by, at=at, happened_at=_morning(row), data={"way": row.way})
        open_review(row, by=by, at=at)
        done += 1
    return done


def open_review(delivery: Delivery, *, by: Actor, at: datetime) -> None:
    """Open the clock of the review period from the day of receipt (434/2003 49 c §)."""
    deadlines.open_clock(
        work_item=delivery.decision.work_item, rule=REVIEW, counted_from_at=_morning(delivery), by=by, at=at,
        facts={"decision_notified": True},
    )  # fmt: skip


def _morning(delivery: Delivery) -> datetime:
    assert delivery.received_on is not None
    return instant(delivery.received_on, time())


@action
def end_reviews(*, by: Actor, at: datetime, limit: int = 200) -> int:
    """End the clocks of review periods that have run out; returns how many."""
    require(by, "decisions.send", at=at)
    over = Delivery.objects.filter(
        state=DeliveryState.RECEIVED, review_last_day__lt=local_date(at), decision__work_item__next_due__isnull=False
    ).select_related("decision__work_item__unit")
    ended = 0
    for delivery in over.order_by("review_last_day", "id")[:limit]:
        ended += len(
            deadlines.cancel(
                work_item=delivery.decision.work_item, reason=Cancelled.PERIOD_ENDED, by=by, at=at, rules=(REVIEW,)
            )
        )
    return ended
