"""Read the outbox. Who may see what is decided by the stages that own the messages."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from polku.gateways.sms.receipts import DeliveryReport
from polku.outbox.models import Message
from polku.outbox.states import UNDELIVERED, Channel, State


def undelivered() -> QuerySet[Message]:
    """Messages that did not arrive and that nobody has sent again or told another way, newest first."""
    return Message.objects.filter(state__in=UNDELIVERED, successor__isnull=True).order_by("-closed_at", "-id")


def letters_to_print() -> QuerySet[Message]:
    """Letters that wait for being printed and handed over, oldest first."""
    return Message.objects.filter(channel=Channel.LETTER, state=State.QUEUED).order_by("next_try_at", "id")


def by_report(report: DeliveryReport) -> Message | None:
    """The text message that an operator's report is about: by our reference or by the operator's id."""
    texts = Message.objects.filter(channel=Channel.SMS)
    if report.reference:
        return texts.filter(reference=report.reference).first()
    if not report.provider_id:
        return None
    return texts.filter(Q(provider_id=report.provider_id) | Q(log__provider_id=report.provider_id)).first()
