"""Send what is due: at least once, each repeat under the same id, never two senders at one message at once.

Three steps, and no call to the outside inside a transaction: lease a row, call the gateway, write down the end.
A sender that dies leaves its lease; when that runs out another one repeats.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from polku.gateways.contract import Enclosure as File
from polku.gateways.contract import Outcome, Outgoing, Result
from polku.outbox import configuration, hours, patience
from polku.outbox.models import Message, Try
from polku.outbox.states import WAITING, State, TryOutcome, leading_to

log = logging.getLogger("polku.outbox")

IMMEDIATE_FOR = timedelta(hours=1)
"""After this the recipient no longer waits: the repeats of an immediate message keep office hours, too."""


@dataclass(frozen=True, slots=True)
class _Leased:
    pk: int
    number: int
    channel: str
    outgoing: Outgoing


def send_due(*, at: datetime, limit: int = 100, channels: Collection[str] | None = None) -> int:
    """Send up to ``limit`` due messages of the channels (all in use unless named), immediate ones first.

    ``at`` is the start; the clock runs on from it while gateways answer. Returns how many were tried.
    """
    settings = configuration.current()
    wanted = [channel for channel in settings.gateways if channels is None or channel in channels]
    started = time.monotonic()
    for done in range(limit):
        if not _send_next(wanted, at=at + timedelta(seconds=time.monotonic() - started)):
            return done
    return limit


def send_now(*, pk: int, at: datetime) -> bool:
    """Send one message if it is due and nobody else has it in hand; False when there was nothing to do."""
    return _send_next(list(configuration.current().gateways), at=at, pk=pk)


def _send_next(channels: list[str], *, at: datetime, pk: int | None = None) -> bool:
    settings = configuration.current()
    started = time.monotonic()
    taken = _lease(settings, channels, at=at, pk=pk)
    if taken is None:
        return False
    if isinstance(taken, _Leased):
        result = _call(settings, taken)
        _record(settings, taken, result, at=at + timedelta(seconds=time.monotonic() - started))
    return True


@transaction.atomic
def _lease(
    settings: configuration.OutboxSettings, channels: list[str], *, at: datetime, pk: int | None
) -> _Leased | bool | None:
    """Take the next due message; True when it was closed instead of taken, None when nothing is due."""
    due = Message.objects.filter(state__in=WAITING, channel__in=channels, next_try_at__lte=at)
    if pk is not None:
        due = due.filter(pk=pk)
    message = due.order_by("-immediate", "next_try_at", "id").select_for_update(skip_locked=True).first()
    if message is None:
        return None
    # Only a sender whose lease has run out leaves an open try behind.
    message.log.filter(outcome=TryOutcome.STARTED).update(outcome=TryOutcome.INTERRUPTED, ended_at=at)
    if not message.tries_left or (message.not_after is not None and message.not_after <= at):
        _close(message.pk, State.GIVEN_UP, at=at)
        return True
    number, lease_until = message.tries + 1, at + settings.lease
    Message.objects.filter(pk=message.pk).update(
        state=State.SENDING,
        lease_until=lease_until,
        next_try_at=lease_until,
        tries=number,
        tries_left=message.tries_left - 1,
    )
    Try.objects.create(message=message, number=number, at=at)
    files = tuple(File(one.name, one.content_type, bytes(one.content)) for one in message.enclosures.all())
    outgoing = Outgoing(
        message_id=message.reference,
        to=message.recipient,
        subject=message.subject,
        body=message.body,
        language=message.language,
        written_at=message.created_at,
        enclosures=files,
    )
    return _Leased(message.pk, number, message.channel, outgoing)


def _call(settings: configuration.OutboxSettings, taken: _Leased) -> Result:
    try:
        return settings.gateways[taken.channel].send(taken.outgoing)
    except Exception as error:  # a gateway's own mistake must not stop the messages behind this one
        log.exception("gateway %s broke at message %s", taken.channel, taken.pk)
        return Result(Outcome.UNKNOWN, type(error).__name__)


@transaction.atomic
def _record(settings: configuration.OutboxSettings, taken: _Leased, result: Result, *, at: datetime) -> None:
    # The row is locked first, as everywhere, so that a receipt and a rival sender wait in the same order.
    message = Message.objects.select_for_update().get(pk=taken.pk)
    message.log.filter(number=taken.number).update(
        outcome=TryOutcome(result.outcome.value),
        ended_at=at,
        detail=result.detail[:200],
        provider_id=result.provider_id[:200],
    )
    if result.outcome is Outcome.ACCEPTED:
        _accepted(message, result, at=at)
    elif message.state == State.SENDING and message.tries == taken.number:
        if result.outcome is Outcome.PERMANENT:
            _close(message.pk, State.FAILED, at=at)
        else:
            _repeat_later(settings, message, at=at)


def _accepted(message: Message, result: Result, *, at: datetime) -> None:
    """Also for a sender that came late: accepted is accepted, and saves the repeat."""
    if message.state in leading_to(State.SENT):
        Message.objects.filter(pk=message.pk).update(
            state=State.DELIVERED if result.delivered else State.SENT,
            sent_at=at,
            delivered_at=at if result.delivered else None,
            next_try_at=None,
            lease_until=None,
            closed_at=None,
            provider_id=result.provider_id[:200],
        )
    elif result.provider_id and not message.provider_id:
        Message.objects.filter(pk=message.pk).update(provider_id=result.provider_id[:200])


def _repeat_later(settings: configuration.OutboxSettings, message: Message, *, at: datetime) -> None:
    pause = patience.pause_after(
        message.tries, message.reference, first=settings.first_pause, longest=settings.longest_pause
    )
    again = at + pause
    if not message.immediate or again - message.created_at > IMMEDIATE_FOR:
        again = hours.next_open(again, opens=settings.opens, closes=settings.closes)
    if not message.tries_left or (message.not_after is not None and message.not_after <= again):
        _close(message.pk, State.GIVEN_UP, at=at)
        return
    Message.objects.filter(pk=message.pk).update(state=State.QUEUED, next_try_at=again, lease_until=None)


def _close(pk: int, state: State, *, at: datetime) -> None:
    Message.objects.filter(pk=pk).update(state=state, closed_at=at, next_try_at=None, lease_until=None)
