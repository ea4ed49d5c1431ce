"""Read the outbox. Who may see what is decided by the stages that own the messages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q, QuerySet

from polku.gateways.sms.receipts import DeliveryReport
from polku.outbox.models import Message
from polku.outbox.states import UNDELIVERED, WAITING, Channel, State


def undelivered() -> QuerySet[Message]:
    """Messages that did not arrive and that nobody has sent again or told another way, newest first."""
    return Message.objects.filter(state__in=UNDELIVERED, successor__isnull=True).order_by("-closed_at", "-id")


def letters_to_print() -> QuerySet[Message]:
    """Letters that wait for being printed and handed over, oldest first."""
    return Message.objects.filter(channel=Channel.LETTER, state=State.QUEUED).order_by("next_try_at", "id")


def with_history(public_id: str) -> Message | None:
    """One message with its tries, receipts and enclosures, or None."""
    rows = Message.objects.prefetch_related("log", "receipts", "enclosures")
    return rows.filter(public_id=public_id).first()


def latest(message: Message) -> Message:
    """Follow a message to the one that was sent in its place, if any."""
    while (following := Message.objects.filter(instead_of=message).first()) is not None:
        message = following
    return message


def by_report(report: DeliveryReport) -> Message | None:
    """The text message that an operator's report is about: by our reference or by the operator's id."""
    texts = Message.objects.filter(channel=Channel.SMS)
    if report.reference:
        return texts.filter(reference=report.reference).first()
    if not report.provider_id:
        return None
    return texts.filter(Q(provider_id=report.provider_id) | Q(log__provider_id=report.provider_id)).first()


@dataclass(frozen=True, slots=True)
class Health:
    """How the outbox does. ``oldest_due`` is how long the oldest message has waited past its time."""

    due: int
    oldest_due: timedelta
    undelivered: int


def health(*, at: datetime) -> Health:
    """Count what should have gone by now and what did not arrive."""
    due = Message.objects.filter(state__in=WAITING, next_try_at__lte=at).exclude(channel=Channel.LETTER)
    found = due.aggregate(n=Count("id"), oldest=Min("next_try_at"))
    waited = at - found["oldest"] if found["oldest"] else timedelta()
    return Health(found["n"], waited, undelivered().count())
