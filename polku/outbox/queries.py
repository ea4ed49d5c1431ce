"""Read the outbox. Who may see what is decided by the stages that own the messages."""

from __future__ import annotations

from django.db.models import CharField, Q, QuerySet
from django.db.models.expressions import RawSQL

from polku.gateways.sms.receipts import DeliveryReport
from polku.outbox.models import Message
from polku.outbox.states import UNDELIVERED, Channel, State

# The key of the message that stands first in a row of those sent again: theirs names no thing.
_FIRST_KEY = """
CASE WHEN outbox_message.instead_of_id IS NULL THEN outbox_message.key ELSE (
    WITH RECURSIVE before AS (
        SELECT m.key, m.instead_of_id FROM outbox_message m WHERE m.id = outbox_message.instead_of_id
        UNION ALL
        SELECT m.key, m.instead_of_id FROM outbox_message m JOIN before ON m.id = before.instead_of_id
    )
    SELECT key FROM before WHERE instead_of_id IS NULL
) END
"""


def undelivered() -> QuerySet[Message]:
    """Messages that did not arrive and that nobody has sent again or told another way, newest first.

    Each with `first_key`: what it is about, also when it was sent again.
    """
    rows = Message.objects.filter(state__in=UNDELIVERED, successor__isnull=True).order_by("-closed_at", "-id")
    first = RawSQL(_FIRST_KEY, (), output_field=CharField())  # noqa: S611 - no value comes from outside
    return rows.annotate(first_key=first)


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
