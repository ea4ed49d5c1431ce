"""What the outbox keeps twice, compared: `polku check --facts`."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count, Exists, F, OuterRef

from polku.outbox.models import Message, Receipt, Try
from polku.outbox.states import State, TryOutcome


def check() -> Iterable[str]:
    """Return a sentence for each message whose count of tries or whose state its tries and receipts do not bear out."""
    miscounted = Message.objects.annotate(counted=Count("log")).exclude(tries=F("counted"))
    for message in miscounted.order_by("id").iterator():
        yield f"Message {message.public_id} says {message.tries} tries and has {message.counted}."
    accepted = Try.objects.filter(message=OuterRef("pk"), outcome=TryOutcome.ACCEPTED)
    received = Receipt.objects.filter(message=OuterRef("pk"))
    unproven = Message.objects.filter(~Exists(accepted), ~Exists(received), state__in=[State.SENT, State.DELIVERED])
    for unsent in unproven.order_by("id").iterator():
        yield f"Message {unsent.public_id} is {unsent.state}, and no try or receipt says so."
